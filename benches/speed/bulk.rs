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
    callbacks::events::ready,
    support::{
        daemon::Daemon,
        load::{pace, post},
        network::{Network, REASONS, guid},
        table::{Against, Line, print},
    },
};

const PER_SECOND: u32 = 200;
const CONNECTIONS: usize = 32;
/// How long callbacks are measured with nothing beside them.
const IDLE: Duration = Duration::from_secs(5);
/// Videos per second at the least, alone and beside callbacks.
const ALONE: f64 = 10_000.0;
const BESIDE: f64 = 5_000.0;
/// Milliseconds that the slowest hundredth of callbacks may take, or three times what it takes with nothing beside it.
const SLOWEST: f64 = 20.0;

/// Retries everything that was refused for one reason, then everything that was refused for another.
pub(crate) async fn measure(network: &Network, store: &str) {
    let app = network.site.open().await;
    let mut lines = {
        let _daemon = Daemon::start(&network.site).await;
        let rate = retried(&app, network, REASONS[0]).await;
        vec![reached("alone".to_owned(), rate, ALONE)]
    };
    lines.extend(beside(network, &app).await);
    app.close_inbox();
    app.close().await;
    let (videos, all) = (network.refused(), network.size.videos);
    let title = format!(
        "bulk retry of {videos} refused videos of {all}, {store}; limits: what it must reach"
    );
    print(&title, &lines);
}

async fn beside(network: &Network, app: &Arc<App>) -> [Line; 3] {
    let daemon = Daemon::start(&network.site).await;
    let mut callbacks = callbacks(network);
    let started = Instant::now();
    let idle = pace(
        daemon.public,
        PER_SECOND,
        CONNECTIONS,
        &mut callbacks,
        || started.elapsed() > IDLE,
    );
    let idle = slowest(idle.await);
    let done = Cell::new(false);
    let retrying = async {
        let rate = retried(app, network, REASONS[1]).await;
        done.set(true);
        rate
    };
    let ended = || done.get();
    let reporting = pace(daemon.public, PER_SECOND, CONNECTIONS, callbacks, ended);
    let (rate, took) = tokio::join!(retrying, reporting);
    let millis = |name: &str, figure, against| Line {
        name: format!("slowest hundredth of callbacks {name}"),
        unit: "ms",
        figure,
        against,
    };
    let most = (3.0 * idle).max(SLOWEST);
    [
        reached(format!("beside {PER_SECOND} callbacks/s"), rate, BESIDE),
        millis("alone", idle, Against::Nothing),
        millis("beside it", slowest(took), Against::AtMost(most)),
    ]
}

/// Callbacks that report videos that wait, one after the other.
fn callbacks(network: &Network) -> impl Iterator<Item = Vec<u8>> {
    network.waiting().map(|number| {
        let ready = ready(number, &guid(number), &format!("x{number}"));
        post("/callbacks/dailymotion", &network.site.injector, &ready)
    })
}

/// Has the daemon retry all that was refused for a reason, and says how many videos a second that are from the first chunk seen on.
async fn retried(app: &Arc<App>, network: &Network, reason: &str) -> f64 {
    let query = VideoQuery {
        refusal: Some(reason.to_owned()),
        ..VideoQuery::default()
    };
    let task = BulkTask::retry(query, None);
    let job = app.plan_bulk(Actor::program(), task).await.unwrap();
    let videos = network.refused();
    assert_eq!(usize::try_from(job.planned), Ok(videos));
    let step = app.step_bulk(Actor::program(), job.id.clone(), BulkStep::Confirm);
    step.await.unwrap();
    let mut first = None;
    loop {
        let (now, walked) = (Instant::now(), walked(app, &job.id).await);
        let (began, before) = *first.get_or_insert((now, walked));
        if before == 0 {
            first = None;
        }
        if walked == videos {
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
