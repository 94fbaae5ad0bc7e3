//! A video of the catalog: what the network says of it, and what happened to it.

use std::str::FromStr;

use super::{
    Bounds, Column, CreatorId, Digest, FeedPolicy, Fields, Guid, Judged, Needs, Pins, Rule, Shelf,
    Standing, State, Timestamp, VideoId,
};

/// A video with everything the catalog knows of it, its timeline apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    pub id: VideoId,
    pub guid: Guid,
    pub creator: CreatorId,
    /// The source's own guid, where a prefix was put before it.
    pub source_guid: Option<String>,
    pub fields: Fields,
    /// Fields that an operator holds against imports.
    pub pins: Pins,
    /// The preflight rules that the fields break; not empty for every draft that nobody reviews.
    pub broken: Vec<Rule>,
    pub standing: Standing,
    /// Not listed again before this moment, when a retry was asked for later.
    pub retry_at: Option<Timestamp>,
    pub added_at: Timestamp,
    /// When a field last changed.
    pub content_at: Timestamp,
    /// When it last became waiting.
    pub waiting_since: Option<Timestamp>,
}

impl Video {
    /// A new video, waiting unless its fields break a rule.
    pub fn new(
        id: VideoId,
        guid: Guid,
        creator: CreatorId,
        Judged { fields, broken }: Judged,
        now: Timestamp,
    ) -> Self {
        let state = if broken.is_empty() {
            State::Waiting
        } else {
            State::Draft
        };
        Self {
            id,
            guid,
            creator,
            source_guid: None,
            fields,
            pins: Pins::default(),
            broken,
            standing: Standing::new(state),
            retry_at: None,
            added_at: now,
            content_at: now,
            waiting_since: (state == State::Waiting).then_some(now),
        }
    }

    /// Gives it other fields, or other rules that they break, and moves it between draft and waiting as these say. Answers
    /// the columns that changed.
    pub fn rewrite(&mut self, Judged { fields, broken }: Judged, now: Timestamp) -> Vec<Column> {
        let columns = fields.differing(&self.fields);
        let before = self.standing.state;
        if !columns.is_empty() {
            self.content_at = now;
        }
        self.fields = fields;
        self.standing.judge(!broken.is_empty());
        self.broken = broken;
        if before != State::Waiting && self.standing.state == State::Waiting {
            self.waiting_since = Some(now);
        }
        columns
    }

    /// Names what an edit can change as it is now: 32 hexadecimal digits that differ as soon as any of it does. What
    /// Dailymotion reports meanwhile is no such change.
    pub fn edition(&self) -> String {
        let parts = format!("{:?}", (&self.fields, &self.pins, self.is_removed()));
        Digest::of(parts.as_bytes()).edition()
    }

    fn is_removed(&self) -> bool {
        self.standing.state == State::Removed
    }

    /// Since when it may be listed, if it waits.
    pub fn listed_from(&self) -> Option<Timestamp> {
        let bounds = [self.waiting_since, self.fields.starts_at, self.retry_at];
        bounds.into_iter().flatten().max()
    }

    /// Its place on the feed's shelf at `now`.
    pub fn shelf(&self, policy: FeedPolicy, now: Timestamp) -> Shelf {
        let needs = Needs::of(&self.fields, &self.standing);
        let bounds = Bounds {
            blocked: !self.broken.is_empty(),
            listed_from: self.listed_from(),
            content_at: self.content_at,
            starts_at: self.fields.starts_at,
            ends_at: self.fields.ends_at,
        };
        Shelf::of(&self.standing, needs, bounds, policy, now)
    }
}

/// What happened to a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Added,
    Edited,
    Reported,
    Retried,
    TakenDown,
    /// The settings changed what feeds can say.
    Reconsidered,
}

impl Change {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Added,
        Self::Edited,
        Self::Reported,
        Self::Retried,
        Self::TakenDown,
        Self::Reconsidered,
    ];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Edited => "edited",
            Self::Reported => "reported",
            Self::Retried => "retried",
            Self::TakenDown => "taken_down",
            Self::Reconsidered => "reconsidered",
        }
    }
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|change| change.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no change of a video"))
    }
}

/// One line of a video's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineLine {
    pub at: Timestamp,
    pub what: Change,
    /// None for the line that says it was added.
    pub from: Option<State>,
    pub to: State,
    /// Who or what did it: `import ID`, `injector`, `operator`.
    pub by: String,
    /// The evidence: an event's digest, the changed columns, a reason.
    pub detail: Option<String>,
}

impl TimelineLine {
    /// Whether an import of the catalog did it.
    pub fn is_of_import(&self) -> bool {
        self.by.starts_with("import ")
    }
}
