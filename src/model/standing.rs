//! Where a video stands, and what a report of the injector or an operator does to it.
//!
//! The state depends on the set of events and on what operators did, never on the events' order.

use std::collections::BTreeSet;

use super::{Alarm, IllegalMove, Move, Outcome, Report, State, Timestamp};

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
    /// The status text of the first failure since the last retry.
    pub refusal: Option<String>,
    /// When the first ready event with a usable id was applied.
    pub ready_at: Option<Timestamp>,
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
            refusal: None,
            ready_at: None,
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

    /// Takes one report of the injector at `now` (contracts/dailymotion-pull.md 8.6).
    pub fn receive(&mut self, report: &Report, now: Timestamp) -> Verdict {
        match report {
            Report::Ready { remote_id, odd } => self.receive_ready(remote_id, *odd, now),
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
            Report::Failure { status } => self.receive_failure(status),
        }
    }

    /// Takes a report again that was first applied in `epoch`, at the moment `at` of its arrival. It is no new arrival: of
    /// what was reported before a retry, only a remote id counts.
    pub fn receive_again(&mut self, report: &Report, epoch: i64, at: Timestamp) -> Verdict {
        match report {
            Report::Failure { .. } if epoch < self.retry_epoch => Verdict {
                outcome: Outcome::Recorded,
                alarm: self
                    .remote_id
                    .is_some()
                    .then_some(Alarm::FailureBesideReady),
            },
            Report::ReadyUnusable if epoch < self.retry_epoch => self.clone().receive(report, at),
            _ => self.receive(report, at),
        }
    }

    fn receive_ready(&mut self, remote_id: &str, odd: bool, now: Timestamp) -> Verdict {
        self.ready_at.get_or_insert(now);
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

    fn receive_failure(&mut self, status: &str) -> Verdict {
        self.failed_epoch = Some(self.retry_epoch);
        self.refusal.get_or_insert_with(|| status.to_owned());
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
        self.refusal = None;
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

    #[test]
    fn a_failure_kept_before_a_retry_never_refuses_again() {
        let mut video = Standing::new(State::Waiting);
        video.receive(&failure(), now());
        assert_eq!(video.state, State::Refused);
        video.retry().unwrap();
        video.judge(true);
        video.judge(false);
        assert_eq!(video.state, State::Waiting);
        video.receive(&failure(), now());
        assert_eq!(video.state, State::Refused);
    }

    #[test]
    fn a_replayed_failure_from_before_a_retry_has_no_effect() {
        let mut video = Standing::new(State::Waiting);
        video.receive(&failure(), now());
        video.retry().unwrap();
        let retried = video.clone();
        let verdict = video.receive_again(&failure(), 0, now());
        assert_eq!(verdict.outcome, Outcome::Recorded);
        video.receive_again(&Report::ReadyUnusable, 0, now());
        assert_eq!(video, retried);
        video.receive_again(&failure(), 1, now());
        assert_eq!(video.state, State::Refused);
        video.receive_again(&ready("x1"), 0, now());
        assert_eq!(video.state, State::Imported);
    }

    #[test]
    fn a_draft_with_a_remote_id_is_let_go_as_imported() {
        let mut video = Standing::new(State::Draft);
        assert_eq!(
            video.receive(&ready("x1"), now()).alarm,
            Some(Alarm::ReadyDraft)
        );
        assert_eq!(video.state, State::Draft);
        video.judge(false);
        assert_eq!(video.state, State::Imported);
    }

    #[test]
    fn a_failure_for_a_pushing_video_moves_nothing() {
        let mut video = Standing::new(State::Pushing);
        assert_eq!(video.receive(&failure(), now()).outcome, Outcome::Recorded);
        assert_eq!(video.state, State::Pushing);
    }

    #[test]
    fn an_unusable_id_holds_until_a_retry_or_a_usable_one() {
        let mut video = Standing::new(State::Waiting);
        video.receive(&Report::ReadyUnusable, now());
        assert!(video.is_ready_unusable());
        let mut retried = video.clone();
        retried.retry().unwrap();
        assert!(!retried.is_ready_unusable());
        video.receive(&ready("x1"), now());
        assert_eq!(
            (video.state, video.is_ready_unusable()),
            (State::Imported, false)
        );
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(1)
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
                once.receive(report, now());
            }
            let mut again = Standing::new(start);
            for report in shuffled.iter().chain(shuffled.iter().take(repeat)) {
                again.receive(report, now());
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
