//! Alarms, from their beginning to their end.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::{LAST, moment, read},
};
use crate::model::{Acknowledged, AlarmId, KeptAlarm, Timestamp};

/// The columns of an alarm, in front of what selects the rows.
macro_rules! select_alarms {
    ($rest:literal) => {
        concat!(
            "SELECT id, rule, subject, sentence, opened_at, group_id, acknowledged_at, acknowledged_by, snoozed_until,
                resolved_at, told
           FROM alarms ",
            $rest
        )
    };
}

statements! {
    FIND = Sql::same(select_alarms!("WHERE id = $1"));
    OPEN = Sql::same(select_alarms!("WHERE resolved_at IS NULL ORDER BY rule, subject"));
    NEWEST = Sql::same(select_alarms!("WHERE id < $1 ORDER BY id DESC LIMIT $2"));
    NEWEST_RESOLVED =
        Sql::same(select_alarms!("WHERE resolved_at IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT $2"));
    /// Nobody else judges or changes alarms before the transaction ends.
    OWN = Sql::same("UPDATE marks SET value = value + 1 WHERE name = 'alarms'");
    PUT = Sql::same(
        "INSERT INTO alarms (id, rule, subject, sentence, opened_at, group_id, acknowledged_at, acknowledged_by,
                snoozed_until, resolved_at, told)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (id) DO UPDATE
            SET sentence = excluded.sentence, group_id = excluded.group_id, acknowledged_at = excluded.acknowledged_at,
                acknowledged_by = excluded.acknowledged_by, snoozed_until = excluded.snoozed_until,
                resolved_at = excluded.resolved_at, told = excluded.told");
    FORGET = Sql::same(
        "DELETE FROM alarms
          WHERE id IN (SELECT id FROM alarms WHERE resolved_at IS NOT NULL AND resolved_at < $1 ORDER BY resolved_at LIMIT $2)");
}

#[derive(sqlx::FromRow)]
struct AlarmRow {
    id: String,
    rule: String,
    subject: String,
    sentence: String,
    opened_at: i64,
    group_id: Option<String>,
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<String>,
    snoozed_until: Option<i64>,
    resolved_at: Option<i64>,
    told: bool,
}

impl TryFrom<AlarmRow> for KeptAlarm {
    type Error = Error;

    fn try_from(row: AlarmRow) -> Result<Self> {
        let acknowledged = moment(row.acknowledged_at).zip(row.acknowledged_by);
        Ok(Self {
            id: AlarmId::from(row.id),
            rule: read(&row.rule)?,
            subject: row.subject,
            sentence: row.sentence,
            opened_at: Timestamp::from_millis(row.opened_at),
            group: row.group_id.map(AlarmId::from),
            acknowledged: acknowledged.map(|(at, by)| Acknowledged { at, by }),
            snoozed_until: moment(row.snoozed_until),
            resolved_at: moment(row.resolved_at),
            told: row.told,
        })
    }
}

impl Catalog {
    /// The alarm of that id.
    pub async fn find_alarm(&self, id: &AlarmId) -> Result<Option<KeptAlarm>> {
        let row: Option<AlarmRow> = self.db.maybe(FIND, &args![id.as_str()]).await?;
        row.map(KeptAlarm::try_from).transpose()
    }

    /// Every alarm that is open, in the order of rules and subjects.
    pub async fn open_alarms(&self) -> Result<Vec<KeptAlarm>> {
        let rows: Vec<AlarmRow> = self.db.all(OPEN, &args![]).await?;
        rows.into_iter().map(KeptAlarm::try_from).collect()
    }

    /// The newest alarms, newest first, at most `limit`, older than the alarm `before`; all of them or resolved ones alone.
    pub async fn newest_alarms(
        &self,
        resolved: bool,
        before: Option<&AlarmId>,
        limit: i64,
    ) -> Result<Vec<KeptAlarm>> {
        let before = before.map_or(LAST, AlarmId::as_str);
        let sql = if resolved { NEWEST_RESOLVED } else { NEWEST };
        let rows: Vec<AlarmRow> = self.db.all(sql, &args![before, limit]).await?;
        rows.into_iter().map(KeptAlarm::try_from).collect()
    }
}

impl Tx {
    /// Keeps everybody else from judging and changing alarms until the transaction ends. Must come first in it.
    pub async fn own_alarms(&mut self) -> Result<()> {
        self.run(OWN, &args![]).await.map(|_one| ())
    }

    /// The alarm of that id, as this transaction sees it.
    pub async fn find_alarm(&mut self, id: &AlarmId) -> Result<Option<KeptAlarm>> {
        let row: Option<AlarmRow> = self.maybe(FIND, &args![id.as_str()]).await?;
        row.map(KeptAlarm::try_from).transpose()
    }

    /// Writes an alarm as it is from now on; its rule, its subject and its beginning stay.
    pub async fn put_alarm(&mut self, alarm: &KeptAlarm) -> Result<()> {
        let acknowledged = alarm.acknowledged.as_ref();
        let args = args![
            alarm.id.as_str(),
            alarm.rule.code(),
            alarm.subject.as_str(),
            alarm.sentence.as_str(),
            alarm.opened_at,
            alarm.group.as_ref().map(AlarmId::as_str),
            acknowledged.map(|by| by.at),
            acknowledged.map(|by| by.by.as_str()),
            alarm.snoozed_until,
            alarm.resolved_at,
            alarm.told,
        ];
        self.run(PUT, &args).await.map(|_one| ())
    }

    /// Lets go of alarms that were resolved before a moment, a bounded number at a time, and says how many.
    pub async fn forget_alarms(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.run(FORGET, &args![before, limit]).await
    }
}
