//! `mcnd creator list`.

use std::sync::Arc;

use serde_json::Value;

use super::{as_json, yes_or_no};
use crate::{
    app::{App, CreatorQuery},
    cli::{
        console::{Console, note},
        failure::Done,
        table::Table,
    },
    model::{
        CreatorCursor, CreatorId, CreatorOrder, CreatorStatus, PageSize, RankedCreator, State,
        Words,
    },
};

const HEADS: [&str; 10] = [
    "ID",
    "STATUS",
    "ADOPTED",
    "WAITING",
    "IMPORTED",
    "REFUSED",
    "DRAFT",
    "REFUSED OF 1000",
    "OLDEST WAITING",
    "NAME",
];

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only creators whose id or name has words that begin like these
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Only creators of this status: active, paused or rejected
    #[arg(long)]
    status: Option<CreatorStatus>,
    /// In which order: `id`, `oldest_waiting` (whose video waits longest first) or `failure_rate` (the worst first)
    #[arg(long, value_name = "ORDER", default_value = "id")]
    sort: CreatorOrder,
    /// Show at most so many; 0 shows all
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: u32,
    /// Begin behind this id
    #[arg(long, value_name = "ID", conflicts_with = "sort")]
    after: Option<CreatorId>,
}

pub(super) async fn run(args: Args, app: &Arc<App>, console: &mut Console) -> Done {
    let query = CreatorQuery {
        status: args.status,
        words: args.search.as_deref().map(Words::from),
    };
    let place = |id| CreatorCursor {
        order: CreatorOrder::Id,
        rank: 0,
        id,
    };
    let mut left = if args.limit == 0 {
        i64::MAX
    } else {
        args.limit.into()
    };
    let (mut after, mut table) = (args.after.map(place), Table::new(&HEADS));
    while let Ok(size) = PageSize::try_from(left.min(PageSize::MOST.get())) {
        let page = app
            .rank_creators(&query, args.sort, after.as_ref(), size)
            .await?;
        show(&page.creators, &mut table, console)?;
        left -= size.get();
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
    let more = match (args.sort, after) {
        (CreatorOrder::Id, Some(place)) => {
            format!("there are more; `--after {}` continues", place.id)
        }
        _ => "there are more; `--limit` shows them".to_owned(),
    };
    note(&more);
    Ok(())
}

fn show(creators: &[RankedCreator], table: &mut Table, console: &mut Console) -> Done {
    if console.json {
        return creators
            .iter()
            .try_for_each(|ranked| console.object(&ranked_json(ranked)));
    }
    console.rows(table, &creators.iter().map(row).collect::<Vec<_>>())
}

fn ranked_json(ranked: &RankedCreator) -> Value {
    let mut object = as_json(&ranked.creator);
    object["oldest_waiting"] = ranked.oldest_waiting.map(|at| at.to_string()).into();
    object["refused_per_mille"] = ranked.creator.counts.refused_per_mille().into();
    object
}

fn row(ranked: &RankedCreator) -> Vec<String> {
    let creator = &ranked.creator;
    let count = |state| creator.counts.of(state).to_string();
    let none = || "-".to_owned();
    vec![
        creator.id.to_string(),
        creator.status.to_string(),
        yes_or_no(creator.adopted),
        count(State::Waiting),
        count(State::Imported),
        count(State::Refused),
        count(State::Draft),
        creator
            .counts
            .refused_per_mille()
            .map_or_else(none, |rate| rate.to_string()),
        ranked.oldest_waiting.map_or_else(none, |at| at.to_string()),
        creator.name.clone(),
    ]
}
