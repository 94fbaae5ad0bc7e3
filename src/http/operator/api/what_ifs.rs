//! What proposed preflight rules would flip.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{RulesFields, read_rules};
use crate::{
    app::Caller,
    http::{
        Faces,
        operator::{
            fields::Fields,
            json::{Answer, Json},
        },
        path::Path,
    },
    model::{Flip, Flipped, RuleWalk, RuleWalkId, Timestamp, WalkEnding},
};

/// A walk over all videos with some rules, and what it has found so far.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct WalkView {
    id: String,
    /// The rules, as `PUT /api/v1/rules` takes them
    #[schema(value_type = Object)]
    rules: serde_json::Value,
    /// Milliseconds since 1970
    asked_at: i64,
    asked_by: String,
    /// Milliseconds since 1970; null while it goes on
    ended_at: Option<i64>,
    /// Null while it goes on
    ending: Option<WalkEnding>,
    /// Why it failed
    message: Option<String>,
    looked_at: i64,
    /// Videos there are
    total: i64,
    /// Videos that go from waiting to draft
    to_draft: FlippedView,
    /// Videos that go from draft to waiting
    to_waiting: FlippedView,
    /// The 20 creators of whom most videos flip
    creators: Vec<CreatorFlipsView>,
}

/// Videos that flip one way.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct FlippedView {
    videos: i64,
    /// The first 20 of them
    sample: Vec<FlipView>,
}

/// A video that flips.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct FlipView {
    guid: String,
    creator: String,
    title: Option<String>,
    /// Codes of the rules that it breaks from then on, or broke until then
    rules: Vec<String>,
}

/// How many videos of a creator flip.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct CreatorFlipsView {
    creator: String,
    to_draft: i64,
    to_waiting: i64,
}

impl WalkView {
    /// A walk over a catalog of so many videos.
    pub(super) fn of(walk: RuleWalk, total: i64) -> Self {
        let (ended_at, ending) = walk.ended.unzip();
        let creators = walk.found.top_creators().into_iter();
        let creators = creators.map(|(creator, flips)| CreatorFlipsView {
            creator: creator.to_owned(),
            to_draft: flips.to_draft,
            to_waiting: flips.to_waiting,
        });
        Self {
            id: walk.id.to_string(),
            rules: serde_json::from_str(&walk.rules).unwrap_or_default(),
            asked_at: walk.asked_at.as_millis(),
            asked_by: walk.asked_by,
            ended_at: ended_at.map(Timestamp::as_millis),
            ending,
            message: walk.message,
            looked_at: walk.found.looked_at,
            total,
            creators: creators.collect(),
            to_draft: walk.found.to_draft.into(),
            to_waiting: walk.found.to_waiting.into(),
        }
    }
}

impl From<Flipped> for FlippedView {
    fn from(flipped: Flipped) -> Self {
        let view = |flip: Flip| FlipView {
            guid: flip.guid,
            creator: flip.creator,
            title: flip.title,
            rules: flip.rules,
        };
        Self {
            videos: flipped.videos,
            sample: flipped.sample.into_iter().map(view).collect(),
        }
    }
}

/// The last 20 what-ifs, newest first
#[utoipa::path(get, path = "/api/v1/rules/what-if", tag = "settings", responses((status = 200, body = [WalkView])))]
pub(in crate::http::operator) async fn list_what_ifs(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<WalkView>> {
    let total = faces.app.count_all_videos().await?;
    let walks = faces.app.list_what_ifs().await?.into_iter();
    Ok(Json::of(
        walks.map(|walk| WalkView::of(walk, total)).collect(),
    ))
}

/// Ask which videos these rules would block or let go; a background job finds out
#[utoipa::path(post, path = "/api/v1/rules/what-if", tag = "settings", request_body = RulesFields,
    responses((status = 202, body = WalkView)))]
pub(in crate::http::operator) async fn ask_what_if(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut fields: Fields,
) -> Answer<WalkView> {
    let rules = read_rules(&mut fields);
    let rules = fields.finish(rules)?;
    let walk = faces.app.ask_what_if(caller.actor, rules).await?;
    let total = faces.app.count_all_videos().await?;
    Ok(Json::begun(WalkView::of(walk, total)))
}

/// How far a what-if is, and what it has found
#[utoipa::path(get, path = "/api/v1/rules/what-if/{id}", tag = "settings", params(("id" = String, Path)),
    responses((status = 200, body = WalkView)))]
pub(in crate::http::operator) async fn show_what_if(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<String>,
) -> Answer<WalkView> {
    let walk = faces.app.what_if(&RuleWalkId::from(id)).await?;
    let total = faces.app.count_all_videos().await?;
    Ok(Json::of(WalkView::of(walk, total)))
}

/// End a what-if; what it has found stays
#[utoipa::path(post, path = "/api/v1/rules/what-if/{id}/cancel", tag = "settings", params(("id" = String, Path)),
    responses((status = 200, body = WalkView)))]
pub(in crate::http::operator) async fn cancel_what_if(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<WalkView> {
    let id = RuleWalkId::from(id);
    let walk = faces.app.cancel_what_if(caller.actor, id).await?;
    let total = faces.app.count_all_videos().await?;
    Ok(Json::of(WalkView::of(walk, total)))
}
