//! The store: creators, videos, events and everything else that outlives a restart, on SQLite or Postgres.
//!
//! The only SQL of the crate. Rules stay in [`crate::model`]; times and ids are arguments.

mod alarms;
mod audit;
mod backup;
mod bulk;
mod bulk_jobs;
mod candidates;
mod creator_lists;
mod creators;
mod credential_uses;
mod credentials;
mod db;
mod deliveries;
mod error;
mod event_pages;
mod event_ranges;
mod events;
mod feed_rows;
mod feeds;
mod fsck;
mod idempotency;
mod import_files;
mod import_lock;
mod imports;
mod job_runs;
mod lock;
mod marks;
mod network_settings;
mod open;
mod operators;
mod placeholders;
mod postgres;
mod quarantine;
mod refusals;
mod reports;
mod rhythms;
mod rows;
mod rule_walks;
mod schema;
mod sessions;
mod sources;
mod tallies;
mod timeline;
mod totp;
mod touched;
mod trust;
mod turned_away;
mod vacant;
mod video_lists;
mod videos;
mod visits;
mod words;

pub use audit::AuditQuery;
pub use backup::Contents;
pub use bulk_jobs::{BulkJob, BulkTask, CreatorChoice};
pub use candidates::Candidate;
pub use creator_lists::{CreatorPage, CreatorQuery};
pub use creators::{Announced, ListedCreator, NewCreator};
pub use db::{Sql, Tx};
pub use error::{Error, Result};
pub use event_pages::InboxPart;
pub use event_ranges::{EventKind, EventOrder, EventRange, Filing};
pub use events::{EventCounts, EventQuery, FiledEvent, KeptEvent, Refiled};
pub use fsck::{CheckedEvent, CheckedVideo, CountedCreator};
pub use idempotency::{KeptAnswer, KeptRequest};
pub use import_files::{Begin, Settled};
pub use import_lock::ImportLock;
pub use imports::ImportRun;
pub use lock::ServeLock;
pub use network_settings::KeptSetting;
pub use operators::{KnownOperator, SignUp};
pub use quarantine::Quarantined;
pub use reports::Subject;
pub use rhythms::CrawledCreator;
pub use schema::{Migration, SchemaState};
pub use sources::{NewSource, SourceCounts};
pub use totp::TotpDevice;
pub use video_lists::{VideoPage, VideoQuery, WalkedVideos};
pub use videos::Save;
pub use visits::Unchanged;

use db::Db;
use feed_rows::FeedReader;

/// The open catalog. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalog {
    db: Db,
    feed: FeedReader,
}

impl Catalog {
    /// Begins a transaction that may write. Run it in a task of its own: a caller that goes away must not cancel it half way.
    pub async fn begin(&self) -> Result<Tx> {
        self.db.begin().await
    }

    /// The same for callbacks, which have connections of their own on Postgres: whatever the others wait for, they do not
    /// wait with them.
    pub async fn begin_for_callbacks(&self) -> Result<Tx> {
        self.db.begin_for_callbacks().await
    }

    /// Closes every connection after what runs has ended.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Every statement with its module and name, for the audit that prepares them on both databases.
    pub fn statements() -> Vec<(&'static str, &'static str, Sql)> {
        let modules = [
            ("alarms", alarms::STATEMENTS),
            ("audit", audit::STATEMENTS),
            ("backup", backup::STATEMENTS),
            ("creator_lists", creator_lists::STATEMENTS),
            ("bulk_jobs", bulk_jobs::STATEMENTS),
            ("candidates", candidates::STATEMENTS),
            ("creators", creators::STATEMENTS),
            ("credential_uses", credential_uses::STATEMENTS),
            ("credentials", credentials::STATEMENTS),
            ("deliveries", deliveries::STATEMENTS),
            ("event_pages", event_pages::STATEMENTS),
            ("event_ranges", event_ranges::STATEMENTS),
            ("events", events::STATEMENTS),
            ("feed_rows", feed_rows::STATEMENTS),
            ("feeds", feeds::STATEMENTS),
            ("fsck", fsck::STATEMENTS),
            ("idempotency", idempotency::STATEMENTS),
            ("import_files", import_files::STATEMENTS),
            ("import_lock", import_lock::STATEMENTS),
            ("imports", imports::STATEMENTS),
            ("job_runs", job_runs::STATEMENTS),
            ("marks", marks::STATEMENTS),
            ("network_settings", network_settings::STATEMENTS),
            ("open", open::STATEMENTS),
            ("operators", operators::STATEMENTS),
            ("postgres", postgres::STATEMENTS),
            ("quarantine", quarantine::STATEMENTS),
            ("refusals", refusals::STATEMENTS),
            ("reports", reports::STATEMENTS),
            ("rhythms", rhythms::STATEMENTS),
            ("rule_walks", rule_walks::STATEMENTS),
            ("sessions", sessions::STATEMENTS),
            ("sources", sources::STATEMENTS),
            ("tallies", tallies::STATEMENTS),
            ("timeline", timeline::STATEMENTS),
            ("totp", totp::STATEMENTS),
            ("turned_away", turned_away::STATEMENTS),
            ("vacant", vacant::STATEMENTS),
            ("videos", videos::STATEMENTS),
            ("visits", visits::STATEMENTS),
            ("words", words::STATEMENTS),
        ];
        let lists = video_lists::statements().map(|(name, sql)| ("video_lists", name, sql));
        modules
            .into_iter()
            .flat_map(|(module, list)| list.iter().map(move |(name, sql)| (module, *name, *sql)))
            .chain(lists)
            .collect()
    }
}
