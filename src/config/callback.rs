//! `[callback]`: what Dailymotion's injector may send (reliability 4.1).

use super::read::Section;

/// Limits of the callback face. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Of one delivery.
    pub max_bytes: usize,
    pub max_events: usize,
    pub max_event_bytes: usize,
    /// Levels of arrays and objects in a delivery.
    pub max_depth: usize,
    /// Deliveries that wait to be stored.
    pub queue: usize,
    /// Events stored in one transaction.
    pub group: usize,
    /// Room for deliveries that are no JSON.
    pub quarantine_bytes: u64,
}

impl Callback {
    pub(super) fn read(section: &Section<'_>) -> Self {
        Self {
            max_bytes: section.number("max_bytes", 1024..=1 << 30),
            max_events: section.number("max_events", 1..=1_000_000),
            max_event_bytes: section.number("max_event_bytes", 256..=1 << 24),
            max_depth: section.number("max_depth", 3..=127),
            queue: section.number("queue", 1..=100_000),
            group: section.number("group", 1..=100_000),
            quarantine_bytes: section.number("quarantine_bytes", 0..=1 << 40),
        }
    }
}
