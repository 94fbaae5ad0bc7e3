//! Who walks a job, for how long, and how the walk ends.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tracing::{error, info};

use super::bulk_facts;
use crate::{
    app::{App, Error, Result, audit::told, error::FAULT},
    catalog::BulkJob,
    model::{Action, Actor, BulkJobId, BulkState},
};

/// A job stays for so long with whoever walks it; each chunk begins that time anew.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// How long a job is walked before the next one has its turn.
const SLICE: Duration = Duration::from_secs(2);
/// Between two looks at a job that somebody else walks, and between two signs of progress.
const LOOK: Duration = Duration::from_millis(200);
/// Running jobs that have their turns.
const AT_ONCE: i64 = 100;

/// One turn of a job: at least one chunk, however long that takes to read ahead, so that every turn brings it further.
struct Turn {
    end: Instant,
    /// How far the walk came, in things and chunks.
    walked: u64,
}

impl Turn {
    fn of(slice: Duration) -> Self {
        Self {
            end: Instant::now() + slice,
            walked: 0,
        }
    }

    /// Notes a chunk of so many things. With an empty one, too, the walk has come further.
    fn note(&mut self, things: u64) {
        self.walked += 1 + things;
    }

    fn is_over(&self) -> bool {
        self.walked > 0 && Instant::now() >= self.end
    }
}

impl App {
    /// Walks every running job that nobody else walks, for two seconds each in turn, until none is left; answers how far
    /// they came, in things and chunks.
    ///
    /// Safe at any time, from several daemons at once and after a crash: a chunk and the note of it are one transaction.
    ///
    /// # Errors
    /// The first one that a job met which is still to be walked, when every other job has had its turn.
    pub async fn walk_bulk_jobs(self: &Arc<Self>) -> Result<u64> {
        let mut walked = 0;
        loop {
            let (before, mut troubled) = (walked, Ok(()));
            for id in self.catalog.running_bulk_jobs(AT_ONCE).await? {
                match self.walk_bulk(id, SLICE).await {
                    Ok(further) => walked += further,
                    Err(trouble) => troubled = troubled.and(Err(trouble)),
                }
            }
            troubled?;
            if walked == before || self.stopping.is_cancelled() {
                return Ok(walked);
            }
        }
    }

    /// Walks one job to its end, or watches whoever walks it already, until it runs no more; tells how it stands again and
    /// again.
    pub async fn attend_bulk(
        self: &Arc<Self>,
        id: &BulkJobId,
        on_progress: impl Fn(&BulkJob),
    ) -> Result<BulkJob> {
        loop {
            let walked = self.walk_bulk(id.clone(), LOOK).await?;
            let job = self.bulk_job(id).await?;
            on_progress(&job);
            if job.state != BulkState::Running {
                return Ok(job);
            }
            if walked == 0 {
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Walks a job for a while, if nobody else does; answers how far it came: above 0 where that was anywhere. What keeps
    /// the walk from going on ends the job as failed, unless it may pass by itself.
    async fn walk_bulk(self: &Arc<Self>, id: BulkJobId, slice: Duration) -> Result<u64> {
        let lease = self.random.id(self.clock.now());
        let (app, job, name) = (Arc::clone(self), id.clone(), lease.clone());
        let walk = async move { app.take_turn(&job, &name, slice).await };
        let fault = match self.detached(walk).await {
            Ok(walked) => return Ok(walked),
            Err(busy @ Error::Busy(_)) => return Err(busy),
            Err(fault) => fault,
        };
        tell_fault(&id, &fault);
        let app = Arc::clone(self);
        self.detached(async move { app.fail_bulk(&id, &lease).await.map(|()| 0) })
            .await
    }

    async fn take_turn(&self, id: &BulkJobId, lease: &str, slice: Duration) -> Result<u64> {
        if !self.claim_bulk(id, lease).await? {
            return Ok(0);
        }
        let mut turn = Turn::of(slice);
        self.walk_claimed(id, lease, &mut turn).await?;
        self.release_bulk(id, lease).await?;
        Ok(turn.walked)
    }

    async fn claim_bulk(&self, id: &BulkJobId, lease: &str) -> Result<bool> {
        let mut tx = self.catalog.begin().await?;
        if !self.may_take_leases() {
            return Ok(false);
        }
        let claimed = tx.claim_bulk_job(id, lease, self.clock.now(), LEASE);
        if !claimed.await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn release_bulk(&self, id: &BulkJobId, lease: &str) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.release_bulk_job(id, lease).await?;
        Ok(tx.commit().await?)
    }

    async fn walk_claimed(&self, id: &BulkJobId, lease: &str, turn: &mut Turn) -> Result<()> {
        let mut job = self.bulk_job(id).await?;
        loop {
            let chunks = self.read_ahead(&job).await?;
            if chunks.is_empty() {
                return self.end_bulk(id, lease, BulkState::Done, None).await;
            }
            for chunk in chunks {
                if self.stopping.is_cancelled() || turn.is_over() {
                    return Ok(());
                }
                let attempt = || self.walk_chunk(id, lease, &chunk);
                match self.uncontended("bulk", attempt).await? {
                    // Paused or cancelled, or another one's by now.
                    None => return Ok(()),
                    Some(noted) => job = noted,
                }
                turn.note(chunk.len());
            }
        }
    }

    /// Ends a walk. One that is paused, cancelled or another one's by now stays as it is.
    async fn end_bulk(
        &self,
        id: &BulkJobId,
        lease: &str,
        state: BulkState,
        message: Option<String>,
    ) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        let Some(mut job) = tx.hold_bulk_job(id, lease, now, LEASE).await? else {
            return Ok(());
        };
        (job.state, job.message, job.ended_at) = (state, message, Some(now));
        tx.set_bulk_job(&job).await?;
        let mut line = self.audit_line(&Actor::program(), Action::EndJob, id.as_str());
        line.after = told(&bulk_facts(&job));
        tx.add_audit(&line).await?;
        tx.commit().await?;
        let (action, counts) = (job.action(), job.counts);
        info!(
            bulk_job.id = %id,
            bulk_job.done = counts.done,
            "job `{id}` ({action}) is {}: {} done, {} left alone, {} refused",
            job.state.as_str(),
            counts.done,
            counts.unchanged,
            counts.refused
        );
        Ok(())
    }

    async fn fail_bulk(&self, id: &BulkJobId, lease: &str) -> Result<()> {
        let message = Some(FAULT.to_owned());
        self.end_bulk(id, lease, BulkState::Failed, message).await
    }
}

fn tell_fault(id: &BulkJobId, fault: &Error) {
    let cause = fault as &dyn std::error::Error;
    error!(bulk_job.id = %id, error = cause, "job `{id}` can't go on; it can be resumed");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_never_over_before_its_first_chunk() {
        let mut turn = Turn::of(Duration::ZERO);
        assert!(!turn.is_over());
        turn.note(0);
        assert!(turn.is_over());
        let mut turn = Turn::of(LEASE);
        turn.note(200);
        assert!(!turn.is_over());
        assert_eq!(turn.walked, 201);
    }
}
