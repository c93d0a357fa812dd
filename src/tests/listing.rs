//! Links, a window at a time.
use super::*;
use crate::resource::*;

const TRUNCATED: u32 = 0x4000_0000;

#[test]
fn windows_into_a_listing_join_to_the_whole() {
    let rig = Rig::new();
    for path in ["a", "bc"] {
        let mut path = text(path);
        // SAFETY: a string that lives.
        let resource = unsafe { coap_resource_init(&raw mut path, 0) };
        crate::subscribe::coap_resource_set_get_observable(resource, 1);
        coap_add_resource(rig.context, resource);
    }
    let whole = b"</a>;obs,</bc>;obs";
    let mut joined = Vec::new();
    loop {
        let (mut window, mut length) = ([0; 4], 4);
        // SAFETY: the window has the length given.
        let status = unsafe {
            let (window, length) = (window.as_mut_ptr(), &raw mut length);
            coap_print_wellknown(rig.context, window, length, joined.len(), ptr::null())
        };
        assert_eq!(length, whole.len());
        joined.extend_from_slice(&window[..(status & !TRUNCATED) as usize]);
        if status & TRUNCATED == 0 {
            break;
        }
    }
    assert_eq!(joined, whole);
}

#[test]
fn a_link_counts_its_offset_down() {
    let mut path = text("lamp");
    // SAFETY: a string that lives.
    let resource = unsafe { coap_resource_init(&raw mut path, 0) };
    let print = |room: usize, skip: usize| {
        let (mut window, mut length, mut offset) = ([0; 16], room, skip);
        // SAFETY: the window is longer than any length given here.
        let status =
            unsafe { coap_print_link(resource, window.as_mut_ptr(), &raw mut length, &raw mut offset) };
        let written = (status & !TRUNCATED) as usize;
        (window[..written].to_vec(), status & TRUNCATED != 0, length, offset)
    };
    assert_eq!(print(16, 0), (b"</lamp>".to_vec(), false, 7, 0));
    assert_eq!(print(3, 2), (b"lam".to_vec(), true, 7, 0));
    assert_eq!(print(3, 5), (b"p>".to_vec(), false, 7, 0));
    assert_eq!(print(3, 9), (b"".to_vec(), false, 7, 2));
    assert_eq!(print(0, 0), (b"".to_vec(), true, 7, 0));
    coap_delete_resource(ptr::null_mut(), resource);
}
