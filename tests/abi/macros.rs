//! Macros with parameters and inline functions: do they compute what libcoap's do?
use crate::compiler::check;
use crate::facts::{root, table};
use std::fs;

#[test]
fn macros_and_inline_functions_compute_what_libcoap_s_do() {
    let program = fs::read_to_string(root().join("tests/abi/macros.c")).unwrap();
    let used = |name: &str| program.contains(&format!("{name}("));
    let macros = table::<3>("macros.tsv").into_iter().map(|[name, ..]| name);
    let inline = table::<4>("inline.tsv").into_iter().map(|[name, ..]| name);
    let unused: Vec<_> = macros.chain(inline).filter(|name| !used(name)).collect();
    assert!(unused.is_empty(), "tests/abi/macros.c does not use {unused:?}");
    check("macros", &["-Wno-deprecated-declarations"], &program);
}
