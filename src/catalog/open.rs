//! Opening the database: its settings, its version, and what makes it unfit for promises.

use std::{str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection as _, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    Catalog,
    db::{Db, Pools, Sql, args, statements},
    error::{Error, Result},
    feed_rows::FeedReader,
    lock::{self, ServeLock},
};
use crate::config::{Database, DatabaseKind};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Older libraries can corrupt a database in write-ahead-log mode.
const SQLITE_AT_LEAST: (i64, i64, i64) = (3, 51, 3);
/// Pages of the write-ahead log after which they are copied into the database: every one less often than by SQLite's own
/// measure of 1,000, which an import reaches with every second chunk.
const CHECKPOINT_PAGES: &str = "8000";
/// What the writer keeps of the database, as kibibytes below 0: the inner pages of its indexes, which an import of many
/// rows needs again and again. Filled only as it is used.
const WRITER_CACHE: &str = "-8000";

statements! {
    /// Answers when the database does, and whether it takes writes where it can tell. A standby does not.
    PING = Sql::each("SELECT TRUE", "SELECT current_setting('transaction_read_only') = 'off'");
    SQLITE_VERSION = Sql::each("SELECT sqlite_version()", "SELECT ''");
    SQLITE_SAFETY = Sql::each(
        "SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous)",
        "SELECT '', CAST(0 AS BIGINT)");
}

/// A migration of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    pub version: i64,
    pub name: String,
    pub applied: bool,
}

/// How the database's schema compares with this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// Migrations of this program are missing.
    Behind,
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
            .disable_statement_logging();
        let path = options.get_filename().to_path_buf();
        let write = sqlite_pool(1, settings)
            .after_release(|connection, _meta| Box::pin(is_done(connection)))
            .connect_with(writer(&options))
            .await
            .map_err(|error| unopened(&path, error))?;
        let read = sqlite_pool(settings.read_connections, settings)
            .connect_with(options.read_only(true))
            .await?;
        let feed = FeedReader::sqlite(path, settings.read_connections as usize);
        let catalog = Self {
            db: Db {
                pools: Pools::Sqlite { read, write },
                deadline: settings.statement_timeout,
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

    /// Brings the schema up to this program's.
    ///
    /// # Errors
    /// [`Error::Unusable`] when the database was made by a newer program or a migration was changed.
    pub async fn migrate(&self) -> Result<()> {
        match &self.db.pools {
            Pools::Sqlite { write, .. } => SQLITE.run(write).await,
            Pools::Postgres { shared, .. } => POSTGRES.run(shared).await,
        }
        .map_err(unmigrated)
    }

    /// Every migration of this program, and whether the database has it.
    ///
    /// # Errors
    /// [`Error::Unusable`] when the database has migrations that this program does not know.
    pub async fn migrations(&self) -> Result<Vec<Migration>> {
        let known = self.migrator();
        let applied = self.applied_versions().await?;
        if let Some(newer) = applied
            .iter()
            .find(|version| !known.version_exists(**version))
        {
            return Err(unmigrated(MigrateError::VersionMissing(*newer)));
        }
        let mut migrations = self.known_migrations();
        for migration in &mut migrations {
            migration.applied = applied.contains(&migration.version);
        }
        Ok(migrations)
    }

    /// Every migration of this program, as if the database had none.
    pub(super) fn known_migrations(&self) -> Vec<Migration> {
        self.migrator()
            .iter()
            .map(|migration| Migration {
                version: migration.version,
                name: migration.description.to_string(),
                applied: false,
            })
            .collect()
    }

    /// Whether the database has every migration of this program.
    pub async fn schema_state(&self) -> Result<SchemaState> {
        let current = self
            .migrations()
            .await?
            .iter()
            .all(|migration| migration.applied);
        Ok(if current {
            SchemaState::Current
        } else {
            SchemaState::Behind
        })
    }

    fn migrator(&self) -> &'static Migrator {
        if self.db.is_postgres() {
            &POSTGRES
        } else {
            &SQLITE
        }
    }

    async fn applied_versions(&self) -> Result<Vec<i64>> {
        const APPLIED: Sql =
            Sql::same("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version");
        const EXISTS: Sql = Sql::each(
            "SELECT name FROM sqlite_schema WHERE name = '_sqlx_migrations'",
            "SELECT CAST(to_regclass('_sqlx_migrations') AS TEXT) WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
        );
        if self
            .db
            .maybe::<(String,)>(EXISTS, &args![])
            .await?
            .is_none()
        {
            return Ok(Vec::new());
        }
        let rows: Vec<(i64,)> = self.db.all(APPLIED, &args![]).await?;
        Ok(rows.into_iter().map(|(version,)| version).collect())
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
            "`{}` is no SQLite database; check `database.url`",
            path.display()
        )),
        _ => error.into(),
    }
}

fn unmigrated(error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(version) => Error::Unusable(format!(
            "the database has migration {version}, which this program does not know; run a program at least as new as the database"
        )),
        MigrateError::VersionMismatch(version) => Error::Unusable(format!(
            "migration {version} is not the one that the database was made with; run the program that made it"
        )),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => Error::Unusable(format!("the schema can't be brought up to date: {other}")),
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
}
