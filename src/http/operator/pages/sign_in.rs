//! Signing in.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};

use super::{Form, check_secure, not_taken, page, safe_next};
use crate::{
    app::{Error, NewSession, Password, SignedIn},
    http::{
        ClientAddress, Faces, Problem, Query,
        operator::{cookie, guard::origin},
    },
};

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/http/operator/pages/askama.toml")]
struct SignIn<'a> {
    name: &'a str,
    next: &'a str,
    wrong: Option<String>,
}

/// Asks for a code of somebody whose password was right.
#[derive(Template)]
#[template(path = "code.html", config = "src/http/operator/pages/askama.toml")]
struct Code<'a> {
    half: &'a str,
    next: &'a str,
    wrong: Option<String>,
}

/// `GET /sign-in`
pub(in crate::http::operator) async fn show(query: Query) -> Result<Response, Problem> {
    let next = safe_next(query.one("next")?.unwrap_or("/"));
    Ok(page(&SignIn {
        name: "",
        next,
        wrong: None,
    }))
}

/// `POST /sign-in`
pub(in crate::http::operator) async fn sign_in(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    headers: HeaderMap,
    mut form: Form,
) -> Response {
    let (name, next) = (form.field("name"), form.field("next"));
    let next = safe_next(&next);
    if let Err(problem) = check_secure(&faces, client, &headers) {
        return super::problem(problem);
    }
    let password = Password::given(form.field("password"));
    let origin = origin(client, &headers);
    match faces.app.sign_in(name.clone(), password, origin).await {
        Ok(SignedIn::In(new)) => let_in(&new, next),
        Ok(SignedIn::NeedsCode(half)) => page(&Code {
            half: &half,
            next,
            wrong: None,
        }),
        Err(error @ (Error::Denied(_) | Error::TooOften(_))) => {
            let wrong = Some(error.to_string());
            let again = page(&SignIn {
                name: &name,
                next,
                wrong,
            });
            not_taken(&error, StatusCode::UNAUTHORIZED, again)
        }
        Err(error) => super::problem(error.into()),
    }
}

/// `POST /sign-in/code`
pub(in crate::http::operator) async fn give_code(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    headers: HeaderMap,
    mut form: Form,
) -> Response {
    let (half, code, next) = (form.field("half"), form.field("code"), form.field("next"));
    let next = safe_next(&next);
    if let Err(problem) = check_secure(&faces, client, &headers) {
        return super::problem(problem);
    }
    let origin = origin(client, &headers);
    match faces
        .app
        .sign_in_with_code(half.clone(), code, origin)
        .await
    {
        Ok(new) => let_in(&new, next),
        Err(error @ (Error::Denied(_) | Error::TooOften(_))) => {
            let wrong = Some(error.to_string());
            let half = &half;
            let again = page(&Code { half, next, wrong });
            not_taken(&error, StatusCode::UNAUTHORIZED, again)
        }
        Err(error) => super::problem(error.into()),
    }
}

fn let_in(new: &NewSession, next: &str) -> Response {
    let cookie = [(SET_COOKIE, cookie::keep(&new.secret))];
    (cookie, Redirect::to(next)).into_response()
}
