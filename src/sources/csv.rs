//! CSV: a header, then records of as many cells.

use std::borrow::Cow;

use crate::config::Import;

use super::{Fault, Input, Mapping, Raw, TooLarge, mapping::Target, records::Records, row::Cell};

pub(super) struct Csv<'a> {
    records: Records<'a>,
    header: Vec<(String, Target)>,
    number: u64,
}

impl<'a> Csv<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// What is wrong with the header, or why it can't be read.
    pub(super) fn open(
        input: Input<'a>,
        mapping: &Mapping,
        limits: &Import,
    ) -> Result<Self, Fault> {
        let mut records = Records::csv(input, limits);
        if !records.read()? {
            return Err(Fault::malformed(
                1,
                "the file is empty; write a header and rows",
            ));
        }
        let line = records.line();
        let malformed = |message| Fault::malformed(line, message);
        let names = cells(records.text().map_err(malformed)?);
        if names.len() > limits.max_columns {
            let (count, limit) = (names.len(), limits.max_columns);
            return Err(TooLarge::Columns { count, limit }.into());
        }
        let header = header(&names, mapping).map_err(malformed)?;
        Ok(Self {
            records,
            header,
            number: 0,
        })
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    /// A record of another length than the header's, and what [`Records::read`] gives up for.
    pub(super) fn next(&mut self) -> Result<Option<Raw<'_>>, Fault> {
        if !self.records.read()? {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        let text = match self.records.text() {
            Ok(text) => text,
            Err(message) => return Ok(Some(Raw::unread(number, message))),
        };
        let cells = cells(text);
        if cells.len() != self.header.len() {
            let (found, expected) = (cells.len(), self.header.len());
            let message = format!(
                "{found} cells where the header has {expected} columns; quote cells that hold commas"
            );
            return Err(Fault::malformed(self.records.line(), message));
        }
        let cells = self.header.iter().zip(cells);
        let cells = cells.filter(|((_, target), _)| *target != Target::Ignored);
        let cells = cells.map(|((theirs, target), text)| Cell {
            target: *target,
            theirs: Cow::Borrowed(theirs),
            text: Ok(Some(text)),
        });
        Ok(Some(Raw {
            number,
            cells: Ok(cells.collect()),
        }))
    }

    /// The line that was read last.
    pub(super) fn line(&self) -> u64 {
        self.records.line()
    }
}

/// What each column fills.
fn header(names: &[Cow<'_, str>], mapping: &Mapping) -> Result<Vec<(String, Target)>, String> {
    let names = names.iter().map(|name| name.trim()).collect::<Vec<_>>();
    if let [alone] = names[..]
        && let Some(other) = [';', '\t'].into_iter().find(|other| alone.contains(*other))
    {
        return Err(format!(
            "cells are parted by `{}`; part them by commas",
            other.escape_default()
        ));
    }
    if names.iter().all(|name| mapping.target(name).is_err()) {
        return Err("the first line names no column of ours, such as `guid` or `title`; write a header, or map its columns with `--map theirs=ours`".to_owned());
    }
    let mut header = Vec::<(String, Target)>::new();
    let mut faults = Vec::new();
    for (at, name) in names.iter().enumerate() {
        match column(&header, at, name, mapping) {
            Ok(target) => header.push(((*name).to_owned(), target)),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() && header.iter().all(|(_, target)| *target != Target::Guid) {
        faults.push("no column `guid`; map theirs with `--map theirs=guid`".to_owned());
    }
    if faults.is_empty() {
        Ok(header)
    } else {
        Err(faults.join("; "))
    }
}

fn column(
    before: &[(String, Target)],
    at: usize,
    name: &str,
    mapping: &Mapping,
) -> Result<Target, String> {
    if name.is_empty() {
        return Err(format!(
            "column {} has no name; name it, or remove it",
            at + 1
        ));
    }
    if before.iter().any(|(known, _)| known == name) {
        return Err(format!(
            "two columns are called `{}`; rename one",
            name.escape_debug()
        ));
    }
    let target = mapping.target(name)?;
    let rival = before
        .iter()
        .find(|(_, known)| *known == target && target != Target::Ignored);
    match rival {
        Some((rival, _)) => Err(format!(
            "columns `{rival}` and `{name}` both fill `{}`; leave one out with `--map {name}=`",
            target.name()
        )),
        None => Ok(target),
    }
}

/// The cells of a record that [`Records`] has found to be well formed.
fn cells(record: &str) -> Vec<Cow<'_, str>> {
    let mut cells = Vec::new();
    let mut rest = record;
    loop {
        let (cell, after) = if let Some(opened) = rest.strip_prefix('"') {
            quoted(opened)
        } else {
            let (cell, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            (Cow::Borrowed(cell), after)
        };
        cells.push(cell);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return cells,
        }
    }
}

/// The text of a cell whose first quote was taken away, and what follows its last one.
fn quoted(opened: &str) -> (Cow<'_, str>, &str) {
    let mut end = 0;
    let mut doubled = false;
    while let Some(at) = opened[end..].find('"') {
        end += at;
        if !opened[end + 1..].starts_with('"') {
            break;
        }
        doubled = true;
        end += 2;
    }
    let (cell, after) = opened.split_at(end);
    let cell = if doubled {
        Cow::Owned(cell.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(cell)
    };
    (cell, after.strip_prefix('"').unwrap_or(after))
}
