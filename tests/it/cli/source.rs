//! `mcnd source`, and imports of addresses.

use std::{fs::Permissions, os::unix::fs::PermissionsExt, time::Duration};

use serde_json::json;

use crate::harness::{
    both,
    databases::TestDatabase,
    installation::{Installation, lines_of},
    wait_until,
    web::Site,
};

const OPEN: &str = "[outbound]\nallow = [\"127.0.0.0/8\"]";

fn table(rows: u32) -> String {
    let row = |number| format!("g{number},T,news,https://media.example/{number}.mp4,no\n");
    let rows: String = (1..=rows).map(row).collect();
    format!("guid,title,category,media_url,made_for_kids\n{rows}")
}

async fn ready(database: TestDatabase) -> Installation {
    let installation = Installation::new(database).await;
    installation.configure(OPEN);
    installation.creator("a").await;
    installation
}

async fn guids(installation: &Installation) -> usize {
    installation.lines(&["video", "export"]).await.len()
}

#[tokio::test]
async fn an_address_is_imported_by_its_content_and_its_secrets_are_shown_nowhere() {
    let installation = ready(TestDatabase::sqlite()).await;
    let site = Site::new(
        "<rss version=\"2.0\"><channel><item><guid>i1</guid><title>T</title>\
         <enclosure url=\"https://media.example/1.mp4\" type=\"video/mp4\" length=\"9\"/></item></channel></rss>",
    )
    .await;
    let url = site.url("/export.csv?key=hunter3");
    let secret = url.replace("://", "://me:hunter2@");
    let ended = installation
        .ends(&["import", &secret, "--creator", "a", "--json"], 0)
        .await;
    let counts = lines_of(&ended.out).pop().unwrap();
    assert_eq!(
        (&counts["rows"], &counts["blocked"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(counts["file"], site.url("/export.csv?…"));
    assert_eq!(site.asked()[0].0.as_deref(), Some("Basic bWU6aHVudGVyMg=="));
    let status = installation.done(&["status", "--json"]).await;
    assert!(
        !format!("{ended:?}{status}").contains("hunter"),
        "{ended:?}{status}"
    );
    assert!(installation.read("export.csv.result.jsonl").contains("i1"));
}

#[tokio::test]
async fn a_private_address_is_refused_unless_the_settings_allow_it() {
    let installation = ready(TestDatabase::sqlite()).await;
    let site = Site::new(table(1)).await;
    installation.configure("");
    let url = site.url("/x");
    let ended = installation
        .ends(&["import", &url, "--creator", "a"], 1)
        .await;
    assert!(ended.err.contains("`outbound.allow`"), "{ended:?}");
    assert!(site.asked().is_empty());
}

both!(
    async fn a_source_is_kept_pulled_accepted_and_removed(db: TestDatabase) {
        let installation = ready(db).await;
        let site = Site::new(table(5)).await;
        installation.write("secret", "me:hunter2\n");
        installation.restrict("secret", Permissions::from_mode(0o600));
        let url = site.url("/x?key=hunter3");
        let add = [
            "source",
            "add",
            "partner",
            &url,
            "--creator",
            "a",
            "--guid-prefix",
            "p-",
            "--every",
            "1h",
        ];
        let secret = ["--credentials-file", "secret", "--credentials-in-clear"];
        installation.done(&[&add[..], &secret].concat()).await;
        let pulled = installation
            .lines(&["source", "pull", "partner", "--json"])
            .await;
        assert_eq!(pulled[0]["last_pull"]["outcome"], "applied");
        assert_eq!(pulled[0]["counts"]["created"], 5);
        assert_eq!(site.asked()[0].0.as_deref(), Some("Basic bWU6aHVudGVyMg=="));
        let again = installation.done(&["source", "pull", "--all"]).await;
        assert_eq!(again.trim_end(), "partner: unchanged");

        site.put(table(2));
        let shrunk = installation.ends(&["source", "pull", "partner"], 1).await;
        assert!(
            shrunk.err.contains("mcnd source accept partner"),
            "{shrunk:?}"
        );
        let status = installation.done(&["status"]).await;
        assert!(status.contains("mcnd source accept ID"), "{status}");
        let accepted = installation.done(&["source", "accept", "partner"]).await;
        assert!(
            accepted.starts_with("partner: applied: 0 created, 0 updated, 2 unchanged"),
            "{accepted}"
        );
        assert_eq!(guids(&installation).await, 5);

        let listed = installation.done(&["source", "list"]).await;
        let shown = installation.done(&["source", "show", "partner"]).await;
        assert!(
            listed.contains("fine") && shown.contains("guid prefix"),
            "{listed}{shown}"
        );
        assert!(
            !format!("{pulled:?}{listed}{shown}{shrunk:?}").contains("hunter"),
            "{shown}"
        );
        installation.done(&["source", "remove", "partner"]).await;
        assert_eq!(installation.done(&["source", "list", "--json"]).await, "");
        assert_eq!(guids(&installation).await, 5);
    }
);

#[tokio::test]
async fn a_password_goes_out_in_clear_only_where_that_is_wanted() {
    let installation = ready(TestDatabase::sqlite()).await;
    installation.write("secret", "me:hunter2");
    let (plain, encrypted) = ("http://feeds.example/x", "https://feeds.example/x");
    let add = |id, url| {
        [
            "source",
            "add",
            id,
            url,
            "--creator",
            "a",
            "--credentials-file",
            "secret",
        ]
    };
    installation.done(&add("encrypted", encrypted)).await;
    let refused = installation.ends(&add("plain", plain), 1).await;
    assert!(
        refused.err.contains("`--credentials-in-clear`"),
        "{refused:?}"
    );
    let wanted = [&add("plain", plain)[..], &["--credentials-in-clear"]].concat();
    installation.done(&wanted).await;
}

#[tokio::test]
async fn a_secret_that_others_can_read_is_not_used() {
    let installation = ready(TestDatabase::sqlite()).await;
    let site = Site::new(table(1)).await;
    installation.write("secret", "me:hunter2");
    installation.restrict("secret", Permissions::from_mode(0o644));
    let url = site.url("/x");
    installation
        .done(&[
            "source",
            "add",
            "partner",
            &url,
            "--creator",
            "a",
            "--credentials-file",
            "secret",
            "--credentials-in-clear",
        ])
        .await;
    let ended = installation.ends(&["source", "pull", "partner"], 1).await;
    assert!(
        ended.err.contains("other users of this machine can read"),
        "{ended:?}"
    );
    assert!(site.asked().is_empty());
}

both!(
    async fn the_daemon_pulls_what_is_due(db: TestDatabase) {
        let installation = ready(db).await;
        let site = Site::new(table(3)).await;
        let url = site.url("/x");
        let served = installation.serve().await;
        installation
            .done(&[
                "source",
                "add",
                "partner",
                &url,
                "--creator",
                "a",
                "--every",
                "1h",
            ])
            .await;
        wait_until("the first pull", Duration::from_secs(30), async || {
            (guids(&installation).await == 3).then_some(())
        })
        .await;
        drop(served);
    }
);

both!(
    async fn an_import_waits_for_another_one_of_the_same_creator(db: TestDatabase) {
        let installation = ready(db).await;
        let row = |number: u32| json!({ "guid": format!("g{number}"), "title": "One" }).to_string();
        let rows = (0..20_000).map(row).collect::<Vec<_>>().join("\n");
        installation.write("one.jsonl", rows);
        installation.write(
            "two.jsonl",
            json!({ "guid": "g0", "title": "Two" }).to_string(),
        );
        let import = |file| installation.start(&["import", file, "--creator", "a"], &[]);
        let long = import("one.jsonl");
        let count = "SELECT count(*) FROM imports";
        wait_until("the first import", Duration::from_secs(30), async || {
            (installation.database.value(count) == "1").then_some(())
        })
        .await;
        for process in [import("two.jsonl"), long] {
            let ended = process.ends_within(Duration::from_mins(2)).await;
            assert!(ended.status.success(), "{ended:?}");
        }
        let in_turn = "SELECT count(*) FROM imports one, imports two
            WHERE one.source = 'one.jsonl' AND two.source = 'two.jsonl' AND one.finished_at <= two.started_at";
        assert_eq!(installation.database.value(in_turn), "1");
        let title = installation
            .database
            .value("SELECT title FROM videos WHERE guid = 'g0'");
        assert_eq!(title, "Two");
    }
);

#[tokio::test]
async fn a_source_that_fails_on_this_side_holds_up_none_of_the_others() {
    let installation = ready(TestDatabase::sqlite()).await;
    let site = Site::new(table(1)).await;
    let url = site.url("/x");
    for name in ["one", "two"] {
        let add = ["source", "add", name, &url, "--creator", "a"];
        installation.done(&add).await;
    }
    let broken = "CREATE TRIGGER broken BEFORE UPDATE OF pulled_at ON sources WHEN NEW.id = 'one'
        BEGIN SELECT RAISE(ABORT, 'no'); END";
    installation.database.sql(broken);
    let ended = installation.ends(&["source", "pull", "--all"], 1).await;
    assert!(ended.err.contains("error: "), "{ended:?}");
    assert!(ended.out.contains("two: applied"), "{ended:?}");
}
