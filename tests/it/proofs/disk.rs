//! A disk that is full, fails or turns read-only: what was acknowledged is there, and the daemon says what is wrong.

use std::{fs, process::Command, time::Duration};

use reqwest::{Client, StatusCode};

use super::volume::Volume;
use crate::{
    crash::site::Site,
    harness::{
        databases::TestDatabase, http::client, installation::Served, process::Process, wait_until,
    },
};

const LIMIT: Duration = Duration::from_secs(30);
/// Deliveries that need more calls than the last of the turns.
const MANY: usize = 1_000;
/// Which of the calls fails, counted from the moment when the daemon answers.
const TURNS: [usize; 12] = [1, 2, 3, 4, 5, 8, 13, 21, 34, 55, 89, 144];

/// Makes one sync of a file by a running daemon fail, until the value is gone.
async fn fail_a_sync(daemon: &Process, file: &str, turn: usize) -> Process {
    let calls = "fsync,fdatasync";
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o", "/dev/null", "-p", &daemon.id().to_string()]);
    strace.args(["-P", file, "-e", &format!("trace={calls}")]);
    strace.args(["-e", &format!("inject={calls}:error=EIO:when={turn}")]);
    let mut strace = Process::start(strace, "");
    strace.says("attached").await;
    strace
}

/// Posts until the daemon is gone. Once it has refused, nothing it says may be a promise; the write that fails may also be a
/// job's, and then it is gone without a word.
async fn post_until_gone(site: &Site, client: &Client, served: &Served) {
    let mut refused = false;
    for _ in 0..MANY {
        let Ok(status) = site.post(client, served.public, 5).await else {
            return;
        };
        refused |= status != StatusCode::OK;
        assert!(!refused || status == StatusCode::SERVICE_UNAVAILABLE);
    }
    panic!("the daemon goes on although a sync failed");
}

/// The catalog holds what was acknowledged, and is whole.
async fn is_whole(site: &Site) {
    assert_eq!(site.lost().await, 0);
    let check = "SELECT integrity_check FROM pragma_integrity_check";
    assert_eq!(site.installation.database.value(check), "ok");
}

/// What the face inside answers.
async fn inside(client: &Client, served: &Served, path: &str) -> StatusCode {
    let request = client.get(format!("http://{}{path}", served.operator));
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts volumes; run by `.ci/proofs`"]
async fn on_a_full_disk_callbacks_are_told_to_come_back_until_there_is_room() {
    let volume = Volume::new(64);
    let site = Site::new(TestDatabase::sqlite_in(&volume.path())).await;
    let mut served = site.installation.serve().await;
    let client = client();
    site.post_is_stored(&client, served.public).await;
    let filler = volume.fill();
    site.post_until_refused(&client, served.public).await;
    served.process.says("database or disk is full").await;
    assert_eq!(inside(&client, &served, "/healthz").await, StatusCode::OK);
    fs::remove_file(filler).unwrap();
    site.post_is_stored(&client, served.public).await;
    assert_eq!(inside(&client, &served, "/readyz").await, StatusCode::OK);
    served.process.kill().await;
    is_whole(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "traces processes; run by `.ci/proofs`"]
async fn after_a_sync_that_failed_nothing_is_promised_and_the_daemon_ends() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let client = client();
    let file = site.installation.database.url.clone();
    let log = format!("{}-wal", file.strip_prefix("sqlite:").unwrap());
    for turn in TURNS {
        let served = site.installation.serve().await;
        let _strace = fail_a_sync(&served.process, &log, turn).await;
        post_until_gone(&site, &client, &served).await;
        let ended = served.process.ends_within(LIMIT).await;
        assert_eq!(ended.status.code(), Some(70), "{ended:?}");
        assert!(ended.err.contains("could not make a write durable"));
        is_whole(&site).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts volumes; run by `.ci/proofs`"]
async fn on_a_disk_that_turned_read_only_feeds_are_served_and_readiness_is_red() {
    let volume = Volume::new(64);
    let site = Site::new(TestDatabase::sqlite_in(&volume.path())).await;
    let crawler = site.installation.credential("crawler", "bearer").await;
    let mut served = site.installation.serve().await;
    let client = client();
    site.post_is_stored(&client, served.public).await;
    assert_eq!(inside(&client, &served, "/readyz").await, StatusCode::OK);
    volume.sync();
    volume.break_down();
    site.post_until_refused(&client, served.public).await;
    served.process.says("could not store").await;
    wait_until("red readiness", LIMIT, async || {
        (inside(&client, &served, "/readyz").await == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    for path in ["users.json", "feeds/a.xml"] {
        let request = client.get(format!("http://{}/{path}", served.public));
        let answer = request.bearer_auth(&crawler).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    served.process.kill().await;
    volume.freeze();
    volume.go_back().await;
    is_whole(&site).await;
}
