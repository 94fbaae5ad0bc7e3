//! `mcnd rules`.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    console::{Console, note},
    document,
    failure::{Done, Failure},
    progress::{Meter, Stage},
    table::Table,
    whoever,
};
use crate::{
    app::App,
    config::Preflight,
    model::{Flipped, RuleWalk, RuleWalkId, WalkEnding},
};

/// Between two looks at a question that a daemon answers.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the rules in force; `--json` prints what `set` and `what-if` take
    Show,
    /// Say which videos other rules would block or let go; changes nothing
    WhatIf {
        /// The rules as JSON; `-` reads standard input
        file: String,
    },
    /// Put other rules in force; the daemon judges every video again
    Set {
        /// The rules as JSON; `-` reads standard input
        file: String,
    },
    /// Put the rules of the configuration file in force
    Reset,
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::Show => show(app, console).await,
        Command::WhatIf { file } => what_if(document::read(&file)?, app, console).await,
        Command::Set { file } => set(document::read(&file)?, app, console).await,
        Command::Reset => set(app.config().preflight.clone(), app, console).await,
    }
}

async fn show(app: &Arc<App>, console: &mut Console) -> Done {
    let rules = app.rules();
    if console.json {
        return console.object(&rules.value);
    }
    let changed = rules.changed.map(|(at, by)| format!("at {at} by {by}"));
    let checked = if rules.value.check_category {
        "must be one of these"
    } else {
        "may be any"
    };
    console.facts(&[
        ("category", checked.to_owned()),
        ("categories", rules.value.categories.join(", ")),
        ("changed", changed.unwrap_or_default()),
        ("without effect", app.overruled_settings().join(", ")),
        ("judged again", judged_again(app).await?),
    ])
}

async fn judged_again(app: &App) -> Done<String> {
    let Some(walk) = app.judging_again().await? else {
        return Ok(String::new());
    };
    let (looked_at, total) = (walk.found.looked_at, app.count_all_videos().await?);
    Ok(match walk.ended {
        Some((at, WalkEnding::Failed)) => {
            let why = walk.message.unwrap_or_default();
            format!("failed at {at}: {why}; `mcnd rules set` with these rules begins again")
        }
        Some((at, _)) => format!("{looked_at} videos, until {at}"),
        None => format!("{looked_at} of {total} videos; the daemon goes on"),
    })
}

async fn set(rules: Preflight, app: &Arc<App>, console: &mut Console) -> Done {
    let before = app.rules().version;
    let set = app.set_rules(whoever(), rules, None).await?;
    if set.version == before {
        note("these rules were in force already");
    } else {
        note("every video is judged again by the daemon; `mcnd rules show` says how far it is");
    }
    show(app, console).await
}

async fn what_if(rules: Preflight, app: &Arc<App>, console: &mut Console) -> Done {
    let asked = app.ask_what_if(whoever(), rules).await?;
    let total = u64::try_from(app.count_all_videos().await?).unwrap_or(0);
    let meter = Meter::new("what if", "videos");
    let answered = answered(&asked.id, total, &meter, app).await;
    meter.end();
    let walk = answered?;
    match walk.ended.map(|(_, ending)| ending) {
        Some(WalkEnding::Done) | None => tell(&walk, console),
        Some(WalkEnding::Failed) => {
            let why = walk.message.unwrap_or_default();
            Err(Failure::Refused(format!("there is no answer: {why}")))
        }
        Some(WalkEnding::Cancelled | WalkEnding::Superseded) => Err(Failure::Refused(
            "somebody cancelled the question".to_owned(),
        )),
    }
}

/// Waits for the answer. Where no daemon looks for it, this process does.
async fn answered(id: &RuleWalkId, total: u64, meter: &Meter, app: &Arc<App>) -> Done<RuleWalk> {
    let mut walking = std::pin::pin!(app.walk_rules());
    loop {
        tokio::select! {
            walked = &mut walking => {
                walked?;
                walking.set(app.walk_rules());
                tokio::time::sleep(LOOK).await;
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        let walk = app.what_if(id).await?;
        if walk.ended.is_some() {
            return Ok(walk);
        }
        meter.show(Stage {
            name: "looking",
            done: u64::try_from(walk.found.looked_at).unwrap_or(0),
            total: Some(total),
        });
    }
}

fn tell(walk: &RuleWalk, console: &mut Console) -> Done {
    let found = &walk.found;
    if console.json {
        return console.object(&as_json(walk));
    }
    console.facts(&[
        ("looked at", found.looked_at.to_string()),
        ("waiting to draft", found.to_draft.videos.to_string()),
        ("draft to waiting", found.to_waiting.videos.to_string()),
    ])?;
    sample("draft", &found.to_draft, console)?;
    sample("waiting", &found.to_waiting, console)?;
    let creators = found.top_creators();
    if creators.is_empty() {
        return Ok(());
    }
    let rows = creators.into_iter().map(|(id, flips)| {
        let counts = [flips.to_draft, flips.to_waiting].map(|count| count.to_string());
        let [to_draft, to_waiting] = counts;
        vec![id.to_owned(), to_draft, to_waiting]
    });
    console.line("")?;
    console.rows(
        &mut Table::new(&["CREATOR", "TO DRAFT", "TO WAITING"]),
        &rows.collect::<Vec<_>>(),
    )
}

fn sample(to: &str, flipped: &Flipped, console: &mut Console) -> Done {
    if flipped.sample.is_empty() {
        return Ok(());
    }
    let rows = flipped.sample.iter().map(|flip| {
        let title = flip.title.clone().unwrap_or_default();
        let (guid, creator) = (flip.guid.clone(), flip.creator.clone());
        vec![to.to_owned(), guid, creator, flip.rules.join(","), title]
    });
    console.line("")?;
    console.rows(
        &mut Table::new(&["TO", "GUID", "CREATOR", "RULES", "TITLE"]),
        &rows.collect::<Vec<_>>(),
    )
}

fn as_json(walk: &RuleWalk) -> Value {
    let found = &walk.found;
    let creators = found.top_creators().into_iter();
    let creators = creators.map(|(id, flips)| {
        json!({ "creator": id, "to_draft": flips.to_draft, "to_waiting": flips.to_waiting })
    });
    json!({
        "id": walk.id,
        "looked_at": found.looked_at,
        "to_draft": found.to_draft,
        "to_waiting": found.to_waiting,
        "creators": creators.collect::<Vec<_>>(),
    })
}
