//! Webhooks of the settings: who is told of alarms, what was sent to them, and sending it again.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Page;
use crate::{
    app::{Caller, WebhookStanding, WholeDelivery},
    http::{
        Faces,
        operator::{
            json::{Answer, Json},
            parameters::Parameters,
            schemas::Text,
        },
        path::Path,
    },
    model::{Attempt, Delivery, DeliveryId, DeliveryState, News, PageSize, Timestamp},
};

/// A webhook, and how it does. Its secret and the rest of its address stand in the settings alone.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct WebhookView {
    name: String,
    /// Without its path, which is often a secret
    address: String,
    /// What is sent to it
    #[schema(value_type = Vec<News>)]
    kinds: Vec<String>,
    /// The last event that was meant for it
    last: Option<DeliveryView>,
}

impl From<WebhookStanding> for WebhookView {
    fn from(webhook: WebhookStanding) -> Self {
        Self {
            name: webhook.name,
            address: webhook.address,
            kinds: webhook.kinds,
            last: webhook.last.map(Into::into),
        }
    }
}

/// One event on its way to one webhook.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct DeliveryView {
    id: String,
    /// The id of its event, sent as `webhook-id`
    event: String,
    #[schema(value_type = News)]
    kind: String,
    /// When the event happened; milliseconds since 1970
    at: i64,
    webhook: String,
    state: DeliveryState,
    /// Tries since it was made out, or last replayed
    tries: i64,
    /// When it is tried next, while it waits
    due_at: i64,
    settled_at: Option<i64>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            event: delivery.event,
            kind: delivery.kind,
            at: delivery.at.as_millis(),
            webhook: delivery.webhook,
            state: delivery.state,
            tries: delivery.tries,
            due_at: delivery.due_at.as_millis(),
            settled_at: delivery.settled_at.map(Timestamp::as_millis),
        }
    }
}

/// What became of one try.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct AttemptView {
    /// Milliseconds since 1970.
    at: i64,
    /// Milliseconds until the answer
    took: i64,
    /// Of the answer; null where there was none
    status: Option<u16>,
    /// What stood in the way; null when it was taken
    message: Option<String>,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.at.as_millis(),
            took: attempt.took,
            status: attempt.status,
            message: attempt.message,
        }
    }
}

/// A delivery with what was sent and what became of each try.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct WholeDeliveryView {
    #[serde(flatten)]
    delivery: DeliveryView,
    /// What was signed and sent
    #[schema(value_type = Option<Object>)]
    body: Option<Box<RawValue>>,
    /// Oldest first
    attempts: Vec<AttemptView>,
}

impl From<WholeDelivery> for WholeDeliveryView {
    fn from(whole: WholeDelivery) -> Self {
        Self {
            delivery: whole.delivery.into(),
            body: RawValue::from_string(whole.event.body).ok(),
            attempts: whole.attempts.into_iter().map(Into::into).collect(),
        }
    }
}

/// The webhooks of the settings, in their order
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "alarms", responses((status = 200, body = [WebhookView])))]
pub(in crate::http::operator) async fn list_webhooks(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<WebhookView>> {
    let webhooks = faces.app.list_webhooks().await?;
    Ok(Json::of(webhooks.into_iter().map(Into::into).collect()))
}

/// What was sent, newest first
#[utoipa::path(get, path = "/api/v1/webhooks/deliveries", tag = "alarms",
    params(("webhook" = Option<Text>, Query, description = "only to the webhook of this name"),
        ("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<DeliveryView>)))]
pub(in crate::http::operator) async fn list_deliveries(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<Page<DeliveryView>> {
    let (webhook, size) = (given.text("webhook"), given.limit());
    let before = given.text("after").map(DeliveryId::from);
    let (webhook, before) = given.finish((webhook, before))?;
    let found = faces
        .app
        .list_deliveries(webhook.as_deref(), before.as_ref(), size.get() + 1);
    let cursor = |delivery: &Delivery| delivery.id.to_string();
    Ok(Json::of(Page::of(found.await?, size, cursor, Into::into)))
}

/// One delivery: what was sent, and what became of each try
#[utoipa::path(get, path = "/api/v1/webhooks/deliveries/{id}", tag = "alarms", params(("id" = String, Path)),
    responses((status = 200, body = WholeDeliveryView)))]
pub(in crate::http::operator) async fn show_delivery(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<String>,
) -> Answer<WholeDeliveryView> {
    Ok(Json::of(
        faces.app.delivery(&DeliveryId::from(id)).await?.into(),
    ))
}

/// Send a delivery again, whatever has become of it: the same bytes under the same `webhook-id`
#[utoipa::path(post, path = "/api/v1/webhooks/deliveries/{id}/replay", tag = "alarms", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryView)))]
pub(in crate::http::operator) async fn replay_delivery(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<DeliveryView> {
    let delivery = faces
        .app
        .replay_delivery(caller.actor, DeliveryId::from(id));
    Ok(Json::of(delivery.await?.into()))
}
