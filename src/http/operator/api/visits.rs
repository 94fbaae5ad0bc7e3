//! Visits of crawlers: what they were offered, how often they come, and who was turned away.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use crate::{
    app::Habit,
    http::{
        Faces,
        operator::{
            json::{Answer, Json},
            parameters::Parameters,
            schemas::Text,
        },
        path::Path,
    },
    model::{
        CreatorId, Face, KeptVisit, PageSize, Timestamp, TurnReason, TurnedAway, TurnedCursor,
        Visit,
    },
};

/// Silent creators that are told at once.
const SILENT: i64 = 500;

/// A visit of a crawler.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct VisitView {
    /// Milliseconds since 1970.
    at: i64,
    face: Face,
    creator: Option<String>,
    credential: Option<String>,
    address: String,
    user_agent: Option<String>,
    status: u16,
    /// Videos, or creators, that it was offered
    offered: i64,
}

impl From<Visit> for VisitView {
    fn from(visit: Visit) -> Self {
        Self {
            at: visit.at.as_millis(),
            face: visit.face,
            creator: visit.creator.map(|id| id.to_string()),
            credential: visit.credential.map(|id| id.to_string()),
            address: visit.address,
            user_agent: visit.user_agent,
            status: visit.status,
            offered: visit.offered,
        }
    }
}

/// How often crawlers come.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct HabitView {
    /// Also of requests that were answered "unchanged"; milliseconds since 1970
    last_at: i64,
    /// Milliseconds of the longest pause of about the last week; null before the second visit
    usual_pause: Option<i64>,
    /// From when on their silence is unusual; null while too little is known
    silent_from: Option<i64>,
    /// Whether they have been silent for longer than usual
    is_silent: bool,
}

impl From<Habit> for HabitView {
    fn from(habit: Habit) -> Self {
        let millis =
            |pause: std::time::Duration| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        Self {
            last_at: habit.last_at.as_millis(),
            usual_pause: habit.usual_pause.map(millis),
            silent_from: habit.silent_from.map(Timestamp::as_millis),
            is_silent: habit.is_silent,
        }
    }
}

/// Visits, and how often crawlers come.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct VisitsView {
    /// Null before the first of them
    habit: Option<HabitView>,
    #[serde(flatten)]
    page: Page<VisitView>,
}

/// A creator for whose feed nobody has asked for longer than usual.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct SilentView {
    creator: String,
    habit: HabitView,
}

/// Requests to the crawler's faces that were turned away within an hour, from one address for one reason.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct TurnedAwayView {
    /// The hour's first moment; milliseconds since 1970
    hour: i64,
    /// Of IPv6 the network; empty for addresses beyond those that are told apart within an hour
    address: String,
    reason: TurnReason,
    /// What the reason means
    sentence: &'static str,
    times: i64,
    last_at: i64,
    /// How the last of them called itself
    user_agent: Option<String>,
}

impl From<TurnedAway> for TurnedAwayView {
    fn from(turned: TurnedAway) -> Self {
        Self {
            hour: turned.hour.as_millis(),
            address: turned.address,
            reason: turned.reason,
            sentence: turned.reason.sentence(),
            times: turned.times,
            last_at: turned.last_at.as_millis(),
            user_agent: turned.user_agent,
        }
    }
}

/// Requests of crawlers that were answered with a document, newest first, and how often they come
#[utoipa::path(get, path = "/api/v1/visits", tag = "visits",
    params(("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = VisitsView)))]
pub(in crate::http::operator) async fn list_visits(
    State(faces): State<Arc<Faces>>,
    given: Parameters,
) -> Answer<VisitsView> {
    page(&faces, None, given).await
}

/// The same of one creator's feed
#[utoipa::path(get, path = "/api/v1/creators/{id}/visits", tag = "visits",
    params(("id" = CreatorId, Path), ("limit" = Option<PageSize>, Query),
        ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = VisitsView)))]
pub(in crate::http::operator) async fn list_feed_visits(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<CreatorId>,
    given: Parameters,
) -> Answer<VisitsView> {
    let creator = faces.app.creator(&id).await?.id;
    page(&faces, Some(&creator), given).await
}

async fn page(
    faces: &Faces,
    creator: Option<&CreatorId>,
    mut given: Parameters,
) -> Answer<VisitsView> {
    let (size, before) = (given.limit(), given.text("after"));
    let before = given.finish(before)?;
    let visits = faces
        .app
        .list_visits(creator, before.as_deref(), size.get() + 1);
    let cursor = |kept: &KeptVisit| kept.id.clone();
    let page = Page::of(visits.await?, size, cursor, |kept| kept.visit.into());
    let habit = faces.app.rhythm(creator).await?.map(Into::into);
    Ok(Json::of(VisitsView { habit, page }))
}

/// Active creators for whose feed nobody has asked for longer than usual, the longest silent first, 500 at most
#[utoipa::path(get, path = "/api/v1/visits/silent", tag = "visits", responses((status = 200, body = [SilentView])))]
pub(in crate::http::operator) async fn list_silent(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<SilentView>> {
    let silent = faces.app.silent_creators(SILENT).await?.into_iter();
    let views = silent.map(|(creator, habit)| SilentView {
        creator: creator.to_string(),
        habit: habit.into(),
    });
    Ok(Json::of(views.collect()))
}

/// Whom the crawler's faces turned away and why, newest hour first
#[utoipa::path(get, path = "/api/v1/visits/turned-away", tag = "visits",
    params(("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<TurnedAwayView>)))]
pub(in crate::http::operator) async fn list_turned_away(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<Page<TurnedAwayView>> {
    let (size, after) = (given.limit(), given.place::<TurnedCursor>());
    let after = given.finish(after)?;
    let turned = faces
        .app
        .turned_away(after.as_ref(), size.get() + 1)
        .await?;
    let cursor = |one: &TurnedAway| TurnedCursor::from(one).to_string();
    Ok(Json::of(Page::of(turned, size, cursor, Into::into)))
}
