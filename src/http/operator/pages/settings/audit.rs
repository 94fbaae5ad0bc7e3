//! Who did what, and the seals that show that nothing of it was changed.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    super::{
        frame::{Frame, Link},
        lists::{LISTED, address, cut, laid_out},
        page,
        text::Shown,
    },
    tabs,
};
use crate::{
    app::AuditQuery,
    http::{Faces, Problem, Query},
    model::{Action, AuditLine, Seal, Timestamp},
};

const HERE: &str = "/settings/audit";
const SEALS: &str = "/settings/audit/seals";
const DAY_MILLIS: i64 = 86_400_000;

#[derive(Template)]
#[template(
    path = "settings/audit.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Audit {
    frame: Frame,
    tabs: Vec<Link>,
    actor: String,
    object: String,
    lines: Vec<LineRow>,
    older: Option<String>,
}

#[derive(Template)]
#[template(
    path = "settings/seals.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct SealsPage {
    frame: Frame,
    tabs: Vec<Link>,
    seals: Vec<SealRow>,
    next: Option<String>,
}

struct LineRow {
    line: AuditLine,
    /// Where it was done from, such as an address; empty for the machine itself.
    from: String,
    /// What was there before, and what is there now.
    values: Vec<(&'static str, String)>,
}

impl From<AuditLine> for LineRow {
    fn from(line: AuditLine) -> Self {
        let values = [("before", &line.before), ("after", &line.after)];
        let values = values
            .into_iter()
            .filter_map(|(name, value)| Some((name, laid_out(value.as_deref()?))));
        Self {
            values: values.collect(),
            from: line
                .actor
                .address
                .map_or_else(String::new, |address| address.to_string()),
            line,
        }
    }
}

impl LineRow {
    fn of_actor(&self) -> String {
        address(HERE, &[("actor", &self.line.actor.name)])
    }

    fn of_object(&self) -> String {
        address(HERE, &[("object", &self.line.object)])
    }
}

struct SealRow {
    day: String,
    lines: i64,
    digest: String,
}

impl From<Seal> for SealRow {
    fn from(seal: Seal) -> Self {
        let day = Timestamp::from_millis(seal.day.saturating_mul(DAY_MILLIS));
        Self {
            day: day.to_utc().format("%Y-%m-%d").to_string(),
            lines: seal.lines,
            digest: seal.digest.to_string(),
        }
    }
}

/// `GET /settings/audit`; it notes itself that it was read.
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let text = |name| Ok::<_, Problem>(query.one(name)?.unwrap_or_default().trim().to_owned());
    let (actor, object) = (text("actor")?, text("object")?);
    let wanted = match (actor.as_str(), object.as_str()) {
        ("", "") => AuditQuery::All,
        (_, "") => AuditQuery::OfActor(actor.clone()),
        ("", _) => AuditQuery::OfObject(object.clone()),
        _both => {
            return Err(Problem::bad_request(
                "ask for who did it or for what it was done to, not for both",
            ));
        }
    };
    let before = query.one("before")?;
    let by = &frame.caller.actor;
    faces.app.note_look(by, Action::ReadAudit, "audit").await?;
    let mut lines = faces.app.audit(&wanted, before, LISTED + 1).await?;
    let more = cut(&mut lines);
    let older = lines.last().filter(|_last| more).map(|last| {
        let parameters = [("actor", actor.as_str()), ("object", &object)];
        address(HERE, &[&parameters[..], &[("before", &last.id)]].concat())
    });
    Ok(page(&Audit {
        tabs: tabs(&frame, HERE),
        frame,
        actor,
        object,
        lines: lines.into_iter().map(Into::into).collect(),
        older,
    }))
}

/// `GET /settings/audit/seals`
pub(in crate::http::operator) async fn seals(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let after = query.one("after")?.map_or(Ok(i64::MIN), str::parse);
    let after =
        after.map_err(|_odd| Problem::bad_request("`after` must be the number of a day"))?;
    let mut seals = faces.app.audit_seals(after, LISTED + 1).await?;
    let more = cut(&mut seals);
    let last = seals.last().filter(|_last| more);
    let next = last.map(|last| address(SEALS, &[("after", &last.day.to_string())]));
    Ok(page(&SealsPage {
        tabs: tabs(&frame, HERE),
        frame,
        seals: seals.into_iter().map(Into::into).collect(),
        next,
    }))
}
