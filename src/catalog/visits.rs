//! Requests of crawlers.

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::Result,
    rows::{LAST, millis, moment, read},
};
use crate::model::{CreatorId, CredentialId, Cursor, Face, KeptVisit, Part, Timestamp, Visit};

macro_rules! select_visits {
    ($rest:literal) => {
        concat!(
            "SELECT id, at, face, creator_id, credential_id, address, user_agent, status, feed_version, offered,
                first_part, first_listed, first_id, last_part, last_listed, last_id
           FROM visits ",
            $rest
        )
    };
}

statements! {
    ADD = Sql::each(include_str!("sql/add_visits.sqlite.sql"), include_str!("sql/add_visits.postgres.sql"));
    COUNT_UNCHANGED =
        Sql::each(include_str!("sql/count_unchanged.sqlite.sql"), include_str!("sql/count_unchanged.postgres.sql"));
    NEWEST = Sql::same(select_visits!("WHERE id < $1 ORDER BY id DESC LIMIT $2"));
    NEWEST_OF_CREATOR = Sql::same(select_visits!("WHERE creator_id = $3 AND id < $1 ORDER BY id DESC LIMIT $2"));
    /// The last visit to a creator's feed that offered the video at this place since it came to lie there. The bound on ids
    /// spares a look at all that is older, for which `at` has no index.
    LAST_OFFER = Sql::same(select_visits!(
        "WHERE creator_id = $1 AND id >= $5 AND at >= $2
            AND first_listed IS NOT NULL AND (first_part, first_listed, first_id) <= ($3, $2, $4)
            AND (last_part, last_listed, last_id) >= ($3, $2, $4)
          ORDER BY id DESC
          LIMIT 1"));
    LAST_UNCHANGED = Sql::same("SELECT MAX(minute) FROM unchanged_visits WHERE creator_id = $1 AND minute >= $2");
    LAST_SIGHT = Sql::same("SELECT MAX(minute) FROM unchanged_visits");
    FORGET = Sql::same(
        "DELETE FROM visits WHERE id IN (SELECT id FROM visits WHERE at < $1 ORDER BY id LIMIT $2)");
    FORGET_UNCHANGED = Sql::same("DELETE FROM unchanged_visits WHERE minute < $1");
}

const MINUTE: i64 = 60_000;
/// Requests answered "unchanged" in one minute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unchanged {
    /// The minute's first millisecond.
    pub minute: i64,
    /// None for the user list.
    pub creator: Option<CreatorId>,
    /// None for a face that stands open.
    pub credential: Option<CredentialId>,
}

impl Unchanged {
    /// A request answered "unchanged" at a moment.
    pub fn at(
        moment: Timestamp,
        creator: Option<CreatorId>,
        credential: Option<CredentialId>,
    ) -> Self {
        Self {
            minute: moment.as_millis().div_euclid(MINUTE) * MINUTE,
            creator,
            credential,
        }
    }
}

#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
struct VisitCells<'a> {
    id: &'a str,
    at: i64,
    face: &'static str,
    creator_id: Option<&'a str>,
    credential_id: Option<&'a str>,
    address: &'a str,
    user_agent: Option<&'a str>,
    status: u16,
    feed_version: Option<i64>,
    offered: i64,
    first_part: i64,
    first_listed: Option<i64>,
    first_id: Option<&'a str>,
    last_part: i64,
    last_listed: Option<i64>,
    last_id: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct UnchangedCells<'a> {
    minute: i64,
    creator_id: &'a str,
    credential_id: &'a str,
    times: i64,
}

#[derive(sqlx::FromRow)]
struct VisitRow {
    id: String,
    at: i64,
    face: String,
    creator_id: Option<String>,
    credential_id: Option<String>,
    address: String,
    user_agent: Option<String>,
    status: i64,
    feed_version: Option<i64>,
    offered: i64,
    first_part: i64,
    first_listed: Option<i64>,
    first_id: Option<String>,
    last_part: i64,
    last_listed: Option<i64>,
    last_id: Option<String>,
}

/// A part of the feed as it is stored; the numbers order as the parts do.
fn part_number(part: Part) -> i64 {
    match part {
        Part::Waiting => 0,
        Part::Imported => 1,
    }
}

fn visit(row: VisitRow) -> Result<Visit> {
    let place = |part: i64, listed: Option<i64>, id: Option<String>| {
        Some(Cursor {
            part: if part == 0 {
                Part::Waiting
            } else {
                Part::Imported
            },
            listed_from: moment(listed)?,
            id: id?,
        })
    };
    Ok(Visit {
        at: Timestamp::from_millis(row.at),
        face: if row.face == Face::Feed.as_str() {
            Face::Feed
        } else {
            Face::UserList
        },
        creator: row.creator_id.as_deref().map(read).transpose()?,
        credential: row.credential_id.map(CredentialId::from),
        address: row.address,
        user_agent: row.user_agent,
        status: u16::try_from(row.status).unwrap_or_default(),
        feed_version: row.feed_version,
        offered: row.offered,
        first: place(row.first_part, row.first_listed, row.first_id),
        last: place(row.last_part, row.last_listed, row.last_id),
    })
}

impl Catalog {
    /// The newest visits, newest first.
    pub async fn newest_visits(
        &self,
        creator: Option<&CreatorId>,
        limit: i64,
    ) -> Result<Vec<Visit>> {
        let newest = self.visits_before(creator, None, limit).await?;
        Ok(newest.into_iter().map(|kept| kept.visit).collect())
    }

    /// The newest visits, to one creator's feed or to anything, older than the visit `before`, newest first.
    pub async fn visits_before(
        &self,
        creator: Option<&CreatorId>,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<KeptVisit>> {
        let before = before.unwrap_or(LAST);
        let rows: Vec<VisitRow> = match creator {
            None => self.db.all(NEWEST, &args![before, limit]).await?,
            Some(creator) => {
                let args = args![before, limit, creator];
                self.db.all(NEWEST_OF_CREATOR, &args).await?
            }
        };
        let kept = |mut row: VisitRow| {
            Ok(KeptVisit {
                id: std::mem::take(&mut row.id),
                visit: visit(row)?,
            })
        };
        rows.into_iter().map(kept).collect()
    }

    /// The last visit that was offered the video lying at `place` of a creator's feed; `first_id` lies in front of the ids
    /// of all visits since it lies there.
    pub async fn last_offer(
        &self,
        creator: &CreatorId,
        place: &Cursor,
        first_id: &str,
    ) -> Result<Option<Visit>> {
        let args = args![
            creator,
            place.listed_from,
            part_number(place.part),
            place.id.as_str(),
            first_id
        ];
        self.db
            .maybe::<VisitRow>(LAST_OFFER, &args)
            .await?
            .map(visit)
            .transpose()
    }

    /// The last minute since `since` in which a creator's feed was asked for and had not changed.
    pub async fn last_unchanged(
        &self,
        creator: &CreatorId,
        since: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let since = since.as_millis().div_euclid(MINUTE) * MINUTE;
        let row: Option<(Option<i64>,)> = self
            .db
            .maybe(LAST_UNCHANGED, &args![creator, since])
            .await?;
        Ok(moment(row.and_then(|(minute,)| minute)))
    }

    /// The last minute in which any crawler was answered that nothing had changed.
    pub async fn last_sight(&self) -> Result<Option<Timestamp>> {
        let row: Option<(Option<i64>,)> = self.db.maybe(LAST_SIGHT, &args![]).await?;
        Ok(moment(row.and_then(|(minute,)| minute)))
    }
}

impl Tx {
    /// Writes visits, each under its id; the ids order them.
    pub async fn add_visits(&mut self, visits: &[(String, Visit)]) -> Result<()> {
        if visits.is_empty() {
            return Ok(());
        }
        let cells = visits.iter().map(|(id, visit)| VisitCells {
            id,
            at: visit.at.as_millis(),
            face: visit.face.as_str(),
            creator_id: visit.creator.as_ref().map(CreatorId::as_str),
            credential_id: visit.credential.as_ref().map(CredentialId::as_str),
            address: &visit.address,
            user_agent: visit.user_agent.as_deref(),
            status: visit.status,
            feed_version: visit.feed_version,
            offered: visit.offered,
            first_part: visit
                .first
                .as_ref()
                .map_or(0, |place| part_number(place.part)),
            first_listed: millis(visit.first.as_ref().map(|place| place.listed_from)),
            first_id: visit.first.as_ref().map(|place| place.id.as_str()),
            last_part: visit
                .last
                .as_ref()
                .map_or(0, |place| part_number(place.part)),
            last_listed: millis(visit.last.as_ref().map(|place| place.listed_from)),
            last_id: visit.last.as_ref().map(|place| place.id.as_str()),
        });
        self.run(ADD, &[Arg::rows(&cells.collect::<Vec<_>>())?])
            .await
            .map(|_added| ())
    }

    /// Adds to the counts of requests that were answered "unchanged".
    pub async fn count_unchanged(&mut self, counts: &[(Unchanged, i64)]) -> Result<()> {
        if counts.is_empty() {
            return Ok(());
        }
        let cells = counts.iter().map(|(unchanged, times)| UnchangedCells {
            minute: unchanged.minute,
            creator_id: unchanged.creator.as_ref().map_or("", CreatorId::as_str),
            credential_id: unchanged
                .credential
                .as_ref()
                .map_or("", CredentialId::as_str),
            times: *times,
        });
        self.run(COUNT_UNCHANGED, &[Arg::rows(&cells.collect::<Vec<_>>())?])
            .await
            .map(|_added| ())
    }

    /// Removes up to `limit` visits, and all counts, from before a moment.
    pub async fn forget_visits(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        let gone = self.run(FORGET, &args![before, limit]).await?;
        Ok(gone + self.run(FORGET_UNCHANGED, &args![before]).await?)
    }
}
