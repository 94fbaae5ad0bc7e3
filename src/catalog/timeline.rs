//! What happened to each video, line by line.

use super::{
    Catalog,
    db::{Sql, args, statements},
    error::Result,
};
use crate::model::{TimelineLine, Timestamp, VideoId};

statements! {
    LIST = Sql::same(
        "SELECT at, what, from_state, to_state, by_whom, detail FROM timeline WHERE video_id = $1 ORDER BY id LIMIT $2");
}

/// A line on its way in; the names are the columns'. `id` orders the lines of a video.
#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
pub(super) struct LineCells<'a> {
    pub(super) video_id: &'a str,
    pub(super) id: &'a str,
    pub(super) at: i64,
    pub(super) what: &'a str,
    pub(super) from_state: Option<&'a str>,
    pub(super) to_state: &'a str,
    pub(super) by_whom: &'a str,
    pub(super) detail: Option<&'a str>,
}

impl<'a> LineCells<'a> {
    pub(super) fn new(video: &'a VideoId, id: &'a str, line: &'a TimelineLine) -> Self {
        Self {
            video_id: video.as_str(),
            id,
            at: line.at.as_millis(),
            what: line.what.as_str(),
            from_state: line.from.map(crate::model::State::as_str),
            to_state: line.to.as_str(),
            by_whom: &line.by,
            detail: line.detail.as_deref(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct LineRow {
    at: i64,
    what: String,
    from_state: Option<String>,
    to_state: String,
    by_whom: String,
    detail: Option<String>,
}

impl Catalog {
    /// The first `limit` lines of a video, oldest first.
    pub async fn timeline(&self, video: &VideoId, limit: i64) -> Result<Vec<TimelineLine>> {
        let rows: Vec<LineRow> = self.db.all(LIST, &args![video, limit]).await?;
        rows.into_iter()
            .map(|row| {
                Ok(TimelineLine {
                    at: Timestamp::from_millis(row.at),
                    what: super::rows::read(&row.what)?,
                    from: row
                        .from_state
                        .as_deref()
                        .map(super::rows::read)
                        .transpose()?,
                    to: super::rows::read(&row.to_state)?,
                    by: row.by_whom,
                    detail: row.detail,
                })
            })
            .collect()
    }
}
