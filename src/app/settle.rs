//! What a change of the settings makes of videos: some leave the shelf, others come back onto it.

use std::{collections::HashMap, sync::Arc};

use super::{App, Result};
use crate::{
    catalog::Save,
    model::{Change, FeedPolicy, Guid, State, TimelineLine, Timestamp, Video, VideoId},
};

/// The name of these transactions in the metrics.
const NAME: &str = "policy";
/// Videos looked at in one transaction; callbacks go between two.
const CHUNK: i64 = 1_000;

impl App {
    /// Tells the catalog what the settings make of feeds, and takes videos off the shelf or back onto it where that has
    /// changed, or where a daemon died before it was through. Says how many waiting videos it looked at.
    pub async fn settle_policy(self: &Arc<Self>) -> Result<usize> {
        let policy = super::feeds::policy(&self.config.load().feed);
        let before = self.catalog.feed_policy().await?;
        let settled = self.catalog.policy_is_settled().await?;
        if before == policy && settled {
            return Ok(0);
        }
        let app = Arc::clone(self);
        self.detached(async move {
            app.uncontended(NAME, || app.announce_policy(policy))
                .await?;
            let mut looked_at = 0;
            if before.met != policy.met || !settled {
                looked_at = app.reconsider(policy).await?;
                app.reconsider_relisted(policy).await?;
            }
            app.turn_relisting().await?;
            app.uncontended(NAME, || app.announce_settled()).await?;
            Ok(looked_at)
        })
        .await
    }

    async fn announce_policy(&self, policy: FeedPolicy) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.set_feed_policy(policy).await?;
        Ok(tx.commit().await?)
    }

    async fn announce_settled(&self) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.policy_settled().await?;
        Ok(tx.commit().await?)
    }

    async fn reconsider(&self, policy: FeedPolicy) -> Result<usize> {
        let (mut looked_at, mut after) = (0, None::<VideoId>);
        loop {
            let page = self
                .catalog
                .videos_with_needs(after.as_ref(), CHUNK)
                .await?;
            let Some(last) = page.last() else {
                return Ok(looked_at);
            };
            after = Some(last.id.clone());
            looked_at += page.len();
            let guids = page.into_iter().map(|video| video.guid).collect::<Vec<_>>();
            self.uncontended(NAME, || self.reconsider_chunk(&guids, policy))
                .await?;
        }
    }

    async fn reconsider_chunk(&self, guids: &[Guid], policy: FeedPolicy) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        let waiting = tx
            .videos_of(guids)
            .await?
            .into_iter()
            .filter(|video| video.standing.state == State::Waiting);
        let saves = waiting
            .map(|video| self.reconsidered(video, now))
            .collect::<Vec<_>>();
        let before = tx.listed_of(guids).await?;
        tx.save(&saves, policy, now).await?;
        let after: HashMap<_, _> = tx.listed_of(guids).await?.into_iter().collect();
        let lost = before.into_iter().map(|(creator, listed)| {
            let left = after.get(&creator).copied().unwrap_or(0);
            (creator, listed - left)
        });
        let mut lost: Vec<_> = lost.filter(|(_, lost)| *lost > 0).collect();
        lost.sort_unstable();
        tx.count_losses(&lost, now).await?;
        Ok(tx.commit().await?)
    }

    /// The same for imported videos, of whose holds no timeline speaks: nothing waits for them.
    async fn reconsider_relisted(&self, policy: FeedPolicy) -> Result<()> {
        let now = self.clock.now();
        let mut after = Some(String::new());
        while let Some(id) = after {
            after = self
                .uncontended(NAME, || self.hold_chunk(&id, policy, now))
                .await?;
        }
        Ok(())
    }

    async fn hold_chunk(
        &self,
        after: &str,
        policy: FeedPolicy,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let mut tx = self.catalog.begin().await?;
        let last = tx.hold_relisted(after, CHUNK, policy, now).await?;
        tx.commit().await?;
        Ok(last)
    }

    fn reconsidered(&self, video: Video, now: Timestamp) -> Save {
        let state = video.standing.state;
        let line = TimelineLine {
            at: now,
            what: Change::Reconsidered,
            from: Some(state),
            to: state,
            by: "settings".to_owned(),
            detail: None,
        };
        Save {
            before: Some(state),
            video,
            line_id: self.random.id(now),
            line,
        }
    }
}
