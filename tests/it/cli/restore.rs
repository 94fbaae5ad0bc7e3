//! Restore beside what must not be lost: older backups, tables of others, what was kept, a death in the middle.

use std::{os::unix::process::ExitStatusExt, path::Path, time::Duration};

use sqlx::{Connection, PgConnection, SqliteConnection, migrate::Migrator};

use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
    installation::Installation,
};

const LIMIT: Duration = Duration::from_mins(1);
const ABORTED: i32 = 6;

fn like(database: &TestDatabase) -> TestDatabase {
    match database.kind() {
        Kind::Sqlite => TestDatabase::sqlite(),
        Kind::Postgres => TestDatabase::postgres(),
    }
}

/// Brings a database to the schema that an older program had.
async fn migrate_until(last: i64, database: &TestDatabase) {
    let folder = match database.kind() {
        Kind::Sqlite => "migrations/sqlite",
        Kind::Postgres => "migrations/postgres",
    };
    let mut older = Migrator::new(Path::new(folder)).await.unwrap();
    older
        .migrations
        .to_mut()
        .retain(|migration| migration.version <= last);
    // The file of a SQLite database appears with its first statement.
    database.sql("SELECT 1");
    match database.kind() {
        Kind::Sqlite => {
            let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
            older.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        Kind::Postgres => {
            let mut connection = PgConnection::connect(&database.url).await.unwrap();
            older.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

const OLD_CREATOR: &str = "INSERT INTO creators (id, name, status, adopted, mode, announced, added_at, feed_version, feed_changed_at)
    VALUES ('old', 'Old', 'active', TRUE, 'drain', FALSE, 1, 1, 1)";

/// A backup of a catalog whose schema is older than this program, with a table of somebody else beside it on Postgres.
async fn older_backup(database: TestDatabase) -> Installation {
    migrate_until(5, &database).await;
    database.sql(OLD_CREATOR);
    if database.kind() == Kind::Postgres {
        database.sql("CREATE TABLE orders (id BIGINT); INSERT INTO orders VALUES (1)");
    }
    let installation = Installation::bare(database);
    let made = installation.lines(&["backup", "copy", "--json"]).await;
    assert_eq!(made[0]["schema"], 5);
    assert_eq!(made[0]["rows"]["creators"], 1);
    assert_eq!(made[0]["rows"].get("orders"), None);
    installation
}

both!(
    async fn an_older_backup_is_restored_into_a_new_database(db: TestDatabase) {
        let installation = older_backup(db).await;
        let copy = installation.path("copy");
        let restore = ["restore", copy.to_str().unwrap()];
        for migrated in [true, false] {
            let other = Installation::bare(like(&installation.database));
            if migrated {
                other.done(&["migrate"]).await;
            }
            let theirs = other.database.kind() == Kind::Postgres;
            if theirs {
                other
                    .database
                    .sql("CREATE TABLE orders (id BIGINT, note TEXT); INSERT INTO orders VALUES (7, 'mine')");
            }
            other.done(&restore).await;
            other.done(&["migrate"]).await;
            let creators = "SELECT MIN(id) FROM creators WHERE feed_version > 1";
            assert_eq!(other.database.value(creators), "old");
            other.done(&["doctor", "--deep"]).await;
            if theirs {
                assert_eq!(other.database.value("SELECT note FROM orders"), "mine");
            }
        }
    }
);

#[tokio::test]
async fn a_file_with_tables_of_others_is_not_replaced() {
    let installation = older_backup(TestDatabase::sqlite()).await;
    let copy = installation.path("copy");
    let other = Installation::new(TestDatabase::sqlite()).await;
    other.database.sql("CREATE TABLE orders (id BIGINT)");
    let refused = other.ends(&["restore", copy.to_str().unwrap()], 1).await;
    assert!(refused.err.contains("`orders`"), "{}", refused.err);
}

both!(
    async fn whatever_was_kept_is_in_the_way(db: TestDatabase) {
        let installation = older_backup(db).await;
        let copy = installation.path("copy");
        let other = Installation::new(like(&installation.database)).await;
        let nothing = match other.database.kind() {
            Kind::Sqlite => "x''",
            Kind::Postgres => "''::bytea",
        };
        let digest = match other.database.kind() {
            Kind::Sqlite => "zeroblob(32)",
            Kind::Postgres => "decode(repeat('00', 32), 'hex')",
        };
        let keep = |table: &str, columns: &str, values: &str| {
            other.database.sql(&format!(
                "INSERT INTO {table} ({columns}) VALUES ({values})"
            ));
        };
        let quarantined = format!("'q', 1, '127.0.0.1', 'no JSON', 0, {nothing}");
        let imported = format!("'i', 'rows.csv', {digest}, 1");
        for table in ["sources", "quarantine", "imports", "operators"] {
            match table {
                "quarantine" => keep(
                    table,
                    "id, received_at, address, reason, bytes, body",
                    &quarantined,
                ),
                "imports" => keep(table, "id, source, digest, started_at", &imported),
                "operators" => keep(table, "id, name, role, added_at", "'o', 'ann', 'owner', 1"),
                _ => {
                    let add = ["source", "add", "partner", "https://feeds.example/a.xml"];
                    other.done(&add).await;
                }
            }
            let refused = other.ends(&["restore", copy.to_str().unwrap()], 1).await;
            assert!(
                refused.err.contains("holds a catalog already"),
                "{table}: {}",
                refused.err
            );
            let count = format!("SELECT COUNT(*) FROM {table}");
            assert_eq!(other.database.value(&count), "1", "{table}");
            other
                .database
                .sql(&format!("DELETE FROM {table}; DELETE FROM audit"));
        }
        other.done(&["restore", copy.to_str().unwrap()]).await;
    }
);

both!(
    async fn a_death_in_the_middle_leaves_the_database_empty_or_whole(db: TestDatabase) {
        let installation = older_backup(db).await;
        let copy = installation.path("copy");
        let restore = ["restore", copy.to_str().unwrap()];
        let other = Installation::new(like(&installation.database)).await;
        for (point, creators) in [
            ("restore.before_commit", "0"),
            ("restore.after_commit", "1"),
        ] {
            let dying = other.start(&restore, &[("MCND_DIE_AT", point)]);
            let ended = dying.ends_within(LIMIT).await;
            assert_eq!(ended.status.signal(), Some(ABORTED), "{point}: {ended:?}");
            let found = other.database.value("SELECT COUNT(*) FROM creators");
            assert_eq!(found, creators, "{point}");
        }
        let in_force = "SELECT COUNT(*) FROM creators WHERE feed_version = 1";
        assert_eq!(other.database.value(in_force), "0");
    }
);
