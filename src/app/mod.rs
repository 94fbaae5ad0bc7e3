//! What the service does, once, for every face, job and command.

mod access;
mod alarms;
mod audit;
mod bulk;
mod callback;
mod clock_watch;
mod contention;
mod crawling;
mod creators;
mod doctor;
mod download;
mod edits;
mod error;
mod event_exports;
mod events;
mod exports;
mod feed_check;
mod feed_preview;
mod feeds;
mod fsck;
mod handover;
mod import_files;
mod imports;
mod inbox;
mod loops;
mod network_settings;
mod once;
mod operators;
mod overview;
mod pulls;
mod refusals;
mod replay;
mod rule_walks;
mod runs;
mod search;
mod settle;
mod spreadsheet;
mod status;
mod storage;
mod turned_away;
mod user_list;
mod uses;
mod videos;
mod visits;
mod webhooks;
mod why;

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use arc_swap::ArcSwap;
use metrics::counter;
use tokio::task::JoinError;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use access::{Admission, NewCredential, Presented, Rotated};
pub use alarms::{AlarmQuery, alarm_facts};
pub use audit::ExportedLine;
pub use bulk::{BulkSample, bulk_facts};
pub use callback::{BodyFault, CallbackFault, read_callback};
pub use crawling::{CrawledFeed, Crawls};
pub use creators::CreatorChange;
pub use doctor::Probe;
pub use download::Download;
pub use error::{Error, Result};
pub use event_exports::{EventExport, ExportFormat};
pub use events::ExportedEvent;
pub use exports::Pieces;
pub use feed_check::{
    FeedDocument, FeedFindings, FetchedFeed, MOST_FEED_BYTES, check_feed, fetch_feed,
};
pub use feed_preview::{FeedEntry, FeedPreview};
pub use feeds::{FeedBody, FeedRequest, OpenFeed, Visitor};

pub use fsck::{Area, Difference, Examined};
pub use handover::Handover;
pub use import_files::{
    Arrival, ArrivedFile, ImportEntry, NewImport, RowPage, check_import_options,
};
pub use imports::{ImportReport, ImportRequest, RowResult};
pub use inbox::Stored;
pub use loops::panic_words;
pub use network_settings::InForce;
pub use once::Known;
pub use operators::{
    Caller, NewKey, NewKeyWish, NewSession, OperatorChange, Origin, Password, SignUpLink, SignedIn,
    TotpStanding, Via,
};
pub use overview::Overview;
pub use pulls::{PullMode, PullPace, Pulled};
pub use replay::{EventPlace, Replayed, ReplayedOutcome};
pub use spreadsheet::write_record;
pub use status::Status;
pub use user_list::{ListRequest, OpenList};
pub use videos::{ExportedTimes, ExportedVideo, RetryAt};
pub use visits::{Habit, Seen};
pub use webhooks::{WebhookStanding, WholeDelivery};
pub use why::Why;

pub use crate::{
    catalog::{
        Announced, AuditQuery, BulkJob, BulkTask, CrawledCreator, CreatorChoice, CreatorPage,
        CreatorQuery, EventCounts, EventKind, EventOrder, EventQuery, EventRange, FiledEvent,
        ImportRun, InboxPart, KeptAnswer, NewCreator, NewSource, SourceCounts, VideoPage,
        VideoQuery,
    },
    sources::{Format, Mapping},
};

use crate::{
    catalog::Catalog,
    clock::{Clock, Watch},
    config::Config,
    random::Random,
    telemetry,
};

/// The parts of the service, held together. Shared by every face and job.
#[derive(Debug)]
pub struct App {
    catalog: Catalog,
    clock: Arc<dyn Clock>,
    random: Random,
    config: ArcSwap<Config>,
    network: ArcSwap<network_settings::NetworkSettings>,
    /// What the settings in force make of every feed.
    shape: ArcSwap<feeds::Shape>,
    /// Notices when somebody sets the machine's clock.
    watch: Mutex<Watch>,
    tasks: TaskTracker,
    access: access::Access,
    uses: uses::Uses,
    passwords: operators::Passwords,
    tries: operators::Tries,
    inbox: inbox::Inbox,
    feeds: feeds::FeedCache,
    visits: visits::Visits,
    door: turned_away::Door,
    /// Pulls and imports of kept files are read side by side and applied in turn, so that they never take all connections.
    import_turn: tokio::sync::Mutex<()>,
    /// Kept files that are read at one time: each costs memory for its guids and as much disk as it is large.
    import_readers: tokio::sync::Semaphore,
    pull_pace: PullPace,
    /// Set when the service is about to end: work that may be done later is given up.
    stopping: CancellationToken,
    /// Whether callbacks could not be stored since something was last written.
    refuses_writes: AtomicBool,
    loops: loops::Loops,
    /// What alarms go by, until it is written.
    noted: alarms::Noted,
    /// Whether a long write-ahead log was told.
    log_is_long: AtomicBool,
}

/// What an [`App`] is put together from.
#[derive(Debug)]
pub struct Parts {
    pub catalog: Catalog,
    pub clock: Arc<dyn Clock>,
    pub random: Random,
    pub config: Config,
    /// Owns every task that must end before the catalog is closed.
    pub tasks: TaskTracker,
    pub pull_pace: PullPace,
}

impl App {
    /// Puts the service together and starts the inbox, which lives until [`App::close_inbox`].
    pub fn start(parts: Parts) -> Arc<Self> {
        let (inbox, deliveries) = inbox::Inbox::new(parts.config.callback.queue);
        let config = Arc::new(parts.config);
        let noted = alarms::Noted::new(parts.random.id(parts.clock.now()));
        let app = Arc::new(Self {
            feeds: feeds::FeedCache::new(config.feed.cache_bytes),
            access: access::Access::default(),
            uses: uses::Uses::default(),
            passwords: operators::Passwords::default(),
            tries: operators::Tries::default(),
            visits: visits::Visits::default(),
            door: turned_away::Door::default(),
            inbox,
            catalog: parts.catalog,
            clock: parts.clock,
            watch: Mutex::default(),
            random: parts.random,
            shape: ArcSwap::from_pointee(feeds::Shape::of(Arc::clone(&config))),
            network: ArcSwap::from_pointee(network_settings::NetworkSettings::of_file(&config)),
            config: ArcSwap::new(config),
            tasks: parts.tasks,
            import_turn: tokio::sync::Mutex::default(),
            import_readers: tokio::sync::Semaphore::new(import_files::READERS),
            pull_pace: parts.pull_pace,
            stopping: CancellationToken::new(),
            refuses_writes: AtomicBool::new(false),
            loops: loops::Loops::default(),
            noted,
            log_is_long: AtomicBool::new(false),
        });
        app.tasks.spawn(inbox::run(Arc::clone(&app), deliveries));
        app
    }

    /// The settings in force.
    pub fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    /// Puts other settings in force for feeds, access, callbacks, imports, alarms and retention. Listeners, the database and
    /// logging keep what they were started with; preflight rules and the user list's profile are the catalog's.
    pub fn set_config(&self, config: Config) {
        let config = Arc::new(config);
        self.shape
            .store(Arc::new(feeds::Shape::of(Arc::clone(&config))));
        self.config.store(config);
    }

    /// An id that no other thing has, for a request.
    pub fn new_id(&self) -> String {
        self.random.id(self.clock.now())
    }

    /// Whether the catalog answers and takes what is written to it, and no background loop goes on panicking: what
    /// readiness means.
    ///
    /// # Errors
    /// [`Error::Busy`] while it is not so.
    pub async fn ready(&self) -> Result<()> {
        if self.loops.are_failing(Instant::now()) {
            return Err(Error::Busy(None));
        }
        if self.refuses_writes.load(Ordering::Relaxed) {
            // Nobody sends callbacks to a daemon that is not ready, so it finds out by itself.
            self.catalog.try_to_write().await?;
            self.refuses_writes.store(false, Ordering::Relaxed);
        }
        self.catalog.ping().await.map_err(Error::from)
    }

    /// Completes, with the reason, when the storage can't be trusted any more and the daemon must end.
    pub async fn distrusted(&self) -> String {
        self.catalog.distrusted().await
    }

    /// Whether the storage can't be trusted any more, so that nothing more is written.
    pub fn is_distrusted(&self) -> bool {
        self.catalog.is_distrusted()
    }

    /// Takes no more callbacks, those that were taken are still written, and gives up pulls that are under way.
    pub fn close_inbox(&self) {
        self.stopping.cancel();
        self.inbox.close();
    }

    /// Ends the service: what crawlers did is written, then every connection is closed.
    pub async fn close(&self) {
        // A failure is logged where it happens; there is no later try.
        let _unwritten = self.write_visits().await;
        let _unwritten = self.write_uses().await;
        self.catalog.close().await;
    }

    /// Runs an operation in a task of its own, so that a caller who goes away does not cancel it half way.
    async fn detached<T: Send + 'static>(
        &self,
        operation: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        if self.is_distrusted() {
            return Err(Error::Busy(None));
        }
        self.tasks.spawn(operation).await.map_err(panicked)?
    }
}

/// The answer to whoever waits for a task that panicked. Tasks are never aborted.
fn panicked(panic: JoinError) -> Error {
    counter!(telemetry::PANICS).increment(1);
    Error::internal(panic)
}
