//! Holds the house in shape: who may import whom, where SQL stands, how long a file gets, what is written down where.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What each room of `src/` may import of ours, beside itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &[]),
    ("random", &[]),
    ("clock", &["model"]),
    ("telemetry", &["config"]),
    ("catalog", &["config", "model", "telemetry"]),
    ("mrss", &["config", "model"]),
    ("sources", &["config", "model"]),
    (
        "app",
        &[
            "catalog",
            "clock",
            "config",
            "model",
            "mrss",
            "random",
            "sources",
            "telemetry",
        ],
    ),
    ("jobs", &["app", "clock", "model", "telemetry"]),
    ("http", &["app", "config", "model", "mrss", "telemetry"]),
    ("simulator", &[]),
    (
        "daemon",
        &[
            "app",
            "catalog",
            "clock",
            "config",
            "http",
            "jobs",
            "model",
            "random",
            "telemetry",
        ],
    ),
    (
        "cli",
        &["app", "config", "daemon", "model", "simulator", "telemetry"],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Which rooms may name these crates.
const CRATES: &[(&str, &[&str])] = &[
    ("axum::", &["daemon", "http", "simulator"]),
    ("axum_server::", &["daemon", "http"]),
    ("quick_xml::", &["mrss", "simulator"]),
    ("reqwest::", &["simulator"]),
    ("rusqlite::", &["catalog"]),
    ("sqlx::", &["catalog"]),
];

/// Rooms of pure rules: nothing in them waits.
const PURE: &[&str] = &["model", "mrss", "sources"];

/// Lines of a source file, tests included.
const LONGEST: usize = 400;

/// Names that say nothing about what is inside.
const NAMELESS: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "types", "misc",
];

#[test]
fn every_room_imports_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let room = source.room();
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            faults.push(format!(
                "{}: `{room}` is not in the table of rooms",
                source.path
            ));
            continue;
        };
        let ours = if room == "main" { "mcnd::" } else { "crate::" };
        for (line, name) in imports(&source.code(), ours) {
            if name != room && !allowed.contains(&name.as_str()) {
                faults.push(format!(
                    "{}:{line}: `{room}` may not import `{name}`",
                    source.path
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn crates_are_named_only_in_their_rooms() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let room = source.room();
        let foreign = CRATES.iter().filter(|(_, rooms)| !rooms.contains(&room));
        let mut banned: Vec<&str> = foreign.map(|(name, _)| *name).collect();
        if PURE.contains(&room) {
            banned.extend(["tokio::", "async ", ".await"]);
        }
        for (line, text) in numbered(&source.code()) {
            for name in banned.iter().filter(|name| begins_a_word(text, name)) {
                faults.push(format!(
                    "{}:{line}: `{}` does not belong in `{room}`",
                    source.path,
                    name.trim()
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn sql_stands_in_the_catalog_alone() {
    let mut faults = Vec::new();
    for source in sources("src")
        .iter()
        .filter(|source| source.room() != "catalog")
    {
        for (line, text) in numbered(&source.code()) {
            let statement = ["SELECT ", "INSERT INTO ", "DELETE FROM "]
                .iter()
                .any(|word| text.contains(word));
            let update = text
                .split_once("UPDATE ")
                .is_some_and(|(_, rest)| rest.contains(" SET "));
            if statement || update {
                faults.push(format!("{}:{line}: SQL belongs in `catalog`", source.path));
            }
        }
    }
    none(&faults);
}

#[test]
fn no_file_is_longer_than_its_limit() {
    let long = all_sources()
        .into_iter()
        .map(|source| (source.text.lines().count(), source.path));
    let long = long.filter(|(lines, _)| *lines > LONGEST);
    none(
        &long
            .map(|(lines, path)| format!("{path}: {lines} lines, {LONGEST} are allowed"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_module_has_a_name_that_means_something() {
    let nameless = |source: &Source| {
        let path = source.path.trim_end_matches(".rs");
        path.split('/').any(|name| NAMELESS.contains(&name))
    };
    let faults = all_sources()
        .into_iter()
        .filter(nameless)
        .map(|source| source.path);
    none(&faults.collect::<Vec<_>>());
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<String> {
        files(&root().join("migrations").join(folder), "sql")
            .iter()
            .map(|path| {
                path.file_name()
                    .expect("a file has a name")
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
}

#[test]
fn the_readme_names_every_setting() {
    let readme = read("README.md");
    let settings: toml::Table = read("config/mcnd.toml").parse().unwrap();
    let mut keys = Vec::new();
    collect_keys("", &settings, &mut keys);
    assert!(!keys.is_empty());
    keys.retain(|key| !readme.contains(&format!("`{key}`")));
    none(
        &keys
            .iter()
            .map(|key| format!("README.md: `{key}` is missing"))
            .collect::<Vec<_>>(),
    );
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

/// One source file.
struct Source {
    /// From the root of the repository, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The folder of `src/` it is in, or its own name when it stands directly there.
    fn room(&self) -> &str {
        let room = self
            .path
            .split('/')
            .nth(1)
            .expect("a source stands in a folder");
        room.trim_end_matches(".rs")
    }

    /// The text with its comments blanked; line numbers stay.
    fn code(&self) -> String {
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
fn imports(code: &str, root: &str) -> Vec<(usize, String)> {
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

fn begins_a_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_name))
}

fn numbered(code: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(code.lines())
}

/// The dotted names of all settings.
fn collect_keys(prefix: &str, table: &toml::Table, keys: &mut Vec<String>) {
    for (name, value) in table {
        match value.as_table() {
            Some(inner) => collect_keys(&format!("{prefix}{name}."), inner, keys),
            None => keys.push(format!("{prefix}{name}")),
        }
    }
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

fn all_sources() -> Vec<Source> {
    ["src", "tests", "benches"]
        .into_iter()
        .flat_map(sources)
        .collect()
}

fn sources(folder: &str) -> Vec<Source> {
    let source = |path: PathBuf| Source {
        text: fs::read_to_string(&path).unwrap(),
        path: path
            .strip_prefix(root())
            .expect("a source is ours")
            .to_string_lossy()
            .into_owned(),
    };
    files(&root().join(folder), "rs")
        .into_iter()
        .map(source)
        .collect()
}

/// All files below a folder with that extension; none when there is no such folder.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
    {
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found
}
