//! What operators ask of many things at once: the actions, how far a job has come, and what became of each thing.

use std::{fmt, str::FromStr};

use super::{Right, short_escaped};

/// What is done to everything that a query finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkAction {
    /// Offers refused videos to Dailymotion again.
    Retry,
    /// Takes videos down for good.
    TakeDown,
    /// Derives again what kept events do.
    Replay,
    /// Takes active creators out of the user list for now.
    Pause,
    /// Lists paused creators again.
    Resume,
}

impl BulkAction {
    /// Every action.
    pub const ALL: [Self; 5] = [
        Self::Retry,
        Self::TakeDown,
        Self::Replay,
        Self::Pause,
        Self::Resume,
    ];

    /// The word stored, shown and asked for.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::TakeDown => "take_down",
            Self::Replay => "replay",
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }

    /// What is done, as in "… 3 videos".
    pub fn verb(self) -> &'static str {
        match self {
            Self::TakeDown => "take down",
            other => other.as_str(),
        }
    }

    /// What it is done to: one, and many.
    pub fn things(self) -> (&'static str, &'static str) {
        match self {
            Self::Retry | Self::TakeDown => ("video", "videos"),
            Self::Replay => ("event", "events"),
            Self::Pause | Self::Resume => ("creator", "creators"),
        }
    }

    /// What it asks of whoever plans, confirms, pauses or cancels it.
    pub fn right(self) -> Right {
        match self {
            Self::Replay => Right::Events,
            _ => Right::Catalog,
        }
    }

    /// What whoever confirms it should know.
    pub fn warning(self) -> &'static str {
        match self {
            Self::Retry => {
                "they go back into their creators' feeds; a failure from before counts no more"
            }
            Self::TakeDown => {
                "they leave their feeds for good and no import wakes them; what Dailymotion has already stays there"
            }
            Self::Replay => {
                "each is applied again by the rules of its arrival; what has its effect changes nothing"
            }
            Self::Pause => {
                "they leave the user list and their feeds are empty until they are resumed"
            }
            Self::Resume => "they are in the user list again, and their feeds list what waits",
        }
    }
}

impl FromStr for BulkAction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = text.replace('-', "_");
        let found = Self::ALL.into_iter().find(|action| action.as_str() == word);
        found.ok_or_else(|| {
            format!(
                "`{}` is no action; it is retry, take_down, replay, pause or resume",
                short_escaped(text)
            )
        })
    }
}

impl fmt::Display for BulkAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkState {
    /// Counted and shown; nothing is changed unless somebody confirms it.
    Planned,
    /// Confirmed: some daemon or command walks it, or will.
    Running,
    Paused,
    /// The walk has come to its end.
    Done,
    Cancelled,
    /// A fault of ours ended the walk; it can be resumed.
    Failed,
}

/// What somebody does to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkStep {
    Confirm,
    Pause,
    Resume,
    Cancel,
}

impl BulkStep {
    /// The word for it in sentences.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }
}

impl BulkState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Planned,
        Self::Running,
        Self::Paused,
        Self::Done,
        Self::Cancelled,
        Self::Failed,
    ];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The state that a step leads to; none where it makes no sense.
    pub fn after(self, step: BulkStep) -> Option<Self> {
        match (self, step) {
            (Self::Planned, BulkStep::Confirm)
            | (Self::Paused | Self::Failed, BulkStep::Resume) => Some(Self::Running),
            (Self::Running, BulkStep::Pause) => Some(Self::Paused),
            (Self::Planned | Self::Running | Self::Paused | Self::Failed, BulkStep::Cancel) => {
                Some(Self::Cancelled)
            }
            _ => None,
        }
    }

    /// Whether nothing more comes of it by itself.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }
}

impl FromStr for BulkState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no state of a job"))
    }
}

/// How many things ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BulkCounts {
    pub done: i64,
    /// They were left alone: they had it already, or were changed since the job was confirmed.
    pub unchanged: i64,
    /// The rules do not allow it.
    pub refused: i64,
}

impl BulkCounts {
    /// All of them.
    pub fn total(self) -> i64 {
        self.done + self.unchanged + self.refused
    }

    /// Adds one that ended so.
    pub fn note(&mut self, outcome: BulkOutcome) {
        match outcome {
            BulkOutcome::Unchanged => self.unchanged += 1,
            BulkOutcome::Refused => self.refused += 1,
        }
    }
}

/// How something ended that was not simply changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkOutcome {
    Unchanged,
    Refused,
}

impl BulkOutcome {
    /// Every outcome.
    pub const ALL: [Self; 2] = [Self::Unchanged, Self::Refused];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}

impl FromStr for BulkOutcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|outcome| outcome.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no outcome of a job"))
    }
}

/// What became of one thing that was not simply changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkResult {
    /// A guid, an event's digest, a creator's id.
    pub subject: String,
    pub outcome: BulkOutcome,
    pub reason: String,
}

impl BulkResult {
    /// Results that are kept of a job at most; the counts tell of the others.
    pub const MOST: i64 = 10_000;

    /// Something that was left alone.
    pub fn unchanged(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            outcome: BulkOutcome::Unchanged,
            reason: reason.into(),
        }
    }

    /// Something that the rules do not allow.
    pub fn refused(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            outcome: BulkOutcome::Refused,
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for action in BulkAction::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
        assert_eq!("take-down".parse(), Ok(BulkAction::TakeDown));
        assert!("remove".parse::<BulkAction>().is_err());
        for state in BulkState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
    }

    #[test]
    fn a_job_begins_by_consent_and_never_again_once_it_is_done_or_cancelled() {
        let after = |state: BulkState, step| state.after(step);
        assert_eq!(
            after(BulkState::Planned, BulkStep::Confirm),
            Some(BulkState::Running)
        );
        assert_eq!(after(BulkState::Planned, BulkStep::Resume), None);
        assert_eq!(after(BulkState::Running, BulkStep::Confirm), None);
        for ended in [BulkState::Done, BulkState::Cancelled] {
            for step in [
                BulkStep::Confirm,
                BulkStep::Pause,
                BulkStep::Resume,
                BulkStep::Cancel,
            ] {
                assert_eq!(after(ended, step), None, "{ended:?} {step:?}");
            }
        }
        assert_eq!(
            after(BulkState::Failed, BulkStep::Resume),
            Some(BulkState::Running)
        );
    }
}
