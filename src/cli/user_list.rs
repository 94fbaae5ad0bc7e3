//! `mcnd user-list`.

use std::sync::Arc;

use serde_json::json;

use super::{address::base, console::Console, document, failure::Done, whoever};
use crate::{
    app::{App, ListRequest},
    config::UserList,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the user list as Dailymotion would get it now
    Show {
        /// Which page, where `user_list.paging` is on
        #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        page: u32,
    },
    /// Agree to the next list, however many creators it loses
    ///
    /// From 10 creators on, a list that would lose more than a fifth of those it last had is not served until somebody
    /// agrees: an import gone wrong must not empty it.
    Accept,
    /// Which shape the list has
    #[command(subcommand)]
    Profile(Profile),
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Profile {
    /// Print the profile in force as JSON, as `set` takes it
    Show,
    /// Give the list another profile; daemons follow within seconds
    Set {
        /// The profile as JSON; `-` reads standard input
        file: String,
    },
    /// Give the list the profile of the configuration file
    Reset,
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::Show { page } => show(page, app, console).await,
        Command::Accept => accept(app, console).await,
        Command::Profile(Profile::Show) => console.object(&app.user_list_profile().value),
        Command::Profile(Profile::Set { file }) => {
            set_profile(document::read(&file)?, app, console).await
        }
        Command::Profile(Profile::Reset) => {
            set_profile(app.config().user_list.clone(), app, console).await
        }
    }
}

async fn set_profile(profile: UserList, app: &Arc<App>, console: &mut Console) -> Done {
    let set = app.set_user_list_profile(whoever(), profile, None).await?;
    console.object(&set.value)
}

async fn show(page: u32, app: &Arc<App>, console: &mut Console) -> Done {
    let request = ListRequest {
        page,
        base: base(&app.config()),
    };
    let list = app.preview_user_list(request).await?;
    let mut chunks = app.read_user_list(list, None);
    while let Some(chunk) = chunks.recv().await {
        console.bytes(&chunk?)?;
    }
    console.bytes(b"\n")
}

async fn accept(app: &Arc<App>, console: &mut Console) -> Done {
    let compared = app.accept_user_list(whoever()).await?;
    if console.json {
        return console.object(&json!({
            "before": compared.entries,
            "lost": compared.lost,
            "gained": compared.gained,
            "after": compared.next(),
        }));
    }
    console.line(format!(
        "agreed: the list goes from {} to {} creators ({} lost, {} gained)",
        compared.entries,
        compared.next(),
        compared.lost,
        compared.gained
    ))
}
