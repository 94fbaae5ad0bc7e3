//! Outgoing events and their deliveries, with the leases that let one daemon try a delivery at a time.

use std::time::Duration;

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::{LAST, moment, read},
};
use crate::model::{AlarmId, Attempt, Delivery, DeliveryId, OutgoingEvent, Timestamp};

/// The columns of a delivery, in front of what selects the rows.
macro_rules! select_deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT deliveries.id, event_id, kind, at, webhook, state, tries, due_at, give_up_at, settled_at
           FROM deliveries
           JOIN outgoing_events ON outgoing_events.id = deliveries.event_id ",
            $rest
        )
    };
}

statements! {
    ADD_EVENT = Sql::same("INSERT INTO outgoing_events (id, at, kind, alarm_id, body) VALUES ($1, $2, $3, $4, $5)");
    EVENT = Sql::same("SELECT id, at, kind, alarm_id, body FROM outgoing_events WHERE id = $1");
    UNSPREAD = Sql::same(
        "SELECT id, at, kind, alarm_id, body FROM outgoing_events WHERE spread_at IS NULL ORDER BY id LIMIT $1");
    SPREAD = Sql::same("UPDATE outgoing_events SET spread_at = $2 WHERE id = $1 AND spread_at IS NULL");
    ADD = Sql::same(
        "INSERT INTO deliveries (id, event_id, webhook, state, tries, due_at, give_up_at)
         VALUES ($1, $2, $3, 'waiting', 0, $4, $5)");
    FIND = Sql::same(select_deliveries!("WHERE deliveries.id = $1"));
    NEWEST = Sql::same(select_deliveries!("WHERE deliveries.id < $1 ORDER BY deliveries.id DESC LIMIT $2"));
    NEWEST_OF_WEBHOOK = Sql::same(select_deliveries!(
        "WHERE webhook = $3 AND deliveries.id < $1 ORDER BY deliveries.id DESC LIMIT $2"));
    ATTEMPTS = Sql::same(
        "SELECT at, took, status, message FROM delivery_attempts WHERE delivery_id = $1 ORDER BY id LIMIT $2");
    DUE = Sql::same(
        "SELECT id
           FROM deliveries
          WHERE webhook = $1 AND state = 'waiting' AND due_at <= $2
          ORDER BY due_at, id
          LIMIT $3");
    /// A lease that ends much later than any that begins now was written under a clock that has jumped back since.
    CLAIM = Sql::same(
        "UPDATE deliveries
            SET lease = $2, lease_until = $4
          WHERE id = $1 AND state = 'waiting' AND due_at <= $5
            AND (lease_until IS NULL OR lease_until <= $3 OR lease_until > $6)");
    SETTLE = Sql::same(
        "UPDATE deliveries
            SET state = $3, tries = $4, due_at = $5, settled_at = $6, lease = NULL, lease_until = NULL
          WHERE id = $1 AND lease = $2");
    RELEASE = Sql::same("UPDATE deliveries SET lease = NULL, lease_until = NULL WHERE id = $1 AND lease = $2");
    GIVE_UP = Sql::same(
        "UPDATE deliveries SET state = 'given_up', settled_at = $1 WHERE state = 'waiting' AND give_up_at <= $1");
    ADD_ATTEMPT = Sql::same(
        "INSERT INTO delivery_attempts (delivery_id, id, at, took, status, message) VALUES ($1, $2, $3, $4, $5, $6)");
    /// A try that is under way settles nothing any more.
    REPLAY = Sql::same(
        "UPDATE deliveries
            SET state = 'waiting', tries = 0, due_at = $2, give_up_at = $3, settled_at = NULL, lease = NULL,
                lease_until = NULL
          WHERE id = $1");
    FORGET = Sql::same(
        "DELETE FROM outgoing_events
          WHERE id IN (SELECT id
                         FROM outgoing_events
                        WHERE at < $1
                          AND NOT EXISTS (SELECT 1
                                            FROM deliveries
                                           WHERE event_id = outgoing_events.id AND state = 'waiting')
                        ORDER BY at
                        LIMIT $2)");
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: String,
    at: i64,
    kind: String,
    alarm_id: String,
    body: String,
}

impl From<EventRow> for OutgoingEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            at: Timestamp::from_millis(row.at),
            kind: row.kind,
            alarm: AlarmId::from(row.alarm_id),
            body: row.body,
        }
    }
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    id: String,
    event_id: String,
    kind: String,
    at: i64,
    webhook: String,
    state: String,
    tries: i64,
    due_at: i64,
    give_up_at: i64,
    settled_at: Option<i64>,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = Error;

    fn try_from(row: DeliveryRow) -> Result<Self> {
        Ok(Self {
            id: DeliveryId::from(row.id),
            event: row.event_id,
            kind: row.kind,
            at: Timestamp::from_millis(row.at),
            webhook: row.webhook,
            state: read(&row.state)?,
            tries: row.tries,
            due_at: Timestamp::from_millis(row.due_at),
            give_up_at: Timestamp::from_millis(row.give_up_at),
            settled_at: moment(row.settled_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    at: i64,
    took: i64,
    status: Option<i64>,
    message: Option<String>,
}

impl From<AttemptRow> for Attempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            at: Timestamp::from_millis(row.at),
            took: row.took,
            status: row.status.and_then(|status| u16::try_from(status).ok()),
            message: row.message,
        }
    }
}

impl Catalog {
    /// The outgoing event of that id.
    pub async fn find_outgoing_event(&self, id: &str) -> Result<Option<OutgoingEvent>> {
        let row: Option<EventRow> = self.db.maybe(EVENT, &args![id]).await?;
        Ok(row.map(OutgoingEvent::from))
    }

    /// Events whose deliveries are yet to be made out, oldest first, at most `limit`.
    pub async fn unspread_events(&self, limit: i64) -> Result<Vec<OutgoingEvent>> {
        let rows: Vec<EventRow> = self.db.all(UNSPREAD, &args![limit]).await?;
        Ok(rows.into_iter().map(OutgoingEvent::from).collect())
    }

    /// The delivery of that id.
    pub async fn find_delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>> {
        let row: Option<DeliveryRow> = self.db.maybe(FIND, &args![id.as_str()]).await?;
        row.map(Delivery::try_from).transpose()
    }

    /// The newest deliveries, newest first, at most `limit`, older than the delivery `before`; of one webhook, or of all.
    pub async fn newest_deliveries(
        &self,
        webhook: Option<&str>,
        before: Option<&DeliveryId>,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        let before = before.map_or(LAST, DeliveryId::as_str);
        let rows: Vec<DeliveryRow> = match webhook {
            None => self.db.all(NEWEST, &args![before, limit]).await?,
            Some(webhook) => {
                let args = args![before, limit, webhook];
                self.db.all(NEWEST_OF_WEBHOOK, &args).await?
            }
        };
        rows.into_iter().map(Delivery::try_from).collect()
    }

    /// What became of the first `limit` tries of a delivery, oldest first.
    pub async fn attempts(&self, id: &DeliveryId, limit: i64) -> Result<Vec<Attempt>> {
        let rows: Vec<AttemptRow> = self.db.all(ATTEMPTS, &args![id.as_str(), limit]).await?;
        Ok(rows.into_iter().map(Attempt::from).collect())
    }

    /// Deliveries to a webhook that are due, the longest due first, whether somebody tries them just now or not.
    pub async fn due_deliveries(
        &self,
        webhook: &str,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<DeliveryId>> {
        let rows: Vec<(String,)> = self.db.all(DUE, &args![webhook, now, limit]).await?;
        Ok(rows.into_iter().map(|(id,)| DeliveryId::from(id)).collect())
    }
}

impl Tx {
    /// Adds an event, to be sent once this is committed.
    pub async fn add_outgoing_event(&mut self, event: &OutgoingEvent) -> Result<()> {
        let args = args![
            event.id.as_str(),
            event.at,
            event.kind.as_str(),
            event.alarm.as_str(),
            event.body.as_str(),
        ];
        self.run(ADD_EVENT, &args).await.map(|_one| ())
    }

    /// Notes that an event's deliveries are made out; false when somebody else has done so.
    pub async fn spread_event(&mut self, id: &str, now: Timestamp) -> Result<bool> {
        Ok(self.run(SPREAD, &args![id, now]).await? == 1)
    }

    /// Makes out the delivery of an event to a webhook, due at once.
    pub async fn add_delivery(
        &mut self,
        id: &DeliveryId,
        event: &str,
        webhook: &str,
        now: Timestamp,
        give_up_at: Timestamp,
    ) -> Result<()> {
        let args = args![id.as_str(), event, webhook, now, give_up_at];
        self.run(ADD, &args).await.map(|_one| ())
    }

    /// Takes a due delivery for as long as `lease`, under a name that nobody else has; false while somebody else has it, and
    /// when it is not due any more. On Postgres the database's clock counts for the lease, because daemons' clocks differ.
    pub async fn claim_delivery(
        &mut self,
        id: &DeliveryId,
        name: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool> {
        let clock = self.lease_clock(now).await?;
        let (until, void) = (clock.after(lease), clock.after(lease * 2));
        let args = args![id.as_str(), name, clock, until, now, void];
        Ok(self.run(CLAIM, &args).await? == 1)
    }

    /// Writes what a try made of a delivery, and gives it back; false when it is somebody else's by now.
    pub async fn settle_delivery(
        &mut self,
        delivery: &Delivery,
        name: &str,
        attempt_id: &str,
        attempt: &Attempt,
    ) -> Result<bool> {
        let id = delivery.id.as_str();
        let args = args![
            id,
            name,
            delivery.state.as_str(),
            delivery.tries,
            delivery.due_at,
            delivery.settled_at,
        ];
        let settled = self.run(SETTLE, &args).await? == 1;
        let status = attempt.status.map(i64::from);
        let message = attempt.message.as_deref();
        let args = args![id, attempt_id, attempt.at, attempt.took, status, message];
        self.run(ADD_ATTEMPT, &args).await?;
        Ok(settled)
    }

    /// Gives a delivery back as it was.
    pub async fn release_delivery(&mut self, id: &DeliveryId, name: &str) -> Result<()> {
        self.run(RELEASE, &args![id.as_str(), name])
            .await
            .map(|_one| ())
    }

    /// Gives up deliveries whose time is over, also those to webhooks that the settings name no more; says how many.
    pub async fn give_up_deliveries(&mut self, now: Timestamp) -> Result<u64> {
        self.run(GIVE_UP, &args![now]).await
    }

    /// Makes a delivery due at once, whatever has become of it; false when there is none of that id.
    pub async fn replay_delivery(
        &mut self,
        id: &DeliveryId,
        now: Timestamp,
        give_up_at: Timestamp,
    ) -> Result<bool> {
        Ok(self
            .run(REPLAY, &args![id.as_str(), now, give_up_at])
            .await?
            == 1)
    }

    /// Lets go of events from before a moment with their deliveries, a bounded number at a time, and says how many. One that
    /// is still on its way stays.
    pub async fn forget_outgoing_events(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.run(FORGET, &args![before, limit]).await
    }
}
