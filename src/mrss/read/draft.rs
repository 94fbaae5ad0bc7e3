//! An item as it was read, before it is judged.

use url::Url;

use super::{address::absolute, media::Media};
use crate::model::short;

/// Warnings and faults of one item that are kept; hostile documents would make millions.
const MOST_NOTES: usize = 50;

/// A text and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) line: u64,
    pub(super) text: String,
}

/// Whether a text is HTML.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Html,
    /// Markup that the document itself holds: text within it was made HTML again.
    Markup,
    #[default]
    Unsaid,
}

/// A title or a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) form: Form,
}

/// An address and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) line: u64,
    pub(super) element: &'static str,
    /// As it stood.
    pub(super) text: String,
    /// None when it is relative and nothing says to what.
    pub(super) absolute: Option<String>,
}

impl Address {
    pub(super) fn new(line: u64, element: &'static str, text: &str, base: Option<&Url>) -> Self {
        let text = text.trim();
        Self {
            line,
            element,
            absolute: absolute(text, base),
            text: text.to_owned(),
        }
    }
}

/// What Media RSS says at one level: channel, item, group or content. The deepest level that says something wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) title: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) keywords: Option<String>,
    pub(super) categories: Vec<String>,
    pub(super) thumbnail: Option<Address>,
    pub(super) player: Option<Address>,
    pub(super) adult: Option<bool>,
    /// `allow` or `deny` with what follows; several are joined.
    pub(super) restriction: Option<String>,
    pub(super) valid: Option<Told>,
}

impl Level {
    /// Adds a restriction to countries. Two of one kind are one list; two of different kinds are no rule of ours.
    /// So is one that never ends.
    pub(super) fn restrict(&mut self, relationship: &str, countries: &str) {
        const LONGEST: usize = 4096;
        self.restriction = Some(match self.restriction.take() {
            None => format!("{relationship} {countries}"),
            Some(before) if before.len() > LONGEST => format!("{relationship} ?"),
            Some(before) if before.starts_with(relationship) => format!("{before} {countries}"),
            Some(before) => format!("{before} {relationship} {countries}"),
        });
    }
}

/// What a feed says of all its items.
#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    pub(super) level: Level,
    pub(super) language: Option<String>,
    pub(super) explicit: Option<bool>,
}

/// An item.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) line: u64,
    pub(super) guid: Option<Told>,
    /// `rdf:about`, which serves where there is no guid.
    pub(super) about: Option<Told>,
    pub(super) title: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) story: Option<Text>,
    pub(super) summary: Option<Text>,
    pub(super) link: Option<Address>,
    /// The date of publication and how good it is.
    pub(super) published: Option<(u8, Told)>,
    pub(super) categories: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) podcast_title: Option<Text>,
    pub(super) podcast_keywords: Option<String>,
    pub(super) podcast_duration: Option<Told>,
    pub(super) explicit: Option<bool>,
    pub(super) image: Option<Address>,
    pub(super) level: Level,
    pub(super) groups: Vec<Level>,
    pub(super) media: Vec<Media>,
    pub(super) extras: Vec<(usize, String)>,
    pub(super) notes: Notes,
}

/// What is to be said of an item.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) warnings: Vec<String>,
    pub(super) faults: Vec<String>,
}

impl Notes {
    /// Says what was odd and what was made of it. Said twice, it is kept once.
    pub(super) fn warn(&mut self, line: u64, element: &str, message: &str) {
        add(&mut self.warnings, line, element, message);
    }

    /// Says why the item can't be taken.
    pub(super) fn fault(&mut self, line: u64, element: &str, message: &str) {
        add(&mut self.faults, line, element, message);
    }
}

fn add(notes: &mut Vec<String>, line: u64, element: &str, message: &str) {
    let note = format!("line {line}, `{}`: {message}", short(element));
    if notes.len() < MOST_NOTES && !notes.contains(&note) {
        notes.push(note);
    }
}
