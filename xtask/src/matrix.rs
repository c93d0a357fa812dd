//! Which functions work.
use crate::{GenerateError, Generated, facts::Function};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

/// How much of a function is built.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Status {
    Done,
    /// All but what its comment says after `Not yet:`.
    Partly(String),
    /// It says `unsupported(..)`, or its comment `Not yet.`
    Unsupported,
}

/// `docs/MATRIX.md`: every exported function, by the header that declares it, and whether it works.
pub(crate) fn generate(root: &Path, functions: &[Function]) -> Result<Generated, GenerateError> {
    let mut statuses = HashMap::from([("coap_log_impl".to_owned(), Status::Done)]); // C: src/log_impl.c
    sources(&root.join("src"), &mut statuses)
        .map_err(|error| GenerateError::File { path: "src".into(), error })?;
    let mut headers: BTreeMap<&str, Vec<(&Function, Status)>> = BTreeMap::new();
    for function in functions {
        let status = statuses.remove(&function.name);
        let status = status.ok_or_else(|| GenerateError::NotExported(function.name.clone()))?;
        headers.entry(&function.header).or_default().push((function, status));
    }
    match statuses.into_keys().find(|name| name.starts_with("coap_")) {
        Some(unknown) => Err(GenerateError::NotKnown(unknown)),
        None => Ok(Generated { path: "docs/MATRIX.md".into(), text: text(&headers) }),
    }
}

/// The exported functions in a source file, and how much of each is built.
pub(crate) fn exports(source: &str) -> Vec<(String, Status)> {
    let pieces: Vec<_> = source.split("#[unsafe(no_mangle)]\n").collect();
    pieces.windows(2).filter_map(|pair| export(pair[0], pair[1])).collect()
}

/// `before` ends with the function's comment.
fn export(before: &str, source: &str) -> Option<(String, Status)> {
    let (_, signature) = source.split_once(" fn ")?;
    let name = signature.split_once('(')?.0.to_owned();
    let body = source.split_once("\n}\n").map_or(source, |(body, _)| body);
    let mut comment: Vec<_> = before.lines().rev().take_while(|line| line.starts_with(['/', '#'])).collect();
    comment.reverse();
    let comment: Vec<_> = comment.iter().filter_map(|line| line.strip_prefix("///")).map(str::trim).collect();
    let missing = comment.iter().position(|line| line.starts_with("Not yet: ")).map(|first| {
        let paragraph = comment[first..].iter().take_while(|line| !line.is_empty());
        let paragraph = paragraph.copied().collect::<Vec<_>>().join(" ");
        paragraph["Not yet: ".len()..].trim_end_matches('.').to_owned()
    });
    let status = match missing {
        _ if body.contains("unsupported(") || comment.contains(&"Not yet.") => Status::Unsupported,
        Some(missing) => Status::Partly(missing),
        None => Status::Done,
    };
    Some((name, status))
}

fn sources(folder: &Path, statuses: &mut HashMap<String, Status>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, statuses)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            statuses.extend(exports(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// How many of the functions are done, are partly done and are not supported yet.
fn count<'a>(functions: impl Iterator<Item = &'a (&'a Function, Status)>) -> [usize; 3] {
    functions.fold([0; 3], |mut counts, (_, status)| {
        counts[match status {
            Status::Done => 0,
            Status::Partly(_) => 1,
            Status::Unsupported => 2,
        }] += 1;
        counts
    })
}

fn text(headers: &BTreeMap<&str, Vec<(&Function, Status)>>) -> String {
    let [done, partly, unsupported] = count(headers.values().flatten());
    let mut text = format!(
        "# What works\n\n\
         Every function that the library exports, by libcoap's public header. Generated from the sources by\n\
         `cargo xtask`: do not edit.\n\n\
         *Unsupported yet* means that the feature is not built: the function is there, so that programs start, and\n\
         answers as libcoap does when it is built without that feature - `coap_*_is_supported()` is 0, what creates\n\
         something returns NULL or 0 and logs a warning.\n\n\
         **{done} of {} done**, {partly} but for what is named, {unsupported} unsupported yet.\n\n\
         | header | done | partly | unsupported yet |\n|---|---:|---:|---:|\n",
        done + partly + unsupported
    );
    for (header, functions) in headers {
        let [done, partly, unsupported] = count(functions.iter());
        let anchor = header.replace('.', "");
        let _ = writeln!(text, "| [`{header}`](#{anchor}) | {done} | {partly} | {unsupported} |");
    }
    for (header, functions) in headers {
        let _ = write!(text, "\n## {header}\n\n| function | since | |\n|---|---|---|\n");
        for (Function { name, since, .. }, status) in functions {
            let status = match status {
                Status::Done => "done",
                Status::Partly(missing) => &format!("not yet: {missing}"),
                Status::Unsupported => "unsupported yet",
            };
            let _ = writeln!(text, "| `{name}` | {} | {status} |", since.trim_end_matches(" header"));
        }
    }
    text
}
