//! The daily cap: how many waiting videos a feed may still list.

use std::time::Duration;

use crate::{
    app::{App, Result},
    config::Feed,
    model::{CreatorId, FeedHead, PageQuery, Part},
};

const DAY: Duration = Duration::from_hours(24);

impl App {
    /// How many waiting videos a page may list until the creator reaches the daily cap; none without a cap.
    pub(super) async fn room_on_page(
        &self,
        head: &FeedHead,
        settings: &Feed,
        query: &PageQuery,
    ) -> Result<Option<i64>> {
        let Some(room) = self.room_under_cap(head, settings).await? else {
            return Ok(None);
        };
        let listed_before = match &query.after {
            Some(after) if after.part == Part::Waiting && room > 0 => {
                self.catalog.waiting_before(query, after, room).await?
            }
            _ => 0,
        };
        Ok(Some(room - listed_before))
    }

    /// How many more videos may be listed before the creator reaches the daily cap; none without a cap.
    async fn room_under_cap(&self, head: &FeedHead, settings: &Feed) -> Result<Option<i64>> {
        if settings.daily_cap == 0 {
            return Ok(None);
        }
        let cap = i64::from(settings.daily_cap);
        let ready = self
            .catalog
            .ready_since(&head.creator, self.clock.now().before(DAY), cap)
            .await?;
        Ok(Some(cap - ready))
    }

    /// The creator's daily cap where it is reached, for the reasons that hold a video back.
    pub(in crate::app) async fn reached_cap(&self, creator: &CreatorId) -> Result<Option<i64>> {
        let settings = self.config.load_full();
        let Some(head) = self.catalog.feed_head(creator).await? else {
            return Ok(None);
        };
        let room = self.room_under_cap(&head, &settings.feed).await?;
        Ok(room
            .filter(|room| *room <= 0)
            .map(|_none| i64::from(settings.feed.daily_cap)))
    }
}
