//! `mcnd video list`.

use std::sync::Arc;

use super::query::{Pages, Query};
use crate::{
    app::App,
    cli::{
        console::{Console, note},
        failure::Done,
        table::Table,
        text::shortened,
    },
    model::{Guid, Video, VideoOrder},
};

/// Characters of a title in a list.
const TITLE: usize = 60;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    query: Query,
    /// In which order: `oldest` and `newest` by when they were added, `longest_waiting` for waiting ones alone
    #[arg(long, value_name = "ORDER", default_value = "oldest")]
    sort: VideoOrder,
    /// Show at most so many; 0 shows all
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: u32,
    /// Begin behind the video of this guid
    #[arg(long, value_name = "GUID")]
    after: Option<Guid>,
}

pub(super) async fn run(args: Args, app: &Arc<App>, console: &mut Console) -> Done {
    let after = match &args.after {
        Some(guid) => Some(app.video(guid).await?),
        None => None,
    };
    let limit = if args.limit == 0 {
        i64::MAX
    } else {
        args.limit.into()
    };
    let mut pages = Pages::some(app, args.query, args.sort, after.as_ref(), limit);
    let mut table = Table::new(&["GUID", "CREATOR", "STATE", "REMOTE ID", "ADDED", "TITLE"]);
    let mut last = None;
    while let Some(page) = pages.next().await? {
        if console.json {
            // Nothing but the clock is known of a creator here, so holds are left to `why` and `export`.
            for video in &page {
                console.object(&super::show::as_json(video))?;
            }
        } else {
            console.rows(&mut table, &page.iter().map(row).collect::<Vec<_>>())?;
        }
        last = page.into_iter().next_back().map(|video| video.guid);
    }
    if let Some(last) = last
        && pages.has_more().await?
    {
        note(&format!("there are more; `--after {last}` continues"));
    }
    Ok(())
}

fn row(video: &Video) -> Vec<String> {
    let remote_id = video.standing.remote_id.as_deref().unwrap_or("-");
    let conflict = if video.standing.is_conflict() {
        " (conflict)"
    } else {
        ""
    };
    let title = video.fields.title.as_deref().unwrap_or_default();
    vec![
        video.guid.to_string(),
        video.creator.to_string(),
        video.standing.state.as_str().to_owned(),
        format!("{remote_id}{conflict}"),
        video.added_at.to_string(),
        shortened(title, TITLE).into_owned(),
    ]
}
