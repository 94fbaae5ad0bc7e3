//! `mcnd video`.

mod bulk;
mod edit;
mod export;
mod list;
mod query;
mod show;

use std::sync::Arc;

use super::{console::Console, failure::Done};
use crate::{app::App, model::Guid};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List videos
    List(list::Args),
    /// Show one video: its columns, where it stands and what happened to it
    Show {
        /// The video's guid
        guid: Guid,
    },
    /// Say why a video is not on Dailymotion, with the evidence
    Why {
        /// The video's guid
        guid: Guid,
    },
    /// Change fields of a video and pin them: imports keep the source's value beside them
    Edit(edit::Edit),
    /// Give pinned fields the source's last value, and let them follow it again
    Unpin(edit::Unpin),
    /// Offer refused videos to Dailymotion again
    ///
    /// Names videos by guid or by a query. A query shows how many it finds and asks first.
    Retry(bulk::Retry),
    /// Take videos down for good: they leave the feed, and no import wakes them
    ///
    /// Names videos by guid or by a query. A query shows how many it finds and asks first. What Dailymotion has already
    /// stays there.
    TakeDown(bulk::TakeDown),
    /// Write the catalog as JSON Lines or CSV; its catalog columns import back, and the audit notes that it was taken out
    ///
    /// In CSV a cell that a spreadsheet would take for a formula gets an apostrophe in front; JSON Lines keeps every
    /// text as it is.
    Export(export::Args),
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::List(args) => list::run(args, app, console).await,
        Command::Show { guid } => show::video(&guid, app, console).await,
        Command::Why { guid } => show::why(&guid, app, console).await,
        Command::Edit(args) => edit::edit(args, app, console).await,
        Command::Unpin(args) => edit::unpin(args, app, console).await,
        Command::Retry(args) => bulk::retry(args, app, console).await,
        Command::TakeDown(args) => bulk::take_down(args, app, console).await,
        Command::Export(args) => export::run(args, app, console).await,
    }
}
