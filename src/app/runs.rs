//! Runs of the daemon's periodic jobs: gathered in memory, written once a minute; a kill loses what that minute gathers.

use std::{mem, time::Duration};

use super::{App, Result};
use crate::model::{JobRun, RunOutcome, Timestamp};

/// How long runs are kept.
pub(super) const KEPT: Duration = Duration::from_hours(24);
/// Rows kept in memory at most while the database is away.
const MOST: usize = 1_000;

/// Runs that are not written yet, by job.
#[derive(Debug, Default)]
pub(super) struct Runs(Vec<JobRun>);

impl Runs {
    /// Adds a run, to the row before where that is of the same job and ended alike.
    fn add(&mut self, run: JobRun) {
        let mut same = self.0.iter_mut().rev();
        let last = same.find(|last| last.name == run.name);
        let left = match last {
            Some(last) => last.fold(run),
            None => Err(run),
        };
        if let Err(run) = left
            && self.0.len() < MOST
        {
            self.0.push(run);
        }
    }

    pub(super) fn take(&mut self) -> Vec<JobRun> {
        mem::take(&mut self.0)
    }

    /// Puts back what could not be written, in front of what came since.
    pub(super) fn put_back(&mut self, mut unwritten: Vec<JobRun>) {
        unwritten.append(&mut self.0);
        unwritten.truncate(MOST);
        self.0 = unwritten;
    }
}

impl App {
    /// Notes how a run of a job ended that began at a moment: how much there was to do, and what it said if it did not
    /// succeed.
    pub fn note_run(
        &self,
        name: &'static str,
        started_at: Timestamp,
        outcome: RunOutcome,
        did: u64,
        message: Option<String>,
    ) {
        self.note_job(name, outcome == RunOutcome::Done);
        let run = JobRun {
            name: name.to_owned(),
            daemon: self.noted.daemon().to_owned(),
            started_at,
            ended_at: self.clock.now(),
            outcome,
            runs: 1,
            did: i64::try_from(did).unwrap_or(i64::MAX),
            message,
        };
        self.noted.runs(|runs| runs.add(run));
    }

    /// The last runs of each periodic job, of each daemon that ran within a day, in the order of names; up to a minute old.
    pub async fn last_runs(&self) -> Result<Vec<JobRun>> {
        Ok(self.catalog.last_runs().await?)
    }

    /// Runs of one job, newest first, at most `limit`, begun before a moment; those of about a minute that ended alike are
    /// one.
    pub async fn runs_of(
        &self,
        name: &str,
        before: Option<Timestamp>,
        limit: i64,
    ) -> Result<Vec<JobRun>> {
        Ok(self.catalog.runs_of(name, before, limit).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, outcome: RunOutcome) -> JobRun {
        JobRun {
            name: name.to_owned(),
            daemon: "d".to_owned(),
            started_at: Timestamp::from_millis(0),
            ended_at: Timestamp::from_millis(1),
            outcome,
            runs: 1,
            did: 1,
            message: None,
        }
    }

    #[test]
    fn a_failure_between_runs_that_went_well_parts_them() {
        let mut runs = Runs::default();
        for (name, outcome) in [
            ("a", RunOutcome::Done),
            ("b", RunOutcome::Done),
            ("a", RunOutcome::Done),
            ("a", RunOutcome::Failed),
            ("a", RunOutcome::Done),
        ] {
            runs.add(run(name, outcome));
        }
        let counts: Vec<_> = runs.take().iter().map(|row| row.runs).collect();
        assert_eq!(counts, [2, 1, 1, 1]);
    }

    #[test]
    fn what_could_not_be_written_is_kept_up_to_a_bound() {
        let mut runs = Runs::default();
        runs.add(run("b", RunOutcome::Done));
        runs.put_back(vec![run("a", RunOutcome::Done); MOST]);
        assert_eq!(runs.take().len(), MOST);
    }
}
