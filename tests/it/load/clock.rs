//! Somebody sets the clock: what goes by time that only passes goes on, and nothing is forgotten by a wrong time.

use std::{fs, time::Duration};

use mcnd::model::{CredentialForm, CredentialKind};
use reqwest::{Client, StatusCode};

use crate::harness::given::by;
use crate::{
    crash::oracle::Site,
    harness::{
        app::TestApp, databases::TestDatabase, http::client, installation::Served,
        preload::Preload, wait_until,
    },
};

const LIMIT: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600;
/// What the clock is set to, in seconds beside the right time.
const SET: [i64; 5] = [HOUR, -HOUR, 240 * HOUR, -240 * HOUR, 0];
/// Events that are acknowledged after each.
const EVENTS: usize = 50;
/// Moves the wall clock by the seconds that a file holds. The clock that only passes stays as it is.
const SHIFTED: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long shift(void) {
    char text[32] = {0};
    int file = open(getenv("SHIFT_FILE"), O_RDONLY);
    if (file < 0) return 0;
    if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
    close(file);
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
    return failed;
}
"#;

/// How many jumps the daemon has counted.
async fn jumps(client: &Client, served: &Served) -> usize {
    let metrics = client.get(format!("http://{}/metrics", served.operator));
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    let mut lines = metrics.lines();
    let line = lines.find(|line| line.starts_with("mcnd_clock_jumps_total"));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

/// Sets the clock again and again, and holds the daemon to its promises each time.
async fn set_the_clock(site: &Site, served: &Served, crawler: &str) {
    let client = client();
    for (number, seconds) in SET.into_iter().enumerate() {
        site.installation.write("next", seconds.to_string());
        fs::rename(
            site.installation.path("next"),
            site.installation.path("shift"),
        )
        .unwrap();
        wait_until("the jump to be counted", LIMIT, async || {
            (jumps(&client, served).await > number).then_some(())
        })
        .await;
        let enough = site.oracle.acknowledged() + EVENTS;
        wait_until("acknowledged events", LIMIT, async || {
            (site.oracle.acknowledged() >= enough).then_some(())
        })
        .await;
        let ready = client.get(format!("http://{}/readyz", served.operator));
        let feed = client.get(format!("http://{}/feeds/a.xml", served.public));
        for request in [ready, feed.bearer_auth(crawler)] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{seconds}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_under_load_disturbs_nobody() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let crawler = site.installation.credential("crawler", "bearer").await;
    site.installation.write("shift", "0");
    let (library, shift) = (Preload::of(SHIFTED), site.installation.path("shift"));
    let mut served = site
        .installation
        .serve_with(&[
            ("LD_PRELOAD", library.path().to_str().unwrap()),
            ("SHIFT_FILE", shift.to_str().unwrap()),
        ])
        .await;
    tokio::select! {
        () = site.send(served.public) => panic!("the daemon is gone"),
        () = set_the_clock(&site, &served, &crawler) => {}
    }
    served.process.says("clock jumped by 36").await;
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_jump_of_the_clock_nothing_is_forgotten() {
    let test = TestApp::sqlite().await;
    let (crawler, bearer) = (CredentialKind::Crawler, CredentialForm::Bearer);
    let old = test.credential(crawler, bearer).await.credential.id;
    let hour = Duration::from_hours(1);
    test.app.rotate_credential(by(), old, hour).await.unwrap();
    assert_eq!(test.app.sweep().await.unwrap(), 0);
    let kept = || test.database.value("SELECT count(*) FROM credentials");
    let before = kept();
    test.advance(Duration::from_hours(240));
    assert_eq!(test.app.sweep().await.unwrap(), 0);
    assert_eq!(kept(), before);
    // It had ended by that clock.
    assert_eq!(test.app.forget_old_visits().await.unwrap(), 1);
}
