//! Where one record ends and the next begins, without holding more than one of them.

use crate::config::Import;

use super::{Fault, Input, TooLarge};

/// The records of an input: lines, or CSV records whose quoted cells may span lines. Empty ones are passed over.
pub(super) struct Records<'a> {
    input: Input<'a>,
    limit: usize,
    framing: Framing,
    raw: Vec<u8>,
    /// Of the record's first byte.
    line: u64,
    /// Of the record's first byte.
    offset: u64,
    next_offset: u64,
}

impl<'a> Records<'a> {
    /// Every line is a record.
    pub(super) fn lines(input: Input<'a>, limits: &Import) -> Self {
        Self::new(input, limits, Place::Line)
    }

    /// Records of CSV.
    pub(super) fn csv(input: Input<'a>, limits: &Import) -> Self {
        Self::new(input, limits, Place::CellStart)
    }

    fn new(input: Input<'a>, limits: &Import, start: Place) -> Self {
        Self {
            input,
            limit: limits.max_line_bytes,
            framing: Framing::new(start),
            raw: Vec::new(),
            line: 1,
            offset: 0,
            next_offset: 0,
        }
    }

    /// Reads the next record that is not empty; false at the end.
    ///
    /// # Errors
    /// An unclosed quote, text after a closing one, a record over the limit, or whatever the input gives up for.
    pub(super) fn read(&mut self) -> Result<bool, Fault> {
        while self.read_any()? {
            if !self.raw.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The line on which the record starts, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether the record holds nothing but blanks.
    pub(super) fn is_blank(&self) -> bool {
        self.raw.trim_ascii().is_empty()
    }

    /// The record without its line end.
    ///
    /// # Errors
    /// A sentence with the place of the first byte that is no UTF-8, counted in the unpacked input.
    pub(super) fn text(&self) -> Result<&str, String> {
        std::str::from_utf8(&self.raw).map_err(|odd| {
            let offset = self.offset + count(odd.valid_up_to());
            format!("the byte at offset {offset} is no UTF-8; save the file as UTF-8")
        })
    }

    fn read_any(&mut self) -> Result<bool, Fault> {
        self.raw.clear();
        self.framing.begin();
        self.line = self.framing.line;
        self.offset = self.next_offset;
        loop {
            let chunk = self.input.fill()?;
            if chunk.is_empty() {
                self.framing.end()?;
                return Ok(!self.raw.is_empty());
            }
            let (used, ended) = self.framing.scan(chunk)?;
            let kept = used - usize::from(ended);
            self.raw.extend_from_slice(&chunk[..kept]);
            self.input.consume(used);
            self.next_offset += count(used);
            if self.raw.len() > self.limit {
                let (line, limit) = (self.line, self.limit);
                return Err(TooLarge::Line { line, limit }.into());
            }
            if ended {
                return Ok(true);
            }
        }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a length is no longer than 64 bits can say")
}

/// Where in a record a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On a line that knows no cells.
    Line,
    CellStart,
    Cell,
    Quoted,
    /// After a quote that closes the cell, or is the first of two that stand for one.
    AfterQuote,
}

/// The state of the scan. Lines end with a line feed, a carriage return, or both.
struct Framing {
    start: Place,
    place: Place,
    line: u64,
    /// The line on which the last quoted cell was opened.
    quoted_from: u64,
    after_return: bool,
}

impl Framing {
    fn new(start: Place) -> Self {
        Self {
            start,
            place: start,
            line: 1,
            quoted_from: 1,
            after_return: false,
        }
    }

    fn begin(&mut self) {
        self.place = self.start;
    }

    /// How many bytes belong to the record, and whether the last of them ends it.
    fn scan(&mut self, chunk: &[u8]) -> Result<(usize, bool), Fault> {
        // The second half of a line end makes an empty record, which nobody sees.
        if std::mem::take(&mut self.after_return) && chunk.first() == Some(&b'\n') {
            return Ok((1, true));
        }
        for (at, byte) in chunk.iter().enumerate() {
            if self.ends_at(*byte)? {
                self.line += 1;
                self.after_return = *byte == b'\r';
                return Ok((at + 1, true));
            }
        }
        Ok((chunk.len(), false))
    }

    fn ends_at(&mut self, byte: u8) -> Result<bool, Fault> {
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::AfterQuote,
            (Place::Quoted, _) => {
                self.line += u64::from(byte == b'\n');
                Place::Quoted
            }
            (_, b'\n' | b'\r') => return Ok(true),
            (Place::Line, _) => Place::Line,
            (Place::CellStart, b'"') => {
                self.quoted_from = self.line;
                Place::Quoted
            }
            (Place::AfterQuote, b'"') => Place::Quoted,
            (_, b',') => Place::CellStart,
            (Place::AfterQuote, _) => {
                let message =
                    "text after the closing quote of a cell; write a quote within a cell twice";
                return Err(Fault::malformed(self.line, message));
            }
            (Place::CellStart | Place::Cell, _) => Place::Cell,
        };
        Ok(false)
    }

    fn end(&self) -> Result<(), Fault> {
        if self.place == Place::Quoted {
            let message = "a quoted cell begins here and never ends; close its quote";
            return Err(Fault::malformed(self.quoted_from, message));
        }
        Ok(())
    }
}
