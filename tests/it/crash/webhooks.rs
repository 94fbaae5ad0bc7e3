//! A daemon that dies between what it commits and what it sends: receivers are told all the same.

use std::time::Duration;

use crate::harness::{
    both, databases::TestDatabase, receiver::Receiver, telling::with_an_orphan, wait_until,
};

const LIMIT: Duration = Duration::from_secs(30);
/// Until what a dead daemon held is anybody's again, and some.
const LEASE: Duration = Duration::from_secs(75);

/// Lets the daemon die at this point; answers how often the receiver was told by then, and when another one has run.
async fn told_around(database: TestDatabase, point: &str) -> (usize, usize) {
    let receiver = Receiver::new().await;
    let installation = with_an_orphan(database, &receiver).await;
    let dying = installation.start(&["serve"], &[("MCND_DIE_AT", point)]);
    assert!(!dying.ends_within(LIMIT).await.status.success());
    let before = receiver.received().len();
    let _served = installation.serve().await;
    wait_until("the delivery", LEASE, async || {
        (receiver.received().len() > before).then_some(())
    })
    .await;
    let received = receiver.received();
    assert!(received.iter().all(|one| one.id == received[0].id));
    (before, received.len())
}

both!(
    async fn what_is_committed_is_sent_although_the_daemon_died_before(db: TestDatabase) {
        assert_eq!(told_around(db, "webhooks.before_send").await, (0, 1));
    }
);

both!(
    async fn what_was_sent_is_sent_again_if_nobody_noted_it(db: TestDatabase) {
        assert_eq!(told_around(db, "webhooks.after_send").await, (1, 2));
    }
);
