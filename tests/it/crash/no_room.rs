//! A database that may not grow: callbacks are told to come back, and are stored again as soon as there is room.

use std::process::Command;

use reqwest::StatusCode;

use super::site::Site;
use crate::harness::{cluster::done, databases::TestDatabase, http::client, installation::Served};

/// Lets no file of a daemon grow beyond this.
fn limit_files(daemon: &Served, bytes: &str) {
    let mut limit = Command::new("prlimit");
    limit.args(["--pid", &daemon.process.id().to_string()]);
    done(limit.arg(format!("--fsize={bytes}:")));
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_are_stored_again_once_the_database_may_grow() {
    let site = Site::new(TestDatabase::sqlite()).await;
    // By default, the system kills whoever goes beyond such a limit.
    let served = site.installation.serve_after("trap '' XFSZ").await;
    let client = client();
    for _ in 0..3 {
        limit_files(&served, "65536");
        site.post_until_refused(&client, served.public).await;
        limit_files(&served, "unlimited");
        site.post_is_stored(&client, served.public).await;
    }
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_writes_nothing_does_not_hide_that_there_is_no_room() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let served = site.installation.serve_after("trap '' XFSZ").await;
    let client = client();
    let is_ready = async || {
        let url = format!("http://{}/readyz", served.operator);
        client.get(url).send().await.unwrap().status() == StatusCode::OK
    };
    // Not even room for what readiness tries to write.
    limit_files(&served, "1");
    site.post_until_refused(&client, served.public).await;
    let status = site.post_nothing(&client, served.public).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(!is_ready().await);
    limit_files(&served, "unlimited");
    assert!(is_ready().await);
}
