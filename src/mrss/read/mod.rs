//! Feeds as others write them: RSS with Media RSS, RSS 1.0, podcasts and Atom, made items of ours.
//!
//! The document must be well formed, and is refused at a DOCTYPE: no entity is ever expanded, nothing ever fetched.
//! About everything else the reader is tolerant, and says so in a warning of the item. It holds one item at a time.

mod address;
mod attributes;
mod capture;
mod decoded;
mod draft;
mod field;
mod html;
mod judge;
mod keep;
mod kind;
mod media;
mod moments;
mod numbers;
mod path;
#[cfg(test)]
mod round_trip;
mod vocabulary;
mod words;

use std::io::{self, BufRead};

use quick_xml::{
    errors::{Error, IllFormedError},
    events::Event,
    reader::NsReader,
};
use url::Url;

use crate::model::{Column, short_escaped};

use capture::{Capture, Part};
use decoded::{Decoded, Stop};

/// Bytes of one text, comment or tag that are read at most (reliability 4.5).
const MOST_TEXT: usize = 1 << 20;
/// Bytes of one tag.
const MOST_TAG: usize = 64 * 1024;

const DOCTYPE: &str = "a DOCTYPE, which is refused so that no entity is ever expanded; remove it (of an HTML page, take its feed)";
const LATE_DECLARATION: &str =
    "an XML declaration that is not at the start; remove what stands before it";
const AROUND: &str =
    "text or elements outside the feed; remove what stands before and after its root";

/// An item of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Of its opening tag, from 1.
    pub line: u64,
    /// None when it has none.
    pub guid: Option<String>,
    /// What tells it from others where it has no guid: its page, else its file.
    pub address: Option<String>,
    /// Its categories by their own names; several where the feed does not part categories from tags.
    pub categories: Vec<String>,
    /// Tags parted by commas, where it has any that are not categories.
    pub keywords: Option<String>,
    /// The texts of the elements that were asked for, each with the number of its name.
    pub extras: Vec<(usize, String)>,
    /// What it says of the other columns; none in a cell clears it.
    pub cells: Vec<(Column, Option<String>)>,
    /// What was odd and what was made of it, with line and element.
    pub warnings: Vec<String>,
    /// Why it can't be taken, with line, element and cure.
    pub faults: Vec<String>,
}

/// Why a document is no feed that can be used.
#[derive(Debug)]
pub enum Unusable {
    /// What is wrong where, with element and cure. Lines count from 1.
    Document { line: u64, message: String },
    /// The bytes can't be read.
    Read(io::Error),
}

/// The items of a feed, read as they are asked for.
pub struct Reader<R: BufRead> {
    xml: NsReader<Decoded<R>>,
    event: Vec<u8>,
    /// Of the event that was read last.
    line: u64,
    capture: Capture,
    /// Whether anything but blanks was read.
    begun: bool,
}

/// What an event gave.
enum Step {
    Item(Box<Item>),
    Passed,
    End,
}

impl<R: BufRead> Reader<R> {
    /// Looks at the encoding. `extras` names elements of items, as the document writes them, whose text is wanted; `base` is
    /// where the document was found.
    ///
    /// # Errors
    /// An encoding that is not read, or bytes that can't be.
    pub fn open(bytes: R, extras: Vec<String>, base: Option<Url>) -> Result<Self, Unusable> {
        let decoded = Decoded::open(bytes, MOST_TEXT)
            .map_err(Unusable::Read)?
            .map_err(|message| Unusable::Document {
                line: 1,
                message: format!("the document {message}"),
            })?;
        Ok(Self {
            xml: NsReader::from_reader(decoded),
            event: Vec::new(),
            line: 1,
            capture: Capture::new(extras, base),
            begun: false,
        })
    }

    /// The next item; none at the end.
    ///
    /// # Errors
    /// What makes the whole document unusable. No more items come after it.
    pub fn next_item(&mut self) -> Result<Option<Item>, Unusable> {
        loop {
            match self.advance()? {
                Step::Item(item) => return Ok(Some(*item)),
                Step::Passed => {}
                Step::End => return Ok(None),
            }
        }
    }

    /// Reads one event.
    fn advance(&mut self) -> Result<Step, Unusable> {
        self.event.clear();
        self.line = self.xml.get_ref().line();
        self.xml.get_mut().begin();
        let (namespace, event) = match self.xml.read_resolved_event_into(&mut self.event) {
            Ok(read) => read,
            Err(error) => return Err(self.broken(&error)),
        };
        let line = self.line;
        let part = self.capture.part();
        let blank = part != Part::Within && matches!(event, Event::Text(_));
        let begun = self.begun;
        self.begun |= !blank;
        let taken = match event {
            Event::Decl(_) if begun => Err(LATE_DECLARATION.to_owned()),
            Event::DocType(_) => Err(DOCTYPE.to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => Ok(None),
            Event::Eof => match part {
                Part::Before => Err("no feed; give an RSS or Atom document".to_owned()),
                Part::Within => {
                    Err("never closed; the document is cut off, fetch it again".to_owned())
                }
                Part::After => return Ok(Step::End),
            },
            event if part == Part::Within => self.capture.take(event, &namespace, line),
            Event::Text(text) => match lines_before_a_word(&text) {
                Some(lines) => {
                    self.line += lines;
                    Err(AROUND.to_owned())
                }
                None => Ok(None),
            },
            Event::Start(_) | Event::Empty(_) if part == Part::After => Err(AROUND.to_owned()),
            Event::Start(_) | Event::Empty(_) => self.capture.take(event, &namespace, line),
            Event::End(_) | Event::CData(_) | Event::GeneralRef(_) => Err(AROUND.to_owned()),
        };
        match taken {
            Ok(Some(item)) => Ok(Step::Item(Box::new(item))),
            Ok(None) => Ok(Step::Passed),
            Err(fault) => Err(self.document(&fault)),
        }
    }

    fn document(&self, fault: &str) -> Unusable {
        let name = self.capture.name();
        let message = if name.is_empty() {
            fault.to_owned()
        } else {
            format!("`{}`: {fault}", short_escaped(name))
        };
        Unusable::Document {
            line: self.line,
            message,
        }
    }

    /// Why no event could be read.
    fn broken(&mut self, error: &Error) -> Unusable {
        let fault = match self.xml.get_mut().stop() {
            Some(Stop::Read(error)) => return Unusable::Read(error),
            Some(Stop::Byte { offset, encoding }) => {
                self.line = self.xml.get_ref().line();
                format!(
                    "the byte at offset {offset} is no {encoding}; declare the encoding that it has, or save it as UTF-8"
                )
            }
            Some(Stop::Long) => {
                format!("a text, comment or tag of more than {MOST_TEXT} bytes; shorten it")
            }
            None => ill_formed(error),
        };
        self.document(&fault)
    }
}

fn ill_formed(error: &Error) -> String {
    match error {
        Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => format!(
            "is closed by `</{}>`; close `<{}>` first",
            short_escaped(found),
            short_escaped(expected)
        ),
        Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
            format!(
                "`</{}>` closes what was never opened; remove it",
                short_escaped(found)
            )
        }
        Error::IllFormed(IllFormedError::UnclosedReference) => {
            "an `&` that begins no reference; write it as `&amp;`".to_owned()
        }
        Error::Syntax(fault) => format!("{fault}; the document is cut off or broken here"),
        fault => format!("not well formed: {fault}; mend the document"),
    }
}

/// How many lines end before the first character that may not stand outside the root; none when there is none. Blanks
/// may, and a byte-order mark that stands after them.
fn lines_before_a_word(text: &str) -> Option<u64> {
    let at = text.find(|letter| !matches!(letter, '\u{feff}' | ' ' | '\t' | '\r' | '\n'))?;
    let lines = text[..at].matches('\n').count();
    Some(u64::try_from(lines).expect("a text is no longer than 64 bits can say"))
}
