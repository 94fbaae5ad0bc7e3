//! What the service makes of a wall clock that somebody sets: it says so, and forgets nothing by a time that may be wrong.
//!
//! Limits go by time that only passes, the effect of events by their set. Leases of sources go by the database's clock; one
//! that a jump has made too long is void, and after a jump nobody takes one until those who hold one have renewed it.

use std::{sync::PoisonError, time::Instant};

use metrics::counter;
use tracing::warn;

use super::{App, Result};
use crate::{clock::Watch, telemetry};

impl App {
    /// Logs and counts a jump of the wall clock since the last look. Answers whether the clock is in doubt since one.
    pub fn watch_clock(&self) -> bool {
        let (watch, steady) = self.look_at_clock();
        watch.is_in_doubt(steady)
    }

    /// Whether a lease that seems to have ended has: not for as long as one lasts after a jump of the wall clock.
    pub(super) fn may_take_leases(&self) -> bool {
        let (watch, steady) = self.look_at_clock();
        !watch.has_jumped_within(self.pull_pace.lease, steady)
    }

    /// What is known after another look, and its moment.
    fn look_at_clock(&self) -> (Watch, Instant) {
        // Nothing that runs under the lock can panic.
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let steady = self.clock.steady();
        if let Some(millis) = watch.look(self.clock.now(), steady) {
            counter!(telemetry::CLOCK_JUMPS).increment(1);
            warn!(
                clock.jump_seconds = millis / 1_000,
                "the machine's clock jumped by {} s; windows of videos follow it, and for a day nothing is forgotten",
                millis / 1_000
            );
        }
        (*watch, steady)
    }

    /// Lets go of what retention no longer keeps, unless the clock that says so is in doubt; says how many rows went.
    pub async fn sweep(&self) -> Result<u64> {
        if self.watch_clock() {
            return Ok(0);
        }
        let events = self.forget_old_events().await?;
        let visits = self.forget_old_visits().await?;
        let imports = self.forget_old_imports().await? + self.forget_import_files().await?;
        let alarms = self.forget_old_alarms().await?;
        let requests = self.forget_old_requests().await?;
        let jobs = self.forget_old_jobs().await?;
        let access = self.forget_old_access().await?;
        Ok(events + visits + imports + alarms + requests + jobs + access)
    }
}
