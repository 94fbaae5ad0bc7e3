//! `mcnd job`, `mcnd alarm` and `mcnd webhook`: what goes on, what operators have to look at, and who else is told of it.

mod alarm;
mod webhook;

use std::sync::Arc;

use clap::Subcommand;

use super::{console::Console, failure::Done, job};
use crate::app::App;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Jobs: what was asked of many things at once, and what the daemon does by itself
    #[command(subcommand)]
    Job(job::Command),
    /// Alarms: what operators have to look at
    #[command(subcommand)]
    Alarm(alarm::Command),
    /// Webhooks: who is told of alarms, and what was sent to them
    #[command(subcommand)]
    Webhook(webhook::Command),
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::Job(command) => job::run(command, app, console).await,
        Command::Alarm(command) => alarm::run(command, app, console).await,
        Command::Webhook(command) => webhook::run(command, app, console).await,
    }
}
