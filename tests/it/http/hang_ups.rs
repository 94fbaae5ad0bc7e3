//! Senders that hang up after their last byte: what they sent is kept all the same.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::harness::{app::TestApp, both, cycles, given::ready, wait_until};

/// Senders, in waves.
const SENDERS: usize = 1_000;
/// So many at once.
const WAVE: usize = 200;
const PATIENCE: Duration = Duration::from_secs(20);

async fn send_and_hang_up(test: &TestApp, number: usize) {
    let event = ready(&format!("g{number}"), "x1");
    drop(test.send_callback(&event.to_string()).await);
}

both!(
    async fn callbacks_whose_sender_hangs_up_are_all_kept(db: TestDatabase) {
        let senders = cycles(SENDERS);
        // What is stored may still have its connection when the next wave comes.
        let room = senders.to_string();
        let settings = [
            ("server.max_connections_per_address", room.as_str()),
            ("callback.queue", &room),
        ];
        let test = TestApp::start(db, &settings).await;
        for wave in 0..senders / WAVE {
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
