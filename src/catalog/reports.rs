//! Reports of the injector on their way into videos: only the columns they can move are read and written.

use super::{
    Tx,
    db::{Arg, Sql, statements},
    error::{Error, Result},
    events::{KeptEvent, event_rows},
    rows::{LifeCells, moment, read, remote_ids, text_list},
    timeline::LineCells,
    touched::Touched,
};
use crate::model::{
    Bounds, CreatorId, FeedPolicy, Guid, Needs, Shelf, Standing, State, TimelineLine, Timestamp,
    VideoId,
};

/// The columns of a [`SubjectRow`].
macro_rules! subject_columns {
    () => {
        "id, creator_id, guid, state, broken, needs, listed_from, content_at, starts_at, ends_at, remote_id,
                other_remote_ids, retry_epoch, failed_epoch, unusable_epoch, refusal, ready_at"
    };
}
pub(super) use subject_columns;

statements! {
    /// The rows stay locked until the transaction ends, taken in the order of ids.
    SUBJECTS = Sql::each(
        concat!("SELECT ", subject_columns!(), "
           FROM videos
          WHERE guid IN (SELECT value FROM json_each($1))"),
        concat!("SELECT ", subject_columns!(), "
           FROM videos
          WHERE guid IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))
          ORDER BY id
            FOR UPDATE"));
    /// All that a group of events writes, in one go: each statement of its own would cost a round trip. On Postgres
    /// creators are locked behind all the rest, as the end of `tell.postgres.sql` says.
    FILE = Sql::each(
        concat!(
            include_str!("sql/save_subjects.sqlite.sql"), ";",
            include_str!("sql/tell.sqlite.sql"), ";",
            include_str!("sql/keep_events.sqlite.sql")),
        concat!(
            "WITH saved AS (", include_str!("sql/save_subjects.postgres.sql"), "), ",
            "kept AS (", include_str!("sql/keep_events.postgres.sql"), "), ",
            include_str!("sql/tell.postgres.sql"), " AND (SELECT COUNT(*) FROM kept) >= 0"));
}

/// The part of a video that a report can move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub id: VideoId,
    pub creator: CreatorId,
    pub guid: Guid,
    pub standing: Standing,
    /// The state as it was read.
    pub(super) before: State,
    needs: Needs,
    pub(super) bounds: Bounds,
}

#[derive(sqlx::FromRow)]
pub(super) struct SubjectRow {
    id: String,
    creator_id: String,
    guid: String,
    state: String,
    pub(super) broken: Option<String>,
    needs: i64,
    listed_from: Option<i64>,
    content_at: i64,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
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
            before: state,
            needs: Needs::from_bits(row.needs),
            bounds: Bounds {
                blocked: row.broken.is_some(),
                listed_from: moment(row.listed_from),
                content_at: Timestamp::from_millis(row.content_at),
                starts_at: moment(row.starts_at),
                ends_at: moment(row.ends_at),
            },
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
    /// Its place once it was moved: no field is changed by that.
    pub(super) fn shelf(&self, policy: FeedPolicy, now: Timestamp) -> Shelf {
        let unusable = self.standing.is_ready_unusable();
        let never = if unusable {
            Needs::NEVER
        } else {
            Needs::default()
        };
        let needs = self.needs.without(Needs::NEVER).with(never);
        Shelf::of(&self.standing, needs, self.bounds, policy, now)
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
        policy: FeedPolicy,
        now: Timestamp,
    ) -> Result<()> {
        let mut touched = Touched::default();
        let mut cells = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let lies = subject.shelf(policy, now);
            let (creator, to) = (&subject.creator, subject.standing.state);
            touched.note_report(creator, subject.before, to);
            touched.note_clock(creator, lies, subject.bounds.ends_at, policy, now);
            cells.push(SubjectCells {
                id: subject.id.as_str(),
                life: LifeCells::new(&subject.standing, lies),
            });
        }
        let lines = lines
            .iter()
            .map(|(video, id, line)| LineCells::new(video, id, line));
        let args = [
            Arg::rows(&cells)?,
            Arg::rows(&lines.collect::<Vec<_>>())?,
            touched.rows()?,
            now.into(),
            event_rows(events, now)?,
        ];
        self.run(FILE, &args).await.map(|_changed| ())
    }
}
