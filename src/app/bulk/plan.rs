//! What a job would be done to: counted exactly, and the first ones shown.

use std::time::{Duration, Instant};

use crate::{
    app::{App, Result},
    catalog::{BulkJob, BulkTask, CreatorChoice, EventRange, VideoQuery},
    model::{Creator, CreatorId, CreatorStatus, PageSize, State, Timestamp, Video, VideoOrder},
};

/// Things that a plan shows.
const SAMPLE: usize = 20;
/// How long a sample is gathered; a page may be short or empty.
const PATIENCE: Duration = Duration::from_secs(1);
/// Creators read in one go.
const CREATORS: i64 = 500;

/// One thing that a plan would be done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkSample {
    /// A guid, an event's digest, a creator's id.
    pub subject: String,
    /// A title, a name, what an event is about.
    pub title: String,
    /// Where it stands.
    pub standing: String,
}

impl App {
    /// How many things a task would be done to just now.
    pub(super) async fn count_bulk(&self, task: &BulkTask) -> Result<i64> {
        match task {
            BulkTask::Retry { query, .. } => Ok(self.catalog.count_videos_exactly(query).await?),
            BulkTask::TakeDown(query) => self.count_standing(query).await,
            BulkTask::Replay(range) => {
                let range = bounded(range, self.clock.now());
                let count = self.count_events(&range).await?;
                Ok(i64::try_from(count).unwrap_or(i64::MAX))
            }
            BulkTask::Pause(choice) => self.count_creators(choice, CreatorStatus::Active).await,
            BulkTask::Resume(choice) => self.count_creators(choice, CreatorStatus::Paused).await,
            BulkTask::Unreadable { .. } => Ok(0),
        }
    }

    /// Videos that a query finds and that are not taken down already, unless it asks for those.
    async fn count_standing(&self, query: &VideoQuery) -> Result<i64> {
        let all = self.catalog.count_videos_exactly(query).await?;
        if query.state.is_some() {
            return Ok(all);
        }
        let removed = VideoQuery {
            state: Some(State::Removed),
            ..query.clone()
        };
        Ok(all - self.catalog.count_videos_exactly(&removed).await?)
    }

    async fn count_creators(&self, choice: &CreatorChoice, status: CreatorStatus) -> Result<i64> {
        let (mut count, mut after) = (0, None::<CreatorId>);
        loop {
            let page = self.catalog.list_creators(after.as_ref(), CREATORS).await?;
            let Some(last) = page.last() else {
                return Ok(count);
            };
            after = Some(last.id.clone());
            let meant = page
                .iter()
                .filter(|creator| is_meant(creator, choice, status));
            count += i64::try_from(meant.count()).unwrap_or(i64::MAX);
        }
    }

    /// The first things that a planned job would be done to just now, at most 20.
    pub async fn bulk_sample(&self, job: &BulkJob) -> Result<Vec<BulkSample>> {
        match &job.task {
            BulkTask::Retry { query, .. } => self.sample_videos(query, false).await,
            BulkTask::TakeDown(query) => self.sample_videos(query, query.state.is_none()).await,
            BulkTask::Replay(range) => self.sample_events(range).await,
            BulkTask::Pause(choice) => self.sample_creators(choice, CreatorStatus::Active).await,
            BulkTask::Resume(choice) => self.sample_creators(choice, CreatorStatus::Paused).await,
            BulkTask::Unreadable { .. } => Ok(Vec::new()),
        }
    }

    async fn sample_videos(
        &self,
        query: &VideoQuery,
        standing_only: bool,
    ) -> Result<Vec<BulkSample>> {
        let (mut sample, mut after) = (Vec::new(), None);
        let end = Instant::now() + PATIENCE;
        loop {
            let order = VideoOrder::Oldest;
            let list = self
                .catalog
                .list_videos(query, order, after.as_ref(), PageSize::MOST);
            let page = list.await?;
            let meant = page
                .videos
                .into_iter()
                .filter(|video| !standing_only || video.standing.state != State::Removed);
            sample.extend(meant.take(SAMPLE - sample.len()).map(of_video));
            after = page.next;
            if sample.len() == SAMPLE || after.is_none() || Instant::now() >= end {
                return Ok(sample);
            }
        }
    }

    async fn sample_events(&self, range: &EventRange) -> Result<Vec<BulkSample>> {
        let range = bounded(range, self.clock.now());
        let limit = i64::try_from(SAMPLE).unwrap_or(i64::MAX);
        let events = self.catalog.walk_events(&range, None, limit).await?;
        let sample = events.into_iter().map(|event| BulkSample {
            subject: event.digest.to_string(),
            title: event.guid.unwrap_or_default(),
            standing: event.outcome.as_str().to_owned(),
        });
        Ok(sample.collect())
    }

    async fn sample_creators(
        &self,
        choice: &CreatorChoice,
        status: CreatorStatus,
    ) -> Result<Vec<BulkSample>> {
        let (mut sample, mut after) = (Vec::new(), None::<CreatorId>);
        loop {
            let page = self.catalog.list_creators(after.as_ref(), CREATORS).await?;
            let Some(last) = page.last() else {
                return Ok(sample);
            };
            after = Some(last.id.clone());
            let meant = page
                .into_iter()
                .filter(|creator| is_meant(creator, choice, status));
            sample.extend(meant.take(SAMPLE - sample.len()).map(of_creator));
            if sample.len() == SAMPLE {
                return Ok(sample);
            }
        }
    }
}

/// A range that ends no later than a moment: what comes from then on is applied when it comes.
pub(super) fn bounded(range: &EventRange, moment: Timestamp) -> EventRange {
    let until = range.until.map_or(moment, |until| until.min(moment));
    EventRange {
        until: Some(until),
        ..range.clone()
    }
}

/// Whether a creator is one that an action on those of this status means.
pub(super) fn is_meant(creator: &Creator, choice: &CreatorChoice, status: CreatorStatus) -> bool {
    creator.status == status && choice.finds(creator)
}

fn of_video(video: Video) -> BulkSample {
    let state = video.standing.state.as_str();
    BulkSample {
        subject: video.guid.to_string(),
        standing: match &video.standing.refusal {
            Some(refusal) if video.standing.state == State::Refused => {
                format!("{state}: {refusal}")
            }
            _ => state.to_owned(),
        },
        title: video.fields.title.unwrap_or_default(),
    }
}

fn of_creator(creator: Creator) -> BulkSample {
    BulkSample {
        subject: creator.id.to_string(),
        title: creator.name,
        standing: creator.status.as_str().to_owned(),
    }
}
