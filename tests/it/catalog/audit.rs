//! Every statement of the catalog, prepared on a freshly migrated database and held to the dialect both databases share.

use std::collections::BTreeSet;

use mcnd::catalog::Catalog;
use sqlx::{Connection, Either, Executor, PgConnection, SqlSafeStr, SqliteConnection, Statement};

use super::store::Store;
use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
};

/// What no statement may say, and why.
const REFUSED: [(&str, &str); 9] = [
    (
        "::",
        "write `CAST`: SQLite reads a Postgres cast as part of a name",
    ),
    ("\"", "SQLite turns an unknown quoted name into a text"),
    ("?", "placeholders are `$1`, `$2`, …"),
    ("SELECT *", "name the columns: a migration may add one"),
    ("NOW()", "times are arguments"),
    ("CURRENT_TIMESTAMP", "times are arguments"),
    ("CLOCK_TIMESTAMP", "times are arguments"),
    ("DATETIME(", "times are arguments"),
    ("ILIKE", "write `lower(a) LIKE lower(b)`"),
];

both!(
    async fn every_statement_can_be_prepared(db: TestDatabase) {
        let store = Store::open(db).await;
        let mut faults = Vec::new();
        let mut prepare = Preparer::connect(&store.db).await;
        for (module, name, sql) in Catalog::statements() {
            let text = match store.db.kind() {
                Kind::Sqlite => sql.sqlite,
                Kind::Postgres => sql.postgres,
            };
            let expected = placeholders(text).len();
            match prepare.parameters(text).await {
                Ok(found) if found == expected => {}
                Ok(found) => faults.push(format!(
                    "{module}::{name}: {expected} placeholders, {found} parameters"
                )),
                Err(error) => faults.push(format!("{module}::{name}: {error}")),
            }
        }
        assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    }
);

/// Leases are held against the database's clock, because daemons' clocks differ.
const CLOCK_OF_LEASES: (&str, &str) = ("sources", "NOW");

#[test]
fn no_statement_leaves_the_shared_dialect() {
    let mut faults = Vec::new();
    let statements = Catalog::statements();
    let bound = statements
        .into_iter()
        .filter(|(module, name, _)| (*module, *name) != CLOCK_OF_LEASES);
    for (module, name, sql) in bound {
        for text in [sql.sqlite, sql.postgres] {
            let upper = text.to_uppercase();
            for (word, why) in REFUSED {
                if upper.contains(word) {
                    faults.push(format!("{module}::{name}: `{word}`: {why}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn both_texts_of_a_statement_take_the_same_arguments() {
    for (module, name, sql) in Catalog::statements() {
        let numbers = placeholders(sql.sqlite);
        assert_eq!(numbers, placeholders(sql.postgres), "{module}::{name}");
        assert_eq!(
            numbers.last().copied().unwrap_or(0),
            numbers.len(),
            "{module}::{name} leaves a number out"
        );
    }
}

#[test]
fn every_statement_has_a_name_of_its_own() {
    let names = Catalog::statements()
        .into_iter()
        .map(|(module, name, _)| (module, name))
        .collect::<Vec<_>>();
    assert!(names.len() > 50, "the list of statements has lost some");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

/// The numbers of the placeholders in a statement.
fn placeholders(text: &str) -> BTreeSet<usize> {
    text.split('$')
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|letter: char| !letter.is_ascii_digit());
            rest[..end.unwrap_or(rest.len())].parse().ok()
        })
        .collect()
}

/// A connection that only prepares.
enum Preparer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Preparer {
    async fn connect(db: &TestDatabase) -> Self {
        match db.kind() {
            Kind::Sqlite => Self::Sqlite(SqliteConnection::connect(&db.url).await.unwrap()),
            Kind::Postgres => Self::Postgres(PgConnection::connect(&db.url).await.unwrap()),
        }
    }

    /// How many parameters the database finds in a statement.
    async fn parameters(&mut self, text: &'static str) -> Result<usize, sqlx::Error> {
        let text = text.into_sql_str();
        match self {
            Self::Sqlite(connection) => Ok(counted(&connection.prepare(text).await?)),
            Self::Postgres(connection) => Ok(counted(&connection.prepare(text).await?)),
        }
    }
}

fn counted(statement: &impl Statement) -> usize {
    match statement.parameters() {
        Some(Either::Left(types)) => types.len(),
        Some(Either::Right(count)) => count,
        None => 0,
    }
}
