//! Makes what cbindgen wrote read as if written for C.
use std::collections::HashSet;

/// Columns of a header.
const WIDTH: usize = 110;

/// Takes out of the comments what concerns Rust alone, writes short ones on one line, and leaves out `struct`, `union`
/// and `enum` before names that need none.
pub(crate) fn polish(header: &str) -> String {
    let mut polished = String::with_capacity(header.len());
    let mut types = Types::default();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if line.trim_start() == "/**" {
            let indent = &line[..line.len() - "/**".len()];
            let body: Vec<_> = lines.by_ref().take_while(|line| line.trim_start() != "*/").collect();
            write_comment(&mut polished, indent, &for_c(&body));
        } else if line.starts_with(char::is_alphabetic) && line.contains('(') {
            let mut prototype = line.to_owned();
            while !prototype.ends_with(';') {
                let Some(more) = lines.next() else { break };
                prototype = prototype + " " + more.trim_start();
            }
            write_prototype(&mut polished, &types.without_tags(&prototype));
        } else {
            let line = types.without_tags(line);
            types.learn(&line);
            polished.push_str(&line);
            polished.push('\n');
        }
    }
    polished
}

/// The types that are declared so far.
#[derive(Default)]
struct Types(HashSet<String>);

impl Types {
    /// Takes in what a line declares: `typedef struct x x;`, or the `} x;` that ends a declaration.
    fn learn(&mut self, line: &str) {
        let name = line.strip_suffix(';').and_then(|line| match line.strip_prefix("} ") {
            Some(name) => Some(name),
            None => line.strip_prefix("typedef struct ")?.split_once(' ').map(|(_, name)| name),
        });
        self.0.extend(name.map(str::to_owned));
    }

    fn without_tags(&self, line: &str) -> String {
        ["struct ", "union ", "enum "].iter().fold(line.to_owned(), |line, tag| {
            let mut pieces = line.split(tag);
            let before = pieces.next().unwrap_or_default().to_owned();
            pieces.fold(before, |line, piece| {
                let name = piece.split(|c: char| !c.is_alphanumeric() && c != '_').next();
                let declared = name.is_some_and(|name| self.0.contains(name));
                line + if declared { "" } else { tag } + piece
            })
        })
    }
}

/// Writes a prototype; parameters that do not fit stand beneath the first. Underscores around their names are nothing
/// to C: Rust marks with them what it does not use, and what is a word of its own.
fn write_prototype(out: &mut String, prototype: &str) {
    // The parameters of a function, or of a pointer to one.
    let parameters = prototype.find(")(").map(|at| at + 2).or_else(|| prototype.find('(').map(|at| at + 1));
    let (before, parameters) = prototype.split_at(parameters.unwrap_or(0));
    let indent = " ".repeat(before.len());
    let mut line = before.to_owned();
    let marks = [(" _", " "), ("*_", "*"), ("_,", ","), ("_)", ")")];
    let parameters = marks.iter().fold(parameters.to_owned(), |text, (from, to)| text.replace(from, to));
    for parameter in parameters.split_inclusive(", ") {
        if line.len() + parameter.trim_end().len() > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line.clone_from(&indent);
        }
        line.push_str(parameter);
    }
    out.push_str(&line);
    out.push('\n');
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
