use super::{Policy, Rule, RuleError};
use crate::target::HostPort;

fn policy(rules: &[&str]) -> Policy {
    Policy::new(rules.iter().map(|rule| rule.parse().unwrap()).collect())
}

/// Whether `rules` allow `target`, a name that is found to have `address`, or an address.
fn allows(rules: &[&str], target: &str, address: &str) -> bool {
    let target: HostPort = target.parse().unwrap();
    let allowed = policy(rules).allows(&target, address.parse().unwrap());
    assert!(!allowed || policy(rules).may_allow(&target), "{target} was not even looked up");
    allowed
}

#[test]
fn an_exit_is_closed_until_something_is_allowed() {
    assert!(Policy::default().is_empty());
    assert!(!allows(&[], "example.org:443", "192.0.2.1"));
    assert!(!policy(&[]).may_allow(&"example.org:443".parse().unwrap()));
}

#[test]
fn rules_allow_what_they_say() {
    for (rule, target, address, expected) in [
        // Names.
        ("example.org:443", "example.org:443", "192.0.2.1", true),
        ("example.org:443", "EXAMPLE.org.:443", "192.0.2.1", true),
        ("Example.Org.:443", "example.org:443", "2001:db8::1", true),
        ("example.org:443", "example.org:444", "192.0.2.1", false),
        ("example.org:443", "www.example.org:443", "192.0.2.1", false),
        ("example.org:443", "192.0.2.1:443", "192.0.2.1", false),
        // Names under one.
        ("*.example.org:443", "www.example.org:443", "192.0.2.1", true),
        ("*.example.org:443", "a.b.EXAMPLE.org.:443", "192.0.2.1", true),
        ("*.example.org:443", "example.org:443", "192.0.2.1", false),
        ("*.example.org:443", ".example.org:443", "192.0.2.1", false),
        ("*.example.org:443", "badexample.org:443", "192.0.2.1", false),
        ("*.example.org:443", "example.org.evil:443", "192.0.2.1", false),
        // Every host.
        ("*:53", "example.org:53", "192.0.2.1", true),
        ("*:53", "10.0.0.1:53", "10.0.0.1", true),
        ("*:53", "example.org:54", "192.0.2.1", false),
        ("*:*", "example.org:65535", "192.0.2.1", true),
        // Addresses, however they were asked for.
        ("10.0.0.5:22", "10.0.0.5:22", "10.0.0.5", true),
        ("10.0.0.5:22", "build.example:22", "10.0.0.5", true),
        ("10.0.0.5:22", "10.0.0.5:22", "10.0.0.6", false),
        ("[fd00::5]:22", "[fd00::5]:22", "fd00::5", true),
        ("10.0.0.5:22", "[::ffff:10.0.0.5]:22", "::ffff:10.0.0.5", true),
        ("[::ffff:10.0.0.5]:22", "10.0.0.5:22", "10.0.0.5", true),
        // Ranges.
        ("10.0.0.5:8000-8100", "10.0.0.5:8000", "10.0.0.5", true),
        ("10.0.0.5:8000-8100", "10.0.0.5:8100", "10.0.0.5", true),
        ("10.0.0.5:8000-8100", "10.0.0.5:7999", "10.0.0.5", false),
        ("10.0.0.5:8000-8100", "10.0.0.5:8101", "10.0.0.5", false),
        // Networks.
        ("10.0.0.0/8:22", "10.255.255.255:22", "10.255.255.255", true),
        ("10.0.0.0/8:22", "11.0.0.0:22", "11.0.0.0", false),
        ("10.0.0.0/8:22", "a.example:22", "10.1.2.3", true),
        ("0.0.0.0/0:22", "192.0.2.1:22", "192.0.2.1", true),
        ("0.0.0.0/0:22", "[2001:db8::1]:22", "2001:db8::1", false),
        ("[fd00::/8]:*", "[fdff::1]:1", "fdff::1", true),
        ("[fd00::/8]:*", "[fe00::1]:1", "fe00::1", false),
        ("[::/0]:*", "[2001:db8::1]:1", "2001:db8::1", true),
        ("[::ffff:10.0.0.0/104]:*", "10.1.1.1:1", "10.1.1.1", true),
    ] {
        assert_eq!(allows(&[rule], target, address), expected, "{rule} {target} at {address}");
    }
}

#[test]
fn what_is_local_to_the_exit_has_to_be_named() {
    let local = [
        "127.0.0.1",
        "127.255.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "ff02::1",
        "::ffff:127.0.0.1",
    ];
    for address in local {
        // Whoever has the name can give it any address.
        for rule in ["rebound.example:80", "*.example:80", "*:80", "*:*"] {
            assert!(!allows(&[rule], "rebound.example:80", address), "{rule} at {address}");
        }
        let literal = if address.contains(':') { format!("[{address}]:80") } else { format!("{address}:80") };
        assert!(!allows(&["*:*", "localhost:*"], &literal, address), "{address}");
        // A rule with the address means it.
        let rule = literal.replace("::ffff:127.0.0.1", "::ffff:127.0.0.0/104");
        assert!(allows(&[&rule], &literal, address), "{rule} at {address}");
        assert!(allows(&["*:80", &rule], "rebound.example:80", address), "{rule} at {address}");
    }
    // `localhost` is loopback by definition, and nothing else that is local.
    assert!(allows(&["localhost:80"], "localhost:80", "127.0.0.1"));
    assert!(allows(&["localhost:80"], "LOCALHOST:80", "::1"));
    assert!(!allows(&["localhost:80"], "localhost:80", "169.254.169.254"));
    assert!(!allows(&["localhost:80"], "localhost:81", "::1"));
    assert!(!allows(&["localhost:80"], "a.localhost:80", "::1"));
}

#[test]
fn names_that_cannot_be_allowed_are_not_looked_up() {
    let may = |rules: &[&str], target: &str| policy(rules).may_allow(&target.parse().unwrap());
    assert!(!may(&["example.org:443"], "evil.example:443"));
    assert!(!may(&["example.org:443", "*.example.org:*"], "example.org:80"));
    assert!(may(&["example.org:443"], "example.org:443"));
    // A network could have any name, if the port is right.
    assert!(may(&["10.0.0.0/8:22"], "evil.example:22"));
    assert!(!may(&["10.0.0.0/8:22"], "evil.example:80"));
    assert!(!may(&["10.0.0.0/8:22"], "192.0.2.1:22"));
}

#[test]
fn what_is_wrong_with_a_rule_is_said() {
    let text = |text: &str| text.to_owned();
    for (rule, error) in [
        ("", RuleError::NoPort(text(""))),
        ("example.org", RuleError::NoPort(text("example.org"))),
        ("[fd00::1]", RuleError::NoPort(text("[fd00::1]"))),
        ("fd00::1", RuleError::Brackets(text("fd00::1"))),
        ("fd00::/8", RuleError::Brackets(text("fd00::/8"))),
        ("a:", RuleError::Port(text(""))),
        ("a:0", RuleError::Port(text("0"))),
        ("a:http", RuleError::Port(text("http"))),
        ("a:9-8", RuleError::Port(text("9-8"))),
        ("a:8-", RuleError::Port(text("8-"))),
        ("10.0.0.0/33:1", RuleError::Prefix(text("33"), 32)),
        ("[fd00::/129]:1", RuleError::Prefix(text("129"), 128)),
        ("10.0.0.0/:1", RuleError::Prefix(text(""), 32)),
        ("10.0.0.5/8:1", RuleError::HostBits(text("10.0.0.5/8"), text("10.0.0.0/8"))),
        ("web*.example:1", RuleError::Star),
        ("*.*.example:1", RuleError::Star),
        (":1", RuleError::Host(text(""))),
        ("a/8:1", RuleError::Host(text("a/8"))),
        ("[10.0.0.1]:1", RuleError::Host(text("[10.0.0.1]"))),
        ("fd00::1:x:1", RuleError::Host(text("fd00::1:x"))),
        ("a b:1", RuleError::Host(text("a b"))),
    ] {
        assert_eq!(rule.parse::<Rule>(), Err(error), "{rule}");
    }
}

#[test]
fn a_rule_is_written_as_it_was_read() {
    for rule in [
        "a.example:1",
        "*.example:1-2",
        "*:*",
        "10.0.0.1:22",
        "10.0.0.0/8:22",
        "[fd00::1]:22",
        "[fd00::/8]:*",
        "0.0.0.0/0:1",
        "[::/0]:1",
    ] {
        assert_eq!(rule.parse::<Rule>().unwrap().to_string(), rule);
    }
}
