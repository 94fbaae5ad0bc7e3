//! `mcnd credential`.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{address::base, arguments, console::Console, failure::Done, table::Table, whoever};
use crate::{
    app::{App, Handover, NewCredential},
    model::{Credential, CredentialForm, CredentialId, CredentialKind, CredentialUse},
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a credential and print what to hand to the content manager; its secret is shown this once
    Add {
        /// What it opens: `crawler` reads user list and feeds, `callback` reports videos
        #[arg(value_parser = ["crawler", "callback"])]
        kind: String,
        /// How it is presented: HTTP Basic, a Bearer token, or a part of the address
        #[arg(long, default_value = "basic", value_parser = ["basic", "bearer", "path"])]
        form: String,
    },
    /// List credentials, without their secrets
    List,
    /// Make a successor; the old one stays valid for a while
    Rotate {
        /// The credential's id
        id: CredentialId,
        /// How long the old one stays valid
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = arguments::duration)]
        overlap: Duration,
    },
    /// Remove a credential; every daemon refuses it within seconds
    Remove {
        /// The credential's id
        id: CredentialId,
    },
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::Add { kind, form } => {
            let kind: CredentialKind = kind.parse().map_err(super::Failure::Usage)?;
            let form: CredentialForm = form.parse().map_err(super::Failure::Usage)?;
            hand_over(
                &app.add_credential(whoever(), kind, form).await?,
                app,
                console,
            )
        }
        Command::List => list(app, console).await,
        Command::Rotate { id, overlap } => {
            let rotated = app.rotate_credential(whoever(), id, overlap).await?;
            hand_over(&rotated.successor, app, console)
        }
        Command::Remove { id } => {
            app.remove_credential(whoever(), id.clone()).await?;
            if console.json {
                console.object(&json!({ "id": id, "removed": true }))
            } else {
                console.line(format!("`{id}` is removed"))
            }
        }
    }
}

fn hand_over(new: &NewCredential, app: &App, console: &mut Console) -> Done {
    let handover = Handover::new(&new.credential, &new.secret, &base(&app.config()));
    if console.json {
        return console.object(&handover);
    }
    let id = &new.credential.id;
    console.line(format!(
        "credential `{id}` for the {} is made; its secret is shown this once",
        new.credential.kind.as_str()
    ))?;
    console.line("")?;
    console.facts(&handover.facts())
}

async fn list(app: &App, console: &mut Console) -> Done {
    let (credentials, uses) = (app.list_credentials().await?, app.credential_uses().await?);
    let listed = credentials.iter().map(|credential| {
        let used = uses.iter().find(|used| used.credential == credential.id);
        (credential, used)
    });
    if console.json {
        return listed
            .into_iter()
            .try_for_each(|(credential, used)| console.object(&as_json(credential, used)));
    }
    let mut table = Table::new(&["ID", "KIND", "FORM", "ADDED", "EXPIRES", "LAST USED"]);
    let rows = listed.map(|(credential, used)| row(credential, used));
    console.rows(&mut table, &rows.collect::<Vec<_>>())
}

fn row(credential: &Credential, used: Option<&CredentialUse>) -> Vec<String> {
    let end = credential.expires_at.map(|end| end.to_string());
    let used = used.map(|used| used.last_at.to_string());
    vec![
        credential.id.to_string(),
        credential.kind.as_str().to_owned(),
        credential.form.as_str().to_owned(),
        credential.added_at.to_string(),
        end.unwrap_or_else(|| "never".to_owned()),
        used.unwrap_or_else(|| "never".to_owned()),
    ]
}

fn as_json(credential: &Credential, used: Option<&CredentialUse>) -> Value {
    json!({
        "id": credential.id,
        "kind": credential.kind.as_str(),
        "form": credential.form.as_str(),
        "added_at": credential.added_at,
        "expires_at": credential.expires_at,
        "first_used_at": used.map(|used| used.first_at),
        "used_at": used.map(|used| used.last_at),
    })
}
