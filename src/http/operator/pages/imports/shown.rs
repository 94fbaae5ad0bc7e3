//! What the pages say of an import.

use super::super::text::{self, Words};
use crate::{
    app::{ImportEntry, ImportRun, RowResult},
    model::{
        ImportCounts, ImportFile, ImportId, ImportOptions, ImportState, ImportSummary, Phase,
        Progress, Timestamp, WrongRow,
    },
};

/// An import in the list.
pub(super) struct Line {
    pub(super) id: ImportId,
    pub(super) name: text::Shown,
    pub(super) standing: &'static str,
    pub(super) made_by: String,
    pub(super) added_at: Timestamp,
    /// Of what was applied, else of the plan.
    pub(super) counts: Option<ImportCounts>,
}

/// An import on its own page.
pub(super) struct Shown {
    pub(super) id: ImportId,
    pub(super) name: text::Shown,
    pub(super) standing: &'static str,
    /// What that means, and what to do next.
    pub(super) sentence: &'static str,
    pub(super) made_by: String,
    pub(super) added_at: Timestamp,
    pub(super) bytes: Option<String>,
    pub(super) options: ImportOptions,
    pub(super) message: Option<Words>,
    pub(super) progress: Option<Bar>,
    pub(super) stage: Stage,
    pub(super) plan: Option<Found>,
    pub(super) applied: Option<Found>,
}

/// What can be done with an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Somebody is at work on it: it can be stopped.
    Active,
    /// The same, and it is about to stop.
    Stopping,
    /// It can be applied, or planned by other options.
    Ready,
    /// There are files to look at, or to remove.
    Kept,
    /// Nothing is left but what is said of it.
    Over,
}

/// How far it is.
pub(super) struct Bar {
    pub(super) words: String,
    pub(super) done: u64,
    pub(super) total: Option<u64>,
}

/// What a plan found, or what was applied.
pub(super) struct Found {
    pub(super) rows: Option<u64>,
    pub(super) counts: Vec<(&'static str, i64)>,
    pub(super) warned: u64,
    pub(super) wrong: Vec<RowLine>,
    /// Wrong rows in all.
    pub(super) wrong_count: i64,
}

/// What became of a row.
pub(super) struct RowLine {
    pub(super) number: u64,
    pub(super) guid: text::Shown,
    pub(super) outcome: &'static str,
    pub(super) message: Words,
    pub(super) warnings: Words,
}

impl From<RowResult> for RowLine {
    fn from(row: RowResult) -> Self {
        Self {
            number: row.row,
            guid: row.guid.unwrap_or_default().into(),
            outcome: row.outcome.as_str(),
            message: row.message.unwrap_or_default().into(),
            warnings: row.warnings.join("; ").into(),
        }
    }
}

impl From<WrongRow> for RowLine {
    fn from(row: WrongRow) -> Self {
        Self {
            number: row.row,
            guid: row.guid.unwrap_or_default().into(),
            outcome: row.outcome.as_str(),
            message: row.message.into(),
            warnings: "".into(),
        }
    }
}

impl Line {
    pub(super) fn of(entry: ImportEntry, now: Timestamp) -> Self {
        match entry {
            ImportEntry::File(file, run) => Self {
                standing: file.standing(now).as_str(),
                counts: run
                    .map(|run| run.counts)
                    .or(file.plan.as_ref().map(|plan| plan.counts)),
                id: file.id,
                name: file.name.into(),
                made_by: file.made_by,
                added_at: file.added_at,
            },
            ImportEntry::Run(run) => Self {
                standing: run.standing().as_str(),
                id: run.id,
                name: run.source.into(),
                made_by: String::new(),
                added_at: run.started_at,
                counts: Some(run.counts),
            },
        }
    }
}

impl Shown {
    pub(super) fn of(entry: ImportEntry, now: Timestamp) -> Self {
        match entry {
            ImportEntry::File(file, run) => Self::of_file(*file, run, now),
            ImportEntry::Run(run) => Self::of_run(run),
        }
    }

    fn of_file(file: ImportFile, run: Option<ImportRun>, now: Timestamp) -> Self {
        let interrupted = file.is_interrupted(now);
        let active = file.state.is_active() && !interrupted;
        Self {
            standing: file.standing(now).as_str(),
            sentence: sentence(&file, interrupted),
            stage: match (active, file.cancelling) {
                (true, false) => Stage::Active,
                (true, true) => Stage::Stopping,
                _ if file.gone_at.is_some() => Stage::Over,
                _ if file.obstacle().is_none() => Stage::Ready,
                _ => Stage::Kept,
            },
            bytes: file.digest.map(|_here| size(file.bytes)),
            progress: file.progress.filter(|_| active).map(Bar::of),
            plan: file.plan.map(Found::of),
            applied: match file.applied {
                Some(applied) => Some(Found::of(applied)),
                None => run.map(|run| Found::of_counts(run.counts)),
            },
            id: file.id,
            name: file.name.into(),
            made_by: file.made_by,
            added_at: file.added_at,
            options: file.options,
            message: file.message.map(Into::into),
        }
    }

    fn of_run(run: ImportRun) -> Self {
        Self {
            standing: run.standing().as_str(),
            sentence: "Made by a command or a kept source; its rows were told there.",
            applied: Some(Found::of_counts(run.counts)),
            id: run.id,
            name: run.source.into(),
            made_by: String::new(),
            added_at: run.started_at,
            bytes: None,
            options: ImportOptions::default(),
            message: None,
            progress: None,
            stage: Stage::Over,
            plan: None,
        }
    }

    /// Whether somebody is at work on it.
    pub(super) fn is_active(&self) -> bool {
        matches!(self.stage, Stage::Active | Stage::Stopping)
    }

    /// Whether there are files to look at, or to remove.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self.stage, Stage::Ready | Stage::Kept)
    }

    /// Pairs of an option as a form shows them.
    pub(super) fn lines(pairs: &[String]) -> String {
        pairs.join("\n")
    }

    /// Whether guids are derived, as a word.
    pub(super) fn derives(&self) -> &'static str {
        if self.options.recipe.derive_guid {
            "yes"
        } else {
            ""
        }
    }
}

fn sentence(file: &ImportFile, interrupted: bool) -> &'static str {
    if interrupted {
        return "Whoever was at work on it has ended in the middle. A daemon goes on by itself where the file is; you may also apply it again.";
    }
    match file.state {
        ImportState::Fetching => "Its address is being read.",
        ImportState::Planning => "Its rows are compared with the catalog, which stays as it is.",
        ImportState::Planned => "Nothing is in the catalog yet: read the plan, then apply it.",
        ImportState::Applying => "Its rows go into the catalog. You may leave this page.",
        ImportState::Applied => "Every row was looked at; the right ones are in the catalog.",
        ImportState::Failed => "It did not come to its end.",
        ImportState::Cancelled if file.gone_at.is_some() => "It was discarded.",
        ImportState::Cancelled => {
            "It was stopped. What was applied stays; apply it again to go on from there."
        }
    }
}

fn size(bytes: i64) -> String {
    text::size(bytes.unsigned_abs())
}

impl Bar {
    fn of(progress: Progress) -> Self {
        let Progress { phase, rows, total } = progress;
        let words = match (phase, total) {
            (Phase::Fetching, _) => format!("{} fetched", text::size(rows)),
            (Phase::Reading, _) => format!("{rows} rows read"),
            (Phase::Waiting, _) => "waiting for another import".to_owned(),
            (Phase::Applying, Some(total)) => format!("{rows} of {total} rows"),
            (Phase::Applying, None) => format!("{rows} rows"),
        };
        Self {
            words,
            done: rows,
            total,
        }
    }
}

impl Found {
    fn of(summary: ImportSummary) -> Self {
        Self {
            rows: Some(summary.rows),
            warned: summary.warned,
            wrong: summary.wrong.into_iter().map(Into::into).collect(),
            ..Self::of_counts(summary.counts)
        }
    }

    /// Whether there are more wrong rows than are shown.
    pub(super) fn has_more(&self) -> bool {
        i64::try_from(self.wrong.len()).is_ok_and(|shown| shown < self.wrong_count)
    }

    fn of_counts(counts: ImportCounts) -> Self {
        Self {
            rows: None,
            warned: 0,
            wrong: Vec::new(),
            wrong_count: counts.wrong(),
            counts: vec![
                ("created", counts.created),
                ("updated", counts.updated),
                ("unchanged", counts.unchanged),
                ("kept as drafts", counts.blocked),
                ("conflicts", counts.conflicts),
                ("errors", counts.errors),
            ],
        }
    }
}

/// What is said before rows go into the catalog.
pub(super) fn before_applying(file: &ImportFile) -> Vec<String> {
    let Some(plan) = &file.plan else {
        return vec!["It was not planned: what it does is known once it is done.".to_owned()];
    };
    let counts = plan.counts;
    let mut sentences = vec![format!(
        "Of {} rows, {} would be created, {} updated, {} are unchanged and {} would be kept as drafts.",
        plan.rows, counts.created, counts.updated, counts.unchanged, counts.blocked
    )];
    if counts.wrong() > 0 {
        sentences.push(format!(
            "{} wrong rows are left out; the others go in all the same.",
            counts.wrong()
        ));
    }
    sentences.push("What may go out is in the feeds at once.".to_owned());
    sentences
}
