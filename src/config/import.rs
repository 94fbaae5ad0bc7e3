//! `[import]`: what one imported file may cost (reliability 4.5), and where files wait that a browser or script sent.

use std::path::PathBuf;

use super::read::Section;

/// Limits of an import. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Of a file, after unpacking.
    pub max_file_bytes: u64,
    pub max_line_bytes: usize,
    pub max_columns: usize,
    pub max_cell_bytes: usize,
    pub max_rows: u64,
    /// Unpacked bytes for each packed one.
    pub max_ratio: u64,
    /// Where files wait that the operators' face took in; relative to where the database is.
    pub folder: PathBuf,
    /// Of all files in that folder.
    pub folder_bytes: u64,
}

impl Import {
    pub(super) fn read(section: &Section<'_>) -> Self {
        Self {
            max_file_bytes: section.number("max_file_bytes", 1..=1 << 40),
            max_line_bytes: section.number("max_line_bytes", 1024..=1 << 30),
            max_columns: section.number("max_columns", 1..=10_000),
            max_cell_bytes: section.number("max_cell_bytes", 256..=1 << 24),
            max_rows: section.number("max_rows", 1..=1_000_000_000),
            max_ratio: section.number("max_ratio", 1..=100_000),
            folder: PathBuf::from(section.text("folder")),
            folder_bytes: section.number("folder_bytes", 1..=1 << 50),
        }
    }
}
