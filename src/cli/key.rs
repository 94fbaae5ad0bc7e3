//! `mcnd key`: what programs of the network are let in with.

use std::sync::Arc;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{console::Console, failure::Done, table::Table, user, whoever};
use crate::{
    app::{App, NewKeyWish},
    model::{ApiKey, KeyId, OperatorName, Scope, Timestamp},
};

const HEADS: [&str; 7] = [
    "ID",
    "NAME",
    "SCOPES",
    "OF",
    "ADDED",
    "EXPIRES",
    "LAST USED",
];

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key and print it, this once
    Add(Box<New>),
    /// List keys, oldest first, without what they are presented as
    List,
    /// Remove a key; it lets nobody in from now on
    Remove {
        /// The key's id
        id: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// What it is for, in words
    name: String,
    /// Whose key it is: it never does more than this operator may
    #[arg(long, value_name = "OPERATOR")]
    of: OperatorName,
    /// What it opens: read, catalog, events, credentials, finance or admin; several times for several
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<Scope>,
    /// When it ends, such as `2027-01-01`; never without it
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::Add(new) => add(*new, app, console).await,
        Command::List => list(app, console).await,
        Command::Remove { id } => {
            app.remove_key(whoever(), KeyId::from(id.clone())).await?;
            if console.json {
                return console.object(&json!({ "id": id, "removed": true }));
            }
            console.line(format!("`{id}` is removed"))
        }
    }
}

async fn add(new: New, app: &Arc<App>, console: &mut Console) -> Done {
    let wish = NewKeyWish {
        name: new.name,
        scopes: new.scopes,
        expires_at: new.expires,
    };
    let made = app.add_key_for(whoever(), &new.of, wish).await?;
    if console.json {
        let mut object = as_json(&made.key, new.of.as_str());
        object["secret"] = made.secret.into();
        return console.object(&object);
    }
    let id = &made.key.id;
    console.line(format!(
        "key `{id}` of `{}` is made; it is shown this once:",
        new.of
    ))?;
    console.line(made.secret)
}

async fn list(app: &App, console: &mut Console) -> Done {
    let (keys, people) = (app.list_keys().await?, user::names(app).await?);
    let keys = keys.iter().map(|key| {
        let of = people.get(&key.made_by).map(String::as_str);
        (key, of.unwrap_or_default())
    });
    if console.json {
        return keys
            .into_iter()
            .try_for_each(|(key, of)| console.object(&as_json(key, of)));
    }
    let rows: Vec<_> = keys.map(|(key, of)| row(key, of)).collect();
    if rows.is_empty() {
        return console.line("there is no key; `mcnd key add` makes one");
    }
    console.rows(&mut Table::new(&HEADS), &rows)
}

fn row(key: &ApiKey, of: &str) -> Vec<String> {
    let or =
        |at: Option<Timestamp>, none: &str| at.map_or_else(|| none.to_owned(), |at| at.to_string());
    vec![
        key.id.to_string(),
        key.name.clone(),
        words(key).join(","),
        of.to_owned(),
        key.added_at.to_string(),
        or(key.expires_at, "never"),
        or(key.used_at, "never"),
    ]
}

fn words(key: &ApiKey) -> Vec<&'static str> {
    key.scopes.iter().map(|scope| scope.as_str()).collect()
}

fn as_json(key: &ApiKey, of: &str) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "scopes": words(key),
        "of": of,
        "added_at": key.added_at,
        "expires_at": key.expires_at,
        "used_at": key.used_at,
    })
}
