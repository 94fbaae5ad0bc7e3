//! A copy of a SQLite catalog is a SQLite file.

use std::{collections::BTreeMap, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, backup::Backup, config::DbConfig};

use super::{Contents, Copy, beside, outdate, unreadable};
use crate::{
    catalog::{
        error::{Error, Result},
        schema::SQLITE,
        vacant::MIGRATIONS,
    },
    fault_points,
};

/// The first bytes of such a file.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Longest wait for a lock that somebody else holds.
const PATIENCE: Duration = Duration::from_secs(5);
/// Faults of a file that are told.
const FAULTS: usize = 5;

/// How much of a file is looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::catalog) enum Check {
    /// Every page.
    Pages,
    /// Every page, key and reference.
    Full,
}

/// Copies the file at `database` into the empty file `copy`, and reads the copy back.
///
/// `VACUUM INTO` reads one snapshot beside the writer, and row by row: unlike a copy of pages it neither begins anew when
/// the daemon writes nor carries deleted rows along, and it meets damage. It leaves syncing to its caller.
pub(super) fn copy(database: &Path, copy: &Path) -> Result<Contents> {
    let source = open(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let name = copy.to_string_lossy();
    source
        .execute("VACUUM INTO ?1", [&*name])
        .map_err(|error| Error::Backup(format!("the database can't be copied: {error}")))?;
    read(copy)
}

/// Fills the database with the copy, in one transaction of SQLite's own that other connections wait for. What is put there
/// was made ready and counted in a file beside it.
pub(super) fn restore(database: &Path, copy: &Copy<'_>) -> Result<Contents> {
    let contents = read(copy.file)?;
    contents.check(copy.file, copy.known)?;
    let unwritten = |error: rusqlite::Error| {
        Error::Backup(format!(
            "the backup can't be written into `{}`: {error}",
            database.display()
        ))
    };
    let ready = beside(database)?;
    let mut source = open(ready.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    fill(
        &open(copy.file, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        &mut source,
    )
    .map_err(unwritten)?;
    source
        .execute_batch(&outdate("main", copy.now))
        .map_err(unwritten)?;
    let filled = contents_of(&source).map_err(|error| unreadable(ready.path(), &error))?;
    contents.check_same(&filled)?;
    fault_points::pass("restore.before_commit");
    let mut target = open(
        database,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    fill(&source, &mut target).map_err(unwritten)?;
    fault_points::pass("restore.after_commit");
    Ok(contents)
}

fn fill(source: &Connection, target: &mut Connection) -> rusqlite::Result<()> {
    Backup::new(source, target)?.run_to_completion(i32::MAX, PATIENCE, None)
}

/// What a copy holds, once every page and key of it was looked at.
fn read(copy: &Path) -> Result<Contents> {
    let faults = faults_of(copy, Check::Full)?;
    if !faults.is_empty() {
        return Err(Error::Backup(format!(
            "`{}` is damaged: {}",
            copy.display(),
            faults.join("; ")
        )));
    }
    let connection = open(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    contents_of(&connection).map_err(|error| unreadable(copy, &error))
}

/// What SQLite's own checks find wrong with a file; nothing when it is sound.
pub(super) fn faults_of(file: &Path, check: Check) -> Result<Vec<String>> {
    let connection = open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = match check {
        Check::Pages => told(&connection, "quick_check"),
        Check::Full => faults(&connection),
    };
    match found {
        // Damage may be such that even the check can't go on.
        Err(rusqlite::Error::SqliteFailure(error, words))
            if matches!(
                error.code,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
            ) =>
        {
            Ok(vec![words.unwrap_or_else(|| error.to_string())])
        }
        found => found.map_err(|error| unreadable(file, &error)),
    }
}

fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut faults = told(connection, "integrity_check")?;
    let mut check = connection.prepare("PRAGMA foreign_key_check")?;
    let found = check.query_map([], |row| {
        let (table, to): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of `{table}` points at none of `{to}`"))
    })?;
    for fault in found.take(FAULTS) {
        faults.push(fault?);
    }
    Ok(faults)
}

/// What a check of SQLite's own says.
fn told(connection: &Connection, check: &str) -> rusqlite::Result<Vec<String>> {
    let mut check = connection.prepare(&format!("PRAGMA {check}({FAULTS})"))?;
    let found = check.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults = found.collect::<rusqlite::Result<Vec<_>>>()?;
    faults.retain(|fault| fault != "ok");
    Ok(faults)
}

/// What of a file's schema is not as the migrations that it went through make it. An index or a table that somebody added is
/// theirs.
pub(super) fn schema_faults(file: &Path) -> Result<Vec<String>> {
    let connection = open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let differing = || {
        let (found, made) = (schema(&connection)?, made(&versions(&connection)?)?);
        let differing = made
            .into_iter()
            .filter(|(name, text)| found.get(name) != Some(text))
            .take(FAULTS)
            .map(|((kind, name), _text)| {
                format!("{kind} `{name}` is not as its migration makes it, by hand or by damage")
            });
        Ok(differing.collect())
    };
    differing().map_err(|error: rusqlite::Error| unreadable(file, &error))
}

/// The text of everything in a schema, by its kind and name; indexes of keys have none.
type Schema = BTreeMap<(String, String), Option<String>>;

/// The schema that these migrations make.
fn made(versions: &[i64]) -> rusqlite::Result<Schema> {
    let made = Connection::open_in_memory()?;
    let applied = |version: i64| versions.contains(&version);
    for migration in SQLITE.iter().filter(|one| applied(one.version)) {
        made.execute_batch(migration.sql.as_str())?;
    }
    schema(&made)
}

fn schema(connection: &Connection) -> rusqlite::Result<Schema> {
    let mut objects = connection.prepare("SELECT type, name, sql FROM sqlite_schema")?;
    let objects = objects.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    objects.collect()
}

fn contents_of(connection: &Connection) -> rusqlite::Result<Contents> {
    // What the index of words is kept in is no content.
    let mut names = connection.prepare(
        "SELECT name FROM sqlite_schema
          WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'video\\_search%' ESCAPE '\\'
          ORDER BY name",
    )?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    let mut contents = Contents::default();
    for name in names {
        let name = name?;
        if name == MIGRATIONS {
            contents.versions = versions(connection)?;
            continue;
        }
        let quoted = name.replace('"', "\"\"");
        let count = format!("SELECT COUNT(*) FROM \"{quoted}\"");
        let rows: i64 = connection.query_row(&count, [], |row| row.get(0))?;
        contents.rows.insert(name, rows.unsigned_abs());
    }
    Ok(contents)
}

fn versions(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut list = connection
        .prepare("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")?;
    list.query_map([], |row| row.get(0))?.collect()
}

/// Opens a file that may come from anywhere.
fn open(file: &Path, flags: OpenFlags) -> Result<Connection> {
    let opened = || {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        Ok(connection)
    };
    opened().map_err(|error: rusqlite::Error| unreadable(file, &error))
}
