//! Walks over all videos with some preflight rules, and the leases that let one daemon walk at a time.

use std::time::Duration;

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::{moment, read},
};
use crate::model::{Flips, RuleWalk, RuleWalkId, Timestamp, VideoId, WalkEnding, WalkPurpose};

/// The columns of a walk, in front of what selects the rows.
macro_rules! select_walks {
    ($rest:literal) => {
        concat!(
            "SELECT id, purpose, rules, asked_at, asked_by, place, found, ended_at, ending, message
           FROM rule_walks ",
            $rest
        )
    };
}

statements! {
    FIND = Sql::same(select_walks!("WHERE id = $1"));
    NEWEST = Sql::same(select_walks!("WHERE purpose = $1 ORDER BY id DESC LIMIT $2"));
    /// Those to be walked, in their order. There are few at any time.
    OPEN = Sql::same("SELECT id, purpose FROM rule_walks WHERE ended_at IS NULL ORDER BY purpose, id");
    LAST_FAILED = Sql::same(
        "SELECT CAST(COUNT(message) AS BIGINT)
           FROM (SELECT message FROM rule_walks WHERE purpose = 'apply' ORDER BY id DESC LIMIT 1) AS last");
    ADD = Sql::same(
        "INSERT INTO rule_walks (id, purpose, rules, asked_at, asked_by, place, found)
         VALUES ($1, $2, $3, $4, $5, '', $6)");
    /// A lease that ends much later than any that begins now was written under a clock that has jumped back since. What
    /// would flip is asked of videos that the rules in force have all judged.
    CLAIM = Sql::same(
        "UPDATE rule_walks
            SET lease = $2, lease_until = $4
          WHERE id = $1 AND ended_at IS NULL
            AND (lease_until IS NULL OR lease_until <= $3 OR lease_until > $5)
            AND (purpose = 'apply'
                 OR NOT EXISTS (SELECT 1 FROM rule_walks AS first WHERE first.purpose = 'apply' AND first.ended_at IS NULL))");
    KEEP = Sql::same(
        "UPDATE rule_walks
            SET place = $3, found = $4, lease_until = $5
          WHERE id = $1 AND lease = $2 AND ended_at IS NULL");
    RELEASE = Sql::same("UPDATE rule_walks SET lease = NULL, lease_until = NULL WHERE id = $1 AND lease = $2");
    END = Sql::same("UPDATE rule_walks SET ended_at = $2, ending = $3 WHERE id = $1 AND ended_at IS NULL");
    /// As `rule_walks.message` says, a failure is stored under another word.
    FAIL = Sql::same(
        "UPDATE rule_walks SET ended_at = $3, ending = 'cancelled', message = $4
          WHERE id = $1 AND lease = $2 AND ended_at IS NULL");
    SUPERSEDE = Sql::same(
        "UPDATE rule_walks SET ended_at = $1, ending = 'superseded' WHERE purpose = 'apply' AND ended_at IS NULL");
    /// Whoever walks them no longer does.
    RESTART = Sql::same(
        "UPDATE rule_walks SET place = '', found = $1, lease = NULL, lease_until = NULL
          WHERE purpose = 'what_if' AND ended_at IS NULL");
    FORGET = Sql::same(
        "DELETE FROM rule_walks
          WHERE purpose = $1 AND ended_at IS NOT NULL
            AND id < (SELECT MIN(id) FROM (SELECT id FROM rule_walks WHERE purpose = $1 ORDER BY id DESC LIMIT $2) AS kept)");
}

#[derive(sqlx::FromRow)]
struct WalkRow {
    id: String,
    purpose: String,
    rules: String,
    asked_at: i64,
    asked_by: String,
    place: String,
    found: String,
    ended_at: Option<i64>,
    ending: Option<String>,
    message: Option<String>,
}

impl TryFrom<WalkRow> for RuleWalk {
    type Error = Error;

    fn try_from(row: WalkRow) -> Result<Self> {
        let ending = match (&row.message, row.ending) {
            (Some(_why), _) => Some(WalkEnding::Failed),
            (None, word) => word.as_deref().map(read).transpose()?,
        };
        let found = serde_json::from_str(&row.found);
        Ok(Self {
            id: RuleWalkId::from(row.id),
            purpose: read(&row.purpose)?,
            rules: row.rules,
            asked_at: Timestamp::from_millis(row.asked_at),
            asked_by: row.asked_by,
            place: VideoId::from(row.place),
            found: found.map_err(|odd| Error::Unreadable(odd.to_string()))?,
            ended: moment(row.ended_at).zip(ending),
            message: row.message,
        })
    }
}

impl Catalog {
    /// The walk of that id.
    pub async fn find_rule_walk(&self, id: &RuleWalkId) -> Result<Option<RuleWalk>> {
        let row: Option<WalkRow> = self.db.maybe(FIND, &args![id.as_str()]).await?;
        row.map(RuleWalk::try_from).transpose()
    }

    /// The newest walks for a purpose, newest first.
    pub async fn newest_rule_walks(
        &self,
        purpose: WalkPurpose,
        limit: i64,
    ) -> Result<Vec<RuleWalk>> {
        let args = args![purpose.as_str(), limit];
        let rows: Vec<WalkRow> = self.db.all(NEWEST, &args).await?;
        rows.into_iter().map(RuleWalk::try_from).collect()
    }

    /// Walks that have not ended, those that go first in front.
    pub async fn open_rule_walks(&self) -> Result<Vec<(RuleWalkId, WalkPurpose)>> {
        let rows: Vec<(String, String)> = self.db.all(OPEN, &args![]).await?;
        let open = |(id, purpose): (String, String)| Ok((RuleWalkId::from(id), read(&purpose)?));
        rows.into_iter().map(open).collect()
    }
}

impl Tx {
    /// Adds a walk that has not begun.
    pub async fn add_rule_walk(&mut self, walk: &RuleWalk) -> Result<()> {
        let args = args![
            walk.id.as_str(),
            walk.purpose.as_str(),
            walk.rules.as_str(),
            walk.asked_at,
            walk.asked_by.as_str(),
            written(&walk.found)?
        ];
        self.run(ADD, &args).await.map(|_one| ())
    }

    /// Takes a walk for as long as `lease`, under a name that nobody else has; false while somebody else has it, when it
    /// has ended, and for a what-if while videos are judged again. On Postgres the database's clock counts, because daemons' clocks differ.
    pub async fn claim_rule_walk(
        &mut self,
        id: &RuleWalkId,
        name: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool> {
        let now = self.lease_clock(now).await?;
        let (until, void) = (now.after(lease), now.after(lease * 2));
        let args = args![id.as_str(), name, now, until, void];
        Ok(self.run(CLAIM, &args).await? == 1)
    }

    /// Notes how far a walk is and keeps it for longer; false when it has ended, or is somebody else's by now.
    pub async fn keep_rule_walk(
        &mut self,
        walk: &RuleWalk,
        name: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool> {
        let until = self.lease_clock(now).await?.after(lease);
        let (place, found) = (walk.place.as_str(), written(&walk.found)?);
        let args = args![walk.id.as_str(), name, place, found, until];
        Ok(self.run(KEEP, &args).await? == 1)
    }

    /// Gives a walk back for another to go on with.
    pub async fn release_rule_walk(&mut self, id: &RuleWalkId, name: &str) -> Result<()> {
        self.run(RELEASE, &args![id.as_str(), name])
            .await
            .map(|_one| ())
    }

    /// Ends a walk; false when it has ended already.
    pub async fn end_rule_walk(
        &mut self,
        id: &RuleWalkId,
        now: Timestamp,
        ending: WalkEnding,
    ) -> Result<bool> {
        let args = args![id.as_str(), now, ending.as_str()];
        Ok(self.run(END, &args).await? == 1)
    }

    /// Ends a walk that met a fault, if it is still whoever's who has this lease. Nothing of it is read.
    pub async fn fail_rule_walk(
        &mut self,
        id: &RuleWalkId,
        name: &str,
        now: Timestamp,
        message: &str,
    ) -> Result<()> {
        self.run(FAIL, &args![id.as_str(), name, now, message])
            .await
            .map(|_one| ())
    }

    /// Whether the last judging of all videos failed.
    pub async fn has_judging_failed(&mut self) -> Result<bool> {
        let row: Option<(i64,)> = self.maybe(LAST_FAILED, &args![]).await?;
        Ok(row.is_some_and(|(failed,)| failed > 0))
    }

    /// Ends the judging of all videos that is under way, as another one takes its place, and has what-ifs begin anew
    /// behind that.
    pub async fn supersede_rule_walks(&mut self, now: Timestamp) -> Result<()> {
        self.run(SUPERSEDE, &args![now]).await?;
        self.run(RESTART, &args![written(&Flips::default())?])
            .await
            .map(|_restarted| ())
    }

    /// Lets go of ended walks for a purpose but the newest `kept`.
    pub async fn forget_rule_walks(&mut self, purpose: WalkPurpose, kept: i64) -> Result<()> {
        self.run(FORGET, &args![purpose.as_str(), kept])
            .await
            .map(|_gone| ())
    }
}

fn written(found: &Flips) -> Result<String> {
    serde_json::to_string(found).map_err(Error::argument)
}
