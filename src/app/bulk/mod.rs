//! Bulk jobs: what operators ask of many things at once. A job is planned (counted and shown), confirmed, and then walked
//! in chunks, of which each is a transaction of its own; callbacks go between two.
//!
//! What is kept is the query. A job means what was there and was found at the moment of its confirmation: what came later
//! lies behind its mark, and what was changed since is left alone wherever the query may have found it otherwise. Videos
//! tell that by their timelines, creators by when their status changed. Whether a video is held leaves no line when the hold
//! ends by itself: a query that asks for it is asked anew at each chunk.

mod chunk;
mod plan;
mod walk;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{App, Error, Result, audit::told};
use crate::{
    catalog::{BulkJob, BulkTask},
    model::{Action, Actor, BulkCounts, BulkJobId, BulkResult, BulkState, BulkStep, Timestamp},
};

pub use plan::BulkSample;

/// A plan can be confirmed for so long; after that, what it counted is too old to be agreed to.
const PLAN_LASTS: Duration = Duration::from_hours(1);
/// Jobs forgotten in one transaction: up to 10,000 results go with each.
const FORGOTTEN: i64 = 3;

impl App {
    /// Counts what a task would be done to and keeps it as a plan, which changes nothing unless it is confirmed within an
    /// hour.
    ///
    /// # Errors
    /// [`Error::Invalid`] for videos to be taken down, or events to be replayed, that nothing narrows.
    pub async fn plan_bulk(self: &Arc<Self>, by: Actor, task: BulkTask) -> Result<BulkJob> {
        check_narrowed(&task)?;
        let planned = self.count_bulk(&task).await?;
        let app = Arc::clone(self);
        self.detached(async move {
            let now = app.clock.now();
            let job = BulkJob {
                id: BulkJobId::from(app.random.id(now)),
                task,
                state: BulkState::Planned,
                planned,
                planned_by: by.name.clone(),
                planned_at: now,
                confirmed_by: None,
                confirmed_at: None,
                mark: None,
                walked_to: None,
                counts: BulkCounts::default(),
                ended_at: None,
                message: None,
            };
            let mut tx = app.begin_once(&by).await?;
            tx.add_bulk_job(&job).await?;
            let mut line = app.audit_line(&by, Action::PlanJob, job.id.as_str());
            line.after = told(&bulk_facts(&job));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(job)
        })
        .await
    }

    /// The job of that id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn bulk_job(&self, id: &BulkJobId) -> Result<BulkJob> {
        let found = self.catalog.find_bulk_job(id).await?;
        found.ok_or_else(|| unknown(id))
    }

    /// Jobs, newest first, at most `limit`, planned before the job `before`.
    pub async fn list_bulk_jobs(
        &self,
        before: Option<&BulkJobId>,
        limit: i64,
    ) -> Result<Vec<BulkJob>> {
        Ok(self.catalog.newest_bulk_jobs(before, limit).await?)
    }

    /// What became of things that a job did not simply change, in the order of the walk, at most `limit`, behind the
    /// number of one of them; the first [`BulkResult::MOST`] of a job are kept.
    pub async fn bulk_results(
        &self,
        job: &BulkJobId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, BulkResult)>> {
        Ok(self.catalog.bulk_results(job, after, limit).await?)
    }

    /// Confirms, pauses, resumes or cancels a job. A walk that is under way sees it before its next chunk.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] where the job's state does not allow it, or a plan is too old.
    pub async fn step_bulk(
        self: &Arc<Self>,
        by: Actor,
        id: BulkJobId,
        step: BulkStep,
    ) -> Result<BulkJob> {
        let app = Arc::clone(self);
        self.detached(async move {
            app.uncontended("bulk", || app.step_once(&by, &id, step))
                .await
        })
        .await
    }

    async fn step_once(&self, by: &Actor, id: &BulkJobId, step: BulkStep) -> Result<BulkJob> {
        let mut tx = self.catalog.begin().await?;
        let mut job = tx.own_bulk_job(id).await?.ok_or_else(|| unknown(id))?;
        let before = job.state;
        let now = self.clock.now();
        job.state = before.after(step).ok_or_else(|| {
            let (verb, state) = (step.verb(), before.as_str());
            Error::Conflict(format!("job `{id}` is {state}; there is nothing to {verb}"))
        })?;
        if step == BulkStep::Confirm {
            if now > job.planned_at.after(PLAN_LASTS) {
                return Err(Error::Conflict(format!(
                    "job `{id}` was counted more than an hour ago; plan it again"
                )));
            }
            job.confirmed_by = Some(by.name.clone());
            job.confirmed_at = Some(now);
            job.mark = Some(self.random.id(now));
        }
        job.ended_at = job.state.has_ended().then_some(now);
        job.message = None;
        tx.set_bulk_job(&job).await?;
        let mut line = self.audit_line(by, step_action(step), id.as_str());
        line.before = told(&json!({ "state": before.as_str() }));
        line.after = told(&bulk_facts(&job));
        tx.add_audit(&line).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Lets go of jobs and of runs of periodic jobs that are no longer kept; says how many rows went.
    pub(super) async fn forget_old_jobs(&self) -> Result<u64> {
        let now = self.clock.now();
        let jobs = self.forget_bulk_jobs(now).await?;
        let mut tx = self.catalog.begin().await?;
        let runs = tx.forget_job_runs(now.before(super::runs::KEPT)).await?;
        tx.commit().await?;
        Ok(jobs + runs)
    }

    async fn forget_bulk_jobs(&self, now: Timestamp) -> Result<u64> {
        let before = now.before(self.config.load().retention.jobs);
        let mut forgotten = 0;
        loop {
            let mut tx = self.catalog.begin().await?;
            let jobs = tx.forget_bulk_jobs(before, FORGOTTEN).await?;
            tx.commit().await?;
            forgotten += jobs;
            if jobs == 0 || self.stopping.is_cancelled() {
                return Ok(forgotten);
            }
        }
    }
}

/// What is told of a job: to programs and in the audit.
pub fn bulk_facts(job: &BulkJob) -> Value {
    let query: serde_json::Map<_, _> = job
        .task
        .parameters()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    json!({
        "id": job.id,
        "action": job.action().as_str(),
        "query": query,
        "state": job.state.as_str(),
        "planned": job.planned,
        "planned_by": job.planned_by,
        "planned_at": job.planned_at,
        "confirmed_by": job.confirmed_by,
        "confirmed_at": job.confirmed_at,
        "done": job.counts.done,
        "unchanged": job.counts.unchanged,
        "refused": job.counts.refused,
        "gone": job.gone(),
        "ended_at": job.ended_at,
        "message": job.message,
    })
}

fn step_action(step: BulkStep) -> Action {
    match step {
        BulkStep::Confirm => Action::ConfirmJob,
        BulkStep::Pause => Action::PauseJob,
        BulkStep::Resume => Action::ResumeJob,
        BulkStep::Cancel => Action::CancelJob,
    }
}

/// The whole catalog is not taken down, nor are all events replayed, because somebody forgot to say which.
fn check_narrowed(task: &BulkTask) -> Result<()> {
    let narrows = match task {
        BulkTask::TakeDown(_) | BulkTask::Replay(_) => !task.parameters().is_empty(),
        BulkTask::Retry { .. } | BulkTask::Pause(_) | BulkTask::Resume(_) => true,
        BulkTask::Unreadable { .. } => false,
    };
    if narrows {
        return Ok(());
    }
    let action = task.action();
    let ((_one, many), verb) = (action.things(), action.verb());
    Err(Error::Invalid(format!("say which {many} to {verb}")))
}

fn unknown(id: &BulkJobId) -> Error {
    Error::NotFound(format!(
        "there is no job `{id}`; `mcnd job list` shows them"
    ))
}
