//! `mcnd event replay`.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;

use super::range::Range;
use crate::{
    app::{App, EventRange, Replayed, ReplayedOutcome},
    cli::whoever,
    cli::{
        console::{Console, agreed, note},
        failure::{Done, Failure},
        progress::{Meter, Stage},
        table::Table,
        text::counted,
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
    let events = |count| counted(count, "event", "events");
    let sentence = args.range.sentence();
    let mut range = EventRange::from(args.range);
    // What comes from now on is applied when it comes.
    let now = app.now();
    range.until = Some(range.until.map_or(now, |until| until.min(now)));
    let count = app.count_events(&range).await?;
    let found = format!("{} {sentence}", events(count));
    if count == 0 {
        note(&format!("{found}: nothing to replay"));
        return if console.json {
            tell(&Replayed::default(), console)
        } else {
            Ok(())
        };
    }
    if !args.yes {
        match agreed(&format!("{found}: replay all of them?")) {
            Some(true) => {}
            Some(false) => return Err(Failure::Refused("nothing was changed".to_owned())),
            None => {
                return Err(Failure::Refused(format!(
                    "{found} would be replayed; add `--yes` to replay them"
                )));
            }
        }
    }
    tell(&replay(&range, count, app).await?, console)
}

/// Walks the range once, chunk by chunk.
async fn replay(range: &EventRange, count: u64, app: &Arc<App>) -> Done<Replayed> {
    let by = whoever();
    let meter = Meter::new("replay", "events");
    let (mut all, mut after) = (Replayed::default(), None);
    while let Some((place, replayed)) = app.replay_next(&by, range, after).await? {
        after = Some(place);
        all.add(replayed);
        meter.show(Stage {
            name: "done",
            done: all.looked_at(),
            total: Some(count),
        });
    }
    meter.end();
    Ok(all)
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
