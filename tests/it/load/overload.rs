//! More than can be answered: crawls are shed, callbacks are taken all the while, and where even they are too many the rest
//! is told at once to come back.

use futures_util::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use serde_json::json;

use crate::harness::{
    app::{TestApp, answer},
    both,
    databases::TestDatabase,
    given::{ready, row},
    http::Answer,
};

/// Crawls that may be under way, and how many are tried at one time.
const MAX: &str = "4";
const LANE: usize = 4;
const CRAWLS: usize = 150;
const CALLBACKS: usize = 40;
/// Videos of the one feed; it is never cached.
const VIDEOS: usize = 300;
/// Deliveries that may wait behind the one that is written.
const QUEUE: &str = "4";
const QUEUED: usize = 4;

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

/// Takes so many answers that say come back, which the others do not hold up.
async fn shed(
    answers: &mut FuturesUnordered<impl Future<Output = Answer>>,
    count: usize,
    after: &str,
) {
    for _ in 0..count {
        let shed = answers.next().await.unwrap().expect(503);
        assert_eq!(shed.header("retry-after"), Some(after));
    }
}

/// Takes what is left of the answers, which must be good ones.
async fn all_done(answers: FuturesUnordered<impl Future<Output = Answer>>) {
    for answer in answers.collect::<Vec<_>>().await {
        answer.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crawls_beyond_the_lane_do_not_wait_for_those_in_it() {
    let settings = [("server.max_crawls", MAX)];
    let test = TestApp::start(TestDatabase::postgres(), &settings).await;
    test.creator("a").await;
    test.videos("a", &["g"]).await;
    let mut session = test.database.session();
    session.run("BEGIN; LOCK TABLE videos");
    let mut answers: FuturesUnordered<_> = (0..CRAWLS).map(|_| test.get("/feeds/a.xml")).collect();
    // As long as nothing can be read, the lane is full.
    shed(&mut answers, CRAWLS - LANE, "5").await;
    session.run("COMMIT");
    all_done(answers).await;
}

both!(
    async fn callbacks_beyond_the_queue_do_not_wait_for_those_in_it(db: TestDatabase) {
        let settings = [("callback.queue", QUEUE), ("callback.group", "1")];
        let test = TestApp::start(db, &settings).await;
        let held = test.database.hold_writers();
        let bodies = (0..CALLBACKS).map(|number| ready(&format!("g{number}"), "x1").to_string());
        let mut answers: FuturesUnordered<_> = bodies.map(|body| test.post(body)).collect();
        // As long as nothing can be written, one delivery is in hand and others wait.
        shed(&mut answers, CALLBACKS - QUEUED - 1, "30").await;
        drop(held);
        all_done(answers).await;
        assert_eq!(test.filed().len(), QUEUED + 1);
    }
);
