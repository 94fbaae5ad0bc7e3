//! Foreign rows into ours: CSV, JSON Lines and feeds, from files or pipes, packed or not.
//!
//! A row that is wrong by itself is a [`RowError`] and its neighbours still come; what makes the whole input
//! unusable is a [`Fault`], after which the caller applies nothing. No network, no store; one row in memory at a time.

mod csv;
mod fault;
mod feed;
mod format;
mod input;
mod json_lines;
mod mapping;
mod records;
mod row;

use crate::config::Import;

use csv::Csv;
use feed::Feed;
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
            Format::JsonLines => Reader::JsonLines(JsonLines::open(input, limits)?),
            Format::Mrss => Reader::Feed(Box::new(Feed::open(input, &mapping)?)),
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
            Reader::Feed(feed) => feed.next(self.assembler.mapping())?,
        };
        let Some(raw) = raw else {
            return match self.no_rows() {
                Some(fault) if self.count == 0 => Err(fault),
                _ => Ok(None),
            };
        };
        self.count += 1;
        if self.count > self.limit {
            return Err(TooLarge::Rows(self.limit).into());
        }
        Ok(Some(raw.into_row(&mut self.assembler)))
    }

    /// What an input without rows is given up for; a feed may well be empty.
    fn no_rows(&self) -> Option<Fault> {
        match &self.reader {
            Reader::Csv(csv) => Some(Fault::malformed(
                csv.line(),
                "a header and no rows; write at least one row",
            )),
            Reader::JsonLines(lines) => Some(Fault::malformed(
                lines.number(),
                "the file is empty; write one object a line",
            )),
            Reader::Feed(_) => None,
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
    Feed(Box<Feed<'a>>),
}

/// A row as its format gives it: cells, or why there are none.
struct Raw<'a> {
    number: u64,
    cells: Result<Vec<Cell<'a>>, String>,
    /// Where the row stands, ahead of what is said of its cells; none where its number says it.
    place: Option<String>,
    /// What else is wrong with it.
    faults: Vec<String>,
    warnings: Vec<String>,
}

impl<'a> Raw<'a> {
    fn of(number: u64, cells: Result<Vec<Cell<'a>>, String>) -> Self {
        Self {
            number,
            cells,
            place: None,
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn unread(number: u64, message: String) -> Self {
        Self::of(number, Err(message))
    }

    fn into_row(self, assembler: &mut Assembler) -> Result<Row, RowError> {
        let mut faults = self.faults;
        let (guid, row) = match self.cells.map(|cells| assembler.row(self.number, cells)) {
            Ok(Ok(row)) => (Some(row.guid.to_string()), Some(row)),
            Ok(Err(wrong)) => {
                let place = self.place.unwrap_or_default();
                faults.push(format!("{place}{}", wrong.message));
                (wrong.guid, None)
            }
            Err(message) => {
                faults.push(message);
                (None, None)
            }
        };
        match row {
            Some(row) if faults.is_empty() => Ok(Row {
                warnings: self.warnings,
                ..row
            }),
            _ => Err(RowError {
                number: self.number,
                guid,
                message: faults.join("; "),
            }),
        }
    }
}

#[cfg(test)]
mod given;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod shapes;

#[cfg(test)]
mod tests {
    use super::given::{csv, errors, fault, json, limits, mapping, read, row};
    use super::*;
    use crate::model::Column;

    #[test]
    fn an_absent_column_is_unchanged_and_an_empty_cell_clears() {
        assert_eq!(row(csv("guid,title\na, \n")).patch, [(Column::Title, None)]);
        assert_eq!(
            row(json(r#"{"guid":"a","title":""}"#)).patch,
            [(Column::Title, None)]
        );
        assert!(row(json(r#"{"guid":"a"}"#)).patch.is_empty());
    }

    #[test]
    fn a_default_stands_for_an_absent_column_and_an_empty_cell() {
        for text in ["guid,category\na,\n", "guid\na\n"] {
            let mapping = mapping().default_value("category=news").unwrap();
            let row = row(read(Format::Csv, text.as_bytes(), mapping, &limits()));
            assert_eq!(row.patch, [(Column::Category, Some("news".to_owned()))]);
        }
        let mapping = mapping().default_value("category=news").unwrap();
        let row = row(read(
            Format::Csv,
            b"guid,category\na,tv\n",
            mapping,
            &limits(),
        ));
        assert_eq!(row.patch, [(Column::Category, Some("tv".to_owned()))]);
    }

    #[test]
    fn categories_and_prefix_are_applied() {
        let mapping = mapping()
            .category("Films=tv")
            .and_then(|mapping| mapping.guid_prefix("net-"))
            .unwrap();
        let row = row(read(
            Format::Csv,
            b"guid,category\n7,Films\n",
            mapping,
            &limits(),
        ));
        assert_eq!(row.guid.as_str(), "net-7");
        assert_eq!(row.source_guid.as_deref(), Some("7"));
        assert_eq!(row.patch, [(Column::Category, Some("tv".to_owned()))]);
    }

    #[test]
    fn the_creator_comes_from_the_option_or_the_column_and_never_from_both() {
        let text = b"guid,creator\na,demo\nb,other\nc,\nd,No Id\n";
        let found = errors(read(Format::Csv, text, Mapping::default(), &limits()));
        let [(3, none), (4, odd)] = &found[..] else {
            panic!("{found:?}")
        };
        assert!(
            none.contains("no creator; name one with `--creator`"),
            "{none}"
        );
        assert!(odd.contains("creator id `No Id` must be"), "{odd}");

        let found = errors(read(Format::Csv, text, mapping(), &limits()));
        let [(2, other), (4, _)] = &found[..] else {
            panic!("{found:?}")
        };
        assert!(
            other.contains("`other` is not `demo`, which `--creator` names"),
            "{other}"
        );
    }

    #[test]
    fn a_guid_that_came_before_is_an_error() {
        let rows = csv("guid,title\na,x\nb,y\na,z\n").unwrap();
        assert!(rows[0].is_ok() && rows[1].is_ok());
        let error = rows[2].as_ref().unwrap_err();
        assert_eq!((error.number, error.guid.as_deref()), (3, Some("a")));
        assert!(
            error
                .message
                .contains("guid `a` stands in an earlier row too"),
            "{}",
            error.message
        );
    }

    #[test]
    fn everything_wrong_with_a_row_is_said_at_once() {
        let found = errors(csv("guid,duration,starts_at,title\n x,soon,never,ok\n"));
        let [(1, message)] = &found[..] else {
            panic!("{found:?}")
        };
        for part in [
            "column `duration`: ",
            "column `starts_at`: ",
            "column `guid`: ",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn limits_are_kept() {
        let mut tight = limits();
        (tight.max_cell_bytes, tight.max_line_bytes) = (300, 1024);
        (tight.max_rows, tight.max_columns) = (3, 2);
        let csv = |text: String| read(Format::Csv, text.as_bytes(), mapping(), &tight);
        let json = |text: String| read(Format::JsonLines, text.as_bytes(), mapping(), &tight);

        let found = errors(csv(format!("guid,title\na,{}\nb,x\n", "x".repeat(301))));
        assert_eq!(
            found,
            [(
                1,
                "column `title`: 301 bytes; at most 300 are allowed".to_owned()
            )]
        );
        assert!(
            fault(csv(format!("guid,title\na,{}\n", "x".repeat(1024))))
                .contains("line 2: longer than 1024 bytes")
        );
        assert!(
            fault(json(format!("\n\n{{\"{}", "x".repeat(2_000_000))))
                .contains("line 3: longer than 1024")
        );
        assert!(fault(csv("guid,title,link\na,b,c\n".to_owned())).contains("3 columns"));
        let found = errors(json(r#"{"guid":"a","title":"b","link":"c"}"#.to_owned()));
        assert_eq!(found, [(1, "3 members; at most 2 are allowed".to_owned())]);
        assert!(fault(csv("guid\na\nb\nc\nd\n".to_owned())).contains("more than 3 rows"));
        assert_eq!(csv("guid\na\nb\nc\n".to_owned()).unwrap().len(), 3);
    }

    #[test]
    fn a_foreign_text_is_repeated_by_its_beginning_however_long_it_is() {
        let long = "é".repeat(30_000);
        let feed = |item: String| {
            let text = format!("<rss version=\"2.0\"><channel><item>{item}</item></channel></rss>");
            read(Format::Mrss, text.as_bytes(), mapping(), &limits())
        };
        let json = |text: String| read(Format::JsonLines, text.as_bytes(), mapping(), &limits());
        let csv = |text: String| csv(&text);
        for (place, rows) in [
            ("a member", json(format!("{{\"guid\":\"a\",\"{long}\":1}}"))),
            (
                "a tag",
                json(format!("{{\"guid\":\"a\",\"tags\":[\"{long},\"]}}")),
            ),
            ("a text for a line", json(format!("\"{long}\""))),
            ("a guid", csv(format!("guid\n {long}\n"))),
            ("a creator", csv(format!("guid,creator\na,{long}\n"))),
            ("a number", csv(format!("guid,width\na,{long}\n"))),
            ("a duration", csv(format!("guid,duration\na,{long}\n"))),
            ("a flag", csv(format!("guid,private\na,{long}\n"))),
            ("a date", csv(format!("guid,starts_at\na,{long}\n"))),
            (
                "an address",
                feed(format!("<enclosure url=\"{long}\" type=\"video/mp4\"/>")),
            ),
            (
                "a date of a feed",
                feed(format!("<pubDate>{long}</pubDate>")),
            ),
        ] {
            let rows = rows.unwrap();
            let [Err(error)] = &rows[..] else {
                panic!("{place}: {rows:?}")
            };
            let guid = error.guid.as_deref().unwrap_or_default();
            let length = error.message.len() + guid.len();
            assert!(length < 1_000, "{place}: {length} bytes");
        }
        let header = fault(csv(format!("guid,{long},title\na,b,c\n")));
        assert!(header.len() < 1_000, "{} bytes", header.len());
        let warned = feed(format!("<guid>a</guid><pubDate>{long}</pubDate>")).unwrap();
        let warnings = &warned[0].as_ref().unwrap().warnings;
        assert!(warnings[0].len() < 300, "{warnings:?}");
    }

    #[test]
    fn rows_before_a_fault_come_and_nothing_after_it() {
        let limits = limits();
        let input = Input::open(&b"guid,title\na,b\nc\nd,e\n"[..], &limits).unwrap();
        let mut rows = Rows::read(input, Format::Csv, mapping(), &limits).unwrap();
        assert!(matches!(rows.next(), Some(Ok(Ok(_)))));
        assert!(matches!(
            rows.next(),
            Some(Err(Fault::Malformed { line: 3, .. }))
        ));
        assert!(rows.next().is_none());
    }
}
