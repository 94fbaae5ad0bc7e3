//! SIGHUP: the settings are read again; a bad file changes nothing.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    app::{self, App},
    config::{self, Config, Source},
    telemetry,
};

/// Reading the settings takes no longer; a file on a dead network mount must not hold the daemon.
const LIMIT: Duration = Duration::from_secs(5);

/// Reads the settings again on every SIGHUP, until `stop`.
pub(super) async fn on_signal(source: Source, app: Arc<App>, stop: CancellationToken) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        warn!("SIGHUP can't be received; settings are read at start only");
        return;
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _one = hangups.recv() => {
                let outcome = if reload(source.clone(), &app).await { "done" } else { "refused" };
                counter!(telemetry::CONFIG_RELOAD, "outcome" => outcome).increment(1);
            }
        }
    }
}

/// Answers whether the new settings are in force.
async fn reload(source: Source, app: &Arc<App>) -> bool {
    let Some(config) = read(source).await else {
        return false;
    };
    let before = app.config();
    let restart = needs_restart(&before, &config);
    app.set_config(config);
    warn_of(
        app.note_reload(&before).await,
        "the audit could not be told which settings were read again",
    );
    warn_of(
        app.settle_policy().await,
        "the feeds' policy could not be settled; restart when the database is back",
    );
    info!("the settings were read again");
    app.tell_overruled_settings();
    if !restart.is_empty() {
        warn!(
            "changes of {} count from the next start on",
            restart.join(", ")
        );
    }
    true
}

fn warn_of<T>(done: app::Result<T>, words: &str) {
    if let Err(failed) = done {
        warn!(error = &failed as &dyn std::error::Error, "{words}");
    }
}

async fn read(source: Source) -> Option<Config> {
    let reading = tokio::task::spawn_blocking(move || config::load(source));
    match tokio::time::timeout(LIMIT, reading).await {
        Ok(Ok(Ok(config))) => Some(config),
        Ok(Ok(Err(faults))) => {
            error!("the new settings are not used, the old ones stay in force: {faults}");
            None
        }
        Ok(Err(_)) | Err(_) => {
            error!(
                "the settings could not be read within {} s, the old ones stay in force",
                LIMIT.as_secs()
            );
            None
        }
    }
}

/// The sections that only a start reads.
fn needs_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let changed = |one: &dyn std::fmt::Debug, other: &dyn std::fmt::Debug| {
        format!("{one:?}") != format!("{other:?}")
    };
    let mut sections = Vec::new();
    if changed(&old.server, &new.server) {
        sections.push("[server]");
    }
    if old.database.url != new.database.url || changed(&old.database, &new.database) {
        sections.push("[database]");
    }
    if changed(&old.log, &new.log) {
        sections.push("[log]");
    }
    if changed(&old.traces, &new.traces) {
        sections.push("[traces]");
    }
    sections
}
