//! Alarms: what operators have to look at.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use crate::{
    app::{AlarmQuery, Caller},
    http::{
        Faces,
        operator::{
            fields::Fields,
            json::{Answer, Json},
            parameters::Parameters,
            schemas::Text,
        },
        path::Path,
    },
    model::{AlarmId, AlarmRule, AlarmStanding, KeptAlarm, PageSize, Severity, Timestamp},
};

/// Something that operators have to look at, or had to.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct AlarmView {
    id: String,
    rule: AlarmRule,
    severity: Severity,
    /// A creator, a credential, a job; empty for the whole installation
    subject: String,
    sentence: String,
    standing: AlarmStanding,
    /// Milliseconds since 1970.
    opened_at: i64,
    /// The alarm that says the same of all
    folded_into: Option<String>,
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<String>,
    snoozed_until: Option<i64>,
    resolved_at: Option<i64>,
}

impl From<KeptAlarm> for AlarmView {
    fn from(alarm: KeptAlarm) -> Self {
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        Self {
            rule: alarm.rule,
            severity: alarm.rule.severity(),
            standing: alarm.standing(),
            id: alarm.id.to_string(),
            subject: alarm.subject,
            sentence: alarm.sentence,
            opened_at: alarm.opened_at.as_millis(),
            folded_into: alarm.group.map(|id| id.to_string()),
            acknowledged_at: millis(alarm.acknowledged.as_ref().map(|by| by.at)),
            acknowledged_by: alarm.acknowledged.map(|by| by.by),
            snoozed_until: millis(alarm.snoozed_until),
            resolved_at: millis(alarm.resolved_at),
        }
    }
}

/// How long an alarm is silenced.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct SnoozeFields {
    /// It comes back then, if it is still so; a moment to come
    until: Timestamp,
}

/// Alarms: those that are open, in the order of rules and subjects; or resolved ones, or all, newest first
#[utoipa::path(get, path = "/api/v1/alarms", tag = "alarms",
    params(("standing" = Option<AlarmQuery>, Query, description = "`open` when absent: 500 at most, on one page"),
        ("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<AlarmView>)))]
pub(in crate::http::operator) async fn list_alarms(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<Page<AlarmView>> {
    let wanted = given.word("standing").unwrap_or_default();
    let (size, before) = (given.limit(), given.text("after").map(AlarmId::from));
    let before = given.finish(before)?;
    if wanted == AlarmQuery::Open {
        let open = faces.app.list_alarms(wanted, None, OPEN).await?;
        return Ok(Json::of(Page::with(open, None::<String>, Into::into)));
    }
    let alarms = faces
        .app
        .list_alarms(wanted, before.as_ref(), size.get() + 1);
    let cursor = |alarm: &KeptAlarm| alarm.id.to_string();
    Ok(Json::of(Page::of(alarms.await?, size, cursor, Into::into)))
}

/// Open alarms on their one page.
const OPEN: i64 = 500;

/// One alarm
#[utoipa::path(get, path = "/api/v1/alarms/{id}", tag = "alarms", params(("id" = String, Path)),
    responses((status = 200, body = AlarmView)))]
pub(in crate::http::operator) async fn show_alarm(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<String>,
) -> Answer<AlarmView> {
    Ok(Json::of(faces.app.alarm(&AlarmId::from(id)).await?.into()))
}

/// Say that you look after an alarm
#[utoipa::path(post, path = "/api/v1/alarms/{id}/acknowledge", tag = "alarms", params(("id" = String, Path)),
    responses((status = 200, body = AlarmView)))]
pub(in crate::http::operator) async fn acknowledge_alarm(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<AlarmView> {
    let alarm = faces.app.acknowledge_alarm(caller.actor, AlarmId::from(id));
    Ok(Json::of(alarm.await?.into()))
}

/// Silence an alarm for a while
#[utoipa::path(post, path = "/api/v1/alarms/{id}/snooze", tag = "alarms", params(("id" = String, Path)),
    request_body = SnoozeFields, responses((status = 200, body = AlarmView)))]
pub(in crate::http::operator) async fn snooze_alarm(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Answer<AlarmView> {
    let until: Option<Timestamp> = fields.required("until");
    let until = fields.finish(until)?;
    let alarm = faces
        .app
        .snooze_alarm(caller.actor, AlarmId::from(id), until);
    Ok(Json::of(alarm.await?.into()))
}
