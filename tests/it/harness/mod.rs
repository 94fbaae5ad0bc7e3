//! What the tests stand on: throwaway databases, kept ports, a raw HTTP client, the service in this process, the
//! program as a process, and waiting.

pub(crate) mod app;
pub(crate) mod cluster;
pub(crate) mod collector;
pub(crate) mod databases;
pub(crate) mod given;
pub(crate) mod http;
pub(crate) mod installation;
pub(crate) mod people;
pub(crate) mod port;
pub(crate) mod postgres;
pub(crate) mod preload;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod receiver;
pub(crate) mod session;
pub(crate) mod site;
pub(crate) mod telling;
pub(crate) mod totp;
pub(crate) mod web;

use std::time::{Duration, Instant};

/// Makes `name::sqlite` and `name::postgres` of one test that takes a [`databases::TestDatabase`].
macro_rules! both {
    ($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDatabase $(,)?) $body:block) => {
        async fn $name($db: $crate::harness::databases::TestDatabase) $body
        mod $name {
            use $crate::harness::databases::TestDatabase;
            $(#[$attribute])* #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() { super::$name(TestDatabase::sqlite()).await; }
            $(#[$attribute])* #[tokio::test(flavor = "multi_thread")]
            async fn postgres() { super::$name(TestDatabase::postgres()).await; }
        }
    };
}
pub(crate) use both;

/// How often a test repeats what it does: so many times, or as often as a longer proof asks for.
#[expect(
    clippy::disallowed_methods,
    reason = "a setting of the tests, not of the daemon"
)]
pub(crate) fn cycles(usual: usize) -> usize {
    let told = std::env::var("MCND_TEST_CYCLES");
    told.map_or(usual, |count| {
        count.parse().expect("`MCND_TEST_CYCLES` holds a number")
    })
}

/// Asks every few milliseconds until there is an answer, and gives up loudly after `limit`.
///
/// The only place where a test waits.
pub(crate) async fn wait_until<T>(
    what: &str,
    limit: Duration,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Lets so much time pass.
pub(crate) async fn passes(time: Duration) {
    let start = Instant::now();
    let passed = async || (start.elapsed() >= time).then_some(());
    wait_until("a while", time + Duration::from_secs(30), passed).await;
}

#[tokio::test]
async fn waiting_ends_with_the_first_answer() {
    let mut asked = 0;
    let answer = wait_until("a third question", Duration::from_secs(10), async || {
        asked += 1;
        (asked == 3).then_some(asked)
    });
    assert_eq!(answer.await, 3);
}

#[tokio::test]
#[should_panic(expected = "in vain: the impossible")]
async fn waiting_gives_up_at_its_limit() {
    wait_until("the impossible", Duration::from_millis(20), async || {
        None::<()>
    })
    .await;
}
