//! Import: foreign rows become creations and updates, first read whole, then applied chunk by chunk.
//!
//! A plan goes the same way and writes nothing to the catalog.

mod apply;
mod results;
mod stage;

use std::{
    collections::BTreeSet,
    fmt,
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::{App, Error, Result, audit::told, events::SWEEP, network_settings::preflight};
use crate::{
    catalog::ImportLock,
    fault_points,
    model::{Action, Actor, CreatorId, ImportCounts, ImportId, Phase, Progress},
    sources::{Fault, Format, Mapping},
};

use results::ResultFile;
use stage::{StagedChunk, StagedRow};

pub(super) use apply::{Run, Tally};
pub use results::RowResult;
pub(super) use stage::Staged;

/// Rows applied in one transaction.
const CHUNK: usize = 1_000;
/// Wrong rows that a report names.
const WRONG: usize = 20;
/// Between two tries of an import that waits for another one.
const WAIT: Duration = Duration::from_millis(200);

/// What to import, and how.
pub struct ImportRequest {
    /// Who imports.
    pub by: Actor,
    /// How the import is listed: the file's name, or `-`.
    pub name: String,
    pub reader: Box<dyn Read + Send>,
    /// None means that it is guessed from the name and the first bytes.
    pub format: Option<Format>,
    pub mapping: Mapping,
    /// Say what would happen, change nothing.
    pub plan: bool,
    /// Takes one JSON line for every row of the input.
    pub results: Box<dyn Write + Send>,
}

impl fmt::Debug for ImportRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportRequest")
            .field("name", &self.name)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// What is read, and how.
pub(super) struct Reading {
    pub(super) name: String,
    pub(super) reader: Box<dyn Read + Send>,
    pub(super) format: Option<Format>,
    pub(super) mapping: Mapping,
}

/// How an import ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// None for a plan.
    pub id: Option<ImportId>,
    pub rows: u64,
    pub counts: ImportCounts,
    /// Rows of which something was odd; each counts as what became of it, too.
    pub warned: u64,
    /// The first rows that were wrong or in conflict, 20 at the most.
    pub wrong: Vec<RowResult>,
}

impl App {
    /// Imports rows, or says what importing them would do.
    ///
    /// `on_progress` hears of every chunk. A wrong row is an outcome; the right ones still go in.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an input that can't be used at all: nothing of it is applied. Chunks applied before a
    /// [`Error::Busy`] stay; importing the same input again goes on from there.
    pub async fn import(
        self: &Arc<Self>,
        request: ImportRequest,
        on_progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<ImportReport> {
        let app = Arc::clone(self);
        self.detached(async move { app.run_import(request, &on_progress).await })
            .await
    }

    async fn run_import(
        &self,
        request: ImportRequest,
        on_progress: &(impl Fn(Progress) + Send + Sync),
    ) -> Result<ImportReport> {
        let ImportRequest {
            by,
            name,
            reader,
            format,
            mapping,
            plan,
            results,
        } = request;
        let reading = Reading {
            name: name.clone(),
            reader,
            format,
            mapping,
        };
        let staged = self.stage(reading, on_progress).await?;
        if plan {
            return self.apply_staged(staged, None, results, on_progress).await;
        }
        let held = self.own_creators(&staged.creators, on_progress).await?;
        self.apply_staged(staged, Some((&by, &name, held)), results, on_progress)
            .await
    }

    /// Reads and checks a whole input.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that can't be used at all.
    pub(super) async fn stage(
        &self,
        reading: Reading,
        on_progress: &(impl Fn(Progress) + Send + Sync),
    ) -> Result<Staged> {
        let config = self.config.load_full();
        let (steps, mut step) = tokio::sync::mpsc::channel(16);
        let reading = tokio::task::spawn_blocking(move || {
            let stage = stage::Stage {
                name: &reading.name,
                format: reading.format,
                mapping: reading.mapping,
                limits: &config.import,
            };
            // A word that finds no room is not missed: the next one says more.
            stage.read(reading.reader, |rows| {
                steps.try_send(rows).unwrap_or_default();
            })
        });
        while let Some(rows) = step.recv().await {
            on_progress(Progress {
                phase: Phase::Reading,
                rows,
                total: None,
            });
        }
        reading
            .await
            .map_err(Error::internal)?
            .map_err(|fault| unusable(&fault))
    }

    /// Waits until no other import has rows of these creators.
    pub(super) async fn own_creators(
        &self,
        creators: &BTreeSet<CreatorId>,
        on_progress: &(impl Fn(Progress) + Send + Sync),
    ) -> Result<ImportLock> {
        loop {
            if let Some(held) = self.catalog.try_lock_imports(creators).await? {
                return Ok(held);
            }
            on_progress(Progress {
                phase: Phase::Waiting,
                rows: 0,
                total: None,
            });
            tokio::time::sleep(WAIT).await;
        }
    }

    /// Applies what was read, chunk by chunk, under this name and with the right to import rows of these creators; without
    /// them it only says what would happen.
    pub(super) async fn apply_staged(
        &self,
        staged: Staged,
        named: Option<(&Actor, &str, ImportLock)>,
        results: Box<dyn Write + Send>,
        on_progress: &(impl Fn(Progress) + Send + Sync),
    ) -> Result<ImportReport> {
        let (name, held) = named.map(|(by, name, held)| ((by, name), held)).unzip();
        let rules = self.rules();
        let mut run = Run {
            held,
            id: None,
            creators: self.catalog.known_creators(&staged.creators).await?,
            preflight: preflight(&rules.value),
            rules: rules.version,
            stale: false,
            tally: Tally::default(),
            stop: CancellationToken::new(),
        };
        if let Some((by, name)) = name {
            run.id = Some(self.start_import(by, name, &staged).await?);
        }
        fault_points::pass("import.started");
        let rows = staged.rows;
        self.apply_all(staged, &mut run, results, on_progress)
            .await?;
        fault_points::pass("import.before_finish");
        if let (Some(id), Some((_by, name))) = (&run.id, name) {
            self.finish_import(id, run.tally.counts).await?;
            info!(import.id = %id, row.count = rows, "imported {rows} rows of `{name}`");
        }
        Ok(ImportReport {
            id: run.id,
            rows,
            counts: run.tally.counts,
            warned: run.tally.warned,
            wrong: run.tally.wrong,
        })
    }

    /// Applies what is staged, until its end or until the run is to stop. While the database takes a chunk, the next one is
    /// read and what became of the last one is written.
    pub(super) async fn apply_all(
        &self,
        staged: Staged,
        run: &mut Run,
        results: Box<dyn Write + Send>,
        on_progress: &(impl Fn(Progress) + Send + Sync),
    ) -> Result<()> {
        let file = ResultFile::open(results);
        let applied = self.apply_chunks(staged, run, &file, on_progress).await;
        file.close().await.map_err(|error| unwritten(&error))?;
        applied
    }

    async fn apply_chunks(
        &self,
        staged: Staged,
        run: &mut Run,
        file: &ResultFile,
        on_progress: &(impl Fn(Progress) + Send + Sync),
    ) -> Result<()> {
        let total = Some(staged.rows);
        let mut chunks = staged.into_chunks(CHUNK, run.preflight.clone());
        let mut rows = run.tally.rows;
        while let Some(chunk) = chunks.recv().await {
            let chunk = chunk.map_err(Error::internal)?;
            if run.stop.is_cancelled() {
                return Ok(());
            }
            run.is_alone().await?;
            rows += chunk.len() as u64;
            if !file.take(self.apply_chunk(chunk, run).await?).await {
                return Ok(());
            }
            on_progress(Progress {
                phase: Phase::Applying,
                rows,
                total,
            });
        }
        Ok(())
    }

    /// Removes imports that ended longer ago than the retention allows, a bounded number at a time, and says how many.
    pub async fn forget_old_imports(&self) -> Result<u64> {
        let keep = self.config.load().retention.imports;
        let mut tx = self.catalog.begin().await?;
        let gone = tx
            .forget_imports(self.clock.now().before(keep), SWEEP)
            .await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn start_import(&self, by: &Actor, name: &str, staged: &Staged) -> Result<ImportId> {
        let now = self.clock.now();
        let id = ImportId::from(self.random.id(now));
        let mut tx = self.catalog.begin().await?;
        tx.start_import(&id, name, &staged.digest, now).await?;
        let mut line = self.audit_line(by, Action::Import, id.as_str());
        line.after = told(
            &json!({ "name": name, "rows": staged.rows, "digest": staged.digest.to_string() }),
        );
        tx.add_audit(&line).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn finish_import(&self, id: &ImportId, counts: ImportCounts) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.finish_import(id, counts, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

fn unusable(fault: &Fault) -> Error {
    Error::Invalid(format!("nothing was imported: {fault}"))
}

/// The disk took no more of what became of the rows.
pub(super) fn unwritten(error: &std::io::Error) -> Error {
    Error::NoRoom(format!(
        "what becomes of each row can't be written: {error}; make room where it is written, or name another file, then import again: what is in stays"
    ))
}
