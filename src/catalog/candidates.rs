//! Videos that an action of operators may move, many at a time: only the columns it can move are read and written.

use super::{
    Error, Tx,
    db::{Arg, Sql, statements},
    error::Result,
    reports::{Subject, SubjectRow},
    rows::{LifeCells, millis, moment, rules},
    timeline::LineCells,
    touched::Touched,
};
use crate::model::{FeedPolicy, Rule, TimelineLine, Timestamp};

/// The columns of a [`CandidateRow`]; `#` stands for the mark of a job. No `EXISTS`, for which Postgres would read the whole
/// timeline.
macro_rules! candidate_columns {
    () => {
        concat!(
            $crate::catalog::reports::subject_columns!(),
            ", retry_at, waiting_since,
                (SELECT 1 FROM timeline WHERE timeline.video_id = videos.id AND timeline.id > # LIMIT 1) IS NOT NULL AS changed"
        )
    };
}
pub(super) use candidate_columns;

statements! {
    /// Moved videos, and then what is told of them.
    SAVE = Sql::each(
        concat!(include_str!("sql/save_candidates.sqlite.sql"), ";", include_str!("sql/tell.sqlite.sql")),
        concat!("WITH saved AS (", include_str!("sql/save_candidates.postgres.sql"), "), ", include_str!("sql/tell.postgres.sql")));
}

/// A video that an action may move.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it stands; an action changes its standing.
    pub subject: Subject,
    /// The preflight rules that it breaks.
    pub broken: Vec<Rule>,
    /// Not listed again before this moment.
    pub retry_at: Option<Timestamp>,
    /// When it last became waiting.
    pub waiting_since: Option<Timestamp>,
    /// Whether something happened to it since the job's mark.
    pub changed: bool,
}

#[derive(sqlx::FromRow)]
pub(super) struct CandidateRow {
    #[sqlx(flatten)]
    subject: SubjectRow,
    retry_at: Option<i64>,
    waiting_since: Option<i64>,
    changed: bool,
}

impl TryFrom<CandidateRow> for Candidate {
    type Error = Error;

    fn try_from(row: CandidateRow) -> Result<Self> {
        Ok(Self {
            broken: rules(row.subject.broken.as_deref())?,
            subject: Subject::try_from(row.subject)?,
            retry_at: moment(row.retry_at),
            waiting_since: moment(row.waiting_since),
            changed: row.changed,
        })
    }
}

/// The columns that an action moves; the names are the columns'.
#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
struct CandidateCells<'a> {
    id: &'a str,
    #[serde(flatten)]
    life: LifeCells<'a>,
    retry_epoch: i64,
    retry_at: Option<i64>,
    waiting_since: Option<i64>,
}

impl Tx {
    /// Writes videos that were moved, each with the line that its timeline gets for it and the line's id, and brings counts
    /// and feed versions along.
    pub async fn save_candidates(
        &mut self,
        moved: &[(Candidate, String, TimelineLine)],
        policy: FeedPolicy,
        now: Timestamp,
    ) -> Result<()> {
        if moved.is_empty() {
            return Ok(());
        }
        let mut touched = Touched::default();
        let (mut cells, mut lines) = (Vec::new(), Vec::new());
        for (candidate, line_id, line) in moved {
            let subject = &candidate.subject;
            let lies = candidate.shelf(policy, now);
            touched.note(
                &subject.creator,
                Some(subject.before),
                subject.standing.state,
            );
            touched.note_clock(&subject.creator, lies, subject.bounds.ends_at, policy, now);
            lines.push(LineCells::new(&subject.id, line_id, line));
            cells.push(CandidateCells {
                id: subject.id.as_str(),
                life: LifeCells::new(&subject.standing, lies),
                retry_epoch: subject.standing.retry_epoch,
                retry_at: millis(candidate.retry_at),
                waiting_since: millis(candidate.waiting_since),
            });
        }
        let args = [
            Arg::rows(&cells)?,
            Arg::rows(&lines)?,
            touched.rows()?,
            now.into(),
        ];
        self.run(SAVE, &args).await.map(|_changed| ())
    }
}

impl Candidate {
    /// Its place, from since when it waits by now.
    fn shelf(&self, policy: FeedPolicy, now: Timestamp) -> crate::model::Shelf {
        let mut subject = self.subject.clone();
        let since = [self.waiting_since, subject.bounds.starts_at, self.retry_at];
        subject.bounds.listed_from = since.into_iter().flatten().max();
        subject.shelf(policy, now)
    }
}
