//! Pulls that are due, some at a time, so that a slow source holds no other one up.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use metrics::{counter, gauge};
use tokio::task::{JoinError, JoinHandle};
use tracing::{error, warn};

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

/// Pulls that are under way. Each is a task of its own: one that holds the database's only writer goes on while the next
/// sources are claimed, which waits for that writer.
type Pulls = FuturesUnordered<JoinHandle<()>>;

impl App {
    /// Pulls every source that is due and that no other daemon pulls; answers how many. Ends when none is left.
    pub async fn pull_due_sources(self: &Arc<Self>) -> Result<u64> {
        self.show_sources().await?;
        let mut pulls = Pulls::new();
        let mut count = 0;
        loop {
            let looked = self.start_due(&mut pulls).await;
            if pulls.is_empty() {
                looked?;
                break;
            }
            if let Err(failed) = looked {
                let error = &failed as &dyn std::error::Error;
                warn!(error, "no due source could be claimed; it is tried again");
            }
            let ended = tokio::time::timeout(self.pull_pace.look, pulls.next()).await;
            if let Ok(Some(ended)) = ended {
                ended.unwrap_or_else(|panicked| report_panic(&panicked));
                count += 1;
            }
        }
        if count > 0 {
            self.show_sources().await?;
        }
        Ok(count)
    }

    /// Claims sources that are due, as many as may be pulled beside those that are, and pulls each from there on.
    async fn start_due(self: &Arc<Self>, pulls: &mut Pulls) -> Result<()> {
        let ending = self.stopping.is_cancelled() || self.is_distrusted();
        if ending || pulls.len() >= AT_ONCE {
            return Ok(());
        }
        let now = self.clock.now();
        for id in self.catalog.due_sources(now, LOOKED_AT).await? {
            let lease = self.random.id(now);
            let claim = self.claim(&id, &lease, Some(now), PullMode::Changed);
            if claim.await? {
                let app = Arc::clone(self);
                let pull = async move { app.pull_and_tell(id, lease).await };
                pulls.push(self.tasks.spawn(pull));
            }
            if pulls.len() >= AT_ONCE {
                break;
            }
        }
        Ok(())
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

fn report_panic(panicked: &JoinError) {
    counter!(telemetry::PANICS).increment(1);
    let error = panicked as &dyn std::error::Error;
    error!(
        error,
        "a pull panicked; its source is due when its lease ends"
    );
}
