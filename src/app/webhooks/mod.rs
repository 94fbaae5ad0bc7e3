//! Webhooks: who is told of alarms, what was sent to them, and sending it again.

mod send;
mod sign;

use std::sync::Arc;

use serde_json::json;
use url::Url;

use super::{App, Error, Result, audit::told};
use crate::model::{Action, Actor, Attempt, Delivery, DeliveryId, OutgoingEvent};

/// Tries of a delivery that are shown.
const TRIES: i64 = 1_000;

/// A webhook of the settings, and how it does.
#[derive(Clone, Debug)]
pub struct WebhookStanding {
    pub name: String,
    /// Without its path, which is often a secret.
    pub address: String,
    /// What is sent to it.
    pub kinds: Vec<String>,
    /// The last event that was meant for it.
    pub last: Option<Delivery>,
}

/// All that is known of a delivery.
#[derive(Clone, Debug)]
pub struct WholeDelivery {
    pub delivery: Delivery,
    pub event: OutgoingEvent,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
}

impl App {
    /// The webhooks of the settings, in their order.
    pub async fn list_webhooks(&self) -> Result<Vec<WebhookStanding>> {
        let config = self.config();
        let mut webhooks = Vec::new();
        for webhook in &config.webhooks.endpoints {
            let last = self
                .catalog
                .newest_deliveries(Some(&webhook.name), None, 1)
                .await?;
            webhooks.push(WebhookStanding {
                name: webhook.name.clone(),
                address: address(webhook.url.expose()),
                kinds: webhook.kinds.clone(),
                last: last.into_iter().next(),
            });
        }
        Ok(webhooks)
    }

    /// The newest deliveries, newest first, at most `limit`, older than the delivery `before`; to one webhook, or to all.
    pub async fn list_deliveries(
        &self,
        webhook: Option<&str>,
        before: Option<&DeliveryId>,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        Ok(self
            .catalog
            .newest_deliveries(webhook, before, limit)
            .await?)
    }

    /// A delivery with what was sent and what became of each try.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delivery(&self, id: &DeliveryId) -> Result<WholeDelivery> {
        let delivery = self.catalog.find_delivery(id).await?;
        let delivery = delivery.ok_or_else(|| unknown(id))?;
        let event = self.catalog.find_outgoing_event(&delivery.event).await?;
        Ok(WholeDelivery {
            event: event.ok_or_else(|| unknown(id))?,
            attempts: self.catalog.attempts(id, TRIES).await?,
            delivery,
        })
    }

    /// Sends a delivery again, whatever has become of it: the same bytes under the same `webhook-id`, which tells a
    /// receiver that has them already. The daemon sends it within seconds.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when the settings no longer name its webhook.
    pub async fn replay_delivery(self: &Arc<Self>, by: Actor, id: DeliveryId) -> Result<Delivery> {
        let before = self.delivery(&id).await?.delivery;
        let webhooks = self.config().webhooks.clone();
        let named = |webhook: &crate::config::Webhook| webhook.name == before.webhook;
        if !webhooks.endpoints.iter().any(named) {
            return Err(Error::Conflict(format!(
                "the settings name no webhook `{}`; add it to `webhooks.endpoints` first",
                before.webhook
            )));
        }
        let app = Arc::clone(self);
        let replayed = id.clone();
        self.detached(async move {
            let now = app.clock.now();
            let mut tx = app.catalog.begin().await?;
            let give_up_at = now.after(webhooks.give_up_after);
            tx.replay_delivery(&replayed, now, give_up_at).await?;
            let mut line = app.audit_line(&by, Action::ReplayDelivery, replayed.as_str());
            line.before = told(&json!({
                "webhook": before.webhook, "event": before.event, "state": before.state.as_str(),
            }));
            tx.add_audit(&line).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        Ok(self.delivery(&id).await?.delivery)
    }
}

/// An address as lists show it.
fn address(url: &str) -> String {
    let shown = Url::parse(url).map(|url| {
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        let host = url.host_str().unwrap_or_default();
        format!("{}://{host}{port}/…", url.scheme())
    });
    shown.unwrap_or_default()
}

fn unknown(id: &DeliveryId) -> Error {
    Error::NotFound(format!(
        "there is no delivery `{id}`; `mcnd webhook deliveries` shows them"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::KINDS, model::News};

    #[test]
    fn the_settings_know_every_kind_of_news() {
        assert_eq!(News::ALL.map(News::kind), KINDS);
    }

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        let shown = address("https://me:pw@chat.example:8443/hooks/secret?key=x");
        assert_eq!(shown, "https://chat.example:8443/…");
    }
}
