//! Resources that come and go: `coap-server -d` makes one for each PUT to a path it does not know.
use crate::ways::steps;

#[test]
fn resources_are_made_listed_and_deleted() {
    let text = steps(
        &["-d", "2"],
        &[
            (&["-m", "get"], "/one"),
            (&["-m", "delete"], "/one"),
            (&["-m", "put", "-e", "first", "-v", "8"], "/one"),
            (&["-m", "put", "-e", "second", "-t", "0"], "/some/where/else"),
            (&["-w"], "/.well-known/core"),
            (&["-w"], "/.well-known/core?href=/some/*"),
            (&[], "/one"),
            (&[], "/some/where/else"),
            (&[], "/some/where"),
            // There is no room for a third one until one is deleted.
            (&["-m", "put", "-e", "third"], "/three"),
            (&["-m", "put", "-e", "changed", "-v", "8"], "/one"),
            (&["-m", "delete"], "/one"),
            (&["-m", "delete"], "/one"),
            (&["-m", "put", "-e", "third"], "/three"),
            (&[], "/one"),
            (&[], "/three"),
            (&["-w"], "/.well-known/core"),
            (&["-m", "delete"], "/some/where/else"),
            (&["-m", "delete"], "/three"),
            (&["-w"], "/.well-known/core"),
        ],
    );
    for expected in ["first", "second", "third", "4.04", "4.06", "</some/where/else>"] {
        assert!(text.contains(expected), "{expected} is missing:\n{text}");
    }
}

#[test]
fn paths_and_queries_of_all_sorts() {
    steps(
        &["-d", "10"],
        &[
            (&["-m", "put", "-e", "a"], "/with%20space"),
            (&["-m", "put", "-e", "b"], "/a%2Fb/c"),
            (&["-m", "put", "-e", "c"], "/%C3%A4"),
            (&["-m", "put", "-e", "d"], "/plain?query=1"),
            (&["-m", "put", "-e", "e"], "/trailing/"),
            (&["-m", "put", "-e", "f"], "//double"),
            (&["-w"], "/.well-known/core"),
            (&[], "/with%20space"),
            (&[], "/a%2Fb/c"),
            (&[], "/a/b/c"),
            (&[], "/%c3%a4"),
            (&[], "/plain"),
            (&[], "/plain?query=2"),
            (&[], "/trailing"),
            (&[], "//double"),
            (&[], "/double"),
        ],
    );
}

/// What the server says of a resource's format is what it was put with, whatever the client accepts (`-A`).
#[test]
fn content_formats_and_accept() {
    let text = steps(
        &["-d", "10"],
        &[
            (&["-m", "put", "-t", "json", "-e", "{}"], "/json"),
            (&["-m", "put", "-t", "50000", "-e", "x"], "/odd"),
            (&["-m", "put", "-e", "x"], "/none"),
            (&["-v", "8"], "/json"),
            (&["-v", "8", "-A", "json"], "/json"),
            (&["-v", "8", "-A", "application/cbor"], "/json"),
            (&["-v", "8", "-A", "65535"], "/json"),
            (&["-v", "8", "-A", "50000"], "/odd"),
            (&["-v", "8", "-A", "plain"], "/none"),
            (&["-v", "8", "-A", "link-format"], "/.well-known/core?href=/json"),
            (&["-v", "8", "-A", "cbor"], "/.well-known/core?href=/json"),
            (&["-v", "8", "-A", "unheard-of"], "/json"),
            (&["-v", "8", "-m", "put", "-t", "xml", "-A", "json", "-e", "</>"], "/json"),
            (&["-v", "8"], "/json"),
        ],
    );
    assert!(
        text.contains("Accept:application/json") && text.contains("Content-Format:application/json"),
        "{text}"
    );
}

/// Without `-d` nothing is made.
#[test]
fn a_server_that_makes_nothing() {
    let text = steps(
        &[],
        &[
            (&["-m", "put", "-e", "x"], "/made"),
            (&["-m", "post", "-e", "x"], "/made"),
            (&["-m", "delete"], "/made"),
            (&[], "/made"),
            (&["-w"], "/.well-known/core"),
        ],
    );
    assert!(text.contains("4.04") && !text.contains("</made>"), "{text}");
}
