//! Bulk jobs: how far each has come, who walks it just now, and what became of things that were not simply changed.

mod task;

use std::{collections::BTreeMap, time::Duration};

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::{Error, Result},
    rows::{LAST, moment, read},
};
use crate::model::{
    BulkAction, BulkCounts, BulkJobId, BulkOutcome, BulkResult, BulkState, Timestamp,
};

pub use task::{BulkTask, CreatorChoice};

/// The columns of a [`JobRow`].
macro_rules! job_columns {
    () => {
        "id, action, query, state, planned, planned_by, planned_at, confirmed_by, confirmed_at, mark, walked_to, done,
                unchanged, refused, ended_at, message"
    };
}

macro_rules! select_jobs {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            job_columns!(),
            "
           FROM bulk_jobs ",
            $rest
        )
    };
}

statements! {
    ADD = Sql::same(
        "INSERT INTO bulk_jobs (id, action, query, state, planned, planned_by, planned_at)
         VALUES ($1, $2, $3, 'planned', $4, $5, $6)");
    FIND = Sql::same(select_jobs!("WHERE id = $1"));
    /// The row stays as it is until the transaction ends.
    OWN = Sql::each(select_jobs!("WHERE id = $1"), select_jobs!("WHERE id = $1 FOR UPDATE"));
    NEWEST = Sql::same(select_jobs!("WHERE id < $1 ORDER BY id DESC LIMIT $2"));
    RUNNING = Sql::same("SELECT id FROM bulk_jobs WHERE state = 'running' ORDER BY id LIMIT $1");
    /// What a step or the walk itself makes of a job. Whoever walked it until now no longer does.
    SET = Sql::same(
        "UPDATE bulk_jobs
            SET state = $2, confirmed_by = $3, confirmed_at = $4, mark = $5, ended_at = $6, message = $7, lease = NULL,
                lease_until = NULL
          WHERE id = $1");
    /// A lease that ends much later than any that begins now was written under a clock that has jumped back since.
    CLAIM = Sql::same(
        "UPDATE bulk_jobs
            SET lease = $2, lease_until = $4
          WHERE id = $1 AND state = 'running' AND (lease_until IS NULL OR lease_until <= $3 OR lease_until > $5)");
    RELEASE = Sql::same("UPDATE bulk_jobs SET lease = NULL, lease_until = NULL WHERE id = $1 AND lease = $2");
    /// Written first by each chunk: nobody pauses, cancels or takes over the job before that chunk ends.
    HOLD = Sql::same(concat!(
        "UPDATE bulk_jobs SET lease_until = $3 WHERE id = $1 AND lease = $2 AND state = 'running' RETURNING ", job_columns!()));
    NOTE = Sql::same("UPDATE bulk_jobs SET walked_to = $2, done = $3, unchanged = $4, refused = $5 WHERE id = $1");
    LAST_RESULT = Sql::same("SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) FROM bulk_results WHERE job_id = $1");
    ADD_RESULT = Sql::same(
        "INSERT INTO bulk_results (job_id, number, subject, outcome, reason) VALUES ($1, $2, $3, $4, $5)");
    RESULTS = Sql::same(
        "SELECT number, subject, outcome, reason
           FROM bulk_results
          WHERE job_id = $1 AND number > $2
          ORDER BY number
          LIMIT $3");
    FORGET = Sql::same(
        "DELETE FROM bulk_jobs
          WHERE id IN (SELECT id FROM bulk_jobs
                        WHERE planned_at < $1 AND state NOT IN ('running', 'paused') AND COALESCE(ended_at, planned_at) < $1
                        ORDER BY planned_at LIMIT $2)");
}

/// Something that is asked of many things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkJob {
    pub id: BulkJobId,
    pub task: BulkTask,
    pub state: BulkState,
    /// How many things were found when it was planned.
    pub planned: i64,
    pub planned_by: String,
    pub planned_at: Timestamp,
    pub confirmed_by: Option<String>,
    pub confirmed_at: Option<Timestamp>,
    /// Parts what was there when it was confirmed from what came later.
    pub mark: Option<String>,
    /// The last thing that the walk has passed.
    pub walked_to: Option<String>,
    pub counts: BulkCounts,
    pub ended_at: Option<Timestamp>,
    /// Why it failed.
    pub message: Option<String>,
}

impl BulkJob {
    pub fn action(&self) -> BulkAction {
        self.task.action()
    }

    /// Things that were counted and that the walk did not find any more; only known once it is done.
    pub fn gone(&self) -> i64 {
        match self.state {
            BulkState::Done => (self.planned - self.counts.total()).max(0),
            _ => 0,
        }
    }
}

#[derive(sqlx::FromRow)]
struct JobRow {
    id: String,
    action: String,
    query: String,
    state: String,
    planned: i64,
    planned_by: String,
    planned_at: i64,
    confirmed_by: Option<String>,
    confirmed_at: Option<i64>,
    mark: Option<String>,
    walked_to: Option<String>,
    done: i64,
    unchanged: i64,
    refused: i64,
    ended_at: Option<i64>,
    message: Option<String>,
}

impl TryFrom<JobRow> for BulkJob {
    type Error = Error;

    fn try_from(row: JobRow) -> Result<Self> {
        Ok(Self {
            task: BulkTask::kept(read(&row.action)?, &row.query),
            id: BulkJobId::from(row.id),
            state: read(&row.state)?,
            planned: row.planned,
            planned_by: row.planned_by,
            planned_at: Timestamp::from_millis(row.planned_at),
            confirmed_by: row.confirmed_by,
            confirmed_at: moment(row.confirmed_at),
            mark: row.mark,
            walked_to: row.walked_to,
            counts: BulkCounts {
                done: row.done,
                unchanged: row.unchanged,
                refused: row.refused,
            },
            ended_at: moment(row.ended_at),
            message: row.message,
        })
    }
}

impl Catalog {
    /// The job of that id.
    pub async fn find_bulk_job(&self, id: &BulkJobId) -> Result<Option<BulkJob>> {
        let row: Option<JobRow> = self.db.maybe(FIND, &args![id.as_str()]).await?;
        row.map(BulkJob::try_from).transpose()
    }

    /// Jobs, newest first, at most `limit`, planned before the job `before`.
    pub async fn newest_bulk_jobs(
        &self,
        before: Option<&BulkJobId>,
        limit: i64,
    ) -> Result<Vec<BulkJob>> {
        let before = before.map_or(LAST, BulkJobId::as_str);
        let rows: Vec<JobRow> = self.db.all(NEWEST, &args![before, limit]).await?;
        rows.into_iter().map(BulkJob::try_from).collect()
    }

    /// Jobs that are to be walked, oldest first, whether somebody does just now or not.
    pub async fn running_bulk_jobs(&self, limit: i64) -> Result<Vec<BulkJobId>> {
        let rows: Vec<(String,)> = self.db.all(RUNNING, &args![limit]).await?;
        Ok(rows.into_iter().map(|(id,)| BulkJobId::from(id)).collect())
    }

    /// What became of things that a job did not simply change, in the order of the walk, at most `limit`, behind the
    /// number of one of them. Each comes with its number.
    pub async fn bulk_results(
        &self,
        job: &BulkJobId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, BulkResult)>> {
        let args = args![job.as_str(), after, limit];
        let rows: Vec<(i64, String, String, String)> = self.db.all(RESULTS, &args).await?;
        let result = |(number, subject, outcome, reason): (i64, String, String, String)| {
            let outcome = read::<BulkOutcome>(&outcome)?;
            Ok((
                number,
                BulkResult {
                    subject,
                    outcome,
                    reason,
                },
            ))
        };
        rows.into_iter().map(result).collect()
    }
}

impl Tx {
    /// Keeps a job that was planned just now.
    pub async fn add_bulk_job(&mut self, job: &BulkJob) -> Result<()> {
        let parameters: BTreeMap<_, _> = job.task.parameters().into_iter().collect();
        let args = args![
            job.id.as_str(),
            job.action().as_str(),
            serde_json::to_string(&parameters).map_err(Error::argument)?,
            job.planned,
            job.planned_by.as_str(),
            job.planned_at,
        ];
        self.run(ADD, &args).await.map(|_one| ())
    }

    /// The job of that id; nobody else changes it before this transaction ends.
    pub async fn own_bulk_job(&mut self, id: &BulkJobId) -> Result<Option<BulkJob>> {
        let row: Option<JobRow> = self.maybe(OWN, &args![id.as_str()]).await?;
        row.map(BulkJob::try_from).transpose()
    }

    /// Writes how a job stands now and who agreed to it. Whoever walked it no longer does.
    pub async fn set_bulk_job(&mut self, job: &BulkJob) -> Result<()> {
        let args = args![
            job.id.as_str(),
            job.state.as_str(),
            job.confirmed_by.clone(),
            job.confirmed_at,
            job.mark.clone(),
            job.ended_at,
            job.message.clone(),
        ];
        self.run(SET, &args).await.map(|_one| ())
    }

    /// Takes a running job for as long as `lease`, under a name that nobody else has; false while somebody else walks it
    /// and when it runs no more. On Postgres the database's clock counts.
    pub async fn claim_bulk_job(
        &mut self,
        id: &BulkJobId,
        name: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool> {
        let now = self.lease_clock(now).await?;
        let (until, void) = (now.after(lease), now.after(lease * 2));
        let args = args![id.as_str(), name, now, until, void];
        Ok(self.run(CLAIM, &args).await? == 1)
    }

    /// Gives a job back.
    pub async fn release_bulk_job(&mut self, id: &BulkJobId, name: &str) -> Result<()> {
        let args = args![id.as_str(), name];
        self.run(RELEASE, &args).await.map(|_one| ())
    }

    /// Keeps a job for another while and gives how it stands; none when it is somebody else's by now, or runs no more.
    /// To be called first by each chunk of a walk.
    pub async fn hold_bulk_job(
        &mut self,
        id: &BulkJobId,
        name: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<BulkJob>> {
        let until = self.lease_clock(now).await?.after(lease);
        let args = args![id.as_str(), name, until];
        let row: Option<JobRow> = self.maybe(HOLD, &args).await?;
        row.map(BulkJob::try_from).transpose()
    }

    /// Notes how far a walk has come, in the transaction of its chunk, with the results that the chunk adds: those beyond
    /// [`BulkResult::MOST`] are counted only.
    pub async fn note_bulk_job(&mut self, job: &BulkJob, results: &[BulkResult]) -> Result<()> {
        let BulkCounts {
            done,
            unchanged,
            refused,
        } = job.counts;
        let args = args![
            job.id.as_str(),
            job.walked_to.clone(),
            done,
            unchanged,
            refused
        ];
        self.run(NOTE, &args).await?;
        if results.is_empty() {
            return Ok(());
        }
        let last: Option<(i64,)> = self.maybe(LAST_RESULT, &args![job.id.as_str()]).await?;
        let last = last.map_or(0, |(last,)| last);
        let room = usize::try_from(BulkResult::MOST - last).unwrap_or(0);
        let rows: Vec<_> = (last + 1..)
            .zip(results)
            .take(room)
            .map(|(number, result)| result_args(&job.id, number, result))
            .collect();
        self.add_all(ADD_RESULT, rows.into_iter()).await
    }

    /// Removes jobs that ended, or were planned and never confirmed, before a moment, at most `limit`, with their results;
    /// says how many.
    pub async fn forget_bulk_jobs(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.run(FORGET, &args![before, limit]).await
    }
}

fn result_args(job: &BulkJobId, number: i64, result: &BulkResult) -> Vec<Arg> {
    args![
        job.as_str(),
        number,
        result.subject.as_str(),
        result.outcome.as_str(),
        result.reason.as_str()
    ]
    .into()
}
