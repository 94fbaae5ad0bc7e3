//! The operator's hands: the same operations as the faces, without HTTP.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 refused or failed, 2 wrong
//! usage, 70 the storage can't be trusted, 78 wrong configuration.

mod access;
mod address;
mod arguments;
mod backup;
mod config;
mod console;
mod creator;
mod credential;
mod demo;
mod doctor;
mod document;
mod event;
mod export;
mod failure;
mod feed;
mod healthcheck;
mod import;
mod job;
mod key;
mod manual;
mod migrate;
mod network;
mod progress;
mod rules;
mod serve;
mod session;
mod simulate;
mod source;
mod status;
mod table;
mod text;
mod user;
mod user_list;
mod video;
mod watch;
mod whoever;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use tokio::runtime;

use crate::{
    app::App,
    config::{Config, Source, environment, load},
    daemon,
};

use console::Console;
use failure::{Done, Failure};
use whoever::whoever;

/// The daemon between a network's video catalog and Dailymotion.
///
/// Dailymotion's crawler reads the user list and the feeds that `mcnd serve` answers with, and reports to its callback
/// address. Every other command works on the same database, also while the daemon runs.
#[derive(Debug, Parser)]
#[command(name = "mcnd", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    /// Settings that differ from the shipped ones; `MCND__SECTION__KEY` variables override both
    #[arg(long, value_name = "FILE", global = true, env = "MCND_CONFIG")]
    config: Option<PathBuf>,
    /// Print JSON for programs: one object, or for lists one on each line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 70 the storage can't be trusted, \
                          78 wrong configuration.";

#[derive(Debug, Subcommand)]
enum Command {
    /// See the whole thing work: daemon, sample catalog and a pretend Dailymotion in one command
    Demo(demo::Args),
    /// Run the daemon; Ctrl-C or SIGTERM stops it gracefully, a second one at once
    Serve,
    /// Put videos into the catalog from CSV, JSON Lines or feeds; see what became of such imports
    Import(import::Args),
    /// Sources: addresses that are read again and again
    #[command(subcommand)]
    Source(source::Command),
    /// Creators: the channels whose videos go out
    #[command(subcommand)]
    Creator(creator::Command),
    /// Videos: where they stand, why, and what to do about it
    #[command(subcommand)]
    Video(video::Command),
    /// Feeds, as Dailymotion reads them
    #[command(subcommand)]
    Feed(feed::Command),
    #[command(flatten)]
    Network(network::Command),
    /// What Dailymotion reported to the callback address
    #[command(subcommand)]
    Event(event::Command),
    /// What Dailymotion is given to read lists and feeds, and to report
    #[command(subcommand)]
    Credential(credential::Command),
    #[command(flatten)]
    Access(access::Command),
    #[command(flatten)]
    Watch(watch::Command),
    /// How the installation stands
    Status,
    /// Say what is wrong with this installation, and what to do about it (exit code 0 or 1)
    ///
    /// One line for each check: ok, warn or fail. A synthetic report goes the whole way through the callback address, and
    /// is removed again. `--deep` looks at every page and row of the database instead; it changes nothing.
    Doctor(doctor::Args),
    /// The settings in force
    #[command(subcommand)]
    Config(config::Command),
    /// Bring the database's schema up to this program's
    Migrate,
    /// Copy the whole catalog into a new file, also while daemons serve it
    ///
    /// The copy is one moment of the catalog, read back before the command ends. It holds no secret in clear. For Postgres
    /// it is an archive that `pg_dump` writes, which must be installed.
    Backup(backup::Backup),
    /// Fill an empty database with a backup
    ///
    /// `database.url` names the database; one that holds a catalog is refused.
    Restore(backup::Restore),
    /// Run a pretend Dailymotion against a daemon
    Simulate(Box<simulate::Args>),
    /// Print the completions of a shell, such as `source <(mcnd completions bash)` reads
    Completions(manual::Completions),
    /// Write manual pages
    Man(manual::Pages),
    /// Ask the daemon of these settings whether it is alive (exit code 0 or 1)
    Healthcheck,
}

/// Where the settings come from.
#[derive(Clone)]
struct Settings(Source);

impl Settings {
    /// Reads and checks them.
    fn load(&self) -> Done<Config> {
        Ok(load(self.0.clone())?)
    }

    /// Opens the catalog they name.
    async fn open(&self) -> Done<Arc<App>> {
        Ok(daemon::open(self.load()?).await?)
    }
}

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let words = format!("no threads to work with: {error}; look at the system's limits");
            return Failure::Refused(words).end();
        }
    };
    let mut console = Console::standard(cli.json);
    let settings = Settings(Source {
        file: cli.config,
        environment: environment(),
    });
    let done = runtime
        .block_on(obey(cli.command, &settings, &mut console))
        .and(console.flush());
    // Nothing that counts is under way: a read of a terminal, say, must not hold the end up.
    runtime.shutdown_background();
    done.map_or_else(Failure::end, |()| ExitCode::SUCCESS)
}

async fn obey(command: Command, settings: &Settings, console: &mut Console) -> Done {
    match command {
        Command::Demo(args) => Box::pin(demo::run(args, console)).await,
        Command::Serve => Box::pin(serve::run(settings)).await,
        Command::Import(args) => import::run(args, settings, console).await,
        Command::Source(command) => source::run(command, &settings.open().await?, console).await,
        Command::Creator(command) => creator::run(command, &settings.open().await?, console).await,
        Command::Video(command) => video::run(command, &settings.open().await?, console).await,
        Command::Feed(command) => feed::run(command, settings, console).await,
        Command::Network(command) => network::run(command, &settings.open().await?, console).await,
        Command::Event(command) => event::run(command, &settings.open().await?, console).await,
        Command::Credential(command) => {
            credential::run(command, &settings.open().await?, console).await
        }
        Command::Access(command) => access::run(command, &settings.open().await?, console).await,
        Command::Watch(command) => watch::run(command, &settings.open().await?, console).await,
        Command::Status => status::run(&settings.open().await?, console).await,
        Command::Doctor(args) => doctor::run(&args, settings, console).await,
        Command::Config(command) => config::run(&command, &settings.load()?, console),
        Command::Migrate => migrate::run(&settings.load()?, console).await,
        Command::Backup(args) => backup::back_up(&args, &settings.load()?, console).await,
        Command::Restore(args) => backup::restore(&args, &settings.load()?, console).await,
        Command::Simulate(args) => simulate::run(*args, console).await,
        Command::Completions(args) => manual::completions(&args, console),
        Command::Man(args) => manual::pages(&args, console),
        Command::Healthcheck => healthcheck::run(&settings.load()?),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_anywhere() {
        let cli = Cli::try_parse_from([
            "mcnd", "video", "list", "--json", "--config", "a.toml", "--state", "refused",
        ])
        .unwrap();
        assert!(cli.json);
        assert_eq!(cli.config, Some(PathBuf::from("a.toml")));
    }
}
