//! Stretches of a walk: read ahead without holding anything up, then carried out a chunk at a time. Each chunk is one
//! transaction that also notes how far the job has come.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    plan::{bounded, is_meant},
    walk::LEASE,
};
use crate::{
    app::{
        App, Error, Result,
        audit::told,
        replay::EventPlace,
        videos::{offer_again, take_down},
    },
    catalog::{BulkJob, BulkTask, Candidate, FiledEvent, Tx, VideoQuery},
    config::DatabaseKind,
    fault_points,
    model::{
        Action, Actor, BulkJobId, BulkResult, Change, Creator, CreatorId, CreatorStatus, Guid,
        State, TimelineLine, Timestamp, VideoId,
    },
};

/// Videos read ahead.
const AHEAD: usize = 2_000;
/// Videos moved in one transaction. On SQLite every callback waits until it has ended, on Postgres those alone that speak of
/// the same creators, and only for its last moments.
const VIDEOS_ON_SQLITE: usize = 200;
const VIDEOS_ON_POSTGRES: usize = 500;
/// Events replayed in one.
const EVENTS: i64 = 100;
/// Creators changed in one.
const CREATORS: i64 = 50;

/// What one transaction is about.
pub(super) struct Chunk {
    things: Things,
    /// Where the walk stands once it is done.
    to: String,
}

enum Things {
    Videos(Vec<(VideoId, Guid)>),
    Events(Vec<FiledEvent>),
    Creators(Vec<CreatorId>),
}

impl Chunk {
    /// How many things it is about.
    pub(super) fn len(&self) -> u64 {
        let things = match &self.things {
            Things::Videos(videos) => videos.len(),
            Things::Events(events) => events.len(),
            Things::Creators(creators) => creators.len(),
        };
        things as u64
    }
}

/// What became of the things of a chunk.
#[derive(Default)]
struct Fates {
    done: usize,
    /// Left alone without a word: they have their effect already.
    unchanged: usize,
    results: Vec<BulkResult>,
}

impl App {
    /// The next chunks of a job; none at its end.
    pub(super) async fn read_ahead(&self, job: &BulkJob) -> Result<Vec<Chunk>> {
        let after = job.walked_to.as_deref();
        match &job.task {
            BulkTask::Retry { query, .. } | BulkTask::TakeDown(query) => {
                self.videos_ahead(query, after, job).await
            }
            BulkTask::Replay(range) => {
                let range = bounded(range, confirmed_at(job)?);
                let after = after.map(place).transpose()?;
                let events = self.catalog.walk_events(&range, after, EVENTS).await?;
                let last = events.last();
                let to =
                    last.map(|last| format!("{}.{}", last.received_at.as_millis(), last.digest));
                Ok(chunk(Things::Events(events), to))
            }
            BulkTask::Pause(_) | BulkTask::Resume(_) => {
                let after = after.map(str::parse::<CreatorId>).transpose();
                let after = after.map_err(Error::internal)?;
                let page = self.catalog.list_creators(after.as_ref(), CREATORS).await?;
                let to = page.last().map(|last| last.id.to_string());
                let ids = page.into_iter().map(|creator| creator.id);
                Ok(chunk(Things::Creators(ids.collect()), to))
            }
            BulkTask::Unreadable { why, .. } => Err(Error::internal(why.clone())),
        }
    }

    async fn videos_ahead(
        &self,
        query: &VideoQuery,
        after: Option<&str>,
        job: &BulkJob,
    ) -> Result<Vec<Chunk>> {
        let after = after.map(|id| VideoId::from(id.to_owned()));
        let ahead = self
            .catalog
            .walk_videos(query, after.as_ref(), mark(job)?, AHEAD);
        let ahead = ahead.await?;
        let at_once = match self.config.load().database.kind() {
            DatabaseKind::Sqlite => VIDEOS_ON_SQLITE,
            DatabaseKind::Postgres => VIDEOS_ON_POSTGRES,
        };
        let mut chunks: Vec<_> = ahead
            .videos
            .chunks(at_once)
            .map(|videos| Chunk {
                to: videos
                    .last()
                    .map_or_else(String::new, |(id, _)| id.to_string()),
                things: Things::Videos(videos.to_vec()),
            })
            .collect();
        if let Some(next) = ahead.next {
            let to = next.to_string();
            match chunks.last_mut() {
                Some(last) => last.to = to,
                None => chunks = chunk(Things::Videos(Vec::new()), Some(to)),
            }
        }
        Ok(chunks)
    }

    /// Carries out a chunk, if the job still runs and is still whoever's who has this lease; answers how it stands then.
    pub(super) async fn walk_chunk(
        &self,
        id: &BulkJobId,
        lease: &str,
        chunk: &Chunk,
    ) -> Result<Option<BulkJob>> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        let Some(mut job) = tx.hold_bulk_job(id, lease, now, LEASE).await? else {
            return Ok(None);
        };
        let fates = match &chunk.things {
            Things::Videos(videos) => self.move_videos(&mut tx, &job, videos, now).await?,
            Things::Events(events) => self.replay_events(&mut tx, &job, events).await?,
            Things::Creators(ids) => self.change_creators(&mut tx, &job, ids, now).await?,
        };
        let count = |count| i64::try_from(count).unwrap_or(i64::MAX);
        job.counts.done += count(fates.done);
        job.counts.unchanged += count(fates.unchanged);
        for result in &fates.results {
            job.counts.note(result.outcome);
        }
        job.walked_to = Some(chunk.to.clone());
        tx.note_bulk_job(&job, &fates.results).await?;
        fault_points::pass("bulk.before_commit");
        tx.commit().await?;
        fault_points::pass("bulk.after_commit");
        Ok(Some(job))
    }

    async fn move_videos(
        &self,
        tx: &mut Tx,
        job: &BulkJob,
        videos: &[(VideoId, Guid)],
        now: Timestamp,
    ) -> Result<Fates> {
        let (BulkTask::Retry { query, .. } | BulkTask::TakeDown(query)) = &job.task else {
            return Ok(Fates::default());
        };
        let policy = tx.feed_policy().await?;
        let ids: Vec<_> = videos.iter().map(|(id, _guid)| id.clone()).collect();
        let found = tx.own_candidates(query, &ids, mark(job)?).await?;
        let mut missed: BTreeMap<_, _> = videos.iter().map(|(id, guid)| (id, guid)).collect();
        let (mut fates, mut moved) = (Fates::default(), Vec::new());
        for mut candidate in found {
            missed.remove(&candidate.subject.id);
            if is_down_already(&job.task, &candidate) {
                continue;
            }
            let guid = candidate.subject.guid.to_string();
            let before = candidate.subject.standing.state;
            if candidate.changed && !query.finds_for_ever() {
                fates.results.push(BulkResult::unchanged(guid, CHANGED));
                continue;
            }
            match act(&job.task, &mut candidate, now) {
                Err(Error::Conflict(why)) => fates.results.push(BulkResult::refused(guid, why)),
                acted => {
                    let line = line(job, acted?, before, &candidate, now);
                    moved.push((candidate, self.random.id(now), line));
                }
            }
        }
        let missed = missed.into_values();
        let missed = missed.map(|guid| BulkResult::unchanged(guid.to_string(), NO_MORE));
        fates.results.extend(missed);
        fates.done = moved.len();
        tx.save_candidates(&moved, policy, now).await?;
        Ok(fates)
    }

    async fn replay_events(
        &self,
        tx: &mut Tx,
        job: &BulkJob,
        events: &[FiledEvent],
    ) -> Result<Fates> {
        let story = self
            .replay_in(tx, events, &format!("replay of job {}", job.id))
            .await?;
        let textless = events.iter().filter(|event| event.raw.is_none());
        let results: Vec<_> = textless
            .map(|event| BulkResult::refused(event.digest.to_string(), NO_TEXT))
            .collect();
        let done = story.filed_anew();
        Ok(Fates {
            done,
            unchanged: events.len().saturating_sub(done + results.len()),
            results,
        })
    }

    async fn change_creators(
        &self,
        tx: &mut Tx,
        job: &BulkJob,
        ids: &[CreatorId],
        now: Timestamp,
    ) -> Result<Fates> {
        let (choice, from, to) = match &job.task {
            BulkTask::Pause(choice) => (choice, CreatorStatus::Active, CreatorStatus::Paused),
            BulkTask::Resume(choice) => (choice, CreatorStatus::Paused, CreatorStatus::Active),
            _ => return Ok(Fates::default()),
        };
        let confirmed_at = confirmed_at(job)?;
        let is_meant =
            |creator: &Creator| is_meant(creator, choice, from) && creator.added_at <= confirmed_at;
        let mut fates = Fates::default();
        for id in ids {
            let Some(creator) = tx.own_creator(id).await?.filter(is_meant) else {
                continue;
            };
            if tx.has_status_changed_since(id, confirmed_at).await? {
                let result = BulkResult::unchanged(id.to_string(), CHANGED);
                fates.results.push(result);
                continue;
            }
            self.change_status(tx, job, creator, to, now).await?;
            fates.done += 1;
        }
        Ok(fates)
    }

    async fn change_status(
        &self,
        tx: &mut Tx,
        job: &BulkJob,
        mut creator: Creator,
        to: CreatorStatus,
        now: Timestamp,
    ) -> Result<()> {
        let from = creator.status;
        creator.status = to;
        if creator.mode.relists() {
            tx.prepare_to_relist(&creator.id, now).await?;
        }
        tx.set_creator(&creator, now).await?;
        let by = confirmed_by(job);
        let mut audit = self.audit_line(&by, Action::ChangeCreator, creator.id.as_str());
        audit.before = told(&json!({ "status": from.as_str() }));
        audit.after = told(&json!({ "status": to.as_str(), "job": job.id }));
        Ok(tx.add_audit(&audit).await?)
    }
}

const CHANGED: &str = "it was changed after the job was confirmed";
const NO_MORE: &str = "the query finds it no more";
const NO_TEXT: &str = "its text is no longer kept (`retention.event_raw`)";

/// One chunk, or none where there is nothing more.
fn chunk(things: Things, to: Option<String>) -> Vec<Chunk> {
    to.map(|to| Chunk { things, to }).into_iter().collect()
}

/// Moves a video as the task says; answers what that is called.
fn act(task: &BulkTask, candidate: &mut Candidate, now: Timestamp) -> Result<Change> {
    let subject = &mut candidate.subject;
    if let BulkTask::Retry { at, .. } = task {
        offer_again(&subject.guid, &candidate.broken, &mut subject.standing)?;
        (candidate.waiting_since, candidate.retry_at) = (Some(now), *at);
        return Ok(Change::Retried);
    }
    take_down(&subject.guid, &mut subject.standing)?;
    Ok(Change::TakenDown)
}

/// Whoever takes down what a query finds does not mean what is down already, unless that is what the query asks for.
fn is_down_already(task: &BulkTask, candidate: &Candidate) -> bool {
    let removed = candidate.subject.standing.state == State::Removed;
    removed && matches!(task, BulkTask::TakeDown(query) if query.state.is_none())
}

fn line(
    job: &BulkJob,
    what: Change,
    before: State,
    candidate: &Candidate,
    now: Timestamp,
) -> TimelineLine {
    TimelineLine {
        at: now,
        what,
        from: Some(before),
        to: candidate.subject.standing.state,
        by: confirmed_by(job).name,
        detail: Some(format!("job {}", job.id)),
    }
}

/// Whoever agreed to the job; where they were then stands in the audit's line of that.
fn confirmed_by(job: &BulkJob) -> Actor {
    let name = job.confirmed_by.clone();
    name.map_or_else(Actor::program, |name| Actor {
        name,
        session: None,
        address: None,
        once: None,
    })
}

fn confirmed_at(job: &BulkJob) -> Result<Timestamp> {
    let unconfirmed = || Error::internal("a job is walked that nobody confirmed");
    job.confirmed_at.ok_or_else(unconfirmed)
}

fn mark(job: &BulkJob) -> Result<&str> {
    let unmarked = || Error::internal("a job is walked that has no mark");
    job.mark.as_deref().ok_or_else(unmarked)
}

fn place(text: &str) -> Result<EventPlace> {
    let read = || {
        let (at, digest) = text.split_once('.')?;
        let at = Timestamp::from_millis(at.parse().ok()?);
        Some((at, digest.parse().ok()?))
    };
    read().ok_or_else(|| Error::internal(format!("`{text}` is no place of a walk over events")))
}
