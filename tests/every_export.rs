//! Every function that the library exports, called with handles of every kind there is - NULL, stale, foreign, of
//! another type, live - and with the numbers 0, 1 and -1: no crash, no invalid access, nothing lost.
//!
//! The program is generated from `tests/abi/functions.tsv`; what it stands on is `c-tests/lifetime/every_export.h`.
#![forbid(unsafe_code)]

mod support;

use std::{collections::BTreeSet, fmt::Write, path::PathBuf, sync::OnceLock, time::Duration};
use support::{Program, library::Library, process::Finished, root};

const LIMIT: Duration = Duration::from_secs(300);

/// Called by the program itself, before and after everything else; and what takes a format with its arguments.
const NOT_CALLED: [&str; 3] = ["coap_cleanup", "coap_log_impl", "coap_startup"];

/// Types of handles, and the program's handles of that type.
const HANDLES: [(&str, &str); 10] = [
    ("coap_async_t", "async"),
    ("coap_attr_t", "attribute"),
    ("coap_cache_entry_t", "cache_entry"),
    ("coap_context_t", "context"),
    ("coap_endpoint_t", "endpoint"),
    ("coap_pdu_t", "pdu"),
    ("coap_resource_t", "resource"),
    ("coap_session_t", "session"),
    ("coap_socket_t", "socket"),
    ("coap_subscription_t", "none"),
];

/// What to call before: a loop is to end.
const BEFORE: [(&str, &str); 1] = [("coap_io_process_loop", "coap_io_process_terminate_loop()")];

/// What to call with a result of a type, which is the caller's.
const OWNED: [(&str, &str); 9] = [
    ("coap_addr_info_t *", "coap_free_address_info(result)"),
    ("coap_binary_t *", "coap_delete_binary(result)"),
    ("coap_cache_key_t *", "coap_delete_cache_key(result)"),
    ("coap_context_t *", "coap_free_context(result)"),
    ("coap_optlist_t *", "coap_delete_optlist(result)"),
    ("coap_pdu_t *", "coap_delete_pdu(result)"),
    ("coap_resource_t *", "coap_delete_resource(NULL, result)"),
    ("coap_string_t *", "coap_delete_string(result)"),
    ("coap_uri_t *", "coap_delete_uri(result)"),
];

/// Results that stay the library's, though others of their type are the caller's.
const BORROWED: [&str; 2] = ["coap_get_resource_from_uri_path", "coap_session_get_context"];

/// Results that are the caller's, though others of their type stay the library's.
const GIVEN: [(&str, &str); 4] = [
    ("coap_malloc_type", "coap_free_type(COAP_STRING, result)"),
    ("coap_realloc_type", "coap_free_type(COAP_STRING, result)"),
    ("coap_new_bin_const", "coap_delete_bin_const(result)"),
    ("coap_new_str_const", "coap_delete_str_const(result)"),
];

const MAIN: &str = "\
int
main(int count, char **arguments) {
  size_t number_of_calls = sizeof calls / sizeof *calls;
  return count == 3 ? call_everything(calls, number_of_calls, arguments[1], arguments[2]) : 2;
}";

macro_rules! rounds {
    ($($name:ident: $handles:literal, $number:literal;)*) => {
        $(#[test] fn $name() { call_everything($handles, $number); })*
    };
}

rounds! {
    null_handles_and_0: "null", "0";
    null_handles_and_minus_1: "null", "-1";
    stale_handles_and_0: "stale", "0";
    stale_handles_and_1: "stale", "1";
    foreign_handles_and_0: "foreign", "0";
    foreign_handles_and_1: "foreign", "1";
    contexts_for_every_handle: "context", "1";
    sessions_for_every_handle: "session", "1";
    pdus_for_every_handle: "pdu", "1";
    live_handles_and_0: "live", "0";
    live_handles_and_1: "live", "1";
    live_handles_and_minus_1: "live", "-1";
}

/// One round, natively and under valgrind.
fn call_everything(handles: &str, number: &str) {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    let library = Library::ours();
    let program = PROGRAM.get_or_init(|| Program::compile(&generate(), &Library::ours()));
    let survived = |finished: Finished| {
        let count = functions().len() - NOT_CALLED.len();
        let all = finished.stdout.ends_with(&format!("called {count}\n")) && finished.status.success();
        let last = finished.stdout.lines().last().unwrap_or_default();
        assert!(all, "{handles} {number}: {}, last {last}\n{}", finished.status, finished.stderr);
    };
    survived(program.run(&library, &[handles, number], LIMIT));
    survived(program.start_checked(&library, &[handles, number]).finish(LIMIT));
}

/// Writes the program and says where.
fn generate() -> String {
    let types = table("typedefs.tsv");
    let is_callback = |name: &str| types.iter().any(|row| row[0] == name && row[2] == "function_pointer");
    let mut text = "#include \"lifetime/every_export.h\"\n\n".to_owned();
    let mut calls = String::new();
    let functions = functions();
    for (name, prototype) in functions.iter().filter(|(name, _)| !NOT_CALLED.contains(&name.as_str())) {
        let (result, rest) = prototype.split_once(&format!("{name}(")).expect("a prototype of its function");
        let parameters = rest.trim_end_matches(')').split(", ").filter(|parameter| *parameter != "void");
        let arguments: Vec<_> = parameters.map(|parameter| argument(parameter, is_callback)).collect();
        let call = format!("{name}({})", arguments.join(", "));
        let before = BEFORE.iter().find(|(function, _)| function == name);
        let before = before.map(|(_, before)| format!("{before};\n  ")).unwrap_or_default();
        let body = match release(name, result.trim()) {
            Some(release) => format!("{before}{result}result = {call};\n  {release};"),
            None => format!("{before}{call};"),
        };
        let _ = writeln!(text, "static void\ncall_{name}(void) {{\n  {body}\n}}\n");
        let _ = writeln!(calls, "  {{\"{name}\", call_{name}}},");
    }
    let _ = writeln!(text, "static const call_t calls[] = {{\n{calls}}};\n\n{MAIN}");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("every_export.c");
    std::fs::write(&path, text).expect("the generated program can be written");
    path.to_str().expect("a path that is text").to_owned()
}

/// What is given for a parameter.
fn argument(parameter: &str, is_callback: impl Fn(&str) -> bool) -> String {
    let words = parameter.replace('*', " * ");
    let mut words = words.split_whitespace().filter(|word| *word != "const");
    let first = words.next().unwrap_or_default();
    match parameter.matches(['*', '[']).count() {
        1 => match HANDLES.iter().find(|(name, _)| *name == first) {
            Some((name, handle)) => format!("({name} *)handle.{handle}"),
            None => "NULL".to_owned(),
        },
        0 if parameter.ends_with(" timeout_ms") => "COAP_IO_NO_WAIT".to_owned(),
        0 if is_callback(first) => "NULL".to_owned(),
        0 => match first {
            "coap_str_const_t" | "coap_bin_const_t" => format!("({first}){{(size_t)number, NULL}}"),
            "coap_fixed_point_t" => format!("({first}){{(uint16_t)number, (uint16_t)number}}"),
            _ => {
                let (kind, _) = parameter.rsplit_once(' ').expect("a type and a name");
                format!("({kind})number")
            }
        },
        _ => "NULL".to_owned(),
    }
}

/// What to do with a result that is the caller's.
fn release(name: &str, kind: &str) -> Option<&'static str> {
    let of = |list: &'static [(&str, &str)], key| {
        list.iter().find(|(entry, _)| *entry == key).map(|(_, call)| *call)
    };
    of(&GIVEN, name).or_else(|| of(&OWNED, kind).filter(|_| !BORROWED.contains(&name)))
}

/// Names and prototypes of all that is exported.
fn functions() -> BTreeSet<(String, String)> {
    table("functions.tsv").into_iter().map(|row| (row[0].clone(), row[3].clone())).collect()
}

fn table(name: &str) -> Vec<Vec<String>> {
    let text =
        std::fs::read_to_string(root().join("tests/abi").join(name)).expect("a table of the interface");
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
