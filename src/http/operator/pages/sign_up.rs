//! Setting a password with a link that is good once.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};

use super::{Form, check_secure, page};
use crate::{
    app::Error,
    http::{ClientAddress, Faces, Problem, operator::guard::origin, path::Path},
    model::OperatorName,
};

#[derive(Template)]
#[template(path = "sign_up.html", config = "src/http/operator/pages/askama.toml")]
struct SignUp<'a> {
    /// Whom the link is for; none for the first owner.
    name: Option<&'a str>,
    chosen: &'a str,
    wrong: Option<String>,
}

/// `GET /sign-up/{secret}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Response {
    if let Err(problem) = check_secure(&faces, client, &headers) {
        return super::problem(problem);
    }
    match faces.app.sign_up_name(&secret).await {
        Ok(name) => page(&SignUp {
            name: name.as_ref().map(OperatorName::as_str),
            chosen: "",
            wrong: None,
        }),
        Err(error) => super::problem(error.into()),
    }
}

/// `POST /sign-up/{secret}`
pub(in crate::http::operator) async fn sign_up(
    State(faces): State<Arc<Faces>>,
    client: ClientAddress,
    headers: HeaderMap,
    Path(secret): Path<String>,
    mut form: Form,
) -> Response {
    if let Err(problem) = check_secure(&faces, client, &headers) {
        return super::problem(problem);
    }
    let known = match faces.app.sign_up_name(&secret).await {
        Ok(known) => known,
        Err(error) => return super::problem(error.into()),
    };
    let (chosen, password, again) = (
        form.field("name"),
        form.field("password"),
        form.field("again"),
    );
    let wrong = if password == again {
        match chosen.parse::<OperatorName>() {
            Err(why) if known.is_none() => why,
            read => {
                let origin = origin(client, &headers);
                match faces.app.sign_up(secret, read.ok(), password, origin).await {
                    Ok(_name) => return Redirect::to("/sign-in").into_response(),
                    Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => error.to_string(),
                    Err(error) => return super::problem(Problem::from(error)),
                }
            }
        }
    } else {
        "the two passwords are not the same".to_owned()
    };
    let shown = page(&SignUp {
        name: known.as_ref().map(OperatorName::as_str),
        chosen: &chosen,
        wrong: Some(wrong),
    });
    (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response()
}
