//! What became of each row, and the file that tells it: written on a thread of its own, while the next rows are applied.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{apply::Fate, stage::StagedRow};
use crate::{
    app::Result,
    model::{Column, RowOutcome, WrongRow},
    sources::RowError,
};

/// One line of the result file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowResult {
    /// The row's number, as its file counts.
    pub row: u64,
    pub guid: Option<String>,
    pub outcome: RowOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was odd in the row and what was made of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The row's columns as they were understood.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "by_name",
        deserialize_with = "named"
    )]
    pub columns: Vec<(Column, Option<String>)>,
}

impl RowResult {
    /// A row's result, of its fate.
    pub(super) fn of(row: Result<StagedRow, RowError>, fate: Fate) -> Self {
        let (row, guid, mut warnings, columns) = match row {
            Ok(row) => (
                row.number,
                Some(row.guid.to_string()),
                row.warnings,
                row.patch,
            ),
            Err(wrong) => (wrong.number, wrong.guid, Vec::new(), Vec::new()),
        };
        warnings.extend(fate.beside);
        Self {
            row,
            guid,
            outcome: fate.outcome,
            message: fate.message,
            warnings,
            columns,
        }
    }

    /// What is wrong with the row, in a line; none for one that is right.
    pub fn wrong(&self) -> Option<String> {
        if !self.outcome.is_wrong() {
            return None;
        }
        let guid = self.guid.as_ref();
        let guid = guid.map_or_else(String::new, |guid| format!(" (`{guid}`)"));
        let message = self.message.as_deref().unwrap_or_default();
        Some(format!("row {}{guid}: {message}", self.row))
    }
}

impl From<&RowResult> for WrongRow {
    fn from(result: &RowResult) -> Self {
        Self {
            row: result.row,
            guid: result.guid.clone(),
            outcome: result.outcome,
            message: result.message.clone().unwrap_or_default(),
        }
    }
}

/// Columns that an older program had are left out.
fn named<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(Column, Option<String>)>, D::Error> {
    let cells = BTreeMap::<String, Option<String>>::deserialize(deserializer)?;
    let cells = cells
        .into_iter()
        .filter_map(|(name, cell)| Some((Column::named(&name)?, cell)));
    Ok(cells.collect())
}

fn by_name<S: Serializer>(
    columns: &[(Column, Option<String>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(columns.iter().map(|(column, cell)| (column.name(), cell)))
}

/// A result file that is being written: one JSON line for every row.
pub(super) struct ResultFile {
    rows: mpsc::Sender<Vec<RowResult>>,
    written: JoinHandle<io::Result<()>>,
}

impl ResultFile {
    pub(super) fn open(mut file: Box<dyn Write + Send>) -> Self {
        let (rows, mut incoming) = mpsc::channel::<Vec<RowResult>>(1);
        let written = tokio::task::spawn_blocking(move || {
            while let Some(rows) = incoming.blocking_recv() {
                write(&mut file, &rows)?;
                // What a kill leaves of the file says how far the import was.
                file.flush()?;
            }
            file.flush()
        });
        Self { rows, written }
    }

    /// Hands rows over. False says that the file can't be written; [`Self::close`] tells why.
    pub(super) async fn take(&self, rows: Vec<RowResult>) -> bool {
        self.rows.send(rows).await.is_ok()
    }

    /// Waits until everything is written.
    pub(super) async fn close(self) -> io::Result<()> {
        drop(self.rows);
        self.written.await.map_err(io::Error::other)?
    }
}

fn write(file: &mut impl Write, results: &[RowResult]) -> io::Result<()> {
    results.iter().try_for_each(|result| {
        serde_json::to_writer(&mut *file, result)?;
        file.write_all(b"\n")
    })
}
