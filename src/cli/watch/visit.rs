//! `mcnd visit`.

use std::sync::Arc;

use clap::Subcommand;
use serde_json::{Value, json};

use super::super::{console::Console, creator::yes_or_no, failure::Done, status, table::Table};
use crate::{
    app::{App, Habit},
    model::{CreatorId, KeptVisit, TurnedAway},
};

/// Silent creators that are told.
const SILENT: i64 = 1_000;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// List what crawlers read, newest first
    List {
        /// Only visits to this creator's feed
        #[arg(long, value_name = "ID")]
        creator: Option<CreatorId>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Say how often crawlers come, and for whose feed they have not come for longer than usual
    Habits {
        /// Only of this creator's feed
        #[arg(long, value_name = "ID")]
        creator: Option<CreatorId>,
    },
    /// List whom the crawler's addresses turned away and why, hour by hour, newest first
    TurnedAway {
        #[command(flatten)]
        limit: Limit,
    },
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Limit {
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::List { creator, limit } => {
            let limit = limit.limit.into();
            list(
                &app.list_visits(creator.as_ref(), None, limit).await?,
                console,
            )
        }
        Command::Habits { creator } => habits(app, creator.as_ref(), console).await,
        Command::TurnedAway { limit } => {
            turned_away(&app.turned_away(None, limit.limit.into()).await?, console)
        }
    }
}

fn list(visits: &[KeptVisit], console: &mut Console) -> Done {
    if console.json {
        return visits
            .iter()
            .try_for_each(|kept| console.object(&status::visit_json(&kept.visit)));
    }
    let rows: Vec<_> = visits
        .iter()
        .map(|kept| status::visit_row(&kept.visit))
        .collect();
    console.rows(&mut Table::new(&status::VISIT_HEADS), &rows)
}

async fn habits(app: &App, creator: Option<&CreatorId>, console: &mut Console) -> Done {
    let name = |creator: Option<&CreatorId>| {
        creator.map_or_else(
            || "anything".to_owned(),
            |creator| format!("feed of {creator}"),
        )
    };
    let mut habits = Vec::new();
    if let Some(habit) = app.rhythm(creator).await? {
        habits.push((name(creator), habit));
    }
    if creator.is_none() {
        let silent = app.silent_creators(SILENT).await?;
        habits.extend(
            silent
                .into_iter()
                .map(|(creator, habit)| (name(Some(&creator)), habit)),
        );
    }
    if console.json {
        return habits
            .iter()
            .try_for_each(|(what, habit)| console.object(&habit_json(what, habit)));
    }
    if habits.is_empty() {
        return console.line("no crawler has come yet");
    }
    let rows: Vec<_> = habits
        .iter()
        .map(|(what, habit)| habit_row(what, habit))
        .collect();
    let heads = [
        "WHAT",
        "LAST ASKED FOR",
        "USUAL PAUSE",
        "UNUSUAL FROM",
        "SILENT",
    ];
    console.rows(&mut Table::new(&heads), &rows)
}

fn habit_row(what: &str, habit: &Habit) -> Vec<String> {
    let unknown = || "-".to_owned();
    let minutes = |pause: std::time::Duration| format!("{} min", pause.as_secs().div_ceil(60));
    vec![
        what.to_owned(),
        habit.last_at.to_string(),
        habit.usual_pause.map_or_else(unknown, minutes),
        habit.silent_from.map_or_else(unknown, |at| at.to_string()),
        yes_or_no(habit.is_silent),
    ]
}

fn habit_json(what: &str, habit: &Habit) -> Value {
    json!({
        "what": what,
        "last_at": habit.last_at,
        "usual_pause_ms": habit.usual_pause.map(|pause| pause.as_millis()),
        "silent_from": habit.silent_from,
        "is_silent": habit.is_silent,
    })
}

fn turned_away(turned: &[TurnedAway], console: &mut Console) -> Done {
    if console.json {
        return turned.iter().try_for_each(|one| {
            console.object(&json!({
                "hour": one.hour,
                "address": one.address,
                "reason": one.reason.as_str(),
                "sentence": one.reason.sentence(),
                "times": one.times,
                "last_at": one.last_at,
                "user_agent": one.user_agent,
            }))
        });
    }
    let row = |one: &TurnedAway| {
        let address = if one.address.is_empty() {
            "others"
        } else {
            &one.address
        };
        vec![
            one.hour.to_string(),
            address.to_owned(),
            one.times.to_string(),
            one.user_agent.clone().unwrap_or_default(),
            one.reason.sentence().to_owned(),
        ]
    };
    let rows: Vec<_> = turned.iter().map(row).collect();
    let heads = ["HOUR", "ADDRESS", "TIMES", "CALLS ITSELF", "WHY"];
    console.rows(&mut Table::new(&heads), &rows)
}
