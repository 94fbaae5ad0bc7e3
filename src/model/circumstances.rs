//! What the rules of alarms look at, and the limits that they go by.

use std::time::Duration;

use super::{CreatorId, Credential, Rhythm, Timestamp};

/// When rules find something wrong, from the settings.
#[derive(Clone, Copy, Debug)]
pub struct AlarmLimits {
    /// Usual pauses without a crawler.
    pub silence: u32,
    /// Refusals in a hundred reports.
    pub refused_percent: u8,
    /// Refusals below which their share does not count.
    pub refused_least: i64,
    /// Videos that leave their feeds within an hour.
    pub lost_videos: i64,
    /// So long before its end a credential is told of.
    pub credential_ends: Duration,
    /// Bytes.
    pub disk_free: u64,
}

/// What the rules look at.
#[derive(Clone, Debug)]
pub struct Circumstances {
    pub now: Timestamp,
    /// How often crawlers come at all.
    pub crawler: Option<Rhythm>,
    /// Active creators whose feed was not asked for for longer than usual.
    pub silent: Vec<(CreatorId, Rhythm)>,
    /// Of the last hour.
    pub reports: Reports,
    /// Reports about videos that the catalog does not have.
    pub orphans: Appeared,
    /// Reports that gave a video another remote id than it has, and videos that have more than one.
    pub conflicts: Appeared,
    /// Of the last hour.
    pub losses: FeedLosses,
    pub credentials: Vec<Credential>,
    /// Bytes beside the database's file; none where it has none.
    pub disk_free: Option<u64>,
    pub failing_jobs: Vec<FailingJob>,
}

/// Reports of the injector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reports {
    pub ready: i64,
    pub refused: i64,
}

/// What stays until somebody does something about it, and what of it is new. Counted to 10,001.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appeared {
    /// Within the last hour.
    pub lately: i64,
    /// Since ever.
    pub all: i64,
}

/// Videos that left their feeds as held or draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedLosses {
    pub videos: i64,
    /// Who lost the most, and how many.
    pub most: Option<(CreatorId, i64)>,
}

/// A job whose last runs did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingJob {
    pub name: String,
    /// In a row, of the daemon where they are most.
    pub failures: i64,
}
