//! How crawlers come, in numbers that are kept while they do.

use super::{App, Result, visits::Habit};
use crate::{
    catalog::CrawledCreator,
    model::{CreatorId, CreatorStatus, Timestamp, last_day_began},
};

const HOURS: usize = 24;
const HOUR: i64 = 3_600_000;

/// What crawlers did within the last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crawls {
    /// The last 24 hours, the present one last: when each began, how many documents were sent in it, and how many requests
    /// were told that nothing had changed.
    pub hours: Vec<(Timestamp, [i64; 2])>,
    /// How often anybody comes; none before the first visit.
    pub habit: Option<Habit>,
}

/// A creator as crawlers come for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrawledFeed {
    pub creator: CreatorId,
    pub status: CreatorStatus,
    /// None before the first visit.
    pub habit: Option<Habit>,
}

impl App {
    /// How crawlers come, and how they came within the last 24 hours.
    pub async fn crawls(&self) -> Result<Crawls> {
        let since = last_day_began(self.clock.now());
        let [documents, unchanged] = self.catalog.crawls_since(since).await?;
        let counted = by_hour(since, &documents).into_iter();
        let counted = counted.zip(by_hour(since, &unchanged)).zip(0..);
        let hour = |((documents, unchanged), at): ((i64, i64), i64)| {
            let began = Timestamp::from_millis(since.as_millis() + at * HOUR);
            (began, [documents, unchanged])
        };
        Ok(Crawls {
            hours: counted.map(hour).collect(),
            habit: self.rhythm(None).await?,
        })
    }

    /// Creators in the order of their ids with how often crawlers come for them, at most `limit`, behind `after`.
    pub async fn crawled_feeds(
        &self,
        after: Option<&CreatorId>,
        limit: i64,
    ) -> Result<Vec<CrawledFeed>> {
        let creators = self.catalog.crawled_creators(after, limit).await?;
        let feed = |creator: CrawledCreator| CrawledFeed {
            creator: creator.id,
            status: creator.status,
            habit: creator.rhythm.map(|rhythm| self.habit(rhythm)),
        };
        Ok(creators.into_iter().map(feed).collect())
    }
}

/// Sums what was counted in shorter stretches.
fn by_hour(since: Timestamp, counted: &[(Timestamp, i64)]) -> [i64; HOURS] {
    let mut hours = [0; HOURS];
    for (at, times) in counted {
        let hour = usize::try_from((at.as_millis() - since.as_millis()).div_euclid(HOUR));
        if let Some(sum) = hour.ok().and_then(|hour| hours.get_mut(hour)) {
            *sum += times;
        }
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_summed_by_the_hour_they_lie_in() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
        let counted = [
            (at(50), 9),
            (at(60), 1),
            (at(110), 2),
            (at(120), 4),
            (at(60 + 24 * 60), 8),
        ];
        let hours = by_hour(at(60), &counted);
        assert_eq!(hours[..3], [3, 4, 0]);
        assert_eq!(hours.iter().sum::<i64>(), 7);
    }
}
