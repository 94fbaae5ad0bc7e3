//! Feeds: each item a row, its elements the columns.

use std::{borrow::Cow, io::BufRead};

use crate::{
    model::{Column, Digest},
    mrss::read::{Item, Reader, Unusable},
};

use super::{Fault, Input, Mapping, Raw, input, mapping::Target, row::Cell};

pub(super) struct Feed<'a> {
    reader: Reader<Box<dyn BufRead + 'a>>,
    /// What elements that `--map` names fill, in the order in which the reader numbers them.
    extras: Vec<(String, Target)>,
    number: u64,
}

impl<'a> Feed<'a> {
    /// Looks at the encoding.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub(super) fn open(input: Input<'a>, mapping: &Mapping) -> Result<Self, Fault> {
        let extras = mapping
            .mapped()
            .map(|(theirs, target)| (theirs.to_owned(), target))
            .collect::<Vec<_>>();
        let names = extras.iter().map(|(theirs, _)| theirs.clone()).collect();
        Ok(Self {
            reader: Reader::open(input.into_bytes(), names, mapping.base().cloned())
                .map_err(unusable)?,
            extras,
            number: 0,
        })
    }

    /// The next item; none at the end.
    ///
    /// # Errors
    /// As [`Reader::next_item`].
    pub(super) fn next(&mut self, mapping: &Mapping) -> Result<Option<Raw<'_>>, Fault> {
        let Some(mut item) = self.reader.next_item().map_err(unusable)? else {
            return Ok(None);
        };
        self.number += 1;
        let place = format!("line {}, `item`: ", item.line);
        let (warnings, faults) = (
            std::mem::take(&mut item.warnings),
            std::mem::take(&mut item.faults),
        );
        let cells = self
            .cells(item, mapping)
            .map_err(|fault| format!("{place}{fault}"));
        Ok(Some(Raw {
            number: self.number,
            cells,
            place: Some(place),
            faults,
            warnings,
        }))
    }

    fn cells(&self, mut item: Item, mapping: &Mapping) -> Result<Vec<Cell<'_>>, String> {
        let mut cells = Vec::with_capacity(item.cells.len() + item.extras.len() + 3);
        for (number, text) in std::mem::take(&mut item.extras) {
            if let Some((theirs, target)) = self.extras.get(number)
                && *target != Target::Ignored
            {
                cells.push(cell(*target, theirs, Some(text)));
            }
        }
        let mut add = |target: Target, text: Option<String>| {
            // What `--map` names goes before what the reader makes of the rest.
            if cells.iter().all(|known: &Cell<'_>| known.target != target) {
                cells.push(cell(target, target.name(), text));
            }
        };
        let (category, tags) = parted(&item, mapping);
        if let Some(category) = category {
            add(Target::Field(Column::Category), Some(category));
        }
        if let Some(tags) = tags {
            add(Target::Field(Column::Tags), Some(tags));
        }
        let (guid, address) = (item.guid, item.address);
        for (column, text) in item.cells {
            add(Target::Field(column), text);
        }
        if cells.iter().all(|cell| cell.target != Target::Guid) {
            let guid = identity(guid, address.as_deref(), mapping)?;
            cells.push(cell(Target::Guid, Target::Guid.name(), Some(guid)));
        }
        Ok(cells)
    }
}

fn cell(target: Target, theirs: &str, text: Option<String>) -> Cell<'_> {
    Cell {
        target,
        theirs: Cow::Borrowed(theirs),
        text: Ok(text.map(Cow::Owned)),
    }
}

/// The category, and the tags: without keywords, the other categories are the tags.
fn parted(item: &Item, mapping: &Mapping) -> (Option<String>, Option<String>) {
    let main = mapping.main_category(&item.categories);
    let others = || {
        let others = item.categories.iter().enumerate();
        let others = others
            .filter(|(number, _)| *number != main)
            .map(|(_, name)| name.replace(',', " "))
            .collect::<Vec<_>>();
        (!others.is_empty()).then(|| others.join(","))
    };
    let tags = item.keywords.clone().or_else(others);
    (item.categories.get(main).cloned(), tags)
}

/// The item's guid, or one that is derived from its address: 128 bits of its SHA-256.
fn identity(
    guid: Option<String>,
    address: Option<&str>,
    mapping: &Mapping,
) -> Result<String, String> {
    if let Some(guid) = guid {
        return Ok(guid);
    }
    if !mapping.derives_guids() {
        return Err(
            "no guid; give each item one, or derive it from the address with `--derive-guid`"
                .to_owned(),
        );
    }
    let address = address.ok_or("no guid, and no link or media address to derive one from")?;
    Ok(format!(
        "derived-{:.32}",
        Digest::of(address.as_bytes()).to_string()
    ))
}

fn unusable(reason: Unusable) -> Fault {
    match reason {
        Unusable::Document { line, message } => Fault::Malformed { line, message },
        Unusable::Read(error) => input::fault(error),
    }
}
