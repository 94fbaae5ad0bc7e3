//! CSV: a header, then records of as many cells.

use std::borrow::Cow;

use crate::config::Import;

use super::{Fault, Input, Mapping, Raw, TooLarge, mapping::Target, records::Records, row::Cell};
use crate::model::short_escaped;

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
        let mut records = Records::csv(input.into_text()?, limits);
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
        Ok(Some(Raw::of(number, Ok(cells.collect()))))
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
            short_escaped(name)
        ));
    }
    let target = mapping.target(name)?;
    let rival = before
        .iter()
        .find(|(_, known)| *known == target && target != Target::Ignored);
    match rival {
        Some((rival, _)) => Err(format!(
            "columns `{}` and `{name}` both fill `{}`; leave one out with `--map {name}=`",
            short_escaped(rival),
            target.name(),
            name = short_escaped(name)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::Column,
        sources::{
            Format,
            given::{csv, errors, fault, limits, mapping, read, row},
        },
    };

    #[test]
    fn cells_are_parted_and_unquoted() {
        for (record, expected) in [
            ("a", vec!["a"]),
            ("a,b,", vec!["a", "b", ""]),
            (",", vec!["", ""]),
            (r#""a,b",c"#, vec!["a,b", "c"]),
            (r#""a ""b""","""""#, vec![r#"a "b""#, "\""]),
            ("\"two\nlines\",x", vec!["two\nlines", "x"]),
            (r#"5" disk,b "c""#, vec![r#"5" disk"#, r#"b "c""#]),
        ] {
            assert_eq!(cells(record), expected, "{record}");
        }
    }

    #[test]
    fn a_record_fills_our_columns() {
        let text = "guid,title,description,duration,made_for_kids\na-1,\"Boats, paper\",\"two\nlines\",12.5,no\n";
        let row = row(csv(text));
        assert_eq!(row.number, 1);
        assert_eq!(row.guid.as_str(), "a-1");
        assert_eq!(row.creator.as_str(), "demo");
        let expected = [
            (Column::Title, "Boats, paper"),
            (Column::Description, "two\nlines"),
            (Column::Duration, "12.5"),
            (Column::MadeForKids, "no"),
        ];
        let expected = expected.map(|(column, text)| (column, Some(text.to_owned())));
        assert_eq!(row.patch, expected);
    }

    #[test]
    fn every_line_end_and_blank_line_is_read_alike() {
        let expected = csv("guid,title\na,x\nb,y\n").unwrap();
        for text in [
            "guid,title\r\na,x\r\nb,y\r\n",
            "guid,title\ra,x\rb,y",
            "\n\nguid,title\n\na,x\n\r\n\nb,y\n\n",
            "\u{feff}guid,title\na,x\nb,y",
            " guid ,\"title\"\na,\"x\"\nb,y",
        ] {
            assert_eq!(csv(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_header_that_cannot_be_used_is_a_fault_of_the_file() {
        for (text, part) in [
            ("", "line 1: the file is empty"),
            ("\n\n", "the file is empty"),
            ("guid,title\n", "line 2: a header and no rows"),
            ("title\nx\n", "line 1: no column `guid`"),
            (
                "guid,titel\na,b\n",
                "line 1: unknown column `titel`, did you mean `title`?",
            ),
            (
                "guid,title,title\na,b,c\n",
                "line 1: two columns are called `title`",
            ),
            ("guid,,title\na,b,c\n", "line 1: column 2 has no name"),
            (
                "a-1,Boats\na-2,Ships\n",
                "line 1: the first line names no column of ours",
            ),
            ("guid;title\na;b\n", "cells are parted by `;`"),
            ("guid\ttitle\na\tb\n", "cells are parted by `\\t`"),
        ] {
            let fault = fault(csv(text));
            assert!(fault.contains(part), "{text:?}: {fault}");
        }
        assert!(
            fault(csv(b"guid,\xE9\na,b\n")).contains("line 1: the byte at offset 5 is no UTF-8")
        );
    }

    #[test]
    fn all_unknown_columns_are_named_at_once() {
        let fault = fault(csv("guid,titel,zzz\na,b,c\n"));
        assert!(
            fault.contains("`titel`") && fault.contains("`zzz`"),
            "{fault}"
        );
    }

    #[test]
    fn a_broken_record_is_a_fault_with_its_line() {
        for (text, part) in [
            (
                "guid,title\na,b\nc\n",
                "line 3: 1 cells where the header has 2 columns",
            ),
            (
                "guid,title\n\"a\n\n\",b\nc,d,e\n",
                "line 5: 3 cells where the header has 2",
            ),
            (
                "guid,title\na,b\nc,\"d\ne,f\n",
                "line 3: a quoted cell begins here and never ends",
            ),
            (
                "guid,title\na,\"b\" c\n",
                "line 2: text after the closing quote",
            ),
        ] {
            let fault = fault(csv(text));
            assert!(fault.contains(part), "{text:?}: {fault}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_spoil_their_row_alone() {
        let rows = csv(b"guid,title\na,caf\xE9\nb,y\n").unwrap();
        let error = rows[0].as_ref().unwrap_err();
        assert_eq!((error.number, error.guid.as_deref()), (1, None));
        assert!(error.message.contains("offset 16 "), "{}", error.message);
        assert_eq!(rows[1].as_ref().unwrap().number, 2);
    }

    #[test]
    fn cells_that_look_like_formulas_are_kept_as_they_are() {
        for cell in ["=1+1", "+1", "-1", "@x", "'=1"] {
            let row = row(csv(format!("guid,title\na,{cell}\n")));
            assert_eq!(row.patch, [(Column::Title, Some(cell.to_owned()))]);
        }
    }

    #[test]
    fn mapped_columns_are_named_by_both_names_when_a_cell_is_wrong() {
        let mapping = mapping().map("Kids?=made_for_kids").unwrap();
        let outcome = read(Format::Csv, b"guid,Kids?\na,perhaps\n", mapping, &limits());
        let [(1, message)] = &errors(outcome)[..] else {
            panic!("one error")
        };
        assert_eq!(
            message,
            "column `Kids?` (our `made_for_kids`): `perhaps` is neither true nor false"
        );
    }

    #[test]
    fn two_columns_for_one_of_ours_are_a_fault() {
        let mapping = mapping().map("name=title").unwrap();
        let fault = fault(read(
            Format::Csv,
            b"guid,title,name\na,b,c\n",
            mapping,
            &limits(),
        ));
        assert!(
            fault.contains("`title` and `name` both fill `title`"),
            "{fault}"
        );
    }

    #[test]
    fn more_columns_than_allowed_are_a_fault() {
        let fault = fault(csv(format!("guid{}\n", ",".repeat(1_000_000))));
        assert!(fault.contains("1000001 columns"), "{fault}");
    }
}
