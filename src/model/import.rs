//! An import of a file that the operators' face keeps: where it stands, what a plan or a run of it found.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{CreatorId, Digest, ImportId, Recipe, Timestamp};

/// How many rows ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub conflicts: i64,
    /// Created or updated, but kept as a draft.
    pub blocked: i64,
    pub errors: i64,
}

impl ImportCounts {
    /// Counts one more row.
    pub fn add(&mut self, outcome: RowOutcome) {
        let counter = match outcome {
            RowOutcome::Created => &mut self.created,
            RowOutcome::Updated => &mut self.updated,
            RowOutcome::Unchanged => &mut self.unchanged,
            RowOutcome::Conflict => &mut self.conflicts,
            RowOutcome::Blocked => &mut self.blocked,
            RowOutcome::Error => &mut self.errors,
        };
        *counter += 1;
    }

    /// Rows that did not go in.
    pub fn wrong(&self) -> i64 {
        self.conflicts + self.errors
    }
}

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowOutcome {
    Created,
    Updated,
    Unchanged,
    /// Another creator's guid, or a video that was taken down.
    Conflict,
    /// Created or updated, but kept as a draft.
    Blocked,
    Error,
}

impl RowOutcome {
    /// Every outcome.
    pub const ALL: [Self; 6] = [
        Self::Created,
        Self::Updated,
        Self::Unchanged,
        Self::Conflict,
        Self::Blocked,
        Self::Error,
    ];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Conflict => "conflict",
            Self::Blocked => "blocked",
            Self::Error => "error",
        }
    }

    /// Whether the row did not go in.
    pub fn is_wrong(self) -> bool {
        matches!(self, Self::Conflict | Self::Error)
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub phase: Phase,
    /// Rows done in this phase; of [`Phase::Fetching`] bytes.
    pub rows: u64,
    /// Rows in all, once they are known.
    pub total: Option<u64>,
}

/// What an import does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    Fetching,
    Reading,
    /// Until another import of the same creator has ended, or there is a turn for it.
    Waiting,
    Applying,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 4] = [Self::Fetching, Self::Reading, Self::Waiting, Self::Applying];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetching => "fetching",
            Self::Reading => "reading",
            Self::Waiting => "waiting",
            Self::Applying => "applying",
        }
    }
}

/// Where an import of a kept file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportState {
    /// Its file is read from an address.
    Fetching,
    /// Its file is compared with the catalog, which stays as it is.
    Planning,
    /// What it would do is known.
    Planned,
    /// Its rows go into the catalog.
    Applying,
    /// Every row was looked at; the right ones are in the catalog.
    Applied,
    /// Its file can't be had or used; the message says why.
    Failed,
    /// Somebody stopped or discarded it.
    Cancelled,
}

impl ImportState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Fetching,
        Self::Planning,
        Self::Planned,
        Self::Applying,
        Self::Applied,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetching => "fetching",
            Self::Planning => "planning",
            Self::Planned => "planned",
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether a daemon is at work on it, or should be.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Fetching | Self::Planning | Self::Applying)
    }
}

impl FromStr for ImportState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no state of an import"))
    }
}

impl fmt::Display for ImportState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where any import stands, for whoever looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStanding {
    In(ImportState),
    /// Whoever was at work on it has ended in the middle.
    Interrupted,
    /// One of a command or a source, which has not ended, or never did.
    Unfinished,
}

impl ImportStanding {
    /// Every standing.
    pub const ALL: [Self; 9] = [
        Self::In(ImportState::Fetching),
        Self::In(ImportState::Planning),
        Self::In(ImportState::Planned),
        Self::In(ImportState::Applying),
        Self::In(ImportState::Applied),
        Self::In(ImportState::Failed),
        Self::In(ImportState::Cancelled),
        Self::Interrupted,
        Self::Unfinished,
    ];

    /// The word shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In(state) => state.as_str(),
            Self::Interrupted => "interrupted",
            Self::Unfinished => "unfinished",
        }
    }
}

/// How the rows of a file become ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Whose videos these are; none where a column says so.
    pub creator: Option<CreatorId>,
    pub recipe: Recipe,
}

/// What a plan found, or what a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSummary {
    pub rows: u64,
    pub counts: ImportCounts,
    /// Rows of which something was odd; each counts as what became of it, too.
    pub warned: u64,
    /// The first rows that did not go in, 20 at the most.
    pub wrong: Vec<WrongRow>,
}

/// A row that did not go in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongRow {
    /// The row's number, as its file counts.
    pub row: u64,
    pub guid: Option<String>,
    pub outcome: RowOutcome,
    /// What is wrong, with which column, and what to do.
    pub message: String,
}

/// An import of a kept file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFile {
    pub id: ImportId,
    /// How the import is listed: the file's name, or the address without what may be secret.
    pub name: String,
    /// Where the file was found, which is what relative addresses in it are relative to; none for one that was sent.
    pub address: Option<String>,
    pub options: ImportOptions,
    pub made_by: String,
    pub added_at: Timestamp,
    /// When it came to its state.
    pub changed_at: Timestamp,
    pub state: ImportState,
    /// Of the file as it came; 0 and none until it is here.
    pub bytes: i64,
    pub digest: Option<Digest>,
    /// While somebody is at work on it.
    pub progress: Option<Progress>,
    /// What the last plan found.
    pub plan: Option<ImportSummary>,
    /// What was applied.
    pub applied: Option<ImportSummary>,
    /// Why it failed.
    pub message: Option<String>,
    /// Somebody wants it to stop.
    pub cancelling: bool,
    /// When its files were removed.
    pub gone_at: Option<Timestamp>,
    /// Until when somebody is at work on it, unless that is renewed.
    pub lease_until: Option<Timestamp>,
}

impl ImportFile {
    /// Whether whoever was at work on it has ended in the middle.
    pub fn is_interrupted(&self, now: Timestamp) -> bool {
        self.state.is_active() && self.lease_until.is_none_or(|until| until <= now)
    }

    /// Where it stands.
    pub fn standing(&self, now: Timestamp) -> ImportStanding {
        if self.is_interrupted(now) {
            ImportStanding::Interrupted
        } else {
            ImportStanding::In(self.state)
        }
    }

    /// Why it can't be planned or applied, whoever is at work on it; none when it can.
    pub fn obstacle(&self) -> Option<String> {
        let id = &self.id;
        if self.state == ImportState::Applied {
            return Some(format!(
                "import `{id}` was applied already; send its file again to import it once more"
            ));
        }
        if self.state == ImportState::Fetching {
            return Some(format!(
                "the file of import `{id}` is not here yet; wait for it"
            ));
        }
        if self.gone_at.is_some() || self.digest.is_none() {
            return Some(format!(
                "the file of import `{id}` is not kept any more; send it again"
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(state: ImportState) -> ImportFile {
        ImportFile {
            id: ImportId::from("i".to_owned()),
            name: "a.csv".to_owned(),
            address: None,
            options: ImportOptions::default(),
            made_by: "ann".to_owned(),
            added_at: at(1),
            changed_at: at(1),
            state,
            bytes: 1,
            digest: Some(Digest::of(b"a")),
            progress: None,
            plan: None,
            applied: None,
            message: None,
            cancelling: false,
            gone_at: None,
            lease_until: Some(at(10)),
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn every_state_reads_back_and_is_a_standing() {
        for state in ImportState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert!(ImportStanding::ALL.contains(&ImportStanding::In(state)));
        }
    }

    #[test]
    fn work_whose_lease_has_ended_is_interrupted() {
        let applying = file(ImportState::Applying);
        assert_eq!(applying.standing(at(9)).as_str(), "applying");
        assert_eq!(applying.standing(at(10)).as_str(), "interrupted");
        assert_eq!(applying.obstacle(), None);
        let planned = file(ImportState::Planned).standing(at(10));
        assert_eq!(planned, ImportStanding::In(ImportState::Planned));
    }

    #[test]
    fn what_was_applied_or_has_no_file_does_not_begin_again() {
        let said = |file: &ImportFile| file.obstacle().unwrap();
        assert!(said(&file(ImportState::Applied)).contains("applied already"));
        let mut gone = file(ImportState::Cancelled);
        assert_eq!(gone.obstacle(), None);
        gone.gone_at = Some(at(1));
        assert!(said(&gone).contains("send it again"));
        let mut unfetched = file(ImportState::Failed);
        unfetched.digest = None;
        assert!(said(&unfetched).contains("send it again"));
    }

    #[test]
    fn a_row_counts_as_what_became_of_it() {
        let mut counts = ImportCounts::default();
        counts.add(RowOutcome::Conflict);
        counts.add(RowOutcome::Error);
        counts.add(RowOutcome::Blocked);
        assert_eq!((counts.wrong(), counts.blocked), (2, 1));
    }
}
