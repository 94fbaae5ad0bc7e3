//! A kept source: an address that is read again and again, and how its rows become ours.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{CreatorId, Digest, ImportId, SourceId, Timestamp};

/// The first wait after a pull that did not succeed; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_mins(1);
/// The longest wait that a server's own word brings about.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// How foreign rows become ours, as an operator writes it: the options of `mcnd import` by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// `csv`, `jsonl` or `mrss`; none leaves it to the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Pairs `theirs=ours` of columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<String>,
    /// Pairs `field=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default: Vec<String>,
    /// Pairs `theirs=ours` of categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<String>,
    /// What goes before every guid, for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid_prefix: Option<String>,
    /// Whether an item of a feed that has no guid gets one made of its address.
    pub derive_guid: bool,
}

/// An address that is read again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub id: SourceId,
    /// Whose videos its rows are; none where a column says so.
    pub creator: Option<CreatorId>,
    /// Without credentials; its query may hold a key.
    pub url: String,
    /// A file that holds `user:password` for it.
    pub credentials_file: Option<String>,
    pub recipe: Recipe,
    /// From one pull to the next; none for a source that is only pulled by hand.
    pub every: Option<Duration>,
    pub paused: bool,
    pub added_at: Timestamp,
    /// When it is pulled next by itself.
    pub due_at: Option<Timestamp>,
    /// Pulls in a row that did not succeed.
    pub failures: i64,
    /// Of the last document that was applied.
    pub known: KnownDocument,
    /// Items of a document that is not applied until somebody agrees.
    pub waiting_items: Option<i64>,
    pub last: Option<LastPull>,
}

/// What tells the last document that was applied from another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownDocument {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub digest: Option<Digest>,
    /// How many rows it had, wrong ones included.
    pub items: Option<i64>,
}

/// How the last pull ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastPull {
    pub at: Timestamp,
    pub outcome: PullOutcome,
    /// What stood in the way, or which rows were wrong.
    pub message: Option<String>,
    /// The import that it was, or that applied what has not changed since.
    pub import: Option<ImportId>,
}

/// How a pull ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullOutcome {
    /// Its rows are in the catalog.
    Applied,
    /// The document is the one that was applied last.
    Unchanged,
    /// The document lost too many items; an operator must agree first.
    Waiting,
    /// There was no document that could be used; the catalog stays as it was.
    Failed,
}

impl PullOutcome {
    /// Whether the rows of the document at the address are in the catalog.
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Applied | Self::Unchanged)
    }

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for PullOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PullOutcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Applied, Self::Unchanged, Self::Waiting, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no outcome of a pull"))
    }
}

impl Source {
    /// Whether a document with so many items lost so many that an operator must agree first: it has fewer than 80 % of the
    /// last one that was applied, or of the one that waits where an operator has `agreed` to that (reliability 4.5).
    pub fn shrinks_to(&self, items: i64, agreed: bool) -> bool {
        let agreed = self.waiting_items.filter(|_| agreed);
        let before = agreed.or(self.known.items).unwrap_or_default();
        items.saturating_mul(5) < before.saturating_mul(4)
    }

    /// Notes how a pull ended, and when the next one is due if the source is not paused then. `luck`, from 0 to 1, spreads
    /// sources that began together; `asked` is how long the server wants to be left alone.
    pub fn end_pull(&mut self, last: LastPull, asked: Option<Duration>, luck: f64) {
        let failed = last.outcome == PullOutcome::Failed;
        self.failures = if failed { self.failures + 1 } else { 0 };
        let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
        self.due_at = self.every.map(|every| {
            // Up to a tenth later, or a failed one up to half as late again: never a crowd at one moment.
            let (wait, spread) = if failed {
                (self.after_failure(every), 0.5)
            } else {
                (every, 0.1)
            };
            let wait = wait.mul_f64(1.0 + spread * luck).min(every.mul_f64(1.1));
            last.at.after(wait.max(asked))
        });
        self.last = Some(last);
    }

    fn after_failure(&self, every: Duration) -> Duration {
        let doublings = u32::try_from(self.failures - 1).unwrap_or_default().min(20);
        every.min(FIRST_WAIT.saturating_mul(1 << doublings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(items: Option<i64>) -> Source {
        Source {
            id: "a".parse().unwrap(),
            creator: None,
            url: String::new(),
            credentials_file: None,
            recipe: Recipe::default(),
            every: Some(Duration::from_mins(10)),
            paused: false,
            added_at: Timestamp::from_millis(0),
            due_at: None,
            failures: 0,
            known: KnownDocument {
                items,
                ..KnownDocument::default()
            },
            waiting_items: None,
            last: None,
        }
    }

    fn ended(outcome: PullOutcome) -> LastPull {
        LastPull {
            at: Timestamp::from_millis(0),
            outcome,
            message: None,
            import: None,
        }
    }

    #[test]
    fn a_fifth_may_go_and_no_more() {
        for (before, now, shrinks) in [
            (None, 0, false),
            (Some(0), 0, false),
            (Some(10), 8, false),
            (Some(10), 7, true),
            (Some(1), 0, true),
            (Some(3), 2, true),
            (Some(i64::MAX), i64::MAX, false),
        ] {
            let found = source(before).shrinks_to(now, false);
            assert_eq!(found, shrinks, "{before:?} {now}");
        }
    }

    #[test]
    fn who_agrees_agrees_to_what_waits_and_to_no_less() {
        let mut source = source(Some(100));
        source.waiting_items = Some(50);
        assert!(source.shrinks_to(50, false));
        assert!(!source.shrinks_to(50, true));
        assert!(source.shrinks_to(39, true));
        assert!(!source.shrinks_to(90, true));
    }

    #[test]
    fn failures_wait_longer_and_longer_but_no_longer_than_the_period() {
        let mut source = source(None);
        let mut waits = Vec::new();
        for _ in 0..6 {
            source.end_pull(ended(PullOutcome::Failed), None, 0.0);
            waits.push(source.due_at.unwrap().as_millis() / 60_000);
        }
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
        source.end_pull(ended(PullOutcome::Unchanged), None, 1.0);
        assert_eq!(source.due_at, Some(Timestamp::from_millis(660_000)));
        assert_eq!(source.failures, 0);
    }

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_asks_within_a_day() {
        let mut source = source(None);
        let day = Timestamp::from_millis(86_400_000);
        for (asked, due) in [(3600, 3_600_000), (10_000_000, day.as_millis())] {
            let asked = Some(Duration::from_secs(asked));
            source.end_pull(ended(PullOutcome::Failed), asked, 0.0);
            assert_eq!(source.due_at, Some(Timestamp::from_millis(due)));
        }
    }

    #[test]
    fn what_is_pulled_by_hand_is_never_due() {
        let mut by_hand = source(None);
        by_hand.every = None;
        by_hand.end_pull(ended(PullOutcome::Applied), None, 0.5);
        assert_eq!(by_hand.due_at, None);
    }

    #[test]
    fn no_wait_is_longer_than_the_period_and_a_tenth_unless_the_server_asks() {
        let mut source = source(None);
        source.failures = 100;
        for outcome in [PullOutcome::Failed, PullOutcome::Applied] {
            source.end_pull(ended(outcome), None, 1.0);
            assert_eq!(source.due_at, Some(Timestamp::from_millis(660_000)));
        }
    }
}
