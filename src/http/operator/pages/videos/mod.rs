//! Videos: searched, narrowed and ordered, with what may be done to all that are found.

mod filter;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use self::filter::Filter;
use super::{
    frame::Frame,
    page,
    text::{Shown, remote_address, video_path},
};
use crate::{
    http::{Faces, Problem, Query},
    model::{Count, PageSize, Right, State as VideoState, Timestamp, Video},
};

/// Characters of a title, and of a guid, in a list.
const LONGEST: usize = 120;

#[derive(Template)]
#[template(path = "videos.html", config = "src/http/operator/pages/askama.toml")]
struct Videos {
    frame: Frame,
    filter: Filter,
    /// What can't be asked for, and why.
    wrong: Vec<String>,
    rows: Vec<VideoRow>,
    count: Count,
    is_continued: bool,
    first: String,
    next: Option<String>,
}

/// A video in a list.
struct VideoRow {
    path: String,
    title: Shown,
    guid: Shown,
    creator: String,
    state: &'static str,
    /// What stands behind the state.
    note: Shown,
    /// Since when it stands so, as far as that is known.
    since: Timestamp,
    remote: Option<(Shown, String)>,
}

impl From<&Video> for VideoRow {
    fn from(video: &Video) -> Self {
        let standing = &video.standing;
        let title = video.fields.title.as_deref().unwrap_or("without a title");
        let remote = standing.remote_id.as_deref();
        Self {
            path: video_path(&video.guid),
            title: cut(title),
            guid: cut(video.guid.as_str()),
            creator: video.creator.to_string(),
            state: standing.state.as_str(),
            note: note(video),
            since: since(video),
            remote: remote.map(|id| (Shown::from(id), remote_address(id))),
        }
    }
}

fn cut(text: &str) -> Shown {
    match text.char_indices().nth(LONGEST) {
        None => Shown::from(text),
        Some((end, _)) => Shown::from(format!("{}…", &text[..end])),
    }
}

fn note(video: &Video) -> Shown {
    let standing = &video.standing;
    match standing.state {
        VideoState::Draft => {
            let rules = video.broken.iter().map(|rule| rule.sentence());
            Shown::from(rules.collect::<Vec<_>>().join("; "))
        }
        VideoState::Refused => Shown::from(standing.refusal.as_deref().unwrap_or("unknown")),
        _ if standing.is_conflict() => Shown::from("more than one remote id"),
        _ => Shown::default(),
    }
}

fn since(video: &Video) -> Timestamp {
    let known = match video.standing.state {
        VideoState::Waiting => video.listed_from(),
        VideoState::Imported => video.standing.ready_at,
        _ => None,
    };
    known.unwrap_or(video.added_at)
}

/// `GET /videos`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let filter = Filter::of(&query)?;
    let asked = match filter.query() {
        Ok(asked) => asked,
        Err(wrong) => return Ok(refused(frame, filter, wrong)),
    };
    let after = query.one("after")?.filter(|after| !after.is_empty());
    let after = after.map(str::parse).transpose();
    let after = after.map_err(Problem::bad_request)?;
    let (order, size) = (filter.sort.0, PageSize::USUAL);
    let found = faces
        .app
        .list_videos(&asked, order, after.as_ref(), size)
        .await?;
    let count = faces.app.count_videos(&asked).await?;
    Ok(page(&Videos {
        frame,
        wrong: Vec::new(),
        rows: found.videos.iter().map(VideoRow::from).collect(),
        count,
        is_continued: after.is_some(),
        first: filter.address(None),
        next: found.next.map(|next| filter.address(Some(&next))),
        filter,
    }))
}

fn refused(frame: Frame, filter: Filter, wrong: Vec<String>) -> Response {
    let shown = page(&Videos {
        frame,
        wrong,
        rows: Vec::new(),
        count: Count::Exact(0),
        is_continued: false,
        first: filter.address(None),
        next: None,
        filter,
    });
    (StatusCode::BAD_REQUEST, shown).into_response()
}
