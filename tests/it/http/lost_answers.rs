//! Answers that are lost on their way: the sender repeats, and nothing happens twice.

use std::time::Duration;

use crate::harness::{
    app::{TestApp, answer},
    databases::TestDatabase,
    given::ready,
    http::client,
    proxy::{Mode, Proxy, Upstream},
    wait_until,
};

/// Bytes of Postgres' answer to a commit: `CommandComplete` and `ReadyForQuery`.
const COMMIT_ANSWER: usize = 18;
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_at_any_byte_counts_once() {
    let mut database = TestDatabase::postgres();
    let proxy = Proxy::before(&mut database).await;
    let test = TestApp::start(database, &[]).await;
    test.creator("a").await;
    let guids: Vec<_> = (0..COMMIT_ANSWER).map(|at| format!("g{at:02}")).collect();
    let listed: Vec<_> = guids.iter().map(String::as_str).collect();
    test.videos("a", &listed).await;
    for (at, guid) in listed.iter().enumerate() {
        proxy.set(Mode::CutAnswer {
            to: "COMMIT",
            after: at,
        });
        let event = ready(guid, "x1");
        let doubtful = test.post(event.to_string()).await;
        assert_eq!(doubtful.status, 503, "{at}");
        let repeated = test.deliver(&event).await;
        assert_eq!(
            (&repeated["stored"], &repeated["known"]),
            (&0.into(), &1.into()),
            "{at}"
        );
        assert_eq!(test.feed_guids("a").await, listed[at + 1..]);
    }
    let count = |table: &str| {
        test.database
            .value(&format!("SELECT count(*) FROM {table}"))
    };
    assert_eq!(count("events"), "18");
    assert_eq!(count("timeline WHERE what = 'reported'"), "18");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_whose_answer_is_lost_counts_once() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.videos("a", &["g"]).await;
    let proxy = Proxy::to(Upstream::Tcp(test.public)).await;
    let post = |limit| {
        let request = client().post(format!("http://{}/callbacks/dailymotion", proxy.address));
        let request = request.bearer_auth(&test.callback).timeout(limit);
        request.body(ready("g", "x1").to_string())
    };
    proxy.set(Mode::DropAnswers);
    let lost = post(Duration::from_secs(1)).send().await;
    assert!(lost.unwrap_err().is_timeout());
    proxy.set(Mode::Pass);
    let repeated = answer(post(LIMIT)).await.expect(200).json();
    assert_eq!(
        (&repeated["stored"], &repeated["known"]),
        (&0.into(), &1.into())
    );
    assert_eq!(test.filed().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_says_nothing_is_given_up_on_in_time() {
    let mut database = TestDatabase::postgres();
    let proxy = Proxy::before(&mut database).await;
    let short = [
        ("database.statement_timeout", "500ms"),
        ("database.acquire_timeout", "500ms"),
    ];
    let test = TestApp::start(database, &short).await;
    test.creator("a").await;
    test.videos("a", &["g"]).await;
    proxy.set(Mode::BlackHole);
    let asked = std::time::Instant::now();
    for _ in 0..4 {
        test.post(ready("g", "x1").to_string()).await.expect(503);
    }
    test.get("/feeds/a.xml").await.expect(503);
    test.inside("/readyz").await.expect(503);
    // Each waits for a connection, then for its answer.
    assert!(asked.elapsed() < Duration::from_secs(6 * 3));
    proxy.set(Mode::Pass);
    wait_until("a stored callback", LIMIT, async || {
        let answer = test.post(ready("g", "x1").to_string()).await;
        (answer.status == 200).then_some(())
    })
    .await;
    test.inside("/readyz").await.expect(200);
    assert_eq!(test.filed().len(), 1);
}
