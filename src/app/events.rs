//! Injector events as operators see and export them.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{App, Error, EventPlace, Result};
use crate::{
    catalog::{EventKind, EventOrder, EventQuery, EventRange, FiledEvent, InboxPart, Quarantined},
    model::{Action, Actor, Digest, Guid, Timestamp},
};

/// One line of an export: a kept event, or a body that was put aside.
#[derive(Debug, Serialize)]
pub struct ExportedEvent {
    pub digest: String,
    pub received_at: Timestamp,
    pub outcome: &'static str,
    pub guid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The element as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Box<RawValue>>,
    /// The body where it is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_base64: Option<String>,
}

impl From<FiledEvent> for ExportedEvent {
    fn from(event: FiledEvent) -> Self {
        Self {
            digest: event.digest.to_string(),
            received_at: event.received_at,
            outcome: event.outcome.as_str(),
            guid: event.guid,
            alarm: event.alarm,
            note: event.note,
            raw: event.raw.and_then(|raw| RawValue::from_string(raw).ok()),
            raw_base64: None,
        }
    }
}

impl From<Quarantined> for ExportedEvent {
    fn from(body: Quarantined) -> Self {
        Self {
            digest: Digest::of(&body.body).to_string(),
            received_at: body.received_at,
            outcome: "quarantined",
            guid: None,
            alarm: None,
            note: Some(body.reason),
            raw: None,
            raw_base64: Some(BASE64_STANDARD.encode(body.body)),
        }
    }
}

impl App {
    /// The event of that digest.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn event(&self, digest: &Digest) -> Result<FiledEvent> {
        let found = self.catalog.find_event(digest).await?;
        found.ok_or_else(|| {
            Error::NotFound(format!(
                "there is no event `{digest}`; `mcnd event list` shows the newest"
            ))
        })
    }

    /// The event of that digest with what was sent; the audit notes first that somebody reads it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn event_as_sent(&self, by: &Actor, digest: &Digest) -> Result<FiledEvent> {
        let event = self.event(digest).await?;
        self.note_look(by, Action::ReadEvent, &digest.to_string())
            .await?;
        Ok(event)
    }

    /// The newest events about a guid with what was sent, at most `limit`; the audit notes first, by the guid, that somebody
    /// reads them.
    pub async fn events_as_sent(
        &self,
        by: &Actor,
        guid: &Guid,
        limit: i64,
    ) -> Result<Vec<FiledEvent>> {
        let query = EventQuery::OfGuid(guid.to_string());
        let events = self.newest_events(&query, limit).await?;
        if events.iter().any(|event| event.raw.is_some()) {
            self.note_look(by, Action::ReadEvent, guid.as_str()).await?;
        }
        Ok(events)
    }

    /// The newest events, newest first.
    pub async fn newest_events(&self, query: &EventQuery, limit: i64) -> Result<Vec<FiledEvent>> {
        Ok(self.catalog.newest_events(query, limit).await?)
    }

    /// Events of a part of the inbox, newest first, at most `limit`, older than the one at `before`.
    pub async fn inbox_page(
        &self,
        part: InboxPart,
        before: Option<EventPlace>,
        limit: i64,
    ) -> Result<Vec<FiledEvent>> {
        Ok(self.catalog.inbox_page(part, before, limit).await?)
    }

    /// Events in the order in which they came, at most `limit`, behind the last one of the page before. `troubled` leaves
    /// out success and progress.
    pub async fn page_of_events(
        &self,
        troubled: bool,
        after: Option<(Timestamp, Digest)>,
        limit: i64,
    ) -> Result<Vec<FiledEvent>> {
        Ok(self.catalog.page_of_events(troubled, after, limit).await?)
    }

    /// Events of the range and kind in an order, at most `limit`, behind the event at this place.
    pub async fn list_events(
        &self,
        range: &EventRange,
        kind: EventKind,
        order: EventOrder,
        behind: Option<EventPlace>,
        limit: i64,
    ) -> Result<Vec<FiledEvent>> {
        let listed = self.catalog.list_events(range, kind, order, behind, limit);
        Ok(listed.await?)
    }

    /// Authenticated bodies that were no JSON, oldest first, behind `after`.
    pub async fn quarantined(&self, after: &str, limit: i64) -> Result<Vec<Quarantined>> {
        Ok(self.catalog.quarantined(after, limit).await?)
    }

    /// Keeps an authenticated body that is no JSON, for a look by a person.
    pub async fn quarantine(
        self: &std::sync::Arc<Self>,
        address: String,
        reason: String,
        body: Vec<u8>,
    ) -> Result<()> {
        let app = std::sync::Arc::clone(self);
        self.detached(async move {
            let now = app.clock.now();
            let bound =
                i64::try_from(app.config.load().callback.quarantine_bytes).unwrap_or(i64::MAX);
            let aside = Quarantined {
                id: app.random.id(now),
                received_at: now,
                address,
                reason,
                body,
            };
            let mut tx = app.catalog.begin().await?;
            tx.quarantine(&aside, bound).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Empties the raw text of events older than the retention allows, a bounded number at a time, and says how many.
    pub async fn forget_old_events(&self) -> Result<u64> {
        let keep = self.config.load().retention.event_raw;
        if keep.is_zero() {
            return Ok(0);
        }
        let mut tx = self.catalog.begin().await?;
        let emptied = tx.forget_raw(self.clock.now().before(keep), SWEEP).await?;
        tx.commit().await?;
        Ok(emptied)
    }

    /// Removes visits older than the retention allows, and credentials that have ended; says how many rows went.
    pub async fn forget_old_visits(&self) -> Result<u64> {
        let keep = self.config.load().retention.visits;
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        let mut gone = tx.remove_expired_credentials(now).await?;
        if !keep.is_zero() {
            gone += tx.forget_visits(now.before(keep), SWEEP).await?;
            gone += tx.forget_turned_away(now.before(keep)).await?;
        }
        tx.commit().await?;
        Ok(gone)
    }
}

/// Rows that one run of a sweep touches at the most, so that nobody waits long for it.
pub(super) const SWEEP: i64 = 5_000;
