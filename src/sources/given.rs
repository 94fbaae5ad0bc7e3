//! Inputs for the tests of this folder, read to their end.

use super::{Fault, Format, Input, Mapping, Row, RowError, Rows};
use crate::config::{Config, Import};

pub(super) type Outcome = Result<Vec<Result<Row, RowError>>, Fault>;

pub(super) fn limits() -> Import {
    Config::default().import
}

/// A mapping under which no row has to name its creator.
pub(super) fn mapping() -> Mapping {
    Mapping::default().for_creator("demo".parse().unwrap())
}

pub(super) fn read(format: Format, bytes: &[u8], mapping: Mapping, limits: &Import) -> Outcome {
    let input = Input::open(bytes, limits)?;
    Rows::read(input, format, mapping, limits)?.collect()
}

pub(super) fn csv(text: impl AsRef<[u8]>) -> Outcome {
    read(Format::Csv, text.as_ref(), mapping(), &limits())
}

pub(super) fn json(text: impl AsRef<[u8]>) -> Outcome {
    read(Format::JsonLines, text.as_ref(), mapping(), &limits())
}

/// What an input was given up for.
pub(super) fn fault(outcome: Outcome) -> String {
    outcome.unwrap_err().to_string()
}

/// The single row of an input.
pub(super) fn row(outcome: Outcome) -> Row {
    let [row] = outcome.unwrap().try_into().unwrap();
    row.unwrap()
}

/// The rows that are wrong: their numbers and messages.
pub(super) fn errors(outcome: Outcome) -> Vec<(u64, String)> {
    let rows = outcome.unwrap().into_iter();
    rows.filter_map(Result::err)
        .map(|error| (error.number, error.message))
        .collect()
}
