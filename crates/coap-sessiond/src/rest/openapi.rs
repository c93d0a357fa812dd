//! The OpenAPI document, written by hand; the tests hold it against what there is.
use super::{
    errors::{self, Answer},
    headers::JSON,
};
use hyper::StatusCode;

const DOCUMENT: &str = include_str!("openapi.json");

/// The document.
pub(super) fn answer() -> Answer {
    errors::answer(StatusCode::OK, JSON, DOCUMENT)
}

#[cfg(test)]
mod tests {
    use super::DOCUMENT;
    use crate::{
        identity::Identity,
        model::{Capabilities, ListenerRequest, Routing, Target, Transport},
        rest::{
            json, node,
            routes::{PROTECTED, ROUTES, is_below},
            session::{SessionClientRequest, SessionClientResponse},
        },
        status::report::{HeldReport, ListenerReport, Report, TunnelReport},
    };
    use serde::Serialize;
    use serde_json::{Value, json};
    use std::{collections::BTreeSet, net::Ipv4Addr};

    fn document() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    fn keys(value: &Value) -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn it_has_the_routes_that_there_are() {
        let mut written = BTreeSet::new();
        for (path, methods) in document()["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                written.insert((path.clone(), method.to_uppercase()));
                let is_protected = PROTECTED.iter().any(|root| is_below(root, path));
                assert_eq!(operation["security"].is_array(), is_protected, "{path}");
                assert_eq!(operation["responses"]["401"].is_object(), is_protected, "{path}");
                let named = operation["parameters"].as_array().map_or(0, Vec::len);
                assert_eq!(named, path.matches('{').count(), "{path}");
            }
        }
        let served = ROUTES.iter().map(|route| (route.path.to_owned(), route.method.to_string()));
        assert_eq!(written, served.collect());
        assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn it_refers_to_what_is_there_and_to_all_of_it() {
        let parts = DOCUMENT.split("\"$ref\": \"#/components/schemas/").skip(1);
        let referred: BTreeSet<_> = parts.map(|part| part.split('"').next().unwrap().to_owned()).collect();
        assert_eq!(referred, keys(&document()["components"]["schemas"]));
    }

    /// The schema has the fields that `sample` is written with, and says that they are always there.
    fn assert_same(name: &str, sample: &impl Serialize) {
        let schema = &document()["components"]["schemas"][name];
        let written = keys(&serde_json::to_value(sample).unwrap());
        assert_eq!(keys(&schema["properties"]), written, "{name}");
        let required = schema["required"].as_array().unwrap().iter();
        assert_eq!(
            required.map(|field| field.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(),
            written
        );
    }

    #[test]
    fn answers_have_its_fields() {
        let request = ListenerRequest {
            transport: Transport::Tcp,
            listen: (Ipv4Addr::LOCALHOST, 1).into(),
            destination: Identity::from_seed(&[1; 32]).peer_id(),
            routing: Routing::Hops(0),
            target: Target::Service(0),
            capabilities: Capabilities::default(),
        };
        assert_same("SessionClientResponse", &SessionClientResponse::new(&request));
        assert_same("Version", &node::VERSION);
        assert_same("Report", &Report::default());
        assert_same("HeldReport", &HeldReport::default());
        let listener = json!({
            "protocol": "", "ip": "::", "port": 0, "destination": "", "path": null, "target": "", "tunnels": []
        });
        assert_same("ListenerReport", &serde_json::from_value::<ListenerReport>(listener).unwrap());
        let tunnel = json!({
            "number": 0, "role": "", "protocol": "", "ends": "", "bytesToTarget": 0, "bytesFromTarget": 0,
            "roundTripUs": 0, "losses": 0, "ageSeconds": 0
        });
        assert_same("TunnelReport", &serde_json::from_value::<TunnelReport>(tunnel).unwrap());
    }

    #[test]
    fn requests_are_read_as_it_says() {
        let schemas = &document()["components"]["schemas"];
        let schema = &schemas["SessionClientRequest"];
        let peer = Identity::from_seed(&[1; 32]).peer_id().to_string();
        let full = json!({
            "destination": peer, "path": {"Hops": 0}, "target": {"Service": 0}, "listenHost": null,
            "capabilities": schemas["SessionCapability"]["enum"]
        });
        assert_eq!(keys(&full), keys(&schema["properties"]));
        let read = |value: &Value| json::read::<SessionClientRequest>(value.to_string().as_bytes());
        assert!(read(&full).is_ok());
        for field in keys(&full) {
            let mut without = full.clone();
            without.as_object_mut().unwrap().remove(&field);
            let is_required = schema["required"].as_array().unwrap().contains(&json!(field));
            assert_eq!(read(&without).is_err(), is_required, "{field}");
        }
        let samples = json!({
            "Hops": 3, "IntermediatePath": [peer], "Plain": "a:1", "Sealed": "AA==", "Service": u32::MAX
        });
        for (field, name) in [("path", "RoutingOptions"), ("target", "SessionTargetSpec")] {
            for variant in schemas[name]["oneOf"].as_array().unwrap() {
                let key = keys(&variant["properties"]).pop_first().unwrap();
                let mut value = full.clone();
                value[field] = json!({ &key: samples[&key] });
                assert!(read(&value).is_ok(), "{key}");
            }
        }
    }
}
