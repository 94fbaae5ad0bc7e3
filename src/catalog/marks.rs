//! Single numbers of the whole installation, and the guard that keeps two writers of one story apart.

use std::time::Duration;

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::Result,
};
use crate::model::{FeedPolicy, Needs, Timestamp};

statements! {
    FIND = Sql::same("SELECT value FROM marks WHERE name = $1");
    POLICY = Sql::same(
        "SELECT value, (SELECT value FROM marks WHERE name = 'delta_window') FROM marks WHERE name = 'feed_policy'");
    SET = Sql::same("UPDATE marks SET value = $2 WHERE name = $1");
    KEEP = Sql::same(
        "INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    /// Writes a number that means nothing. SQLite writes no page for a value that stays the same.
    TOUCH = Sql::same(
        "INSERT INTO marks (name, value) VALUES ('probe', 0) ON CONFLICT (name) DO UPDATE SET value = marks.value + 1");
    RAISE = Sql::same("UPDATE marks SET value = value + 1 WHERE name = $1");
    /// Callbacks of several daemons may run side by side, but not beside a transaction that adds videos: each would miss
    /// the other's row and an orphan would stay one. SQLite has one writer anyway.
    SHARE_STORY = Sql::each("SELECT 1", "SELECT 1 FROM pg_advisory_xact_lock_shared(7165027)");
    OWN_STORY = Sql::each("SELECT 1", "SELECT 1 FROM pg_advisory_xact_lock(7165027)");
}

const MET: &str = "feed_policy";
const DELTA_WINDOW: &str = "delta_window";
const SETTLED: &str = "policy_settled";
const STORAGE_CHECKED: &str = "storage_checked_at";
const USER_LIST: &str = "user_list_version";

fn policy(stored: Option<(i64, i64)>) -> FeedPolicy {
    let (met, window) = stored.unwrap_or_default();
    FeedPolicy {
        met: Needs::from_bits(met),
        delta_window: Duration::from_millis(window.unsigned_abs()),
    }
}

impl Catalog {
    /// What the settings make of the feeds of this installation, as the last daemon that started told the catalog.
    pub async fn feed_policy(&self) -> Result<FeedPolicy> {
        Ok(policy(self.db.maybe(POLICY, &args![]).await?))
    }

    /// Whether every video lies where [`Self::feed_policy`] puts it; not so while a change of it is carried out, or when a
    /// daemon died meanwhile.
    pub async fn policy_is_settled(&self) -> Result<bool> {
        let settled: Option<(i64,)> = self.db.maybe(FIND, &args![SETTLED]).await?;
        Ok(settled == Some((1,)))
    }

    /// Commits a change that means nothing, as a callback would be: fails while the database takes no writes.
    pub async fn try_to_write(&self) -> Result<()> {
        let mut tx = self.begin_for_callbacks().await?;
        tx.run(TOUCH, &args![]).await?;
        tx.commit().await
    }

    /// When the whole storage was looked at last; none on a database where no week of it has begun.
    pub async fn storage_checked_at(&self) -> Result<Option<Timestamp>> {
        let at: Option<(i64,)> = self.db.maybe(FIND, &args![STORAGE_CHECKED]).await?;
        Ok(at.map(|(at,)| Timestamp::from_millis(at)))
    }

    /// Notes that the whole storage was looked at.
    pub async fn note_storage_checked(&self, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.run(KEEP, &args![STORAGE_CHECKED, now]).await?;
        tx.commit().await
    }

    /// Moves with every change that could change the user list.
    pub async fn user_list_version(&self) -> Result<i64> {
        let version: Option<(i64,)> = self.db.maybe(FIND, &args![USER_LIST]).await?;
        Ok(version.map_or(0, |(version,)| version))
    }
}

impl Tx {
    /// The same as [`Catalog::feed_policy`], as this transaction sees it.
    pub async fn feed_policy(&mut self) -> Result<FeedPolicy> {
        Ok(policy(self.maybe(POLICY, &args![]).await?))
    }

    /// Tells the catalog what the settings make of feeds from now on. Videos are to be looked at, and
    /// [`Self::policy_settled`] is to be told afterwards.
    pub async fn set_feed_policy(&mut self, policy: FeedPolicy) -> Result<()> {
        let window = i64::try_from(policy.delta_window.as_millis()).unwrap_or(i64::MAX);
        self.run(SET, &args![SETTLED, 0_i64]).await?;
        self.run(SET, &args![MET, policy.met.bits()]).await?;
        self.run(SET, &args![DELTA_WINDOW, window])
            .await
            .map(|_one| ())
    }

    /// Notes that every video lies where the policy puts it.
    pub async fn policy_settled(&mut self) -> Result<()> {
        self.run(SET, &args![SETTLED, 1_i64]).await.map(|_one| ())
    }

    pub(super) async fn move_user_list(&mut self) -> Result<()> {
        self.run(RAISE, &args![USER_LIST]).await.map(|_one| ())
    }

    /// To be called first by a transaction that applies events.
    pub(super) async fn share_story(&mut self) -> Result<()> {
        if !self.is_postgres() {
            return Ok(());
        }
        self.all::<(i32,)>(SHARE_STORY, &args![])
            .await
            .map(|_one| ())
    }

    /// To be called first by a transaction that adds videos.
    pub(super) async fn own_story(&mut self) -> Result<()> {
        if !self.is_postgres() {
            return Ok(());
        }
        self.all::<(i32,)>(OWN_STORY, &args![]).await.map(|_one| ())
    }
}
