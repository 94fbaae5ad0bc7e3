//! People of the network: invited, given a role, let in or not. All of it asks for the password again.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    super::{
        forms::refused,
        frame::{Frame, Link},
        lists::{done, one_of},
        page,
        signed::SignedForm,
        text,
    },
    audit_of, tabs,
};
use crate::{
    app::{Error, OperatorChange, SignUpLink, TotpStanding},
    http::{Faces, Problem, path::Path},
    model::{Operator, OperatorName, Role, Session, SessionId, Timestamp},
};

const HERE: &str = "/settings/operators";

#[derive(Template)]
#[template(
    path = "settings/operators.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct OperatorsPage {
    frame: Frame,
    tabs: Vec<Link>,
    operators: Vec<OperatorRow>,
    roles: [Role; 4],
    /// What was typed, where it was wrong.
    name: String,
    role: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(
    path = "settings/operator.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Shown {
    frame: Frame,
    tabs: Vec<Link>,
    operator: OperatorRow,
    roles: [Role; 4],
    sessions: Vec<Session>,
    /// Whether they sign in with codes.
    has_codes: bool,
}

#[derive(Template)]
#[template(
    path = "settings/invited.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Invited {
    frame: Frame,
    tabs: Vec<Link>,
    name: OperatorName,
    link: String,
    expires_at: Timestamp,
}

struct OperatorRow(Operator);

impl OperatorRow {
    fn path(&self) -> String {
        path_of(&self.0.name)
    }

    fn standing(&self) -> &'static str {
        match (self.0.disabled_at, self.0.has_password) {
            (Some(_), _) => "disabled",
            (None, false) => "invited",
            (None, true) => "active",
        }
    }

    fn is_disabled(&self) -> bool {
        self.0.disabled_at.is_some()
    }

    fn audit(&self) -> String {
        audit_of(&format!("operator:{}", self.0.name))
    }
}

async fn listed(
    faces: &Faces,
    frame: Frame,
    (name, role): (String, String),
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let operators = faces.app.list_operators().await?.into_iter();
    Ok(page(&OperatorsPage {
        tabs: tabs(&frame, HERE),
        frame,
        operators: operators.map(OperatorRow).collect(),
        roles: Role::ALL,
        name,
        role,
        wrong,
    }))
}

/// `GET /settings/operators`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let untyped = (String::new(), Role::Viewer.to_string());
    listed(&faces, frame, untyped, None).await
}

/// `POST /settings/operators`: its answer shows the link, this once.
pub(in crate::http::operator) async fn add(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let (name, role) = (form.field("name"), form.field("role"));
    let read = name
        .parse::<OperatorName>()
        .and_then(|name| Ok((name, role.parse::<Role>()?)));
    let wrong = match read {
        Err(why) => why,
        Ok((name, role)) => {
            let by = frame.caller.actor.clone();
            match faces.app.add_operator(by, name.clone(), role).await {
                Ok(link) => return Ok(invited(&faces, frame, name, &link)),
                Err(Error::Conflict(why)) => why,
                Err(error) => return Err(error.into()),
            }
        }
    };
    let again = listed(&faces, frame, (name, role), Some(wrong)).await;
    again.map(refused)
}

/// `GET /settings/operators/{name}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(name): Path<OperatorName>,
) -> Result<Response, Problem> {
    let operator = faces.app.operator(&name).await?;
    let mut sessions = faces.app.list_sessions().await?;
    sessions.retain(|session| session.operator == operator.id);
    let codes = faces.app.totp_standing(&operator.id).await?;
    Ok(page(&Shown {
        tabs: tabs(&frame, HERE),
        frame,
        operator: OperatorRow(operator),
        roles: Role::ALL,
        sessions,
        has_codes: matches!(codes, TotpStanding::On { .. }),
    }))
}

/// `POST /settings/operators/{name}`: what its field `do` says.
pub(in crate::http::operator) async fn change(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(name): Path<OperatorName>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let by = frame.caller.actor.clone();
    let enabled = |enabled| OperatorChange {
        enabled: Some(enabled),
        role: None,
    };
    let (change, word) = match form.field("do").as_str() {
        "invite" => {
            let link = faces.app.invite_operator(by, name.clone()).await?;
            return Ok(invited(&faces, frame, name, &link));
        }
        "end" => {
            let session = SessionId::from(form.field("session"));
            faces.app.end_session(by, session).await?;
            return Ok(done(&path_of(&name), "session-ended"));
        }
        "reset" => {
            faces.app.reset_totp(by, name.clone()).await?;
            return Ok(done(&path_of(&name), "totp-reset"));
        }
        "role" => {
            let role = form.field("role").parse().map_err(Problem::bad_request)?;
            let change = OperatorChange {
                role: Some(role),
                enabled: None,
            };
            (change, "role")
        }
        "disable" => (enabled(false), "disabled"),
        "enable" => (enabled(true), "enabled"),
        _odd => return Err(Problem::bad_request("the form says nothing to do")),
    };
    let own = name == frame.caller.operator.name;
    let seen = Some(form.field("edition"));
    let changed = faces.app.change_operator(by, name.clone(), change, seen);
    changed.await?;
    // Whoever changes themselves is signed out by it, and is led to the front door.
    let leads_to = if own { "/".to_owned() } else { path_of(&name) };
    Ok(done(&leads_to, word))
}

fn path_of(name: &OperatorName) -> String {
    one_of(HERE, name.as_str())
}

fn invited(faces: &Faces, frame: Frame, name: OperatorName, link: &SignUpLink) -> Response {
    let config = faces.app.config();
    let base = match &config.server.operator_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{}", config.server.operator),
    };
    page(&Invited {
        tabs: tabs(&frame, HERE),
        frame,
        name,
        link: format!("{base}/sign-up/{}", link.secret),
        expires_at: link.expires_at,
    })
}
