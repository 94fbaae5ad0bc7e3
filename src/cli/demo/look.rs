//! One look at the whole demo: what the catalog says, and what the simulator says it did.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    app::{App, EventQuery, ExportedVideo, FiledEvent, VideoQuery},
    cli::failure::Done,
    model::{PageSize, State, StateCounts, VideoOrder, Visit},
    simulator::Report,
};

/// Creators of one read, more than the sample has.
const CREATORS: i64 = 1_000;

/// Where everything stands at one moment.
pub(super) struct Look {
    /// The catalog's own counters.
    pub(super) counts: StateCounts,
    /// The newest visits, newest first.
    pub(super) visits: Vec<Visit>,
    pub(super) videos: Vec<ExportedVideo>,
    /// The newest events, newest first.
    pub(super) events: Vec<FiledEvent>,
    pub(super) report: Report,
    /// Creators whom the user list leaves out because nobody has adopted them.
    pub(super) not_adopted: BTreeSet<String>,
}

impl Look {
    /// Reads everything, with so many of the newest visits and events.
    pub(super) async fn take(app: &Arc<App>, report: Report, newest: i64) -> Done<Self> {
        let creators = app.list_creators(None, CREATORS).await?;
        let (mut videos, mut after) = (Vec::new(), None);
        loop {
            let page = app
                .list_videos(
                    &VideoQuery::default(),
                    VideoOrder::Oldest,
                    after.as_ref(),
                    PageSize::MOST,
                )
                .await?;
            videos.extend(app.export_videos(&page.videos, &creators, false).await?);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let not_adopted = creators
            .iter()
            .filter(|creator| !creator.adopted)
            .map(|creator| creator.id.to_string());
        let status = app.status(newest).await?;
        Ok(Self {
            counts: status.videos,
            visits: status.visits,
            videos,
            events: app.newest_events(&EventQuery::All, newest).await?,
            report,
            not_adopted: not_adopted.collect(),
        })
    }

    /// Why a video is not offered: its holds, and that no user list names its creator.
    pub(super) fn reasons(&self, video: &ExportedVideo) -> Vec<&'static str> {
        let mut reasons = video.holds.clone();
        if self.not_adopted.contains(&video.creator) {
            reasons.push("creator_not_adopted");
        }
        reasons
    }

    /// Videos that wait: those that nothing keeps back, and those that something does.
    pub(super) fn waiting(&self) -> (usize, usize) {
        let waiting = self
            .videos
            .iter()
            .filter(|video| video.state == State::Waiting.as_str());
        let (held, open): (Vec<_>, Vec<_>) =
            waiting.partition(|video| !self.reasons(video).is_empty());
        (open.len(), held.len())
    }

    /// How many videos are imported.
    pub(super) fn imported(&self) -> i64 {
        self.counts.of(State::Imported)
    }
}
