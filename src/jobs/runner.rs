//! The only loop: a run, a wait, and again until the daemon stops. A run that panics is counted and comes again.

use std::{error::Error, sync::Arc, time::Instant};

use metrics::{counter, histogram};
use tokio::task::JoinError;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument as _, Span, debug, field::Empty, info_span, warn};

use super::{JOBS, Job};
use crate::{
    app::{self, App},
    backoff::Backoff,
    fault_points, telemetry,
};

/// Starts every job. Each ends after its current run once `stop` is cancelled.
pub fn start(app: &Arc<App>, tasks: &TaskTracker, stop: &CancellationToken) {
    for job in JOBS {
        tasks.spawn(repeat(job, Arc::clone(app), tasks.clone(), stop.clone()));
    }
}

async fn repeat(job: Job, app: Arc<App>, tasks: TaskTracker, stop: CancellationToken) {
    let mut trouble = Backoff::new(job.period);
    loop {
        let wait = if run(job, &app, &tasks).await {
            trouble.reset()
        } else {
            trouble.longer()
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// One run, in a task of its own so that a panic ends only the run. Answers whether it went well.
async fn run(job: Job, app: &Arc<App>, tasks: &TaskTracker) -> bool {
    let started = Instant::now();
    let span = span(job);
    let running = (job.run)(Arc::clone(app));
    let running = async move {
        fault_points::pass(job.name);
        running.await
    };
    let ended = tasks.spawn(running.instrument(span.clone())).await;
    histogram!(telemetry::JOB_SECONDS, "job" => job.name).record(started.elapsed());
    let outcome = settle(job, app, ended);
    span.record("job.outcome", outcome);
    counter!(telemetry::JOB_RUNS, "job" => job.name, "outcome" => outcome).increment(1);
    app.note_job(job.name, outcome == "done");
    outcome == "done"
}

/// What traces tell of a run.
fn span(job: Job) -> Span {
    info_span!(
        "job",
        otel.name = format!("job {}", job.name),
        job.name = job.name,
        job.outcome = Empty
    )
}

/// Names how a run ended, for the metrics, and logs what somebody should know.
fn settle(job: Job, app: &App, ended: Result<app::Result<u64>, JoinError>) -> &'static str {
    match ended {
        Ok(Ok(count)) => {
            debug!(
                job.name = job.name,
                job.count = count,
                "job `{}` did {count}",
                job.name
            );
            "done"
        }
        Ok(Err(failed)) => {
            warn!(
                job.name = job.name,
                error = &failed as &dyn Error,
                "job `{}` did not succeed; it is tried again",
                job.name
            );
            "failed"
        }
        Err(panicked) => {
            app.loop_panicked(job.name, &panicked.to_string());
            "panicked"
        }
    }
}
