//! A settings file of any bytes: it is read or refused with words, and what is read can be shown.

#![no_main]

use std::{fs, path::PathBuf, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use mcnd::config::{Source, load};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    tempfile::Builder::new()
        .prefix("mcnd-fuzz-")
        .tempdir()
        .expect("there is a folder for temporary files")
});
static FILE: LazyLock<PathBuf> = LazyLock::new(|| FOLDER.path().join("mcnd.toml"));

fuzz_target!(|text: &[u8]| {
    fs::write(&*FILE, text).expect("a temporary file can be written");
    let source = Source {
        file: Some(FILE.clone()),
        environment: Vec::new(),
    };
    match load(source) {
        Ok(config) => drop(config.warnings()),
        Err(faults) => assert!(!faults.to_string().is_empty()),
    }
});
