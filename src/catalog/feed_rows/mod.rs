//! The feed's hot read: its head and its pages, with rows borrowed from the database instead of copied out of it.
//!
//! From a SQLite file rusqlite reads; from Postgres sqlx does.

mod sqlite;

use std::{ops::ControlFlow, path::PathBuf};

use sqlx::{Row, postgres::PgRow};

use self::sqlite::SqliteReader;
use super::{
    Catalog,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::{moment, read},
};
use crate::model::{CreatorId, FeedHead, ListedVideo, PageQuery, Part, Timestamp};

/// The columns of a listed video, in front of what selects the rows; `$order` is what its part is ordered by.
macro_rules! page_of {
    ($order:literal, $index:literal, $rest:literal) => {
        Sql::each(
            page_of!($order, " INDEXED BY ", $index, $rest),
            page_of!($order, "", "", $rest),
        )
    };
    ($order:literal, $by:literal, $index:literal, $rest:literal) => {
        concat!(
            "SELECT id, ",
            $order,
            ", guid, title, description, category, tags, language, country, link, media_url, media_type,
                media_size, duration, width, height, thumbnail_url, published_at, starts_at, ends_at, geo, made_for_kids,
                private, explicit
           FROM videos",
            $by,
            $index,
            $rest
        )
    };
}

statements! {
    HEAD = Sql::same(
        "SELECT id, name, link, status, mode, feed_version, feed_changed_at, feed_changes_at FROM creators WHERE id = $1");
    /// Waiting videos in their order; the placeholders come in the order of their numbers, as rusqlite binds them.
    PAGE = page_of!("listed_from", "videos_shelf",
        " WHERE creator_id = $1 AND state = 'waiting' AND NOT held
            AND listed_from <= $2 AND (listed_from, id) > ($3, $4)
            AND (ends_at IS NULL OR ends_at > $2)
            AND (needs & $5) = 0
          ORDER BY listed_from, id
          LIMIT $6");
    /// Imported videos in the order in which they came to be worth listing again.
    PAGE_RELISTED = page_of!("relisted_from", "videos_relisted",
        " WHERE creator_id = $1 AND state = 'imported' AND NOT held
            AND relisted_from <= $2 AND (relisted_from, id) > ($3, $4)
            AND (ends_at IS NULL OR ends_at > $2)
            AND (needs & $5) = 0
          ORDER BY relisted_from, id
          LIMIT $6");
}

/// Where a page stands: every row has to lie behind the one before. Whoever follows a damaged index back comes to no end.
struct Place {
    listed_from: i64,
    id: String,
}

impl Place {
    /// Steps to the next row; false when it lies where the page has been.
    fn steps_to(&mut self, listed_from: Timestamp, id: &str) -> bool {
        let listed_from = listed_from.as_millis();
        if (listed_from, id) <= (self.listed_from, self.id.as_str()) {
            return false;
        }
        self.listed_from = listed_from;
        self.id.clear();
        self.id.push_str(id);
        true
    }
}

/// Where the hot read takes its rows from.
#[derive(Clone, Debug)]
pub(super) enum FeedReader {
    Sqlite(SqliteReader),
    /// Through the catalog's own pool.
    Postgres,
}

impl FeedReader {
    pub(super) fn sqlite(path: PathBuf, connections: usize) -> Self {
        Self::Sqlite(SqliteReader::new(path, connections))
    }

    pub(super) fn postgres() -> Self {
        Self::Postgres
    }
}

impl Catalog {
    /// What one indexed read says of a creator's feed.
    pub async fn feed_head(&self, creator: &CreatorId) -> Result<Option<FeedHead>> {
        let row: Option<HeadRow> = match &self.feed {
            FeedReader::Sqlite(reader) => {
                let creator = creator.as_str().to_owned();
                reader
                    .with(&self.db.guard, move |connection| {
                        sqlite::head(connection, &creator)
                    })
                    .await?
            }
            FeedReader::Postgres => self.db.maybe(HEAD, &args![creator]).await?,
        };
        row.map(FeedHead::try_from).transpose()
    }

    /// Shows `each` the videos of a page, in feed order, each borrowed from its row, until it breaks or the page ends.
    ///
    /// Gives `state` back as `each` left it. No connection is held afterwards.
    pub async fn feed_page<S: Send + 'static>(
        &self,
        query: PageQuery,
        state: S,
        each: impl Fn(&mut S, &ListedVideo<'_>) -> ControlFlow<()> + Send + 'static,
    ) -> Result<S> {
        match &self.feed {
            FeedReader::Sqlite(reader) => {
                reader
                    .with(&self.db.guard, move |connection| {
                        sqlite::rows(connection, &query, state, each)
                    })
                    .await
            }
            FeedReader::Postgres => self.postgres_page(&query, state, each).await,
        }
    }

    async fn postgres_page<S>(
        &self,
        query: &PageQuery,
        mut state: S,
        each: impl Fn(&mut S, &ListedVideo<'_>) -> ControlFlow<()>,
    ) -> Result<S> {
        let (mut place, mut goes_on) = (place(query), true);
        let args = args![
            &query.creator,
            query.now,
            place.listed_from,
            place.id.as_str(),
            !query.met.bits(),
            query.limit
        ];
        let reading = self.db.postgres_each(page(query.part), &args, |row| {
            let video = postgres_video(row)?;
            goes_on = place.steps_to(video.listed_from, video.id);
            Ok(if goes_on {
                each(&mut state, &video)
            } else {
                ControlFlow::Break(())
            })
        });
        reading.await?;
        if goes_on {
            Ok(state)
        } else {
            Err(self.db.guard.disordered())
        }
    }
}

/// The statement that reads a part of a feed.
fn page(part: Part) -> Sql {
    match part {
        Part::Waiting => PAGE,
        Part::Imported => PAGE_RELISTED,
    }
}

/// The place behind which a page begins.
fn place(query: &PageQuery) -> Place {
    let after = query.after.as_ref().map_or((i64::MIN, ""), |after| {
        (after.listed_from.as_millis(), after.id.as_str())
    });
    // The first place of the next millisecond, as no id is empty.
    let fresh = query
        .changed_after
        .filter(|_moment| query.part == Part::Imported)
        .map_or((i64::MIN, ""), |moment| (moment.as_millis() + 1, ""));
    let (listed_from, id) = after.max(fresh);
    Place {
        listed_from,
        id: id.to_owned(),
    }
}

fn postgres_video(row: &PgRow) -> sqlx::Result<ListedVideo<'_>> {
    let moment_at = |at: usize| row.try_get::<Option<i64>, _>(at).map(moment);
    Ok(ListedVideo {
        id: row.try_get(0)?,
        listed_from: Timestamp::from_millis(row.try_get(1)?),
        guid: row.try_get(2)?,
        title: row.try_get::<Option<&str>, _>(3)?.unwrap_or_default(),
        description: row.try_get(4)?,
        category: row.try_get(5)?,
        tags: row.try_get(6)?,
        language: row.try_get(7)?,
        country: row.try_get(8)?,
        link: row.try_get(9)?,
        media_url: row.try_get::<Option<&str>, _>(10)?.unwrap_or_default(),
        media_type: row.try_get(11)?,
        media_size: row.try_get(12)?,
        duration: row.try_get(13)?,
        width: row.try_get(14)?,
        height: row.try_get(15)?,
        thumbnail_url: row.try_get(16)?,
        published_at: moment_at(17)?,
        starts_at: moment_at(18)?,
        ends_at: moment_at(19)?,
        geo: row.try_get(20)?,
        made_for_kids: row.try_get(21)?,
        private: row.try_get(22)?,
        explicit: row.try_get(23)?,
    })
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    id: String,
    name: String,
    link: Option<String>,
    status: String,
    mode: String,
    feed_version: i64,
    feed_changed_at: i64,
    feed_changes_at: Option<i64>,
}

impl TryFrom<HeadRow> for FeedHead {
    type Error = Error;

    fn try_from(row: HeadRow) -> Result<Self> {
        Ok(Self {
            creator: read(&row.id)?,
            name: row.name,
            link: row.link,
            status: read(&row.status)?,
            mode: read(&row.mode)?,
            version: row.feed_version,
            changed_at: Timestamp::from_millis(row.feed_changed_at),
            changes_at: moment(row.feed_changes_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_steps_on_by_moment_and_then_by_id_and_never_back() {
        let mut place = Place {
            listed_from: 5,
            id: "m".to_owned(),
        };
        for (listed_from, id, goes_on) in [
            (5, "m", false),
            (5, "a", false),
            (4, "z", false),
            (5, "n", true),
            (5, "m", false),
            (6, "a", true),
            (5, "z", false),
        ] {
            let steps = place.steps_to(Timestamp::from_millis(listed_from), id);
            assert_eq!(steps, goes_on, "{listed_from} {id}");
        }
    }
}
