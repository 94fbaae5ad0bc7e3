//! Somebody sets the clock: what goes by time that only passes goes on, and nothing is forgotten by a wrong time.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use mcnd::{
    app::{Origin, Password, SignedIn},
    model::{CredentialForm, CredentialKind, Timestamp},
};
use reqwest::{Client, StatusCode};

use crate::{
    crash::site::Site,
    harness::{
        app::{NOON, TestApp},
        both,
        databases::TestDatabase,
        given::by,
        http::client,
        installation::Served,
        preload::Preload,
        wait_until, web,
    },
};

const LIMIT: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600;
/// What the clock is set to, in seconds beside the right time.
const SET: [i64; 4] = [HOUR, -HOUR, 240 * HOUR, -240 * HOUR];
/// Events that are acknowledged after each.
const EVENTS: usize = 50;
/// What a site elsewhere has for us, and how long it may take to say so.
const TABLE: &str =
    "guid,title,category,media_url,made_for_kids\np,T,news,https://media.example/p.mp4,no\n";
const PATIENT: &str = "[outbound]\nallow = [\"127.0.0.0/8\"]\nheader_timeout = \"10m\"";
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
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
async fn set_the_clock(site: &Site, served: &Served, crawler: &str, elsewhere: &web::Site) {
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
        let asked = elsewhere.asked().len();
        assert_eq!(asked, 1, "pulled a second time at {seconds}");
    }
}

/// Keeps a source whose site is asked once and answers later.
async fn keep_a_slow_source(site: &Site) -> web::Site {
    let elsewhere = web::Site::new(TABLE).await;
    elsewhere.answers(false);
    site.installation.configure(PATIENT);
    let url = elsewhere.url("/export");
    let add = ["source", "add", "partner", &url, "--creator", "a"];
    let hourly = ["--every", "1h"];
    site.installation.done(&[&add[..], &hourly].concat()).await;
    elsewhere
}

async fn is_undisturbed(database: TestDatabase) {
    let site = Site::new(database).await;
    let crawler = site.installation.credential("crawler", "bearer").await;
    let elsewhere = keep_a_slow_source(&site).await;
    site.installation.write("shift", "0");
    let (library, shift) = (Preload::of(SHIFTED), site.installation.path("shift"));
    let mut served = site
        .installation
        .serve_with(&[
            ("LD_PRELOAD", library.path().to_str().unwrap()),
            ("SHIFT_FILE", shift.to_str().unwrap()),
        ])
        .await;
    wait_until("a pull", LIMIT, async || {
        (!elsewhere.asked().is_empty()).then_some(())
    })
    .await;
    tokio::select! {
        () = site.send(served.public) => panic!("the daemon is gone"),
        () = set_the_clock(&site, &served, &crawler, &elsewhere) => {}
    }
    elsewhere.answers(true);
    wait_until("the end of the pull", LIMIT, async || {
        let applied = "SELECT count(*) FROM sources WHERE outcome = 'applied'";
        (site.installation.database.value(applied) == "1").then_some(())
    })
    .await;
    assert_eq!(elsewhere.asked().len(), 1);
    served.process.says("clock jumped by 36").await;
    served.process.kill().await;
    assert_eq!(site.lost().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_both_databases_a_clock_that_is_set_under_load_disturbs_nobody() {
    // Most of the time both wait for the daemon to look at its clock.
    let sqlite = is_undisturbed(TestDatabase::sqlite());
    tokio::join!(sqlite, is_undisturbed(TestDatabase::postgres()));
}

/// Signs the first owner in; returns the secret of the session.
async fn signed_in(test: &TestApp) -> String {
    let (name, password) = ("owner", "four words of a password");
    let origin = || Origin {
        address: HOME,
        agent: None,
    };
    let link = test.app.first_owner_link().await.unwrap().unwrap().secret;
    let chosen = Some(name.parse().unwrap());
    let signing_up = test
        .app
        .sign_up(link, chosen, password.to_owned(), origin());
    signing_up.await.unwrap();
    let given = Password::given(password.to_owned());
    let signed = test.app.sign_in(name.to_owned(), given, origin()).await;
    let Ok(SignedIn::In(session)) = signed else {
        panic!("no code is asked for");
    };
    session.secret
}

both!(
    async fn a_jump_of_the_clock_forgets_nothing_and_signs_nobody_out(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let (crawler, bearer) = (CredentialKind::Crawler, CredentialForm::Bearer);
        let old = test.credential(crawler, bearer).await.credential.id;
        let hour = Duration::from_hours(1);
        test.app.rotate_credential(by(), old, hour).await.unwrap();
        let secret = signed_in(&test).await;
        assert_eq!(test.app.sweep().await.unwrap(), 0);
        let kept = || {
            test.database.value(
                "SELECT (SELECT count(*) FROM credentials) + (SELECT count(*) FROM sessions)",
            )
        };
        let before = kept();
        for seconds in SET.into_iter().chain([0]) {
            test.clock
                .set(Timestamp::from_millis(NOON.as_millis() + seconds * 1_000));
            assert_eq!(test.app.sweep().await.unwrap(), 0);
            assert_eq!(kept(), before, "{seconds}");
            // By a clock that is ten days ahead a session has ended, until the clock is right again.
            let caller = test.app.session_caller(&secret, HOME).await.unwrap();
            assert_eq!(caller.is_some(), seconds <= HOUR, "{seconds}");
        }
        // Whoever did not see the clock jump takes it for the time that it is: both have ended.
        test.clock
            .set(Timestamp::from_millis(NOON.as_millis() + SET[2] * 1_000));
        let other = test.beside().await;
        assert_eq!(other.app.sweep().await.unwrap(), 2);
    }
);
