//! Senders that hang up after their last byte: what they sent is kept all the same.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::harness::{app::TestApp, both, cycles, given::ready, http::Raw, wait_until};

/// So many at once: fewer than an address may have connections and the inbox has places.
const WAVE: usize = 200;
const PATIENCE: Duration = Duration::from_secs(20);

async fn send_and_hang_up(test: &TestApp, number: usize) {
    let body = ready(&format!("g{number}"), "x1").to_string();
    let (secret, length) = (&test.callback, body.len());
    let mut raw = Raw::connect(test.public).await;
    raw.send(format!(
        "POST /callbacks/dailymotion HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
    .await
    .unwrap();
}

both!(
    async fn callbacks_whose_sender_hangs_up_are_all_kept(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        for wave in 0..cycles() * 10 / WAVE {
            let numbers = wave * WAVE..(wave + 1) * WAVE;
            let sent = numbers.end.to_string();
            stream::iter(numbers)
                .for_each_concurrent(None, |number| send_and_hang_up(&test, number))
                .await;
            wait_until("every event in the ledger", PATIENCE, async || {
                (test.database.value("SELECT count(*) FROM events") == sent).then_some(())
            })
            .await;
        }
    }
);
