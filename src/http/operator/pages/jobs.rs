//! What was asked of many things at once: planned here, confirmed, watched, paused; and what the daemon does by itself.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    frame::Frame,
    page,
    signed::SignedForm,
    text::{Shown, Words},
};
use crate::{
    app::{BulkJob, BulkSample, Caller},
    http::{
        Faces, Problem, Query,
        operator::{api::bulk::check_right, bulk_query::bulk_task},
        path::Path,
    },
    model::{BulkAction, BulkJobId, BulkResult, BulkState, BulkStep, JobRun, Timestamp},
};

/// Jobs on a page.
const JOBS: i64 = 50;
/// Results on a page.
const RESULTS: i64 = 100;

#[derive(Template)]
#[template(path = "jobs.html", config = "src/http/operator/pages/askama.toml")]
struct ListPage {
    frame: Frame,
    jobs: Vec<JobRow>,
    /// Where the list goes on.
    next: Option<String>,
    runs: Vec<JobRun>,
    /// Whether something moves that is worth looking at again.
    fresh: bool,
}

/// A job as pages show it.
struct JobRow {
    id: String,
    action: BulkAction,
    /// `600 videos in state refused`.
    which: Words,
    state: BulkState,
    walked: i64,
    planned: i64,
    planned_at: Timestamp,
    by: String,
}

impl From<&BulkJob> for JobRow {
    fn from(job: &BulkJob) -> Self {
        let (one, many) = job.action().things();
        let things = if job.planned == 1 { one } else { many };
        let which = format!("{} {things} {}", job.planned, job.task.sentence());
        Self {
            id: job.id.to_string(),
            action: job.action(),
            which: which.trim_end().into(),
            state: job.state,
            walked: job.counts.total(),
            planned: job.planned,
            planned_at: job.planned_at,
            by: job.planned_by.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "job.html", config = "src/http/operator/pages/askama.toml")]
struct JobPage {
    frame: Frame,
    row: JobRow,
    job: BulkJob,
    /// The first things of a plan.
    sample: Vec<SampleRow>,
    results: Vec<ResultRow>,
    /// Where the results go on.
    next: Option<i64>,
    /// Whether whoever looks may confirm, pause and cancel it.
    may: bool,
    /// Whether it is asked if the job is to be cancelled.
    asks: bool,
}

/// A thing of a plan.
struct SampleRow {
    subject: Shown,
    title: Shown,
    standing: Shown,
}

impl From<BulkSample> for SampleRow {
    fn from(sample: BulkSample) -> Self {
        Self {
            subject: sample.subject.into(),
            title: sample.title.into(),
            standing: sample.standing.into(),
        }
    }
}

/// What became of a thing that was not simply changed.
struct ResultRow {
    subject: Shown,
    outcome: &'static str,
    reason: Words,
}

impl From<BulkResult> for ResultRow {
    fn from(result: BulkResult) -> Self {
        Self {
            subject: result.subject.into(),
            outcome: result.outcome.as_str(),
            reason: result.reason.into(),
        }
    }
}

impl JobPage {
    fn allows(&self, step: BulkStep) -> bool {
        self.may && self.job.state.after(step).is_some()
    }

    /// Whether there is anything left to do with it.
    fn moves(&self) -> bool {
        self.allows(BulkStep::Cancel)
    }

    fn is_running(&self) -> bool {
        self.job.state == BulkState::Running
    }

    /// `video` or `videos`, as the count asks.
    fn things(&self) -> &'static str {
        let (one, many) = self.job.action().things();
        if self.job.planned == 1 { one } else { many }
    }

    fn more(&self) -> i64 {
        let shown = i64::try_from(self.sample.len()).unwrap_or(i64::MAX);
        (self.job.planned - shown).max(0)
    }
}

/// `GET /jobs`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let after = query.one("after")?;
    let after = after.map(|id| BulkJobId::from(id.to_owned()));
    let mut jobs = faces.app.list_bulk_jobs(after.as_ref(), JOBS + 1).await?;
    let shown = usize::try_from(JOBS).unwrap_or(usize::MAX);
    let more = jobs.len() > shown;
    jobs.truncate(shown);
    Ok(page(&ListPage {
        frame,
        fresh: jobs.iter().any(|job| job.state == BulkState::Running),
        next: jobs.last().filter(|_| more).map(|last| last.id.to_string()),
        jobs: jobs.iter().map(JobRow::from).collect(),
        runs: faces.app.last_runs().await?,
    }))
}

/// `GET /jobs/{id}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let job = faces.app.bulk_job(&BulkJobId::from(id)).await?;
    let after = query.one("after")?.and_then(|text| text.parse().ok());
    let found = faces
        .app
        .bulk_results(&job.id, after.unwrap_or(0), RESULTS)
        .await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == RESULTS);
    let sample = match job.state {
        BulkState::Planned => faces.app.bulk_sample(&job).await?,
        _ => Vec::new(),
    };
    Ok(page(&JobPage {
        may: frame.may(job.action().right()),
        asks: query.one("ask")? == Some("cancel"),
        frame,
        row: JobRow::from(&job),
        sample: sample.into_iter().map(Into::into).collect(),
        next: found.last().filter(|_| full).map(|(number, _)| *number),
        results: found.into_iter().map(|(_, result)| result.into()).collect(),
        job,
    }))
}

/// `POST /jobs/plan`: an `action`, and a query by the parameters of the lists
pub(in crate::http::operator) async fn plan(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let action = form.field("action").parse::<BulkAction>();
    let action = action.map_err(Problem::bad_request)?;
    check_right(&caller, action)?;
    let task = bulk_task(action, |name| form.joined(name))?;
    let job = faces.app.plan_bulk(caller.actor, task).await?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)).into_response())
}

/// `POST /jobs/{id}`: a `step`
pub(in crate::http::operator) async fn take_step(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let (step, done) = match form.field("step").as_str() {
        "confirm" => (BulkStep::Confirm, "job-confirmed"),
        "pause" => (BulkStep::Pause, "job-paused"),
        "resume" => (BulkStep::Resume, "job-resumed"),
        "cancel" => (BulkStep::Cancel, "job-cancelled"),
        _ => return Err(Problem::bad_request("say what is to become of the job")),
    };
    let job = faces.app.bulk_job(&BulkJobId::from(id)).await?;
    check_right(&caller, job.action())?;
    let job = faces.app.step_bulk(caller.actor, job.id, step).await?;
    Ok(Redirect::to(&format!("/jobs/{}?done={done}", job.id)).into_response())
}
