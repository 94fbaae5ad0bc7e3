//! Handlers that panic beside many other requests: whoever asked them is told so, nobody else notices.

use std::net::SocketAddr;

use futures_util::future::join_all;
use reqwest::{Client, StatusCode};

use super::site::Site;
use crate::harness::{databases::TestDatabase, http::client};

const SENDERS: usize = 16;
/// Requests of a sender, of four kinds in turn.
const REQUESTS: usize = 200;
/// Panics among the requests that pass a point.
const PANICS: usize = 50;

/// How many of a sender's requests were answered 500; each of the others must be answered as if nothing happened.
async fn send(site: &Site, public: SocketAddr, crawler: &str) -> usize {
    let client = client();
    let mut faults = 0;
    for turn in 0..REQUESTS {
        let (status, expected) = match turn % 4 {
            0 => (site.post(&client, public, 3).await.unwrap(), 200),
            1 => (get(&client, public, "/feeds/a.xml", crawler).await, 200),
            2 => (get(&client, public, "/users.json", crawler).await, 200),
            _ => (get(&client, public, "/nowhere", crawler).await, 404),
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            faults += 1;
        } else {
            assert_eq!(status, expected, "{turn}");
        }
    }
    faults
}

/// The status of an answer that comes to its end; a fault names its request and tells nothing of its reason.
async fn get(client: &Client, public: SocketAddr, path: &str, crawler: &str) -> StatusCode {
    let request = client.get(format!("http://{public}{path}"));
    let answer = request.bearer_auth(crawler).send().await.unwrap();
    let status = answer.status();
    let body = answer.text().await.unwrap();
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        assert!(body.contains("\"instance\":"), "{body}");
        assert!(!body.contains("MCND_PANIC_AT"), "{body}");
    }
    status
}

/// Every panic at a point costs exactly one request.
async fn only_theirs_fail(point: &str, first: usize) {
    let site = Site::new(TestDatabase::sqlite()).await;
    site.installation.configure("[feed]\nlimit = 10");
    let crawler = site.installation.credential("crawler", "bearer").await;
    let chosen = format!("{point}:{first}-{}", first + PANICS - 1);
    let variables = [("MCND_PANIC_AT", chosen.as_str())];
    let served = site.installation.serve_with(&variables).await;
    let senders = (0..SENDERS).map(|_| send(&site, served.public, &crawler));
    let faults: usize = join_all(senders).await.into_iter().sum();
    assert_eq!(faults, PANICS);
    let metrics = format!("http://{}/metrics", served.operator);
    let metrics = client().get(metrics).send().await.unwrap().text().await;
    let counted = format!("mcnd_panics_total {PANICS}");
    assert!(metrics.unwrap().lines().any(|line| line == counted));
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_request_is_answered_with_500_and_thousands_of_others_go_on() {
    only_theirs_fail("http.request", 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_task_of_a_callback_is_answered_with_500_and_the_others_are_stored() {
    only_theirs_fail("callback.task", 200).await;
}
