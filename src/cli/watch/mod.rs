//! What operators watch: visits of crawlers, alarms, who else is told of them, and the audit.

mod alarm;
mod audit;
mod visit;
mod webhook;

use std::sync::Arc;

use clap::Subcommand;

use super::{console::Console, failure::Done};
use crate::app::App;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Visits of crawlers: what they read, how often they come, who was turned away
    #[command(subcommand)]
    Visit(visit::Command),
    /// Alarms: what operators have to look at
    #[command(subcommand)]
    Alarm(alarm::Command),
    /// Webhooks: who is told of alarms, and what was sent to them
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// The audit: who did what
    #[command(subcommand)]
    Audit(audit::Command),
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::Visit(command) => visit::run(command, app, console).await,
        Command::Alarm(command) => alarm::run(command, app, console).await,
        Command::Webhook(command) => webhook::run(command, app, console).await,
        Command::Audit(command) => audit::run(command, app, console).await,
    }
}
