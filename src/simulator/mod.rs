//! A pretend Dailymotion: it reads a user list and feeds, imports what they list, and reports to
//! the callback address, with as many faults on the way as it is told to make.
//!
//! It knows the wire (contracts of user list, feed and callback) and nothing of the daemon, so
//! that an error of the one is not repeated by the other.

mod crawl;
mod credential;
mod delivery;
mod dice;
mod event;
mod faults;
mod feed;
mod fetch;
mod in_flight;
mod injector;
mod ledger;
mod raw_post;
mod report;
mod script;
mod settings;
mod shared;
#[cfg(test)]
mod story;
mod user_list;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::DropGuard;

use crawl::Crawler as Crawl;
pub use credential::Credential;
pub use faults::Faults;
pub use report::{Callbacks, Fate, Item, Recent, Report, Visit};
pub use script::{NoId, Rule, Saying};
pub use settings::{Callback, Crawler, Error, Injector, Settings};
use shared::Shared;

/// The pretend Dailymotion.
pub struct Simulator;

/// A running simulator. Dropped, it stops without waiting for what is under way.
pub struct Handle {
    shared: Arc<Shared>,
    /// One crawl at a time, whoever asks for it.
    crawl: Arc<Mutex<Crawl>>,
    _stop: DropGuard,
}

impl Simulator {
    /// Starts crawling and reporting on the current runtime.
    ///
    /// # Errors
    /// A setting that makes no sense, named with its cure.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn start(settings: Settings) -> Result<Handle, Error> {
        let (outbox, events) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(settings, outbox)?);
        let crawl = Arc::new(Mutex::new(Crawl::new(Arc::clone(&shared))));
        shared
            .tasks
            .spawn(delivery::run(Arc::clone(&shared), events));
        shared
            .tasks
            .spawn(crawl_by_itself(Arc::clone(&shared), Arc::clone(&crawl)));
        Ok(Handle {
            _stop: shared.stopping.clone().drop_guard(),
            shared,
            crawl,
        })
    }
}

/// Starts a simulator, runs it until `shutdown` completes, and tells what it saw.
///
/// # Errors
/// As [`Simulator::start`].
pub async fn run(settings: Settings, shutdown: impl Future<Output = ()>) -> Result<Report, Error> {
    let simulator = Simulator::start(settings)?;
    shutdown.await;
    Ok(simulator.stop().await)
}

impl Handle {
    /// Reads the user list and every feed now; returns when all are read. Imports begun by it and
    /// their callbacks go on; see [`Handle::settled`].
    pub async fn crawl_now(&self) {
        self.crawl.lock().await.run().await;
    }

    /// Everything seen and done so far.
    pub fn report(&self) -> Report {
        self.shared.ledger().report.clone()
    }

    /// Waits until no crawl, import or unacknowledged callback is under way.
    pub async fn settled(&self) {
        self.shared.in_flight.settled().await;
    }

    /// Adds a rule to the script; it holds for items picked up from now on.
    pub fn script(&self, rule: Rule) {
        self.shared.script().add(rule);
    }

    /// Replaces the faults, for arrays made and sendings begun from now on.
    ///
    /// # Errors
    /// A chance outside 0 to 1, or a fault that the callback address cannot show.
    pub fn set_faults(&self, faults: Faults) -> Result<(), Error> {
        settings::check_faults(&self.shared.addresses.callback, &faults)?;
        self.shared.set_faults(faults);
        Ok(())
    }

    /// Stops within about a second and tells what was done. Imports under way are dropped, a post
    /// under way may still end, and what was not acknowledged stays so.
    pub async fn stop(self) -> Report {
        self.shared.stopping.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.report()
    }
}

/// Crawls at once and then after every period; with a period of 0, never.
async fn crawl_by_itself(shared: Arc<Shared>, crawl: Arc<Mutex<Crawl>>) {
    let period = Duration::from_millis(shared.settings.crawler.period_ms);
    if period.is_zero() {
        return;
    }
    loop {
        let one = async { crawl.lock().await.run().await };
        tokio::select! {
            () = shared.stopping.cancelled() => return,
            () = one => {}
        }
        if !shared.pause(period).await {
            return;
        }
    }
}
