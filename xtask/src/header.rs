//! The public headers.
use crate::{GenerateError, Generated, polish::polish};
use cbindgen::{Builder, Config};
use std::path::Path;

const INCLUDE: &str = "include/coap3";

/// The names under which libcoap installs its topics: up to 4.3.1 without a prefix, later with one. `coap_defines.h` is
/// written by hand.
const TOPICS: [&str; 35] = [
    "block.h",
    "coap_address.h",
    "coap_async.h",
    "coap_block.h",
    "coap_cache.h",
    "coap_debug.h",
    "coap_dtls.h",
    "coap_encode.h",
    "coap_event.h",
    "coap_forward_decls.h",
    "coap_io.h",
    "coap_mem.h",
    "coap_net.h",
    "coap_option.h",
    "coap_oscore.h",
    "coap_pdu.h",
    "coap_prng.h",
    "coap_proxy.h",
    "coap_resource.h",
    "coap_session.h",
    "coap_str.h",
    "coap_subscribe.h",
    "coap_supported.h",
    "coap_time.h",
    "coap_uri.h",
    "coap_ws.h",
    "encode.h",
    "libcoap.h",
    "mem.h",
    "net.h",
    "option.h",
    "pdu.h",
    "resource.h",
    "str.h",
    "uri.h",
];

/// `coap.h`: what cbindgen reads out of `src/`.
pub(crate) fn generate(root: &Path) -> Result<Generated, GenerateError> {
    let config = Config::from_file(root.join("cbindgen.toml")).map_err(GenerateError::Config)?;
    let bindings = Builder::new().with_crate(root).with_config(config).generate()?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    Ok(Generated { path: format!("{INCLUDE}/coap.h").into(), text: polish(&String::from_utf8_lossy(&text)) })
}

/// A header for each topic that leads to `coap.h`.
pub(crate) fn topics() -> impl Iterator<Item = Generated> {
    TOPICS.iter().map(|name| Generated {
        path: format!("{INCLUDE}/{name}").into(),
        text: "/* A name that programs may include. Everything stands in coap.h. */\n#include \"coap.h\"\n"
            .into(),
    })
}
