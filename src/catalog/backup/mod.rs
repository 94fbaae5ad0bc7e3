//! Copies of the whole catalog: taken while daemons serve, read back before they count, put into an empty database.
//!
//! A copy is what the database itself calls one: a SQLite file, or an archive of `pg_dump`. Both are one snapshot, so
//! nothing in them is half applied.

mod postgres;
mod sqlite;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

pub(super) use sqlite::Check;

use super::{
    Catalog,
    db::{Sql, args, statements},
    error::{Error, Result},
    schema::Migration,
};
use crate::{
    config::{Database, DatabaseKind},
    model::Timestamp,
};

statements! {
    /// Where the tables of the catalog lie.
    SCHEMA = Sql::each("SELECT 'main'", "SELECT CAST(current_schema() AS TEXT)");
}

/// What a copy, or the database itself, holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Migrations that its schema went through.
    pub versions: Vec<i64>,
    /// Rows of each table, by its name.
    pub rows: BTreeMap<String, u64>,
}

/// A copy that is to be put back.
struct Copy<'a> {
    file: &'a Path,
    /// Every migration of this program.
    known: &'a [Migration],
    /// From when on feeds count as changed.
    now: Timestamp,
}

impl Contents {
    /// Makes sure that this program can work with it.
    fn check(&self, file: &Path, known: &[Migration]) -> Result<()> {
        let file = file.display();
        if self.versions.is_empty() {
            return Err(Error::Backup(format!("`{file}` holds no catalog of mcnd")));
        }
        let is_known = |version: &i64| known.iter().any(|one| one.version == *version);
        match self.versions.iter().find(|version| !is_known(version)) {
            None => Ok(()),
            Some(newer) => Err(Error::Backup(format!(
                "`{file}` has migration {newer}, which this program does not know; use one at least as new as the backup"
            ))),
        }
    }

    /// Makes sure that `other` is all of it.
    fn check_same(&self, other: &Self) -> Result<()> {
        if self == other {
            return Ok(());
        }
        Err(Error::Backup(format!(
            "the restored database differs from the backup: {:?} instead of {:?}; empty it and try again",
            other.rows, self.rows
        )))
    }
}

impl Catalog {
    /// Copies the whole catalog, as it is at one moment, into a new file that only this user may read. Serving daemons go
    /// on. The copy is read back and synced before it gets its name. No deadline holds: it takes what the size takes.
    ///
    /// # Errors
    /// [`Error::Backup`] with what is in the way: the file is there, the folder is not, a program is missing, the
    /// database is damaged.
    pub async fn back_up(settings: &Database, file: &Path) -> Result<Contents> {
        if file.try_exists().unwrap_or(true) {
            return Err(Error::Backup(format!(
                "`{}` is there already; name a new file",
                file.display()
            )));
        }
        let catalog = Self::open(settings).await?;
        let known = catalog.migrations().await?;
        let schema = catalog.schema().await?;
        catalog.close().await;
        let (settings, file) = (settings.clone(), file.to_path_buf());
        blocking(move || {
            let copy = beside(&file)?;
            let contents = match settings.kind() {
                DatabaseKind::Sqlite => sqlite::copy(&database_file(&settings)?, copy.path())?,
                DatabaseKind::Postgres => postgres::dump(&settings, &schema, copy.path())?,
            };
            contents.check(&file, &known)?;
            keep(copy, &file)?;
            Ok(contents)
        })
        .await
    }

    /// Fills an empty database with the copy in `file`, and lets every feed count as changed at `now`: in one transaction,
    /// so that a kill leaves it empty or whole. A SQLite file that does not exist is made; its lock is the caller's to
    /// hold. Other tables of a Postgres database stay as they are.
    ///
    /// # Errors
    /// [`Error::Backup`]: the database is not empty or in use, the copy is damaged, from a newer program or from the
    /// other kind of database. Nothing is changed then.
    pub async fn restore(settings: &Database, file: &Path, now: Timestamp) -> Result<Contents> {
        check_kind(settings.kind(), file)?;
        // One connection, so that every other one is somebody else's.
        let alone = Database {
            connections: 1,
            ..settings.clone()
        };
        let catalog = Self::open_or_make(&alone).await?;
        catalog.check_vacant().await?;
        let (known, schema) = (catalog.known_migrations(), catalog.schema().await?);
        catalog.close().await;
        let (settings, file) = (settings.clone(), file.to_path_buf());
        blocking(move || {
            let copy = Copy {
                file: &file,
                known: &known,
                now,
            };
            match settings.kind() {
                DatabaseKind::Sqlite => sqlite::restore(&database_file(&settings)?, &copy),
                DatabaseKind::Postgres => postgres::restore(&settings, &schema, &copy),
            }
        })
        .await
    }

    /// The file of a SQLite catalog; none on Postgres.
    pub fn file(settings: &Database) -> Result<Option<PathBuf>> {
        match settings.kind() {
            DatabaseKind::Sqlite => database_file(settings).map(Some),
            DatabaseKind::Postgres => Ok(None),
        }
    }

    /// Where the tables lie.
    async fn schema(&self) -> Result<String> {
        let schema: Option<(String,)> = self.db.maybe(SCHEMA, &args![]).await?;
        Ok(schema.map_or_else(String::new, |(name,)| name))
    }
}

/// Lets every feed and the user list count as changed, under versions beyond any that was served: a crawler's tag must not
/// come to mean something else. `schema` is where the tables lie, as SQL names it.
fn outdate(schema: &str, now: Timestamp) -> String {
    let now = now.as_millis();
    format!(
        "UPDATE {schema}.creators SET feed_version = {now}, feed_changed_at = {now} WHERE feed_version < {now};\n\
         UPDATE {schema}.marks SET value = {now} WHERE name = 'user_list_version' AND value < {now};\n"
    )
}

/// What SQLite's own checks find wrong with the file of a catalog, on a thread that may block.
pub(super) async fn sqlite_faults(settings: &Database, check: Check) -> Result<Vec<String>> {
    let file = database_file(settings)?;
    blocking(move || sqlite::faults_of(&file, check)).await
}

/// What of a SQLite file's schema is not as its migrations make it, on a thread that may block.
pub(super) async fn sqlite_schema_faults(settings: &Database) -> Result<Vec<String>> {
    let file = database_file(settings)?;
    blocking(move || sqlite::schema_faults(&file)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panicked| Error::Unreadable(panicked.to_string()))?
}

fn database_file(settings: &Database) -> Result<PathBuf> {
    Ok(super::open::sqlite_options(settings)?
        .get_filename()
        .to_path_buf())
}

/// Tells the two kinds of copies apart by their first bytes.
fn check_kind(kind: DatabaseKind, file: &Path) -> Result<()> {
    let mut start = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(16).read_to_end(&mut start))
        .map_err(|error| unreadable(file, &error))?;
    let (found, from) = if start.starts_with(sqlite::MAGIC) {
        (DatabaseKind::Sqlite, "SQLite")
    } else if start.starts_with(postgres::MAGIC) {
        (DatabaseKind::Postgres, "Postgres")
    } else {
        return Err(Error::Backup(format!(
            "`{}` is no backup that mcnd made",
            file.display()
        )));
    };
    if found == kind {
        return Ok(());
    }
    Err(Error::Backup(format!(
        "`{}` is a backup of a {from} catalog; point `database.url` at an empty database of that kind",
        file.display()
    )))
}

/// A file without a name of its own yet, in the folder where the copy will stand.
fn beside(file: &Path) -> Result<NamedTempFile> {
    let folder = folder_of(file);
    NamedTempFile::new_in(folder).map_err(|error| {
        Error::Backup(format!(
            "nothing can be written into the folder `{}`: {error}",
            folder.display()
        ))
    })
}

/// Gives a finished copy its name, durably; never another file's.
fn keep(copy: NamedTempFile, file: &Path) -> Result<()> {
    let failed =
        |error: io::Error| Error::Backup(format!("`{}` can't be written: {error}", file.display()));
    copy.as_file().sync_all().map_err(failed)?;
    copy.persist_noclobber(file)
        .map_err(|refused| failed(refused.error))?;
    let folder = File::open(folder_of(file)).map_err(failed)?;
    folder.sync_all().map_err(failed)
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn unreadable(file: &Path, error: &dyn std::error::Error) -> Error {
    Error::Backup(format!("`{}` can't be read: {error}", file.display()))
}
