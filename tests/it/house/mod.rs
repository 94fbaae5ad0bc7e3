//! Holds the house in shape: who may import whom, where SQL stands, how long a file gets, what is
//! written down where.

mod sources;
mod vocabularies;

use std::collections::BTreeSet;

use sources::{Source, begins_a_word, files, imports, numbered, read, sources};

/// What each room of `src/` may import of ours, beside itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &[]),
    ("backoff", &[]),
    ("clock", &["model"]),
    ("fault_points", &[]),
    ("random", &["model"]),
    ("telemetry", &["config"]),
    ("outbound", &["config", "telemetry"]),
    ("catalog", &["config", "fault_points", "model", "telemetry"]),
    ("mrss", &["config", "model"]),
    ("sources", &["config", "model", "mrss"]),
    (
        "app",
        &[
            "backoff",
            "catalog",
            "clock",
            "config",
            "fault_points",
            "model",
            "mrss",
            "outbound",
            "random",
            "sources",
            "telemetry",
        ],
    ),
    (
        "jobs",
        &["app", "backoff", "fault_points", "model", "telemetry"],
    ),
    (
        "http",
        &[
            "app",
            "config",
            "fault_points",
            "model",
            "mrss",
            "telemetry",
        ],
    ),
    ("simulator", &[]),
    (
        "daemon",
        &[
            "app",
            "backoff",
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
        &[
            "app",
            "config",
            "daemon",
            "model",
            "outbound",
            "simulator",
            "telemetry",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Which rooms may name these crates.
const CRATES: &[(&str, &[&str])] = &[
    ("axum::", &["daemon", "http", "simulator"]),
    ("axum_server::", &["daemon", "http"]),
    ("encoding_rs::", &["mrss"]),
    ("quick_xml::", &["mrss", "simulator"]),
    ("reqwest::", &["outbound", "simulator"]),
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
    let faults = all_sources().into_iter().filter(nameless);
    let faults = faults.map(|source| format!("{}: say what is inside", source.path));
    none(&faults.collect::<Vec<_>>());
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<String> {
        let paths = files(folder, ".sql");
        paths.iter().map(|path| path.replace(folder, "")).collect()
    };
    let sqlite = names("migrations/sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("migrations/postgres"));
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

fn all_sources() -> Vec<Source> {
    ["src", "tests", "benches", "fuzz/fuzz_targets"]
        .into_iter()
        .flat_map(sources)
        .collect()
}
