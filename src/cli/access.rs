//! Commands for who may come in: people, programs, and who is signed in.

use std::sync::Arc;

use super::{console::Console, failure::Done, key, session, user};
use crate::app::App;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// People of the network who reach the operators' face
    #[command(subcommand)]
    User(user::Command),
    /// API keys: what programs of the network are let in with
    #[command(subcommand)]
    Key(key::Command),
    /// Who is signed in to the operators' face
    #[command(subcommand)]
    Session(session::Command),
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::User(command) => user::run(command, app, console).await,
        Command::Key(command) => key::run(command, app, console).await,
        Command::Session(command) => session::run(command, app, console).await,
    }
}
