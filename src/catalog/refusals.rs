//! The reasons for which videos stand refused, and what operators call them.

use std::collections::HashMap;

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::Result,
};
use crate::model::{Count, RefusalReason, Timestamp};

/// Hops from reason to reason through the index of refused videos, and counts no further than asked.
macro_rules! list_reasons {
    ($videos:literal) => {
        concat!(
            "WITH RECURSIVE reasons (reason, place) AS (
             SELECT (SELECT refusal FROM ",
            $videos,
            " WHERE state = 'refused' AND refusal >= '' ORDER BY refusal LIMIT 1), CAST(1 AS BIGINT)
              UNION ALL
             SELECT (SELECT refusal FROM ",
            $videos,
            " WHERE state = 'refused' AND refusal > reasons.reason ORDER BY refusal LIMIT 1), place + 1
               FROM reasons
              WHERE reasons.reason IS NOT NULL AND place < $1)
         SELECT reasons.reason,
                (SELECT CAST(COUNT(*) AS BIGINT)
                   FROM (SELECT 1 AS one FROM ",
            $videos,
            " WHERE state = 'refused' AND refusal = reasons.reason LIMIT $2) AS some_of_them)
           FROM reasons
          WHERE reasons.reason IS NOT NULL
          ORDER BY place"
        )
    };
}

statements! {
    LIST = Sql::each(list_reasons!("videos INDEXED BY videos_refused"), list_reasons!("videos"));
    NAMES = Sql::same("SELECT reason, name FROM refusal_names");
    NAME_OF = Sql::same("SELECT name FROM refusal_names WHERE reason = $1");
    /// A reason without a name has no row that could be held. SQLite has one writer anyway.
    OWN_NAMES = Sql::each("SELECT 1", "SELECT 1 FROM pg_advisory_xact_lock(7165029)");
    NAME = Sql::same(
        "INSERT INTO refusal_names (reason, name, named_at) VALUES ($1, $2, $3)
             ON CONFLICT (reason) DO UPDATE SET name = excluded.name, named_at = excluded.named_at");
    UNNAME = Sql::same("DELETE FROM refusal_names WHERE reason = $1");
}

impl Catalog {
    /// The first `limit` reasons for which videos stand refused, each with how many of them, as far as [`Count::LIMIT`].
    pub async fn refusal_reasons(&self, limit: i64) -> Result<Vec<RefusalReason>> {
        let args = args![limit, Count::LIMIT + 1];
        let rows: Vec<(String, i64)> = self.db.all(LIST, &args).await?;
        let names: Vec<(String, String)> = self.db.all(NAMES, &args![]).await?;
        let mut names: HashMap<_, _> = names.into_iter().collect();
        let reason = |(reason, count): (String, i64)| RefusalReason {
            name: names.remove(&reason),
            reason,
            videos: Count::up_to_limit(count),
        };
        Ok(rows.into_iter().map(reason).collect())
    }
}

impl Tx {
    /// What operators call a reason. Nobody else names one until the transaction ends.
    pub async fn own_refusal_name(&mut self, reason: &str) -> Result<Option<String>> {
        self.run(OWN_NAMES, &args![]).await?;
        let row: Option<(String,)> = self.maybe(NAME_OF, &args![reason]).await?;
        Ok(row.map(|(name,)| name))
    }

    /// Gives a reason a name, or takes it away.
    pub async fn name_refusal(
        &mut self,
        reason: &str,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        match name {
            Some(name) => self.run(NAME, &args![reason, name, now]).await,
            None => self.run(UNNAME, &args![reason]).await,
        }
        .map(|_one| ())
    }
}
