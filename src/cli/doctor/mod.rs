//! `mcnd doctor`: what is wrong with this installation, check by check.

mod crawling;
mod deep;
mod disk;
mod reach;
mod report;
mod round_trip;

use std::sync::Arc;

use super::{Settings, console::Console, failure::Done};
use crate::{
    app::{self, App},
    config::Config,
    daemon,
};

use report::{Finding, Report};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Look at every page and row of the database
    #[arg(long)]
    deep: bool,
}

pub(super) async fn run(args: &Args, settings: &Settings, console: &mut Console) -> Done {
    let config = settings.load()?;
    let mut report = Report::new(console);
    if args.deep {
        if let Some(app) = open(deep::patient(config), &mut report).await? {
            deep::examine(&app, &mut report).await?;
            app.close().await;
        }
        return report.end();
    }
    tell_settings(&config, &mut report)?;
    if let Some(app) = open(config.clone(), &mut report).await? {
        examine(&config, &app, &mut report).await?;
        app.close().await;
    }
    report.end()
}

/// Opens the catalog, and tells whether that went well.
async fn open(config: Config, report: &mut Report<'_>) -> Done<Option<Arc<App>>> {
    match daemon::open(config).await {
        Ok(app) => {
            let words = "it answers, keeps what is committed, and has the current schema";
            report.tell("database", &Finding::ok(words))?;
            Ok(Some(app))
        }
        Err(error) => {
            report.tell("database", &Finding::failure(&error.into()))?;
            Ok(None)
        }
    }
}

async fn examine(config: &Config, app: &Arc<App>, report: &mut Report<'_>) -> Done {
    report.tell("disk", &disk::check(config))?;
    match crawling::credentials(app, config).await {
        Ok(found) => found
            .iter()
            .try_for_each(|(check, finding)| report.tell(check, finding))?,
        Err(error) => report.tell("access", &Finding::failure(&error.into()))?,
    }
    report.tell("rules", &overruled(app))?;
    report.tell("user list", &made(crawling::user_list(app).await))?;
    report.tell("crawler", &made(crawling::silence(app).await))?;
    let reached = reach::check(config, report).await?;
    report.tell("round trip", &made(round_trip::check(app, reached).await))
}

/// Whether the configuration file says otherwise of what the catalog holds.
fn overruled(app: &App) -> Finding {
    let names = app.overruled_settings();
    if names.is_empty() {
        return Finding::ok("the configuration file says nothing else of rules and profile");
    }
    Finding::warn(format!(
        "{} of the configuration file have no effect, the catalog's values count; `mcnd rules reset` and \
         `mcnd user-list profile reset` take the file's, or remove them from it",
        names.join(", ")
    ))
}

/// What a check found, or what kept it from being made: the others are made all the same.
fn made(check: app::Result<Finding>) -> Finding {
    check.unwrap_or_else(|error| Finding::failure(&error.into()))
}

fn tell_settings(config: &Config, report: &mut Report<'_>) -> Done {
    let warnings = config.warnings();
    if config.server.public_url.is_none() {
        report.tell(
            "settings",
            &Finding::fail(
                "`server.public_url` is not set and `mcnd serve` does not start; set it to the address under which the world sees the public listener",
            ),
        )?;
    } else if warnings.is_empty() {
        report.tell("settings", &Finding::ok("nothing odd in them"))?;
    }
    let told = |warning: &&String| !warning.contains("`server.public_url` is empty");
    for warning in warnings.iter().filter(told) {
        report.tell("settings", &Finding::warn(warning))?;
    }
    Ok(())
}
