//! A database that is away: the faces say so, promise nothing, and come back by themselves.

use std::time::Duration;

use crate::harness::{
    app::TestApp, cluster::Cluster, databases::TestDatabase, given::ready, http::Answer, wait_until,
};

const SHORT: [(&str, &str); 2] = [
    ("database.statement_timeout", "500ms"),
    ("database.acquire_timeout", "500ms"),
];

async fn listed(database: TestDatabase) -> TestApp {
    let test = TestApp::start(database, &SHORT).await;
    test.creator("a").await;
    test.videos("a", &["g"]).await;
    test
}

fn says_come_back(answer: Answer) {
    assert_eq!(answer.expect(503).header("retry-after"), Some("30"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_postgres_every_face_says_come_back_and_later_does_its_work() {
    let cluster = Cluster::start_new();
    let test = listed(TestDatabase::on(cluster.server())).await;
    cluster.stop();
    says_come_back(test.post(ready("g", "x1").to_string()).await);
    says_come_back(test.post("no JSON").await);
    says_come_back(test.get("/feeds/a.xml").await);
    says_come_back(test.get("/users.json").await);
    says_come_back(test.inside("/readyz").await);
    test.inside("/healthz").await.expect(200);
    cluster.start();
    wait_until("readiness", Duration::from_secs(20), async || {
        (test.inside("/readyz").await.status == 200).then_some(())
    })
    .await;
    assert_eq!(test.feed_guids("a").await, ["g"]);
    test.deliver(&ready("g", "x1")).await;
    assert_eq!(test.feed_guids("a").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_program_holds_the_file_a_callback_is_told_to_come_back() {
    let test = listed(TestDatabase::sqlite()).await;
    test.inside("/readyz").await.expect(200);
    let held = test.database.hold_writers();
    says_come_back(test.post(ready("g", "x1").to_string()).await);
    says_come_back(test.inside("/readyz").await);
    // Readers are not in the way of a writer.
    assert_eq!(test.feed_guids("a").await, ["g"]);
    drop(held);
    test.inside("/readyz").await.expect(200);
    test.deliver(&ready("g", "x1")).await;
    assert_eq!(test.feed_guids("a").await, [""; 0]);
}
