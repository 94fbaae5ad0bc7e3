//! Opening the database: its settings, its program's version, and what makes it unfit for promises.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    Catalog,
    db::{Db, Pools, Sql, args, statements},
    error::{Error, RESTORE, Result},
    feed_rows::FeedReader,
    lock::{self, ServeLock},
    trust::Guard,
};
use crate::config::{Database, DatabaseKind};

/// Older libraries can corrupt a database in write-ahead-log mode.
const SQLITE_AT_LEAST: (i64, i64, i64) = (3, 51, 3);
/// Pages of the write-ahead log after which they are copied into the database: every one less often than by SQLite's own
/// measure of 1,000, which an import reaches with every second chunk.
const CHECKPOINT_PAGES: &str = "8000";
/// What is left of a write-ahead log that had to grow, once all of it is in the database.
const LOG_BYTES: &str = "67108864";
/// What the writer keeps of the database, as kibibytes below 0: the inner pages of its indexes, which an import of many
/// rows needs again and again. Filled only as it is used.
const WRITER_CACHE: &str = "-8000";
/// Steps of a reader's statement between two looks at the time: some hundred microseconds.
pub(super) const STEPS: i32 = 10_000;

statements! {
    /// Answers when the database does, and whether it takes writes where it can tell. A standby does not.
    PING = Sql::each("SELECT TRUE", "SELECT current_setting('transaction_read_only') = 'off'");
    SQLITE_VERSION = Sql::each("SELECT sqlite_version()", "SELECT ''");
    SQLITE_SAFETY = Sql::each(
        "SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous)",
        "SELECT '', CAST(0 AS BIGINT)");
}

impl Catalog {
    /// Opens the database. The schema is left as it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the server can't be reached, [`Error::Unusable`] when the database is not there or can't
    /// keep promises.
    pub async fn open(settings: &Database) -> Result<Self> {
        if let Some(file) = Self::file(settings)?
            && !file.try_exists().unwrap_or(true)
        {
            return Err(Error::Unusable(format!(
                "there is no database at `{}`; check `database.url`, or let `mcnd serve` or `mcnd migrate` make it",
                file.display()
            )));
        }
        Self::open_or_make(settings).await
    }

    /// Opens the database as [`Self::open`] does; a SQLite file that does not exist is made.
    pub async fn open_or_make(settings: &Database) -> Result<Self> {
        match settings.kind() {
            DatabaseKind::Sqlite => Self::open_sqlite(settings).await,
            DatabaseKind::Postgres => Self::open_postgres(settings).await,
        }
    }

    async fn open_sqlite(settings: &Database) -> Result<Self> {
        let options = sqlite_options(settings)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .pragma("journal_size_limit", LOG_BYTES)
            .disable_statement_logging();
        let path = options.get_filename().to_path_buf();
        let write = sqlite_pool(1, settings)
            .after_release(|connection, _meta| Box::pin(is_done(connection)))
            .connect_with(writer(&options))
            .await
            .map_err(|error| unopened(&path, error))?;
        let cap = settings.statement_timeout;
        let read = sqlite_pool(settings.read_connections, settings)
            .after_connect(move |connection, _meta| Box::pin(give_time(connection, cap)))
            .before_acquire(move |connection, _meta| {
                Box::pin(async move { give_time(connection, cap).await.map(|()| true) })
            })
            .connect_with(options.read_only(true))
            .await?;
        let feed = FeedReader::sqlite(path, settings.read_connections as usize);
        let catalog = Self {
            db: Db {
                pools: Pools::Sqlite { read, write },
                guard: Guard::new(settings.statement_timeout),
            },
            feed,
        };
        catalog.check_sqlite().await?;
        Ok(catalog)
    }

    async fn check_sqlite(&self) -> Result<()> {
        let version: Option<(String,)> = self.db.maybe(SQLITE_VERSION, &args![]).await?;
        let version = version.map(|(text,)| text).unwrap_or_default();
        if numbers(&version) < Some(SQLITE_AT_LEAST) {
            return Err(Error::Unusable(format!(
                "SQLite {version} can corrupt a database; 3.51.3 or newer is needed"
            )));
        }
        let safety: Option<(String, i64)> =
            self.begin().await?.maybe(SQLITE_SAFETY, &args![]).await?;
        match safety {
            Some((journal, 2)) if journal == "wal" => Ok(()),
            other => Err(Error::Unusable(format!(
                "the database file can't be used with a write-ahead log and full synchronisation ({other:?}); move it to a local disk"
            ))),
        }
    }

    /// Says who serves a SQLite file already, if somebody does.
    ///
    /// # Errors
    /// [`Error::Unusable`] that names the other daemon.
    pub fn check_free(settings: &Database) -> Result<()> {
        match Self::file(settings)? {
            Some(file) => lock::check_free(&file),
            None => Ok(()),
        }
    }

    /// Makes this process the one that serves a SQLite file. Postgres takes any number of daemons.
    ///
    /// # Errors
    /// [`Error::Unusable`] that names the daemon which serves it already.
    pub fn lock(settings: &Database) -> Result<Option<ServeLock>> {
        match settings.kind() {
            DatabaseKind::Sqlite => lock::take(sqlite_options(settings)?.get_filename()).map(Some),
            DatabaseKind::Postgres => Ok(None),
        }
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] from a Postgres that takes no writes.
    pub async fn ping(&self) -> Result<()> {
        let writable: Option<(bool,)> = self.db.maybe(PING, &args![]).await?;
        match writable {
            Some((true,)) => Ok(()),
            _ => Err(Error::ReadOnly),
        }
    }
}

pub(super) fn sqlite_options(settings: &Database) -> Result<SqliteConnectOptions> {
    SqliteConnectOptions::from_str(settings.url.expose())
        .map_err(|_odd| Error::Unusable("`database.url` is no address of a SQLite file".to_owned()))
}

/// The writer's own settings.
fn writer(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    // A statement that adds many rows keeps what it may have to undo; in a file by itself that costs as much as the rows.
    options
        .clone()
        .pragma("cache_size", WRITER_CACHE)
        .pragma("temp_store", "memory")
}

fn sqlite_pool(size: u32, settings: &Database) -> SqlitePoolOptions {
    // A connection is a thread and a cache; neither gets better by being made anew.
    SqlitePoolOptions::new()
        .max_connections(size)
        .acquire_timeout(settings.statement_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// Ends what a reader does after so long: a statement that nobody waits for any more would keep the write-ahead log from
/// being taken over into the database.
async fn give_time(connection: &mut SqliteConnection, cap: Duration) -> sqlx::Result<()> {
    let end = Instant::now() + cap;
    connection
        .lock_handle()
        .await?
        .set_progress_handler(STEPS, move || Instant::now() < end);
    Ok(())
}

/// Whether the writer's transaction has ended, so that it can begin another.
///
/// SQLite itself rolls back what finds no room on the disk. The driver then fails to roll it back and believes it open for
/// ever; such a connection is replaced.
async fn is_done(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    if connection.is_in_transaction() {
        // A rollback may still be on its way.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn unopened(path: &std::path::Path, error: sqlx::Error) -> Error {
    match error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .as_deref()
    {
        Some("14") => Error::Unusable(format!(
            "the database file `{}` can't be opened or made; does its folder exist and may this user write there?",
            path.display()
        )),
        Some("26") => Error::Unusable(format!(
            "`{}` is no SQLite database, or its first page is damaged; check `database.url`, or {RESTORE}",
            path.display()
        )),
        _ => error.into(),
    }
}

fn numbers(version: &str) -> Option<(i64, i64, i64)> {
    let mut parts = version.split('.').map(str::parse);
    Some((
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(numbers("3.51.3") >= Some(SQLITE_AT_LEAST));
        assert!(numbers("3.100.0") >= Some(SQLITE_AT_LEAST));
        assert!(numbers("3.51.2") < Some(SQLITE_AT_LEAST));
        assert!(numbers("odd") < Some(SQLITE_AT_LEAST));
    }

    #[tokio::test]
    async fn a_read_that_nobody_waits_for_comes_to_its_end() {
        const ENDLESS: Sql = Sql::same(
            "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted) SELECT COUNT(*) FROM counted",
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalog.sqlite");
        let settings = Database {
            url: crate::config::Secret::new(format!("sqlite:{}", file.display())),
            statement_timeout: Duration::from_millis(300),
            read_connections: 1,
            ..crate::config::Config::default().database
        };
        let catalog = Catalog::open_or_make(&settings).await.unwrap();
        for _ in 0..3 {
            let ended = catalog.db.maybe::<(i64,)>(ENDLESS, &args![]).await;
            assert!(ended.is_err());
            // The only connection is free again.
            catalog.db.maybe::<(i32,)>(PING, &args![]).await.unwrap();
        }
    }
}
