//! Lists of all values of a type name each of its variants: what reads, stores and documents them goes by these lists.

use std::collections::BTreeSet;

use super::{none, sources::sources};

#[test]
fn a_list_of_all_values_names_every_variant() {
    let (mut faults, mut found) = (Vec::new(), 0);
    for source in sources("src") {
        let code = source.code();
        for (name, listed) in lists(&code) {
            let Some(variants) = variants(&code, name) else {
                continue;
            };
            found += 1;
            faults.extend(variants.difference(&listed).map(|variant| {
                let path = &source.path;
                format!("{path}: `{name}::ALL` does not name `{variant}`")
            }));
        }
    }
    assert!(found > 20, "only {found} lists were found");
    none(&faults);
}

/// The lists of all values in a file, each with its type.
fn lists(code: &str) -> Vec<(&str, BTreeSet<&str>)> {
    let mut lists = Vec::new();
    for beginning in ["const ALL: [", "fn all() -> Vec<Self> {"] {
        for (at, _) in code.match_indices(beginning) {
            let Some((_, block)) = code[..at].rsplit_once("\nimpl ") else {
                continue;
            };
            let head = block.split(" {").next().unwrap_or_default();
            let name = head.rsplit(' ').next().unwrap_or_default();
            let list = code[at..].split("\n\n").next().unwrap_or_default();
            lists.push((name, names_behind(list, "Self::")));
        }
    }
    lists
}

fn names_behind<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    text.split(before).skip(1).map(leading_name).collect()
}

fn leading_name(text: &str) -> &str {
    text.split(|letter: char| !letter.is_alphanumeric())
        .next()
        .unwrap_or_default()
}

/// The variants of an enum of the file; none when it has no such enum.
fn variants<'a>(code: &'a str, name: &str) -> Option<BTreeSet<&'a str>> {
    let (_, body) = code.split_once(&format!("enum {name} {{\n"))?;
    let lines = body.lines().take_while(|line| *line != "}");
    let names = lines.filter_map(|line| line.strip_prefix("    "));
    let is_variant = |line: &&str| line.starts_with(char::is_uppercase);
    Some(names.filter(is_variant).map(leading_name).collect())
}

#[test]
fn a_variant_that_is_not_listed_is_found() {
    let code = "enum One {\n    A,\n    B(u8),\n    C { d: u8 },\n}\n\nimpl One {\n    const ALL: [Self; 2] = [Self::A, Self::B(0)];\n}\n";
    let (name, listed) = &lists(code)[0];
    let variants = variants(code, name).unwrap();
    assert_eq!(variants.difference(listed).collect::<Vec<_>>(), [&"C"]);
}
