//! `mcnd doctor`: what it says of a sound installation, and that it finds what is spoiled.

use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::{Kind, TestDatabase},
    given::{ready, status},
    http::client,
    installation::{Installation, Served, lines_of},
};

/// Four videos of one creator: imported, refused, waiting, waiting with a window that has ended.
async fn told(db: TestDatabase) -> Installation {
    let installation = Installation::new(db).await;
    installation.creator("a").await;
    let head = "guid,title,category,media_url,made_for_kids,ends_at";
    let row = |guid: &str, end: &str| {
        format!("\n{guid},Title,news,https://media.example/{guid}.mp4,no,{end}")
    };
    let rows = [
        row("taken", ""),
        row("refused", ""),
        row("waits", ""),
        row("ended", "2001-01-01"),
    ];
    installation.write("rows.csv", head.to_owned() + &rows.concat());
    installation
        .done(&["import", "rows.csv", "--creator", "a"])
        .await;
    let secret = installation.credential("callback", "bearer").await;
    let served = installation.serve().await;
    let events = [
        ready("taken", "x1"),
        status("refused", "failed"),
        ready("unknown", "x2"),
        json!("no event"),
    ];
    post(&served, &secret, &json!(events)).await;
    served.process.kill().await;
    installation
}

async fn post(served: &Served, secret: &str, events: &Value) {
    let request = client()
        .post(format!("http://{}/callbacks/dailymotion", served.public))
        .bearer_auth(secret)
        .body(events.to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
}

/// The verdict of each check, and the differences that were told.
async fn deep(installation: &Installation, code: i32) -> (Vec<(String, String)>, Vec<Value>) {
    let ended = installation
        .ends(&["doctor", "--deep", "--json"], code)
        .await;
    let lines = lines_of(&ended.out);
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    let verdicts = lines
        .iter()
        .filter(|line| line["verdict"].is_string())
        .map(|line| (text(line, "check"), text(line, "verdict")))
        .collect();
    let differences = lines
        .into_iter()
        .filter(|line| line["difference"].is_string())
        .collect();
    (verdicts, differences)
}

both!(
    async fn a_catalog_that_was_only_worked_with_is_sound(db: TestDatabase) {
        let installation = told(db).await;
        installation.done(&["video", "retry", "refused"]).await;
        installation.done(&["video", "take-down", "waits"]).await;
        let (verdicts, differences) = deep(&installation, 0).await;
        assert!(
            verdicts.iter().all(|(_check, verdict)| verdict == "ok"),
            "{verdicts:?}"
        );
        assert_eq!(differences, Vec::<Value>::new());
    }
);

/// The check, the subject that it names where that is known beforehand, and what spoils it.
const SPOILED: [(&str, &str, &str); 11] = [
    (
        "counts",
        "a",
        "UPDATE creators SET videos_waiting = videos_waiting + 1",
    ),
    (
        "videos",
        "taken",
        "DELETE FROM timeline WHERE to_state = 'imported'",
    ),
    (
        "videos",
        "waits",
        "UPDATE videos SET listed_from = listed_from + 5 WHERE guid = 'waits'",
    ),
    (
        "videos",
        "ended",
        "UPDATE videos SET held = FALSE WHERE guid = 'ended'",
    ),
    (
        "videos",
        "waits",
        "UPDATE videos SET needs = 1 WHERE guid = 'waits'",
    ),
    (
        "videos",
        "taken",
        "UPDATE events SET outcome = 'anomalous' WHERE guid = 'taken'",
    ),
    (
        "videos",
        "taken",
        "UPDATE videos SET other_remote_ids = remote_id WHERE guid = 'taken'",
    ),
    (
        "events",
        "",
        "UPDATE events SET outcome = 'orphan' WHERE guid = 'refused'",
    ),
    (
        "events",
        "",
        "UPDATE events SET raw = '5' WHERE guid = 'taken'",
    ),
    (
        "events",
        "",
        "UPDATE events SET outcome = 'ready' WHERE guid = 'unknown'",
    ),
    (
        "audit",
        "",
        "INSERT INTO audit_seals (day, lines, digest)
         SELECT MAX(at) / 86400000, 7, (SELECT digest FROM events ORDER BY digest LIMIT 1) FROM audit",
    ),
];

both!(
    async fn whatever_is_spoiled_is_found_and_left_as_it_is(db: TestDatabase) {
        let installation = told(db).await;
        let copy = installation.path("copy");
        installation.done(&["backup", "copy"]).await;
        for (check, subject, statement) in SPOILED {
            let fresh = match installation.database.kind() {
                Kind::Sqlite => TestDatabase::sqlite(),
                Kind::Postgres => TestDatabase::postgres(),
            };
            let other = Installation::new(fresh).await;
            other.done(&["restore", copy.to_str().unwrap()]).await;
            other.database.sql(statement);
            let (verdicts, differences) = deep(&other, 1).await;
            assert!(
                verdicts.contains(&(check.to_owned(), "fail".to_owned())),
                "{statement}: {verdicts:?}"
            );
            let found = differences.iter().any(|one| {
                one["check"] == check && (subject.is_empty() || one["subject"] == subject)
            });
            assert!(found, "{statement}: {differences:?}");
            assert_eq!(deep(&other, 1).await.1, differences, "{statement}");
        }
    }
);

both!(
    async fn one_remote_id_at_two_videos_is_told_without_failing(db: TestDatabase) {
        let installation = told(db).await;
        let secret = installation.credential("callback", "bearer").await;
        let served = installation.serve().await;
        post(&served, &secret, &json!([ready("waits", "x1")])).await;
        let (verdicts, differences) = deep(&installation, 0).await;
        assert!(verdicts.contains(&("remote ids".to_owned(), "warn".to_owned())));
        assert_eq!(differences[0]["subject"], "x1");
    }
);

#[tokio::test]
async fn a_damaged_file_is_told_with_the_way_out() {
    let installation = told(TestDatabase::sqlite()).await;
    installation.database.damage_an_index();
    let (verdicts, _differences) = deep(&installation, 1).await;
    assert!(
        verdicts.contains(&("storage".to_owned(), "fail".to_owned())),
        "{verdicts:?}"
    );
}

#[tokio::test]
async fn a_changed_schema_is_told_by_name_and_an_added_index_is_not() {
    let installation = told(TestDatabase::sqlite()).await;
    let index = "CREATE INDEX of_somebody ON videos (title)";
    installation.database.sql(index);
    assert_eq!(deep(&installation, 0).await.1, Vec::<Value>::new());
    installation.database.sql(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'removed', 'remover') WHERE name = 'videos';",
    );
    let (_verdicts, differences) = deep(&installation, 1).await;
    let [difference] = differences.try_into().unwrap();
    assert_eq!(difference["check"], "storage");
    assert_eq!(difference["subject"], "the schema");
    let words = difference["difference"].as_str().unwrap();
    assert!(words.starts_with("table `videos` "), "{words}");
}

both!(
    async fn a_report_goes_the_whole_way_and_leaves_nothing(db: TestDatabase) {
        let installation = told(db).await;
        installation.credential("crawler", "basic").await;
        let _served = installation.serve().await;
        let lines = installation.lines(&["doctor", "--json"]).await;
        let verdict = |check: &str| {
            let line = lines.iter().find(|line| line["check"] == check);
            line.unwrap_or_else(|| panic!("{check}: {lines:?}"))["verdict"].clone()
        };
        for check in [
            "database",
            "disk",
            "crawler access",
            "callback access",
            "user list",
            "public listener",
            "public address",
            "round trip",
        ] {
            let odd = check == "disk" && verdict(check) == "warn";
            assert!(odd || verdict(check) == "ok", "{check}: {lines:?}");
        }
        assert_eq!(verdict("crawler"), "warn");
        let database = &installation.database;
        assert_eq!(database.value("SELECT COUNT(*) FROM events"), "4");
        assert_eq!(database.value("SELECT COUNT(*) FROM credentials"), "2");
    }
);

#[tokio::test]
async fn what_is_missing_is_told_with_what_to_do() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let ended = installation.ends(&["doctor"], 1).await;
    for words in [
        "fail  callback access",
        "`mcnd credential add callback`",
        "warn  daemon",
        "warn  round trip",
        "warn  user list",
    ] {
        assert!(ended.out.contains(words), "{words}: {}", ended.out);
    }
}

#[tokio::test]
async fn a_database_that_is_not_up_to_date_fails() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    installation
        .database
        .sql("DELETE FROM _sqlx_migrations WHERE version = 5");
    let ended = installation.ends(&["doctor"], 1).await;
    assert!(ended.out.contains("fail  database"), "{}", ended.out);
    assert!(ended.out.contains("mcnd migrate"), "{}", ended.out);
}

both!(
    async fn a_change_of_the_feeds_settings_under_way_is_no_damage(db: TestDatabase) {
        let installation = told(db).await;
        installation.database.sql(
            "UPDATE marks SET value = 0 WHERE name = 'policy_settled';
             UPDATE videos SET needs = 1 WHERE guid = 'waits'",
        );
        let (verdicts, differences) = deep(&installation, 0).await;
        assert_eq!(differences, Vec::<Value>::new());
        let shelf = ("shelf".to_owned(), "warn".to_owned());
        assert_eq!(verdicts.iter().filter(|one| **one == shelf).count(), 1);
        installation.serve().await.process.kill().await;
        assert!(!deep(&installation, 0).await.0.contains(&shelf));
    }
);

both!(
    async fn a_check_that_meets_an_error_leaves_the_others_to_be_made(db: TestDatabase) {
        let installation = told(db).await;
        installation
            .database
            .sql("ALTER TABLE imports RENAME TO gone; ALTER TABLE visits RENAME TO gone_too");
        let ended = installation.ends(&["doctor", "--json"], 1).await;
        let lines = lines_of(&ended.out);
        let verdict = |check: &str| {
            let line = lines.iter().find(|line| line["check"] == check);
            line.unwrap_or_else(|| panic!("{check}: {lines:?}"))["verdict"].clone()
        };
        assert_eq!(verdict("user list"), "fail");
        assert_eq!(verdict("crawler"), "fail");
        assert_eq!(verdict("round trip"), "warn");
    }
);
