//! `[operators]`: how people of the network sign in, and for how long.

use std::{num::NonZeroU32, time::Duration};

use super::{
    parse::{DAY, HOUR},
    read::Section,
};

const MINUTE: Duration = Duration::from_mins(1);

/// How people of the network sign in, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operators {
    /// A session ends so long after its last use.
    pub session_idle: Duration,
    /// A session ends so long after it began.
    pub session_lifetime: Duration,
    /// What asks for the password again is open so long.
    pub confirmed_for: Duration,
    /// Tries to sign in of one address in a minute.
    pub sign_ins_per_minute: NonZeroU32,
    /// Failures of one name before it has to wait.
    pub free_failures: u32,
    /// The longest that a name has to wait.
    pub longest_wait: Duration,
    /// Requests of one session or key in a minute.
    pub requests_per_minute: NonZeroU32,
    /// Requests of one session or key at one time.
    pub requests_at_once: NonZeroU32,
}

impl Operators {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let number = |key, most: u32| {
            NonZeroU32::new(section.number(key, 1..=most)).unwrap_or(NonZeroU32::MIN)
        };
        Self {
            session_idle: section.duration("session_idle", MINUTE..=90 * DAY),
            session_lifetime: section.duration("session_lifetime", MINUTE..=365 * DAY),
            confirmed_for: section.duration("confirmed_for", MINUTE..=24 * HOUR),
            sign_ins_per_minute: number("sign_ins_per_minute", 10_000),
            free_failures: section.number("free_failures", 1..=1_000),
            longest_wait: section.duration("longest_wait", Duration::from_secs(1)..=24 * HOUR),
            requests_per_minute: number("requests_per_minute", 1_000_000),
            requests_at_once: number("requests_at_once", 10_000),
        }
    }
}
