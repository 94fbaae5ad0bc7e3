//! When things happen by themselves: a table of jobs, each safe at any moment and any number of times.

mod runner;

use std::{future::ready, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    app::{App, Result},
    telemetry,
};

pub use runner::start;

/// Something that is done again and again.
#[derive(Clone, Copy)]
pub struct Job {
    pub name: &'static str,
    /// From the end of one run to the start of the next.
    pub period: Duration,
    /// One run. The number says how much there was to do.
    run: fn(Arc<App>) -> BoxFuture<'static, Result<u64>>,
}

/// Every job of the daemon.
pub const JOBS: [Job; 18] = [
    // Brings feeds whose videos' windows opened or ended to the present moment.
    Job {
        name: "turn_feeds",
        period: Duration::from_secs(1),
        run: |app| async move { Ok(app.turn_feeds().await? as u64) }.boxed(),
    },
    // Writes what crawlers did; a kill loses what one period gathers.
    Job {
        name: "write_visits",
        period: Duration::from_secs(1),
        run: |app| async move { Ok(app.write_visits().await? as u64) }.boxed(),
    },
    // Writes when credentials were last used.
    Job {
        name: "write_uses",
        period: Duration::from_secs(5),
        run: |app| async move { Ok(app.write_uses().await? as u64) }.boxed(),
    },
    // Makes credentials that were added or removed elsewhere count here.
    Job {
        name: "refresh_credentials",
        period: Duration::from_secs(2),
        run: |app| async move { app.refresh_credentials().await.map(|()| 0) }.boxed(),
    },
    // Makes settings of the network that were changed elsewhere count here.
    Job {
        name: "refresh_settings",
        period: Duration::from_secs(2),
        run: |app| async move { app.refresh_network_settings().await.map(|()| 0) }.boxed(),
    },
    // Says what proposed rules would flip, and judges all videos again after a change of the rules.
    Job {
        name: "walk_rules",
        period: Duration::from_secs(2),
        run: |app| async move { app.walk_rules().await }.boxed(),
    },
    // Reads kept sources that are due; their own periods say when.
    Job {
        name: "pull_sources",
        period: Duration::from_secs(5),
        run: |app| async move { app.pull_due_sources().await }.boxed(),
    },
    // Walks what operators asked of many things, until nothing of it is left.
    Job {
        name: "walk_bulk_jobs",
        period: Duration::from_secs(1),
        run: |app| async move { app.walk_bulk_jobs().await }.boxed(),
    },
    // Goes on with imports that a daemon left in the middle.
    Job {
        name: "resume_imports",
        period: Duration::from_secs(5),
        run: |app| async move { app.resume_imports().await }.boxed(),
    },
    // Keeps histograms that nobody scrapes from growing.
    Job {
        name: "metrics_upkeep",
        period: Duration::from_secs(5),
        run: |_app| {
            telemetry::metrics().upkeep();
            ready(Ok(0)).boxed()
        },
    },
    // Sees that the write-ahead log of a SQLite file does not grow for ever.
    Job {
        name: "watch_log",
        period: Duration::from_secs(5),
        run: |app| ready(app.watch_log().map(|()| 0)).boxed(),
    },
    // Looks for damage in a SQLite file once a week.
    Job {
        name: "check_storage",
        period: Duration::from_hours(1),
        run: |app| async move { app.check_storage().await }.boxed(),
    },
    // Notices when somebody sets the machine's clock.
    Job {
        name: "watch_clock",
        period: Duration::from_secs(5),
        run: |app| ready(Ok(u64::from(app.watch_clock()))).boxed(),
    },
    // Seals the audit's days that are over.
    Job {
        name: "seal_audit",
        period: Duration::from_hours(1),
        run: |app| async move { app.seal_audit().await }.boxed(),
    },
    // Gives words to videos that an older program added, so that a search finds them.
    Job {
        name: "fill_words",
        period: Duration::from_hours(1),
        run: |app| async move { app.fill_words().await }.boxed(),
    },
    // Looks at what operators have to know of, and tells of it.
    Job {
        name: "judge_alarms",
        period: Duration::from_mins(1),
        run: |app| async move { app.judge_alarms().await }.boxed(),
    },
    // Sends what is to be told, and what was not taken again.
    Job {
        name: "send_webhooks",
        period: Duration::from_secs(2),
        run: |app| async move { app.send_webhooks().await }.boxed(),
    },
    // Lets go of what retention no longer keeps.
    Job {
        name: "sweep",
        period: Duration::from_mins(10),
        run: |app| async move { app.sweep().await }.boxed(),
    },
];
