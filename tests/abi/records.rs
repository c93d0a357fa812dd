//! Structures and unions: is every member where libcoap has it?
use crate::compiler::check;
use crate::facts::table;
use crate::header::PROLOGUE;
use std::fmt::Write;

/// `expect_bits()` looks which bits of a zeroed record were set: `width` of them, from bit `first` on.
const BITS: &str = "\
static inline void expect_bits(const char *what, const void *record, size_t size, size_t first, size_t width) {
  const unsigned char *bytes = (const unsigned char *)record;
  size_t bit;
  for (bit = 0; bit < 8 * size; bit++) {
    int set = bytes[bit / 8] >> bit % 8 & 1;
    if (set != (bit >= first && bit < first + width))
      printf(\"%s: bit %zu is %d\\n\", what, bit, set);
  }
}
";

#[test]
fn every_record_and_member_has_its_size_and_place() {
    let mut declarations = format!("{PROLOGUE}{BITS}");
    let mut checks = String::new();
    for [record, member, place, size, kind, _] in table("records.tsv") {
        let name = format!("{record} {member}");
        let _ = match kind.as_str() {
            "record" => {
                let tag = record.replace(' ', "_");
                let _ = writeln!(declarations, "struct aligned_{tag} {{ char before; {record} it; }};");
                let _ = writeln!(checks, "  expect(\"size of {record}\", sizeof({record}), {place});");
                let aligned = format!("offsetof(struct aligned_{tag}, it)");
                writeln!(checks, "  expect(\"alignment of {record}\", {aligned}, {size});")
            }
            "bits" => {
                let all = format!("(1U << {size}) - 1");
                let _ = writeln!(checks, "  {{ {record} r; memset(&r, 0, sizeof r); r.{member} = {all};");
                writeln!(checks, "    expect_bits(\"{name}\", &r, sizeof r, {place}, {size}); }}")
            }
            _ => {
                let _ = writeln!(checks, "  expect(\"{name}\", offsetof({record}, {member}), {place});");
                let found = format!("sizeof((({record} *)0)->{member})");
                writeln!(checks, "  expect(\"size of {name}\", {found}, {size});")
            }
        };
    }
    check("records", &[], &format!("{declarations}int main(void) {{\n{checks}  return 0;\n}}\n"));
}

#[test]
fn every_member_has_its_type() {
    let mut text = PROLOGUE.to_owned();
    for (number, [record, member, _, _, kind, r#type]) in table("records.tsv").into_iter().enumerate() {
        // Bit-fields have no address; an array's type does not stand before its name.
        if !kind.is_empty() || r#type == "union" || r#type.contains('[') {
            continue;
        }
        let _ = writeln!(text, "{type} *member_{number}({record} *record);");
        let _ = writeln!(text, "{type} *member_{number}({record} *record) {{ return &record->{member}; }}");
    }
    check("members", &[], &(text + "int main(void) { return 0; }\n"));
}
