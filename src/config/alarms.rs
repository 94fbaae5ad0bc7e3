//! `[alarms]`: what operators are told of.

use std::time::Duration;

use super::{
    parse::{DAY, HOUR},
    read::Section,
};

/// When the rules of alarms find something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarms {
    /// Usual pauses after which a crawler is silent.
    pub silence: u32,
    /// Refusals in a hundred reports of the last hour.
    pub refused_percent: u8,
    /// Refusals below which their share does not count.
    pub refused_least: i64,
    /// Videos that leave their feeds within an hour.
    pub lost_videos: i64,
    /// So long before its end a credential is told of.
    pub credential_ends: Duration,
    /// Bytes beside a SQLite database.
    pub disk_free: u64,
}

impl Alarms {
    pub(super) fn read(section: &Section<'_>) -> Self {
        Self {
            silence: section.number("silence", 2..=1_000),
            refused_percent: section.number("refused_percent", 1..=100),
            refused_least: section.number("refused_least", 1..=1_000_000_000),
            lost_videos: section.number("lost_videos", 1..=1_000_000_000),
            credential_ends: section.duration("credential_ends", HOUR..=365 * DAY),
            disk_free: section.number("disk_free", 0..=1_000_000_000_000_000_000),
        }
    }
}
