//! What operators do with videos: list, retry, take down, export.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde::Serialize;
use serde_json::json;

use super::{App, Error, Result, audit::told};
use crate::{
    catalog::{Save, VideoPage, VideoQuery},
    model::{
        Action, Actor, AuditLine, Change, Column, Count, Creator, FeedPolicy, Guid, ListCursor,
        PageSize, Rule, Standing, State, TimelineLine, Timestamp, Video, VideoOrder, holds,
    },
};

/// When a retry may be listed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAt {
    Now,
    Later(Timestamp),
}

/// One line of an export: state first, then the catalog's columns, which import back.
#[derive(Debug, Serialize)]
pub struct ExportedVideo {
    pub guid: String,
    pub creator: String,
    pub state: &'static str,
    pub holds: Vec<&'static str>,
    pub remote_id: Option<String>,
    pub remote_ids: Vec<String>,
    pub conflict: bool,
    /// Preflight rules that it breaks.
    pub broken: Vec<&'static str>,
    pub refusal: Option<String>,
    /// Id and times; left out where two exports are to be compared.
    #[serde(flatten)]
    pub times: Option<ExportedTimes>,
    /// The catalog's columns by name.
    #[serde(flatten)]
    pub columns: serde_json::Map<String, serde_json::Value>,
}

/// The part of an export that differs between two catalogs with the same content.
#[derive(Debug, Serialize)]
pub struct ExportedTimes {
    pub id: String,
    pub added_at: Timestamp,
    pub content_at: Timestamp,
    pub waiting_since: Option<Timestamp>,
    pub ready_at: Option<Timestamp>,
}

/// Makes sure that the place where a list goes on is one of its order.
///
/// # Errors
/// [`Error::Invalid`] when it is one of another order.
pub(super) fn check_place(place: Option<&str>, order: &str) -> Result<()> {
    match place.filter(|place| *place != order) {
        Some(place) => Err(Error::Invalid(format!(
            "the place to go on from is one of the order `{place}`, not of `{order}`; start without it"
        ))),
        None => Ok(()),
    }
}

impl App {
    /// The video of that guid.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn video(&self, guid: &Guid) -> Result<Video> {
        self.catalog
            .find_video(guid)
            .await?
            .ok_or_else(|| unknown(guid))
    }

    /// Its timeline, oldest line first.
    pub async fn timeline(&self, video: &Video) -> Result<Vec<TimelineLine>> {
        Ok(self.catalog.timeline(&video.id, 1_000).await?)
    }

    /// A page of the videos that a query finds, in this order, behind `after`. A short or an empty page may still say where
    /// the list goes on.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `after` is a place of another order.
    pub async fn list_videos(
        &self,
        query: &VideoQuery,
        order: VideoOrder,
        after: Option<&ListCursor>,
        size: PageSize,
    ) -> Result<VideoPage> {
        check_place(after.map(|place| place.order.as_str()), order.as_str())?;
        Ok(self.catalog.list_videos(query, order, after, size).await?)
    }

    /// How many videos a query finds, exactly up to 10,000 and wherever a counter is kept.
    pub async fn count_videos(&self, query: &VideoQuery) -> Result<Count> {
        Ok(self.catalog.count_videos(query).await?)
    }

    /// Videos as export lines, with their ids and times.
    pub async fn show_videos(&self, videos: &[Video]) -> Result<Vec<ExportedVideo>> {
        let owners: BTreeSet<_> = videos.iter().map(|video| video.creator.clone()).collect();
        let owners: Vec<_> = owners.into_iter().collect();
        let creators = self.catalog.creators_of(&owners).await?;
        self.export_videos(videos, &creators, true).await
    }

    /// How many videos there are, from counters that are kept.
    pub async fn count_all_videos(&self) -> Result<i64> {
        Ok(self.catalog.totals().await?.1.total())
    }

    /// The same videos as export lines; `creators` are those they belong to.
    pub async fn export_videos(
        &self,
        videos: &[Video],
        creators: &[Creator],
        with_times: bool,
    ) -> Result<Vec<ExportedVideo>> {
        let policy = self.catalog.feed_policy().await?;
        let now = self.clock.now();
        Ok(videos
            .iter()
            .map(|video| exported(video, creators, policy, now, with_times))
            .collect())
    }

    /// Asks for another try of a refused video.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when there is nothing to retry, or preflight blocks it meanwhile.
    pub async fn retry_video(
        self: &Arc<Self>,
        guid: Guid,
        at: RetryAt,
        by: Actor,
    ) -> Result<Video> {
        alone(self.retry_videos(vec![guid], at, by).await?)
    }

    /// The same for several videos, in one transaction: each one's answer, in the order of their guids here.
    pub async fn retry_videos(
        self: &Arc<Self>,
        guids: Vec<Guid>,
        at: RetryAt,
        by: Actor,
    ) -> Result<Vec<Result<Video>>> {
        let retried = move |video: &mut Video, now| retry(video, at, now);
        self.change_videos(guids, by, Change::Retried, retried)
            .await
    }

    /// Takes a video down, for good: it leaves the feed and no import wakes it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is taken down already.
    pub async fn take_down_video(self: &Arc<Self>, guid: Guid, by: Actor) -> Result<Video> {
        alone(self.take_down_videos(vec![guid], by).await?)
    }

    /// The same for several videos, in one transaction: each one's answer, in the order of their guids here.
    pub async fn take_down_videos(
        self: &Arc<Self>,
        guids: Vec<Guid>,
        by: Actor,
    ) -> Result<Vec<Result<Video>>> {
        self.change_videos(guids, by, Change::TakenDown, |video, _now| {
            take_down(&video.guid, &mut video.standing)
        })
        .await
    }

    async fn change_videos(
        self: &Arc<Self>,
        guids: Vec<Guid>,
        by: Actor,
        what: Change,
        change: impl Fn(&mut Video, Timestamp) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Vec<Result<Video>>> {
        let app = Arc::clone(self);
        self.detached(async move {
            let change = |video, now| app.changed(video, what, &by.name, now, &change);
            let tell = |saves: &[Save]| app.told_of_videos(&by, what, saves);
            app.uncontended(what.as_str(), || app.change_once(&guids, &change, &tell))
                .await
        })
        .await
    }

    async fn change_once(
        &self,
        guids: &[Guid],
        change: &(impl Fn(Video, Timestamp) -> Result<Save> + Sync),
        tell: &(impl Fn(&[Save]) -> Option<AuditLine> + Sync),
    ) -> Result<Vec<Result<Video>>> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        let policy = tx.feed_policy().await?;
        let found = tx.videos_of(guids).await?;
        let mut found: HashMap<_, _> = found
            .into_iter()
            .map(|video| (video.guid.clone(), video))
            .collect();
        let (mut answers, mut saves) = (Vec::new(), Vec::new());
        for guid in guids {
            let video = found.remove(guid).ok_or_else(|| unknown(guid));
            answers.push(video.and_then(|video| change(video, now)).map(|save| {
                let video = save.video.clone();
                saves.push(save);
                video
            }));
        }
        tx.save(&saves, policy, now).await?;
        if let Some(line) = tell(&saves) {
            tx.add_audit(&line).await?;
        }
        tx.commit().await?;
        Ok(answers)
    }

    /// What the audit says of changed videos; each one's own timeline says the rest.
    fn told_of_videos(&self, by: &Actor, what: Change, saves: &[Save]) -> Option<AuditLine> {
        let action = match what {
            Change::TakenDown => Action::TakeDownVideo,
            _ => Action::RetryVideo,
        };
        let (first, last) = (saves.first()?, saves.last()?);
        let guid = |save: &Save| save.video.guid.to_string();
        let facts = |state: Option<State>| {
            json!({
                "videos": saves.len(), "first": guid(first), "last": guid(last), "state": state.map(State::as_str),
            })
        };
        let mut line = self.audit_line(by, action, guid(first));
        line.before = told(&facts(first.before));
        line.after = told(&facts(Some(first.video.standing.state)));
        Some(line)
    }

    /// A changed video on its way into the catalog.
    fn changed(
        &self,
        mut video: Video,
        what: Change,
        by: &str,
        now: Timestamp,
        change: impl Fn(&mut Video, Timestamp) -> Result<()>,
    ) -> Result<Save> {
        let before = video.standing.state;
        change(&mut video, now)?;
        let line = TimelineLine {
            at: now,
            what,
            from: Some(before),
            to: video.standing.state,
            by: by.to_owned(),
            detail: None,
        };
        Ok(Save {
            before: Some(before),
            video,
            line_id: self.random.id(now),
            line,
        })
    }
}

fn exported(
    video: &Video,
    creators: &[Creator],
    policy: FeedPolicy,
    now: Timestamp,
    with_times: bool,
) -> ExportedVideo {
    let creator = creators.iter().find(|creator| creator.id == video.creator);
    let waiting = creator.filter(|_known| video.standing.state == State::Waiting);
    let held = waiting
        .map(|creator| holds(video, creator.status, policy, None, now))
        .unwrap_or_default();
    let column = |column: Column| {
        let value = video
            .fields
            .show(column)
            .map_or(serde_json::Value::Null, |text| {
                serde_json::Value::String(text.into_owned())
            });
        (column.name().to_owned(), value)
    };
    ExportedVideo {
        guid: video.guid.to_string(),
        creator: video.creator.to_string(),
        state: video.standing.state.as_str(),
        holds: held.iter().map(crate::model::Hold::code).collect(),
        remote_id: video.standing.remote_id.clone(),
        remote_ids: video.standing.remote_ids().map(str::to_owned).collect(),
        conflict: video.standing.is_conflict(),
        broken: video.broken.iter().map(|rule| rule.code()).collect(),
        refusal: video.standing.refusal.clone(),
        times: with_times.then(|| ExportedTimes {
            id: video.id.to_string(),
            added_at: video.added_at,
            content_at: video.content_at,
            waiting_since: video.waiting_since,
            ready_at: video.standing.ready_at,
        }),
        columns: Column::ALL.into_iter().map(column).collect(),
    }
}

/// The answer to what was asked of one video by its guid.
fn alone(mut answers: Vec<Result<Video>>) -> Result<Video> {
    let none = || Err(Error::internal("a video got no answer"));
    answers.pop().unwrap_or_else(none)
}

fn retry(video: &mut Video, at: RetryAt, now: Timestamp) -> Result<()> {
    offer_again(&video.guid, &video.broken, &mut video.standing)?;
    video.waiting_since = Some(now);
    video.retry_at = match at {
        RetryAt::Now => None,
        RetryAt::Later(moment) => Some(moment),
    };
    Ok(())
}

/// Asks for another try of a video that breaks these rules.
///
/// # Errors
/// [`Error::Conflict`] when it breaks any, or there is nothing to retry.
pub(super) fn offer_again(guid: &Guid, broken: &[Rule], standing: &mut Standing) -> Result<()> {
    if !broken.is_empty() {
        let rules = broken.iter().map(|rule| rule.sentence());
        let rules = rules.collect::<Vec<_>>().join("; ");
        return Err(Error::Conflict(format!(
            "`{guid}` can't go out: {rules}; import it again corrected"
        )));
    }
    standing.retry().map_err(|illegal| {
        Error::Conflict(format!(
            "`{guid}` is {}; there is nothing to retry",
            illegal.from
        ))
    })
}

/// Takes a video down.
///
/// # Errors
/// [`Error::Conflict`] when it is taken down already.
pub(super) fn take_down(guid: &Guid, standing: &mut Standing) -> Result<()> {
    standing
        .take_down()
        .map_err(|_illegal| Error::Conflict(format!("`{guid}` is taken down already")))
}

pub(super) fn unknown(guid: &Guid) -> Error {
    Error::NotFound(format!("there is no video `{guid}`"))
}
