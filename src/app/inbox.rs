//! The inbox: one task that takes callbacks, writes them group by group, and answers when they are on disk.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use metrics::{counter, histogram};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::{App, Error, Result, loops::panic_words};
use crate::{
    backoff::Backoff,
    catalog::{KeptEvent, Subject},
    fault_points,
    model::{
        Alarm, Change, Digest, Element, Guid, Outcome, Report, TimelineLine, Timestamp, Verdict,
        VideoId,
    },
    telemetry,
};

/// Its name among the background loops.
const NAME: &str = "inbox";
/// The waits before the inbox goes on after a panic. Whoever comes meanwhile waits too, so they stay short.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// An inbox that has run so long without a panic waits no longer than the first time.
const FORGIVEN: Duration = Duration::from_mins(1);

/// What became of a delivery: how many events are new, how many were known, and the new ones by outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stored {
    pub stored: usize,
    pub known: usize,
    pub outcomes: BTreeMap<&'static str, usize>,
}

/// Where deliveries are handed in.
#[derive(Debug)]
pub(super) struct Inbox(Mutex<Option<mpsc::Sender<Delivery>>>);

/// One callback, and whoever waits for it to be on disk.
#[derive(Debug)]
pub(super) struct Delivery {
    elements: Vec<Element>,
    answer: oneshot::Sender<Result<Stored>>,
}

impl Inbox {
    pub(super) fn new(queue: usize) -> (Self, mpsc::Receiver<Delivery>) {
        let (sender, receiver) = mpsc::channel(queue);
        (Self(Mutex::new(Some(sender))), receiver)
    }

    pub(super) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn sender(&self) -> Option<mpsc::Sender<Delivery>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl App {
    /// Stores a callback's events and applies them; answers when they are on disk. They are stored also when the caller
    /// goes away meanwhile.
    ///
    /// # Errors
    /// [`Error::Busy`] when the database is away or the queue is full: nothing is stored, the sender should repeat.
    pub async fn deliver(&self, elements: Vec<Element>) -> Result<Stored> {
        let (answer, answered) = oneshot::channel();
        let sender = self.inbox.sender().ok_or(Error::Busy(None))?;
        sender
            .try_send(Delivery { elements, answer })
            .map_err(|_full| Error::Busy(None))?;
        // Nobody answers where writing it panicked, or the inbox has ended.
        answered.await.map_err(|_gone| Error::Busy(None))?
    }
}

/// Keeps the inbox running until every sender is gone or the storage can't be trusted: whoever still waits then is told to
/// come back, and so is everybody whose group panics.
pub(super) async fn run(app: Arc<App>, mut deliveries: mpsc::Receiver<Delivery>) {
    let mut waits = Backoff::bounded(FIRST_WAIT, LONGEST_WAIT);
    loop {
        let started = Instant::now();
        let writing = AssertUnwindSafe(write_groups(&app, &mut deliveries)).catch_unwind();
        let Err(panic) = writing.await else {
            return;
        };
        app.loop_panicked(NAME, panic_words(&*panic));
        if started.elapsed() > FORGIVEN {
            waits.reset();
        }
        tokio::time::sleep(waits.longer()).await;
    }
}

/// Takes deliveries, and writes what lies there in one transaction at a time.
async fn write_groups(app: &App, deliveries: &mut mpsc::Receiver<Delivery>) {
    while let Some(first) = deliveries.recv().await {
        let group = gather(first, deliveries, app.config.load().callback.group);
        fault_points::pass("inbox.group");
        let started = Instant::now();
        let written = app.write_group(&group).await;
        histogram!(telemetry::CALLBACK_COMMIT_SECONDS).record(started.elapsed());
        if written.is_err() {
            // Only a write clears it: a group of what is known already writes nothing.
            app.refuses_writes.store(true, Ordering::Relaxed);
        }
        answer(group, written);
        if app.catalog.is_distrusted() {
            return;
        }
    }
}

fn gather(first: Delivery, waiting: &mut mpsc::Receiver<Delivery>, limit: usize) -> Vec<Delivery> {
    let mut events = first.elements.len();
    let mut group = vec![first];
    while events < limit
        && let Ok(next) = waiting.try_recv()
    {
        events += next.elements.len();
        group.push(next);
    }
    group
}

/// Tells everybody who waits how it ended. Of events that came in several deliveries, the first one stored them.
fn answer(group: Vec<Delivery>, written: Result<HashMap<Digest, Outcome>>) {
    let mut filed = match written {
        Ok(filed) => filed,
        Err(error) => {
            warn!(
                error = &error as &dyn std::error::Error,
                "could not store {} callbacks",
                group.len()
            );
            for delivery in group {
                // Nobody listens any more where the client has gone away.
                let _gone = delivery.answer.send(Err(Error::Busy(None)));
            }
            return;
        }
    };
    for delivery in group {
        let mut stored = Stored::default();
        for element in &delivery.elements {
            match filed.remove(&element.digest) {
                Some(outcome) => {
                    stored.stored += 1;
                    *stored.outcomes.entry(outcome.as_str()).or_default() += 1;
                }
                None => stored.known += 1,
            }
        }
        let _gone = delivery.answer.send(Ok(stored));
    }
}

impl App {
    async fn write_group(&self, group: &[Delivery]) -> Result<HashMap<Digest, Outcome>> {
        let mut elements = Vec::new();
        let mut seen = HashSet::new();
        for element in group.iter().flat_map(|delivery| &delivery.elements) {
            if seen.insert(element.digest) {
                elements.push(element);
            }
        }
        histogram!(telemetry::CALLBACK_GROUP_EVENTS)
            .record(u32::try_from(elements.len()).unwrap_or(u32::MAX));
        if elements.is_empty() {
            return Ok(HashMap::new());
        }
        self.uncontended("callbacks", || self.write_events(&elements))
            .await
    }

    /// Keeps events and applies them to their videos, in one transaction.
    async fn write_events(&self, elements: &[&Element]) -> Result<HashMap<Digest, Outcome>> {
        let now = self.clock.now();
        let mut guids = elements
            .iter()
            .filter_map(|element| element.guid.clone())
            .collect::<Vec<_>>();
        guids.sort_unstable();
        guids.dedup();
        let digests = elements
            .iter()
            .map(|element| element.digest)
            .collect::<Vec<_>>();
        let mut tx = self.catalog.begin_for_callbacks().await?;
        // The videos are locked before the events are looked up: a daemon that waited here then sees what the other kept.
        let mut book = Book::new(tx.subjects(&guids).await?);
        let known = tx.known_events(&digests).await?;
        let fresh = elements
            .iter()
            .filter(|element| !known.contains(&element.digest));
        let mut kept = fresh
            .map(|element| book.file(element, now, || self.random.id(now)))
            .collect::<Vec<_>>();
        kept.sort_unstable_by_key(|event| event.element.digest);
        let policy = self.shape.load().policy;
        tx.file_events(&kept, &book.moved(), &book.lines, policy, now)
            .await?;
        let conflicts = kept.iter().filter(|event| event.is_conflict());
        tx.count_conflicts(conflicts.count(), now).await?;
        fault_points::pass("inbox.before_commit");
        tx.commit().await?;
        fault_points::pass("inbox.after_commit");
        self.noted.reports(kept.iter().map(|event| event.outcome));
        Ok(report(&kept))
    }
}

/// Counts and logs what was stored, once it is.
fn report(kept: &[KeptEvent<'_>]) -> HashMap<Digest, Outcome> {
    for event in kept {
        counter!(telemetry::CALLBACK_EVENTS, "outcome" => event.outcome.as_str()).increment(1);
        if let Some(alarm) = event.alarm {
            counter!(telemetry::ALARMS, "kind" => alarm).increment(1);
            let guid = event.element.guid.as_ref().map_or("", Guid::as_str);
            warn!(event.digest = %event.element.digest, video.guid = guid, alarm, "an event needs a look: {alarm}");
        }
    }
    kept.iter()
        .map(|event| (event.element.digest, event.outcome))
        .collect()
}

/// The videos that a group of events speaks of, and what the events did to them.
struct Book {
    subjects: HashMap<Guid, Entry>,
    lines: Vec<(VideoId, String, TimelineLine)>,
}

struct Entry {
    subject: Subject,
    moved: bool,
}

impl Book {
    fn new(subjects: Vec<Subject>) -> Self {
        let entry = |subject: Subject| {
            (
                subject.guid.clone(),
                Entry {
                    subject,
                    moved: false,
                },
            )
        };
        Self {
            subjects: subjects.into_iter().map(entry).collect(),
            lines: Vec::new(),
        }
    }

    /// Applies one event and says how it is filed.
    fn file<'a>(
        &mut self,
        element: &'a Element,
        now: Timestamp,
        line_id: impl FnOnce() -> String,
    ) -> KeptEvent<'a> {
        let filed = |outcome, alarm: Option<Alarm>, epoch| KeptEvent {
            element,
            outcome,
            alarm: alarm.map(Alarm::as_str),
            epoch,
        };
        let Ok(report) = &element.report else {
            return filed(Outcome::Malformed, None, None);
        };
        let Some(entry) = element
            .guid
            .as_ref()
            .and_then(|guid| self.subjects.get_mut(guid))
        else {
            return filed(Outcome::Orphan, None, None);
        };
        let epoch = entry.subject.standing.retry_epoch;
        let (verdict, line) = apply(&mut entry.subject, report, &element.digest, now);
        if let Some(line) = line {
            entry.moved = true;
            self.lines.push((entry.subject.id.clone(), line_id(), line));
        }
        filed(verdict.outcome, verdict.alarm, Some(epoch))
    }

    fn moved(&self) -> Vec<&Subject> {
        let mut moved = self
            .subjects
            .values()
            .filter(|entry| entry.moved)
            .map(|entry| &entry.subject)
            .collect::<Vec<_>>();
        moved.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        moved
    }
}

/// Lets a report act on a video; the line says what it changed, if anything.
fn apply(
    subject: &mut Subject,
    report: &Report,
    digest: &Digest,
    now: Timestamp,
) -> (Verdict, Option<TimelineLine>) {
    let before = subject.standing.clone();
    let verdict = subject.standing.receive(report, now);
    let line = (subject.standing != before).then(|| TimelineLine {
        at: now,
        what: Change::Reported,
        from: Some(before.state),
        to: subject.standing.state,
        by: "injector".to_owned(),
        detail: Some(format!("event {digest}")),
    });
    (verdict, line)
}
