//! What an operator sees first: the pipeline, the last day, what is wrong.

use super::{AlarmQuery, App, Result, Status};
use crate::{
    catalog::VideoQuery,
    model::{
        Count, Hour, KeptAlarm, PageSize, Timestamp, Video, VideoOrder, last_day, last_day_began,
    },
};

/// The network at a glance.
#[derive(Clone, Debug)]
pub struct Overview {
    pub status: Status,
    /// Waiting videos that are kept off every feed.
    pub held: Count,
    /// The one that waits longest, held ones included.
    pub longest_waiting: Option<Video>,
    /// The last 24 hours, the present one last.
    pub day: Vec<Hour>,
    /// Open alarms, in the order of rules and subjects.
    pub alarms: Vec<KeptAlarm>,
    pub now: Timestamp,
}

impl App {
    /// The network at a glance, with the newest `visits` and at most `alarms`; costs the same however large the catalog is.
    pub async fn overview(&self, visits: i64, alarms: i64) -> Result<Overview> {
        let now = self.clock.now();
        let held = self.catalog.some_held(Count::LIMIT + 1).await?;
        let tallies = self.catalog.tallies_since(last_day_began(now)).await?;
        Ok(Overview {
            status: self.status(visits).await?,
            held: Count::up_to_limit(held),
            longest_waiting: self.longest_waiting().await?,
            day: last_day(&tallies, now),
            alarms: self.list_alarms(AlarmQuery::Open, None, alarms).await?,
            now,
        })
    }

    async fn longest_waiting(&self) -> Result<Option<Video>> {
        let (all, order) = (VideoQuery::default(), VideoOrder::LongestWaiting);
        let page = self.list_videos(&all, order, None, PageSize::ONE).await?;
        Ok(page.videos.into_iter().next())
    }
}
