//! The public headers.
use crate::{GenerateError, Generated};
use cbindgen::{Builder, Config};
use std::path::Path;

const INCLUDE: &str = "include/coap3";

/// The names under which libcoap installs its topics: up to 4.3.1 without a prefix, later with one.
const TOPICS: [&str; 36] = [
    "block.h",
    "coap_address.h",
    "coap_async.h",
    "coap_block.h",
    "coap_cache.h",
    "coap_debug.h",
    "coap_defines.h",
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

/// Comments may be as wide as the sources.
const WIDTH: usize = 110;

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

/// Takes out of the comments what concerns Rust alone, and writes short ones on one line.
pub(crate) fn polish(header: &str) -> String {
    let mut polished = String::with_capacity(header.len());
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if line.trim_start() != "/**" {
            polished.push_str(line);
            polished.push('\n');
            continue;
        }
        let indent = &line[..line.len() - "/**".len()];
        let body: Vec<_> = lines.by_ref().take_while(|line| line.trim_start() != "*/").collect();
        write_comment(&mut polished, indent, &for_c(&body));
    }
    polished
}

/// The text of a comment, without its sections for Rust callers and without links into Rust.
fn for_c(body: &[&str]) -> Vec<String> {
    let mut text = Vec::new();
    let mut skipping = false;
    for line in body {
        let line = line.trim_start().trim_start_matches('*').trim();
        if let Some(heading) = line.strip_prefix("# ") {
            skipping = matches!(heading, "Safety" | "Panics" | "Examples");
        }
        if !skipping {
            text.push(without_links(line));
        }
    }
    while text.last().is_some_and(String::is_empty) {
        text.pop();
    }
    text
}

fn write_comment(out: &mut String, indent: &str, text: &[String]) {
    match text {
        [] => {}
        [line] if indent.len() + line.len() + "/**  */".len() <= WIDTH => {
            out.push_str(&format!("{indent}/** {line} */\n"));
        }
        lines => {
            out.push_str(&format!("{indent}/**\n"));
            for line in lines {
                out.push_str(format!("{indent} * {line}").trim_end());
                out.push('\n');
            }
            out.push_str(&format!("{indent} */\n"));
        }
    }
}

/// ``[`name`]`` and ``[text](path)`` become the text.
fn without_links(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        let Some((text, after)) = after.split_once(']') else {
            plain.push('[');
            rest = after;
            continue;
        };
        let path = after.strip_prefix('(').and_then(|path| path.split_once(')'));
        let linked = path.is_some() || (text.starts_with('`') && text.ends_with('`'));
        plain.push_str(&if linked { text.to_owned() } else { format!("[{text}]") });
        rest = path.map_or(after, |(_, after)| after);
    }
    plain + rest
}
