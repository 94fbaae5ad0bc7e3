//! `mcnd import` and the exports that come back through it.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::TestDatabase,
    installation::{Installation, lines_of},
};

const HEADER: &str = "guid,title,category,media_url,made_for_kids,tags";

fn csv(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn fine(guid: &str) -> String {
    format!("{guid},\"Title, of {guid}\",news,https://media.example/{guid}.mp4,no,\"one,two\"")
}

async fn ready(database: TestDatabase) -> Installation {
    let installation = Installation::new(database).await;
    installation.creator("a").await;
    installation.creator("b").await;
    installation
}

/// The counts that `--json` ends with.
fn counts(out: &str) -> Value {
    let last = lines_of(out).pop().unwrap();
    [
        "created",
        "updated",
        "unchanged",
        "conflicts",
        "blocked",
        "errors",
    ]
    .iter()
    .map(|key| last[key].clone())
    .collect()
}

both!(
    async fn a_plan_changes_nothing_and_a_second_import_neither(db: TestDatabase) {
        let installation = ready(db).await;
        installation.write(
            "rows.csv",
            csv(&[&fine("g1"), &fine("g2"), "g3,,news,,no,"]),
        );
        let import = ["import", "rows.csv", "--creator", "a", "--json"];
        let planned = installation
            .done(&[&import[..], &["--plan"]].concat())
            .await;
        assert_eq!(counts(&planned), json!([2, 0, 0, 0, 1, 0]));
        assert_eq!(installation.done(&["video", "export"]).await, "");
        assert_eq!(
            installation.database.value("SELECT count(*) FROM imports"),
            "0"
        );
        let applied = installation.done(&import).await;
        assert_eq!(counts(&applied), counts(&planned));
        let exported = installation.done(&["video", "export"]).await;
        let version = "SELECT feed_version FROM creators WHERE id = 'a'";
        let before = installation.database.value(version);
        assert_eq!(
            counts(&installation.done(&import).await),
            json!([0, 0, 3, 0, 0, 0])
        );
        assert_eq!(installation.done(&["video", "export"]).await, exported);
        assert_eq!(installation.database.value(version), before);
    }
);

#[tokio::test]
async fn wrong_rows_are_named_with_number_column_and_cure_and_the_others_go_in() {
    let installation = ready(TestDatabase::sqlite()).await;
    installation.write("first.csv", csv(&[&fine("taken")]));
    installation
        .done(&["import", "first.csv", "--creator", "b"])
        .await;
    let rows = [
        &fine("g1"),
        "g2,T,news,https://e.example/a.mp4,maybe,",
        &fine("taken"),
        &fine("g1"),
        ",T,news,,no,",
        &fine("g3"),
    ];
    installation.write("rows.csv", csv(&rows));
    let ended = installation
        .ends(
            &[
                "import",
                "rows.csv",
                "--creator",
                "a",
                "--result",
                "result.jsonl",
            ],
            1,
        )
        .await;
    for told in [
        "row 2 (`g2`): column `made_for_kids`: `maybe` is neither true nor false",
        "row 3 (`taken`)",
        "row 4 (`g1`)",
        "row 5",
    ] {
        assert!(ended.err.contains(told), "{told} is not in {}", ended.err);
    }
    let results = lines_of(&installation.read("result.jsonl"));
    let outcomes: Vec<_> = results
        .iter()
        .map(|row| {
            (
                row["row"].as_u64().unwrap(),
                row["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            (1, "created"),
            (2, "error"),
            (3, "conflict"),
            (4, "error"),
            (5, "error"),
            (6, "created")
        ]
    );
    let videos = installation.lines(&["video", "export"]).await;
    assert_eq!(videos.len(), 3);
    assert_eq!(videos[0]["creator"], "b");
}

#[tokio::test]
async fn an_unknown_column_is_an_error_with_the_nearest_name_unless_it_is_mapped() {
    let installation = ready(TestDatabase::sqlite()).await;
    installation.write(
        "rows.csv",
        "guid,titel,category,media_url,made_for_kids\ng1,T,news,https://e.example/1.mp4,no\n",
    );
    let import = ["import", "rows.csv", "--creator", "a"];
    let ended = installation.ends(&import, 1).await;
    assert!(
        ended.err.contains("`titel`") && ended.err.contains("`title`"),
        "{}",
        ended.err
    );
    assert_eq!(installation.done(&["video", "export"]).await, "");
    installation
        .done(&[&import[..], &["--map", "titel=title"]].concat())
        .await;
    assert_eq!(
        installation.lines(&["video", "export"]).await[0]["title"],
        "T"
    );
}

#[tokio::test]
async fn packed_files_and_standard_input_are_read() {
    let installation = ready(TestDatabase::sqlite()).await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(csv(&[&fine("packed")]).as_bytes()).unwrap();
    installation.write("rows.csv.gz", gzip.finish().unwrap());
    installation
        .done(&["import", "rows.csv.gz", "--creator", "a"])
        .await;
    let line = json!({ "guid": "piped", "creator": "b", "title": "T" }).to_string();
    let ended = installation.fed(&["import", "-"], &line).await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let ended = installation
        .fed(
            &["import", "-", "--creator", "a", "--format", "csv"],
            &csv(&[&fine("table")]),
        )
        .await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let videos = installation.lines(&["video", "export"]).await;
    let guids: Vec<_> = videos
        .iter()
        .map(|video| video["guid"].as_str().unwrap())
        .collect();
    assert_eq!(guids, ["packed", "piped", "table"]);
}

both!(
    async fn an_export_comes_back_as_the_same_catalog(db: TestDatabase) {
        let installation = ready(db).await;
        let rows = [
            json!({ "guid": "full", "creator": "a", "title": "\"T\", <b> ]]> 😀\u{202e}", "description": "two\nlines", "category": "news",
                "tags": ["a b", "c"], "language": "de", "country": "AT", "link": "https://e.example/?a=1&b=2",
                "media_url": "https://media.example/%20a.mp4", "media_type": "video/mp4", "media_size": 5_000_000_000_i64,
                "duration": 61, "width": 1920, "height": 1080, "thumbnail_url": "https://e.example/t.jpg",
                "published_at": "2026-01-02T03:04:05Z", "starts_at": "2026-02-02T03:04:05.678Z", "ends_at": "2096-02-02T03:04:05Z",
                "geo": "deny:fr,de", "made_for_kids": false, "private": false, "explicit": true }),
            json!({ "guid": "bare", "creator": "b" }),
        ];
        let lines: String = rows
            .iter()
            .fold(String::new(), |text, row| format!("{text}{row}\n"));
        installation.write("rows.jsonl", lines);
        installation.done(&["import", "rows.jsonl"]).await;
        let exported = installation
            .done(&["video", "export", "--without-times"])
            .await;
        for format in ["jsonl", "csv"] {
            let name = format!("export.{format}");
            installation.write(
                &name,
                installation
                    .done(&["video", "export", "--format", format])
                    .await,
            );
            let fresh = ready(TestDatabase::sqlite()).await;
            fresh.write(&name, installation.read(&name));
            fresh.done(&["import", &name]).await;
            assert_eq!(
                fresh.done(&["video", "export", "--without-times"]).await,
                exported,
                "{format}"
            );
        }
        assert_eq!(lines_of(&exported)[0]["title"], rows[0]["title"]);
    }
);

both!(
    async fn a_row_that_did_not_change_is_judged_by_the_rules_of_today(db: TestDatabase) {
        let installation = ready(db).await;
        installation.write("c.csv", csv(&[&fine("v").replace("news", "knitting")]));
        for (checked, expected, state) in [
            ("false", [1, 0, 0, 0, 0, 0], "waiting"),
            ("false", [0, 0, 1, 0, 0, 0], "waiting"),
            ("true", [0, 0, 0, 0, 1, 0], "draft"),
            ("true", [0, 0, 1, 0, 0, 0], "draft"),
            ("false", [0, 1, 0, 0, 0, 0], "waiting"),
        ] {
            let rules = [("MCND__PREFLIGHT__CHECK_CATEGORY", checked)];
            let import = ["import", "c.csv", "--creator", "a", "--json"];
            let ended = installation.run_with(&rules, &import).await;
            assert_eq!(
                counts(&ended.out),
                json!(expected),
                "{checked}: {}",
                ended.err
            );
            let videos = installation.lines(&["video", "export"]).await;
            assert_eq!(videos[0]["state"], state, "{checked}");
        }
    }
);
