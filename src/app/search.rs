//! Words for videos and creators that an older program added: without them no search finds them.

use std::{sync::Arc, time::Duration};

use super::{App, Result};
use crate::{model::VideoId, random::Random};

/// The name of these transactions in the metrics.
const NAME: &str = "words";
/// Videos looked at in one transaction; callbacks go between two.
const CHUNK: i64 = 1_000;
/// How far a look goes back behind the last one: clocks of daemons differ, and what was begun before may end after it.
const OVERLAP: Duration = Duration::from_hours(1);

impl App {
    /// Looks for videos without words since the last look, and gives them theirs. Says how many it looked at, in thousands.
    pub async fn fill_words(self: &Arc<Self>) -> Result<u64> {
        let app = Arc::clone(self);
        self.detached(async move {
            let began = app.clock.now();
            let since = app.catalog.searchable_until().await?.before(OVERLAP);
            let (mut chunks, mut after) = (0, Some(VideoId::from(Random::first_id(since))));
            while let Some(place) = after {
                if app.stopping.is_cancelled() {
                    return Ok(chunks);
                }
                after = app.uncontended(NAME, || app.fill_chunk(&place)).await?;
                chunks += u64::from(after.is_some());
            }
            let mut tx = app.catalog.begin().await?;
            tx.set_searchable_until(began).await?;
            tx.commit().await?;
            app.fill_creator_words().await?;
            Ok(chunks)
        })
        .await
    }

    /// Gives creators that an older program added their words.
    async fn fill_creator_words(&self) -> Result<()> {
        loop {
            let mut tx = self.catalog.begin().await?;
            let filled = tx.fill_creator_words(CHUNK).await?;
            tx.commit().await?;
            if filled == 0 {
                return Ok(());
            }
        }
    }

    async fn fill_chunk(&self, after: &VideoId) -> Result<Option<VideoId>> {
        let mut tx = self.catalog.begin().await?;
        let last = tx.fill_words(after, CHUNK).await?;
        tx.commit().await?;
        Ok(last)
    }
}
