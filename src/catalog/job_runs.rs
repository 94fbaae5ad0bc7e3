//! Runs of the daemons' periodic jobs.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::read,
};
use crate::model::{JobRun, RunOutcome, Timestamp};

statements! {
    ADD = Sql::same(
        "INSERT INTO job_runs (name, daemon, started_at, ended_at, outcome, runs, did, message)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (name, started_at, daemon) DO NOTHING");
    /// The newest row of each job and daemon.
    LAST = Sql::same(
        "SELECT job_runs.name, job_runs.daemon, started_at, ended_at, outcome, runs, did, message
           FROM job_runs
           JOIN (SELECT name, daemon, MAX(started_at) AS newest FROM job_runs GROUP BY name, daemon) AS newest
             ON newest.name = job_runs.name AND newest.daemon = job_runs.daemon AND newest.newest = started_at
          ORDER BY job_runs.name, started_at DESC");
    OF_JOB = Sql::same(
        "SELECT name, daemon, started_at, ended_at, outcome, runs, did, message
           FROM job_runs
          WHERE name = $1 AND started_at < $2
          ORDER BY started_at DESC, daemon
          LIMIT $3");
    FORGET = Sql::same("DELETE FROM job_runs WHERE ended_at < $1");
}

#[derive(sqlx::FromRow)]
struct RunRow {
    name: String,
    daemon: String,
    started_at: i64,
    ended_at: i64,
    outcome: String,
    runs: i64,
    did: i64,
    message: Option<String>,
}

impl TryFrom<RunRow> for JobRun {
    type Error = Error;

    fn try_from(row: RunRow) -> Result<Self> {
        Ok(Self {
            name: row.name,
            daemon: row.daemon,
            started_at: Timestamp::from_millis(row.started_at),
            ended_at: Timestamp::from_millis(row.ended_at),
            outcome: read::<RunOutcome>(&row.outcome)?,
            runs: row.runs,
            did: row.did,
            message: row.message,
        })
    }
}

impl Catalog {
    /// The last runs of each job, of each daemon that ran lately, in the order of names.
    pub async fn last_runs(&self) -> Result<Vec<JobRun>> {
        let rows: Vec<RunRow> = self.db.all(LAST, &args![]).await?;
        rows.into_iter().map(JobRun::try_from).collect()
    }

    /// Runs of one job, newest first, at most `limit`, begun before a moment.
    pub async fn runs_of(
        &self,
        name: &str,
        before: Option<Timestamp>,
        limit: i64,
    ) -> Result<Vec<JobRun>> {
        let before = before.map_or(i64::MAX, Timestamp::as_millis);
        let rows: Vec<RunRow> = self.db.all(OF_JOB, &args![name, before, limit]).await?;
        rows.into_iter().map(JobRun::try_from).collect()
    }
}

impl Tx {
    /// Keeps runs.
    pub async fn add_job_runs(&mut self, runs: &[JobRun]) -> Result<()> {
        for run in runs {
            let args = args![
                run.name.as_str(),
                run.daemon.as_str(),
                run.started_at,
                run.ended_at,
                run.outcome.as_str(),
                run.runs,
                run.did,
                run.message.clone(),
            ];
            self.run(ADD, &args).await?;
        }
        Ok(())
    }

    /// Lets go of runs that ended before a moment; says how many rows went.
    pub async fn forget_job_runs(&mut self, before: Timestamp) -> Result<u64> {
        self.run(FORGET, &args![before]).await
    }
}
