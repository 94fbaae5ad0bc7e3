//! Both databases end with the same tables, columns and indexes.

use mcnd::catalog::SchemaState;

use super::store::Store;
use crate::harness::{both, databases::TestDatabase};

/// The index of words is each database's own: on SQLite it stands among the tables.
const SQLITE_COLUMNS: &str = "SELECT tables.name, columns.name,
        CASE columns.type WHEN 'INTEGER' THEN 'number' WHEN 'BLOB' THEN 'bytes' ELSE lower(columns.type) END,
        CASE columns.[notnull] WHEN 1 THEN 'filled' ELSE 'empty' END
   FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
  WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' AND tables.name <> '_sqlx_migrations'
    AND tables.name NOT LIKE 'video_search%'
  ORDER BY tables.name, columns.cid";
const POSTGRES_COLUMNS: &str = "SELECT table_name, column_name,
        CASE data_type WHEN 'bigint' THEN 'number' WHEN 'boolean' THEN 'number' WHEN 'bytea' THEN 'bytes' ELSE data_type END,
        CASE is_nullable WHEN 'NO' THEN 'filled' ELSE 'empty' END
   FROM information_schema.columns
  WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'
  ORDER BY table_name COLLATE \"C\", ordinal_position";

const SQLITE_INDEXES: &str = "SELECT indexes.tbl_name, indexes.name, group_concat(columns.name)
   FROM sqlite_schema AS indexes, pragma_index_info(indexes.name) AS columns
  WHERE indexes.type = 'index' AND indexes.sql IS NOT NULL
  GROUP BY indexes.tbl_name, indexes.name
  ORDER BY indexes.name";
const POSTGRES_INDEXES: &str = "SELECT tables.relname, indexes.relname,
        (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexes.oid)
   FROM pg_index
   JOIN pg_class AS tables ON tables.oid = indrelid
   JOIN pg_class AS indexes ON indexes.oid = indexrelid
  WHERE tables.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
    AND tables.relname <> '_sqlx_migrations' AND indexes.relname <> 'video_words_search'
  ORDER BY indexes.relname COLLATE \"C\"";

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let (sqlite, postgres) = both_kinds().await;
    let columns = sqlite.query(SQLITE_COLUMNS);
    assert!(columns.len() > 100, "{columns:?}");
    assert_eq!(columns, postgres.query(POSTGRES_COLUMNS));
}

#[tokio::test]
async fn both_databases_have_the_same_indexes() {
    let (sqlite, postgres) = both_kinds().await;
    let indexes = sqlite.query(SQLITE_INDEXES);
    assert!(indexes.len() > 10, "{indexes:?}");
    assert_eq!(indexes, postgres.query(POSTGRES_INDEXES));
}

/// Texts that are compared or sorted, and where they stand: every key, and what an index holds.
#[tokio::test]
async fn texts_that_are_sorted_are_compared_byte_for_byte_on_postgres() {
    let (_, postgres) = both_kinds().await;
    let loose = postgres.query(
        "SELECT columns.table_name, columns.column_name
           FROM information_schema.columns AS columns
          WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations' AND data_type = 'text'
            AND (column_name IN ('id', 'guid') OR column_name LIKE '%\\_id') AND collation_name IS DISTINCT FROM 'C'
            AND column_name <> 'remote_id'",
    );
    assert_eq!(loose, Vec::<Vec<Option<String>>>::new());
}

both!(
    async fn migrating_again_changes_nothing(db: TestDatabase) {
        let store = Store::open(db).await;
        let migrations = store.catalog.migrations().await.unwrap();
        assert!(migrations.iter().all(|migration| migration.applied));
        assert!(
            migrations
                .windows(2)
                .all(|pair| pair[0].version + 1 == pair[1].version)
        );
        store.catalog.migrate().await.unwrap();
        assert_eq!(store.catalog.migrations().await.unwrap(), migrations);
        store.catalog.ping().await.unwrap();
    }
);

both!(
    async fn an_empty_database_is_behind_until_it_is_migrated(db: TestDatabase) {
        let store = Store::unmigrated(db).await;
        let state = store.catalog.schema_state().await.unwrap();
        assert_eq!(state, SchemaState::Behind);
        store.catalog.migrate().await.unwrap();
        let state = store.catalog.schema_state().await.unwrap();
        assert_eq!(state, SchemaState::Current);
    }
);

both!(
    async fn a_database_of_a_newer_program_is_refused(db: TestDatabase) {
        let store = Store::open(db).await;
        store
            .db
            .sql("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1");
        for error in [
            store.catalog.migrations().await.unwrap_err(),
            store.catalog.migrate().await.unwrap_err(),
        ] {
            assert!(error.to_string().contains("9999"), "{error}");
        }
    }
);

both!(
    async fn a_closed_catalog_asks_to_come_back_later(db: TestDatabase) {
        let store = Store::open(db).await;
        store.catalog.close().await;
        let error = store.catalog.ping().await.unwrap_err();
        assert!(error.is_temporary(), "{error:?}");
    }
);

async fn both_kinds() -> (TestDatabase, TestDatabase) {
    let sqlite = Store::open(TestDatabase::sqlite()).await;
    let postgres = Store::open(TestDatabase::postgres()).await;
    (sqlite.db, postgres.db)
}
