//! Foreign rows into ours: CSV and JSON Lines, from files or pipes, packed or not.
//!
//! A row that is wrong by itself is a [`RowError`] and its neighbours still come; what makes the whole input
//! unusable is a [`Fault`], after which the caller applies nothing. No network, no store; one row in memory at a time.

mod csv;
mod fault;
mod format;
mod input;
mod json_lines;
mod mapping;
mod records;
mod row;

use crate::config::Import;

use csv::Csv;
use json_lines::JsonLines;
use row::{Assembler, Cell};

pub use fault::{Fault, TooLarge};
pub use format::Format;
pub use input::Input;
pub use mapping::{EXPORT_ONLY, Mapping};
pub use row::{Row, RowError};

/// The rows of an input, read as they are asked for.
///
/// Ends after a [`Fault`]. A guid that an earlier row of the same input has is a [`RowError`].
pub struct Rows<'a> {
    reader: Reader<'a>,
    assembler: Assembler,
    count: u64,
    limit: u64,
    ended: bool,
}

impl<'a> Rows<'a> {
    /// Reads an input in this format; of CSV the header at once.
    ///
    /// # Errors
    /// A header that is missing or wrong, or an input that can't be read.
    pub fn read(
        input: Input<'a>,
        format: Format,
        mapping: Mapping,
        limits: &Import,
    ) -> Result<Self, Fault> {
        let reader = match format {
            Format::Csv => Reader::Csv(Csv::open(input, &mapping, limits)?),
            Format::JsonLines => Reader::JsonLines(JsonLines::open(input, limits)),
        };
        Ok(Self {
            reader,
            assembler: Assembler::new(mapping, limits),
            count: 0,
            limit: limits.max_rows,
            ended: false,
        })
    }

    fn advance(&mut self) -> Result<Option<Result<Row, RowError>>, Fault> {
        let raw = match &mut self.reader {
            Reader::Csv(csv) => csv.next()?,
            Reader::JsonLines(lines) => lines.next(self.assembler.mapping())?,
        };
        let Some(Raw { number, cells }) = raw else {
            return if self.count == 0 {
                Err(self.no_rows())
            } else {
                Ok(None)
            };
        };
        self.count += 1;
        if self.count > self.limit {
            return Err(TooLarge::Rows(self.limit).into());
        }
        Ok(Some(match cells {
            Ok(cells) => self.assembler.row(number, cells),
            Err(message) => Err(RowError::unread(number, message)),
        }))
    }

    fn no_rows(&self) -> Fault {
        match &self.reader {
            Reader::Csv(csv) => {
                Fault::malformed(csv.line(), "a header and no rows; write at least one row")
            }
            Reader::JsonLines(lines) => {
                Fault::malformed(lines.number(), "the file is empty; write one object a line")
            }
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Result<Row, RowError>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.advance();
        self.ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

enum Reader<'a> {
    Csv(Csv<'a>),
    JsonLines(JsonLines<'a>),
}

/// A row as its format gives it: cells, or why there are none.
struct Raw<'a> {
    number: u64,
    cells: Result<Vec<Cell<'a>>, String>,
}

impl Raw<'_> {
    fn unread(number: u64, message: String) -> Self {
        Self {
            number,
            cells: Err(message),
        }
    }
}
