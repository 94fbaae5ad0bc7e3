//! How Dailymotion's crawler comes: over time, for each creator, and for whom it has become silent.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    chart::Chart,
    frame::{Frame, Link},
    lists::{LISTED, address, cut, tab},
    page,
    text::{Number, Shown, Words, in_path},
};
use crate::{
    app::{CrawledFeed, Habit},
    http::{Faces, Problem, Query},
    model::{CreatorId, CreatorStatus, Face, Timestamp, TurnedAway, TurnedCursor, Visit},
};

/// Silent creators that are told of.
const SILENT: i64 = 200;

#[derive(Template)]
#[template(path = "crawler.html", config = "src/http/operator/pages/askama.toml")]
struct Crawler {
    frame: Frame,
    tabs: Vec<Link>,
    chart: Chart,
    habit: Option<Habit>,
    visits: Vec<VisitRow>,
    older: Option<String>,
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

#[derive(Template)]
#[template(
    path = "crawler_blocked.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Blocked {
    frame: Frame,
    tabs: Vec<Link>,
    turned: Vec<TurnedRow>,
    older: Option<String>,
}

struct TurnedRow {
    why: Words,
    agent: Option<Shown>,
    turned: TurnedAway,
}

impl From<TurnedAway> for TurnedRow {
    fn from(turned: TurnedAway) -> Self {
        Self {
            why: Words::from(turned.reason.sentence()),
            agent: turned.user_agent.as_ref().map(Shown::from),
            turned,
        }
    }
}

struct VisitRow {
    at: Timestamp,
    creator: Option<CreatorId>,
    status: u16,
    offered: Number,
    credential: String,
    address: String,
    agent: Shown,
}

impl From<Visit> for VisitRow {
    fn from(visit: Visit) -> Self {
        let creator = visit.creator.filter(|_creator| visit.face == Face::Feed);
        Self {
            at: visit.at,
            creator,
            status: visit.status,
            offered: Number(visit.offered),
            credential: visit.credential.map_or_else(
                || "none".to_owned(),
                |credential| credential.as_str().to_owned(),
            ),
            address: visit.address,
            agent: visit
                .user_agent
                .as_ref()
                .map(Shown::from)
                .unwrap_or_default(),
        }
    }
}

struct FeedRow {
    creator: CreatorId,
    status: &'static str,
    habit: Option<Habit>,
    /// The visits of this creator alone.
    visits: String,
}

impl FeedRow {
    fn of(creator: CreatorId, status: CreatorStatus, habit: Option<Habit>) -> Self {
        Self {
            visits: address("/crawler", &[("creator", creator.as_str())]),
            creator,
            status: status.as_str(),
            habit,
        }
    }

    fn page(&self) -> String {
        format!("/creators/{}", in_path(self.creator.as_str()))
    }
}

fn tabs(here: usize) -> Vec<Link> {
    let places = [
        ("/crawler", "Visits"),
        ("/crawler/silent", "Silent"),
        ("/crawler/creators", "Every creator"),
        ("/crawler/blocked", "Turned away"),
    ];
    let places = places.into_iter().enumerate();
    places
        .map(|(at, (path, name))| tab(path, name, at == here))
        .collect()
}

fn creator_named(query: &Query, name: &str) -> Result<Option<CreatorId>, Problem> {
    let named = query.one(name)?.map(str::parse::<CreatorId>).transpose();
    named.map_err(|odd| Problem::bad_request(odd.to_string()))
}

/// `GET /crawler`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let creator = creator_named(&query, "creator")?;
    let (of, before) = (creator.as_ref(), query.one("before")?);
    let mut visits = faces.app.list_visits(of, before, LISTED + 1).await?;
    let more = cut(&mut visits);
    let older = visits.last().filter(|_last| more).map(|last| {
        let of = of.map_or("", CreatorId::as_str);
        address("/crawler", &[("creator", of), ("before", &last.id)])
    });
    let crawls = faces.app.crawls().await?;
    Ok(page(&Crawler {
        frame,
        tabs: tabs(0),
        chart: Chart::drawn(&crawls.hours),
        habit: crawls.habit,
        visits: visits.into_iter().map(|kept| kept.visit.into()).collect(),
        older,
        creator,
    }))
}

/// `GET /crawler/silent`
pub(in crate::http::operator) async fn silent(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let silent = faces.app.silent_creators(SILENT).await?.into_iter();
    let row = |(creator, habit)| FeedRow::of(creator, CreatorStatus::Active, Some(habit));
    Ok(page(&Creators {
        frame,
        tabs: tabs(1),
        about: "Active creators for whose feed nobody has asked for longer than usual, the longest silent first.",
        feeds: silent.map(row).collect(),
        next: None,
    }))
}

/// `GET /crawler/creators`
pub(in crate::http::operator) async fn creators(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let after = creator_named(&query, "after")?;
    let mut feeds = faces.app.crawled_feeds(after.as_ref(), LISTED + 1).await?;
    let more = cut(&mut feeds);
    let last = feeds.last().filter(|_last| more);
    let next = last.map(|last| address("/crawler/creators", &[("after", last.creator.as_str())]));
    let row = |feed: CrawledFeed| FeedRow::of(feed.creator, feed.status, feed.habit);
    Ok(page(&Creators {
        frame,
        tabs: tabs(2),
        about: "How often the feed of each creator is asked for, learnt from the visits of about the last week.",
        feeds: feeds.into_iter().map(row).collect(),
        next,
    }))
}

/// `GET /crawler/blocked`
pub(in crate::http::operator) async fn blocked(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let after = query.one("after")?.map(str::parse::<TurnedCursor>);
    let after = after.transpose().map_err(Problem::bad_request)?;
    let mut turned = faces.app.turned_away(after.as_ref(), LISTED + 1).await?;
    let more = cut(&mut turned);
    let older = turned.last().filter(|_last| more).map(|last| {
        let after = TurnedCursor::from(last).to_string();
        address("/crawler/blocked", &[("after", &after)])
    });
    Ok(page(&Blocked {
        frame,
        tabs: tabs(3),
        turned: turned.into_iter().map(Into::into).collect(),
        older,
    }))
}
