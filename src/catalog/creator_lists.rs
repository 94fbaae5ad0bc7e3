//! Lists of creators: searched, narrowed and in an order.
//!
//! Each page ranks creators first, then reads those that it shows. Apart from the order of ids, a rank is known only once
//! every creator was looked at, and so it is: there are thousands of them, not millions, and a maintained rank would cost
//! the path of callbacks a write for each. No video is read but the first one waiting of each creator, from its index. With
//! a million videos waiting, a ranking takes SQLite 14 ms of one processor for 5,000 creators and 92 ms for 50,000; by
//! failures 2 ms and 25 ms. Postgres takes 20 ms for 5,000, and a seventh more where it is asked for a MIN.

use std::collections::HashMap;

use super::{
    Catalog, Tx,
    creators::{CreatorRow, select_creators},
    db::{Sql, args, statements},
    error::Result,
    rows::{moment, read, text_list},
    words::patterns,
};
use crate::model::{
    Creator, CreatorCursor, CreatorId, CreatorOrder, CreatorStatus, PageSize, RankedCreator, Words,
    searchable,
};

/// What narrows by the words of a search; words that are not asked for are patterns that fit everything.
macro_rules! searched {
    () => {
        "status LIKE $4
                   AND (' ' || words) LIKE $5 AND (' ' || words) LIKE $6 AND (' ' || words) LIKE $7
                   AND (' ' || words) LIKE $8 AND (' ' || words) LIKE $9 AND (' ' || words) LIKE $10"
    };
}
/// What narrows by status; one that is not asked for is a pattern that fits everything.
macro_rules! plain {
    () => {
        "status LIKE $4"
    };
}
/// Everybody's rank is 0, so that their ids alone order them.
macro_rules! by_id {
    ($narrowed:ident) => {
        Sql::same(concat!(
            "SELECT id, CAST(0 AS BIGINT)
           FROM creators
          WHERE CAST(0 AS BIGINT) >= $1 AND id > $2 AND ",
            $narrowed!(),
            "
          ORDER BY id
          LIMIT $3"
        ))
    };
}
macro_rules! ranked {
    ($rank:literal, $narrowed:ident) => {
        Sql::same(concat!(
            "WITH ranked AS MATERIALIZED (
                SELECT id, ",
            $rank,
            " AS rank
                  FROM creators
                 WHERE ",
            $narrowed!(),
            ")
         SELECT id, rank
           FROM ranked
          WHERE (rank, id) > ($1, $2)
          ORDER BY rank, id
          LIMIT $3"
        ))
    };
}
macro_rules! by_waiting {
    ($narrowed:ident) => {
        ranked!(
            "CASE WHEN videos_waiting > 0
                            THEN COALESCE((SELECT listed_from FROM videos
                                            WHERE creator_id = creators.id AND state = 'waiting'
                                            ORDER BY listed_from LIMIT 1), 9223372036854775807)
                            ELSE 9223372036854775807 END",
            $narrowed
        )
    };
}
/// The highest rate first, in millionths.
macro_rules! by_failures {
    ($narrowed:ident) => {
        ranked!(
            "CASE WHEN videos_refused > 0
                            THEN -(videos_refused * 1000000 / (videos_refused + videos_imported)) ELSE 0 END",
            $narrowed
        )
    };
}

statements! {
    BY_ID = by_id!(plain);
    BY_ID_SEARCHED = by_id!(searched);
    BY_WAITING = by_waiting!(plain);
    BY_WAITING_SEARCHED = by_waiting!(searched);
    BY_FAILURES = by_failures!(plain);
    BY_FAILURES_SEARCHED = by_failures!(searched);
    SOME = Sql::each(
        select_creators!("WHERE id IN (SELECT value FROM json_each($1))"),
        select_creators!("WHERE id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))"));
    OLDEST_WAITING = Sql::each(
        "SELECT value, (SELECT MIN(listed_from) FROM videos WHERE creator_id = value AND state = 'waiting')
           FROM json_each($1)",
        "SELECT listed.id, (SELECT MIN(listed_from) FROM videos WHERE creator_id = listed.id AND state = 'waiting')
           FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS listed (id)");
    WORDLESS = Sql::same("SELECT id, name FROM creators WHERE words IS NULL ORDER BY id LIMIT $1");
    SET_WORDS = Sql::same("UPDATE creators SET words = $2 WHERE id = $1 AND words IS NULL");
}

/// Which creators a list shows; what is absent does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreatorQuery {
    pub status: Option<CreatorStatus>,
    /// Only those whose id or name has words that begin so.
    pub words: Option<Words>,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreatorPage {
    pub creators: Vec<RankedCreator>,
    /// Where the list goes on; none at its end.
    pub next: Option<CreatorCursor>,
}

impl Catalog {
    /// A page of a list, behind `after`, which must be a place of this order.
    pub async fn ranked_creators(
        &self,
        query: &CreatorQuery,
        order: CreatorOrder,
        after: Option<&CreatorCursor>,
        size: PageSize,
    ) -> Result<CreatorPage> {
        let silent = |words: &Words| words.as_slice().is_empty();
        if query.words.as_ref().is_some_and(silent) {
            return Ok(CreatorPage::default());
        }
        let mut ranks = self.ranks(query, order, after, size.get() + 1).await?;
        let full = usize::try_from(size.get()).unwrap_or(usize::MAX);
        let more = ranks.len() > full;
        ranks.truncate(full);
        let next = ranks.last().filter(|_last| more).cloned();
        let ids: Vec<_> = ranks.into_iter().map(|place| place.id).collect();
        Ok(CreatorPage {
            creators: self.shown_creators(&ids).await?,
            next,
        })
    }

    async fn ranks(
        &self,
        query: &CreatorQuery,
        order: CreatorOrder,
        after: Option<&CreatorCursor>,
        limit: i64,
    ) -> Result<Vec<CreatorCursor>> {
        let (plain, searched) = match order {
            CreatorOrder::Id => (BY_ID, BY_ID_SEARCHED),
            CreatorOrder::OldestWaiting => (BY_WAITING, BY_WAITING_SEARCHED),
            CreatorOrder::FailureRate => (BY_FAILURES, BY_FAILURES_SEARCHED),
        };
        let (rank, id) = after.map_or((i64::MIN, ""), |place| (place.rank, place.id.as_str()));
        let status = query.status.map_or("%", CreatorStatus::as_str);
        let mut args = args![rank, id, limit, status].to_vec();
        let sql = if query.words.is_some() {
            args.extend(patterns(query.words.as_ref()));
            searched
        } else {
            plain
        };
        let rows: Vec<(String, i64)> = self.db.all(sql, &args).await?;
        let places = rows.iter().map(|(id, rank)| (*rank, id.as_str()));
        self.db.guard.goes_on((rank, id), places)?;
        let place = |(id, rank): (String, i64)| {
            Ok(CreatorCursor {
                order,
                rank,
                id: read(&id)?,
            })
        };
        rows.into_iter().map(place).collect()
    }

    /// Creators by their ids, in this order.
    async fn shown_creators(&self, ids: &[CreatorId]) -> Result<Vec<RankedCreator>> {
        let listed = text_list(ids, CreatorId::as_str)?;
        let waiting: Vec<(String, Option<i64>)> = self.db.all(OLDEST_WAITING, &[listed]).await?;
        let waiting: HashMap<_, _> = waiting.into_iter().collect();
        let mut known: HashMap<_, _> = self
            .creators_of(ids)
            .await?
            .into_iter()
            .map(|creator| (creator.id.clone(), creator))
            .collect();
        let shown = ids.iter().filter_map(|id| known.remove(id)).map(|creator| {
            let oldest = waiting.get(creator.id.as_str()).copied().flatten();
            RankedCreator {
                oldest_waiting: moment(oldest),
                creator,
            }
        });
        Ok(shown.collect())
    }

    /// Those of these creators that there are, in no order.
    pub async fn creators_of(&self, ids: &[CreatorId]) -> Result<Vec<Creator>> {
        let ids = text_list(ids, CreatorId::as_str)?;
        let rows: Vec<CreatorRow> = self.db.all(SOME, &[ids]).await?;
        rows.into_iter().map(Creator::try_from).collect()
    }
}

impl Tx {
    /// Gives words to creators that an older program added, at most `limit`, and says to how many.
    pub async fn fill_creator_words(&mut self, limit: i64) -> Result<u64> {
        let rows: Vec<(String, String)> = self.all(WORDLESS, &args![limit]).await?;
        let mut filled = 0;
        for (id, name) in rows {
            let words = searchable(Some(&name), &id);
            filled += self.run(SET_WORDS, &args![id, words]).await?;
        }
        Ok(filled)
    }
}
