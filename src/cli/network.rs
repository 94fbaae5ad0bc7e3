//! Commands for what all daemons of the network share: preflight rules and the user list.

use std::sync::Arc;

use super::{console::Console, failure::Done, rules, user_list};
use crate::app::App;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// What a video must be before it may go out
    #[command(subcommand)]
    Rules(rules::Command),
    /// The user list, as Dailymotion reads it
    #[command(subcommand)]
    UserList(user_list::Command),
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::Rules(command) => rules::run(command, app, console).await,
        Command::UserList(command) => user_list::run(command, app, console).await,
    }
}
