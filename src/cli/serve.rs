//! `mcnd serve`.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    Settings,
    failure::{Done, Failure},
};
use crate::{
    config::Config,
    daemon::{self, Listeners},
    telemetry,
};

/// Runs the daemon until a signal stops it.
pub(super) async fn run(settings: &Settings) -> Done {
    let config = settings.load()?;
    let traces = telemetry::init(&config);
    let ended = until_stopped(settings, config).await;
    // Sending what is left may take seconds, and blocks.
    let _sent = tokio::task::spawn_blocking(move || traces.end()).await;
    ended
}

async fn until_stopped(settings: &Settings, config: Config) -> Done {
    let Some(public_url) = &config.server.public_url else {
        return Err(daemon::Error::PublicUrlMissing.into());
    };
    info!("mcnd {} for {public_url}", env!("CARGO_PKG_VERSION"));
    for warning in config.warnings() {
        warn!("{warning}");
    }
    daemon::check_free(&config)?;
    let listeners = Listeners::bind(&config)?;
    let mut signals = StopSignals::listen()?;
    let stop = CancellationToken::new();
    let running = daemon::run(
        config,
        settings.0.clone(),
        listeners,
        stop.clone().cancelled_owned(),
    );
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => return Ok(ended?),
        () = signals.next() => stop.cancel(),
    }
    tokio::select! {
        ended = &mut running => Ok(ended?),
        () = signals.next() => Err(Failure::Refused(
            "ended at once by a second signal; what was not answered was not promised".to_owned(),
        )),
    }
}

/// Ctrl-C, and what supervisors send.
pub(super) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// Takes the signals over from the system, which would end the process.
    pub(super) fn listen() -> Done<Self> {
        let take = |kind| {
            signal(kind)
                .map_err(|error| Failure::Refused(format!("signals can't be received: {error}")))
        };
        Ok(Self {
            interrupt: take(SignalKind::interrupt())?,
            terminate: take(SignalKind::terminate())?,
        })
    }

    /// Completes with the next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _one = self.interrupt.recv() => {}
            _one = self.terminate.recv() => {}
        }
    }
}
