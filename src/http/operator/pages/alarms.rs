//! What has to be looked at: open alarms with what is folded into them, those that were, and who looks after them.

use std::{cmp::Reverse, sync::Arc, time::Duration};

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    frame::{Frame, Link},
    lists::{LISTED, address, cut, done, tab},
    page,
    signed::SignedForm,
    text::{Words, in_path},
};
use crate::{
    app::{AlarmQuery, Caller},
    http::{Faces, Problem, Query, path::Path},
    model::{AlarmId, KeptAlarm, Right, Severity},
};

/// Who may look after alarms.
pub(in crate::http::operator) const TENDS: Right = Right::Events;
/// Open alarms that are shown; more of them are folded into others as a rule.
const OPEN: i64 = 1_000;
/// How long an alarm can be silenced, in hours and in words.
const SNOOZES: [(u64, &str); 5] = [
    (1, "1 hour"),
    (4, "4 hours"),
    (24, "1 day"),
    (72, "3 days"),
    (168, "1 week"),
];

#[derive(Template)]
#[template(path = "alarms.html", config = "src/http/operator/pages/askama.toml")]
struct AlarmsPage {
    frame: Frame,
    tabs: Vec<Link>,
    /// Whether these are the open ones alone.
    open: bool,
    may_tend: bool,
    alarms: Vec<AlarmRow>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "alarm.html", config = "src/http/operator/pages/askama.toml")]
struct AlarmPage {
    frame: Frame,
    tabs: Vec<Link>,
    may_tend: bool,
    alarm: AlarmRow,
}

/// An alarm with those that are folded into it.
struct AlarmRow {
    alarm: KeptAlarm,
    folded: Vec<KeptAlarm>,
}

impl AlarmRow {
    /// What it is drawn as.
    fn look(&self) -> &'static str {
        match (self.is_open(), self.alarm.rule.severity()) {
            (false, _) => "over",
            (true, Severity::Warning) => "warning",
            (true, Severity::Critical) => "critical",
        }
    }

    fn severity(&self) -> &'static str {
        self.alarm.rule.severity().as_str()
    }

    fn path(&self) -> String {
        format!("/alarms/{}", in_path(self.alarm.id.as_str()))
    }

    fn sentence(&self) -> Words {
        Words::from(&self.alarm.sentence)
    }

    /// Whether there is anything left to do about it.
    fn is_open(&self) -> bool {
        self.alarm.resolved_at.is_none()
    }
}

/// The pages of alarms and of who is told of them, as places beside each other.
pub(super) fn tabs(here: usize) -> Vec<Link> {
    let places = [
        ("/alarms", "Open"),
        ("/alarms?all=true", "All"),
        ("/alarms/webhooks", "Webhooks"),
    ];
    let places = places.into_iter().enumerate();
    places
        .map(|(at, (path, name))| tab(path, name, at == here))
        .collect()
}

/// The worst first, the oldest of equals first; what is folded into another alarm goes with that one.
fn gathered(alarms: Vec<KeptAlarm>) -> Vec<AlarmRow> {
    let (mut heads, mut folded) = (Vec::new(), Vec::new());
    let known: Vec<_> = alarms.iter().map(|alarm| alarm.id.clone()).collect();
    for alarm in alarms {
        match &alarm.group {
            Some(head) if known.contains(head) => folded.push(alarm),
            _ => heads.push(AlarmRow {
                alarm,
                folded: Vec::new(),
            }),
        }
    }
    for alarm in folded {
        let head = heads
            .iter_mut()
            .find(|head| Some(&head.alarm.id) == alarm.group.as_ref());
        match head {
            Some(head) => head.folded.push(alarm),
            None => heads.push(AlarmRow {
                alarm,
                folded: Vec::new(),
            }),
        }
    }
    heads.sort_by_key(|head| (Reverse(head.alarm.rule.severity()), head.alarm.opened_at));
    heads
}

/// `GET /alarms`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let all = query.one("all")? == Some("true");
    let before = query.one("before")?.map(|id| AlarmId::from(id.to_owned()));
    let (alarms, older) = if all {
        let found = faces
            .app
            .list_alarms(AlarmQuery::All, before.as_ref(), LISTED + 1);
        let mut found = found.await?;
        let more = cut(&mut found);
        let last = found.last().filter(|_last| more);
        let older =
            last.map(|last| address("/alarms", &[("all", "true"), ("before", last.id.as_str())]));
        let rows = found.into_iter().map(|alarm| AlarmRow {
            alarm,
            folded: Vec::new(),
        });
        (rows.collect(), older)
    } else {
        let open = faces.app.list_alarms(AlarmQuery::Open, None, OPEN).await?;
        (gathered(open), None)
    };
    Ok(page(&AlarmsPage {
        tabs: tabs(usize::from(all)),
        open: !all,
        may_tend: frame.may(TENDS),
        alarms,
        older,
        frame,
    }))
}

/// `GET /alarms/{id}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let alarm = faces.app.alarm(&AlarmId::from(id)).await?;
    let mut folded = faces.app.list_alarms(AlarmQuery::Open, None, OPEN).await?;
    folded.retain(|other| other.group.as_ref() == Some(&alarm.id));
    Ok(page(&AlarmPage {
        tabs: tabs(usize::from(alarm.resolved_at.is_some())),
        may_tend: frame.may(TENDS) && alarm.resolved_at.is_none(),
        alarm: AlarmRow { alarm, folded },
        frame,
    }))
}

/// `POST /alarms/{id}/acknowledge`
pub(in crate::http::operator) async fn acknowledge(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    let id = AlarmId::from(id);
    faces.app.acknowledge_alarm(caller.actor, id).await?;
    Ok(done("/alarms", "acknowledged"))
}

/// `POST /alarms/{id}/snooze`
pub(in crate::http::operator) async fn snooze(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let hours = form.field("hours");
    let length = SNOOZES
        .iter()
        .find(|(length, _)| length.to_string() == hours);
    let Some((hours, _)) = length else {
        return Err(Problem::bad_request(
            "choose how long the alarm is to be silent",
        ));
    };
    let until = faces.app.now().after(Duration::from_hours(*hours));
    let id = AlarmId::from(id);
    faces.app.snooze_alarm(caller.actor, id, until).await?;
    Ok(done("/alarms", "snoozed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AlarmRule, Timestamp};

    fn alarm(id: &str, rule: AlarmRule, at: i64, group: Option<&str>) -> KeptAlarm {
        KeptAlarm {
            id: AlarmId::from(id.to_owned()),
            rule,
            subject: id.to_owned(),
            sentence: String::new(),
            opened_at: Timestamp::from_millis(at),
            group: group.map(|id| AlarmId::from(id.to_owned())),
            acknowledged: None,
            snoozed_until: None,
            resolved_at: None,
            told: true,
        }
    }

    #[test]
    fn the_worst_come_first_and_take_what_is_folded_into_them_along() {
        let rows = gathered(vec![
            alarm("a", AlarmRule::CreatorSilent, 1, Some("c")),
            alarm("b", AlarmRule::Orphans, 2, None),
            alarm("c", AlarmRule::CrawlerSilent, 3, None),
            alarm("d", AlarmRule::CreatorSilent, 4, Some("gone")),
        ]);
        let ids: Vec<_> = rows.iter().map(|row| row.alarm.id.as_str()).collect();
        assert_eq!(ids, ["c", "b", "d"]);
        assert_eq!(rows[0].folded[0].id.as_str(), "a");
    }
}
