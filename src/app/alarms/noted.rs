//! What alarms go by and nobody writes by itself: gathered in memory, and written whenever the rules are judged. A kill
//! loses what one minute gathers.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    app::{App, Result},
    model::{Outcome, Reports},
};

#[derive(Debug)]
pub(in crate::app) struct Noted {
    /// Tells this daemon from others on the same catalog.
    daemon: String,
    gathered: Mutex<Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    reports: Reports,
    /// Failures in a row of jobs that have failed; a zero is written once more, and forgotten.
    jobs: BTreeMap<&'static str, i64>,
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
    /// Notes how a run of a job ended.
    pub fn note_job(&self, name: &'static str, well: bool) {
        self.noted.job(name, well);
    }

    /// Writes what was noted. What can't be written is kept for the next time.
    pub(super) async fn store_noted(&self) -> Result<()> {
        let (reports, jobs) = {
            let mut gathered = self.noted.gathered();
            (mem::take(&mut gathered.reports), gathered.jobs.clone())
        };
        if reports == Reports::default() && jobs.is_empty() {
            return Ok(());
        }
        let stored = self.write_noted(reports, &jobs).await;
        let mut gathered = self.noted.gathered();
        if stored.is_err() {
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
    ) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        tx.count_reports(reports, now).await?;
        for (name, failures) in jobs {
            tx.put_failing_job(name, &self.noted.daemon, *failures, now)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}
