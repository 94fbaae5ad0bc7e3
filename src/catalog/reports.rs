//! Reports of the injector on their way into videos: only the columns they can move are read and written.

use super::{
    Tx,
    db::{Arg, Sql, statements},
    error::{Error, Result},
    events::{KeptEvent, event_rows},
    feeds::Touched,
    rows::{LifeCells, moment, read, remote_ids, text_list},
    timeline::LineCells,
};
use crate::model::{
    CreatorId, Guid, Needs, Shelf, Standing, State, TimelineLine, Timestamp, VideoId,
};

statements! {
    /// The rows stay locked until the transaction ends, taken in the order of ids.
    SUBJECTS = Sql::each(
        "SELECT id, creator_id, guid, state, held, needs, listed_from, remote_id, other_remote_ids, retry_epoch,
                failed_epoch, unusable_epoch, refusal, ready_at
           FROM videos
          WHERE guid IN (SELECT value FROM json_each($1))",
        "SELECT id, creator_id, guid, state, held, needs, listed_from, remote_id, other_remote_ids, retry_epoch,
                failed_epoch, unusable_epoch, refusal, ready_at
           FROM videos
          WHERE guid IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))
          ORDER BY id
            FOR UPDATE");
    /// All that a group of events writes, in one go: each statement of its own would cost a round trip.
    FILE = Sql::each(
        concat!(
            include_str!("sql/save_subjects.sqlite.sql"), ";",
            include_str!("sql/tell.sqlite.sql"), ";",
            include_str!("sql/keep_events.sqlite.sql")),
        concat!(
            "WITH saved AS (", include_str!("sql/save_subjects.postgres.sql"), "), ",
            "kept AS (", include_str!("sql/keep_events.postgres.sql"), "), ",
            include_str!("sql/tell.postgres.sql")));
}

/// The part of a video that a report can move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub id: VideoId,
    pub creator: CreatorId,
    pub guid: Guid,
    pub standing: Standing,
    /// State and shelf as they were read.
    before: (State, Shelf),
}

#[derive(sqlx::FromRow)]
struct SubjectRow {
    id: String,
    creator_id: String,
    guid: String,
    state: String,
    held: bool,
    needs: i64,
    listed_from: Option<i64>,
    remote_id: Option<String>,
    other_remote_ids: Option<String>,
    retry_epoch: i64,
    failed_epoch: Option<i64>,
    unusable_epoch: Option<i64>,
    refusal: Option<String>,
    ready_at: Option<i64>,
}

impl TryFrom<SubjectRow> for Subject {
    type Error = Error;

    fn try_from(row: SubjectRow) -> Result<Self> {
        let state = read(&row.state)?;
        let shelf = Shelf {
            listed_from: moment(row.listed_from),
            needs: Needs::from_bits(row.needs),
            held: row.held,
        };
        Ok(Self {
            id: VideoId::from(row.id),
            creator: read(&row.creator_id)?,
            guid: read(&row.guid)?,
            standing: Standing {
                state,
                remote_id: row.remote_id,
                other_remote_ids: remote_ids(row.other_remote_ids.as_deref()),
                retry_epoch: row.retry_epoch,
                failed_epoch: row.failed_epoch,
                unusable_epoch: row.unusable_epoch,
                refusal: row.refusal,
                ready_at: moment(row.ready_at),
            },
            before: (state, shelf),
        })
    }
}

#[derive(serde::Serialize)]
struct SubjectCells<'a> {
    id: &'a str,
    #[serde(flatten)]
    life: LifeCells<'a>,
}

impl Subject {
    // A report never makes a video waiting, so it can only leave the shelf.
    fn cells(&self) -> SubjectCells<'_> {
        let (_state, lay) = self.before;
        let waits = self.standing.state == State::Waiting;
        let unusable = self.standing.is_ready_unusable();
        let lies = Shelf {
            listed_from: lay.listed_from.filter(|_from| waits),
            needs: if unusable {
                lay.needs.with(Needs::NEVER)
            } else {
                lay.needs
            },
            held: waits && (lay.held || unusable),
        };
        SubjectCells {
            id: self.id.as_str(),
            life: LifeCells::new(&self.standing, lies),
        }
    }
}

impl Tx {
    /// What reports about these guids can move; nobody else moves it before this transaction ends.
    /// Must come first in a transaction that applies events.
    pub async fn subjects(&mut self, guids: &[Guid]) -> Result<Vec<Subject>> {
        self.share_story().await?;
        if guids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<SubjectRow> = self
            .all(SUBJECTS, &[text_list(guids, Guid::as_str)?])
            .await?;
        rows.into_iter().map(Subject::try_from).collect()
    }

    /// Keeps events that came at `now`, writes what they moved and the lines that say so, and brings counts and feed
    /// versions along. An event that is kept already stays as it is.
    pub async fn file_events(
        &mut self,
        events: &[KeptEvent<'_>],
        subjects: &[&Subject],
        lines: &[(VideoId, String, TimelineLine)],
        now: Timestamp,
    ) -> Result<()> {
        let mut touched = Touched::default();
        for subject in subjects {
            let from = Some(subject.before.0);
            touched.note(&subject.creator, from, subject.standing.state);
        }
        let cells = subjects.iter().map(|subject| subject.cells());
        let lines = lines
            .iter()
            .map(|(video, id, line)| LineCells::new(video, id, line));
        let args = [
            Arg::rows(&cells.collect::<Vec<_>>())?,
            Arg::rows(&lines.collect::<Vec<_>>())?,
            touched.rows()?,
            now.into(),
            event_rows(events, now)?,
        ];
        self.run(FILE, &args).await.map(|_changed| ())
    }
}
