//! Entity tags, conditional requests, `HEAD`, compression: the same for feeds and user list.

use std::{io::Read, time::Duration};

use bytes::Bytes;
use flate2::read::GzDecoder;
use futures_util::future::join_all;
use mcnd::{
    app::{CreatorChange, FeedBody, FeedRequest},
    model::CreatorStatus,
};
use reqwest::Method;
use serde_json::json;

use crate::harness::{
    app::{NOON, TestApp, answer},
    both,
    databases::TestDatabase,
    given::{by, ready},
    http::Answer,
};

const FEED: &str = "/feeds/a.xml";
const LIST: &str = "/users.json";

async fn listed(database: TestDatabase) -> TestApp {
    let test = TestApp::start(database, &[]).await;
    test.creator("a").await;
    test.videos("a", &["g1", "g2"]).await;
    test
}

fn tag(answer: &Answer) -> String {
    answer.header("etag").expect("a tag").to_owned()
}

async fn tag_of(test: &TestApp, path: &str) -> String {
    tag(&test.get(path).await.expect(200))
}

both!(
    async fn a_known_tag_is_answered_304(db: TestDatabase) {
        let test = listed(db).await;
        for path in [FEED, LIST] {
            let full = test.get(path).await.expect(200);
            assert!(tag(&full).starts_with("W/\""));
            assert_eq!(full.header("cache-control"), Some("private, no-cache"));
            for known in [
                tag(&full),
                tag(&full).replace("W/", ""),
                "*".to_owned(),
                format!("\"x\", {}", tag(&full)),
            ] {
                let unchanged = answer(test.crawl(path).header("if-none-match", known))
                    .await
                    .expect(304);
                assert_eq!((unchanged.body.len(), tag(&unchanged)), (0, tag(&full)));
                assert_eq!(unchanged.header("cache-control"), Some("private, no-cache"));
            }
            answer(test.crawl(path).header("if-none-match", "W/\"other\""))
                .await
                .expect(200);
        }
    }
);

#[tokio::test]
async fn a_date_of_last_change_counts_for_feeds() {
    let test = listed(TestDatabase::sqlite()).await;
    let full = test.get(FEED).await.expect(200);
    let modified = full.header("last-modified").unwrap().to_owned();
    assert_eq!(modified, "Thu, 01 Oct 2026 12:00:00 GMT");
    answer(test.crawl(FEED).header("if-modified-since", modified))
        .await
        .expect(304);
    let before = "Thu, 01 Oct 2026 11:59:59 GMT";
    answer(test.crawl(FEED).header("if-modified-since", before))
        .await
        .expect(200);
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let test = listed(TestDatabase::sqlite()).await;
    for path in [FEED, LIST] {
        let full = test.get(path).await.expect(200);
        let head = answer(test.ask(Method::HEAD, path).bearer_auth(&test.crawler))
            .await
            .expect(200);
        assert_eq!(head.body, b"");
        for name in ["etag", "content-type", "cache-control", "last-modified"] {
            assert_eq!(head.header(name), full.header(name), "{path}: {name}");
        }
        let known = test
            .ask(Method::HEAD, path)
            .bearer_auth(&test.crawler)
            .header("if-none-match", tag(&full));
        answer(known).await.expect(304);
    }
}

#[tokio::test]
async fn a_body_is_compressed_when_asked_and_else_not() {
    let test = listed(TestDatabase::sqlite()).await;
    let plain = test.get(FEED).await.expect(200);
    assert_eq!(plain.header("content-encoding"), None);
    let packed = answer(test.crawl(FEED).header("accept-encoding", "gzip"))
        .await
        .expect(200);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.header("vary").unwrap().contains("accept-encoding"));
    let mut unpacked = Vec::new();
    GzDecoder::new(&*packed.body)
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);
    let zstd = answer(test.crawl(FEED).header("accept-encoding", "zstd"))
        .await
        .expect(200);
    assert_eq!(zstd.header("content-encoding"), Some("zstd"));
    let refused = answer(
        test.crawl(FEED)
            .header("accept-encoding", "gzip;q=0, identity"),
    )
    .await
    .expect(200);
    assert_eq!(refused.header("content-encoding"), None);
}

both!(
    async fn every_change_of_content_changes_the_tag(db: TestDatabase) {
        let mut test = listed(db).await;
        let mut tags = vec![tag_of(&test, FEED).await];
        test.video("a", "g1", json!({ "title": "Another title" }))
            .await;
        tags.push(tag_of(&test, FEED).await);
        test.deliver(&ready("g1", "x1")).await;
        tags.push(tag_of(&test, FEED).await);
        let renamed = CreatorChange {
            name: Some("New".to_owned()),
            ..CreatorChange::default()
        };
        test.app
            .change_creator(by(), "a".parse().unwrap(), renamed)
            .await
            .unwrap();
        tags.push(tag_of(&test, FEED).await);
        test.set_status("a", CreatorStatus::Paused).await;
        tags.push(tag_of(&test, FEED).await);
        test.set("feed.generator", "false").await;
        tags.push(tag_of(&test, FEED).await);
        test.set("server.public_url", "https://other.example").await;
        tags.push(tag_of(&test, FEED).await);
        let mut different = tags.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), tags.len(), "{tags:?}");
    }
);

#[tokio::test]
async fn the_lists_tag_follows_creators_and_settings() {
    let mut test = listed(TestDatabase::sqlite()).await;
    let mut tags = vec![tag_of(&test, LIST).await];
    test.creator("b").await;
    tags.push(tag_of(&test, LIST).await);
    test.set_status("b", CreatorStatus::Paused).await;
    tags.push(tag_of(&test, LIST).await);
    test.set("user_list.shape", "object").await;
    tags.push(tag_of(&test, LIST).await);
    test.set("server.public_url", "https://other.example").await;
    tags.push(tag_of(&test, LIST).await);
    let mut different = tags.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), tags.len(), "{tags:?}");
    test.videos("a", &["g3"]).await;
    assert_eq!(tag_of(&test, LIST).await, tags[4]);
}

both!(
    async fn what_says_the_same_keeps_its_tag(db: TestDatabase) {
        let test = listed(db).await;
        let before = tag_of(&test, FEED).await;
        test.video("a", "g1", json!({})).await;
        test.advance(Duration::from_hours(1));
        test.app.turn_feeds().await.unwrap();
        let test = test.restart().await;
        assert_eq!(tag_of(&test, FEED).await, before);
    }
);

both!(
    async fn a_window_changes_the_tag_at_its_moment(db: TestDatabase) {
        let test = listed(db).await;
        let hour = |hours: u64| NOON.after(Duration::from_hours(hours)).to_string();
        test.video(
            "a",
            "window",
            json!({ "starts_at": hour(1), "ends_at": hour(2) }),
        )
        .await;
        let mut known = tag_of(&test, FEED).await;
        for _ in 0..2 {
            test.advance(Duration::from_hours(1));
            let conditional = |known: &str| answer(test.crawl(FEED).header("if-none-match", known));
            // Until a job has turned the feed there is no tag to go by.
            assert_eq!(conditional(&known).await.expect(200).header("etag"), None);
            assert_eq!(test.app.turn_feeds().await.unwrap(), 1);
            let turned = tag(&conditional(&known).await.expect(200));
            assert_ne!(turned, known);
            conditional(&turned).await.expect(304);
            known = turned;
        }
    }
);

both!(
    async fn many_who_ask_for_a_feed_at_once_are_given_one_and_the_same_copy(db: TestDatabase) {
        let test = listed(db).await;
        let ask = async || {
            let request = FeedRequest {
                creator: "a".parse().unwrap(),
                after: None,
                base: "https://mcn.example".to_owned(),
            };
            let mut feed = test.app.open_feed(request).await.unwrap();
            match test.app.read_feed(&mut feed, None).await.unwrap() {
                FeedBody::Whole(pieces) => (feed.etag, pieces[0].clone()),
                FeedBody::Streamed(_) => panic!("a page with a byte limit is put together first"),
            }
        };
        let given = join_all((0..20).map(|_| ask())).await;
        let (etag, piece) = &given[0];
        let same = |(tag, other): &(_, Bytes)| tag == etag && other.as_ptr() == piece.as_ptr();
        assert!(given.iter().all(same), "{given:?}");
        test.videos("a", &["g3"]).await;
        assert_ne!(ask().await.0, *etag);
    }
);
