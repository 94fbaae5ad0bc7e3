//! Which events a command is about.

use crate::{
    app::EventRange,
    model::{Outcome, Timestamp},
};

/// The flags that find events.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Range {
    /// Only events about this guid, known or not
    #[arg(long)]
    pub(super) guid: Option<String>,
    /// Only events filed so: ready, refused, recorded, progress, anomalous, orphan or malformed
    #[arg(long)]
    outcome: Option<Outcome>,
    /// Only events that came at this time or later, such as `2026-09-01T09:00:00Z`
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only events that came at this time or earlier
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

impl Range {
    /// Whether any flag was given.
    pub(super) fn is_given(&self) -> bool {
        self.guid.is_some()
            || self.outcome.is_some()
            || self.since.is_some()
            || self.until.is_some()
    }
}

impl From<Range> for EventRange {
    fn from(range: Range) -> Self {
        Self {
            since: range.since,
            until: range.until,
            guid: range.guid,
            outcome: range.outcome,
        }
    }
}
