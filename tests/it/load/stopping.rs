//! A stop signal while callbacks pour in and a client stalls: what was accepted is answered and kept, and the end is soon.

use std::time::{Duration, Instant};

use crate::{
    crash::site::Site,
    harness::{both, databases::TestDatabase, http::Raw, installation::Served, wait_until},
};

/// From the signal to the end, with time for the machine on top of `server.stop_timeout`.
const SOON: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_secs(30);
/// Events that are acknowledged before the signal.
const EVENTS: usize = 200;

/// A client that has begun a callback, was told to go on and does not.
async fn stalled(served: &Served, secret: &str) -> Raw {
    let mut raw = Raw::connect(served.public).await;
    let head = format!(
        "POST /callbacks/dailymotion HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n"
    );
    raw.send(head).await.unwrap();
    assert_eq!(raw.head().await.unwrap().status, 100);
    raw
}

both!(
    async fn a_stop_under_load_breaks_no_callback_and_is_soon(db: TestDatabase) {
        let site = Site::new(db).await;
        site.installation.configure("stop_timeout = \"6s\"");
        let secret = site.installation.credential("callback", "bearer").await;
        let served = site.installation.serve().await;
        let _stalled = stalled(&served, &secret).await;
        let Served {
            process, public, ..
        } = served;
        let stopping = async {
            wait_until("acknowledged events", LIMIT, async || {
                (site.oracle.acknowledged() >= EVENTS).then_some(())
            })
            .await;
            process.signal("TERM");
            let since = Instant::now();
            let ended = process.ends_within(LIMIT).await;
            (ended, since.elapsed())
        };
        let (_gone, (ended, took)) = tokio::join!(site.send(public), stopping);
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert!(took <= SOON, "it took {took:?}");
        assert_eq!(site.lost().await, 0);
        assert_eq!(site.unanswered().await, 0, "accepted, and then broken off");
    }
);

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let secret = site.installation.credential("callback", "bearer").await;
    let mut served = site.installation.serve().await;
    let _stalled = stalled(&served, &secret).await;
    served.process.signal("TERM");
    served.process.says("stopping").await;
    served.process.signal("TERM");
    let ended = served.process.ends_within(Duration::from_secs(5)).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.err.contains("second signal"), "{}", ended.err);
}
