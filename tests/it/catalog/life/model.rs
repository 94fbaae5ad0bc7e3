//! The life of a video as product.md 2 tells it: facts that pile up, and a state that follows from them.

use std::collections::{BTreeMap, BTreeSet};

use mcnd::model::{FeedMode, State};

use super::steps::{Event, Flavour, Said, Step};

/// How long a `delta` feed lists what has changed.
pub(super) const WINDOW: i64 = 60;

/// Everything known of the videos of one creator.
#[derive(Default)]
pub(super) struct Model {
    pub(super) mode: FeedMode,
    pub(super) now: i64,
    pub(super) videos: BTreeMap<usize, Known>,
    /// Every event that came, once, in the order in which they came.
    pub(super) events: Vec<Event>,
}

/// The facts about one video.
pub(super) struct Known {
    removed: bool,
    /// It waits for an edit or a review.
    draft: bool,
    pub(super) broken: bool,
    pub(super) remote_ids: BTreeSet<u8>,
    epoch: u32,
    failed_in: Option<u32>,
    unusable_in: Option<u32>,
    flavour: Flavour,
    starts: Option<i64>,
    ends: Option<i64>,
    retry_at: Option<i64>,
    waiting_since: i64,
    /// When the first ready event was applied.
    ready_at: Option<i64>,
    /// How often the title was changed, as far as that can be told, and when.
    title: u8,
    content_at: i64,
}

impl Known {
    fn new(flavour: Flavour, broken: bool, now: i64) -> Self {
        let (starts, ends) = match flavour {
            Flavour::Window(starts, ends) => (Some(now + starts), Some(now + ends)),
            _ => (None, None),
        };
        Self {
            removed: false,
            draft: broken,
            broken,
            remote_ids: BTreeSet::new(),
            epoch: 0,
            failed_in: None,
            unusable_in: None,
            flavour,
            starts,
            ends,
            retry_at: None,
            waiting_since: now,
            ready_at: None,
            title: u8::from(!broken),
            content_at: now,
        }
    }

    pub(super) fn state(&self) -> State {
        if self.removed {
            State::Removed
        } else if self.draft {
            State::Draft
        } else if !self.remote_ids.is_empty() {
            State::Imported
        } else if self.failed_in == Some(self.epoch) {
            State::Refused
        } else {
            State::Waiting
        }
    }

    fn hear(&mut self, said: Said, now: i64) {
        match said {
            Said::Ready(id) => {
                self.ready_at.get_or_insert(now);
                self.remote_ids.insert(id);
            }
            Said::ReadyUnusable => self.unusable_in = Some(self.epoch),
            Said::Failure => self.failed_in = Some(self.epoch),
            Said::ReadyWithoutId | Said::Progress => {}
        }
    }

    fn edit(&mut self, broken: bool, now: i64) {
        let before = self.state();
        self.broken = broken;
        let title = if broken { 0 } else { 2 };
        if self.title != title {
            (self.title, self.content_at) = (title, now);
        }
        if before == State::Waiting && broken {
            self.draft = true;
        }
        if before == State::Draft && !broken {
            self.draft = false;
            self.waiting_since = now;
        }
    }

    /// Why it is not listed although it waits, in the codes of exports.
    pub(super) fn holds(&self, now: i64) -> BTreeSet<&'static str> {
        let unusable = self.unusable_in == Some(self.epoch) && self.remote_ids.is_empty();
        [
            ("not_yet", self.starts.is_some_and(|from| from > now)),
            ("retry_later", self.retry_at.is_some_and(|from| from > now)),
            ("ended", self.ends.is_some_and(|end| end <= now)),
            ("kids", self.flavour == Flavour::Kids),
            ("unusable_remote_id", unusable),
        ]
        .into_iter()
        .filter_map(|(code, holds)| (holds && self.state() == State::Waiting).then_some(code))
        .collect()
    }

    fn listed_from(&self) -> i64 {
        let moments = [Some(self.waiting_since), self.starts, self.retry_at];
        moments
            .into_iter()
            .flatten()
            .max()
            .expect("it waits since some moment")
    }

    /// Where it lies among the imported: where its content changed, or where its window opened after the import.
    fn relisted_from(&self) -> i64 {
        let opened = self.starts.filter(|starts| Some(*starts) > self.ready_at);
        self.content_at.max(opened.unwrap_or(self.content_at))
    }

    fn is_relisted(&self, now: i64, window: Option<i64>) -> bool {
        let open = self.starts.is_none_or(|from| from <= now);
        let ended = self.ends.is_some_and(|end| end <= now);
        self.state() == State::Imported
            && !self.broken
            && self.flavour != Flavour::Kids
            && open
            && !ended
            && window.is_none_or(|window| self.relisted_from() > now - window)
    }

    fn can_retry(&self) -> bool {
        let stuck = self.state() == State::Waiting && self.unusable_in == Some(self.epoch);
        !self.broken && (self.state() == State::Refused || stuck)
    }
}

impl Model {
    /// Takes a step, and says whether the service must take it too; if not, the service must refuse it.
    pub(super) fn take(&mut self, step: &Step) -> bool {
        let now = self.now;
        match step {
            Step::Add {
                video,
                flavour,
                broken,
            } => {
                let new = !self.videos.contains_key(video);
                if new {
                    self.add(*video, Known::new(*flavour, *broken, now));
                }
                new
            }
            Step::Deliver(events) => {
                for event in events {
                    self.hear(*event);
                }
                true
            }
            Step::Retry { video, wait } => self.act(*video, |known| {
                let can = known.can_retry();
                if can {
                    known.epoch += 1;
                    known.waiting_since = now;
                    known.retry_at = wait.map(|wait| now + wait);
                }
                can
            }),
            Step::TakeDown(video) => {
                self.act(*video, |known| !std::mem::replace(&mut known.removed, true))
            }
            Step::Edit { video, broken } => self.act(*video, |known| {
                // A tombstone is left alone.
                if !known.removed {
                    known.edit(*broken, now);
                }
                !known.removed
            }),
            Step::Wait(millis) => {
                self.now += millis;
                true
            }
            Step::Turn => true,
            Step::Mode(mode) => {
                self.mode = *mode;
                true
            }
        }
    }

    fn act(&mut self, video: usize, act: impl FnOnce(&mut Known) -> bool) -> bool {
        self.videos.get_mut(&video).is_some_and(act)
    }

    fn add(&mut self, video: usize, mut known: Known) {
        for event in self.events.iter().filter(|event| event.video == video) {
            known.hear(event.said, self.now);
        }
        self.videos.insert(video, known);
    }

    fn hear(&mut self, event: Event) {
        if self.events.contains(&event) {
            return;
        }
        self.events.push(event);
        if let Some(known) = self.videos.get_mut(&event.video) {
            known.hear(event.said, self.now);
        }
    }

    /// The videos that the feed lists, in its order, each with the moment at which its content changed.
    pub(super) fn listed(&self) -> Vec<(usize, i64)> {
        let waiting = self.videos.iter().filter(|(_, known)| {
            known.state() == State::Waiting && known.holds(self.now).is_empty()
        });
        let mut waiting = waiting
            .map(|(video, known)| (known.listed_from(), *video))
            .collect::<Vec<_>>();
        waiting.sort_unstable();
        let window = (self.mode == FeedMode::Delta).then_some(WINDOW);
        let relisted = self.videos.iter().filter(|(_, known)| {
            self.mode != FeedMode::Drain && known.is_relisted(self.now, window)
        });
        let mut relisted = relisted
            .map(|(video, known)| (known.relisted_from(), *video))
            .collect::<Vec<_>>();
        relisted.sort_unstable();
        let listed = waiting.into_iter().chain(relisted);
        listed
            .map(|(_, video)| (video, self.videos[&video].content_at))
            .collect()
    }

    pub(super) fn count(&self, state: State) -> i64 {
        let videos = self.videos.values().filter(|known| known.state() == state);
        i64::try_from(videos.count()).expect("a handful")
    }
}
