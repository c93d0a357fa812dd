//! Which functions work.
use crate::{GenerateError, Generated, facts::Function};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

/// `docs/MATRIX.md`: every exported function, by the header that declares it, and whether it works.
pub(crate) fn generate(root: &Path, functions: &[Function]) -> Result<Generated, GenerateError> {
    let mut works = HashMap::from([("coap_log_impl".to_owned(), true)]); // C: src/log_impl.c
    sources(&root.join("src"), &mut works)
        .map_err(|error| GenerateError::File { path: "src".into(), error })?;
    let mut headers: BTreeMap<&str, Vec<(&Function, bool)>> = BTreeMap::new();
    for function in functions {
        let done = works.remove(&function.name);
        let done = done.ok_or_else(|| GenerateError::NotExported(function.name.clone()))?;
        headers.entry(&function.header).or_default().push((function, done));
    }
    match works.into_keys().find(|name| name.starts_with("coap_")) {
        Some(unknown) => Err(GenerateError::NotKnown(unknown)),
        None => Ok(Generated { path: "docs/MATRIX.md".into(), text: table(&headers) }),
    }
}

/// The exported functions in a source file and whether each works: whether it never says `unsupported(..)`.
pub(crate) fn exports(source: &str) -> Vec<(String, bool)> {
    source.split("#[unsafe(no_mangle)]\n").skip(1).filter_map(export).collect()
}

fn export(source: &str) -> Option<(String, bool)> {
    let (_, signature) = source.split_once(" fn ")?;
    let name = signature.split_once('(')?.0;
    let body = source.split_once("\n}\n").map_or(source, |(body, _)| body);
    Some((name.to_owned(), !body.contains("unsupported(")))
}

fn sources(folder: &Path, works: &mut HashMap<String, bool>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, works)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            works.extend(exports(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

fn table(headers: &BTreeMap<&str, Vec<(&Function, bool)>>) -> String {
    let all = || headers.values().flatten();
    let done = all().filter(|(_, done)| *done).count();
    let mut text = format!(
        "# What works\n\n\
         Every function that the library exports, by libcoap's public header. Generated from the sources by\n\
         `cargo xtask`: do not edit.\n\n\
         *Unsupported yet* means that the feature is not built: the function is there, so that programs start, and\n\
         answers as libcoap does when it is built without that feature - `coap_*_is_supported()` is 0, what creates\n\
         something returns NULL or 0 and logs a warning.\n\n\
         **{done} of {} done.**\n\n\
         | header | done | unsupported yet |\n|---|---:|---:|\n",
        all().count()
    );
    for (header, functions) in headers {
        let done = functions.iter().filter(|(_, done)| *done).count();
        let _ = writeln!(
            text,
            "| [`{header}`](#{}) | {done} | {} |",
            header.replace('.', ""),
            functions.len() - done
        );
    }
    for (header, functions) in headers {
        let _ = write!(text, "\n## {header}\n\n| function | since | |\n|---|---|---|\n");
        for (Function { name, since, .. }, done) in functions {
            let status = if *done { "done" } else { "unsupported yet" };
            let _ = writeln!(text, "| `{name}` | {} | {status} |", since.trim_end_matches(" header"));
        }
    }
    text
}
