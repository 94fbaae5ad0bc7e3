//! What happened to each video, line by line.

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::Result,
};
use crate::model::{TimelineLine, Timestamp, VideoId};

statements! {
    ADD = Sql::same(
        "INSERT INTO timeline (video_id, id, at, what, from_state, to_state, by_whom, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
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

    /// The same cells in the order of the statement that adds a line.
    fn into_args(self) -> Vec<Arg> {
        args![
            self.video_id,
            self.id,
            self.at,
            self.what,
            self.from_state,
            self.to_state,
            self.by_whom,
            self.detail
        ]
        .into()
    }
}

impl Tx {
    /// Adds many lines at once.
    pub(super) async fn add_lines(&mut self, lines: Vec<LineCells<'_>>) -> Result<()> {
        let lines = lines.into_iter().map(LineCells::into_args);
        self.add_all(ADD, lines).await
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
