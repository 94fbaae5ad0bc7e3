//! `mcnd creator`.

mod list;

use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::{arguments, console::Console, failure::Done, status::counts_json, whoever};
use crate::{
    app::{App, CreatorChange, NewCreator},
    model::{Creator, CreatorId, CreatorStatus, FeedMode, State},
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Add a creator; an active and adopted one is in the user list at once
    Add(New),
    /// Change what is known of a creator; what is not given stays
    Edit(Edit),
    /// List creators
    List(list::Args),
    /// Show one creator
    Show(One),
    /// Take a creator out of the user list and empty the feed, for now
    Pause(One),
    /// List a creator and the feed again
    Resume(One),
    /// End the work with a creator: no entry in the user list, no feed; `resume` takes it back
    Reject(One),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The creator's id
    id: CreatorId,
}

#[derive(Debug, Args)]
pub(super) struct New {
    /// A name for ever, of a-z, 0-9 and `-`; it is part of the feed's address
    id: CreatorId,
    /// The id of the creator's Dailymotion account, such as `x1abcd`
    #[arg(long, value_name = "ID", value_parser = arguments::name)]
    dailymotion_id: String,
    /// The user name of that account
    #[arg(long, value_name = "NAME", value_parser = arguments::name)]
    username: String,
    /// The channel's name as people read it [default: the user name]
    #[arg(long, value_parser = arguments::name)]
    name: Option<String>,
    /// The creator's own site
    #[arg(long, value_name = "URL", value_parser = arguments::web_address)]
    link: Option<String>,
    /// The network's Dailymotion account has adopted this one
    #[arg(long)]
    adopted: bool,
    /// What the feed lists: `drain`, what waits; `full`, also all that is imported; `delta`, of that what changed lately
    #[arg(long, value_name = "MODE", default_value = "drain")]
    mode: FeedMode,
}

#[derive(Debug, Args)]
pub(super) struct Edit {
    /// The creator's id, which itself can't change
    id: CreatorId,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// The id of the creator's Dailymotion account
    #[arg(long, value_name = "ID", value_parser = arguments::name)]
    dailymotion_id: Option<String>,
    /// The user name of that account
    #[arg(long, value_name = "NAME", value_parser = arguments::name)]
    username: Option<String>,
    /// The channel's name as people read it
    #[arg(long, value_parser = arguments::name)]
    name: Option<String>,
    /// The creator's own site
    #[arg(long, value_name = "URL", value_parser = arguments::web_address)]
    link: Option<String>,
    /// Whether the network's Dailymotion account has adopted this one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    adopted: Option<bool>,
    /// What the feed lists: `drain`, what waits; `full`, also all that is imported; `delta`, of that what changed lately
    #[arg(long, value_name = "MODE")]
    mode: Option<FeedMode>,
}

impl From<New> for NewCreator {
    fn from(new: New) -> Self {
        Self {
            id: new.id,
            name: new.name.unwrap_or_else(|| new.username.clone()),
            dailymotion_id: Some(new.dailymotion_id),
            username: Some(new.username),
            link: new.link,
            adopted: new.adopted,
            mode: new.mode,
        }
    }
}

impl From<Changes> for CreatorChange {
    fn from(changes: Changes) -> Self {
        Self {
            name: changes.name,
            dailymotion_id: changes.dailymotion_id,
            username: changes.username,
            link: changes.link,
            adopted: changes.adopted,
            mode: changes.mode,
            status: None,
        }
    }
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    let creator = match command {
        Command::Add(new) => app.add_creator(whoever(), new.into()).await?,
        Command::Edit(edit) => {
            app.change_creator(whoever(), edit.id, edit.changes.into())
                .await?
        }
        Command::List(args) => return list::run(args, app, console).await,
        Command::Show(one) => app.creator(&one.id).await?,
        Command::Pause(one) => set_status(app, one, CreatorStatus::Paused).await?,
        Command::Resume(one) => set_status(app, one, CreatorStatus::Active).await?,
        Command::Reject(one) => set_status(app, one, CreatorStatus::Rejected).await?,
    };
    show(&creator, console)
}

async fn set_status(app: &Arc<App>, one: One, status: CreatorStatus) -> Done<Creator> {
    let change = CreatorChange {
        status: Some(status),
        ..CreatorChange::default()
    };
    Ok(app.change_creator(whoever(), one.id, change).await?)
}

fn show(creator: &Creator, console: &mut Console) -> Done {
    if console.json {
        return console.object(&as_json(creator));
    }
    let mut facts = vec![
        ("id", creator.id.to_string()),
        ("name", creator.name.clone()),
        ("status", creator.status.to_string()),
        ("adopted", yes_or_no(creator.adopted)),
        (
            "dailymotion id",
            creator.dailymotion_id.clone().unwrap_or_default(),
        ),
        ("user name", creator.username.clone().unwrap_or_default()),
        ("link", creator.link.clone().unwrap_or_default()),
        ("feed mode", creator.mode.as_str().to_owned()),
        ("added", creator.added_at.to_string()),
        ("feed changed", creator.feed_changed_at.to_string()),
        ("videos", creator.counts.total().to_string()),
    ];
    facts.extend(State::ALL.map(|state| (state.as_str(), creator.counts.of(state).to_string())));
    console.facts(&facts)
}

pub(super) fn yes_or_no(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

/// A creator for programs.
fn as_json(creator: &Creator) -> Value {
    json!({
        "id": creator.id,
        "name": creator.name,
        "status": creator.status.as_str(),
        "adopted": creator.adopted,
        "dailymotion_id": creator.dailymotion_id,
        "username": creator.username,
        "link": creator.link,
        "mode": creator.mode.as_str(),
        "added_at": creator.added_at,
        "feed_version": creator.feed_version,
        "feed_changed_at": creator.feed_changed_at,
        "videos": counts_json(creator.counts),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: Command,
    }

    fn edit(args: &[&str]) -> Option<Changes> {
        let args = ["creator", "edit", "demo"].iter().chain(args);
        match Line::try_parse_from(args).ok()?.command {
            Command::Edit(edit) => Some(edit.changes),
            _ => None,
        }
    }

    #[test]
    fn an_edit_changes_at_least_one_thing() {
        assert!(edit(&[]).is_none());
        let both = edit(&["--name", "Demo", "--adopted"]).unwrap();
        assert_eq!(
            (both.name.as_deref(), both.adopted),
            (Some("Demo"), Some(true))
        );
        assert_eq!(edit(&["--adopted=false"]).unwrap().adopted, Some(false));
        assert!(edit(&["--adopted=perhaps"]).is_none());
        let mode = edit(&["--mode", "delta"]).unwrap().mode;
        assert_eq!(mode, Some(FeedMode::Delta));
        assert!(edit(&["--mode", "everything"]).is_none());
    }
}
