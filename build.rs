//! Compiles the one C file: a C-variadic function cannot be defined in stable Rust.
#![forbid(unsafe_code)]

fn main() {
    println!("cargo:rerun-if-changed=src/log_impl.c");
    cc::Build::new().file("src/log_impl.c").std("c99").extra_warnings(true).compile("coap_log_impl");
}
