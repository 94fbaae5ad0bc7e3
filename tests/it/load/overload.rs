//! More crawls than can be answered: they are shed, and callbacks are taken all the while.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{
    app::{TestApp, answer},
    both,
    given::{ready, row},
    http::Answer,
};

/// Crawls that may be under way, and how many are tried at one time.
const MAX: &str = "4";
const CRAWLS: usize = 150;
const CALLBACKS: usize = 40;
/// Videos of the one feed; it is never cached.
const VIDEOS: usize = 300;

/// How many requests for feeds ended with this status, by the daemon's own count.
async fn counted(test: &TestApp, status: u16) -> usize {
    let metrics = test.inside("/metrics").await;
    let status = format!("status=\"{status}\"");
    let line = metrics.text().lines().find(|line| {
        let of_feeds = line.starts_with("mcnd_http_requests_total") && line.contains("/feeds/");
        of_feeds && line.contains(&status) && !line.contains("/c/")
    });
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

both!(
    async fn crawls_are_shed_before_callbacks(db: TestDatabase) {
        let settings = [("server.max_crawls", MAX), ("feed.cache_bytes", "0")];
        let test = TestApp::start(db, &settings).await;
        test.creator("a").await;
        let guids = (0..VIDEOS).map(|number| format!("g{number}"));
        let rows: Vec<_> = guids.map(|guid| row("a", &guid, &json!({}))).collect();
        test.import(&rows).await;
        let before = counted(&test, 503).await;
        let crawls = (0..CRAWLS).map(|_| answer(test.crawl("/feeds/a.xml")));
        let callbacks =
            (0..CALLBACKS).map(|number| test.post(ready(&format!("g{number}"), "x1").to_string()));
        let (crawls, callbacks) = tokio::join!(join_all(crawls), join_all(callbacks));
        for taken in callbacks {
            taken.expect(200);
        }
        let (shed, served): (Vec<Answer>, Vec<Answer>) =
            crawls.into_iter().partition(|answer| answer.status == 503);
        assert!(
            !shed.is_empty() && !served.is_empty(),
            "{} were shed",
            shed.len()
        );
        for answer in &shed {
            assert_eq!(answer.header("retry-after"), Some("5"));
        }
        for answer in served {
            answer.expect(200);
        }
        assert!(counted(&test, 503).await >= before + shed.len());
        // The lane is free again.
        test.feed("a").await;
    }
);
