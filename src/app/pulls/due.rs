//! Pulls that are due, some at a time, so that a slow source holds no other one up.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use metrics::gauge;
use tracing::warn;

use super::PullMode;
use crate::{
    app::{App, Result},
    model::SourceId,
    telemetry,
};

/// Sources that are pulled at once.
const AT_ONCE: usize = 4;
/// Due sources that are looked at; some of them may be another daemon's just now.
const LOOKED_AT: i64 = 100;
/// Between two looks while pulls are under way.
const PERIOD: Duration = Duration::from_secs(5);

impl App {
    /// Pulls every source that is due and that no other daemon pulls; answers how many. Ends when none is left.
    pub async fn pull_due_sources(self: &Arc<Self>) -> Result<u64> {
        self.show_sources().await?;
        let mut pulls = FuturesUnordered::new();
        let mut count = 0;
        loop {
            for (id, lease) in self.claim_due(AT_ONCE - pulls.len()).await? {
                pulls.push(self.pull_and_tell(id, lease));
                count += 1;
            }
            if pulls.is_empty() {
                break;
            }
            let _ended = tokio::time::timeout(PERIOD, pulls.next()).await;
        }
        if count > 0 {
            self.show_sources().await?;
        }
        Ok(count)
    }

    /// Claims at most `limit` sources that are due.
    async fn claim_due(&self, limit: usize) -> Result<Vec<(SourceId, String)>> {
        let mut claimed = Vec::new();
        if limit == 0 || self.stopping.is_cancelled() {
            return Ok(claimed);
        }
        let now = self.clock.now();
        for id in self.catalog.due_sources(now, LOOKED_AT).await? {
            let lease = self.random.id(now);
            let claim = self.claim(&id, &lease, Some(now), PullMode::Changed);
            if claim.await? {
                claimed.push((id, lease));
            }
            if claimed.len() == limit {
                break;
            }
        }
        Ok(claimed)
    }

    /// A fault on this side ends this pull only.
    async fn pull_and_tell(&self, id: SourceId, lease: String) {
        if let Err(failed) = self.pull_claimed(&id, &lease, PullMode::Changed).await {
            let error = &failed as &dyn std::error::Error;
            warn!(source.id = %id, error, "source `{id}` could not be pulled; it is tried again");
        }
    }

    async fn show_sources(&self) -> Result<()> {
        let counts = self.catalog.source_counts().await?;
        for (state, count) in [
            ("kept", counts.kept),
            ("paused", counts.paused),
            ("failing", counts.failing),
            ("waiting", counts.waiting),
        ] {
            // There are never so many that a float could not count them.
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            gauge!(telemetry::SOURCES, "state" => state).set(f64::from(count));
        }
        Ok(())
    }
}
