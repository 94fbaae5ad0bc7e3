//! A Postgres that goes away, drops its connections or takes no writes, under a load of callbacks: what was acknowledged is
//! there, readiness tells how it stands, and it comes back by itself.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::task::JoinSet;
use url::Url;

use super::site::Site;
use crate::harness::{
    cluster::Cluster, cycles, databases::TestDatabase, http::client, installation::Served, passes,
    wait_until,
};

const LIMIT: Duration = Duration::from_secs(30);
/// Within it, callbacks are stored again once the server takes connections, at most times.
const FIRST_SUCCESS: Duration = Duration::from_secs(3);
/// How often something happens in a run.
const TIMES: usize = 5;
/// How often it crashes.
const CRASHES: usize = 3;
/// For so long a server is away after a crash, at the least.
const AWAY: Duration = Duration::from_secs(2);
/// Whoever asks meanwhile has an answer within this: `database.acquire_timeout`, and what a busy machine adds.
const DEADLINE: Duration = Duration::from_secs(5);

/// Serves under a load of callbacks while `act` happens; then everything promised must be there.
pub(super) async fn under_load(site: &Site, act: impl AsyncFnOnce(&Served)) {
    let served = site.installation.serve().await;
    let acting = async {
        act(&served).await;
        is_ready(&served, true).await;
        goes_on(site).await;
        served.process.signal("KILL");
    };
    tokio::join!(site.send(served.public), acting);
    assert_eq!(site.lost().await, 0);
}

/// Waits until many more callbacks are acknowledged.
pub(super) async fn goes_on(site: &Site) {
    acknowledges(site, 50).await;
}

/// Waits until so many more events are acknowledged, and says how long that took.
async fn acknowledges(site: &Site, events: usize) -> Duration {
    let (asked, enough) = (Instant::now(), site.oracle.acknowledged() + events);
    wait_until("acknowledged events", LIMIT, async || {
        (site.oracle.acknowledged() >= enough).then_some(())
    })
    .await;
    asked.elapsed()
}

/// Waits until readiness says so.
pub(super) async fn is_ready(served: &Served, expected: bool) {
    let (client, url) = (client(), format!("http://{}/readyz", served.operator));
    let what = format!("readiness {expected}");
    wait_until(&what, LIMIT, async || {
        let status = client.get(&url).send().await.unwrap().status();
        (status.is_success() == expected).then_some(())
    })
    .await;
}

/// Callbacks are told to come back, and nothing that is sent meanwhile is acknowledged.
pub(super) async fn nothing_is_stored(site: &Site, served: &Served) {
    let client = client();
    let refused = async || {
        let status = site.post(&client, served.public, 1).await.unwrap();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    };
    // The last that is stored may be answered up to here, and heard of later.
    refused().await;
    let first_refusal = Instant::now();
    for _ in 0..3 {
        refused().await;
    }
    assert!(!site.oracle.has_acknowledged_since(first_refusal));
}

/// Asks again and again while the server is away: an answer is there in time, and it is a good one or says come back.
async fn answers_in_time(url: String, crawler: String) {
    let (client, begun) = (client(), Instant::now());
    while begun.elapsed() < AWAY {
        let asked = Instant::now();
        let answer = client.get(&url).bearer_auth(&crawler).send().await.unwrap();
        let took = asked.elapsed();
        assert!(took < DEADLINE, "{url} took {took:?}");
        if answer.status() != StatusCode::OK {
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{url}");
            assert!(answer.headers().contains_key("retry-after"), "{url}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_are_stored_soon_after_a_crash_of_the_server() {
    let cluster = Cluster::start_new();
    let site = Site::new(TestDatabase::on(cluster.server())).await;
    let crawler = site.installation.credential("crawler", "bearer").await;
    let mut waits = Vec::new();
    under_load(&site, async |served| {
        for _ in 0..cycles(CRASHES) {
            goes_on(&site).await;
            cluster.stop();
            // Tasks of their own, which go on while the server is started.
            let asking = ["feeds/a.xml", "users.json"].map(|path| {
                let url = format!("http://{}/{path}", served.public);
                answers_in_time(url, crawler.clone())
            });
            let asking: JoinSet<_> = asking.into_iter().collect();
            passes(AWAY).await;
            cluster.start();
            waits.push(acknowledges(&site, 1).await);
            asking.join_all().await;
        }
    })
    .await;
    let slowest = waits.iter().max().unwrap();
    assert!(*slowest < FIRST_SUCCESS, "{waits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_go_on_when_every_connection_is_ended() {
    let site = Site::new(TestDatabase::postgres()).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'mcnd'";
    under_load(&site, async |_served| {
        for _ in 0..TIMES {
            goes_on(&site).await;
            site.installation.database.query(end);
            goes_on(&site).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_wait_for_a_server_that_gives_no_more_connections() {
    let cluster = Cluster::start_new();
    let mut database = TestDatabase::on(cluster.server());
    let name = database.value("SELECT current_database()");
    database.sql(&format!(
        "CREATE ROLE narrow LOGIN; ALTER DATABASE {name} OWNER TO narrow"
    ));
    let mut url = Url::parse(&database.url).unwrap();
    url.set_username("narrow").unwrap();
    database.url = url.into();
    let site = Site::new(database).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'narrow'";
    let limit = |connections: i32| {
        let limit = format!("ALTER ROLE narrow CONNECTION LIMIT {connections}");
        site.installation.database.sql(&limit);
        site.installation.database.query(end);
    };
    under_load(&site, async |served| {
        goes_on(&site).await;
        limit(2);
        limit(0);
        is_ready(served, false).await;
        nothing_is_stored(&site, served).await;
        limit(-1);
        goes_on(&site).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_wait_for_a_server_that_takes_no_writes() {
    let cluster = Cluster::start_new();
    let site = Site::new(TestDatabase::on(cluster.server())).await;
    under_load(&site, async |served| {
        goes_on(&site).await;
        cluster.alter("SET default_transaction_read_only = on");
        is_ready(served, false).await;
        nothing_is_stored(&site, served).await;
        cluster.alter("RESET default_transaction_read_only");
        goes_on(&site).await;
    })
    .await;
}
