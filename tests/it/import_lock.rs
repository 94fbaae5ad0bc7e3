//! The lock that keeps two imports of one creator apart, lost in the middle of an import.

use std::{
    io::{self, Cursor},
    sync::Arc,
};

use mcnd::{
    app::{Error, ImportReport, ImportRequest, Result},
    model::{Phase, Progress},
    sources::{Format, Mapping},
};
use serde_json::json;

use crate::harness::{
    app::TestApp,
    databases::TestDatabase,
    given::{by, row},
};

/// Three chunks.
const ROWS: usize = 3_000;
pub(crate) const END_HOLDER: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 7165028
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Imports the rows; after each chunk, `then` happens.
async fn import(test: &TestApp, then: impl Fn() + Send + Sync + 'static) -> Result<ImportReport> {
    let rows = (0..ROWS).map(|number| row("a", &format!("g{number}"), &json!({})).to_string());
    let request = ImportRequest {
        by: by(),
        name: "rows.jsonl".to_owned(),
        reader: Box::new(Cursor::new(rows.collect::<Vec<_>>().join("\n"))),
        format: Some(Format::JsonLines),
        mapping: Mapping::default(),
        plan: false,
        results: Box::new(io::sink()),
    };
    let on_progress = move |progress: Progress| {
        if progress.phase == Phase::Applying {
            then();
        }
    };
    test.app.import(request, on_progress).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_loses_its_lock_ends_and_can_be_repeated() {
    let test = TestApp::start(TestDatabase::postgres(), &[]).await;
    test.creator("a").await;
    let database = Arc::clone(&test.database);
    let lost = import(&test, move || {
        database.query(END_HOLDER);
    })
    .await;
    let Err(Error::Conflict(said)) = lost else {
        panic!("{lost:?}");
    };
    assert!(said.contains("import the same input again"), "{said}");
    assert_eq!(test.database.value("SELECT count(*) FROM videos"), "1000");
    let repeated = import(&test, || ()).await.unwrap();
    let counts = (repeated.counts.created, repeated.counts.unchanged);
    assert_eq!(counts, (2_000, 1_000));
}
