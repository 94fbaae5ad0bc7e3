//! Imports of kept files, and the leases that let one task at a time work on each.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    events::digest,
    rows::{LAST, moment, read},
};
use crate::model::{
    ImportFile, ImportId, ImportOptions, ImportState, ImportSummary, Progress, Timestamp,
};

macro_rules! select_files {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, address, creator, recipe, made_by, added_at, changed_at, state, bytes, digest, progress, plan,
                applied, message, cancelling, gone_at, lease_until
           FROM import_files ",
            $rest
        )
    };
}

/// Nobody is at work on it. A lease that ends much later than any that begins now was written under a clock that has
/// jumped back since.
macro_rules! is_free {
    ($now:literal, $void:literal) => {
        concat!(
            "(lease_until IS NULL OR lease_until <= ",
            $now,
            " OR lease_until > ",
            $void,
            ")"
        )
    };
}

macro_rules! is_active {
    () => {
        "state IN ('fetching', 'planning', 'applying')"
    };
}

statements! {
    FIND = Sql::same(select_files!("WHERE id = $1"));
    NEWEST = Sql::same(select_files!("WHERE id < $1 ORDER BY id DESC LIMIT $2"));
    LEFT = Sql::same(concat!(
        "SELECT id FROM import_files WHERE ", is_active!(), " AND ", is_free!("$2", "$3"), " AND id > $1 ORDER BY id LIMIT $4"));
    ADD = Sql::same(
        "INSERT INTO import_files (id, name, address, creator, recipe, made_by, added_at, changed_at, state, bytes, digest,
                lease, lease_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12)");
    BEGIN = Sql::same(concat!(
        "UPDATE import_files
            SET state = $2, changed_at = $3, creator = $4, recipe = $5, progress = NULL, message = NULL, cancelling = FALSE,
                plan = CASE WHEN $2 = 'planning' THEN NULL ELSE plan END, lease = $6, lease_until = $8
          WHERE id = $1 AND gone_at IS NULL AND digest IS NOT NULL AND state <> 'applied'
            AND (NOT ", is_active!(), " OR ", is_free!("$7", "$9"), ")"));
    CLAIM = Sql::same(concat!(
        "UPDATE import_files SET lease = $2, lease_until = $4
          WHERE id = $1 AND ", is_active!(), " AND ", is_free!("$3", "$5")));
    RENEW = Sql::same(
        "UPDATE import_files SET progress = $3, lease_until = $4 WHERE id = $1 AND lease = $2 AND NOT cancelling");
    FETCHED = Sql::same(
        "UPDATE import_files
            SET state = $3, changed_at = $4, address = $5, bytes = $6, digest = $7, progress = NULL
          WHERE id = $1 AND lease = $2");
    SETTLE = Sql::same(
        "UPDATE import_files
            SET state = $3, changed_at = $4, message = $5, plan = COALESCE($6, plan), applied = COALESCE($7, applied),
                progress = NULL, cancelling = FALSE, lease = NULL, lease_until = NULL
          WHERE id = $1 AND lease = $2");
    RELEASE = Sql::same("UPDATE import_files SET lease = NULL, lease_until = NULL WHERE id = $1 AND lease = $2");
    ASK_TO_STOP = Sql::same(concat!(
        "UPDATE import_files SET cancelling = TRUE
          WHERE id = $1 AND ", is_active!(), " AND lease_until > $2 AND lease_until <= $3"));
    DISCARD = Sql::same(concat!(
        "UPDATE import_files
            SET state = CASE WHEN state = 'applied' THEN state ELSE 'cancelled' END, changed_at = $2, gone_at = $2,
                progress = NULL, cancelling = FALSE, lease = NULL, lease_until = NULL
          WHERE id = $1 AND gone_at IS NULL AND (NOT ", is_active!(), " OR ", is_free!("$3", "$4"), ")"));
    OLD = Sql::same(concat!(
        "SELECT id FROM import_files
          WHERE changed_at < $1 AND gone_at IS NULL AND (NOT ", is_active!(), " OR ", is_free!("$2", "$3"), ")
          ORDER BY changed_at LIMIT $4"));
    LET_GO = Sql::same(concat!(
        "UPDATE import_files
            SET gone_at = $2, message = CASE WHEN ", is_active!(), " THEN $6 ELSE message END,
                state = CASE WHEN ", is_active!(), " THEN 'failed' ELSE state END
          WHERE id = $1 AND changed_at < $3 AND gone_at IS NULL AND (NOT ", is_active!(), " OR ", is_free!("$4", "$5"), ")"));
    KEPT = Sql::same("SELECT id FROM import_files WHERE id = $1 AND gone_at IS NULL");
    FORGET = Sql::same(
        "DELETE FROM import_files
          WHERE id IN (SELECT id FROM import_files WHERE changed_at < $1 AND gone_at IS NOT NULL ORDER BY id LIMIT $2)");
}

/// What is said of an import that nobody has gone on with.
const LEFT_FOR_GOOD: &str = "no daemon that has its file went on with it; send the file again";

/// Work on an import that is to begin.
#[derive(Clone, Debug)]
pub struct Begin<'a> {
    pub id: &'a ImportId,
    /// What is begun.
    pub state: ImportState,
    pub options: &'a ImportOptions,
    /// A name that nobody else has.
    pub lease: &'a str,
}

/// Where an import came to, when work on it ends.
#[derive(Clone, Copy, Debug)]
pub struct Settled<'a> {
    pub state: ImportState,
    pub message: Option<&'a str>,
    /// Of a plan; none leaves the last one.
    pub plan: Option<&'a ImportSummary>,
    /// Of what was applied; none leaves what was known.
    pub applied: Option<&'a ImportSummary>,
}

#[derive(sqlx::FromRow)]
struct FileRow {
    id: String,
    name: String,
    address: Option<String>,
    creator: Option<String>,
    recipe: String,
    made_by: String,
    added_at: i64,
    changed_at: i64,
    state: String,
    bytes: i64,
    digest: Option<Vec<u8>>,
    progress: Option<String>,
    plan: Option<String>,
    applied: Option<String>,
    message: Option<String>,
    cancelling: bool,
    gone_at: Option<i64>,
    lease_until: Option<i64>,
}

impl TryFrom<FileRow> for ImportFile {
    type Error = Error;

    fn try_from(row: FileRow) -> Result<Self> {
        Ok(Self {
            id: ImportId::from(row.id),
            name: row.name,
            address: row.address,
            options: ImportOptions {
                creator: row.creator.as_deref().map(read).transpose()?,
                recipe: parsed(&row.recipe)?,
            },
            made_by: row.made_by,
            added_at: Timestamp::from_millis(row.added_at),
            changed_at: Timestamp::from_millis(row.changed_at),
            state: read(&row.state)?,
            bytes: row.bytes,
            digest: row.digest.map(digest).transpose()?,
            progress: row.progress.as_deref().map(parsed).transpose()?,
            plan: row.plan.as_deref().map(parsed).transpose()?,
            applied: row.applied.as_deref().map(parsed).transpose()?,
            message: row.message,
            cancelling: row.cancelling,
            gone_at: moment(row.gone_at),
            lease_until: moment(row.lease_until),
        })
    }
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Unreadable(error.to_string()))
}

fn written(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::argument)
}

impl Catalog {
    /// The import of that id, where it is one of a kept file.
    pub async fn find_import_file(&self, id: &ImportId) -> Result<Option<ImportFile>> {
        let row: Option<FileRow> = self.db.maybe(FIND, &args![id]).await?;
        row.map(ImportFile::try_from).transpose()
    }

    /// The newest imports of kept files, newest first, older than the one of that id.
    pub async fn newest_import_files(
        &self,
        before: Option<&ImportId>,
        limit: i64,
    ) -> Result<Vec<ImportFile>> {
        let before = before.map_or(LAST, ImportId::as_str);
        let rows: Vec<FileRow> = self.db.all(NEWEST, &args![before, limit]).await?;
        rows.into_iter().map(ImportFile::try_from).collect()
    }

    /// Imports that were left in the middle by whoever was at work on them, by their ids, behind the one of that id.
    pub async fn left_import_files(
        &self,
        behind: Option<&ImportId>,
        now: Timestamp,
        lease: Duration,
        limit: i64,
    ) -> Result<Vec<ImportId>> {
        let behind = behind.map_or("", ImportId::as_str);
        let args = args![behind, now, now.after(lease * 2), limit];
        let rows: Vec<(String,)> = self.db.all(LEFT, &args).await?;
        let ids = rows.iter().map(|(id,)| id.as_str());
        self.db.guard.goes_on(behind, ids)?;
        Ok(rows.into_iter().map(|(id,)| ImportId::from(id)).collect())
    }

    /// Imports whose files are kept and that came to their end or plan before a moment, or were left in the middle.
    pub async fn old_import_files(
        &self,
        before: Timestamp,
        now: Timestamp,
        lease: Duration,
        limit: i64,
    ) -> Result<Vec<ImportId>> {
        let args = args![before, now, now.after(lease * 2), limit];
        let rows: Vec<(String,)> = self.db.all(OLD, &args).await?;
        Ok(rows.into_iter().map(|(id,)| ImportId::from(id)).collect())
    }

    /// Whether the files of an import are to be kept.
    pub async fn keeps_import_file(&self, id: &ImportId) -> Result<bool> {
        let kept: Option<(String,)> = self.db.maybe(KEPT, &args![id]).await?;
        Ok(kept.is_some())
    }
}

impl Tx {
    /// Adds an import, for whoever holds the lease of that name to work on.
    pub async fn add_import_file(
        &mut self,
        file: &ImportFile,
        lease: &str,
        wait: Duration,
    ) -> Result<()> {
        let until = self.lease_clock(file.added_at).await?.after(wait);
        let args = args![
            &file.id,
            file.name.as_str(),
            file.address.clone(),
            file.options.creator.as_ref(),
            written(&file.options.recipe)?,
            file.made_by.as_str(),
            file.added_at,
            file.state.as_str(),
            file.bytes,
            file.digest.as_ref(),
            lease,
            until,
        ];
        self.run(ADD, &args).await.map(|_one| ())
    }

    /// Takes an import to plan or apply it; false while somebody else works on it, or where there is nothing to do.
    pub async fn begin_import_file(
        &mut self,
        begin: &Begin<'_>,
        now: Timestamp,
        wait: Duration,
    ) -> Result<bool> {
        let clock = self.lease_clock(now).await?;
        let args = args![
            begin.id,
            begin.state.as_str(),
            now,
            begin.options.creator.as_ref(),
            written(&begin.options.recipe)?,
            begin.lease,
            clock,
            clock.after(wait),
            clock.after(wait * 2),
        ];
        Ok(self.run(BEGIN, &args).await? == 1)
    }

    /// Takes an import that was left in the middle; false when somebody else has it.
    pub async fn claim_import_file(
        &mut self,
        id: &ImportId,
        lease: &str,
        now: Timestamp,
        wait: Duration,
    ) -> Result<bool> {
        let now = self.lease_clock(now).await?;
        let args = args![id, lease, now, now.after(wait), now.after(wait * 2)];
        Ok(self.run(CLAIM, &args).await? == 1)
    }

    /// Keeps an import for longer and says how far it is; false when it is to stop, or somebody else's by now.
    pub async fn renew_import_file(
        &mut self,
        id: &ImportId,
        lease: &str,
        progress: &Progress,
        (now, wait): (Timestamp, Duration),
    ) -> Result<bool> {
        let until = self.lease_clock(now).await?.after(wait);
        let args = args![id, lease, written(progress)?, until];
        Ok(self.run(RENEW, &args).await? == 1)
    }

    /// Notes that the file of an import is here, from this address, and what is done with it next; false when it is
    /// somebody else's.
    pub async fn note_fetched(
        &mut self,
        file: &ImportFile,
        lease: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let args = args![
            &file.id,
            lease,
            file.state.as_str(),
            now,
            file.address.clone(),
            file.bytes,
            file.digest.as_ref(),
        ];
        Ok(self.run(FETCHED, &args).await? == 1)
    }

    /// Writes where an import came to, and gives it back; false when it is somebody else's by now.
    pub async fn settle_import_file(
        &mut self,
        (id, lease): (&ImportId, &str),
        settled: Settled<'_>,
        now: Timestamp,
    ) -> Result<bool> {
        let args = args![
            id,
            lease,
            settled.state.as_str(),
            now,
            settled.message,
            settled.plan.map(written).transpose()?,
            settled.applied.map(written).transpose()?,
        ];
        Ok(self.run(SETTLE, &args).await? == 1)
    }

    /// Gives an import back in the middle, for the next one to go on with.
    pub async fn release_import_file(&mut self, id: &ImportId, lease: &str) -> Result<()> {
        self.run(RELEASE, &args![id, lease]).await.map(|_one| ())
    }

    /// Asks whoever is at work on an import to stop; false when nobody is.
    pub async fn ask_import_to_stop(
        &mut self,
        id: &ImportId,
        now: Timestamp,
        wait: Duration,
    ) -> Result<bool> {
        let now = self.lease_clock(now).await?;
        let args = args![id, now, now.after(wait * 2)];
        Ok(self.run(ASK_TO_STOP, &args).await? == 1)
    }

    /// Ends an import that nobody is at work on, and lets its files go; false when there is nothing to let go.
    pub async fn discard_import_file(
        &mut self,
        id: &ImportId,
        now: Timestamp,
        wait: Duration,
    ) -> Result<bool> {
        let clock = self.lease_clock(now).await?;
        let args = args![id, now, clock, clock.after(wait * 2)];
        Ok(self.run(DISCARD, &args).await? == 1)
    }

    /// Lets the files of an import go that came to where it stands before a moment; false when it has moved since. One that
    /// was left in the middle has failed then.
    pub async fn let_import_file_go(
        &mut self,
        id: &ImportId,
        before: Timestamp,
        now: Timestamp,
        wait: Duration,
    ) -> Result<bool> {
        let clock = self.lease_clock(now).await?;
        let args = args![id, now, before, clock, clock.after(wait * 2), LEFT_FOR_GOOD];
        Ok(self.run(LET_GO, &args).await? == 1)
    }

    /// Removes up to `limit` imports whose files are gone and that ended before a moment.
    pub async fn forget_import_files(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.run(FORGET, &args![before, limit]).await
    }
}
