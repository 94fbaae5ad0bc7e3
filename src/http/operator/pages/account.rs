//! What whoever is signed in does with their own session.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    not_taken, page, safe_next,
    signed::{SignedForm, token},
};
use crate::{
    app::{Caller, Error, Password},
    http::{
        ClientAddress, Faces, Problem, Query,
        operator::{cookie, guard::origin},
    },
};

#[derive(Template)]
#[template(path = "confirm.html", config = "src/http/operator/pages/askama.toml")]
struct Confirm<'a> {
    name: &'a str,
    token: &'a str,
    next: &'a str,
    wrong: Option<String>,
}

/// `POST /sign-out`
pub(in crate::http::operator) async fn sign_out(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    _form: SignedForm,
) -> Result<Response, Problem> {
    if let Some(session) = caller.actor.session.clone() {
        faces.app.end_session(caller.actor, session).await?;
    }
    Ok(([(SET_COOKIE, cookie::forget())], Redirect::to("/sign-in")).into_response())
}

/// `GET /confirm`
pub(in crate::http::operator) async fn ask_password(
    caller: Caller,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let next = safe_next(query.one("next")?.unwrap_or("/"));
    Ok(page(&Confirm {
        name: caller.operator.name.as_str(),
        token: &token(&headers),
        next,
        wrong: None,
    }))
}

/// `POST /confirm`
pub(in crate::http::operator) async fn confirm(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    caller: Caller,
    headers: HeaderMap,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let (password, next) = (form.field("password"), form.field("next"));
    let (next, name) = (safe_next(&next), caller.operator.name.clone());
    let password = Password::given(password);
    let confirmed = faces
        .app
        .confirm_password(caller, password, origin(client, &headers));
    match confirmed.await {
        Ok(new) => Ok((
            [(SET_COOKIE, cookie::keep(&new.secret))],
            Redirect::to(next),
        )
            .into_response()),
        Err(error @ (Error::Denied(_) | Error::TooOften(_))) => {
            let again = page(&Confirm {
                name: name.as_str(),
                token: &token(&headers),
                next,
                wrong: Some(error.to_string()),
            });
            Ok(not_taken(&error, StatusCode::UNAUTHORIZED, again))
        }
        Err(error) => Err(error.into()),
    }
}
