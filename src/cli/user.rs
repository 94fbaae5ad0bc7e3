//! `mcnd user`: people of the network who reach the operators' face.

use std::{collections::HashMap, sync::Arc};

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    console::Console,
    failure::{Done, Failure},
    table::Table,
    whoever,
};
use crate::{
    app::{App, OperatorChange, SignUpLink},
    daemon::sign_up_address,
    model::{Operator, OperatorId, OperatorName, Role},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add somebody; prints the link with which they set their password, once and within an hour
    Add {
        /// The name they sign in with: a-z, 0-9 and `._@+-`
        name: OperatorName,
        /// viewer, finance, operator or owner
        #[arg(long, default_value = "viewer")]
        role: Role,
    },
    /// Everybody, in the order in which they were added
    List,
    /// Print a new link with which somebody sets their password; the one before is no longer good
    Invite {
        /// The name they sign in with
        name: OperatorName,
    },
    /// Change somebody's role; their sessions end
    Role {
        /// The name they sign in with
        name: OperatorName,
        /// viewer, finance, operator or owner
        role: Role,
    },
    /// Let somebody in no more; their sessions end, and their keys open nothing
    Disable {
        /// The name they sign in with
        name: OperatorName,
    },
    /// Let somebody in again
    Enable {
        /// The name they sign in with
        name: OperatorName,
    },
    /// Ask somebody for codes no more who has lost their device and their recovery codes
    ResetTotp {
        /// The name they sign in with
        name: OperatorName,
    },
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::Add { name, role } => {
            let link = app.add_operator(whoever(), name.clone(), role).await?;
            invite(&name, &link, app, console)
        }
        Command::Invite { name } => {
            let link = app.invite_operator(whoever(), name.clone()).await?;
            invite(&name, &link, app, console)
        }
        Command::List => list(app, console).await,
        Command::Role { name, role } => {
            let change = OperatorChange {
                role: Some(role),
                enabled: None,
            };
            set(name, change, app, console).await
        }
        Command::Disable { name } => set(name, enabled(false), app, console).await,
        Command::Enable { name } => set(name, enabled(true), app, console).await,
        Command::ResetTotp { name } => {
            app.reset_totp(whoever(), name.clone()).await?;
            if console.json {
                return console.object(&json!({ "name": name.as_str(), "totp": false }));
            }
            console.line(format!("`{name}` signs in without codes"))
        }
    }
}

fn enabled(enabled: bool) -> OperatorChange {
    OperatorChange {
        role: None,
        enabled: Some(enabled),
    }
}

fn invite(name: &OperatorName, link: &SignUpLink, app: &App, console: &mut Console) -> Done {
    let config = app.config();
    let address = sign_up_address(&config, config.server.operator, link);
    if console.json {
        return console.object(
            &json!({ "name": name.as_str(), "link": address, "expires_at": link.expires_at }),
        );
    }
    console.line(format!(
        "with this link `{name}` sets a password, once and before {}:",
        link.expires_at
    ))?;
    console.line(address)
}

async fn set(
    name: OperatorName,
    change: OperatorChange,
    app: &Arc<App>,
    console: &mut Console,
) -> Done {
    let operator = app.change_operator(whoever(), name, change, None).await?;
    if console.json {
        return console.object(&as_json(&operator));
    }
    let standing = match operator.disabled_at {
        Some(_) => "is let in no more",
        None => "is let in",
    };
    console.line(format!(
        "`{}` {standing}; the role is {}",
        operator.name, operator.role
    ))
}

/// What everybody is called, for lists that know their ids.
pub(super) async fn names(app: &App) -> Done<HashMap<OperatorId, String>> {
    let operators = app.list_operators().await?.into_iter();
    let named = operators.map(|operator| (operator.id, operator.name.to_string()));
    Ok(named.collect())
}

async fn list(app: &App, console: &mut Console) -> Done {
    let operators = app.list_operators().await?;
    if console.json {
        return operators
            .iter()
            .try_for_each(|operator| console.object(&as_json(operator)));
    }
    if operators.is_empty() {
        return Err(Failure::Refused(
            "there is nobody yet; `mcnd serve` prints a link for the first owner, or add one with `mcnd user add NAME --role owner`"
                .to_owned(),
        ));
    }
    let mut table = Table::new(&["NAME", "ROLE", "ADDED", "SIGNED IN", "STANDING"]);
    console.rows(&mut table, &operators.iter().map(row).collect::<Vec<_>>())
}

fn row(operator: &Operator) -> Vec<String> {
    let signed_in = operator.signed_in_at.map(|at| at.to_string());
    vec![
        operator.name.to_string(),
        operator.role.to_string(),
        operator.added_at.to_string(),
        signed_in.unwrap_or_else(|| "never".to_owned()),
        standing(operator).to_owned(),
    ]
}

fn standing(operator: &Operator) -> &'static str {
    match (operator.disabled_at, operator.has_password) {
        (Some(_), _) => "disabled",
        (None, false) => "invited",
        (None, true) => "active",
    }
}

fn as_json(operator: &Operator) -> Value {
    json!({
        "name": operator.name.as_str(),
        "role": operator.role.as_str(),
        "added_at": operator.added_at,
        "signed_in_at": operator.signed_in_at,
        "standing": standing(operator),
    })
}
