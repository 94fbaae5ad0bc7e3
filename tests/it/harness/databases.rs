//! Throwaway databases, and a way into them that goes round the catalog.

use std::{
    any::Any,
    collections::BTreeMap,
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use rusqlite::types::ValueRef;
use tempfile::TempDir;

use super::{postgres::Server, session::Session};

/// Which of the two back ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// An empty database of its own for one test; it is gone when the value is.
pub(crate) struct TestDatabase {
    /// What `database.url` takes.
    pub(crate) url: String,
    place: Place,
}

enum Place {
    Sqlite(TempDir),
    Postgres {
        server: Server,
        database: Box<Server>,
        /// Files of daemons that use it.
        folder: TempDir,
    },
}

/// The name of the database file in its folder.
const FILE: &str = "catalog.sqlite";

impl TestDatabase {
    /// A file in a folder of its own; the file appears with the first connection.
    pub(crate) fn sqlite() -> Self {
        Self::sqlite_in(&std::env::temp_dir())
    }

    /// A file in a new folder within this one.
    pub(crate) fn sqlite_in(parent: &Path) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("mcnd-sqlite-")
            .tempdir_in(parent)
            .unwrap();
        Self {
            url: format!("sqlite:{}", folder.path().join(FILE).display()),
            place: Place::Sqlite(folder),
        }
    }

    /// A database on the Postgres server that all tests share.
    pub(crate) fn postgres() -> Self {
        Self::on(Server::shared())
    }

    /// A database on a given Postgres server.
    pub(crate) fn on(server: &Server) -> Self {
        let database = server.create_database();
        Self {
            url: database.url(),
            place: Place::Postgres {
                server: server.clone(),
                database: Box::new(database),
                folder: tempfile::Builder::new()
                    .prefix("mcnd-postgres-")
                    .tempdir()
                    .unwrap(),
            },
        }
    }

    /// A folder that is gone with the database.
    pub(crate) fn folder(&self) -> &Path {
        match &self.place {
            Place::Sqlite(folder) | Place::Postgres { folder, .. } => folder.path(),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.place {
            Place::Sqlite(_) => Kind::Sqlite,
            Place::Postgres { .. } => Kind::Postgres,
        }
    }

    /// Runs statements below the catalog, one after the other, in the database's own dialect.
    pub(crate) fn sql(&self, statements: &str) {
        match &self.place {
            Place::Sqlite(folder) => open(folder).execute_batch(statements).unwrap(),
            Place::Postgres { database, .. } => database.run(statements),
        }
    }

    /// Runs statements as [`Self::sql`] does; answers what the database complains about.
    pub(crate) fn try_sql(&self, statements: &str) -> Result<(), String> {
        match &self.place {
            Place::Sqlite(folder) => open(folder)
                .execute_batch(statements)
                .map_err(|error| error.to_string()),
            Place::Postgres { database, .. } => database.try_run(statements),
        }
    }

    /// A connection of a Postgres database that stays open.
    pub(crate) fn session(&self) -> Session {
        match &self.place {
            Place::Sqlite(_) => panic!("sessions are for Postgres"),
            Place::Postgres { database, .. } => Session::on(database),
        }
    }

    /// Keeps whoever writes waiting until the value is gone.
    pub(crate) fn hold_writers(&self) -> Box<dyn Any> {
        match &self.place {
            Place::Sqlite(folder) => {
                let holder = open(folder);
                holder.execute_batch("BEGIN IMMEDIATE").unwrap();
                Box::new(holder)
            }
            Place::Postgres { database, .. } => {
                let mut session = Session::on(database);
                session.run("BEGIN; LOCK TABLE events");
                Box::new(session)
            }
        }
    }

    /// Makes the text of one row of a table unreadable, so that whoever reads it meets an error there.
    pub(crate) fn spoil(&self, table: &str, column: &str, id: &str) {
        match self.kind() {
            Kind::Sqlite => self.sql(&format!(
                "UPDATE {table} SET {column} = CAST(X'ff' AS TEXT) WHERE id = '{id}'"
            )),
            Kind::Postgres => self.spoil_by_view(table, column, id),
        }
    }

    /// Postgres keeps no text that it can't read, so a view in the table's place fails at that row.
    fn spoil_by_view(&self, table: &str, column: &str, id: &str) {
        let names = self.query(&format!(
            "SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
        ));
        let shown = names.into_iter().map(|row| match row[0].as_deref() {
            Some(name) if name == column => format!(
                "CASE WHEN id = '{id}' THEN CAST(1 / (length(id) - {}) AS TEXT) ELSE {column} END AS {column}",
                id.len()
            ),
            name => name.unwrap().to_owned(),
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        self.sql(&format!(
            "ALTER TABLE {table} RENAME TO {table}_kept; CREATE VIEW {table} AS SELECT {shown} FROM {table}_kept"
        ));
    }

    /// The rows of one `SELECT`, every value as the database's own text.
    ///
    /// Bytes are `\x` and hexadecimal digits on both; a boolean is `t` or `f` on Postgres, `1` or
    /// `0` on SQLite.
    pub(crate) fn query(&self, select: &str) -> Vec<Vec<Option<String>>> {
        match &self.place {
            Place::Sqlite(folder) => sqlite_rows(&open(folder), select),
            Place::Postgres { database, .. } => database.rows(select),
        }
    }

    /// Every row of every table, but for those that an index of words is kept in.
    pub(crate) fn everything(&self) -> BTreeMap<String, Vec<Vec<Option<String>>>> {
        let tables = match self.kind() {
            Kind::Sqlite => {
                "SELECT name FROM sqlite_schema
                  WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'video_search%'"
            }
            Kind::Postgres => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        };
        let tables = self.query(tables).into_iter().flatten().flatten();
        let rows = |table: String| {
            let mut rows = self.query(&format!("SELECT * FROM {table}"));
            rows.sort();
            (table, rows)
        };
        tables.map(rows).collect()
    }

    /// Overwrites the first page of an index of a SQLite file, behind SQLite's back.
    pub(crate) fn damage_an_index(&self) {
        const PAGE: u64 = 4096;
        self.query("PRAGMA wal_checkpoint(TRUNCATE)");
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'events_by_time'";
        let page: u64 = self.value(root).parse().unwrap();
        let path = self.url.strip_prefix("sqlite:").unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.write_all_at(&[0xff; 4096], (page - 1) * PAGE).unwrap();
    }

    /// The rows of one `SELECT`, from where the program's own address leads.
    pub(crate) fn query_as_served(&self, select: &str) -> Vec<Vec<Option<String>>> {
        match &self.place {
            Place::Sqlite(folder) => sqlite_rows(&open(folder), select),
            Place::Postgres { .. } => Server::at(self.url.parse().unwrap()).rows(select),
        }
    }

    /// The one value of the one row of a `SELECT` that cannot be null, such as a count.
    pub(crate) fn value(&self, select: &str) -> String {
        let rows = self.query(select);
        match rows.as_slice() {
            [row] if row.len() == 1 => row[0].clone().expect("a value that is not null"),
            _ => panic!("one value expected from `{select}`, got {rows:?}"),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Postgres {
            server, database, ..
        } = &self.place
        {
            server.drop_database(database);
        }
    }
}

fn open(folder: &TempDir) -> rusqlite::Connection {
    let file: PathBuf = folder.path().join(FILE);
    let connection = rusqlite::Connection::open(file).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    connection
}

fn sqlite_rows(connection: &rusqlite::Connection, select: &str) -> Vec<Vec<Option<String>>> {
    let mut statement = connection.prepare(select).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..columns)
            .map(|column| row.get_ref(column).map(text))
            .collect()
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Some(
            bytes
                .iter()
                .fold("\\x".to_owned(), |hex, byte| format!("{hex}{byte:02x}")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, TestDatabase};
    use crate::harness::both;

    both!(
        async fn values_come_back_as_they_were_written(db: TestDatabase) {
            let bytes = match db.kind() {
                Kind::Sqlite => "X'00ff'",
                Kind::Postgres => "'\\x00ff'::bytea",
            };
            db.sql("CREATE TABLE words (id BIGINT, word TEXT); INSERT INTO words VALUES (1, 'a\\b\tc\n''é😀 :x'), (2, ''), (3, NULL)");
            let expected = [
                [Some("1"), Some("a\\b\tc\n'é😀 :x"), Some("\\x00ff")],
                [Some("2"), Some(""), Some("\\x00ff")],
                [Some("3"), None, Some("\\x00ff")],
            ];
            let rows = db.query(&format!("SELECT id, word, {bytes} FROM words ORDER BY id"));
            assert_eq!(
                rows,
                expected.map(|row| row.map(|value| value.map(str::to_owned)).to_vec())
            );
            assert_eq!(db.value("SELECT count(*) FROM words"), "3");
        }
    );

    both!(
        async fn two_databases_share_nothing(db: TestDatabase) {
            let other = match db.kind() {
                Kind::Sqlite => TestDatabase::sqlite(),
                Kind::Postgres => TestDatabase::postgres(),
            };
            db.sql("CREATE TABLE words (id BIGINT)");
            other.sql("CREATE TABLE words (id BIGINT); INSERT INTO words VALUES (1)");
            assert_eq!(db.value("SELECT count(*) FROM words"), "0");
            assert_ne!(db.url, other.url);
        }
    );

    both!(
        #[should_panic(expected = "no_such_table")]
        async fn a_wrong_statement_is_loud(db: TestDatabase) {
            db.sql("SELECT 1; INSERT INTO no_such_table VALUES (1)");
        }
    );
}
