use super::*;
use crate::wire::Code;

fn table() -> (Resources, ResourceId) {
    let mut resources = Resources::new(Default::default());
    let mut light = Resource::new(b"light", flags::NOTIFY_CON);
    light.add_attribute(b"rt", Some(b"\"lamp dimmer\""));
    light.add_attribute(b"ct", Some(b"0"));
    light.observable = true;
    let (light, replaced) = resources.add(light);
    assert!(replaced.is_none());
    resources.add(Resource::new(b"sensors/temp", 0));
    resources.add(Resource::new(b"", 0));
    (resources, light)
}

fn listed(resources: &Resources, query: &str) -> String {
    String::from_utf8(resources.well_known(query.as_bytes())).expect("text")
}

#[test]
fn is_found_by_its_path_until_removed() {
    let (mut resources, light) = table();
    assert_eq!(resources.find(b"light"), Some(light));
    assert_eq!(resources.find(b"lights"), None);
    assert_eq!(resources.at(light.slot()), Some(light));
    assert_eq!(resources.remove(light).map(|r| r.path().to_vec()), Some(b"light".to_vec()));
    assert_eq!(resources.find(b"light"), None);
    assert_eq!(resources.get(light), None);
    assert!(resources.remove(light).is_none());
}

#[test]
fn what_was_asked_for_last_is_found_again_and_nothing_else_in_its_place() {
    let (mut resources, light) = table();
    let temp = resources.find(b"sensors/temp");
    for (path, expected) in [
        (&b"light"[..], Some(light)),
        (b"light", Some(light)),
        (b"sensors/temp", temp),
        (b"lights", None),
        (b"light", Some(light)),
    ] {
        assert_eq!(resources.find_again(path), expected);
    }
    resources.remove(light);
    assert_eq!(resources.find_again(b"light"), None);
    resources.add(Resource::new(b"dark", 0));
    assert_eq!(resources.find_again(b"light"), None, "its place has another one now");
    let (newer, _) = resources.add(Resource::new(b"light", 0));
    assert_eq!(resources.find_again(b"light"), Some(newer));
    resources.add(Resource::unknown(0));
    assert_eq!(resources.find_again(b"- Unknown -"), None);
}

#[test]
fn a_second_of_the_same_path_takes_the_place_and_goes_to_the_end() {
    let (mut resources, light) = table();
    let (newer, replaced) = resources.add(Resource::new(b"light", 0));
    assert_eq!(replaced.map(|(id, _)| id), Some(light));
    assert_ne!(newer, light);
    assert_eq!(resources.get(light), None);
    assert_eq!(listed(&resources, ""), "</sensors/temp>,</>,</light>");
}

#[test]
fn unknown_and_proxy_resources_are_one_each_and_not_listed() {
    let (mut resources, _) = table();
    let before = listed(&resources, "");
    let (first, _) = resources.add(Resource::unknown(flags::NOTIFY_CON | flags::HAS_MCAST_SUPPORT));
    assert_eq!(resources.get(first).map(|r| r.flags), Some(flags::HAS_MCAST_SUPPORT));
    let (second, replaced) = resources.add(Resource::unknown(0));
    assert_eq!(replaced.map(|(id, _)| id), Some(first));
    let (proxy, _) = resources.add(Resource::proxy(vec![b"here".to_vec()], 0));
    assert!(resources.get(proxy).is_some_and(|r| r.methods.contains(Code::IPATCH)));
    assert_eq!((resources.unknown(), resources.proxy()), (Some(second), Some(proxy)));
    assert_eq!(resources.find(b"- Unknown -"), None);
    assert_eq!(listed(&resources, ""), before);
    assert_eq!(resources.ids().count(), resources.len());
    resources.remove(second);
    assert_eq!(resources.unknown(), None);
}

#[test]
fn thousands_of_resources_keep_their_order() {
    let mut resources = Resources::new(Default::default());
    let ids: Vec<_> =
        (0..5000).map(|n| resources.add(Resource::new(format!("r/{n}").as_bytes(), 0)).0).collect();
    for id in ids.iter().step_by(3) {
        resources.remove(*id);
    }
    for (n, id) in ids.iter().enumerate() {
        let expected = (n % 3 != 0).then_some(*id);
        assert_eq!(resources.find(format!("r/{n}").as_bytes()), expected);
    }
    assert!(
        resources.iter().map(|(id, _)| id).eq(ids
            .iter()
            .copied()
            .enumerate()
            .filter_map(|(n, id)| (n % 3 != 0).then_some(id)))
    );
}

#[test]
fn attributes_are_listed_last_first_and_found_last_first() {
    let (resources, light) = table();
    let mut light = resources.get(light).cloned().expect("there");
    assert_eq!(light.link(), b"</light>;ct=0;rt=\"lamp dimmer\";obs");
    assert_eq!(light.add_attribute(b"ct", Some(b"40")), 2);
    light.add_attribute(b"hidden", None);
    assert_eq!(light.find_attribute(b"ct"), Some(2));
    assert_eq!(light.find_attribute(b"sz"), None);
    assert_eq!(light.link(), b"</light>;hidden;ct=40;ct=0;rt=\"lamp dimmer\";obs");
}

#[test]
fn a_query_filters_the_listing() {
    let (resources, _) = table();
    let light = "</light>;ct=0;rt=\"lamp dimmer\";obs";
    for query in ["rt=lamp", "rt=dimmer", "rt=dim*", "href=/light", "href=li*", "ct=0", "ct=*"] {
        assert_eq!(listed(&resources, query), light, "{query}");
    }
    for query in ["rt=lam", "rt=lamp dimmer", "rt=amp*", "href=ligh", "ct=00", "ct", "sz=1", "obs", "hre=l*"]
    {
        assert_eq!(listed(&resources, query), "", "{query}");
    }
    assert_eq!(listed(&resources, "href=/sensors*"), "</sensors/temp>");
    assert_eq!(listed(&resources, "href=/"), "</>");
    assert_eq!(listed(&resources, "=anything"), listed(&resources, ""));
}

#[test]
fn odd_quotes_in_values_are_harmless() {
    let mut resources = Resources::new(Default::default());
    for (path, value) in [("a", "\""), ("b", "\"\""), ("c", "\"x"), ("d", "")] {
        let mut resource = Resource::new(path.as_bytes(), 0);
        resource.add_attribute(b"rt", Some(value.as_bytes()));
        resources.add(resource);
    }
    assert_eq!(listed(&resources, "rt=x"), "</c>;rt=\"x");
    assert_eq!(listed(&resources, "rt="), "");
}

#[test]
fn every_window_shows_its_part_of_the_listing() {
    let (resources, light) = table();
    let whole = resources.well_known(b"");
    for offset in 0..whole.len() + 3 {
        for length in 0..whole.len() + 3 {
            let mut buffer = vec![0xee; length];
            let printed = resources.print_well_known(b"", offset, &mut buffer);
            let rest = whole.get(offset..).unwrap_or_default();
            let expected = &rest[..rest.len().min(length)];
            assert_eq!(&buffer[..printed.written], expected);
            assert_eq!(printed.total, whole.len());
            assert_eq!(printed.truncated, length == 0 || rest.len() > length);
            assert!(buffer[printed.written..].iter().all(|&byte| byte == 0xee));
        }
    }
    let mut buffer = [0; 5];
    let printed = resources.get(light).map(|r| r.print_link(2, &mut buffer));
    assert_eq!((printed.map(|p| p.truncated), &buffer), (Some(true), b"light"));
}
