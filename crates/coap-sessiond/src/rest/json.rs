//! JSON from clients.
use super::errors::Refusal;
use serde::{Deserialize, de::IgnoredAny};

/// `bytes` as a `T`: 400 if they are not JSON at all, 422 with the field if they are something else.
pub(super) fn read<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|error| Refusal::Syntax(error.to_string()))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| Refusal::Syntax(error.to_string()))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        // So serde_json says that `{}` or `{"Hops": 1, "x": 2}` is no enumeration, as if that were a mistake of syntax.
        Refusal::Data(
            error.to_string().replace(": expected value at", ": expected an object with one key at"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::rest::errors::Refusal;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(rename = "path")]
        _path: Inner,
    }

    #[derive(Debug, Deserialize)]
    enum Inner {
        Hops(u8),
    }

    fn refusal(text: &[u8]) -> Refusal {
        read::<Outer>(text).unwrap_err()
    }

    #[test]
    fn what_is_no_json_and_what_is_another_value_differ() {
        assert!(matches!(read(br#"{"path": {"Hops": 3}}"#), Ok(Outer { _path: Inner::Hops(3) })));
        for text in [&b""[..], b"{", b"{\"path\": {\"Hops\": 1}} x", b"\xff", b"{\"path\": \"\xff\"}"] {
            assert!(matches!(refusal(text), Refusal::Syntax(_)), "{text:?}");
        }
        for text in ["[]", "{}", r#"{"path": {"Hops": 1e999}}"#, r#"{"path": "\ud800"}"#] {
            assert!(matches!(refusal(text.as_bytes()), Refusal::Data(_)), "{text}");
        }
    }

    #[test]
    fn the_field_is_named() {
        for (text, expected) in [
            (r#"{"path": {}}"#, "path: expected an object with one key at line 1 column 11"),
            (r#"{"path": {"Hops": 1, "x": 2}}"#, "path: expected an object with one key at line 1 column 19"),
            (r#"{"path": {"hops": 1}}"#, "path: unknown variant `hops`, expected `Hops` at line 1 column 16"),
            ("{}", "missing field `path` at line 1 column 2"),
        ] {
            let Refusal::Data(said) = refusal(text.as_bytes()) else { panic!("{text}") };
            assert_eq!(said, expected);
        }
    }
}
