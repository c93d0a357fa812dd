//! The linker's version script.
use crate::{Generated, facts::Function};

/// `libcoap-3.map`: every function of the ABI at `VER_3`, and nothing else visible.
pub(crate) fn generate(functions: &[Function]) -> Generated {
    let names: String = functions.iter().map(|function| format!("    {};\n", function.name)).collect();
    let text = format!("VER_3 {{\n  global:\n{names}  local:\n    *;\n}};\n");
    Generated { path: "libcoap-3.map".into(), text }
}
