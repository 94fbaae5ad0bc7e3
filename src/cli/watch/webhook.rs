//! `mcnd webhook`.

use std::sync::Arc;

use clap::Subcommand;
use serde_json::{Value, json};

use super::super::{console::Console, failure::Done, table::Table, whoever};
use crate::{
    app::{App, WebhookStanding, WholeDelivery},
    model::{Attempt, Delivery, DeliveryId},
};

const HEADS: [&str; 4] = ["NAME", "ADDRESS", "LAST EVENT", "STATE"];
const DELIVERY_HEADS: [&str; 6] = ["ID", "WEBHOOK", "EVENT", "STATE", "TRIES", "HAPPENED"];

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// List the webhooks of the settings, and how the last event to each did
    List,
    /// List what was sent, newest first
    Deliveries {
        /// Only to the webhook of this name
        #[arg(long, value_name = "NAME")]
        webhook: Option<String>,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 50,
            value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Show a delivery: what was sent, and what became of each try
    Show {
        /// The delivery's id
        id: String,
    },
    /// Send a delivery again, whatever has become of it; the daemon does so within seconds
    Replay {
        /// The delivery's id
        id: String,
    },
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::List => list(&app.list_webhooks().await?, console),
        Command::Deliveries { webhook, limit } => {
            let webhook = webhook.as_deref();
            let found = app.list_deliveries(webhook, None, limit.into());
            deliveries(&found.await?, console)
        }
        Command::Show { id } => show(&app.delivery(&DeliveryId::from(id)).await?, console),
        Command::Replay { id } => {
            let id = DeliveryId::from(id);
            let delivery = app.replay_delivery(whoever(), id).await?;
            if console.json {
                return console.object(&as_json(&delivery));
            }
            let words = format!("it is sent to `{}` again", delivery.webhook);
            console.line(words)
        }
    }
}

fn list(webhooks: &[WebhookStanding], console: &mut Console) -> Done {
    if console.json {
        return webhooks.iter().try_for_each(|webhook| {
            console.object(&json!({
                "name": webhook.name,
                "address": webhook.address,
                "kinds": webhook.kinds,
                "last": webhook.last.as_ref().map(as_json),
            }))
        });
    }
    if webhooks.is_empty() {
        return console.line("the settings name none; `webhooks.endpoints` is where they stand");
    }
    let row = |webhook: &WebhookStanding| {
        let last = webhook.last.as_ref();
        vec![
            webhook.name.clone(),
            webhook.address.clone(),
            last.map_or_else(|| "none yet".to_owned(), |last| last.at.to_string()),
            last.map_or("", |last| last.state.as_str()).to_owned(),
        ]
    };
    let rows: Vec<_> = webhooks.iter().map(row).collect();
    console.rows(&mut Table::new(&HEADS), &rows)
}

fn deliveries(deliveries: &[Delivery], console: &mut Console) -> Done {
    if console.json {
        return deliveries
            .iter()
            .try_for_each(|delivery| console.object(&as_json(delivery)));
    }
    let row = |delivery: &Delivery| {
        vec![
            delivery.id.to_string(),
            delivery.webhook.clone(),
            delivery.kind.clone(),
            delivery.state.as_str().to_owned(),
            delivery.tries.to_string(),
            delivery.at.to_string(),
        ]
    };
    let rows: Vec<_> = deliveries.iter().map(row).collect();
    console.rows(&mut Table::new(&DELIVERY_HEADS), &rows)
}

fn show(whole: &WholeDelivery, console: &mut Console) -> Done {
    let WholeDelivery {
        delivery,
        event,
        attempts,
    } = whole;
    if console.json {
        let mut object = as_json(delivery);
        object["body"] = serde_json::from_str(&event.body)?;
        object["attempts"] = attempts.iter().map(attempt_json).collect();
        return console.object(&object);
    }
    let next = (delivery.settled_at.is_none()).then(|| delivery.due_at.to_string());
    console.facts(&[
        ("delivery", delivery.id.to_string()),
        ("event", format!("{} {}", delivery.kind, delivery.event)),
        ("happened", delivery.at.to_string()),
        ("webhook", delivery.webhook.clone()),
        ("state", delivery.state.as_str().to_owned()),
        ("next try", next.unwrap_or_default()),
        ("body", event.body.clone()),
    ])?;
    if attempts.is_empty() {
        return Ok(());
    }
    console.line("")?;
    let rows: Vec<_> = attempts.iter().map(attempt_row).collect();
    console.rows(
        &mut Table::new(&["TRIED", "TOOK MS", "STATUS", "WHAT"]),
        &rows,
    )
}

fn attempt_row(attempt: &Attempt) -> Vec<String> {
    vec![
        attempt.at.to_string(),
        attempt.took.to_string(),
        attempt
            .status
            .map_or_else(|| "none".to_owned(), |status| status.to_string()),
        attempt
            .message
            .clone()
            .unwrap_or_else(|| "taken".to_owned()),
    ]
}

fn attempt_json(attempt: &Attempt) -> Value {
    json!({
        "at": attempt.at,
        "took_ms": attempt.took,
        "status": attempt.status,
        "message": attempt.message,
    })
}

fn as_json(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "event": delivery.event,
        "kind": delivery.kind,
        "at": delivery.at,
        "webhook": delivery.webhook,
        "state": delivery.state.as_str(),
        "tries": delivery.tries,
        "due_at": delivery.due_at,
        "settled_at": delivery.settled_at,
    })
}
