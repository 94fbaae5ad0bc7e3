//! Lists of videos: narrowed, searched, ordered, counted.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{ExportedVideo, VideoQuery},
    http::{
        Faces,
        operator::{
            json::{Answer, Json},
            parameters::Parameters,
            schemas::Text,
        },
    },
    model::{Count, CreatorId, ListCursor, PageSize, State as VideoState, VideoOrder},
};

/// A page of videos. A short or an empty one may still say where the list goes on: a page looks at 20,000 videos at most,
/// and at fewer when that takes long.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct VideoPageView {
    /// Each as an export shows it
    #[schema(value_type = Vec<Object>)]
    items: Vec<ExportedVideo>,
    /// What to send as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// How many the query finds; absent unless it was asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<CountView>,
}

/// How many there are, as far as it was counted.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct CountView {
    /// Exact where a counter is kept or where counting came to its end, else as many as were found
    number: i64,
    /// Whether there are so many, and not more
    exact: bool,
    /// The number in words, such as `more than 10000`
    words: String,
}

impl From<Count> for CountView {
    fn from(count: Count) -> Self {
        let (number, exact) = match count {
            Count::Exact(number) => (number, true),
            Count::AtLeast(number) => (number, false),
        };
        Self {
            number,
            exact,
            words: count.to_string(),
        }
    }
}

/// Videos that a query finds, newest first unless another order is asked for
#[utoipa::path(get, path = "/api/v1/videos", tag = "videos",
    params(("creator" = Option<CreatorId>, Query, description = "only videos of this creator"),
        ("state" = Option<VideoState>, Query, description = "only those that stand so"),
        ("reason" = Option<Text>, Query, description = "only those that Dailymotion refused with this status"),
        ("held" = Option<bool>, Query, description = "only those that are kept off every feed, or only the others"),
        ("conflicts" = Option<bool>, Query, description = "only those with more than one remote id"),
        ("broken" = Option<bool>, Query, description = "only those that break a preflight rule"),
        ("search" = Option<Text>, Query, description = "only those whose title or guid has words that begin so"),
        ("sort" = Option<VideoOrder>, Query, description = "`newest` when absent; that of the page before where `after` is given"),
        ("count" = Option<bool>, Query, description = "also say how many there are"),
        ("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = VideoPageView)))]
pub(in crate::http::operator) async fn list_videos(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<VideoPageView> {
    let query = wanted(&mut given);
    let after: Option<ListCursor> = given.place();
    let order = given.order(after.as_ref().map(|place| place.order));
    let (size, counted) = (given.limit(), given.flag("count"));
    let query = given.finish(query)?;
    let order = order.unwrap_or(VideoOrder::Newest);
    let page = faces
        .app
        .list_videos(&query, order, after.as_ref(), size)
        .await?;
    let count = match counted {
        Some(true) => Some(faces.app.count_videos(&query).await?),
        _ => None,
    };
    Ok(Json::of(VideoPageView {
        items: faces.app.show_videos(&page.videos).await?,
        next: page.next.map(|place| place.to_string()),
        count: count.map(Into::into),
    }))
}

/// What narrows a list of videos.
fn wanted(given: &mut Parameters) -> VideoQuery {
    let read = VideoQuery::read(|name| given.text(name));
    read.unwrap_or_else(|problems| {
        given.are_wrong(problems);
        VideoQuery::default()
    })
}
