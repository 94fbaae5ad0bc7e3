//! The life of a video: its states, the moves between them, and what a report of the injector does.
//!
//! The state depends on the set of events and on what operators did, never on the events' order.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::{Outcome, Report};

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
            .ok_or_else(|| format!("`{text}` is no state of a video"))
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

/// The part of a video that moves depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: State,
    /// The remote id that was stored first.
    pub remote_id: Option<String>,
    /// Remote ids that came later for the same guid; not empty means conflict.
    pub other_remote_ids: BTreeSet<String>,
    /// How often a retry was asked for.
    pub retry_epoch: i64,
    /// The epoch of the last failure kept.
    pub failed_epoch: Option<i64>,
    /// The epoch of the last ready event whose id could not be used.
    pub unusable_epoch: Option<i64>,
}

/// What became of a report: how the event is filed, and what an operator must see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub alarm: Option<Alarm>,
}

impl Standing {
    /// A video that nothing was reported of.
    pub fn new(state: State) -> Self {
        Self {
            state,
            remote_id: None,
            other_remote_ids: BTreeSet::new(),
            retry_epoch: 0,
            failed_epoch: None,
            unusable_epoch: None,
        }
    }

    /// Whether more than one remote id is known.
    pub fn is_conflict(&self) -> bool {
        !self.other_remote_ids.is_empty()
    }

    /// Every remote id known, the one stored first in front.
    pub fn remote_ids(&self) -> impl Iterator<Item = &str> {
        self.remote_id
            .iter()
            .chain(&self.other_remote_ids)
            .map(String::as_str)
    }

    /// Whether an event of the current epoch says "ready" with an id that can't be used.
    pub fn is_ready_unusable(&self) -> bool {
        self.unusable_epoch == Some(self.retry_epoch) && self.remote_id.is_none()
    }

    /// Takes one report of the injector (contracts/dailymotion-pull.md 8.6).
    pub fn receive(&mut self, report: &Report) -> Verdict {
        match report {
            Report::Ready { remote_id, odd } => self.receive_ready(remote_id, *odd),
            Report::ReadyUnusable => {
                self.unusable_epoch = Some(self.retry_epoch);
                Verdict {
                    outcome: Outcome::Anomalous,
                    alarm: Some(Alarm::UnusableRemoteId),
                }
            }
            Report::ReadyWithoutId => Verdict {
                outcome: Outcome::Anomalous,
                alarm: Some(Alarm::ReadyWithoutId),
            },
            Report::Progress => Verdict {
                outcome: Outcome::Progress,
                alarm: None,
            },
            Report::Failure { .. } => self.receive_failure(),
        }
    }

    fn receive_ready(&mut self, remote_id: &str, odd: bool) -> Verdict {
        let mut alarm = odd.then_some(Alarm::OddRemoteId);
        match &self.remote_id {
            None => self.remote_id = Some(remote_id.to_owned()),
            Some(first) if first == remote_id => {}
            Some(_first) => {
                self.other_remote_ids.insert(remote_id.to_owned());
                alarm = Some(Alarm::Conflict);
            }
        }
        match self.state.after(Move::Ready) {
            Ok(imported) => self.state = imported,
            Err(_stays) if self.state == State::Draft => alarm = alarm.or(Some(Alarm::ReadyDraft)),
            Err(_stays) if self.state == State::Removed => {
                alarm = alarm.or(Some(Alarm::ReadyRemoved));
            }
            Err(_stays) => {}
        }
        Verdict {
            outcome: Outcome::Ready,
            alarm,
        }
    }

    fn receive_failure(&mut self) -> Verdict {
        self.failed_epoch = Some(self.retry_epoch);
        let alarm = self
            .remote_id
            .is_some()
            .then_some(Alarm::FailureBesideReady);
        match self.state.after(Move::Refuse) {
            Ok(refused) => {
                self.state = refused;
                Verdict {
                    outcome: Outcome::Refused,
                    alarm,
                }
            }
            Err(_stays) => Verdict {
                outcome: Outcome::Recorded,
                alarm,
            },
        }
    }

    /// Brings the state in line with preflight after an edit: a waiting video that breaks a rule becomes a draft, a
    /// draft that breaks none is let go to where the events kept meanwhile say it belongs.
    pub fn judge(&mut self, breaks_a_rule: bool) {
        let by = match (self.state, breaks_a_rule) {
            (State::Waiting, true) => Move::Block,
            (State::Draft, false) if self.remote_id.is_some() => Move::ReleaseImported,
            (State::Draft, false) if self.failed_epoch == Some(self.retry_epoch) => {
                Move::ReleaseRefused
            }
            (State::Draft, false) => Move::Release,
            _ => return,
        };
        self.state = self.state.after(by).unwrap_or(self.state);
    }

    /// Asks for another try of a refused video, or of one that a ready event without a usable id holds back.
    ///
    /// # Errors
    /// There is nothing to retry.
    pub fn retry(&mut self) -> Result<(), IllegalMove> {
        if !(self.state == State::Waiting && self.is_ready_unusable()) {
            self.state = self.state.after(Move::Retry)?;
        }
        self.retry_epoch += 1;
        Ok(())
    }

    /// Takes the video down.
    ///
    /// # Errors
    /// It is taken down already.
    pub fn take_down(&mut self) -> Result<(), IllegalMove> {
        self.state = self.state.after(Move::TakeDown)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn a_failure_kept_before_a_retry_never_refuses_again() {
        let mut video = Standing::new(State::Waiting);
        video.receive(&failure());
        assert_eq!(video.state, State::Refused);
        video.retry().unwrap();
        video.judge(true);
        video.judge(false);
        assert_eq!(video.state, State::Waiting);
        video.receive(&failure());
        assert_eq!(video.state, State::Refused);
    }

    #[test]
    fn a_draft_with_a_remote_id_is_let_go_as_imported() {
        let mut video = Standing::new(State::Draft);
        assert_eq!(video.receive(&ready("x1")).alarm, Some(Alarm::ReadyDraft));
        assert_eq!(video.state, State::Draft);
        video.judge(false);
        assert_eq!(video.state, State::Imported);
    }

    #[test]
    fn a_failure_for_a_pushing_video_moves_nothing() {
        let mut video = Standing::new(State::Pushing);
        assert_eq!(video.receive(&failure()).outcome, Outcome::Recorded);
        assert_eq!(video.state, State::Pushing);
    }

    #[test]
    fn an_unusable_id_holds_until_a_retry_or_a_usable_one() {
        let mut video = Standing::new(State::Waiting);
        video.receive(&Report::ReadyUnusable);
        assert!(video.is_ready_unusable());
        let mut retried = video.clone();
        retried.retry().unwrap();
        assert!(!retried.is_ready_unusable());
        video.receive(&ready("x1"));
        assert_eq!(
            (video.state, video.is_ready_unusable()),
            (State::Imported, false)
        );
    }

    fn ready(id: &str) -> Report {
        Report::Ready {
            remote_id: id.to_owned(),
            odd: false,
        }
    }

    fn failure() -> Report {
        Report::Failure {
            status: "error".to_owned(),
        }
    }

    fn any_report() -> impl Strategy<Value = Report> {
        prop_oneof![
            "x[12]".prop_map(|id| ready(&id)),
            Just(Report::ReadyUnusable),
            Just(Report::ReadyWithoutId),
            Just(Report::Progress),
            Just(failure()),
        ]
    }

    /// State, conflict flag, the set of ids, and whether it is held: what "equal states" means.
    fn comparable(video: &Standing) -> (State, bool, BTreeSet<String>, bool) {
        let ids = video.remote_ids().map(str::to_owned).collect();
        (
            video.state,
            video.is_conflict(),
            ids,
            video.is_ready_unusable(),
        )
    }

    proptest! {
        #[test]
        fn the_order_and_repetition_of_reports_change_nothing(
            (reports, shuffled) in prop::collection::vec(any_report(), 0..6)
                .prop_flat_map(|reports| (Just(reports.clone()), Just(reports).prop_shuffle())),
            start in prop::sample::select(vec![State::Draft, State::Waiting, State::Pushing, State::Removed]),
            repeat in 0_usize..3,
        ) {
            let mut once = Standing::new(start);
            for report in &reports {
                once.receive(report);
            }
            let mut again = Standing::new(start);
            for report in shuffled.iter().chain(shuffled.iter().take(repeat)) {
                again.receive(report);
            }
            for breaks_a_rule in [true, false] {
                prop_assert_eq!(comparable(&once), comparable(&again));
                once.judge(breaks_a_rule);
                again.judge(breaks_a_rule);
            }
            prop_assert_eq!(comparable(&once), comparable(&again));
        }
    }
}
