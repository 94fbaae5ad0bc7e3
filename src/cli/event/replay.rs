//! `mcnd event replay`.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;

use super::range::Range;
use crate::{
    app::{App, BulkTask, Replayed, ReplayedOutcome},
    cli::{
        console::Console,
        failure::{Done, Failure},
        job,
        table::Table,
        whoever,
    },
    model::Digest,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The event's digest: 64 hexadecimal digits
    #[arg(conflicts_with_all = ["guid", "outcome", "since", "until"])]
    digest: Option<Digest>,
    #[command(flatten)]
    range: Range,
    /// Agree beforehand to what a query finds
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: Args, app: &Arc<App>, console: &mut Console) -> Done {
    if let Some(digest) = &args.digest {
        return tell(&app.replay_event(&whoever(), digest).await?, console);
    }
    if !args.range.is_given() {
        return Err(Failure::Usage(
            "name an event by its digest, or find events with `--guid`, `--outcome`, `--since` or `--until`"
                .to_owned(),
        ));
    }
    let task = BulkTask::Replay(args.range.into());
    job::carry_out(task, args.yes, app, console).await
}

fn tell(replayed: &Replayed, console: &mut Console) -> Done {
    if console.json {
        let outcomes: BTreeMap<_, _> = replayed
            .outcomes
            .iter()
            .map(|(outcome, one)| (outcome.as_str(), as_json(one)))
            .collect();
        return console.object(&json!({
            "looked_at": replayed.looked_at(),
            "outcomes": outcomes,
        }));
    }
    let rows: Vec<_> = replayed
        .outcomes
        .iter()
        .map(|(outcome, one)| {
            vec![
                outcome.as_str().to_owned(),
                one.looked_at.to_string(),
                one.without_text.to_string(),
                one.moved.to_string(),
                filed(one),
            ]
        })
        .collect();
    let heads = [
        "OUTCOME",
        "EVENTS",
        "WITHOUT TEXT",
        "MOVED A VIDEO",
        "FILED ANEW AS",
    ];
    console.rows(&mut Table::new(&heads), &rows)
}

fn filed(one: &ReplayedOutcome) -> String {
    let filed = one
        .filed_as
        .iter()
        .map(|(outcome, count)| format!("{} {count}", outcome.as_str()));
    let filed = filed.collect::<Vec<_>>().join(", ");
    if filed.is_empty() {
        "-".to_owned()
    } else {
        filed
    }
}

fn as_json(one: &ReplayedOutcome) -> serde_json::Value {
    let filed: BTreeMap<_, _> = one
        .filed_as
        .iter()
        .map(|(outcome, count)| (outcome.as_str(), count))
        .collect();
    json!({
        "looked_at": one.looked_at,
        "without_text": one.without_text,
        "moved": one.moved,
        "filed_as": filed,
    })
}
