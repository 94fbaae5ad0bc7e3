//! `mcnd credential` beside a running daemon.

use std::time::Duration;

use crate::harness::{
    databases::TestDatabase,
    http::client,
    installation::{Installation, Served},
    wait_until,
};

const LIMIT: Duration = Duration::from_secs(10);

/// Waits until the user list answers a bearer of this secret with this status.
async fn answers(served: &Served, secret: &str, status: u16) {
    let client = client();
    let url = format!("http://{}/users.json", served.public);
    wait_until("the status", LIMIT, async || {
        let answer = client.get(&url).bearer_auth(secret).send().await.unwrap();
        (answer.status() == status).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_made_rotated_and_removed_counts_within_seconds() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let served = installation.serve().await;
    let made = installation
        .lines(&["credential", "add", "crawler", "--form", "bearer", "--json"])
        .await;
    let secret = |made: &[serde_json::Value]| made[0]["secret"].as_str().unwrap().to_owned();
    answers(&served, &secret(&made), 200).await;
    let id = made[0]["id"].as_str().unwrap();
    let rotated = installation
        .lines(&["credential", "rotate", id, "--overlap", "1h", "--json"])
        .await;
    answers(&served, &secret(&rotated), 200).await;
    answers(&served, &secret(&made), 200).await;
    installation.done(&["credential", "remove", id]).await;
    answers(&served, &secret(&made), 401).await;
    answers(&served, &secret(&rotated), 200).await;
    let listed = installation.done(&["credential", "list"]).await;
    assert!(
        listed.contains(rotated[0]["id"].as_str().unwrap()) && !listed.contains(id),
        "{listed}"
    );
    assert!(!listed.contains(&secret(&rotated)));
}

#[tokio::test]
async fn each_form_is_handed_out_as_it_is_presented() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    for (form, member) in [
        ("basic", "header"),
        ("bearer", "header"),
        ("path", "user_list"),
    ] {
        let made = installation
            .lines(&["credential", "add", "crawler", "--form", form, "--json"])
            .await;
        let shown = made[0][member].as_str().unwrap();
        let secret = made[0]["secret"].as_str().unwrap();
        assert_eq!(shown.contains(secret), form != "basic", "{shown}");
    }
}
