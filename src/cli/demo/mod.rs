//! `mcnd demo`: the main job in one command, on a throwaway catalog.
//!
//! The daemon is the real one and the sample goes in by the real operations; Dailymotion's part is the simulator's,
//! over HTTP, with faults on the way.

mod account;
mod look;
mod rates;
mod sample;
mod screen;
mod stage;
mod summary;

use std::{io::ErrorKind, sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio::{
    fs,
    signal::unix::{Signal, SignalKind, signal},
    time::{self, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use super::{
    console::Console,
    failure::{Done, Failure},
    serve::StopSignals,
};
use crate::{
    app::App,
    daemon,
    model::Guid,
    simulator::{self, Simulator},
    telemetry,
};

use account::Account;
use look::Look;
use screen::Screen;
use stage::{Pace, Stage};

/// With `--once` everything must be settled by then.
const LIMIT: Duration = Duration::from_mins(2);
/// Between two looks at the catalog.
const PERIOD: Duration = Duration::from_millis(200);
/// Visits and events on the screen.
const NEWEST: i64 = 5;
/// How often the removal of the folder is tried again, and how long after the last time.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(20);

/// Nothing of it stays: the catalog is a file in a temporary folder, and the ports are free ones of this machine.
/// Settings given with `--config` or in the environment do not count here. Ctrl-C ends it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// End when no video is waiting without a hold, with a summary that accounts for every video
    #[arg(long)]
    once: bool,
}

/// Why the demo ended.
enum End {
    /// Nothing waits any more without a hold, and the simulator has been heard out.
    Settled(Account),
    /// A signal.
    Stopped,
}

pub(super) async fn run(args: Args, console: &mut Console) -> Done {
    let mut signals = Signals::listen()?;
    let pace = if args.once { Pace::Fast } else { Pace::Lively };
    let stage = Stage::set_up().await?;
    let mut screen = Screen::open(console.json);
    if !screen.is_torn_by_logs() {
        // No collector is named in the settings of the demo.
        drop(telemetry::init(&stage.config));
    }
    screen::introduce(&stage.addresses, console)?;
    let folder = stage.folder;
    let play = Play {
        simulator: Simulator::start(stage.addresses.simulator(pace))
            .map_err(|error| Failure::Refused(error.to_string()))?,
        app: stage.app,
        sample: stage.sample,
        stop: CancellationToken::new(),
    };
    let mut daemon = Box::pin(daemon::run(
        stage.config,
        stage.source,
        stage.listeners,
        play.stop.clone().cancelled_owned(),
    ));
    let (end, running) = tokio::select! {
        end = play.watch(args.once, &mut screen, console) => (end, true),
        () = signals.next() => (Ok(End::Stopped), true),
        ended = daemon.as_mut() => (Err(early_end(ended)), false),
    };
    screen.close();
    let rest = async {
        if running {
            daemon.await?;
        }
        Ok(())
    };
    let account = play.end(end, rest, args.once).await;
    remove(folder).await?;
    conclude(account?, console)
}

/// Removes the demo's folder. A connection that was being opened as the demo ended may still put a file there for a moment.
async fn remove(folder: TempDir) -> Done {
    let folder = folder.keep();
    let mut tries = 0..TRIES;
    while let Err(error) = fs::remove_dir_all(&folder).await {
        if error.kind() != ErrorKind::DirectoryNotEmpty || tries.next().is_none() {
            let folder = folder.display();
            return Err(Failure::Refused(format!(
                "the demo's temporary folder `{folder}` can't be removed: {error}"
            )));
        }
        time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Prints the books, if there are any, and fails when something does not add up.
fn conclude(account: Option<Account>, console: &mut Console) -> Done {
    let Some(account) = account else {
        return Ok(());
    };
    account.print(console)?;
    if account.faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::Refused(format!(
            "the demo lost count: {} things do not add up",
            account.faults.len()
        )))
    }
}

/// What runs while the demo is on.
struct Play {
    app: Arc<App>,
    simulator: simulator::Handle,
    sample: Vec<Guid>,
    /// Ends the daemon.
    stop: CancellationToken,
}

impl Play {
    /// Shows what happens; ends by itself only when asked for `once`.
    async fn watch(&self, once: bool, screen: &mut Screen, console: &mut Console) -> Done<End> {
        let watching = async {
            let mut ticks = time::interval(PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let look = self.look().await?;
                screen.show(&look, console)?;
                if once && look.waiting().0 == 0 {
                    // Repeats of lost reports may still be on their way.
                    self.simulator.settled().await;
                    let look = self.look().await?;
                    if look.waiting().0 == 0 {
                        return Ok(End::Settled(Account::of(&self.sample, &look)));
                    }
                }
            }
        };
        if !once {
            return watching.await;
        }
        time::timeout(LIMIT, watching).await.unwrap_or_else(|_late| {
            Err(Failure::Refused(format!(
                "not every video was settled within {} s; run `mcnd demo` to watch what happens",
                LIMIT.as_secs()
            )))
        })
    }

    async fn look(&self) -> Done<Look> {
        Look::take(&self.app, self.simulator.report(), NEWEST).await
    }

    /// Stops first the simulator, then the daemon, whatever happened, and hands on the books if they are settled.
    /// `daemon` is the rest of its run.
    async fn end(
        self,
        end: Done<End>,
        daemon: impl Future<Output = Done>,
        once: bool,
    ) -> Done<Option<Account>> {
        let simulator = async {
            self.simulator.stop().await;
            self.stop.cancel();
        };
        let (stopped, ()) = tokio::join!(daemon, simulator);
        self.app.close_inbox();
        self.app.close().await;
        let end = end?;
        stopped?;
        match end {
            End::Settled(account) => Ok(Some(account)),
            End::Stopped if once => Err(Failure::Refused(
                "stopped before every video was settled; nothing was accounted for".to_owned(),
            )),
            End::Stopped => Ok(None),
        }
    }
}

/// A daemon that ends before it was asked to.
fn early_end(ended: Result<(), daemon::Error>) -> Failure {
    match ended {
        Ok(()) => Failure::Refused("the daemon stopped by itself".to_owned()),
        Err(error) => error.into(),
    }
}

/// What ends the demo. The end of its terminal does too: the daemon takes that signal for something else.
struct Signals {
    stop: StopSignals,
    hangup: Signal,
}

impl Signals {
    fn listen() -> Done<Self> {
        Ok(Self {
            stop: StopSignals::listen()?,
            hangup: signal(SignalKind::hangup())
                .map_err(|error| Failure::Refused(format!("signals can't be received: {error}")))?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            () = self.stop.next() => {}
            _one = self.hangup.recv() => {}
        }
    }
}
