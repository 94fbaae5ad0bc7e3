//! Work on imports in the background: stopped, gone on with, done once, forgotten in time.

use std::time::Duration;

use mcnd::{
    catalog::{Catalog, ImportLock},
    config::{self, Source},
};
use reqwest::Method;
use serde_json::json;

use super::imports::{Script, files, id, rows};
use crate::{
    harness::{
        app::{TestApp, answer},
        both,
        databases::TestDatabase,
        wait_until,
    },
    import_lock::END_HOLDER,
};

const PATIENCE: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_hours(24);

/// Keeps every import of the creator `a` waiting until it is dropped.
async fn another_import(test: &TestApp) -> ImportLock {
    let variable = ("MCND__DATABASE__URL".to_owned(), test.database.url.clone());
    let settings = config::load(Source {
        file: None,
        environment: vec![variable],
    });
    let catalog = Catalog::open(&settings.unwrap().database).await.unwrap();
    let creators = ["a".parse().unwrap()].into();
    catalog.try_lock_imports(&creators).await.unwrap().unwrap()
}

/// An import that waits for another one, begun by this script.
async fn waiting(script: &Script<'_>) -> serde_json::Value {
    let taken = script.send("?creator=a&apply=true", rows(5)).await;
    let taken = taken.expect(202).json();
    let path = format!("/{}", id(&taken));
    wait_until("that it waits", PATIENCE, async || {
        let now = script.get(&path).await.json();
        (now["progress"]["phase"] == "waiting" && now["progress"]["done"] == 0).then_some(())
    })
    .await;
    taken
}

both!(
    async fn of_two_who_apply_at_the_same_time_one_begins(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let planned = script.sent("?creator=a", rows(1_500)).await;
        let path = format!("/{}/apply", id(&planned));
        let (one, two) = tokio::join!(script.post(&path), script.post(&path));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 409]);
        let applied = script.rests(&planned).await;
        assert_eq!(applied["applied"]["created"], 1_500);
        let begun = "SELECT count(*) FROM audit WHERE action = 'import.apply'";
        assert_eq!(test.database.value(begun), "1");
    }
);

both!(
    async fn one_that_is_stopped_can_be_gone_on_with_and_then_discarded(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let other = another_import(&test).await;
        let import = waiting(&script).await;
        let path = format!("/{}", id(&import));
        script.post(&format!("{path}/plan")).await.expect(409);
        script.get(&format!("{path}/rows")).await.expect(409);
        let stopping = script
            .post(&format!("{path}/cancel"))
            .await
            .expect(200)
            .json();
        assert_eq!(stopping["cancelling"], true);
        let stopped = script.rests(&import).await;
        assert_eq!(
            (&stopped["state"], &stopped["kept"]),
            (&json!("cancelled"), &json!(true))
        );
        assert_eq!(test.database.value("SELECT count(*) FROM videos"), "0");
        drop(other);
        script.post(&format!("{path}/apply")).await.expect(202);
        let applied = script.rests(&import).await;
        assert_eq!(applied["applied"]["created"], 5);
        let gone = script
            .post(&format!("{path}/cancel"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&gone["state"], &gone["kept"]),
            (&json!("applied"), &json!(false))
        );
        assert_eq!(files(&test), 0);
        script.post(&format!("{path}/cancel")).await.expect(409);
        script.get(&format!("{path}/result")).await.expect(404);
    }
);

both!(
    async fn what_a_daemon_leaves_when_it_stops_the_next_one_goes_on_with(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let other = another_import(&test).await;
        let import = waiting(&script).await;
        let test = test.restart().await;
        let script = Script::new(&test).await;
        let left = script.get(&format!("/{}", id(&import))).await.json();
        assert_eq!(left["state"], "interrupted");
        drop(other);
        assert_eq!(test.app.resume_imports().await.unwrap(), 1);
        let applied = script.rests(&import).await;
        assert_eq!(applied["applied"]["created"], 5);
        assert_eq!(test.app.resume_imports().await.unwrap(), 0);
    }
);

both!(
    async fn an_import_goes_on_behind_the_rows_that_its_file_of_results_has(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let planned = script.sent("?creator=a", rows(4)).await;
        // As a kill leaves it: two rows told, a third one cut off.
        let folder = test.database.folder().join("imports");
        let told = "{\"row\":1,\"guid\":\"g0\",\"outcome\":\"created\"}\n{\"row\":2,\"guid\":\"g1\",\"outcome\":\"blocked\",\"message\":\"m\"}\n{\"row\":3";
        std::fs::write(folder.join(format!("{}.rows.jsonl", id(&planned))), told).unwrap();
        script
            .post(&format!("/{}/apply", id(&planned)))
            .await
            .expect(202);
        let applied = script.rests(&planned).await;
        let counts = ["rows", "created", "blocked"].map(|name| applied["applied"][name].clone());
        assert_eq!(counts, [json!(4), json!(3), json!(1)]);
        assert_eq!(test.feed_guids("a").await, ["g2", "g3"]);
        let rows = script
            .get(&format!("/{}/rows?limit=3", id(&planned)))
            .await
            .expect(200)
            .json();
        assert_eq!(rows["items"][2]["guid"], "g2");
        let next = rows["next"].as_str().unwrap();
        let rest = script
            .get(&format!("/{}/rows?after={next}", id(&planned)))
            .await
            .json();
        assert_eq!(
            (&rest["items"][0]["guid"], &rest["next"]),
            (&json!("g3"), &json!(null))
        );
        script
            .get(&format!("/{}/rows?after=7", id(&planned)))
            .await
            .expect(422);
    }
);

both!(
    async fn a_plan_by_other_options_forgets_the_rows_of_the_last_run_even_when_it_fails(
        db: TestDatabase,
    ) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let planned = script.sent("?creator=a", rows(3)).await;
        let path = format!("/{}", id(&planned));
        // As a run by other options left it, that was stopped.
        let file = test.database.folder().join("imports");
        let file = file.join(format!("{}.rows.jsonl", id(&planned)));
        let told = "{\"row\":1,\"guid\":\"g0\",\"outcome\":\"created\"}\n";
        std::fs::write(&file, told).unwrap();
        let other = script.ask(Method::POST, &format!("{path}/plan"));
        let other = other.json(&json!({ "creator": "a", "format": "mrss" }));
        answer(other).await.expect(202);
        assert_eq!(script.rests(&planned).await["state"], "failed");
        assert!(!file.exists());
        script.get(&format!("{path}/rows")).await.expect(404);
    }
);

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_loses_its_lock_is_gone_on_with() {
    let often = [("operators.requests_per_minute", "100000")];
    let test = TestApp::start(TestDatabase::postgres(), &often).await;
    test.creator("a").await;
    let script = Script::new(&test).await;
    let taken = script.send("?creator=a&apply=true", rows(20_000)).await;
    let taken = taken.expect(202).json();
    wait_until("that it holds its lock", PATIENCE, async || {
        let ended = test.database.query(END_HOLDER);
        (!ended.is_empty()).then_some(())
    })
    .await;
    let left = script.rests(&taken).await;
    assert_eq!(left["state"], "interrupted", "{left}");
    assert_eq!(test.app.resume_imports().await.unwrap(), 1);
    let applied = script.rests(&taken).await;
    assert_eq!(applied["applied"]["created"], 20_000, "{applied}");
}

both!(
    async fn an_import_that_nobody_can_go_on_with_fails_when_retention_ends(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let other = another_import(&test).await;
        let import = waiting(&Script::new(&test).await).await;
        let test = test.restart().await;
        let input = format!("imports/{}.input", id(&import));
        std::fs::remove_file(test.database.folder().join(input)).unwrap();
        assert_eq!(test.app.resume_imports().await.unwrap(), 0);
        test.advance(8 * DAY);
        assert_eq!(test.app.forget_import_files().await.unwrap(), 1);
        let script = Script::new(&test).await;
        let shown = script.get(&format!("/{}", id(&import))).await.json();
        assert_eq!(shown["state"], "failed", "{shown}");
        let message = shown["message"].as_str().unwrap();
        assert!(message.contains("send the file again"), "{message}");
        drop(other);
    }
);

both!(
    async fn files_are_kept_as_long_as_retention_says_and_strangers_a_day(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let script = Script::new(&test).await;
        let planned = script.sent("?creator=a", rows(1)).await;
        let applied = script.sent("?creator=a&apply=true", rows(1)).await;
        assert_eq!(files(&test), 3);
        test.advance(6 * DAY);
        assert_eq!(test.app.forget_import_files().await.unwrap(), 0);
        test.advance(2 * DAY);
        assert_eq!(test.app.forget_import_files().await.unwrap(), 2);
        assert_eq!(files(&test), 0);
        let shown = script
            .get(&format!("/{}", id(&applied)))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&shown["kept"], &shown["applied"]["created"]),
            (&json!(false), &json!(1))
        );
        let gone = script
            .post(&format!("/{}/apply", id(&planned)))
            .await
            .expect(409);
        assert!(gone.text().contains("send it again"), "{}", gone.text());

        let folder = test.database.folder().join("imports");
        for name in [".arriving-abc", "unknown.input", "notes.txt"] {
            std::fs::write(folder.join(name), "x").unwrap();
        }
        // The files carry the machine's time, which is behind the clock of the test by then.
        test.advance(400 * DAY);
        let script = Script::new(&test).await;
        test.app.forget_import_files().await.unwrap();
        assert_eq!(files(&test), 1);
        script.get(&format!("/{}", id(&planned))).await.expect(404);
    }
);
