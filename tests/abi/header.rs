//! Names and values: does the header declare everything as libcoap does?
use crate::compiler::{LANGUAGES, Language, check, compile};
use crate::facts::{root, table};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

/// A program's beginning: `expect()` prints what is not as it should be.
pub(crate) const PROLOGUE: &str = "\
#include <coap3/coap.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline void expect(const char *what, long long found, long long expected) {
  if (found != expected)
    printf(\"%s is %lld, not %lld\\n\", what, found, expected);
}

#define TEXT(...) #__VA_ARGS__
#define EXPANSION(...) TEXT(__VA_ARGS__)
static inline void expect_text(const char *what, const char *found, const char *expected) {
  if (strcmp(found, expected) != 0)
    printf(\"%s is %s, not %s\\n\", what, found, expected);
}
";

#[test]
fn header_is_pedantic_c99_and_cpp11_alone_and_under_every_name() {
    let headers = fs::read_dir(root().join("include/coap3")).unwrap();
    let names = headers.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in names.filter(|name| name != "coap_c.h") {
        let text = format!("#include <coap3/{name}>\nint main(void) {{ return sizeof(coap_uri_t) == 0; }}\n");
        for language in LANGUAGES {
            let strict = ["-c", "-Wshadow", "-Wredundant-decls", "-Wcast-qual"];
            compile("alone", language, &strict, &text)
                .unwrap_or_else(|said| panic!("{name} in {language:?}: {said}"));
        }
    }
}

#[test]
fn every_function_has_the_prototype_of_libcoap() {
    let functions = table::<5>("functions.tsv").map_prototypes(|[name, .., prototype, _]| (name, prototype));
    let inline = table::<4>("inline.tsv").map_prototypes(|[name, _, prototype, _]| (name, prototype));
    let text = format!("{PROLOGUE}{functions}{inline}int main(void) {{ return 0; }}\n");
    check("prototypes", &["-Wno-deprecated-declarations"], &text);
}

#[test]
fn every_type_stands_for_what_it_does_in_libcoap() {
    let mut text = PROLOGUE.to_owned();
    for [name, _, kind, meaning] in table("typedefs.tsv") {
        let _ = match kind.as_str() {
            "function_pointer" => {
                writeln!(text, "{} = ({name})0;", meaning.replacen("(*)", &format!("(*check_{name})"), 1))
            }
            _ => writeln!(text, "{meaning} *check_{name} = ({name} *)0;"),
        };
    }
    check("types", &[], &(text + "int main(void) { return 0; }\n"));
}

#[test]
fn every_enumerator_has_its_value() {
    let mut text = format!("{PROLOGUE}int main(void) {{\n");
    for [kind, name, value] in table("enums.tsv") {
        let _ = writeln!(text, "  expect(\"{name}\", (enum {kind}){name}, {value});");
        let _ = writeln!(text, "  expect(\"size of {kind}\", sizeof(enum {kind}), 4);");
    }
    check("enums", &[], &(text + "  return 0;\n}\n"));
}

#[test]
fn every_constant_has_its_value() {
    let mut text = format!("{PROLOGUE}int main(void) {{\n");
    for [name, _, kind, value] in table("constants.tsv") {
        let _ = match kind.as_str() {
            "empty" => writeln!(text, "  expect_text(\"{name}\", EXPANSION({name}), \"\");"),
            "integer" => writeln!(text, "  expect(\"{name}\", (long long)(size_t)({name}), {value}LL);"),
            "string" => writeln!(text, "  expect_text(\"{name}\", {name}, \"{value}\");"),
            "fixed" => writeln!(
                text,
                "  expect(\"{name}\", {name}.integer_part * 1000 + {name}.fractional_part, {});",
                value.replace('.', "")
            ),
            "file" => writeln!(text, "  {{ FILE *file = {value}; expect(\"{name}\", file == {name}, 1); }}"),
            // C++ has its own `inline`.
            "text" if name == "COAP_STATIC_INLINE" => Ok(()),
            "text" => writeln!(text, "  expect_text(\"{name}\", EXPANSION({name}), \"{value}\");"),
            unknown => panic!("{name}: kind {unknown}"),
        };
    }
    check("constants", &[], &(text + "  return 0;\n}\n"));
}

/// What a program may set for itself before it includes the header.
const SETTABLE: [&str; 20] = [
    "COAP_DEFAULT_HOP_LIMIT",
    "COAP_DEFAULT_MTU",
    "COAP_DTLS_HINT_LENGTH",
    "COAP_DTLS_MAX_PSK",
    "COAP_DTLS_MAX_PSK_IDENTITY",
    "COAP_MAX_BLOCK_SZX",
    "COAP_MAX_EPOLL_EVENTS",
    "COAP_MAX_LOGGING_LEVEL",
    "COAP_MAX_STR_CONST_FUNC",
    "COAP_RESOURCE_CHECK_TIME",
    "COAP_RXBUFFER_SIZE",
    "LOG_ALERT",
    "LOG_CRIT",
    "LOG_DEBUG",
    "LOG_EMERG",
    "LOG_ERR",
    "LOG_INFO",
    "LOG_NOTICE",
    "LOG_WARNING",
    "coap_log",
];

#[test]
fn what_a_program_may_set_for_itself_keeps_its_value() {
    let set: String = SETTABLE.iter().map(|name| format!("#define {name} 17\n")).collect();
    let kept: String = SETTABLE.iter().map(|name| format!("  expect(\"{name}\", {name}, 17);\n")).collect();
    check("settable", &[], &format!("{set}{PROLOGUE}int main(void) {{\n{kept}  return 0;\n}}\n"));
}

#[test]
fn what_libcoap_deprecates_is_deprecated() {
    let functions = table::<5>("functions.tsv").into_iter().map(|[name, .., deprecated]| (name, deprecated));
    let inline = table::<4>("inline.tsv").into_iter().map(|[name, .., deprecated]| (name, deprecated));
    let mut text = format!("{PROLOGUE}void (*check[])(void) = {{\n");
    let mut expected = BTreeSet::new();
    for (name, deprecated) in functions.chain(inline) {
        let _ = writeln!(text, "  (void (*)(void)){name},");
        if deprecated == "deprecated" {
            expected.insert(name);
        }
    }
    let said = compile("deprecated", Language::C99, &["-c", "-Wno-cast-function-type"], &(text + "};\n"));
    let said = said.expect_err("use of deprecated functions is an error here");
    let named = said.lines().filter_map(|line| line.split_once("' is deprecated")?.0.rsplit('\'').next());
    assert_eq!(named.map(str::to_owned).collect::<BTreeSet<_>>(), expected, "{said}");
}

/// Turns prototypes into pointers that only a function of that type can be assigned to.
trait MapPrototypes<Row> {
    fn map_prototypes(self, columns: impl Fn(Row) -> (String, String)) -> String;
}

impl<Row> MapPrototypes<Row> for Vec<Row> {
    fn map_prototypes(self, columns: impl Fn(Row) -> (String, String)) -> String {
        let mut text = String::new();
        for (name, prototype) in self.into_iter().map(columns) {
            let pointer = prototype.replacen(&format!("{name}("), &format!("(*check_{name})("), 1);
            let _ = writeln!(text, "extern {pointer};\n{pointer} = {name};");
        }
        text
    }
}
