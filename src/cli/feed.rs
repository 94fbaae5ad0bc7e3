//! `mcnd feed`.

use std::sync::Arc;

use serde_json::json;

use super::{address::base, console::Console, failure::Done};
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
        let mut whole = Vec::new();
        each_piece(body, |piece| {
            whole.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        return console.object(&json!({
            "creator": request.creator,
            "changed_at": feed.changed_at(),
            "etag": feed.etag,
            "feed": String::from_utf8_lossy(&whole),
        }));
    }
    each_piece(body, |piece| console.bytes(piece)).await?;
    console.bytes(b"\n")
}

async fn each_piece(body: FeedBody, mut take: impl FnMut(&[u8]) -> Done) -> Done {
    match body {
        FeedBody::Whole(pieces) => pieces.iter().try_for_each(|piece| take(piece)),
        FeedBody::Streamed(mut pieces) => {
            while let Some(piece) = pieces.recv().await {
                take(&piece?)?;
            }
            Ok(())
        }
    }
}
