//! Alarms: what operators do with them, and what is told of them.

mod judge;
mod noted;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{App, Error, Result, audit::told, events::SWEEP};
use crate::model::{
    Acknowledged, Action, Actor, AlarmId, KeptAlarm, News, OutgoingEvent, Timestamp, Vocabulary,
};

pub(super) use noted::Noted;

/// What was counted of the last hour is kept a little longer.
const TALLIES: std::time::Duration = std::time::Duration::from_hours(24);

/// Which alarms a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlarmQuery {
    /// In the order of rules and subjects, all of them.
    #[default]
    Open,
    /// Newest first, resolved ones too.
    All,
    /// Newest first, resolved ones alone.
    Resolved,
}

impl Vocabulary for AlarmQuery {
    fn all() -> Vec<Self> {
        vec![Self::Open, Self::All, Self::Resolved]
    }

    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::All => "all",
            Self::Resolved => "resolved",
        }
    }
}

impl App {
    /// Alarms, at most `limit`; of those that are listed newest first the ones older than the alarm `before`.
    pub async fn list_alarms(
        &self,
        query: AlarmQuery,
        before: Option<&AlarmId>,
        limit: i64,
    ) -> Result<Vec<KeptAlarm>> {
        let resolved = match query {
            AlarmQuery::Open => {
                let mut open = self.catalog.open_alarms().await?;
                open.truncate(usize::try_from(limit).unwrap_or(0));
                return Ok(open);
            }
            AlarmQuery::All => false,
            AlarmQuery::Resolved => true,
        };
        Ok(self.catalog.newest_alarms(resolved, before, limit).await?)
    }

    /// The alarm of that id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn alarm(&self, id: &AlarmId) -> Result<KeptAlarm> {
        let found = self.catalog.find_alarm(id).await?;
        found.ok_or_else(|| unknown(id))
    }

    /// Notes that somebody looks after an alarm. Once is enough: a second time changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is resolved.
    pub async fn acknowledge_alarm(self: &Arc<Self>, by: Actor, id: AlarmId) -> Result<KeptAlarm> {
        let acknowledged = Acknowledged {
            at: self.clock.now(),
            by: by.name.clone(),
        };
        let (action, news) = (Action::AcknowledgeAlarm, News::Acknowledged);
        self.change_alarm(by, id, action, news, move |alarm| {
            alarm.acknowledged.get_or_insert(acknowledged);
        })
        .await
    }

    /// Silences an alarm until a moment; it comes back then, if it is still so.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is resolved; [`Error::Invalid`] for a moment that has passed.
    pub async fn snooze_alarm(
        self: &Arc<Self>,
        by: Actor,
        id: AlarmId,
        until: Timestamp,
    ) -> Result<KeptAlarm> {
        if until <= self.clock.now() {
            let words = format!("`{until}` has passed; name a moment that is to come");
            return Err(Error::Invalid(words));
        }
        let (action, news) = (Action::SnoozeAlarm, News::Snoozed);
        self.change_alarm(by, id, action, news, move |alarm| {
            alarm.snoozed_until = Some(until);
        })
        .await
    }

    /// Changes an open alarm, tells of it, and notes who did it.
    async fn change_alarm(
        self: &Arc<Self>,
        by: Actor,
        id: AlarmId,
        action: Action,
        news: News,
        change: impl FnOnce(&mut KeptAlarm) + Send + 'static,
    ) -> Result<KeptAlarm> {
        let app = Arc::clone(self);
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            tx.own_alarms().await?;
            let found = tx.find_alarm(&id).await?;
            let before = found.ok_or_else(|| unknown(&id))?;
            if before.resolved_at.is_some() {
                return Err(Error::Conflict(format!(
                    "alarm `{id}` is resolved already; nothing is left to do"
                )));
            }
            let mut alarm = before.clone();
            change(&mut alarm);
            if alarm == before {
                return Ok(alarm);
            }
            alarm.told = true;
            tx.put_alarm(&alarm).await?;
            tx.add_outgoing_event(&app.outgoing_event(news, &alarm))
                .await?;
            let mut line = app.audit_line(&by, action, id.as_str());
            (line.before, line.after) = (told(&alarm_facts(&before)), told(&alarm_facts(&alarm)));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(alarm)
        })
        .await
    }

    /// News of an alarm, to be written in the transaction that changes it. The body is what chat tools read as it is, by
    /// its `text`, and what the Standard Webhooks ask of one: `type`, `timestamp` and `data`.
    fn outgoing_event(&self, news: News, alarm: &KeptAlarm) -> OutgoingEvent {
        let at = self.clock.now();
        let body = json!({
            "text": news.sentence(alarm),
            "type": news.kind(),
            "timestamp": at,
            "data": alarm_facts(alarm),
        });
        OutgoingEvent {
            id: self.random.id(at),
            at,
            kind: news.kind().to_owned(),
            alarm: alarm.id.clone(),
            body: body.to_string(),
        }
    }

    /// Lets go of alarms and outgoing events that retention no longer keeps, and gives up deliveries whose time is over;
    /// says how many rows changed.
    pub(super) async fn forget_old_alarms(&self) -> Result<u64> {
        let now = self.clock.now();
        let kept = now.before(self.config.load().retention.alarms);
        let mut tx = self.catalog.begin().await?;
        let mut changed = tx.give_up_deliveries(now).await?;
        changed += tx.forget_alarms(kept, SWEEP).await?;
        changed += tx.forget_outgoing_events(kept, SWEEP).await?;
        changed += tx.forget_tallies(now.before(TALLIES)).await?;
        tx.commit().await?;
        Ok(changed)
    }
}

/// What is told of an alarm: to programs, to webhooks and in the audit.
pub fn alarm_facts(alarm: &KeptAlarm) -> Value {
    let acknowledged = alarm.acknowledged.as_ref();
    json!({
        "id": alarm.id,
        "rule": alarm.rule.code(),
        "severity": alarm.rule.severity().as_str(),
        "subject": alarm.subject,
        "sentence": alarm.sentence,
        "standing": alarm.standing(),
        "opened_at": alarm.opened_at,
        "folded_into": alarm.group,
        "acknowledged_at": acknowledged.map(|by| by.at),
        "acknowledged_by": acknowledged.map(|by| by.by.as_str()),
        "snoozed_until": alarm.snoozed_until,
        "resolved_at": alarm.resolved_at,
    })
}

fn unknown(id: &AlarmId) -> Error {
    Error::NotFound(format!(
        "there is no alarm `{id}`; `mcnd alarm list --all` shows them"
    ))
}
