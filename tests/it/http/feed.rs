//! A creator's feed: who has one, what it lists, and that it is whole or not at all.

use std::time::Duration;

use mcnd::model::CreatorStatus;
use serde_json::json;

use crate::harness::{
    app::{BASE, NOON, TestApp, answer, guids_in},
    both,
    databases::TestDatabase,
    given::{ready, row},
    http::Raw,
};

async fn listed(database: TestDatabase, guids: &[&str]) -> TestApp {
    let test = TestApp::start(database, &[]).await;
    test.creator("a").await;
    test.videos("a", guids).await;
    test
}

const NOTHING: [&str; 0] = [];

both!(
    async fn waiting_videos_are_listed_oldest_first(db: TestDatabase) {
        let test = listed(db, &["g1", "g2"]).await;
        test.advance(Duration::from_secs(1));
        test.videos("a", &["g0"]).await;
        let feed = test.feed("a").await;
        assert_eq!(
            feed.header("content-type"),
            Some("application/rss+xml; charset=utf-8")
        );
        assert_eq!(guids_in(feed.text()), ["g1", "g2", "g0"]);
    }
);

both!(
    async fn unknown_and_rejected_creators_are_the_same_404(db: TestDatabase) {
        let test = listed(db, &["g"]).await;
        test.creator("gone").await;
        test.set_status("gone", CreatorStatus::Rejected).await;
        let [unknown, gone] = [
            test.get("/feeds/nobody.xml").await,
            test.get("/feeds/gone.xml").await,
        ];
        let without_id = |text: &str| {
            text.lines()
                .filter(|line| !line.starts_with("request "))
                .collect::<String>()
        };
        let (unknown, gone) = (unknown.expect(404), gone.expect(404));
        let (one, other) = (without_id(unknown.text()), without_id(gone.text()));
        assert_eq!(one.replace("nobody", "*"), other.replace("gone", "*"));
    }
);

#[tokio::test]
async fn tricks_with_the_path_are_404() {
    let test = listed(TestDatabase::sqlite(), &["g"]).await;
    test.get_exactly("/feeds/a.xml").await.expect(200);
    for path in [
        "/feeds/../feeds/a.xml",
        "/feeds/%2e%2e/feeds/a.xml",
        "/feeds/..%2fa.xml",
        "/feeds/a;b.xml",
        "/feeds/a.xml;b",
        "/feeds/%2561.xml",
        "/feeds/A.xml",
        "/feeds/a.XML",
        "/feeds/a",
        "/feeds/a.xml/",
        "/feeds//a.xml",
        "/feeds/.xml",
        "/feeds/%20a.xml",
        "/feeds/a.xml%20",
        "/feeds/a'--.xml",
        "/Feeds/a.xml",
        "//feeds/a.xml",
    ] {
        let got = test.get_exactly(path).await;
        assert_eq!(got.status, 404, "{path}: {}", got.text());
    }
}

both!(
    async fn a_paused_creator_has_an_empty_feed(db: TestDatabase) {
        let test = listed(db, &["g"]).await;
        test.set_status("a", CreatorStatus::Paused).await;
        assert_eq!(test.feed_guids("a").await, NOTHING);
        test.set_status("a", CreatorStatus::Active).await;
        assert_eq!(test.feed_guids("a").await, ["g"]);
    }
);

both!(
    async fn a_feed_of_nothing_is_a_valid_empty_channel(db: TestDatabase) {
        let test = listed(db, &["g1", "g2"]).await;
        test.deliver(&json!([ready("g1", "x1"), ready("g2", "x2")]))
            .await;
        let feed = test.feed("a").await;
        let document = roxmltree::Document::parse(feed.text()).unwrap();
        let channel = document.root_element().first_element_child().unwrap();
        assert!(channel.has_tag_name("channel"));
        assert!(!channel.children().any(|node| node.has_tag_name("item")));
        for required in ["title", "link", "description"] {
            assert!(
                channel.children().any(|node| node.has_tag_name(required)),
                "{required}"
            );
        }
    }
);

#[tokio::test]
async fn a_range_is_not_served_in_part() {
    let test = listed(TestDatabase::sqlite(), &["g"]).await;
    let whole = test.feed("a").await.body;
    let thousand = format!("bytes={}", vec!["0-0"; 1000].join(","));
    for range in [
        "bytes=0-9",
        "bytes=9-0",
        "bytes=99999999-",
        "bytes=-0",
        "lines=1-2",
        "bytes=0-5,3-9",
        &thousand,
    ] {
        let got = answer(test.crawl("/feeds/a.xml").header("range", range))
            .await
            .expect(200);
        assert_eq!(got.body, whole, "{range}");
    }
}

#[tokio::test]
async fn media_addresses_that_no_crawler_should_follow_are_never_listed() {
    let mut test = listed(TestDatabase::sqlite(), &["fine"]).await;
    let odd = [
        "https://media.example/a b.mp4",
        "https://media.example/a.mp4#part",
        "https://user:secret@media.example/a.mp4",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//media.example/a.mp4",
        "http://",
    ];
    let rows: Vec<_> = odd
        .iter()
        .enumerate()
        .map(|(number, url)| row("a", &format!("odd{number}"), &json!({ "media_url": url })))
        .collect();
    let results = test.import(&rows).await;
    assert!(
        results.iter().all(|result| result["outcome"] == "blocked"),
        "{results:?}"
    );
    for (number, host) in ["127.0.0.1", "10.0.0.1", "localhost", "192.168.1.1"]
        .iter()
        .enumerate()
    {
        test.video(
            "a",
            &format!("private{number}"),
            json!({ "media_url": format!("http://{host}/a.mp4") }),
        )
        .await;
    }
    assert_eq!(test.feed_guids("a").await, ["fine"]);
    test.set("feed.allow_private_media", "true").await;
    assert_eq!(test.feed_guids("a").await.len(), 5);
    test.set("feed.allow_private_media", "false").await;
    assert_eq!(test.feed_guids("a").await, ["fine"]);
}

both!(
    async fn videos_that_the_feed_cannot_describe_are_held(db: TestDatabase) {
        let mut test = listed(db, &["g"]).await;
        test.video("a", "kids", json!({ "made_for_kids": true }))
            .await;
        test.video("a", "private", json!({ "private": true })).await;
        test.video("a", "geo", json!({ "geo": "deny:fr" })).await;
        assert_eq!(test.feed_guids("a").await, ["g", "geo"]);
        test.set("feed.geo_restriction", "false").await;
        assert_eq!(test.feed_guids("a").await, ["g"]);
        test.set(
            "feed.dm",
            r#"[{ attribute = "made_for_kids", element = "forKids" }]"#,
        )
        .await;
        assert_eq!(test.feed_guids("a").await, ["g", "kids"]);
    }
);

both!(
    async fn a_policy_that_a_dead_daemon_left_half_done_is_carried_out(db: TestDatabase) {
        let test = listed(db, &["g"]).await;
        test.video("a", "geo", json!({ "geo": "deny:fr" })).await;
        let stale = "UPDATE videos SET held = TRUE WHERE guid = 'geo'";
        test.database.sql(stale);
        assert_eq!(test.app.settle_policy().await.unwrap(), 0);
        let half_done = "UPDATE marks SET value = 0 WHERE name = 'policy_settled'";
        test.database.sql(half_done);
        assert_eq!(test.app.settle_policy().await.unwrap(), 1);
        assert_eq!(test.feed_guids("a").await, ["g", "geo"]);
        assert_eq!(test.app.settle_policy().await.unwrap(), 0);
    }
);

both!(
    async fn pages_follow_each_other_when_paging_is_on(db: TestDatabase) {
        let guids: Vec<_> = (0..7).map(|number| format!("g{number}")).collect();
        let mut test = listed(db, &guids.iter().map(String::as_str).collect::<Vec<_>>()).await;
        test.set("feed.limit", "3").await;
        assert_eq!(test.feed_guids("a").await, ["g0", "g1", "g2"]);
        assert!(!test.feed("a").await.text().contains("\"next\""));
        test.set("feed.paging", "true").await;
        let (mut path, mut seen) = (Some("/feeds/a.xml".to_owned()), Vec::new());
        while let Some(page) = path {
            let feed = test.get(&page).await.expect(200);
            let document = roxmltree::Document::parse(feed.text()).unwrap();
            let next = document
                .descendants()
                .find(|node| node.attribute("rel") == Some("next"));
            path = next.map(|link| link.attribute("href").unwrap().replace(BASE, ""));
            seen.extend(guids_in(feed.text()));
        }
        assert_eq!(seen, guids);
        test.get("/feeds/a.xml?after=nonsense").await.expect(400);
    }
);

#[tokio::test]
async fn a_page_stays_under_its_bytes_and_the_next_one_goes_on() {
    let guids: Vec<_> = (0..40).map(|number| format!("g{number:02}")).collect();
    let mut test = listed(
        TestDatabase::sqlite(),
        &guids.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .await;
    test.set("feed.max_bytes", "10000").await;
    test.set("feed.paging", "true").await;
    let feed = test.feed("a").await;
    let count = guids_in(feed.text()).len();
    assert!(
        feed.body.len() <= 10_000 && (2..40).contains(&count),
        "{} bytes, {count}",
        feed.body.len()
    );
    let document = roxmltree::Document::parse(feed.text()).unwrap();
    let next = document
        .descendants()
        .find(|node| node.attribute("rel") == Some("next"))
        .unwrap();
    let further = test
        .get(&next.attribute("href").unwrap().replace(BASE, ""))
        .await
        .expect(200);
    assert_eq!(guids_in(further.text())[0], guids[count]);
}

both!(
    async fn without_limits_everything_is_streamed(db: TestDatabase) {
        let test = TestApp::start(db, &[("feed.limit", "0"), ("feed.max_bytes", "0")]).await;
        test.creator("a").await;
        let guids: Vec<_> = (0..1_200).map(|number| format!("g{number:04}")).collect();
        test.videos("a", &guids.iter().map(String::as_str).collect::<Vec<_>>())
            .await;
        let feed = test.feed("a").await;
        assert_eq!(guids_in(feed.text()), guids);
        assert_eq!(feed.header("transfer-encoding"), Some("chunked"));
    }
);

both!(
    async fn a_feed_that_breaks_midway_never_looks_whole(db: TestDatabase) {
        let mut test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let guids: Vec<_> = (0..600).map(|number| format!("g{number:04}")).collect();
        test.videos("a", &guids.iter().map(String::as_str).collect::<Vec<_>>())
            .await;
        let id = test
            .database
            .value("SELECT id FROM videos WHERE guid = 'g0550'");
        test.database.spoil("videos", "title", &id);
        let refused = test.get("/feeds/a.xml").await;
        assert!(
            refused.status >= 500 && !refused.text().contains("<rss"),
            "{refused:?}"
        );
        test.set("feed.limit", "0").await;
        test.set("feed.max_bytes", "0").await;
        let mut raw = Raw::connect(test.public).await;
        let secret = &test.crawler;
        raw.send(format!(
            "GET /feeds/a.xml HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}\r\n\r\n"
        ))
        .await
        .unwrap();
        let said = String::from_utf8(raw.rest().await.unwrap()).unwrap();
        assert!(
            !said.contains("</rss>") && !said.ends_with("\r\n0\r\n\r\n"),
            "{}",
            said.len()
        );
    }
);

both!(
    async fn the_daily_cap_counts_what_was_imported(db: TestDatabase) {
        let test = TestApp::start(db, &[("feed.daily_cap", "2")]).await;
        test.creator("a").await;
        test.videos("a", &["g1", "g2", "g3"]).await;
        assert_eq!(test.feed_guids("a").await, ["g1", "g2"]);
        test.deliver(&ready("g1", "x1")).await;
        assert_eq!(test.feed_guids("a").await, ["g2"]);
        test.deliver(&ready("g2", "x2")).await;
        assert_eq!(test.feed_guids("a").await, NOTHING);
        let why = test.app.why(&"g3".parse().unwrap()).await.unwrap();
        assert!(why.sentence.contains("held back"), "{}", why.sentence);
        test.advance(Duration::from_hours(24));
        assert_eq!(test.feed_guids("a").await, ["g3"]);
    }
);

both!(
    async fn windows_open_and_end_by_the_clock_before_any_job_ran(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let hour = |hours: u64| NOON.after(Duration::from_hours(hours)).to_string();
        test.video(
            "a",
            "window",
            json!({ "starts_at": hour(1), "ends_at": hour(2) }),
        )
        .await;
        test.video("a", "always", json!({})).await;
        for (guids, hours) in [
            (vec!["always"], 1),
            (vec!["always", "window"], 1),
            (vec!["always"], 1),
        ] {
            let mut listed = test.feed_guids("a").await;
            listed.sort();
            assert_eq!(listed, guids);
            test.advance(Duration::from_hours(hours));
        }
        test.app.turn_feeds().await.unwrap();
        assert_eq!(test.feed_guids("a").await, ["always"]);
    }
);
