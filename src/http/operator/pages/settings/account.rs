//! What people do with their own account: where they are signed in, and their password.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
};

use super::{
    super::{
        frame::{Frame, Link},
        lists::done,
        not_taken, page,
        signed::SignedForm,
        text,
    },
    tabs,
};
use crate::{
    app::{Caller, Error, Password, TotpStanding},
    http::{
        ClientAddress, Faces, Problem,
        operator::{cookie, guard::origin},
    },
    model::{Session, SessionId},
};

const HERE: &str = "/settings/account";

#[derive(Template)]
#[template(
    path = "settings/account.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Account {
    frame: Frame,
    tabs: Vec<Link>,
    sessions: Vec<SessionRow>,
    /// Whether they sign in with codes.
    codes: &'static str,
    wrong: Option<String>,
}

struct SessionRow {
    session: Session,
    /// Whether it is the one that looks at the page.
    here: bool,
}

async fn shown(faces: &Faces, frame: Frame, wrong: Option<String>) -> Result<Response, Problem> {
    let own = frame.caller.actor.session.clone();
    let sessions = faces.app.own_sessions(&frame.caller).await?.into_iter();
    let row = |session: Session| SessionRow {
        here: own.as_ref() == Some(&session.id),
        session,
    };
    let codes = match faces.app.totp_standing(&frame.caller.operator.id).await? {
        TotpStanding::On { .. } => "are on",
        TotpStanding::Off | TotpStanding::Proposed(_) => "are off",
    };
    Ok(page(&Account {
        tabs: tabs(&frame, HERE),
        codes,
        frame,
        sessions: sessions.map(row).collect(),
        wrong,
    }))
}

/// `GET /settings/account`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    shown(&faces, frame, None).await
}

/// `POST /settings/account/sessions`: ends one of one's own.
pub(in crate::http::operator) async fn end_session(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let id = SessionId::from(form.field("session"));
    faces.app.end_own_session(caller, id).await?;
    Ok(done(HERE, "session-ended"))
}

/// `POST /settings/account/password`
pub(in crate::http::operator) async fn change_password(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    headers: HeaderMap,
    frame: Frame,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let present = Password::given(form.field("present"));
    let (new, again) = (form.field("password"), form.field("again"));
    if new != again {
        let wrong = "the two new passwords are not the same".to_owned();
        let page = shown(&faces, frame, Some(wrong)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let origin = origin(client, &headers);
    let changed = faces
        .app
        .change_password(frame.caller.clone(), present, new, origin);
    match changed.await {
        Ok(new) => {
            let cookie = [(SET_COOKIE, cookie::keep(&new.secret))];
            Ok((cookie, done(HERE, "password")).into_response())
        }
        Err(error @ (Error::Denied(_) | Error::TooOften(_) | Error::Invalid(_))) => {
            let page = shown(&faces, frame, Some(error.to_string())).await?;
            Ok(not_taken(&error, StatusCode::UNAUTHORIZED, page))
        }
        Err(error) => Err(error.into()),
    }
}
