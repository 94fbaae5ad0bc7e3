//! What a list is asked for: in the words of the business, and as parts of a statement with their arguments.

use super::forms::{self, Part};
use crate::{
    catalog::{db::Arg, words::patterns},
    model::{CreatorId, FeedPolicy, State, Timestamp, Video, VideoOrder, Words},
};

/// Which videos a list shows; what is absent does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VideoQuery {
    pub creator: Option<CreatorId>,
    pub state: Option<State>,
    /// Only those that were refused with this status.
    pub refusal: Option<String>,
    /// Only those that are kept off every feed, or only the others: by a need that no setting meets, a window that has
    /// ended, a rule. Only waiting and imported videos can be.
    pub held: Option<bool>,
    /// Only those with more than one remote id.
    pub in_conflict: bool,
    /// Only those that break a preflight rule.
    pub breaks_rules: bool,
    /// Only those whose title or guid has words that begin so.
    pub words: Option<Words>,
}

impl VideoQuery {
    /// Whether a video is among those that the query lists, under a policy at a moment.
    pub fn finds(&self, video: &Video, policy: FeedPolicy, now: Timestamp) -> bool {
        let standing = &video.standing;
        let title = video.fields.title.as_deref();
        let narrowings = [
            self.creator
                .as_ref()
                .is_none_or(|creator| *creator == video.creator),
            self.state.is_none_or(|state| state == standing.state),
            self.refusal.is_none()
                || (standing.state == State::Refused && self.refusal == standing.refusal),
            self.held
                .is_none_or(|held| held == video.shelf(policy, now).held),
            !self.in_conflict || standing.is_conflict(),
            !self.breaks_rules || !video.broken.is_empty(),
            self.words
                .as_ref()
                .is_none_or(|words| words.find(title, video.guid.as_str())),
        ];
        narrowings.iter().all(|holds| *holds)
    }

    /// What narrows the list in this order; none when no video can be on it.
    pub(super) fn parts(&self, order: VideoOrder) -> Option<Vec<Part>> {
        let waiting = order == VideoOrder::LongestWaiting;
        let implied = [
            waiting.then_some(State::Waiting),
            self.refusal.is_some().then_some(State::Refused),
        ];
        let contradicts = |implied: State| self.state.is_some_and(|state| state != implied);
        let silent = self
            .words
            .as_ref()
            .is_some_and(|words| words.as_slice().is_empty());
        // Postgres knows no text with a zero byte.
        let unheard = self
            .refusal
            .as_ref()
            .is_some_and(|status| status.contains('\0'));
        if silent || unheard || implied.into_iter().flatten().any(contradicts) {
            return None;
        }
        let told = self.state.is_some() && !waiting && self.refusal.is_none();
        let narrowing = [
            self.creator.is_some().then_some(Part::Creator),
            told.then_some(Part::State),
            self.refusal.is_some().then_some(Part::Refusal),
            self.held
                .map(|held| if held { Part::Held } else { Part::Unheld }),
            self.in_conflict.then_some(Part::Conflict),
            self.breaks_rules.then_some(Part::Broken),
            self.words.is_some().then_some(Part::Words),
        ];
        let parts: Vec<_> = narrowing.into_iter().flatten().collect();
        // No video that waits was refused, reported ready, or breaks a rule.
        (!waiting || forms::waits(&parts)).then_some(parts)
    }

    /// The arguments of these parts.
    pub(super) fn args(&self, parts: &[Part]) -> Vec<Arg> {
        let args = parts.iter().flat_map(|part| match part {
            Part::Creator => vec![self.creator.as_ref().into()],
            Part::State => vec![self.state.map(State::as_str).into()],
            Part::Refusal => vec![self.refusal.as_deref().into()],
            Part::Words => patterns(self.words.as_ref()),
            Part::Held | Part::Unheld | Part::Conflict | Part::Broken => Vec::new(),
        });
        args.collect()
    }

    /// Whether counters are kept of it.
    pub(super) fn counted(&self) -> bool {
        let narrowest = Self {
            creator: self.creator.clone(),
            state: self.state,
            ..Self::default()
        };
        *self == narrowest
    }
}
