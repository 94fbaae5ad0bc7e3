//! Who is told of alarms, what was sent to them, and sending it again.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    alarms::{TENDS, tabs},
    frame::{Frame, Link},
    lists::{LISTED, address, cut, done, laid_out},
    page,
    signed::SignedForm,
    text::in_path,
};
use crate::{
    app::{Caller, WebhookStanding, WholeDelivery},
    http::{Faces, Problem, Query, path::Path},
    model::{Delivery, DeliveryId, DeliveryState},
};

#[derive(Template)]
#[template(path = "webhooks.html", config = "src/http/operator/pages/askama.toml")]
struct WebhooksPage {
    frame: Frame,
    tabs: Vec<Link>,
    webhooks: Vec<WebhookStanding>,
    /// Whose deliveries are shown; all of them where it is empty.
    only: String,
    deliveries: Vec<DeliveryRow>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "delivery.html", config = "src/http/operator/pages/askama.toml")]
struct Shown {
    frame: Frame,
    tabs: Vec<Link>,
    may_replay: bool,
    delivery: DeliveryRow,
    whole: WholeDelivery,
    body: String,
}

struct DeliveryRow(Delivery);

impl DeliveryRow {
    fn path(&self) -> String {
        format!("/alarms/deliveries/{}", in_path(self.0.id.as_str()))
    }

    fn state(&self) -> &'static str {
        match self.0.state {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::GivenUp => "given up",
        }
    }

    fn is_given_up(&self) -> bool {
        self.0.state == DeliveryState::GivenUp
    }

    fn is_delivered(&self) -> bool {
        self.0.state == DeliveryState::Delivered
    }
}

impl WebhooksPage {
    /// The deliveries of one webhook.
    fn path_of(webhook: &WebhookStanding) -> String {
        address("/alarms/webhooks", &[("webhook", &webhook.name)])
    }
}

/// `GET /alarms/webhooks`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let only = query.one("webhook")?.unwrap_or_default();
    let before = query
        .one("before")?
        .map(|id| DeliveryId::from(id.to_owned()));
    let webhook = Some(only).filter(|name| !name.is_empty());
    let found = faces
        .app
        .list_deliveries(webhook, before.as_ref(), LISTED + 1);
    let mut found = found.await?;
    let more = cut(&mut found);
    let last = found.last().filter(|_last| more);
    let older = last.map(|last| {
        let before = last.id.as_str();
        address("/alarms/webhooks", &[("webhook", only), ("before", before)])
    });
    Ok(page(&WebhooksPage {
        frame,
        tabs: tabs(2),
        webhooks: faces.app.list_webhooks().await?,
        only: only.to_owned(),
        deliveries: found.into_iter().map(DeliveryRow).collect(),
        older,
    }))
}

/// `GET /alarms/deliveries/{id}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let whole = faces.app.delivery(&DeliveryId::from(id)).await?;
    Ok(page(&Shown {
        tabs: tabs(2),
        may_replay: frame.may(TENDS),
        delivery: DeliveryRow(whole.delivery.clone()),
        body: laid_out(&whole.event.body),
        whole,
        frame,
    }))
}

/// `POST /alarms/deliveries/{id}`
pub(in crate::http::operator) async fn replay(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    let delivery = faces
        .app
        .replay_delivery(caller.actor, DeliveryId::from(id))
        .await?;
    Ok(done(&DeliveryRow(delivery).path(), "sent-again"))
}
