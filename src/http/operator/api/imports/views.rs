//! Imports and their rows, as the API shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{Format, ImportEntry, ImportRun, RowResult},
    model::{
        CreatorId, Digest, ImportCounts, ImportFile, ImportOptions, ImportStanding, ImportSummary,
        Phase, Progress, RowOutcome, Timestamp, WrongRow,
    },
};

/// An import.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct ImportView {
    id: String,
    /// The file's name, or its address without what may be secret
    name: String,
    state: ImportStanding,
    /// Who began it; none for an import of a command or a source, which the audit knows
    made_by: Option<String>,
    /// Milliseconds since 1970.
    added_at: i64,
    /// When it came to its state
    changed_at: i64,
    options: Option<OptionsView>,
    /// Of the file as it came; none until it is here
    bytes: Option<i64>,
    /// Of the file as it came
    digest: Option<Digest>,
    /// Whether its file, or what became of its rows, is still kept
    kept: bool,
    /// Somebody wants it to stop
    cancelling: bool,
    /// While it is worked on
    progress: Option<ProgressView>,
    plan: Option<SummaryView>,
    /// What was applied so far
    applied: Option<SummaryView>,
    /// Why it failed
    message: Option<String>,
}

/// How the rows of a file become ours.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct OptionsView {
    #[schema(value_type = Option<CreatorId>)]
    creator: Option<String>,
    #[schema(value_type = Option<Format>)]
    format: Option<String>,
    map: Vec<String>,
    default: Vec<String>,
    category: Vec<String>,
    guid_prefix: Option<String>,
    derive_guid: bool,
}

/// How far an import is.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct ProgressView {
    phase: Phase,
    /// Rows done in this phase; while fetching bytes
    done: u64,
    /// Rows in all, once they are known
    total: Option<u64>,
}

/// What a plan found, or what was applied.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct SummaryView {
    /// None where only the counts are known
    rows: Option<u64>,
    created: i64,
    updated: i64,
    unchanged: i64,
    /// Another creator's guid, or a video that was taken down
    conflicts: i64,
    /// Kept as drafts
    blocked: i64,
    errors: i64,
    /// Rows of which something was odd
    warned: Option<u64>,
    /// The first rows that do not go in, 20 at the most; none in a list
    wrong: Vec<WrongRowView>,
}

/// A row that does not go in.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct WrongRowView {
    /// The row's number, as its file counts
    row: u64,
    guid: Option<String>,
    outcome: RowOutcome,
    /// What is wrong, with which column, and what to do
    message: String,
}

/// What a plan or a run said of a row.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct RowView {
    /// The row's number, as its file counts
    row: u64,
    guid: Option<String>,
    outcome: RowOutcome,
    message: Option<String>,
    /// What was odd in the row and what was made of it
    warnings: Vec<String>,
    /// Its columns as they were understood; null clears one
    columns: BTreeMap<&'static str, Option<String>>,
}

/// An import in a list.
pub(super) fn brief(entry: ImportEntry, now: Timestamp) -> ImportView {
    let mut view = ImportView::of(entry, now);
    for summary in [&mut view.plan, &mut view.applied].into_iter().flatten() {
        summary.wrong.clear();
    }
    view
}

impl ImportView {
    /// An import, whoever began it.
    pub(super) fn of(entry: ImportEntry, now: Timestamp) -> Self {
        match entry {
            ImportEntry::File(file, run) => {
                let view = Self::of_file(*file, now);
                let counted = run.map(|run| run.counts.into());
                Self {
                    applied: view.applied.or(counted),
                    ..view
                }
            }
            ImportEntry::Run(run) => Self::of_run(run),
        }
    }

    fn of_run(run: ImportRun) -> Self {
        Self {
            state: run.standing(),
            id: run.id.to_string(),
            name: run.source,
            made_by: None,
            added_at: run.started_at.as_millis(),
            changed_at: run.finished_at.unwrap_or(run.started_at).as_millis(),
            options: None,
            bytes: None,
            digest: Some(run.digest),
            kept: false,
            cancelling: false,
            progress: None,
            plan: None,
            applied: Some(run.counts.into()),
            message: None,
        }
    }

    /// An import of a kept file.
    pub(super) fn of_file(file: ImportFile, now: Timestamp) -> Self {
        Self {
            state: file.standing(now),
            id: file.id.to_string(),
            name: file.name,
            made_by: Some(file.made_by),
            added_at: file.added_at.as_millis(),
            changed_at: file.changed_at.as_millis(),
            options: Some(file.options.into()),
            bytes: file.digest.map(|_here| file.bytes),
            digest: file.digest,
            kept: file.gone_at.is_none(),
            cancelling: file.cancelling,
            progress: file.progress.map(Into::into),
            plan: file.plan.map(Into::into),
            applied: file.applied.map(Into::into),
            message: file.message,
        }
    }
}

impl From<ImportOptions> for OptionsView {
    fn from(options: ImportOptions) -> Self {
        let recipe = options.recipe;
        Self {
            creator: options.creator.map(|id| id.to_string()),
            format: recipe.format,
            map: recipe.map,
            default: recipe.default,
            category: recipe.category,
            guid_prefix: recipe.guid_prefix,
            derive_guid: recipe.derive_guid,
        }
    }
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        Self {
            phase: progress.phase,
            done: progress.rows,
            total: progress.total,
        }
    }
}

impl From<ImportCounts> for SummaryView {
    fn from(counts: ImportCounts) -> Self {
        Self {
            rows: None,
            created: counts.created,
            updated: counts.updated,
            unchanged: counts.unchanged,
            conflicts: counts.conflicts,
            blocked: counts.blocked,
            errors: counts.errors,
            warned: None,
            wrong: Vec::new(),
        }
    }
}

impl From<ImportSummary> for SummaryView {
    fn from(summary: ImportSummary) -> Self {
        Self {
            rows: Some(summary.rows),
            warned: Some(summary.warned),
            wrong: summary.wrong.into_iter().map(Into::into).collect(),
            ..summary.counts.into()
        }
    }
}

impl From<WrongRow> for WrongRowView {
    fn from(wrong: WrongRow) -> Self {
        Self {
            row: wrong.row,
            guid: wrong.guid,
            outcome: wrong.outcome,
            message: wrong.message,
        }
    }
}

impl From<RowResult> for RowView {
    fn from(row: RowResult) -> Self {
        let columns = row.columns.into_iter();
        Self {
            row: row.row,
            guid: row.guid,
            outcome: row.outcome,
            message: row.message,
            warnings: row.warnings,
            columns: columns
                .map(|(column, cell)| (column.name(), cell))
                .collect(),
        }
    }
}
