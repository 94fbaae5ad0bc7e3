//! Feeds that the clock or the settings have changed, brought to the present moment.

use crate::{
    app::{App, Result},
    model::{CreatorId, Timestamp},
};

impl App {
    /// Brings feeds that the clock has changed to the present moment, and says how many there were.
    pub async fn turn_feeds(&self) -> Result<usize> {
        let now = self.clock.now();
        let creators = self.catalog.feeds_to_turn(now, 100).await?;
        for creator in &creators {
            self.uncontended("turn", || self.turn_feed(creator, now))
                .await?;
        }
        Ok(creators.len())
    }

    async fn turn_feed(&self, creator: &CreatorId, now: Timestamp) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.turn_feed(creator, now).await?;
        Ok(tx.commit().await?)
    }

    /// Does the same with every feed that lists imported videos, whatever the clock says.
    pub(in crate::app) async fn turn_relisting(&self) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.relisting_changed(self.clock.now()).await?;
        tx.commit().await?;
        while self.turn_feeds().await? > 0 {}
        Ok(())
    }
}
