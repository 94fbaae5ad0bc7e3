//! The life of a video: its states, and the moves between them.

use std::{fmt, str::FromStr};

use super::short_escaped;

/// Where a video stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// May not go out: a rule blocks it.
    Draft,
    /// May go out; listed unless something holds it.
    Waiting,
    /// Goes out through the API.
    Pushing,
    /// Dailymotion has it.
    Imported,
    /// Dailymotion would not take it.
    Refused,
    /// Taken down, for good.
    Removed,
}

impl State {
    /// Every state, in the order of boards and summaries.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Waiting,
        Self::Pushing,
        Self::Imported,
        Self::Refused,
        Self::Removed,
    ];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Waiting => "waiting",
            Self::Pushing => "pushing",
            Self::Imported => "imported",
            Self::Refused => "refused",
            Self::Removed => "removed",
        }
    }

    /// The state a move leads to.
    ///
    /// # Errors
    /// The move is not possible from here.
    pub fn after(self, by: Move) -> Result<Self, IllegalMove> {
        match (self, by) {
            (Self::Draft, Move::Release)
            | (Self::Pushing, Move::GiveBack)
            | (Self::Refused, Move::Retry) => Ok(Self::Waiting),
            (Self::Waiting, Move::Block) => Ok(Self::Draft),
            (Self::Waiting, Move::Push) => Ok(Self::Pushing),
            (Self::Draft, Move::ReleaseImported)
            | (Self::Waiting | Self::Pushing | Self::Refused, Move::Ready) => Ok(Self::Imported),
            (Self::Draft, Move::ReleaseRefused)
            | (Self::Waiting, Move::Refuse)
            | (Self::Pushing, Move::RefusePush) => Ok(Self::Refused),
            (
                Self::Draft | Self::Waiting | Self::Pushing | Self::Imported | Self::Refused,
                Move::TakeDown,
            ) => Ok(Self::Removed),
            (from, by) => Err(IllegalMove { from, by }),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| {
                let words = "it is draft, waiting, pushing, imported, refused or removed";
                format!("`{}` is no state of a video; {words}", short_escaped(text))
            })
    }
}

/// What moves a video from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Nothing blocks the draft any more.
    Release,
    /// The same, and Dailymotion is known to have it.
    ReleaseImported,
    /// The same, and Dailymotion is known to have refused it since the last retry.
    ReleaseRefused,
    /// An edit broke a preflight rule.
    Block,
    /// A push through the API begins.
    Push,
    /// The push did not happen.
    GiveBack,
    /// The API refused the push.
    RefusePush,
    /// A ready event with a usable remote id.
    Ready,
    /// A failure event.
    Refuse,
    /// An operator asks for another try.
    Retry,
    /// An operator takes it down.
    TakeDown,
}

/// A move that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a video that is {from} can't do `{by:?}`")]
pub struct IllegalMove {
    pub from: State,
    pub by: Move,
}

/// What an operator must see although nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A second remote id for one guid.
    Conflict,
    /// A video that may not go out is on Dailymotion.
    ReadyDraft,
    /// A video that was taken down is on Dailymotion.
    ReadyRemoved,
    /// Reported ready without an id.
    ReadyWithoutId,
    /// The remote id does not look like one of Dailymotion's.
    OddRemoteId,
    /// The remote id can't be stored or used.
    UnusableRemoteId,
    /// A failure for a video that Dailymotion has.
    FailureBesideReady,
}

impl Alarm {
    /// Every kind of alarm.
    pub const ALL: [Self; 7] = [
        Self::Conflict,
        Self::ReadyDraft,
        Self::ReadyRemoved,
        Self::ReadyWithoutId,
        Self::OddRemoteId,
        Self::UnusableRemoteId,
        Self::FailureBesideReady,
    ];

    /// The code stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::ReadyDraft => "ready_draft",
            Self::ReadyRemoved => "ready_removed",
            Self::ReadyWithoutId => "ready_without_id",
            Self::OddRemoteId => "odd_remote_id",
            Self::UnusableRemoteId => "unusable_remote_id",
            Self::FailureBesideReady => "failure_beside_ready",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOVES: [Move; 11] = [
        Move::Release,
        Move::ReleaseImported,
        Move::ReleaseRefused,
        Move::Block,
        Move::Push,
        Move::GiveBack,
        Move::RefusePush,
        Move::Ready,
        Move::Refuse,
        Move::Retry,
        Move::TakeDown,
    ];

    #[test]
    fn every_move_is_legal_or_not_as_the_table_says() {
        // A column per move of MOVES; the letter of the state it leads to, `-` where it is illegal.
        let table = [
            (State::Draft, "WIR-------X"),
            (State::Waiting, "---DP--IR-X"),
            (State::Pushing, "-----WRI--X"),
            (State::Imported, "----------X"),
            (State::Refused, "-------I-WX"),
            (State::Removed, "-----------"),
        ];
        for (from, row) in table {
            for (by, letter) in MOVES.into_iter().zip(row.chars()) {
                assert_eq!(from.after(by).ok(), lettered(letter), "{from} by {by:?}");
            }
        }
    }

    fn lettered(letter: char) -> Option<State> {
        match letter {
            'D' => Some(State::Draft),
            'W' => Some(State::Waiting),
            'P' => Some(State::Pushing),
            'I' => Some(State::Imported),
            'R' => Some(State::Refused),
            'X' => Some(State::Removed),
            _ => None,
        }
    }
}
