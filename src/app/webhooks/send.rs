//! What is to be told goes out: each event to each webhook that wants it, in order, until it is taken or given up.

use std::time::Duration;

use futures_util::future::join_all;
use metrics::counter;
use tokio::time::Instant;
use tracing::warn;
use url::Url;

use super::sign::signature;
use crate::{
    app::{App, Result},
    config::{Config, Webhook},
    fault_points,
    model::{Attempt, Delivery, DeliveryId, DeliveryState, OutgoingEvent, next_try},
    outbound::{Fault, Outbound, Post},
    telemetry,
};

/// Events whose deliveries are made out in one go.
const SPREAD: i64 = 100;
/// Due deliveries that are looked at; some of them may be another daemon's just now.
const LOOKED_AT: i64 = 20;
/// A lease is so much longer than a try can take.
const MARGIN: Duration = Duration::from_secs(30);
/// Whoever answers so wants to hear no more of it.
const GONE: u16 = 410;

impl App {
    /// Makes out the deliveries of new events, and tries those that are due and not held by another daemon; answers how
    /// many it tried.
    ///
    /// Safe at any time: a delivery is settled only once it was answered, so that a kill lets it be sent again, under the
    /// same `webhook-id`.
    pub async fn send_webhooks(&self) -> Result<u64> {
        self.spread_events().await?;
        let config = self.config.load_full();
        let endpoints = config.webhooks.endpoints.iter();
        let sending = endpoints.map(|webhook| self.send_to(webhook, &config));
        let tried: Result<Vec<_>> = join_all(sending).await.into_iter().collect();
        Ok(tried?.into_iter().sum())
    }

    /// Makes out the deliveries of events that have none yet.
    async fn spread_events(&self) -> Result<()> {
        let webhooks = self.config.load().webhooks.clone();
        for event in self.catalog.unspread_events(SPREAD).await? {
            let now = self.clock.now();
            let mut tx = self.catalog.begin().await?;
            if !tx.spread_event(&event.id, now).await? {
                continue;
            }
            let wanted = webhooks.endpoints.iter();
            for webhook in wanted.filter(|webhook| webhook.kinds.contains(&event.kind)) {
                let id = DeliveryId::from(self.random.id(now));
                let give_up_at = now.after(webhooks.give_up_after);
                tx.add_delivery(&id, &event.id, &webhook.name, now, give_up_at)
                    .await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Tries what is due for a webhook, one after the other; after one that was not taken the others wait for the next
    /// run, so that nobody who is away is asked for each of them.
    async fn send_to(&self, webhook: &Webhook, config: &Config) -> Result<u64> {
        let mut tried = 0;
        while !self.stopping.is_cancelled() && !self.is_distrusted() {
            let lease = self.random.id(self.clock.now());
            let Some(delivery) = self.claim_next(webhook, config, &lease).await? else {
                break;
            };
            let settled = self.try_delivery(delivery, webhook, config, &lease).await?;
            tried += u64::from(settled.is_some());
            if settled != Some(DeliveryState::Delivered) {
                break;
            }
        }
        Ok(tried)
    }

    async fn claim_next(
        &self,
        webhook: &Webhook,
        config: &Config,
        lease: &str,
    ) -> Result<Option<Delivery>> {
        let now = self.clock.now();
        let outbound = &config.outbound;
        let held = outbound.connect_timeout + outbound.header_timeout + MARGIN;
        let due = self.catalog.due_deliveries(&webhook.name, now, LOOKED_AT);
        for id in due.await? {
            let mut tx = self.catalog.begin().await?;
            if tx.claim_delivery(&id, lease, now, held).await? {
                tx.commit().await?;
                return Ok(self.catalog.find_delivery(&id).await?);
            }
        }
        Ok(None)
    }

    /// One try. Answers what the delivery is then; none when the service ends before there is an answer, and when the
    /// delivery was replayed or taken by another daemon meanwhile.
    async fn try_delivery(
        &self,
        delivery: Delivery,
        webhook: &Webhook,
        config: &Config,
        lease: &str,
    ) -> Result<Option<DeliveryState>> {
        let Some(event) = self.catalog.find_outgoing_event(&delivery.event).await? else {
            return Ok(None);
        };
        fault_points::pass("webhooks.before_send");
        let (at, began) = (self.clock.now(), Instant::now());
        let sent = tokio::select! {
            sent = self.post_event(&event, webhook, config) => sent,
            () = self.stopping.cancelled() => {
                let mut tx = self.catalog.begin().await?;
                tx.release_delivery(&delivery.id, lease).await?;
                tx.commit().await?;
                return Ok(None);
            }
        };
        fault_points::pass("webhooks.after_send");
        let attempt = Attempt {
            at,
            took: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX),
            status: match &sent {
                Ok(status) | Err(Fault::Status { status, .. }) => Some(*status),
                Err(_) => None,
            },
            message: sent.as_ref().err().map(ToString::to_string),
        };
        let settled = self.settled(delivery, sent.as_ref());
        let attempt_id = self.random.id(at);
        let mut tx = self.catalog.begin().await?;
        let counts = tx.settle_delivery(&settled, lease, &attempt_id, &attempt);
        let counts = counts.await?;
        tx.commit().await?;
        if counts {
            tell(&settled, &attempt);
        }
        Ok(counts.then_some(settled.state))
    }

    async fn post_event(
        &self,
        event: &OutgoingEvent,
        webhook: &Webhook,
        config: &Config,
    ) -> Result<u16, Fault> {
        let seconds = self.clock.now().as_millis().div_euclid(1_000);
        let signed = signature(&webhook.key(), &event.id, seconds, &event.body);
        let post = Post {
            url: Url::parse(webhook.url.expose()).map_err(|_odd| Fault::Unusable)?,
            headers: vec![
                ("webhook-id", event.id.clone()),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", signed),
            ],
            json: event.body.clone(),
        };
        let own = [config.server.public, config.server.operator];
        let outbound = Outbound::new(&config.outbound)?.but_not(&own);
        outbound.post(post).await
    }

    /// What a delivery is after a try.
    fn settled(&self, mut delivery: Delivery, sent: Result<&u16, &Fault>) -> Delivery {
        let now = self.clock.now();
        delivery.tries += 1;
        let jitter = self.random.up_to(Duration::from_secs(1)).as_secs_f64();
        let (state, asked) = match sent {
            Ok(_taken) => (DeliveryState::Delivered, None),
            Err(Fault::Status { status: GONE, .. }) => (DeliveryState::GivenUp, None),
            Err(Fault::Status { retry_after, .. }) => (DeliveryState::Waiting, *retry_after),
            Err(_other) => (DeliveryState::Waiting, None),
        };
        delivery.state = state;
        if state == DeliveryState::Waiting {
            delivery.due_at = now.after(next_try(delivery.tries, jitter, asked));
            if delivery.due_at > delivery.give_up_at {
                delivery.state = DeliveryState::GivenUp;
            }
        }
        delivery.settled_at = (delivery.state != DeliveryState::Waiting).then_some(now);
        delivery
    }
}

/// Counts and logs how a try ended, once it is written.
fn tell(delivery: &Delivery, attempt: &Attempt) {
    let outcome = match delivery.state {
        DeliveryState::Delivered => "delivered",
        DeliveryState::Waiting => "later",
        DeliveryState::GivenUp => "given_up",
    };
    let webhook = delivery.webhook.clone();
    counter!(telemetry::WEBHOOK_TRIES, "webhook" => webhook, "outcome" => outcome).increment(1);
    if let Some(message) = &attempt.message {
        let then = match delivery.state {
            DeliveryState::Waiting => format!("it is tried again at {}", delivery.due_at),
            _ => format!(
                "it is given up; `mcnd webhook replay {}` tries again",
                delivery.id
            ),
        };
        warn!(
            webhook.name = delivery.webhook,
            delivery.id = delivery.id.as_str(),
            "webhook `{}` did not take an event: {message}; {then}",
            delivery.webhook
        );
    }
}
