//! The audit as operations write it and as operators read it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{App, Error, Pieces, Result, exports::Sink};
use crate::{
    catalog::AuditQuery,
    fault_points,
    model::{Action, Actor, AuditLine, Seal, Sealing, Timestamp},
};

const DAY_MILLIS: i64 = 86_400_000;
/// Lines read at one time while a day is sealed.
const PAGE: i64 = 1_000;
/// After the end of a day, transactions that began in it may still be under way.
const SETTLED_AFTER: i64 = 10 * 60 * 1_000;

/// A line of the audit as an export writes it.
#[derive(Debug, Serialize)]
pub struct ExportedLine {
    pub id: String,
    pub at: Timestamp,
    pub actor: String,
    pub session: Option<String>,
    pub address: Option<String>,
    pub action: &'static str,
    /// What it was done to.
    pub object: String,
    /// What was there before; holds no secret.
    pub before: Option<Box<RawValue>>,
    /// What is there now; holds no secret.
    pub after: Option<Box<RawValue>>,
}

impl From<AuditLine> for ExportedLine {
    fn from(line: AuditLine) -> Self {
        let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        Self {
            id: line.id,
            at: line.at,
            actor: line.actor.name,
            session: line.actor.session.map(|session| session.to_string()),
            address: line.actor.address.map(|address| address.to_string()),
            action: line.action.code(),
            object: line.object,
            before: raw(line.before),
            after: raw(line.after),
        }
    }
}

impl App {
    /// A line that says what somebody does to a thing; to be written in the transaction that does it.
    pub(super) fn audit_line(
        &self,
        by: &Actor,
        action: Action,
        object: impl Into<String>,
    ) -> AuditLine {
        let at = self.clock.now();
        AuditLine {
            id: self.random.id(at),
            at,
            actor: by.clone(),
            action,
            object: object.into(),
            before: None,
            after: None,
        }
    }

    /// Writes down that somebody looked at something sensitive; to be done before it is shown.
    pub async fn note_look(&self, by: &Actor, action: Action, object: &str) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.add_audit(&self.audit_line(by, action, object)).await?;
        Ok(tx.commit().await?)
    }

    /// The newest lines of the audit, newest first, at most `limit`, older than the line `before`.
    pub async fn audit(
        &self,
        query: &AuditQuery,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<AuditLine>> {
        Ok(self.catalog.newest_audit(query, before, limit).await?)
    }

    /// Takes the audit out as JSON Lines, oldest first, from one moment to just before another. It notes that itself first.
    pub async fn export_audit(
        self: &Arc<Self>,
        by: &Actor,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Pieces> {
        self.note_look(by, Action::ReadAudit, "audit export")
            .await?;
        let from = since.unwrap_or(Timestamp::from_millis(i64::MIN));
        let to = until.unwrap_or(Timestamp::from_millis(i64::MAX));
        Ok(self.piecewise(move |app, sink| async move { app.write_audit(from, to, &sink).await }))
    }

    async fn write_audit(&self, from: Timestamp, to: Timestamp, sink: &Sink) -> Result<()> {
        let mut last: Option<(Timestamp, String)> = None;
        loop {
            let after = last.as_ref().map(|(at, id)| (*at, id.as_str()));
            let page = self.catalog.audit_between(from, to, after, PAGE).await?;
            let Some(line) = page.last() else {
                return Ok(());
            };
            last = Some((line.at, line.id.clone()));
            let mut piece = Vec::new();
            for line in page {
                serde_json::to_writer(&mut piece, &ExportedLine::from(line))
                    .map_err(Error::internal)?;
                piece.push(b'\n');
            }
            if !sink.send(piece).await {
                return Ok(());
            }
        }
    }

    /// Seals in the order of days, at most `limit`, behind a day.
    pub async fn audit_seals(&self, after: i64, limit: i64) -> Result<Vec<Seal>> {
        Ok(self.catalog.list_seals(after, limit).await?)
    }

    /// Seals every day that is over, oldest first, and says how many it sealed. Days without a line have no seal.
    pub async fn seal_audit(&self) -> Result<u64> {
        let over = day_of(self.clock.now().as_millis() - SETTLED_AFTER);
        let mut sealed = 0;
        loop {
            let last = self.catalog.last_seal().await?;
            let since = last.map(|seal| start_of(seal.day + 1));
            let oldest = self.catalog.oldest_audit(since).await?;
            let Some(day) = oldest.map(|at| day_of(at.as_millis())) else {
                return Ok(sealed);
            };
            if day >= over {
                return Ok(sealed);
            }
            let seal = self.seal_of(day, last.as_ref()).await?;
            let mut tx = self.catalog.begin().await?;
            tx.add_seal(&seal).await?;
            tx.commit().await?;
            fault_points::pass("audit.after_seal");
            sealed += 1;
        }
    }

    /// The days whose lines are not what they were when they were sealed. Days that retention has let go of are not looked
    /// at; the chain goes on from their seals.
    pub async fn broken_seals(&self) -> Result<Vec<i64>> {
        Ok(self.check_seals().await?.1)
    }

    /// How many seals there are, and the days whose seal is broken.
    pub(super) async fn check_seals(&self) -> Result<(u64, Vec<i64>)> {
        let kept = self.config.load().retention.audit;
        let kept_from = day_of(self.clock.now().before(kept).as_millis());
        let (mut seals, mut broken, mut previous) = (0, Vec::new(), None::<Seal>);
        loop {
            let after = previous.map_or(i64::MIN, |seal| seal.day);
            let page = self.catalog.list_seals(after, PAGE).await?;
            if page.is_empty() {
                return Ok((seals, broken));
            }
            seals += page.len() as u64;
            for seal in page {
                if seal.day >= kept_from && self.seal_of(seal.day, previous.as_ref()).await? != seal
                {
                    broken.push(seal.day);
                }
                previous = Some(seal);
            }
        }
    }

    async fn seal_of(&self, day: i64, previous: Option<&Seal>) -> Result<Seal> {
        let mut sealing = Sealing::new(day, previous);
        let (from, to) = (start_of(day), start_of(day + 1));
        let mut last: Option<(Timestamp, String)> = None;
        loop {
            let after = last.as_ref().map(|(at, id)| (*at, id.as_str()));
            let page = self.catalog.audit_between(from, to, after, PAGE).await?;
            for line in &page {
                sealing.add(line);
            }
            match page.last() {
                Some(line) => last = Some((line.at, line.id.clone())),
                None => return Ok(sealing.seal()),
            }
        }
    }
}

/// What a line says of a thing, as JSON. Only what holds no secret may be given to it.
pub(super) fn told(facts: &impl Serialize) -> Option<String> {
    serde_json::to_string(facts).ok()
}

/// The first moment of a moment's day (UTC).
pub(super) fn start_of_day(at: Timestamp) -> Timestamp {
    start_of(day_of(at.as_millis()))
}

fn day_of(millis: i64) -> i64 {
    millis.div_euclid(DAY_MILLIS)
}

/// The first moment of a day (UTC), counted since 1970.
pub(super) fn start_of(day: i64) -> Timestamp {
    Timestamp::from_millis(day.saturating_mul(DAY_MILLIS))
}
