//! How Dailymotion's crawler comes: over time, for each creator, and for whom it has become silent.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    frame::{Frame, Link},
    lists::{LISTED, address, cut, segment, tab},
    page,
};
use crate::{
    app::{CrawledFeed, Crawls},
    http::{Faces, Problem, Query},
    model::{CreatorId, Face, Rhythm, Timestamp, Visit},
};

#[derive(Template)]
#[template(path = "crawler.html", config = "src/http/operator/pages/askama.toml")]
struct Crawler {
    frame: Frame,
    tabs: Vec<Link>,
    hours: Vec<Bar>,
    documents: i64,
    unchanged: i64,
    rhythm: Option<Rhythm>,
    silent_from: Option<Timestamp>,
    is_silent: bool,
    visits: Vec<VisitRow>,
    /// Whose visits are shown, of one creator alone.
    creator: Option<CreatorId>,
}

#[derive(Template)]
#[template(
    path = "crawler_creators.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Creators {
    frame: Frame,
    tabs: Vec<Link>,
    about: &'static str,
    feeds: Vec<FeedRow>,
    next: Option<String>,
}

/// An hour of the chart, in units of its drawing.
struct Bar {
    at: Timestamp,
    documents: i64,
    unchanged: i64,
    /// The hour of the day (UTC).
    name: String,
    /// Tops and heights of both parts, from the ground up.
    documents_y: i64,
    documents_height: i64,
    unchanged_y: i64,
    unchanged_height: i64,
}

/// How high the highest bar is, in units of the drawing.
const HEIGHT: i64 = 100;
/// An hour in which something happened shows at least this much.
const LEAST: i64 = 3;

struct VisitRow {
    at: Timestamp,
    creator: Option<CreatorId>,
    status: u16,
    offered: i64,
    credential: String,
    address: String,
    agent: String,
}

impl From<Visit> for VisitRow {
    fn from(visit: Visit) -> Self {
        let creator = visit.creator.filter(|_creator| visit.face == Face::Feed);
        Self {
            at: visit.at,
            creator,
            status: visit.status,
            offered: visit.offered,
            credential: visit.credential.map_or_else(
                || "none".to_owned(),
                |credential| credential.as_str().to_owned(),
            ),
            address: visit.address,
            agent: visit.user_agent.unwrap_or_default(),
        }
    }
}

struct FeedRow {
    creator: CreatorId,
    status: &'static str,
    last_at: Option<Timestamp>,
    usual: String,
    silent_from: Option<Timestamp>,
    is_silent: bool,
    /// The visits of this creator alone.
    visits: String,
}

impl FeedRow {
    fn of(feed: CrawledFeed, now: Timestamp) -> Self {
        Self {
            visits: address("/crawler", &[("creator", feed.creator.as_str())]),
            creator: feed.creator,
            status: feed.status.as_str(),
            last_at: feed.rhythm.map(|rhythm| rhythm.last_at),
            usual: match feed.rhythm {
                Some(rhythm) if feed.silent_from.is_some() => rhythm.every(),
                _ => "not known yet".to_owned(),
            },
            is_silent: feed.silent_from.is_some_and(|from| from <= now),
            silent_from: feed.silent_from,
        }
    }

    fn page(&self) -> String {
        format!("/creators/{}", segment(self.creator.as_str()))
    }
}

fn tabs(here: usize) -> Vec<Link> {
    let places = [
        ("/crawler", "Visits"),
        ("/crawler/silent", "Silent"),
        ("/crawler/creators", "Every creator"),
    ];
    let places = places.into_iter().enumerate();
    places
        .map(|(at, (path, name))| tab(path, name, at == here))
        .collect()
}

/// `GET /crawler`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let creator = query.one("creator")?.map(str::parse::<CreatorId>);
    let creator = creator.transpose();
    let creator = creator.map_err(|odd| Problem::bad_request(odd.to_string()))?;
    let crawls = faces.app.crawls().await?;
    let visits = faces.app.newest_visits(creator.as_ref(), LISTED).await?;
    Ok(page(&Crawler {
        frame,
        tabs: tabs(0),
        documents: crawls.documents.iter().sum(),
        unchanged: crawls.unchanged.iter().sum(),
        hours: bars(&crawls),
        is_silent: crawls
            .silent_from
            .is_some_and(|from| from <= faces.app.now()),
        silent_from: crawls.silent_from,
        rhythm: crawls.rhythm,
        visits: visits.into_iter().map(Into::into).collect(),
        creator,
    }))
}

/// `GET /crawler/silent`
pub(in crate::http::operator) async fn silent(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let (feeds, now) = (faces.app.silent_feeds().await?, faces.app.now());
    Ok(page(&Creators {
        frame,
        tabs: tabs(1),
        about: "Active creators for whose feed nobody has asked for longer than usual, the longest silent first.",
        feeds: feeds
            .into_iter()
            .map(|feed| FeedRow::of(feed, now))
            .collect(),
        next: None,
    }))
}

/// `GET /crawler/creators`
pub(in crate::http::operator) async fn creators(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let after = query.one("after")?.map(str::parse::<CreatorId>).transpose();
    let after = after.map_err(|odd| Problem::bad_request(odd.to_string()))?;
    let mut feeds = faces.app.crawled_feeds(after.as_ref(), LISTED + 1).await?;
    let (more, now) = (cut(&mut feeds), faces.app.now());
    let last = feeds.last().filter(|_last| more);
    let next = last.map(|last| address("/crawler/creators", &[("after", last.creator.as_str())]));
    Ok(page(&Creators {
        frame,
        tabs: tabs(2),
        about: "How often the feed of each creator is asked for, learnt from the visits of about the last week.",
        feeds: feeds
            .into_iter()
            .map(|feed| FeedRow::of(feed, now))
            .collect(),
        next,
    }))
}

/// The hours as bars, the highest as high as the chart; what there was is at least a line.
fn bars(crawls: &Crawls) -> Vec<Bar> {
    let hours = crawls.documents.iter().zip(&crawls.unchanged);
    let highest = hours.clone().map(|(one, other)| one + other).max();
    let highest = highest.unwrap_or(0).max(1);
    let height = |count: i64| match count {
        0 => 0,
        some => (some.saturating_mul(HEIGHT) / highest).max(LEAST),
    };
    let bar = |(hour, (documents, unchanged)): (usize, (&i64, &i64))| {
        let (documents_height, unchanged_height) = (height(*documents), height(*unchanged));
        let hours = Duration::from_hours(u64::try_from(hour).unwrap_or(0));
        let at = crawls.since.after(hours);
        Bar {
            at,
            documents: *documents,
            unchanged: *unchanged,
            name: at.to_utc().format("%H").to_string(),
            documents_y: HEIGHT - documents_height,
            documents_height,
            unchanged_y: HEIGHT - documents_height - unchanged_height,
            unchanged_height,
        }
    };
    hours.enumerate().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_the_ground_one_part_on_the_other() {
        let mut crawls = Crawls {
            since: Timestamp::from_millis(0),
            documents: [0; 24],
            unchanged: [0; 24],
            rhythm: None,
            silent_from: None,
        };
        (crawls.documents[1], crawls.unchanged[1]) = (50, 150);
        (crawls.documents[2], crawls.unchanged[2]) = (1, 0);
        let bars = bars(&crawls);
        assert_eq!((bars[1].documents_y, bars[1].documents_height), (75, 25));
        assert_eq!((bars[1].unchanged_y, bars[1].unchanged_height), (0, 75));
        assert_eq!((bars[2].documents_y, bars[2].documents_height), (97, 3));
        assert_eq!((bars[0].documents_height, bars[3].name.as_str()), (0, "03"));
    }
}
