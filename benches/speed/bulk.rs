//! A bulk retry of refused videos: alone, and beside callbacks, which must not wait for it.

use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use mcnd::{
    app::{App, BulkTask, VideoQuery},
    model::{Actor, BulkJobId, BulkState, BulkStep},
};

use crate::{
    callbacks::events::Events,
    harness::databases::Kind,
    support::{
        daemon::Daemon,
        load::{pace, post},
        rows::refuse_first,
        site::Site,
        table::{Against, Line, print},
    },
};

const VIDEOS: usize = 100_000;
/// Waiting videos that callbacks report.
const REPORTED: usize = 50_000;
const PER_SECOND: u32 = 200;
const CONNECTIONS: usize = 32;
/// How long callbacks are measured with nothing beside them.
const IDLE: Duration = Duration::from_secs(5);
/// Videos per second at the least, alone and beside callbacks.
const ALONE: f64 = 10_000.0;
const BESIDE: f64 = 5_000.0;
/// Milliseconds that the slowest hundredth of callbacks may take, or three times what it takes with nothing beside it.
const SLOWEST: f64 = 20.0;

pub(crate) async fn measure() {
    let mut lines = Vec::new();
    for (kind, store) in [(Kind::Sqlite, "SQLite"), (Kind::Postgres, "Postgres")] {
        lines.extend(alone(kind, store).await);
        lines.extend(beside(kind, store).await);
    }
    let title = format!("bulk retry of {VIDEOS} refused videos; limits: what it must reach");
    print(&title, &lines);
}

async fn alone(kind: Kind, store: &str) -> [Line; 1] {
    let site = refused(kind).await;
    let _daemon = Daemon::start(&site).await;
    let rate = retried(&site.open().await).await;
    [reached(format!("alone, {store}"), rate, ALONE)]
}

async fn beside(kind: Kind, store: &str) -> [Line; 3] {
    let site = refused(kind).await;
    let daemon = Daemon::start(&site).await;
    let mut events = Events::behind(VIDEOS);
    let mut callbacks = std::iter::from_fn(move || events.take(1).pop())
        .take(REPORTED)
        .map(|event| post("/callbacks/dailymotion", &site.injector, &event.raw));
    let started = Instant::now();
    let idle = pace(
        daemon.public,
        PER_SECOND,
        CONNECTIONS,
        &mut callbacks,
        || started.elapsed() > IDLE,
    );
    let idle = slowest(idle.await);
    let (app, done) = (site.open().await, Cell::new(false));
    let retrying = async {
        let rate = retried(&app).await;
        done.set(true);
        rate
    };
    let ended = || done.get();
    let reporting = pace(daemon.public, PER_SECOND, CONNECTIONS, callbacks, ended);
    let (rate, took) = tokio::join!(retrying, reporting);
    let millis = |name: &str, figure, against| Line {
        name: format!("slowest hundredth of callbacks {name}, {store}"),
        unit: "ms",
        figure,
        against,
    };
    let most = (3.0 * idle).max(SLOWEST);
    [
        reached(
            format!("beside {PER_SECOND} callbacks/s, {store}"),
            rate,
            BESIDE,
        ),
        millis("alone", idle, Against::Nothing),
        millis("beside it", slowest(took), Against::AtMost(most)),
    ]
}

/// A site whose first videos are refused.
async fn refused(kind: Kind) -> Site {
    let site = Site::new(kind, VIDEOS + REPORTED, "").await;
    refuse_first(&site.db, VIDEOS);
    site
}

/// Has the daemon retry all that is refused, and says how many videos a second that are from the first chunk seen on.
async fn retried(app: &Arc<App>) -> f64 {
    let task = BulkTask::retry(VideoQuery::default(), None);
    let job = app.plan_bulk(Actor::program(), task).await.unwrap();
    assert_eq!(usize::try_from(job.planned), Ok(VIDEOS));
    let step = app.step_bulk(Actor::program(), job.id.clone(), BulkStep::Confirm);
    step.await.unwrap();
    let mut first = None;
    loop {
        let (now, walked) = (Instant::now(), walked(app, &job.id).await);
        let (began, before) = *first.get_or_insert((now, walked));
        if before == 0 {
            first = None;
        }
        if walked == VIDEOS {
            return rate(walked - before, began);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Videos that a job has walked so far.
async fn walked(app: &App, id: &BulkJobId) -> usize {
    let job = app.bulk_job(id).await.unwrap();
    assert_ne!(job.state, BulkState::Failed, "{:?}", job.message);
    usize::try_from(job.counts.done).expect("counts are not negative")
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn rate(count: usize, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64()
}

fn reached(name: String, figure: f64, limit: f64) -> Line {
    Line {
        name,
        unit: "videos/s",
        figure,
        against: Against::Limit {
            limit,
            share: figure / limit,
            bar: Some(1.0),
        },
    }
}

/// Milliseconds of which a hundredth of the answers took more.
fn slowest(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took[took.len() * 99 / 100].as_secs_f64() * 1_000.0
}
