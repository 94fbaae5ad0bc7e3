//! Transactions that stand in each other's way: tried again, after a wait that differs from the other one's.

use std::{future::Future, time::Duration};

use metrics::counter;
use tracing::debug;

use super::{App, Error, Result};
use crate::{catalog, telemetry};

/// How often a transaction is tried again.
const RETRIES: u32 = 5;
/// The longest wait before the first of these tries; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(20);

impl App {
    /// Runs a whole transaction, and again, up to five times, where a deadlock or another transaction's writes ended it
    /// before it changed anything. `what` names it in the metrics.
    ///
    /// # Errors
    /// The last attempt's; [`Error::Busy`] where something was in the way each time.
    pub(super) async fn uncontended<T, F>(
        &self,
        what: &'static str,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        for retry in 0..RETRIES {
            let done = attempt().await;
            match done {
                Err(Error::Busy(Some(catalog::Error::Contended(_)))) => {
                    counter!(telemetry::CONTENDED, "what" => what).increment(1);
                    debug!(what, "another transaction was in the way; trying again");
                    tokio::time::sleep(self.random.up_to(FIRST_WAIT * 2_u32.pow(retry))).await;
                }
                done => return done,
            }
        }
        attempt().await
    }
}
