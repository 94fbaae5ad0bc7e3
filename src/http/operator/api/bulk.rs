//! Bulk jobs: what is asked of many things at once. Planned with the count and the first things, confirmed, watched.

use std::{collections::BTreeMap, sync::Arc};

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Page, plan_fields::PlanFields};
use crate::{
    app::{BulkJob, BulkSample, BulkTask, Caller},
    http::{
        Faces, Problem,
        operator::{
            fields::Fields,
            json::{Answer, Json},
            parameters::Parameters,
            schemas::Text,
        },
        path::Path,
    },
    model::{
        BulkAction, BulkJobId, BulkOutcome, BulkResult, BulkState, BulkStep, PageSize, Timestamp,
    },
};

/// A bulk job.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct JobView {
    id: String,
    action: BulkAction,
    /// The parameters of the query that finds its things
    query: BTreeMap<&'static str, String>,
    state: BulkState,
    /// How many things were found when it was planned
    planned: i64,
    planned_by: String,
    /// Milliseconds since 1970; a plan can be confirmed for an hour
    planned_at: i64,
    confirmed_by: Option<String>,
    confirmed_at: Option<i64>,
    done: i64,
    /// Left alone: they had it already, or were changed since the confirmation
    unchanged: i64,
    /// The rules did not allow it
    refused: i64,
    /// Counted, but not found any more; known once it is done
    gone: i64,
    ended_at: Option<i64>,
    /// Why it failed
    message: Option<String>,
    /// The first things, while it is planned
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sample: Vec<SampleView>,
}

/// One thing that a plan means.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct SampleView {
    /// A guid, an event's digest, a creator's id
    subject: String,
    title: String,
    standing: String,
}

impl From<BulkJob> for JobView {
    fn from(job: BulkJob) -> Self {
        Self {
            action: job.action(),
            query: job.task.parameters().into_iter().collect(),
            state: job.state,
            gone: job.gone(),
            id: job.id.to_string(),
            planned: job.planned,
            planned_by: job.planned_by,
            planned_at: job.planned_at.as_millis(),
            confirmed_by: job.confirmed_by,
            confirmed_at: job.confirmed_at.map(Timestamp::as_millis),
            done: job.counts.done,
            unchanged: job.counts.unchanged,
            refused: job.counts.refused,
            ended_at: job.ended_at.map(Timestamp::as_millis),
            message: job.message,
            sample: Vec::new(),
        }
    }
}

impl From<BulkSample> for SampleView {
    fn from(sample: BulkSample) -> Self {
        Self {
            subject: sample.subject,
            title: sample.title,
            standing: sample.standing,
        }
    }
}

/// What became of one thing that was not simply changed.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct ResultView {
    /// A guid, an event's digest, a creator's id
    subject: String,
    outcome: BulkOutcome,
    reason: String,
}

/// Count what an action would be done to, and show the first of it; nothing is changed before the plan is confirmed
#[utoipa::path(post, path = "/api/v1/bulk", tag = "bulk", request_body = PlanFields,
    responses((status = 201, body = JobView)))]
pub(in crate::http::operator) async fn plan_job(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut fields: Fields,
) -> Answer<JobView> {
    let action: Option<BulkAction> = fields.required("action");
    if let Some(action) = action {
        check_right(&caller, action)?;
    }
    let task = action.and_then(|action| task(action, &mut fields));
    let job = faces
        .app
        .plan_bulk(caller.actor, fields.finish(task)?)
        .await?;
    Ok(Json::made(with_sample(&faces, job).await?))
}

/// The members of the object that an action takes.
fn task(action: BulkAction, fields: &mut Fields) -> Option<BulkTask> {
    let flags = ["conflicts", "broken", "held"];
    let read = BulkTask::read(action, |name| {
        if flags.contains(&name) {
            fields.flag(name).map(|flag| flag.to_string())
        } else {
            fields.optional(name)
        }
    });
    read.map_err(|wrong| fields.are_wrong(wrong)).ok()
}

/// Whether somebody may do this to many things at once.
///
/// # Errors
/// 403.
pub(in crate::http::operator) fn check_right(
    caller: &Caller,
    action: BulkAction,
) -> Result<(), Problem> {
    if caller.may(action.right()) {
        return Ok(());
    }
    let detail = "your role, or the scopes of this key, do not allow this action";
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}

async fn with_sample(faces: &Faces, job: BulkJob) -> Result<JobView, Problem> {
    let sample = match job.state {
        BulkState::Planned => faces.app.bulk_sample(&job).await?,
        _ => Vec::new(),
    };
    Ok(JobView {
        sample: sample.into_iter().map(Into::into).collect(),
        ..job.into()
    })
}

/// Bulk jobs, newest first
#[utoipa::path(get, path = "/api/v1/bulk", tag = "bulk",
    params(("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<JobView>)))]
pub(in crate::http::operator) async fn list_bulk_jobs(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<Page<JobView>> {
    let (size, after) = (given.limit(), given.text("after"));
    let after = given.finish(after.map(BulkJobId::from))?;
    let jobs = faces.app.list_bulk_jobs(after.as_ref(), size.get() + 1);
    let cursor = |job: &BulkJob| job.id.to_string();
    Ok(Json::of(Page::of(jobs.await?, size, cursor, Into::into)))
}

/// One bulk job: how far it has come, and the first things of a plan
#[utoipa::path(get, path = "/api/v1/bulk/{id}", tag = "bulk", params(("id" = String, Path)),
    responses((status = 200, body = JobView)))]
pub(in crate::http::operator) async fn show_job(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<String>,
) -> Answer<JobView> {
    let job = faces.app.bulk_job(&BulkJobId::from(id)).await?;
    Ok(Json::of(with_sample(&faces, job).await?))
}

/// What became of things that a job did not simply change, in the order of the walk; the first 10,000
#[utoipa::path(get, path = "/api/v1/bulk/{id}/results", tag = "bulk",
    params(("id" = String, Path), ("limit" = Option<PageSize>, Query),
        ("after" = Option<i64>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<ResultView>)))]
pub(in crate::http::operator) async fn list_results(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<String>,
    mut given: Parameters,
) -> Answer<Page<ResultView>> {
    let (size, after) = (given.limit(), given.optional("after"));
    let after = given.finish(after.unwrap_or(0))?;
    let job = faces.app.bulk_job(&BulkJobId::from(id)).await?;
    let results = faces
        .app
        .bulk_results(&job.id, after, size.get() + 1)
        .await?;
    let cursor = |(number, _): &(i64, BulkResult)| number.to_string();
    let shown = |(_, result): (i64, BulkResult)| ResultView {
        subject: result.subject,
        outcome: result.outcome,
        reason: result.reason,
    };
    Ok(Json::of(Page::of(results, size, cursor, shown)))
}

/// Confirm a plan: its walk begins
#[utoipa::path(post, path = "/api/v1/bulk/{id}/confirm", tag = "bulk", params(("id" = String, Path)),
    responses((status = 200, body = JobView)))]
pub(in crate::http::operator) async fn confirm_job(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<JobView> {
    take_step(&faces, caller, id, BulkStep::Confirm).await
}

/// Pause a job; it stops before its next chunk
#[utoipa::path(post, path = "/api/v1/bulk/{id}/pause", tag = "bulk", params(("id" = String, Path)),
    responses((status = 200, body = JobView)))]
pub(in crate::http::operator) async fn pause_job(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<JobView> {
    take_step(&faces, caller, id, BulkStep::Pause).await
}

/// Let a paused or failed job go on
#[utoipa::path(post, path = "/api/v1/bulk/{id}/resume", tag = "bulk", params(("id" = String, Path)),
    responses((status = 200, body = JobView)))]
pub(in crate::http::operator) async fn resume_job(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<JobView> {
    take_step(&faces, caller, id, BulkStep::Resume).await
}

/// End a job for good; what is done stays done
#[utoipa::path(post, path = "/api/v1/bulk/{id}/cancel", tag = "bulk", params(("id" = String, Path)),
    responses((status = 200, body = JobView)))]
pub(in crate::http::operator) async fn cancel_job(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<JobView> {
    take_step(&faces, caller, id, BulkStep::Cancel).await
}

async fn take_step(faces: &Faces, caller: Caller, id: String, step: BulkStep) -> Answer<JobView> {
    let job = faces.app.bulk_job(&BulkJobId::from(id)).await?;
    check_right(&caller, job.action())?;
    let job = faces.app.step_bulk(caller.actor, job.id, step).await?;
    Ok(Json::of(job.into()))
}
