//! The parts that crawler, injector and delivery have in common.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::delivery::Event;
use super::dice::Dice;
use super::faults::Faults;
use super::in_flight::InFlight;
use super::ledger::Ledger;
use super::script::Script;
use super::settings::{Addresses, Error, Settings};

/// One simulator's parts.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) addresses: Addresses,
    pub(super) client: reqwest::Client,
    pub(super) dice: Dice,
    /// Events on their way to delivery.
    pub(super) outbox: mpsc::UnboundedSender<Event>,
    /// Leave to post; one permit for each connection.
    pub(super) connections: Semaphore,
    pub(super) in_flight: InFlight,
    pub(super) tasks: TaskTracker,
    pub(super) stopping: CancellationToken,
    ledger: Mutex<Ledger>,
    script: Mutex<Script>,
    faults: Mutex<Faults>,
}

impl Shared {
    /// Checks the settings and makes the parts; nothing runs yet.
    pub(super) fn new(
        settings: Settings,
        outbox: mpsc::UnboundedSender<Event>,
    ) -> Result<Self, Error> {
        Ok(Self {
            addresses: settings.check()?,
            client: client(&settings)?,
            dice: Dice::new(settings.seed),
            outbox,
            connections: Semaphore::new(settings.callback.connections),
            in_flight: InFlight::new(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            ledger: Mutex::default(),
            script: Mutex::new(Script::new(settings.script.clone())),
            faults: Mutex::new(settings.faults),
            settings,
        })
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }

    pub(super) fn faults(&self) -> Faults {
        *lock(&self.faults)
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        *lock(&self.faults) = faults;
    }

    /// Keeps and logs something that went wrong without being meant to.
    pub(super) fn note_error(&self, words: String) {
        warn!("simulator: {words}");
        self.ledger().report.errors.add(words);
    }

    /// Waits; `false` if the simulator stops first.
    pub(super) async fn pause(&self, duration: Duration) -> bool {
        tokio::select! {
            () = self.stopping.cancelled() => false,
            () = tokio::time::sleep(duration) => true,
        }
    }
}

/// A panic of another task leaves counts behind, nothing that could be unsound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Redirects are not followed: the contract names none, and a POST would not survive one.
fn client(settings: &Settings) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .user_agent(&settings.crawler.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(Error::Client)
}

/// Milliseconds since the epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator shares no clock with the daemon"
)]
pub(super) fn now_ms() -> u64 {
    let now = chrono::Utc::now().timestamp_millis();
    u64::try_from(now).unwrap_or_default()
}

/// An error and what lies under it, without the address: that may hold a secret.
pub(super) fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}
