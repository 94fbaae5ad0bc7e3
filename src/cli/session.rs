//! `mcnd session`: who is signed in.

use std::sync::Arc;

use clap::Subcommand;
use serde_json::json;

use super::{console::Console, failure::Done, table::Table, user, whoever};
use crate::{
    app::App,
    model::{Session, SessionId},
};

const HEADS: [&str; 6] = ["ID", "OPERATOR", "BEGAN", "LAST USED", "ADDRESS", "BROWSER"];

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the sessions that let in now
    List,
    /// End a session; whoever has it must sign in again
    End {
        /// The session's id
        id: String,
    },
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::List => list(app, console).await,
        Command::End { id } => {
            app.end_session(whoever(), SessionId::from(id.clone()))
                .await?;
            if console.json {
                return console.object(&json!({ "id": id, "ended": true }));
            }
            console.line(format!("session `{id}` has ended"))
        }
    }
}

async fn list(app: &App, console: &mut Console) -> Done {
    let (sessions, people) = (app.list_sessions().await?, user::names(app).await?);
    let name = |session: &Session| people.get(&session.operator).cloned();
    if console.json {
        return sessions.iter().try_for_each(|session| {
            console.object(&json!({
                "id": session.id,
                "operator": name(session),
                "began_at": session.began_at,
                "used_at": session.used_at,
                "address": session.address,
                "agent": session.agent,
            }))
        });
    }
    if sessions.is_empty() {
        return console.line("nobody is signed in");
    }
    let row = |session: &Session| {
        vec![
            session.id.to_string(),
            name(session).unwrap_or_default(),
            session.began_at.to_string(),
            session.used_at.to_string(),
            session.address.clone(),
            session.agent.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = sessions.iter().map(row).collect();
    console.rows(&mut Table::new(&HEADS), &rows)
}
