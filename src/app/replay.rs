//! Kept events, derived again through the rules of their arrival. None of them becomes a new arrival.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde_json::json;

use super::{App, Result, audit::told};
use crate::{
    catalog::{EventRange, FiledEvent, Filing, Refiled, Subject, Tx},
    model::{
        Action, Actor, Change, Digest, Element, Guid, Outcome, Report, TimelineLine, Timestamp,
        Verdict, VideoId,
    },
};

/// Where a walk over events stands.
pub type EventPlace = (Timestamp, Digest);

/// What became of replayed events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// By the outcome under which they were filed.
    pub outcomes: BTreeMap<Outcome, ReplayedOutcome>,
}

/// What became of those of one outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayedOutcome {
    pub looked_at: u64,
    /// Nothing could be read again: retention has dropped their text.
    pub without_text: u64,
    /// They changed where their video stands.
    pub moved: u64,
    /// They are filed anew, by the outcome they have now.
    pub filed_as: BTreeMap<Outcome, u64>,
}

impl Replayed {
    /// How many events were looked at.
    pub fn looked_at(&self) -> u64 {
        self.outcomes.values().map(|one| one.looked_at).sum()
    }
}

impl App {
    /// How many events are in the range.
    pub async fn count_events(&self, range: &EventRange) -> Result<u64> {
        let count = self.catalog.count_events(range).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The newest events of the range, newest first.
    pub async fn newest_in(&self, range: &EventRange, limit: i64) -> Result<Vec<FiledEvent>> {
        Ok(self.catalog.newest_in(range, limit).await?)
    }

    /// Replays one event.
    ///
    /// # Errors
    /// [`super::Error::NotFound`].
    pub async fn replay_event(self: &Arc<Self>, by: &Actor, digest: &Digest) -> Result<Replayed> {
        let event = self.event(digest).await?;
        let (app, by) = (Arc::clone(self), by.clone());
        self.detached(async move {
            app.uncontended("replay", || app.replay_once(&by, &event))
                .await
        })
        .await
    }

    async fn replay_once(&self, by: &Actor, event: &FiledEvent) -> Result<Replayed> {
        let mut tx = self.catalog.begin().await?;
        let story = self
            .replay_in(&mut tx, std::slice::from_ref(event), "replay")
            .await?;
        let mut line = self.audit_line(by, Action::ReplayEvents, event.digest.to_string());
        line.after = told(&json!({
            "moved": story.moved().len(), "filed_anew": story.refiled.len(),
        }));
        tx.add_audit(&line).await?;
        tx.commit().await?;
        Ok(story.replayed)
    }

    /// Replays events in a transaction; `teller` stands in the timelines of the videos that they move.
    pub(super) async fn replay_in(
        &self,
        tx: &mut Tx,
        events: &[FiledEvent],
        teller: &str,
    ) -> Result<Story> {
        let now = self.clock.now();
        let read = |event: &FiledEvent| {
            let raw = event.raw.as_ref()?;
            Some(Element::read(raw.as_bytes()))
        };
        let elements: Vec<_> = events.iter().map(read).collect();
        let mut guids: Vec<_> = elements
            .iter()
            .flatten()
            .filter_map(|element| element.guid.clone())
            .collect();
        guids.sort_unstable();
        guids.dedup();
        let digests: Vec<_> = events.iter().map(|event| event.digest).collect();
        // Like an arrival: videos are locked first, then it is read how the events are filed by now.
        let mut story = Story::new(teller, tx.subjects(&guids).await?);
        let filings: HashMap<_, _> = tx.filings(&digests).await?.into_iter().collect();
        for (event, element) in events.iter().zip(&elements) {
            if let Some(filing) = filings.get(&event.digest) {
                story.replay(event, *filing, element.as_ref(), now, || {
                    self.random.id(now)
                });
            }
        }
        let moved = story.moved();
        if !moved.is_empty() {
            let policy = tx.feed_policy().await?;
            tx.file_events(&[], &moved, &story.lines, policy, now)
                .await?;
        }
        tx.file_again(&story.refiled).await?;
        Ok(story)
    }
}

/// The videos that a chunk of events speaks of, and what replaying did.
pub(super) struct Story {
    /// What timelines say of who moved a video.
    teller: String,
    subjects: HashMap<Guid, (Subject, bool)>,
    lines: Vec<(VideoId, String, TimelineLine)>,
    refiled: Vec<Refiled>,
    replayed: Replayed,
}

impl Story {
    fn new(teller: &str, subjects: Vec<Subject>) -> Self {
        let entry = |subject: Subject| (subject.guid.clone(), (subject, false));
        Self {
            teller: teller.to_owned(),
            subjects: subjects.into_iter().map(entry).collect(),
            lines: Vec::new(),
            refiled: Vec::new(),
            replayed: Replayed::default(),
        }
    }

    /// How many events are filed anew.
    pub(super) fn filed_anew(&self) -> usize {
        self.refiled.len()
    }

    fn moved(&self) -> Vec<&Subject> {
        let moved = self.subjects.values().filter(|(_subject, moved)| *moved);
        let mut moved: Vec<_> = moved.map(|(subject, _moved)| subject).collect();
        moved.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        moved
    }

    /// Replays one event. One that was applied before and changes nothing keeps its filing, unless that contradicts its
    /// text: history is not judged anew by what came later.
    fn replay(
        &mut self,
        event: &FiledEvent,
        filing: Filing,
        element: Option<&Element>,
        now: Timestamp,
        line_id: impl FnOnce() -> String,
    ) {
        let tally = self.replayed.outcomes.entry(filing.outcome).or_default();
        tally.looked_at += 1;
        let Some(element) = element else {
            tally.without_text += 1;
            return;
        };
        let (verdict, epoch, line) = match &element.report {
            Err(_odd) => (unapplied(Outcome::Malformed), None, None),
            Ok(report) => apply(&mut self.subjects, event, filing, report, element, now),
        };
        let tally = self.replayed.outcomes.entry(filing.outcome).or_default();
        let moved = line.is_some();
        if let Some((video, mut line)) = line {
            tally.moved += 1;
            line.by.clone_from(&self.teller);
            self.lines.push((video, line_id(), line));
        }
        let stands = filing.epoch.is_some() == epoch.is_some()
            && filing.outcome.fits(&element.report)
            && element.guid.as_ref().map(Guid::as_str) == event.guid.as_deref();
        if stands && !moved {
            return;
        }
        *tally.filed_as.entry(verdict.outcome).or_default() += 1;
        self.refiled.push(Refiled {
            digest: event.digest,
            guid: element.guid.clone(),
            verdict,
            epoch,
        });
    }
}

fn unapplied(outcome: Outcome) -> Verdict {
    Verdict {
        outcome,
        alarm: None,
    }
}

type Applied = (Verdict, Option<i64>, Option<(VideoId, TimelineLine)>);

/// Lets a report act on its video again: the verdict, the epoch in which it counts, and the line where it moved something.
fn apply(
    subjects: &mut HashMap<Guid, (Subject, bool)>,
    event: &FiledEvent,
    filing: Filing,
    report: &Report,
    element: &Element,
    now: Timestamp,
) -> Applied {
    let found = element
        .guid
        .as_ref()
        .and_then(|guid| subjects.get_mut(guid));
    let Some((subject, moved)) = found else {
        return (unapplied(Outcome::Orphan), None, None);
    };
    // What was never applied counts as if it had come before its video, as an import would have it.
    let epoch = filing.epoch.unwrap_or(0);
    let before = subject.standing.clone();
    let verdict = subject
        .standing
        .receive_again(report, epoch, event.received_at);
    if subject.standing == before {
        return (verdict, Some(epoch), None);
    }
    *moved = true;
    let line = TimelineLine {
        at: now,
        what: Change::Reported,
        from: Some(before.state),
        to: subject.standing.state,
        by: String::new(),
        detail: Some(format!("event {}", event.digest)),
    };
    (verdict, Some(epoch), Some((subject.id.clone(), line)))
}
