//! What alarms go by and nobody writes by itself: gathered in memory, and written whenever the rules are judged. A kill
//! loses what one minute gathers.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    app::{App, Result, runs::Runs},
    model::{JobRun, Outcome, Reports},
};

#[derive(Debug)]
pub(in crate::app) struct Noted {
    daemon: String,
    gathered: Mutex<Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    reports: Reports,
    /// Failures in a row of jobs that have failed; a zero is written once more, and forgotten.
    jobs: BTreeMap<&'static str, i64>,
    runs: Runs,
}

impl Noted {
    pub(in crate::app) fn new(daemon: String) -> Self {
        Self {
            daemon,
            gathered: Mutex::default(),
        }
    }

    /// Notes what became of new reports.
    pub(in crate::app) fn reports(&self, outcomes: impl Iterator<Item = Outcome>) {
        let mut gathered = self.gathered();
        for outcome in outcomes {
            match outcome {
                Outcome::Ready => gathered.reports.ready += 1,
                Outcome::Refused => gathered.reports.refused += 1,
                _ => {}
            }
        }
    }

    /// Tells this daemon from others on the same catalog.
    pub(in crate::app) fn daemon(&self) -> &str {
        &self.daemon
    }

    /// Notes runs of jobs.
    pub(in crate::app) fn runs(&self, note: impl FnOnce(&mut Runs)) {
        note(&mut self.gathered().runs);
    }

    fn job(&self, name: &'static str, well: bool) {
        let mut gathered = self.gathered();
        match (gathered.jobs.get_mut(name), well) {
            (Some(failures), true) => *failures = 0,
            (Some(failures), false) => *failures += 1,
            (None, false) => drop(gathered.jobs.insert(name, 1)),
            (None, true) => {}
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        // Nothing that runs under the lock can panic.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Notes whether a run of a job went well.
    pub fn note_job(&self, name: &'static str, well: bool) {
        self.noted.job(name, well);
    }

    /// Writes what was noted. What can't be written is kept for the next time.
    pub(super) async fn store_noted(&self) -> Result<()> {
        let (reports, jobs, runs) = {
            let mut gathered = self.noted.gathered();
            let reports = mem::take(&mut gathered.reports);
            (reports, gathered.jobs.clone(), gathered.runs.take())
        };
        if reports == Reports::default() && jobs.is_empty() && runs.is_empty() {
            return Ok(());
        }
        let stored = self.write_noted(reports, &jobs, &runs).await;
        let mut gathered = self.noted.gathered();
        if stored.is_err() {
            gathered.runs.put_back(runs);
            gathered.reports.ready += reports.ready;
            gathered.reports.refused += reports.refused;
        } else {
            let written = |name: &str| jobs.get(name) == Some(&0);
            gathered
                .jobs
                .retain(|name, failures| *failures > 0 || !written(name));
        }
        stored
    }

    async fn write_noted(
        &self,
        reports: Reports,
        jobs: &BTreeMap<&'static str, i64>,
        runs: &[JobRun],
    ) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        tx.count_reports(reports, now).await?;
        for (name, failures) in jobs {
            tx.put_failing_job(name, &self.noted.daemon, *failures, now)
                .await?;
        }
        tx.add_job_runs(runs).await?;
        Ok(tx.commit().await?)
    }
}
