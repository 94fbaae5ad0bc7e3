//! A processor that somebody else keeps busy: health and callbacks are answered all the same.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use super::{p99, say};
use crate::{
    crash::site::Site,
    harness::{databases::TestDatabase, http::client, process::Process},
};

const FOR: Duration = Duration::from_secs(30);
const P99: Duration = Duration::from_millis(250);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "figures are of release builds; run by `.ci/proofs`"]
async fn beside_a_busy_loop_on_its_only_processor_the_daemon_answers() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let served = site
        .installation
        .serve_after("taskset -p 1 $$ >/dev/null")
        .await;
    let mut busy = Command::new("taskset");
    busy.args(["1", "sh", "-c", "while :; do :; done"]);
    let _busy = Process::start(busy, "");
    let client = client();
    let (mut health, mut callbacks) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    while begun.elapsed() < FOR {
        let since = Instant::now();
        let alive = client.get(format!("http://{}/healthz", served.operator));
        assert_eq!(alive.send().await.unwrap().status(), 200);
        health.push(since.elapsed());
        let since = Instant::now();
        site.post_is_stored(&client, served.public).await;
        callbacks.push(since.elapsed());
    }
    let count = callbacks.len();
    let (health, callbacks) = (p99(health), p99(callbacks));
    say(&format!(
        "{count} callbacks beside a busy loop: p99 {callbacks:?}, of health {health:?}"
    ));
    assert!(health <= P99 && callbacks <= P99);
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}
