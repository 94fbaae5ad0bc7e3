//! Numbers that are kept so that nobody has to count: what was reported and what left its feed lately, which jobs fail.

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::Result,
    rows::{read, text_list},
};
use crate::model::{Activity, CreatorId, FailingJob, FeedLosses, Guid, Reports, Tally, Timestamp};

statements! {
    ADD = Sql::same(
        "INSERT INTO tallies (name, since, times) VALUES ($1, $2, $3)
             ON CONFLICT (name, since) DO UPDATE SET times = tallies.times + excluded.times");
    SUM = Sql::same("SELECT CAST(SUM(times) AS BIGINT) FROM tallies WHERE name = $1 AND since >= $2");
    SERIES = Sql::same("SELECT since, times FROM tallies WHERE name = $1 AND since >= $2 ORDER BY since");
    /// A few hundred rows at the most: retention keeps a day.
    SINCE = Sql::same(
        "SELECT name, since, times FROM tallies WHERE since >= $1 AND name IN ('added', 'ready', 'refused')");
    ADD_LOSSES = Sql::each(include_str!("sql/add_losses.sqlite.sql"), include_str!("sql/add_losses.postgres.sql"));
    LOST = Sql::same("SELECT CAST(SUM(videos) AS BIGINT) FROM feed_losses WHERE since >= $1");
    LOST_MOST = Sql::same(
        "SELECT creator_id, CAST(SUM(videos) AS BIGINT)
           FROM feed_losses
          WHERE since >= $1
          GROUP BY creator_id
          ORDER BY SUM(videos) DESC, creator_id
          LIMIT 1");
    /// Which of these videos a feed may list just now, by creator.
    LISTED = Sql::each(
        "SELECT creator_id, CAST(COUNT(*) AS BIGINT)
           FROM videos
          WHERE guid IN (SELECT value FROM json_each($1)) AND state = 'waiting' AND NOT held
          GROUP BY creator_id",
        "SELECT creator_id, CAST(COUNT(*) AS BIGINT)
           FROM videos
          WHERE guid IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) AND state = 'waiting' AND NOT held
          GROUP BY creator_id");
    PUT_JOB = Sql::same(
        "INSERT INTO failing_jobs (name, daemon, failures, seen_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name, daemon) DO UPDATE SET failures = excluded.failures, seen_at = excluded.seen_at");
    REMOVE_JOB = Sql::same("DELETE FROM failing_jobs WHERE name = $1 AND daemon = $2");
    FAILING = Sql::same("SELECT name, MAX(failures) FROM failing_jobs WHERE seen_at >= $1 GROUP BY name ORDER BY name");
    SOME_ORPHANS = Sql::same(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 AS one FROM events WHERE outcome = 'orphan' LIMIT $1) AS some_of_them");
    NEW_ORPHANS = Sql::same(
        "SELECT CAST(COUNT(*) AS BIGINT)
           FROM (SELECT 1 AS one FROM events WHERE outcome <> 'ready' AND outcome = 'orphan' AND received_at >= $1 LIMIT $2) AS some_of_them");
    SOME_CONFLICTS = Sql::same(
        "SELECT CAST(COUNT(*) AS BIGINT)
           FROM (SELECT 1 AS one FROM videos WHERE other_remote_ids IS NOT NULL LIMIT $1) AS some_of_them");
    SOME_HELD = Sql::each(
        "SELECT CAST(COUNT(*) AS BIGINT)
           FROM (SELECT 1 AS one FROM videos INDEXED BY videos_waiting_held WHERE state = 'waiting' AND held LIMIT $1) AS some_of_them",
        "SELECT CAST(COUNT(*) AS BIGINT)
           FROM (SELECT 1 AS one FROM videos WHERE state = 'waiting' AND held LIMIT $1) AS some_of_them");
    FORGET = Sql::same("DELETE FROM tallies WHERE since < $1");
    FORGET_LOSSES = Sql::same("DELETE FROM feed_losses WHERE since < $1");
    FORGET_JOBS = Sql::same("DELETE FROM failing_jobs WHERE seen_at < $1");
}

/// What is counted together.
const STRETCH: i64 = 10 * 60_000;
const VISITS: &str = "visits";
const UNCHANGED: &str = "unchanged";
const CONFLICTS: &str = "conflicts";

#[derive(serde::Serialize)]
struct LossCells<'a> {
    since: i64,
    creator_id: &'a str,
    videos: i64,
}

/// The first moment of the stretch that a moment lies in.
fn stretch(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(STRETCH) * STRETCH)
}

impl Catalog {
    /// What the injector reported since about a moment: in stretches of ten minutes.
    pub async fn reports_since(&self, since: Timestamp) -> Result<Reports> {
        Ok(Reports {
            ready: self.sum(Activity::Ready.as_str(), since).await?,
            refused: self.sum(Activity::Refused.as_str(), since).await?,
        })
    }

    /// How many reports since about a moment gave a video another remote id than it has: in stretches of ten minutes.
    pub async fn conflicts_since(&self, since: Timestamp) -> Result<i64> {
        self.sum(CONFLICTS, since).await
    }

    async fn sum(&self, name: &str, since: Timestamp) -> Result<i64> {
        let row: Option<(Option<i64>,)> = self.db.maybe(SUM, &args![name, stretch(since)]).await?;
        Ok(row.and_then(|(sum,)| sum).unwrap_or(0))
    }

    /// What crawlers were answered since about a moment, in stretches of ten minutes, oldest first: documents, and that
    /// nothing had changed.
    pub async fn crawls_since(&self, since: Timestamp) -> Result<[Vec<(Timestamp, i64)>; 2]> {
        let mut series = [Vec::new(), Vec::new()];
        for (found, name) in series.iter_mut().zip([VISITS, UNCHANGED]) {
            let args = args![name, stretch(since)];
            let rows: Vec<(i64, i64)> = self.db.all(SERIES, &args).await?;
            let one = |(since, times)| (Timestamp::from_millis(since), times);
            found.extend(rows.into_iter().map(one));
        }
        Ok(series)
    }

    /// What happened to videos since about a moment: in stretches of ten minutes.
    pub async fn tallies_since(&self, since: Timestamp) -> Result<Vec<Tally>> {
        let rows: Vec<(String, i64, i64)> = self.db.all(SINCE, &args![stretch(since)]).await?;
        let tally = |(what, since, times): (String, i64, i64)| {
            Ok(Tally {
                what: read(&what)?,
                since: Timestamp::from_millis(since),
                times,
            })
        };
        rows.into_iter().map(tally).collect()
    }

    /// Videos that left their feeds since about a moment.
    pub async fn losses_since(&self, since: Timestamp) -> Result<FeedLosses> {
        let since = stretch(since);
        let lost: Option<(Option<i64>,)> = self.db.maybe(LOST, &args![since]).await?;
        let most: Option<(String, i64)> = self.db.maybe(LOST_MOST, &args![since]).await?;
        let most = most.map(|(creator, lost)| Ok::<_, super::Error>((read(&creator)?, lost)));
        Ok(FeedLosses {
            videos: lost.and_then(|(sum,)| sum).unwrap_or(0),
            most: most.transpose()?,
        })
    }

    /// Jobs that some daemon saw failing since a moment.
    pub async fn failing_jobs(&self, since: Timestamp) -> Result<Vec<FailingJob>> {
        let rows: Vec<(String, i64)> = self.db.all(FAILING, &args![since]).await?;
        let job = |(name, failures)| FailingJob { name, failures };
        Ok(rows.into_iter().map(job).collect())
    }

    /// How many orphans there are; counts no further than `limit`.
    pub async fn some_orphans(&self, limit: i64) -> Result<i64> {
        let row: Option<(i64,)> = self.db.maybe(SOME_ORPHANS, &args![limit]).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// How many orphans came since a moment; counts no further than `limit`.
    pub async fn orphans_since(&self, since: Timestamp, limit: i64) -> Result<i64> {
        let row: Option<(i64,)> = self.db.maybe(NEW_ORPHANS, &args![since, limit]).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// How many waiting videos are kept off every feed; counts no further than `limit`.
    pub async fn some_held(&self, limit: i64) -> Result<i64> {
        let row: Option<(i64,)> = self.db.maybe(SOME_HELD, &args![limit]).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// How many videos have more than one remote id; counts no further than `limit`.
    pub async fn some_conflicts(&self, limit: i64) -> Result<i64> {
        let row: Option<(i64,)> = self.db.maybe(SOME_CONFLICTS, &args![limit]).await?;
        Ok(row.map_or(0, |(count,)| count))
    }
}

impl Tx {
    /// Adds to what was reported by a moment.
    pub async fn count_reports(&mut self, reports: Reports, at: Timestamp) -> Result<()> {
        self.count(Activity::Ready, reports.ready, at).await?;
        self.count(Activity::Refused, reports.refused, at).await
    }

    /// Adds to how often something happened to videos by a moment.
    pub(super) async fn count(&mut self, what: Activity, times: i64, at: Timestamp) -> Result<()> {
        self.add(what.as_str(), times, at).await
    }

    /// Adds to the reports that gave a video another remote id than it has, by a moment. Comes last in its transaction: all
    /// daemons count in one row.
    pub async fn count_conflicts(&mut self, conflicts: usize, at: Timestamp) -> Result<()> {
        let conflicts = i64::try_from(conflicts).unwrap_or(i64::MAX);
        self.add(CONFLICTS, conflicts, at).await
    }

    async fn add(&mut self, name: &str, times: i64, at: Timestamp) -> Result<()> {
        if times > 0 {
            self.run(ADD, &args![name, stretch(at), times]).await?;
        }
        Ok(())
    }

    /// Adds to what crawlers were answered by a moment: documents, and that nothing had changed.
    pub async fn count_crawls(&mut self, visits: i64, unchanged: i64, at: Timestamp) -> Result<()> {
        self.add(UNCHANGED, unchanged, at).await?;
        self.add(VISITS, visits, at).await
    }

    /// Adds to the videos that left their feeds by a moment; the creators must come in their order.
    pub async fn count_losses(&mut self, losses: &[(CreatorId, i64)], at: Timestamp) -> Result<()> {
        let cells = losses.iter().map(|(creator, videos)| LossCells {
            since: stretch(at).as_millis(),
            creator_id: creator.as_str(),
            videos: *videos,
        });
        let cells: Vec<_> = cells.collect();
        if cells.is_empty() {
            return Ok(());
        }
        self.run(ADD_LOSSES, &[Arg::rows(&cells)?])
            .await
            .map(|_added| ())
    }

    /// How many of these videos each creator's feed may list just now.
    pub async fn listed_of(&mut self, guids: &[Guid]) -> Result<Vec<(CreatorId, i64)>> {
        let rows: Vec<(String, i64)> = self.all(LISTED, &[text_list(guids, Guid::as_str)?]).await?;
        rows.into_iter()
            .map(|(creator, count)| Ok((read(&creator)?, count)))
            .collect()
    }

    /// Notes how often in a row a job of a daemon did not succeed.
    pub async fn put_failing_job(
        &mut self,
        name: &str,
        daemon: &str,
        failures: i64,
        now: Timestamp,
    ) -> Result<()> {
        if failures > 0 {
            self.run(PUT_JOB, &args![name, daemon, failures, now])
                .await?;
        } else {
            self.run(REMOVE_JOB, &args![name, daemon]).await?;
        }
        Ok(())
    }

    /// Lets go of what was counted and seen before a moment.
    pub async fn forget_tallies(&mut self, before: Timestamp) -> Result<u64> {
        let mut gone = 0;
        for forget in [FORGET, FORGET_LOSSES, FORGET_JOBS] {
            gone += self.run(forget, &args![before]).await?;
        }
        Ok(gone)
    }
}
