//! What a transaction did to the videos of each creator, so that counts and feed versions move along with them.

use std::collections::BTreeMap;

use super::{db::Arg, error::Result, rows::millis};
use crate::model::{CreatorId, FeedPolicy, Shelf, State, StateCounts, Timestamp};

/// What a transaction did to the videos of each creator, gathered until the end so that every creator is touched once.
#[derive(Debug, Default)]
pub(super) struct Touched(BTreeMap<CreatorId, Touch>);

#[derive(Debug, Default)]
struct Touch {
    counts: StateCounts,
    /// Whether what waits has changed.
    moves: bool,
    /// Whether what is imported has changed as a feed shows it.
    moves_relisted: bool,
    /// When the clock changes next what waits, which of the imported are listed, and which of them have changed lately.
    changes_at: ByMode<Option<Timestamp>>,
}

/// Something for each mode of a feed; the names are the stored words.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
struct ByMode<T> {
    drain: T,
    full: T,
    delta: T,
}

#[derive(serde::Serialize)]
struct TouchCells<'a> {
    id: &'a str,
    draft: i64,
    waiting: i64,
    pushing: i64,
    imported: i64,
    refused: i64,
    removed: i64,
    moves: ByMode<i64>,
    changes_at: ByMode<Option<i64>>,
}

impl<T: Copy> ByMode<T> {
    fn map<U>(self, change: impl Fn(T) -> U) -> ByMode<U> {
        ByMode {
            drain: change(self.drain),
            full: change(self.full),
            delta: change(self.delta),
        }
    }
}

impl Touched {
    /// Notes a video that went `from` one state (none: it is new) `to` another, or was changed where it stands.
    pub(super) fn note(
        &mut self,
        creator: &CreatorId,
        from: Option<State>,
        to: State,
    ) -> &mut Self {
        let was = |state| from == Some(state) || to == state;
        let touch = self.0.entry(creator.clone()).or_default();
        if let Some(from) = from {
            touch.counts.add(from, -1);
        }
        touch.counts.add(to, 1);
        // Nothing else is listed, so nothing else can change a feed.
        touch.moves |= was(State::Waiting);
        touch.moves_relisted |= was(State::Imported);
        self
    }

    /// Notes a report. One about a video that is imported already changes nothing that a feed shows.
    pub(super) fn note_report(&mut self, creator: &CreatorId, from: State, to: State) {
        if from != State::Imported {
            self.note(creator, Some(from), to);
        }
    }

    /// Notes the moments at which the clock will change what is listed of a video.
    pub(super) fn note_clock(
        &mut self,
        creator: &CreatorId,
        lies: Shelf,
        ends_at: Option<Timestamp>,
        policy: FeedPolicy,
        now: Timestamp,
    ) {
        if lies.held {
            return;
        }
        let first = |moments: [Option<Timestamp>; 3]| {
            let coming = moments.into_iter().flatten();
            coming.filter(|moment| *moment > now).min()
        };
        let waits = first([lies.listed_from, lies.listed_from.and(ends_at), None]);
        let relisted = [lies.relisted_from, lies.relisted_from.and(ends_at), waits];
        let fresh_until = lies
            .relisted_from
            .map(|from| from.after(policy.delta_window));
        let full = first(relisted);
        let noted = &mut self.0.entry(creator.clone()).or_default().changes_at;
        noted.drain = first([noted.drain, waits, None]);
        noted.full = first([noted.full, full, None]);
        noted.delta = first([noted.delta, full, fresh_until]);
    }

    /// What was gathered, for the statement that writes it: a creator after the other in the order of ids.
    pub(super) fn rows(&self) -> Result<Arg> {
        let cells = self.0.iter().map(|(id, touch)| touch.cells(id));
        Arg::rows(&cells.collect::<Vec<_>>())
    }
}

impl Touch {
    fn cells<'a>(&self, id: &'a CreatorId) -> TouchCells<'a> {
        let relisting = i64::from(self.moves || self.moves_relisted);
        TouchCells {
            id: id.as_str(),
            draft: self.counts.of(State::Draft),
            waiting: self.counts.of(State::Waiting),
            pushing: self.counts.of(State::Pushing),
            imported: self.counts.of(State::Imported),
            refused: self.counts.of(State::Refused),
            removed: self.counts.of(State::Removed),
            moves: ByMode {
                drain: i64::from(self.moves),
                full: relisting,
                delta: relisting,
            },
            changes_at: self.changes_at.map(millis),
        }
    }
}
