//! How the installation stands, in numbers that cost the same however large the catalog is.

use super::{App, Result};
use crate::{
    catalog::{Announced, EventCounts, ImportRun, SourceCounts},
    model::{StateCounts, Visit},
};

/// How the installation stands.
#[derive(Clone, Debug)]
pub struct Status {
    pub creators: i64,
    pub videos: StateCounts,
    /// Videos with more than one remote id.
    pub conflicts: i64,
    pub events: EventCounts,
    /// How the next user list compares with the last one served.
    pub user_list: Announced,
    pub sources: SourceCounts,
    pub visits: Vec<Visit>,
    pub imports: Vec<ImportRun>,
}

impl App {
    /// How the installation stands, with the newest `visits` and imports.
    pub async fn status(&self, visits: i64) -> Result<Status> {
        let (creators, videos) = self.catalog.totals().await?;
        Ok(Status {
            creators,
            videos,
            conflicts: self.catalog.count_conflicts().await?,
            events: self.catalog.event_counts().await?,
            user_list: self
                .catalog
                .announced(self.user_list().adopted_only)
                .await?,
            sources: self.catalog.source_counts().await?,
            visits: self.catalog.newest_visits(None, visits).await?,
            imports: self.catalog.newest_imports(None, 5).await?,
        })
    }
}
