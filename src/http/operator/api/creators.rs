//! Creators.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use crate::{
    app::{Caller, CreatorChange, CreatorQuery, NewCreator},
    http::{
        Faces,
        operator::{
            fields::Fields,
            json::{Answer, Json, edition},
            parameters::Parameters,
            schemas::{Edition, Text},
        },
        path::Path,
    },
    model::{
        Creator, CreatorCursor, CreatorId, CreatorOrder, CreatorStatus, FeedMode, PageSize,
        RankedCreator, State as VideoState, Timestamp, Words,
    },
};

/// A channel owner of the network.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct CreatorView {
    id: String,
    name: String,
    dailymotion_id: Option<String>,
    username: Option<String>,
    link: Option<String>,
    status: CreatorStatus,
    adopted: bool,
    mode: FeedMode,
    /// Milliseconds since 1970.
    added_at: i64,
    feed_version: i64,
    feed_changed_at: i64,
    videos: Counts,
}

/// Videos in each state.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct Counts {
    draft: i64,
    waiting: i64,
    pushing: i64,
    imported: i64,
    refused: i64,
    removed: i64,
}

impl From<crate::model::StateCounts> for Counts {
    fn from(counts: crate::model::StateCounts) -> Self {
        Self {
            draft: counts.of(VideoState::Draft),
            waiting: counts.of(VideoState::Waiting),
            pushing: counts.of(VideoState::Pushing),
            imported: counts.of(VideoState::Imported),
            refused: counts.of(VideoState::Refused),
            removed: counts.of(VideoState::Removed),
        }
    }
}

impl From<Creator> for CreatorView {
    fn from(creator: Creator) -> Self {
        Self {
            id: creator.id.to_string(),
            name: creator.name,
            dailymotion_id: creator.dailymotion_id,
            username: creator.username,
            link: creator.link,
            status: creator.status,
            adopted: creator.adopted,
            mode: creator.mode,
            added_at: creator.added_at.as_millis(),
            feed_version: creator.feed_version,
            feed_changed_at: creator.feed_changed_at.as_millis(),
            videos: creator.counts.into(),
        }
    }
}

/// A creator to be added.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct NewCreatorFields {
    /// Part of the feed's address for ever
    id: CreatorId,
    name: Text,
    dailymotion_id: Option<Text>,
    username: Option<Text>,
    link: Option<Text>,
    /// Whether the network's account has adopted it; false when absent
    adopted: Option<bool>,
    /// `drain` when absent
    mode: Option<FeedMode>,
}

/// What changes; what is absent stays, and an empty text clears what may be absent.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct CreatorPatch {
    name: Option<Text>,
    dailymotion_id: Option<Text>,
    username: Option<Text>,
    link: Option<Text>,
    status: Option<CreatorStatus>,
    adopted: Option<bool>,
    mode: Option<FeedMode>,
}

/// A creator as lists show it.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct RankedView {
    #[serde(flatten)]
    creator: CreatorView,
    /// Since when its oldest waiting video may be listed; milliseconds since 1970
    oldest_waiting: Option<i64>,
    /// How many of a thousand settled videos Dailymotion refused; null before it has settled any
    refused_per_mille: Option<i64>,
}

impl From<RankedCreator> for RankedView {
    fn from(ranked: RankedCreator) -> Self {
        Self {
            oldest_waiting: ranked.oldest_waiting.map(Timestamp::as_millis),
            refused_per_mille: ranked.creator.counts.refused_per_mille(),
            creator: ranked.creator.into(),
        }
    }
}

/// Creators, by their ids or in the order of what needs a look
#[utoipa::path(get, path = "/api/v1/creators", tag = "creators",
    params(("search" = Option<Text>, Query, description = "only those whose id or name has words that begin so"),
        ("status" = Option<CreatorStatus>, Query, description = "only those of this status"),
        ("sort" = Option<CreatorOrder>, Query, description = "`id` when absent; that of the page before where `after` is given"),
        ("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<RankedView>)))]
pub(in crate::http::operator) async fn list_creators(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<Page<RankedView>> {
    let query = CreatorQuery {
        status: given.optional("status"),
        words: given.text("search").as_deref().map(Words::from),
    };
    let after: Option<CreatorCursor> = given.place();
    let order = given.order(after.as_ref().map(|place| place.order));
    let size = given.limit();
    let query = given.finish(query)?;
    let order = order.unwrap_or_default();
    let page = faces
        .app
        .rank_creators(&query, order, after.as_ref(), size)
        .await?;
    Ok(Json::of(Page::with(page.creators, page.next, Into::into)))
}

/// Add a creator
#[utoipa::path(post, path = "/api/v1/creators", tag = "creators", request_body = NewCreatorFields,
    responses((status = 201, body = CreatorView)))]
pub(in crate::http::operator) async fn add_creator(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut fields: Fields,
) -> Answer<CreatorView> {
    let id: Option<CreatorId> = fields.required("id");
    let name: Option<String> = fields.required("name");
    let (dailymotion_id, username) = (
        fields.optional("dailymotion_id"),
        fields.optional("username"),
    );
    let (link, adopted) = (fields.optional("link"), fields.flag("adopted"));
    let mode = fields.optional("mode");
    let new = id.zip(name).map(|(id, name)| NewCreator {
        id,
        name,
        dailymotion_id,
        username,
        link,
        adopted: adopted.unwrap_or_default(),
        mode: mode.unwrap_or_default(),
    });
    let creator = faces
        .app
        .add_creator(caller.actor, fields.finish(new)?)
        .await?;
    let edition = creator.edition();
    Ok(Json::made(creator.into()).tagged(&edition))
}

/// One creator
#[utoipa::path(get, path = "/api/v1/creators/{id}", tag = "creators", params(("id" = CreatorId, Path)),
    responses((status = 200, body = CreatorView)))]
pub(in crate::http::operator) async fn show_creator(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<CreatorId>,
) -> Answer<CreatorView> {
    let creator = faces.app.creator(&id).await?;
    let edition = creator.edition();
    Ok(Json::of(creator.into()).tagged(&edition))
}

/// Change a creator; the user list and the feed follow at once
#[utoipa::path(patch, path = "/api/v1/creators/{id}", tag = "creators",
    params(("id" = CreatorId, Path), ("If-Match" = Edition, Header)),
    request_body = CreatorPatch, responses((status = 200, body = CreatorView)))]
pub(in crate::http::operator) async fn change_creator(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<CreatorId>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Answer<CreatorView> {
    let change = CreatorChange {
        name: fields.optional("name"),
        dailymotion_id: fields.optional("dailymotion_id"),
        username: fields.optional("username"),
        link: fields.optional("link"),
        status: fields.optional("status"),
        adopted: fields.flag("adopted"),
        mode: fields.optional("mode"),
    };
    let (change, seen) = (fields.finish(Some(change))?, edition(&headers)?);
    let creator = faces
        .app
        .edit_creator(caller.actor, id, change, seen)
        .await?;
    let edition = creator.edition();
    Ok(Json::of(creator.into()).tagged(&edition))
}
