//! The repository's own text, as the house tests read it.

use std::fs;

/// One source file.
pub(crate) struct Source {
    /// From the root of the repository.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The folder of `src/` it is in, or its own name when it stands directly there.
    pub(crate) fn room(&self) -> &str {
        let room = self
            .path
            .split('/')
            .nth(1)
            .expect("a source stands in a folder");
        room.trim_end_matches(".rs")
    }

    /// The text with its comments blanked; line numbers stay.
    pub(crate) fn code(&self) -> String {
        let code = |line: &str| {
            let comment = line.trim_start().starts_with("//");
            let kept = if comment {
                None
            } else {
                line.split(" // ").next()
            };
            kept.unwrap_or_default().to_owned()
        };
        self.text.lines().map(code).collect::<Vec<_>>().join("\n")
    }
}

/// The modules that follow `root`, alone or as a list in braces, each with its line.
pub(crate) fn imports(code: &str, root: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices(root) {
        if code[..start].ends_with(is_name) {
            continue;
        }
        let line = code[..start].lines().count().max(1);
        let names = match code[start + root.len()..].strip_prefix('{') {
            Some(list) => listed(list),
            None => vec![leading_name(&code[start + root.len()..])],
        };
        found.extend(names.into_iter().map(|name| (line, name.to_owned())));
    }
    found
}

/// The first names of a list in braces, without what is nested deeper.
fn listed(list: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut names = vec![leading_name(list.trim_start())];
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(leading_name(list[at + 1..].trim_start())),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn leading_name(text: &str) -> &str {
    text.split(|letter| !is_name(letter))
        .next()
        .unwrap_or_default()
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

pub(crate) fn begins_a_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_name))
}

pub(crate) fn numbered(code: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(code.lines())
}

/// A text of the repository; tests run in its root.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// The Rust sources below a folder.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let source = |path: String| Source {
        text: read(&path),
        path,
    };
    files(folder, ".rs").into_iter().map(source).collect()
}

/// The files below a folder whose names end so; none when there is no such folder.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.to_str().expect("names are UTF-8").to_owned();
        if path.is_dir() {
            found.extend(files(&name, ending));
        } else if name.ends_with(ending) {
            found.push(name);
        }
    }
    found
}

#[test]
fn imports_are_found_in_every_form() {
    let code = "use crate::model::Video;\nuse crate::{\n    app::{App, clock::X},\n    http,\n};\nfn f() { crate::clock::now(); }\nlet mycrate::no;";
    let found = imports(code, "crate::");
    let found: Vec<(usize, &str)> = found
        .iter()
        .map(|(line, name)| (*line, name.as_str()))
        .collect();
    assert_eq!(found, [(1, "model"), (2, "app"), (2, "http"), (6, "clock")]);
}
