//! `mcnd feed`.

mod check;

use std::sync::Arc;

use serde_json::json;

use super::{Settings, address::base, console::Console, failure::Done};
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
    /// Say what Dailymotion and the W3C feed validator would object to in a feed
    ///
    /// Works on any feed, whoever made it: each finding says where it is, how bad, who objects and what now. Nothing
    /// that the feed names is fetched. Warnings that mcnd draws on purpose are marked as expected, with the reason. Exit
    /// code 1 when there is an error.
    Check(check::Args),
}

pub(super) async fn run(command: Command, settings: &Settings, console: &mut Console) -> Done {
    match command {
        Command::Show { creator } => show(creator, &settings.open().await?, console).await,
        Command::Check(args) => check::run(&args, settings, console).await,
    }
}

async fn show(creator: CreatorId, app: &Arc<App>, console: &mut Console) -> Done {
    app.creator(&creator).await?;
    let request = FeedRequest {
        creator,
        after: None,
        base: base(&app.config()),
    };
    let mut feed = app.open_feed(request.clone()).await?;
    let body = app.read_feed(&mut feed, None).await?;
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
