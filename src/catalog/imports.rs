//! Imports that were applied.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    events::digest,
    rows::{LAST, moment},
};
use crate::model::{Digest, ImportCounts, ImportId, ImportStanding, ImportState, Timestamp};

statements! {
    /// One that ended early begins again under its id.
    START = Sql::same(
        "INSERT INTO imports (id, source, digest, started_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET finished_at = NULL");
    NOTE = Sql::same(
        "UPDATE imports
            SET created = $2, updated = $3, unchanged = $4, conflicts = $5, blocked = $6, errors = $7
          WHERE id = $1");
    FINISH = Sql::same(
        "UPDATE imports
            SET finished_at = $2, created = $3, updated = $4, unchanged = $5, conflicts = $6, blocked = $7, errors = $8
          WHERE id = $1");
    NEWEST = Sql::same(
        "SELECT id, source, digest, started_at, finished_at, created, updated, unchanged, conflicts, blocked, errors
           FROM imports
          WHERE id < $1
          ORDER BY id DESC
          LIMIT $2");
    FIND = Sql::same(
        "SELECT id, source, digest, started_at, finished_at, created, updated, unchanged, conflicts, blocked, errors
           FROM imports
          WHERE id = $1");
    FORGET = Sql::same(
        "DELETE FROM imports
          WHERE id IN (SELECT id FROM imports
                        WHERE finished_at < $1 AND NOT EXISTS (SELECT 1 FROM sources WHERE import_id = imports.id)
                        ORDER BY id LIMIT $2)");
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRun {
    pub id: ImportId,
    /// The file's name, or `-` for standard input.
    pub source: String,
    /// SHA-256 of the bytes that were read.
    pub digest: Digest,
    pub started_at: Timestamp,
    /// None while it runs, and for one that never ended.
    pub finished_at: Option<Timestamp>,
    pub counts: ImportCounts,
}

impl ImportRun {
    /// Where it stands.
    pub fn standing(&self) -> ImportStanding {
        match self.finished_at {
            Some(_) => ImportStanding::In(ImportState::Applied),
            None => ImportStanding::Unfinished,
        }
    }
}

#[derive(sqlx::FromRow)]
struct ImportRow {
    id: String,
    source: String,
    digest: Vec<u8>,
    started_at: i64,
    finished_at: Option<i64>,
    created: i64,
    updated: i64,
    unchanged: i64,
    conflicts: i64,
    blocked: i64,
    errors: i64,
}

impl TryFrom<ImportRow> for ImportRun {
    type Error = Error;

    fn try_from(row: ImportRow) -> Result<Self> {
        Ok(Self {
            id: ImportId::from(row.id),
            source: row.source,
            digest: digest(row.digest)?,
            started_at: Timestamp::from_millis(row.started_at),
            finished_at: moment(row.finished_at),
            counts: ImportCounts {
                created: row.created,
                updated: row.updated,
                unchanged: row.unchanged,
                conflicts: row.conflicts,
                blocked: row.blocked,
                errors: row.errors,
            },
        })
    }
}

impl Catalog {
    /// The newest imports, newest first, older than the one of that id.
    pub async fn newest_imports(
        &self,
        before: Option<&ImportId>,
        limit: i64,
    ) -> Result<Vec<ImportRun>> {
        let before = before.map_or(LAST, ImportId::as_str);
        let rows: Vec<ImportRow> = self.db.all(NEWEST, &args![before, limit]).await?;
        rows.into_iter().map(ImportRun::try_from).collect()
    }

    /// The import of that id.
    pub async fn find_import(&self, id: &ImportId) -> Result<Option<ImportRun>> {
        let row: Option<ImportRow> = self.db.maybe(FIND, &args![id]).await?;
        row.map(ImportRun::try_from).transpose()
    }
}

impl Tx {
    /// Notes that an import begins, or goes on.
    pub async fn start_import(
        &mut self,
        id: &ImportId,
        source: &str,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<()> {
        self.run(START, &args![id, source, digest, now])
            .await
            .map(|_one| ())
    }

    /// Notes how far an import is, together with the rows that it says this of.
    pub async fn note_import(&mut self, id: &ImportId, counts: ImportCounts) -> Result<()> {
        let ImportCounts {
            created,
            updated,
            unchanged,
            conflicts,
            blocked,
            errors,
        } = counts;
        let args = args![id, created, updated, unchanged, conflicts, blocked, errors];
        self.run(NOTE, &args).await.map(|_one| ())
    }

    /// Notes how an import ended.
    pub async fn finish_import(
        &mut self,
        id: &ImportId,
        counts: ImportCounts,
        now: Timestamp,
    ) -> Result<()> {
        let ImportCounts {
            created,
            updated,
            unchanged,
            conflicts,
            blocked,
            errors,
        } = counts;
        let args = args![
            id, now, created, updated, unchanged, conflicts, blocked, errors
        ];
        self.run(FINISH, &args).await.map(|_one| ())
    }

    /// Removes up to `limit` imports that ended before a moment, but none that is the last one of a source.
    pub async fn forget_imports(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.run(FORGET, &args![before, limit]).await
    }
}
