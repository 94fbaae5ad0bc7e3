//! A video's place in the feeds: what their indexes know of it.

use super::{FeedPolicy, Needs, Standing, State, Timestamp};

/// What the feeds' indexes know of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// First moment at which it may be listed; none unless it waits.
    pub listed_from: Option<Timestamp>,
    /// First moment at which a `full` or `delta` feed may list what it now is; none unless it is imported.
    pub relisted_from: Option<Timestamp>,
    /// What a feed must be able to say to list it.
    pub needs: Needs,
    /// Kept off the shelf by a need that the policy does not meet, by a window that has ended, or by a rule that it breaks.
    pub held: bool,
}

/// What a video's place follows from beside its standing and its needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Whether it breaks a preflight rule.
    pub blocked: bool,
    /// Where it lies while it waits.
    pub listed_from: Option<Timestamp>,
    /// When a field last changed.
    pub content_at: Timestamp,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
}

impl Bounds {
    /// Where it lies once it is imported: when a field last changed, or when its window opens, if that was still to come
    /// when it was reported ready. An edit only moves it back in the order, so that nobody who pages misses it.
    fn relisted_from(&self, ready_at: Option<Timestamp>) -> Timestamp {
        let opens = self.starts_at.filter(|starts| Some(*starts) > ready_at);
        opens.map_or(self.content_at, |opens| opens.max(self.content_at))
    }
}

impl Shelf {
    /// The place at `now` of a video of this standing; `needs` are those of its fields and its standing.
    pub fn of(
        standing: &Standing,
        needs: Needs,
        bounds: Bounds,
        policy: FeedPolicy,
        now: Timestamp,
    ) -> Self {
        let waits = standing.state == State::Waiting;
        let imported = standing.state == State::Imported;
        let ended = bounds.ends_at.is_some_and(|end| end <= now);
        let kept_back = bounds.blocked || ended || !policy.meets(needs);
        Self {
            listed_from: bounds.listed_from.filter(|_from| waits),
            relisted_from: imported.then(|| bounds.relisted_from(standing.ready_at)),
            needs,
            held: (waits || imported) && kept_back,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Report;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    /// Where a video lies that changed at 10 and was reported ready at 20.
    fn relisted(starts: Option<i64>, ends: Option<i64>, now: i64) -> Shelf {
        let mut standing = Standing::new(State::Waiting);
        let ready = Report::Ready {
            remote_id: "x1".to_owned(),
            odd: false,
        };
        standing.receive(&ready, at(20));
        let bounds = Bounds {
            blocked: false,
            listed_from: Some(at(10)),
            content_at: at(10),
            starts_at: starts.map(at),
            ends_at: ends.map(at),
        };
        let policy = FeedPolicy {
            met: Needs::default(),
            delta_window: Duration::ZERO,
        };
        Shelf::of(&standing, Needs::default(), bounds, policy, at(now))
    }

    #[test]
    fn an_imported_video_lies_where_its_content_changed() {
        let shelf = relisted(None, None, 20);
        assert_eq!((shelf.listed_from, shelf.held), (None, false));
        for starts in [None, Some(5), Some(15), Some(20)] {
            let shelf = relisted(starts, None, 30);
            assert_eq!(shelf.relisted_from, Some(at(10)), "{starts:?}");
        }
    }

    #[test]
    fn a_window_that_opens_after_the_import_counts_as_a_change() {
        assert_eq!(relisted(Some(25), None, 20).relisted_from, Some(at(25)));
    }

    #[test]
    fn an_imported_video_is_held_when_its_window_has_ended() {
        assert!(!relisted(None, Some(31), 30).held);
        assert!(relisted(None, Some(30), 30).held);
    }
}
