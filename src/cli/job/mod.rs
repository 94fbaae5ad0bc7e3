//! `mcnd job`: what was asked of many things at once, and what the daemon does by itself.

mod bulk;
mod runs;

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::{console::Console, failure::Done, whoever};
use crate::{
    app::App,
    model::{BulkJobId, BulkStep},
};

pub(super) use bulk::carry_out;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List bulk jobs, newest first
    List {
        /// Show at most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
        /// Begin behind this job
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
    /// Show one bulk job: what it does to which things, how far it has come, and the first things of a plan
    Show(One),
    /// Show what became of things that a job did not simply change, and why; of each job the first 10,000
    Results(One),
    /// Confirm a plan: its walk begins, and this command goes along to the end
    ///
    /// Ctrl-C leaves the rest to the daemon.
    Confirm(Walked),
    /// Pause a job; it stops before its next chunk
    Pause(One),
    /// Let a paused or failed job go on, and go along to the end
    Resume(Walked),
    /// End a job for good; what is done stays done
    Cancel(One),
    /// Show the last runs of what the daemon does by itself, up to a minute old
    Runs {
        /// Only those of this periodic job, newest first
        name: Option<String>,
        /// Show at most so many of one job
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The job's id
    id: String,
}

#[derive(Debug, Args)]
pub(super) struct Walked {
    #[command(flatten)]
    one: One,
    /// Leave the walk to the daemon
    #[arg(long)]
    detach: bool,
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::List { limit, after } => bulk::list(app, after, limit, console).await,
        Command::Show(one) => bulk::show(app, &one.id(), console).await,
        Command::Results(one) => bulk::results(app, &one.id(), console).await,
        Command::Confirm(walked) => go_on(walked, BulkStep::Confirm, app, console).await,
        Command::Resume(walked) => go_on(walked, BulkStep::Resume, app, console).await,
        Command::Pause(one) => step(one, BulkStep::Pause, app, console).await,
        Command::Cancel(one) => step(one, BulkStep::Cancel, app, console).await,
        Command::Runs { name, limit } => runs::show(app, name, limit.into(), console).await,
    }
}

impl One {
    fn id(&self) -> BulkJobId {
        BulkJobId::from(self.id.clone())
    }
}

async fn step(one: One, step: BulkStep, app: &Arc<App>, console: &mut Console) -> Done {
    let job = app.step_bulk(whoever(), one.id(), step).await?;
    bulk::tell(&job, console)
}

async fn go_on(walked: Walked, step: BulkStep, app: &Arc<App>, console: &mut Console) -> Done {
    let job = app.step_bulk(whoever(), walked.one.id(), step).await?;
    if walked.detach {
        return bulk::tell(&job, console);
    }
    bulk::go_along(&job, app, console).await
}
