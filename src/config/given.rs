//! Settings for tests: a text becomes the user's file.

use std::fs;

use super::{Config, Faults, Source, load};

pub(super) fn loaded(text: &[u8], variables: &[(&str, &str)]) -> Result<Config, Faults> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mcnd.toml");
    fs::write(&file, text).unwrap();
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load(Source {
        file: Some(file),
        environment: environment.collect(),
    })
}

pub(super) fn config(text: &str) -> Config {
    loaded(text.as_bytes(), &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

pub(super) fn faults(text: &str) -> Vec<String> {
    let faults = loaded(text.as_bytes(), &[]).expect_err("the settings are refused");
    faults.iter().map(ToString::to_string).collect()
}

/// The faults of variables alone.
pub(super) fn variable_faults(variables: &[(&str, &str)]) -> Vec<String> {
    let faults = loaded(b"", variables).expect_err("the settings are refused");
    faults.iter().map(ToString::to_string).collect()
}
