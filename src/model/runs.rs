//! Runs of the daemons' periodic jobs, as operators look back at them.

use std::str::FromStr;

use super::Timestamp;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    Done,
    /// It is tried again.
    Failed,
    /// A fault of ours; it is tried again.
    Panicked,
}

impl RunOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Panicked];

    /// The word stored, shown and counted under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
        }
    }
}

impl FromStr for RunOutcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|outcome| outcome.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no outcome of a run"))
    }
}

/// Runs of one job that followed on each other within about a minute and ended alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRun {
    pub name: String,
    /// Which daemon ran it, by the id that it has while it runs.
    pub daemon: String,
    /// The beginning of the first run.
    pub started_at: Timestamp,
    /// The end of the last one.
    pub ended_at: Timestamp,
    pub outcome: RunOutcome,
    pub runs: i64,
    /// How much there was to do, all runs together.
    pub did: i64,
    /// What the last one that did not succeed said.
    pub message: Option<String>,
}

impl JobRun {
    /// Adds a later run, where it ended alike; gives it back where it did not.
    ///
    /// # Errors
    /// The run, which begins a row of its own.
    pub fn fold(&mut self, later: Self) -> Result<(), Self> {
        if later.outcome != self.outcome {
            return Err(later);
        }
        self.ended_at = later.ended_at;
        self.runs += later.runs;
        self.did += later.did;
        self.message = later.message;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(at: i64, outcome: RunOutcome) -> JobRun {
        JobRun {
            name: "sweep".to_owned(),
            daemon: "d".to_owned(),
            started_at: Timestamp::from_millis(at),
            ended_at: Timestamp::from_millis(at + 1),
            outcome,
            runs: 1,
            did: 2,
            message: None,
        }
    }

    #[test]
    fn runs_that_end_alike_become_one() {
        let mut first = run(0, RunOutcome::Done);
        assert_eq!(first.fold(run(5, RunOutcome::Done)), Ok(()));
        assert_eq!((first.runs, first.did), (2, 4));
        assert_eq!(first.ended_at, Timestamp::from_millis(6));
        let failed = run(9, RunOutcome::Failed);
        assert_eq!(first.fold(failed.clone()), Err(failed));
    }
}
