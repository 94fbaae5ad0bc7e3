//! `[retention]`: what is forgotten, and when.

use std::time::Duration;

use super::{
    parse::{DAY, HOUR},
    read::Section,
};

/// How long things are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The original text of events; zero is for ever.
    pub event_raw: Duration,
    /// Visits of crawlers.
    pub visits: Duration,
    /// Imports that have ended; the last one of a source stays.
    pub imports: Duration,
    /// Files that the operators' face took in for an import, and what became of their rows.
    pub import_files: Duration,
    /// Lines of the audit.
    pub audit: Duration,
    /// Bulk jobs that have ended, with their results; plans that nobody confirmed.
    pub jobs: Duration,
    /// Alarms that are resolved, and outgoing events with their deliveries.
    pub alarms: Duration,
}

impl Retention {
    pub(super) fn read(section: &Section<'_>) -> Self {
        Self {
            event_raw: section.duration("event_raw", Duration::ZERO..=36_500 * DAY),
            visits: section.duration("visits", HOUR..=36_500 * DAY),
            imports: section.duration("imports", HOUR..=36_500 * DAY),
            import_files: section.duration("import_files", HOUR..=36_500 * DAY),
            audit: section.duration("audit", 30 * DAY..=36_500 * DAY),
            jobs: section.duration("jobs", DAY..=36_500 * DAY),
            alarms: section.duration("alarms", DAY..=36_500 * DAY),
        }
    }
}
