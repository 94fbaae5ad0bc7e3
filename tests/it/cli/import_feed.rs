//! `mcnd import` of feeds, and our own feeds on their way back.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::harness::{
    both,
    databases::TestDatabase,
    installation::{Installation, lines_of},
};

const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<item><guid>f1</guid><title>File</title><category>Films</category><media:content url="https://media.example/1.mp4" type="video/mp4" fileSize="1GB"/></item>
<item><guid>f2</guid><title>Player</title><category>news</category><media:player url="https://demo.example/embed/2"/></item>
<item><title>No guid</title><link>https://demo.example/3</link></item>
</channel>
</rss>"#;

const RULES: [&str; 8] = [
    "--creator",
    "a",
    "--category",
    "Films=tv",
    "--default",
    "made_for_kids=no",
    "--result",
    "result.jsonl",
];

async fn ready(database: TestDatabase) -> Installation {
    let installation = Installation::new(database).await;
    installation.creator("a").await;
    installation
}

fn packed(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

both!(
    async fn items_of_a_feed_are_rows_with_their_warnings(db: TestDatabase) {
        let installation = ready(db).await;
        installation.write("feed.xml", FEED);
        let import = [&["import", "feed.xml", "--json"], &RULES[..]].concat();
        let planned = installation
            .ends(&[&import[..], &["--plan"]].concat(), 1)
            .await;
        assert_eq!(installation.done(&["video", "export"]).await, "");
        let ended = installation.ends(&import, 1).await;
        assert_eq!(outcome(&planned.out), outcome(&ended.out));
        assert_eq!(outcome(&ended.out), json!([1, 1, 1, 2]));
        let told = "row 3: line 6, `item`: no guid; give each item one, or derive it from the address with `--derive-guid`";
        assert!(ended.err.contains(told), "{}", ended.err);
        let results = lines_of(&installation.read("result.jsonl"));
        assert_eq!(results[0]["outcome"], "created");
        assert_eq!(results[1]["outcome"], "blocked");
        let warning = results[1]["warnings"][0].as_str().unwrap();
        assert!(
            warning.contains("line 5, `media:player`") && warning.contains("a player, not a file"),
            "{warning}"
        );
        let videos = installation.lines(&["video", "export"]).await;
        assert_eq!(videos.len(), 2);
        assert_eq!(
            (&videos[0]["category"], &videos[0]["state"]),
            (&json!("tv"), &json!("waiting"))
        );
        assert_eq!(videos[1]["state"], "draft");
    }
);

/// Created, blocked, wrong and warned rows.
fn outcome(out: &str) -> Value {
    let last = lines_of(out).pop().unwrap();
    let counts = ["created", "blocked", "errors", "warned"];
    counts.iter().map(|key| last[key].clone()).collect()
}

#[tokio::test]
async fn feeds_are_known_by_name_and_content_and_guids_derived_when_asked() {
    let installation = ready(TestDatabase::sqlite()).await;
    installation.write("feed.rss.gz", packed(FEED));
    let import = [&["import", "feed.rss.gz", "--derive-guid"], &RULES[..]].concat();
    installation.done(&import).await;
    let exported = installation.lines(&["video", "export"]).await;
    assert_eq!(exported.len(), 3);
    for options in [
        &["--derive-guid"][..],
        &["--derive-guid", "--format", "mrss"],
    ] {
        let piped = [&["import", "-"], &RULES[..], options].concat();
        let ended = installation.fed(&piped, FEED).await;
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    }
    assert_eq!(installation.lines(&["video", "export"]).await, exported);
}

#[tokio::test]
async fn of_a_document_that_is_broken_later_nothing_is_imported() {
    let installation = ready(TestDatabase::sqlite()).await;
    installation.write("feed.xml", FEED.replace("</channel>", "<item>"));
    let import = [&["import", "feed.xml"], &RULES[..]].concat();
    let ended = installation.ends(&import, 1).await;
    let told = "nothing was imported: line 8: `item`: is closed by `</rss>`; close `<item>` first";
    assert!(ended.err.contains(told), "{}", ended.err);
    assert_eq!(installation.done(&["video", "export"]).await, "");
}

#[tokio::test]
async fn our_own_feed_comes_back_as_the_same_catalog() {
    let installation = ready(TestDatabase::sqlite()).await;
    let rows = [
        json!({ "guid": "full", "title": "\"T\", <b> ]]> 😀", "description": "two\nlines & <i>", "category": "news",
            "tags": ["a b", "c"], "language": "de", "link": "https://e.example/?a=1&b=2",
            "media_url": "https://media.example/%20a.mp4", "media_type": "video/mp4", "media_size": 5_000_000_000_i64,
            "duration": 61, "width": 1920, "height": 1080, "thumbnail_url": "https://e.example/t.jpg",
            "published_at": "2026-01-02T03:04:05Z", "starts_at": "2026-02-02T03:04:05Z", "ends_at": "2096-02-02T03:04:05Z",
            "made_for_kids": false }),
        json!({ "guid": "bare", "title": "T", "category": "news", "media_url": "https://media.example/b.mp4", "made_for_kids": false }),
    ];
    let lines = rows
        .iter()
        .fold(String::new(), |text, row| format!("{text}{row}\n"));
    installation.write("rows.jsonl", lines);
    installation
        .done(&["import", "rows.jsonl", "--creator", "a"])
        .await;
    let feed = installation.done(&["feed", "show", "a"]).await;
    let fresh = ready(TestDatabase::sqlite()).await;
    fresh.write("feed.xml", feed);
    fresh
        .done(&[&["import", "feed.xml"], &RULES[..]].concat())
        .await;
    let export = ["video", "export", "--without-times"];
    assert_eq!(fresh.done(&export).await, installation.done(&export).await);
}
