use super::{facts, matrix, matrix::Status, polish::polish, stale, workspace};
use std::path::PathBuf;

#[test]
fn committed_files_are_what_the_sources_say() {
    assert_eq!(stale(workspace()).unwrap(), Vec::<PathBuf>::new(), "not current: run `cargo xtask`");
}

#[test]
fn functions_are_sorted_by_name_and_none_stands_twice() {
    let functions = facts::functions(workspace()).unwrap();
    let names: Vec<_> = functions.iter().map(|function| function.name.as_str()).collect();
    assert!(names.is_sorted_by(|a, b| a < b));
}

#[test]
fn what_concerns_rust_alone_is_not_in_the_header() {
    let generated = "\
/**
 * Sends `pdu`, see [`coap_new_pdu`] and [the others](crate::pdu).
 *
 * # Safety
 * `pdu` is a PDU.
 */
int coap_send(void);
";
    let polished = polish(generated);
    assert_eq!(polished, "/** Sends `pdu`, see `coap_new_pdu` and the others. */\nint coap_send(void);\n");
}

#[test]
fn a_type_is_named_without_its_tag_once_it_is_declared() {
    let generated = "\
typedef struct coap_pdu_t coap_pdu_t;
typedef struct coap_list_t {
  struct coap_list_t *next;
  struct coap_pdu_t *pdu;
} coap_list_t;
typedef struct coap_list_t *(*coap_handler_t)(struct coap_pdu_t *_pdu,
                                             struct coap_later_t *later_);
";
    let polished = "\
typedef struct coap_pdu_t coap_pdu_t;
typedef struct coap_list_t {
  struct coap_list_t *next;
  coap_pdu_t *pdu;
} coap_list_t;
typedef coap_list_t *(*coap_handler_t)(coap_pdu_t *pdu, struct coap_later_t *later);
";
    assert_eq!(polish(generated), polished);
}

#[test]
fn what_a_function_lacks_is_read_from_its_body_and_its_comment() {
    let source = "\
/// Works.
#[unsafe(no_mangle)]
pub unsafe extern \"C\" fn coap_works(
    session: *mut coap_session_t,
) -> c_int {
    entry(0, || Some(1))
}

#[unsafe(no_mangle)]
pub extern \"C\" fn coap_later() {
    entry((), || unsupported(\"coap_later\"))
}

/// Sends.
///
/// Not yet: bodies of more
/// than one message.
///
/// # Safety
/// Safe.
#[unsafe(no_mangle)]
pub extern \"C\" fn coap_partly() {
}
";
    let missing = Status::Partly("bodies of more than one message".into());
    let expected =
        [("coap_works", Status::Done), ("coap_later", Status::Unsupported), ("coap_partly", missing)];
    assert_eq!(matrix::exports(source), expected.map(|(name, status)| (name.to_owned(), status)));
}
