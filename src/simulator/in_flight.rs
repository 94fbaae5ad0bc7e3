//! How much is under way, so that one can wait until nothing is.

use tokio::sync::watch;

/// The count of everything under way.
#[derive(Clone, Debug)]
pub(super) struct InFlight(watch::Sender<usize>);

/// One thing under way, for as long as it lives.
#[derive(Debug)]
pub(super) struct Busy(watch::Sender<usize>);

impl InFlight {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub(super) fn enter(&self) -> Busy {
        self.0.send_modify(|count| *count += 1);
        Busy(self.0.clone())
    }

    /// Waits until nothing is under way.
    pub(super) async fn settled(&self) {
        self.0
            .subscribe()
            .wait_for(|count| *count == 0)
            .await
            .expect("the sender lives in `self`");
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
