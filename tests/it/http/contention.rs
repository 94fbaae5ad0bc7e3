//! Another program's transaction that locks videos the other way round: Postgres ends one of the two, and the work is done
//! all the same.

use std::{future::Future, time::Duration};

use mcnd::model::Guid;
use serde_json::json;

use crate::harness::{
    app::TestApp, databases::TestDatabase, given::by, given::ready, session::Session, wait_until,
};

const LIMIT: Duration = Duration::from_secs(30);
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'mcnd' AND wait_event_type = 'Lock'";

/// A service over the videos `g1` and `g2`, and a session that holds the second one.
async fn rivals() -> (TestApp, Session) {
    let database = TestDatabase::postgres();
    // Long enough for the session to ask for what the service has before the service looks for a deadlock.
    let name = database.value("SELECT current_database()");
    database.sql(&format!(
        "ALTER DATABASE {name} SET deadlock_timeout = '3s'"
    ));
    let test = TestApp::start(database, &[]).await;
    // Nothing is counted before somebody asks for the first time.
    test.inside("/metrics").await.expect(200);
    test.creator("a").await;
    for guid in ["g1", "g2"] {
        test.video("a", guid, json!({ "geo": "deny:fr" })).await;
    }
    let mut session = test.database.session();
    session.run("SET deadlock_timeout = '10min'; BEGIN");
    session.run("SELECT 1 FROM videos WHERE guid = 'g2' FOR UPDATE");
    (test, session)
}

/// Lets the work run into a deadlock that ends its transaction, and gives it another chance.
async fn deadlocks<T>(test: &TestApp, mut session: Session, work: impl Future<Output = T>) -> T {
    let rival = async {
        wait_until("the service to wait", LIMIT, async || {
            (test.database.value(WAITING) == "1").then_some(())
        })
        .await;
        session.begin("SELECT 1 FROM videos WHERE guid = 'g1' FOR UPDATE");
        // The service had that one: its transaction is undone.
        let mut session = tokio::task::spawn_blocking(move || {
            session.finish();
            session
        })
        .await
        .unwrap();
        session.run("COMMIT");
    };
    let (done, ()) = tokio::join!(work, rival);
    done
}

async fn retries_are_counted(test: &TestApp, what: &str) {
    let metrics = test.inside("/metrics").await.expect(200);
    let counter = format!("mcnd_contended_total{{what=\"{what}\"}}");
    assert!(metrics.text().contains(&counter), "{}", metrics.text());
}

fn both_videos() -> Vec<Guid> {
    ["g1", "g2"].map(|guid| guid.parse().unwrap()).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_in_a_deadlock_is_stored() {
    let (test, session) = rivals().await;
    let events = json!([ready("g1", "x1"), ready("g2", "x2")]);
    let counts = deadlocks(&test, session, test.deliver(&events)).await;
    assert_eq!(counts["stored"], 2);
    assert_eq!(test.feed_guids("a").await, [""; 0]);
    retries_are_counted(&test, "callbacks").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_many_videos_in_a_deadlock_is_carried_out() {
    let (test, session) = rivals().await;
    let taking_down = test.app.take_down_videos(both_videos(), by());
    let answers = deadlocks(&test, session, Box::pin(taking_down))
        .await
        .unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(
        [test.state("g1").await, test.state("g2").await],
        ["removed"; 2]
    );
    retries_are_counted(&test, "taken_down").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_settings_in_a_deadlock_reaches_every_video() {
    let (test, session) = rivals().await;
    let mut other = test.beside().await;
    let changing = other.set("feed.geo_restriction", "false");
    deadlocks(&test, session, Box::pin(changing)).await;
    assert_eq!(other.feed_guids("a").await, [""; 0]);
    retries_are_counted(&test, "policy").await;
}
