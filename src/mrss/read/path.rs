//! The elements that are open, and the base of addresses within them.

use url::Url;

use super::words::Place;

/// How deep elements may be nested.
const MOST: usize = 64;

/// From the root to the innermost open element.
#[derive(Default)]
pub(super) struct Path {
    /// Names as the document writes them, one after another.
    names: String,
    opened: Vec<Open>,
    /// `xml:base` with the depth of its element.
    bases: Vec<(usize, Option<Url>)>,
}

struct Open {
    name_at: usize,
    place: Place,
}

impl Path {
    /// Before the root of a document that was found at this address, the outermost base.
    pub(super) fn at(address: Option<Url>) -> Self {
        Self {
            bases: vec![(0, address)],
            ..Self::default()
        }
    }

    /// Opens an element.
    ///
    /// # Errors
    /// A sentence when it is nested too deep.
    pub(super) fn open(&mut self, name: &str, place: Place) -> Result<(), String> {
        if self.opened.len() == MOST {
            return Err(format!(
                "is nested deeper than {MOST} levels; flatten the feed"
            ));
        }
        self.opened.push(Open {
            name_at: self.names.len(),
            place,
        });
        self.names.push_str(name);
        Ok(())
    }

    /// Takes the `xml:base` of the innermost element, itself relative to the one around it.
    pub(super) fn rebase(&mut self, base: &str) {
        let base = match self.base() {
            Some(outer) => outer.join(base).ok(),
            None => Url::parse(base).ok(),
        };
        self.bases.push((self.opened.len(), base));
    }

    /// Closes the innermost element and says what it was.
    pub(super) fn close(&mut self) -> Option<Place> {
        self.bases.pop_if(|(depth, _)| *depth == self.opened.len());
        let open = self.opened.pop()?;
        self.names.truncate(open.name_at);
        Some(open.place)
    }

    /// What the innermost element is; none outside the root.
    pub(super) fn place(&self) -> Option<Place> {
        self.opened.last().map(|open| open.place)
    }

    /// What the one around the innermost element is.
    pub(super) fn parent(&self) -> Option<Place> {
        self.ancestors().nth(1)
    }

    /// What the open elements are, from the innermost on.
    pub(super) fn ancestors(&self) -> impl Iterator<Item = Place> {
        self.opened.iter().rev().map(|open| open.place)
    }

    /// The innermost element's name as the document writes it; empty outside the root.
    pub(super) fn name(&self) -> &str {
        let start = self
            .opened
            .last()
            .map_or(self.names.len(), |open| open.name_at);
        &self.names[start..]
    }

    /// What relative addresses are relative to.
    pub(super) fn base(&self) -> Option<&Url> {
        self.bases.last().and_then(|(_, base)| base.as_ref())
    }
}
