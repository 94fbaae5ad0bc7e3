//! One foreign row made ours, whatever the format it came in.

use std::{borrow::Cow, collections::HashSet};

use crate::{
    config::Import,
    model::{Column, CreatorId, Digest, Fields, Guid, short, short_escaped},
};

use super::{Mapping, mapping::Target};

/// A row that can be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As a person counts: records after the header in CSV, lines of the file in JSON Lines; from 1.
    pub number: u64,
    pub guid: Guid,
    /// The source's own guid, where a prefix was put before it.
    pub source_guid: Option<String>,
    pub creator: CreatorId,
    /// The columns that the row says something of, `None` to clear one. Each value is one that [`Fields::set`] takes.
    pub patch: Vec<(Column, Option<String>)>,
    /// What was odd in the input and what was made of it.
    pub warnings: Vec<String>,
}

/// A row that can't be applied; its neighbours can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// As [`Row::number`].
    pub number: u64,
    /// The guid, prefix included, or what stands in its place.
    pub guid: Option<String>,
    /// Which columns are wrong and what to do, parted by `; `.
    pub message: String,
}

/// One cell on its way: what it fills, what they call it, and its text.
pub(super) struct Cell<'a> {
    pub(super) target: Target,
    pub(super) theirs: Cow<'a, str>,
    /// Its text, none or empty to clear the column; or why it has none.
    pub(super) text: Result<Option<Cow<'a, str>>, String>,
}

/// Makes rows, and remembers which guids went by.
pub(super) struct Assembler {
    mapping: Mapping,
    max_cell_bytes: usize,
    /// Halves of digests, so that millions of guids fit into memory.
    seen: HashSet<[u8; 16]>,
}

impl Assembler {
    pub(super) fn new(mapping: Mapping, limits: &Import) -> Self {
        Self {
            mapping,
            max_cell_bytes: limits.max_cell_bytes,
            seen: HashSet::new(),
        }
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The row that these cells make, or everything that is wrong with them.
    pub(super) fn row(&mut self, number: u64, cells: Vec<Cell<'_>>) -> Result<Row, RowError> {
        let mut draft = Draft::default();
        for cell in cells {
            if let Err(fault) = self.take(&mut draft, &cell) {
                draft
                    .faults
                    .push(format!("column {}: {fault}", name(&cell)));
            }
        }
        self.fill_in(&mut draft);
        let guid = self.guid(&mut draft);
        let creator = self.creator(&mut draft);
        match (guid, creator) {
            (Some((guid, source_guid)), Some(creator)) if draft.faults.is_empty() => Ok(Row {
                number,
                guid,
                source_guid,
                creator,
                patch: draft.patch,
                warnings: Vec::new(),
            }),
            (guid, _) => Err(RowError {
                number,
                guid: guid
                    .map(|(guid, _)| guid.to_string())
                    .or_else(|| draft.guid.as_deref().map(short)),
                message: draft.faults.join("; "),
            }),
        }
    }

    fn take(&self, draft: &mut Draft, cell: &Cell<'_>) -> Result<(), String> {
        let text = cell.text.as_ref().map_err(String::clone)?;
        let text = text.as_deref().filter(|text| !text.trim().is_empty());
        if let Some(long) = text.filter(|text| text.len() > self.max_cell_bytes) {
            let (length, limit) = (long.len(), self.max_cell_bytes);
            return Err(format!("{length} bytes; at most {limit} are allowed"));
        }
        match cell.target {
            Target::Guid => draft.guid = text.map(str::to_owned),
            Target::Creator => draft.creator = text.map(str::to_owned),
            Target::Field(column) => return self.set(draft, column, text),
            Target::Ignored => {}
        }
        Ok(())
    }

    fn set(&self, draft: &mut Draft, column: Column, text: Option<&str>) -> Result<(), String> {
        let text = match (column, text) {
            (Column::Category, Some(theirs)) => Some(self.mapping.category_of(theirs)),
            (_, text) => text.or_else(|| self.mapping.default_of(column)),
        };
        draft.patch.push((column, text.map(str::to_owned)));
        draft.trial.set(column, text)
    }

    /// Gives the columns that the row lacks their default.
    fn fill_in(&self, draft: &mut Draft) {
        for column in self.mapping.defaulted() {
            if draft.patch.iter().all(|(known, _)| *known != column) {
                let value = self.mapping.default_of(column).map(str::to_owned);
                draft.patch.push((column, value));
            }
        }
    }

    fn guid(&mut self, draft: &mut Draft) -> Option<(Guid, Option<String>)> {
        let theirs = draft.guid.as_deref().unwrap_or_default();
        match self.mapping.guid(theirs) {
            Ok((guid, source_guid)) => {
                if !self.seen.insert(half_digest(&guid)) {
                    let fault = format!("guid `{guid}` stands in an earlier row too; keep one");
                    draft.faults.push(fault);
                }
                Some((guid, source_guid))
            }
            Err(fault) => {
                draft.faults.push(format!("column `guid`: {fault}"));
                None
            }
        }
    }

    fn creator(&self, draft: &mut Draft) -> Option<CreatorId> {
        let given = self.mapping.creator();
        let Some(theirs) = draft.creator.as_deref() else {
            if given.is_none() {
                let fault = "no creator; name one with `--creator`, or in a column `creator`";
                draft.faults.push(fault.to_owned());
            }
            return given.cloned();
        };
        match (theirs.trim().parse::<CreatorId>(), given) {
            (Ok(theirs), Some(given)) if theirs != *given => {
                draft.faults.push(format!(
                    "column `creator`: `{theirs}` is not `{given}`, which `--creator` names"
                ));
                None
            }
            (Ok(theirs), _) => Some(theirs),
            (Err(fault), _) => {
                draft.faults.push(format!("column `creator`: {fault}"));
                None
            }
        }
    }
}

#[derive(Default)]
struct Draft {
    guid: Option<String>,
    creator: Option<String>,
    patch: Vec<(Column, Option<String>)>,
    /// Where values are tried.
    trial: Fields,
    faults: Vec<String>,
}

/// Their name of a column, and ours where it is another.
fn name(cell: &Cell<'_>) -> String {
    let ours = cell.target.name();
    if cell.theirs == ours {
        format!("`{ours}`")
    } else {
        format!("`{}` (our `{ours}`)", short_escaped(&cell.theirs))
    }
}

fn half_digest(guid: &Guid) -> [u8; 16] {
    let digest = Digest::of(guid.as_str().as_bytes());
    *digest
        .as_bytes()
        .first_chunk()
        .expect("a digest has 32 bytes")
}
