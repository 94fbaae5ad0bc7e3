//! Kept sources, and the leases that let one daemon pull a source at a time.

use std::time::Duration;

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    events::digest,
    rows::{moment, read},
};
use crate::model::{
    CreatorId, ImportId, KnownDocument, LastPull, Recipe, Source, SourceId, Timestamp,
};

macro_rules! select_sources {
    ($rest:literal) => {
        concat!(
            "SELECT id, creator_id, url, credentials_file, recipe, period, paused, added_at, due_at, failures, etag,
                last_modified, digest, items, waiting_items, pulled_at, outcome, message, import_id
           FROM sources ",
            $rest
        )
    };
}

/// Whether a source is due at a moment of the daemon's clock. A moment that no pull would have chosen was written under a
/// clock that has jumped back since: it is further ahead than the period and a tenth, and than the day that a server may
/// ask for when it fails.
macro_rules! is_due {
    ($now:literal) => {
        concat!(
            "(due_at <= ", $now, " OR due_at - ", $now,
            " > CASE WHEN failures > 0 AND period * 11 / 10 < 86400000 THEN 86400000 ELSE period * 11 / 10 END)"
        )
    };
}

statements! {
    FIND = Sql::same(select_sources!("WHERE id = $1"));
    LIST = Sql::same(select_sources!("WHERE id > $1 ORDER BY id LIMIT $2"));
    DUE = Sql::same(concat!(
        "SELECT id FROM sources WHERE due_at IS NOT NULL AND ", is_due!("$1"), " ORDER BY due_at LIMIT $2"));
    ADD = Sql::same(
        "INSERT INTO sources (id, creator_id, url, credentials_file, recipe, period, added_at, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO NOTHING");
    REMOVE = Sql::same("DELETE FROM sources WHERE id = $1");
    PAUSE = Sql::same("UPDATE sources SET paused = $2, due_at = $3 WHERE id = $1");
    WAITS = Sql::same("SELECT id FROM sources WHERE id = $1 AND waiting_items IS NOT NULL");
    COUNTS = Sql::same(
        "SELECT CAST(COUNT(*) AS BIGINT), CAST(COUNT(CASE WHEN paused THEN 1 END) AS BIGINT),
                CAST(COUNT(CASE WHEN failures > 0 THEN 1 END) AS BIGINT), CAST(COUNT(waiting_items) AS BIGINT)
           FROM sources");
    NOW = Sql::each("SELECT 0", "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)");
    /// A lease that ends much later than any that begins now was written under a clock that has jumped back since; one that
    /// is renewed at this moment ends a little later.
    CLAIM = Sql::same(concat!(
        "UPDATE sources
            SET lease = $2, lease_until = $4
          WHERE id = $1 AND (lease_until IS NULL OR lease_until <= $3 OR lease_until > $6)
            AND (CAST($5 AS BIGINT) IS NULL OR ", is_due!("CAST($5 AS BIGINT)"), ")"));
    RENEW = Sql::same("UPDATE sources SET lease_until = $3 WHERE id = $1 AND lease = $2");
    SETTLE = Sql::same(
        "UPDATE sources
            SET due_at = CASE WHEN paused THEN NULL ELSE CAST($3 AS BIGINT) END, failures = $4, etag = $5, last_modified = $6,
                digest = $7, items = $8, waiting_items = $9, pulled_at = $10, outcome = $11, message = $12,
                import_id = $13, lease = NULL, lease_until = NULL
          WHERE id = $1 AND lease = $2");
    RELEASE = Sql::same("UPDATE sources SET lease = NULL, lease_until = NULL WHERE id = $1 AND lease = $2");
}

/// A source to be kept.
#[derive(Clone, Debug)]
pub struct NewSource {
    pub id: SourceId,
    pub creator: Option<CreatorId>,
    pub url: String,
    pub credentials_file: Option<String>,
    pub recipe: Recipe,
    pub every: Option<Duration>,
}

/// How the sources stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SourceCounts {
    pub kept: i64,
    pub paused: i64,
    /// Those whose last pull did not succeed.
    pub failing: i64,
    /// Those that have a document which waits for consent.
    pub waiting: i64,
}

#[derive(sqlx::FromRow)]
struct SourceRow {
    id: String,
    creator_id: Option<String>,
    url: String,
    credentials_file: Option<String>,
    recipe: String,
    period: Option<i64>,
    paused: bool,
    added_at: i64,
    due_at: Option<i64>,
    failures: i64,
    etag: Option<String>,
    last_modified: Option<String>,
    digest: Option<Vec<u8>>,
    items: Option<i64>,
    waiting_items: Option<i64>,
    pulled_at: Option<i64>,
    outcome: Option<String>,
    message: Option<String>,
    import_id: Option<String>,
}

impl TryFrom<SourceRow> for Source {
    type Error = Error;

    fn try_from(row: SourceRow) -> Result<Self> {
        let recipe = serde_json::from_str(&row.recipe);
        let last = match (row.pulled_at, row.outcome) {
            (Some(at), Some(outcome)) => Some(LastPull {
                at: Timestamp::from_millis(at),
                outcome: read(&outcome)?,
                message: row.message,
                import: row.import_id.map(ImportId::from),
            }),
            _ => None,
        };
        Ok(Self {
            id: read(&row.id)?,
            creator: row.creator_id.as_deref().map(read).transpose()?,
            url: row.url,
            credentials_file: row.credentials_file,
            recipe: recipe.map_err(|odd| Error::Unreadable(odd.to_string()))?,
            every: row.period.and_then(period),
            paused: row.paused,
            added_at: Timestamp::from_millis(row.added_at),
            due_at: moment(row.due_at),
            failures: row.failures,
            known: KnownDocument {
                etag: row.etag,
                last_modified: row.last_modified,
                digest: row.digest.map(digest).transpose()?,
                items: row.items,
            },
            waiting_items: row.waiting_items,
            last,
        })
    }
}

fn period(millis: i64) -> Option<Duration> {
    u64::try_from(millis).ok().map(Duration::from_millis)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Catalog {
    /// The source of that id.
    pub async fn find_source(&self, id: &SourceId) -> Result<Option<Source>> {
        let row: Option<SourceRow> = self.db.maybe(FIND, &args![id]).await?;
        row.map(Source::try_from).transpose()
    }

    /// Sources in the order of their ids, at most `limit`, behind `after`.
    pub async fn list_sources(&self, after: Option<&SourceId>, limit: i64) -> Result<Vec<Source>> {
        let after = after.map_or("", SourceId::as_str);
        let rows: Vec<SourceRow> = self.db.all(LIST, &args![after, limit]).await?;
        let ids = rows.iter().map(|row| row.id.as_str());
        self.db.guard.goes_on(after, ids)?;
        rows.into_iter().map(Source::try_from).collect()
    }

    /// Sources that are due, the longest due first, whether somebody pulls them just now or not.
    pub async fn due_sources(&self, now: Timestamp, limit: i64) -> Result<Vec<SourceId>> {
        let rows: Vec<(String,)> = self.db.all(DUE, &args![now, limit]).await?;
        rows.iter().map(|(id,)| read(id)).collect()
    }

    /// How the sources stand.
    pub async fn source_counts(&self) -> Result<SourceCounts> {
        let row: Option<(i64, i64, i64, i64)> = self.db.maybe(COUNTS, &args![]).await?;
        let (kept, paused, failing, waiting) = row.unwrap_or_default();
        Ok(SourceCounts {
            kept,
            paused,
            failing,
            waiting,
        })
    }
}

impl Tx {
    /// Keeps a source, which is due at once if it has a period; false when the id is taken.
    pub async fn add_source(&mut self, new: &NewSource, now: Timestamp) -> Result<bool> {
        let recipe = serde_json::to_string(&new.recipe).map_err(Error::argument)?;
        let args = args![
            &new.id,
            new.creator.as_ref(),
            new.url.as_str(),
            new.credentials_file.clone(),
            recipe,
            new.every.map(millis),
            now,
            new.every.map(|_| now),
        ];
        Ok(self.run(ADD, &args).await? == 1)
    }

    /// Forgets a source, never what came from it; false when there is none.
    pub async fn remove_source(&mut self, id: &SourceId) -> Result<bool> {
        Ok(self.run(REMOVE, &args![id]).await? == 1)
    }

    /// Lets a source rest, or takes it up again so that it is due at that moment.
    pub async fn pause_source(
        &mut self,
        id: &SourceId,
        paused: bool,
        due_at: Option<Timestamp>,
    ) -> Result<()> {
        self.run(PAUSE, &args![id, paused, due_at])
            .await
            .map(|_one| ())
    }

    /// Whether a document of the source waits for consent.
    pub async fn source_waits(&mut self, id: &SourceId) -> Result<bool> {
        let waits: Option<(String,)> = self.maybe(WAITS, &args![id]).await?;
        Ok(waits.is_some())
    }

    /// Takes a source for as long as `lease`, under a name that nobody else has; false while somebody else has it, and
    /// where it must be `due` by a moment and is not any more. On Postgres the database's clock counts for the lease, because
    /// daemons' clocks differ.
    pub async fn claim_source(
        &mut self,
        id: &SourceId,
        name: &str,
        due: Option<Timestamp>,
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool> {
        let now = self.lease_clock(now).await?;
        let void = now.after(lease * 2);
        let args = args![id, name, now, now.after(lease), due, void];
        Ok(self.run(CLAIM, &args).await? == 1)
    }

    /// Keeps a source for longer; false when it is somebody else's by now.
    pub async fn renew_source(
        &mut self,
        id: &SourceId,
        name: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool> {
        let until = self.lease_clock(now).await?.after(lease);
        Ok(self.run(RENEW, &args![id, name, until]).await? == 1)
    }

    /// Writes what a pull found, and gives the source back. Answers what it is then, which is not due if it was paused
    /// meanwhile; none when it is somebody else's by now.
    pub async fn settle_source(&mut self, source: &Source, name: &str) -> Result<Option<Source>> {
        let (known, last) = (&source.known, source.last.as_ref());
        let args = args![
            &source.id,
            name,
            source.due_at,
            source.failures,
            known.etag.clone(),
            known.last_modified.clone(),
            known.digest.as_ref(),
            known.items,
            source.waiting_items,
            last.map(|last| last.at),
            last.map(|last| last.outcome.as_str()),
            last.and_then(|last| last.message.clone()),
            last.and_then(|last| last.import.as_ref().map(ImportId::as_str)),
        ];
        if self.run(SETTLE, &args).await? == 0 {
            return Ok(None);
        }
        let row: Option<SourceRow> = self.maybe(FIND, &args![&source.id]).await?;
        row.map(Source::try_from).transpose()
    }

    /// Gives a source back as it was.
    pub async fn release_source(&mut self, id: &SourceId, name: &str) -> Result<()> {
        self.run(RELEASE, &args![id, name]).await.map(|_one| ())
    }

    /// The clock that leases go by: the database's on Postgres, because daemons' clocks differ.
    pub(super) async fn lease_clock(&mut self, now: Timestamp) -> Result<Timestamp> {
        if !self.is_postgres() {
            return Ok(now);
        }
        let row: Option<(i64,)> = self.maybe(NOW, &args![]).await?;
        Ok(row.map_or(now, |(millis,)| Timestamp::from_millis(millis)))
    }
}
