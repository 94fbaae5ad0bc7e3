//! `mcnd feed`.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use super::{
    address::base,
    console::Console,
    failure::{Done, Failure},
};
use crate::{
    app::{App, FeedBody, FeedRequest},
    model::CreatorId,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print a creator's feed as Dailymotion would get it now; not recorded as a visit
    Show {
        /// The creator's id
        creator: CreatorId,
    },
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    let Command::Show { creator } = command;
    app.creator(&creator).await?;
    let request = FeedRequest {
        creator,
        after: None,
        base: base(&app.config()),
    };
    let feed = app.open_feed(request.clone()).await?;
    let body = app.read_feed(&feed, None).await?;
    if console.json {
        return console.object(&json!({
            "creator": request.creator,
            "changed_at": feed.changed_at(),
            "etag": feed.etag,
            "feed": String::from_utf8_lossy(&gathered(body).await?),
        }));
    }
    match body {
        FeedBody::Whole(bytes) => console.bytes(&bytes)?,
        FeedBody::Streamed(mut chunks) => {
            while let Some(chunk) = chunks.recv().await {
                console.bytes(&chunk?)?;
            }
        }
    }
    console.bytes(b"\n")
}

async fn gathered(body: FeedBody) -> Done<Bytes> {
    let mut chunks = match body {
        FeedBody::Whole(bytes) => return Ok(bytes),
        FeedBody::Streamed(chunks) => chunks,
    };
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        whole.extend_from_slice(&chunk.map_err(Failure::from)?);
    }
    Ok(whole.into())
}
