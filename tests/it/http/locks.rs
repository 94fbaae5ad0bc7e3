//! Another program that locks a table of Postgres: who needs it is told to come back in time, and callbacks that do not
//! need it are stored meanwhile.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mcnd::{
    app::{Error, Password},
    model::Role,
};

use crate::harness::{
    app::TestApp,
    databases::TestDatabase,
    given::ready,
    people::{PASSWORD, nearby},
    wait_until,
};

const LIMIT: Duration = Duration::from_secs(30);
/// More than there are connections.
const MANY: usize = 12;
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'mcnd' AND wait_event_type = 'Lock'";

/// A service with three connections, which gives up on a statement after this time, and on a lock after half of it.
async fn served(statement_timeout: &str) -> TestApp {
    let settings = [
        ("database.connections", "3"),
        ("database.statement_timeout", statement_timeout),
        ("database.acquire_timeout", "500ms"),
    ];
    let test = TestApp::start(TestDatabase::postgres(), &settings).await;
    test.creator("a").await;
    test.videos("a", &["g1", "g2"]).await;
    test
}

/// Many requests at once are told to come back, each within this time.
async fn all_told_to_come_back(test: &TestApp, path: &str, limit: Duration) {
    let asked = Instant::now();
    for answer in join_all((0..MANY).map(|_| test.get(path))).await {
        assert_eq!(answer.expect(503).header("retry-after"), Some("30"));
    }
    assert!(asked.elapsed() < limit, "{:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_videos_are_locked_feeds_say_come_back_and_later_are_served() {
    let test = served("2s").await;
    let mut session = test.database.session();
    session.run("BEGIN; LOCK TABLE videos");
    all_told_to_come_back(&test, "/feeds/a.xml", Duration::from_secs(3)).await;
    let refused = test.post(ready("g1", "x1").to_string()).await;
    assert_eq!(refused.expect(503).header("retry-after"), Some("30"));
    session.run("COMMIT");
    assert_eq!(test.feed_guids("a").await, ["g1", "g2"]);
    test.inside("/readyz").await.expect(200);
    test.deliver(&ready("g1", "x1")).await;
    assert_eq!(test.feed_guids("a").await, ["g2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_every_shared_connection_waits_for_a_lock_callbacks_are_stored() {
    let test = served("10s").await;
    let mut session = test.database.session();
    session.run("BEGIN; LOCK TABLE marks");
    let lists = all_told_to_come_back(&test, "/users.json", LIMIT);
    let callbacks = async {
        let all_wait = async || (test.database.value(WAITING) == "3").then_some(());
        wait_until("all connections to wait", LIMIT, all_wait).await;
        for guid in ["g1", "g2"] {
            let stored = test.deliver(&ready(guid, "x1")).await;
            assert_eq!(stored["stored"], 1);
        }
        assert_eq!(test.database.value(WAITING), "3");
    };
    tokio::join!(lists, callbacks);
    session.run("COMMIT");
    test.get("/users.json").await.expect(200);
    test.inside("/readyz").await.expect(200);
    assert_eq!(test.feed_guids("a").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_replaced_while_it_is_verified_lets_nobody_in() {
    let test = served("10s").await;
    test.signed(Role::Viewer).await;
    let count = "SELECT count(*) FROM sessions";
    let before = test.database.value(count);
    let mut session = test.database.session();
    session.run("BEGIN; UPDATE operators SET password = NULL");
    let given = Password::given(PASSWORD.to_owned());
    let signing_in = test.app.sign_in("viewer".to_owned(), given, nearby());
    let replaced = async {
        let waits = async || (test.database.value(WAITING) == "1").then_some(());
        wait_until("the sign-in to wait", LIMIT, waits).await;
        session.run("COMMIT");
    };
    let (signed_in, ()) = tokio::join!(signing_in, replaced);
    assert!(matches!(signed_in, Err(Error::Denied(_))));
    assert_eq!(test.database.value(count), before);
}
