//! What the reader keeps of a document: one item at a time, and what the channel says of all.

use std::mem;

use quick_xml::{
    escape::{resolve_html5_entity, resolve_xml_entity},
    events::{BytesRef, BytesStart, Event},
    name::ResolveResult,
};
use url::Url;

use super::{
    Item, MOST_TAG, MOST_TEXT,
    attributes::Attributes,
    draft::{Channel, Draft, Notes},
    field::OpenField,
    judge::judge,
    path::Path,
    vocabulary::{Vocabulary, spoken},
    words::{Field, Place, is_rss_word, place},
};
use crate::model::short_escaped;

/// Bytes of one item.
const MOST_ITEM: usize = 4 * MOST_TEXT;

/// The open elements and what was read of them.
#[derive(Default)]
pub(super) struct Capture {
    pub(super) path: Path,
    /// Names of elements that are wanted besides.
    extras: Vec<String>,
    /// Whether the root was opened.
    rooted: bool,
    /// Whether the root is Atom's.
    pub(super) atom: bool,
    root_namespace: String,
    pub(super) channel: Channel,
    pub(super) draft: Draft,
    /// Whether the open `media:content` names a file.
    pub(super) in_file: bool,
    pub(super) field: OpenField,
    /// Bytes of the open item so far.
    item_bytes: usize,
    /// What is said of the document, until an item takes it along.
    document: Notes,
    /// Warnings that hold for the whole document and were given to an item.
    said: Vec<String>,
}

/// A part of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Before,
    Within,
    After,
}

impl Capture {
    /// Takes what stands in a document that was found at `base`.
    pub(super) fn new(extras: Vec<String>, base: Option<Url>) -> Self {
        Self {
            extras,
            path: Path::at(base),
            ..Self::default()
        }
    }

    /// Whether the document is before its root, within it or after it.
    pub(super) fn part(&self) -> Part {
        match (self.path.place(), self.rooted) {
            (Some(_), _) => Part::Within,
            (None, false) => Part::Before,
            (None, true) => Part::After,
        }
    }

    /// The innermost open element's name as the document writes it.
    pub(super) fn name(&self) -> &str {
        self.path.name()
    }

    /// Takes what is read within the root, or opens it; gives the item that has ended.
    ///
    /// # Errors
    /// A sentence about what makes the document unusable.
    pub(super) fn take(
        &mut self,
        event: Event<'_>,
        namespace: &ResolveResult<'_>,
        line: u64,
    ) -> Result<Option<Item>, String> {
        match event {
            Event::Start(tag) => self.open(namespace, &tag, line)?,
            Event::Empty(tag) => {
                self.open(namespace, &tag, line)?;
                return Ok(self.close());
            }
            Event::End(_) => return Ok(self.close()),
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(name) => self.reference(&name, line)?,
            _ => {}
        }
        Ok(None)
    }

    fn open(
        &mut self,
        namespace: &ResolveResult<'_>,
        tag: &BytesStart<'_>,
        line: u64,
    ) -> Result<(), String> {
        let name = tag.name().into_inner();
        if tag.len() > MOST_TAG {
            return Err(format!("a tag of more than {MOST_TAG} bytes; shorten it"));
        }
        self.count(tag.len())?;
        let place = self.place_of(namespace, tag, line)?;
        self.rooted = true;
        if matches!(place, Place::Skipped | Place::Within) {
            self.path.open(name, place)?;
            if place == Place::Within {
                self.within(tag.local_name().into_inner(), line);
            }
            return Attributes::check(tag);
        }
        // Opened ahead of its attributes, so that what is wrong with them is said of this element.
        self.path.open(name, place)?;
        let attributes = Attributes::read(tag)?;
        if let Some(base) = attributes.get("xml:base") {
            self.path.rebase(base);
        }
        if let Some(html) = &attributes.html_name {
            self.warn_of_html(html, line);
        }
        self.begin(place, &attributes, line)
    }

    /// Takes a closing tag; gives the item that it ends.
    fn close(&mut self) -> Option<Item> {
        let name = match self.path.place() {
            Some(Place::Within) => self.path.name().rsplit(':').next().map(str::to_owned),
            _ => None,
        };
        match self.path.close()? {
            Place::Within if self.field.holds_markup() => {
                self.field.markup("</", &name.unwrap_or_default());
                None
            }
            Place::Field(field) => {
                self.store(field);
                None
            }
            Place::Item => Some(self.finish()),
            _ => None,
        }
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.path.place() {
            Some(Place::Field(_)) => {}
            Some(Place::Within) if self.field.holds_markup() => {}
            _ => return Ok(()),
        }
        self.count(text.len())?;
        self.field.push(text);
        if self.field.text.len() > MOST_TEXT {
            return Err(format!("a text of more than {MOST_TEXT} bytes; shorten it"));
        }
        Ok(())
    }

    fn reference(&mut self, name: &BytesRef<'_>, line: u64) -> Result<(), String> {
        if let Ok(Some(character)) = name.resolve_char_ref() {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        if let Some(text) = resolve_xml_entity(name) {
            return self.text(text);
        }
        let Some(text) = resolve_html5_entity(name) else {
            return Err(format!(
                "`&{};` stands for nothing; write the character itself, and `&` as `&amp;`",
                short_escaped(name)
            ));
        };
        self.warn_of_html(name, line);
        self.text(text)
    }

    fn count(&mut self, bytes: usize) -> Result<(), String> {
        self.item_bytes += bytes;
        // Outside items nothing grows.
        if self.item_bytes > MOST_ITEM && self.draft.line > 0 {
            return Err(format!(
                "an item of more than {MOST_ITEM} bytes; shorten it"
            ));
        }
        Ok(())
    }

    /// What an element is, by its name and where it stands.
    fn place_of(
        &mut self,
        namespace: &ResolveResult<'_>,
        tag: &BytesStart<'_>,
        line: u64,
    ) -> Result<Place, String> {
        let name = tag.local_name().into_inner();
        let Some(parent) = self.path.place() else {
            return self.root(namespace, name);
        };
        match parent {
            Place::Skipped | Place::Empty => return Ok(Place::Skipped),
            Place::Field(_) | Place::Within => return Ok(Place::Within),
            Place::Item => {
                let written = tag.name().into_inner();
                if let Some(number) = self.extras.iter().position(|extra| extra == written) {
                    return Ok(Place::Field(Field::Extra(number)));
                }
            }
            Place::Channel | Place::Group | Place::Content => {}
        }
        let vocabulary = self.vocabulary(namespace, tag, parent, line);
        let found = place(parent, vocabulary, name);
        let atom_alone = [
            "id",
            "content",
            "summary",
            "published",
            "updated",
            "issued",
            "modified",
            "entry",
        ];
        Ok(match found {
            // Without namespace they are nobody's in RSS.
            _ if vocabulary == Vocabulary::Rss && !self.atom && atom_alone.contains(&name) => {
                Place::Skipped
            }
            Place::Field(Field::Link) if self.atom => Place::Empty,
            found => found,
        })
    }

    fn root(&mut self, namespace: &ResolveResult<'_>, name: &str) -> Result<Place, String> {
        if let ResolveResult::Bound(namespace) = namespace {
            namespace.into_inner().clone_into(&mut self.root_namespace);
        }
        match name {
            "rss" | "RDF" | "channel" => Ok(Place::Channel),
            "feed" | "entry" => {
                self.atom = true;
                Ok(if name == "feed" {
                    Place::Channel
                } else {
                    Place::Item
                })
            }
            _ => Err(format!(
                "the root is `{}`, which is no feed; give one whose root is `rss`, `rdf:RDF` or `feed`",
                short_escaped(name)
            )),
        }
    }

    /// Whose word an element is, with the words of the feed itself all taken for RSS's.
    fn vocabulary(
        &mut self,
        namespace: &ResolveResult<'_>,
        tag: &BytesStart<'_>,
        parent: Place,
        line: u64,
    ) -> Vocabulary {
        let spoken = spoken(namespace);
        if let Some(warning) = spoken.warning {
            self.warn_of_document(line, tag.name().into_inner(), warning);
        }
        let bare = tag.name().prefix().is_none();
        match spoken.vocabulary {
            Vocabulary::Atom if self.atom => Vocabulary::Rss,
            Vocabulary::Media
                if bare && is_rss_word(Some(parent), tag.local_name().into_inner()) =>
            {
                Vocabulary::Rss
            }
            Vocabulary::Foreign if bare && self.is_root_namespace(namespace) => Vocabulary::Rss,
            vocabulary => vocabulary,
        }
    }

    fn is_root_namespace(&self, namespace: &ResolveResult<'_>) -> bool {
        matches!(namespace, ResolveResult::Bound(namespace) if namespace.into_inner() == self.root_namespace)
    }

    /// Takes the opening tag of markup within a text.
    fn within(&mut self, name: &str, line: u64) {
        if self.field.holds_markup() {
            self.field.markup("<", name);
        } else if self.field.field == Some(Field::Guid) {
            let message = "markup within; write the guid as plain text";
            self.draft.notes.fault(line, "guid", message);
        }
    }

    /// Begins an item.
    pub(super) fn begin_item(&mut self, line: u64) {
        self.draft = Draft {
            line,
            ..Draft::default()
        };
        self.item_bytes = 0;
    }

    fn finish(&mut self) -> Item {
        let mut draft = mem::take(&mut self.draft);
        self.item_bytes = 0;
        let document = mem::take(&mut self.document);
        draft.notes.warnings.splice(0..0, document.warnings);
        judge(draft, &self.channel)
    }

    /// Warns of something that holds for the whole document, once.
    fn warn_of_document(&mut self, line: u64, element: &str, message: String) {
        const MOST: usize = 50;
        if self.said.len() < MOST && !self.said.contains(&message) {
            self.document.warn(line, element, &message);
            self.said.push(message);
        }
    }

    fn warn_of_html(&mut self, name: &str, line: u64) {
        let message =
            format!("`&{name};` is a name of HTML, which XML does not know; it is resolved");
        if self.draft.line > 0 {
            self.draft.notes.warn(line, self.path.name(), &message);
        } else {
            self.warn_of_document(line, "channel", message);
        }
    }

    /// Warns of something in the item that is open, else of the document.
    pub(super) fn warn_here(&mut self, line: u64, element: &str, message: String) {
        if self.draft.line > 0 {
            self.draft.notes.warn(line, element, &message);
        } else {
            self.warn_of_document(line, element, message);
        }
    }
}
