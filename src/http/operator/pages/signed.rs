//! Forms of a session's own pages, known by a token that no other site can know.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode},
};

use super::Form;
use crate::{
    app::{Caller, Via},
    http::{
        Problem,
        operator::{cookie, guard::csrf_token},
    },
};

/// A form that one of this session's own pages sent.
pub(in crate::http::operator) struct SignedForm(pub(super) Form);

/// What the forms of this session's pages hold.
pub(super) fn token(headers: &HeaderMap) -> String {
    cookie::session(headers).map(csrf_token).unwrap_or_default()
}

impl<S: Sync> FromRequest<S> for SignedForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let own = token(request.headers());
        // The token is made of a cookie: of a request with a key it proves nothing.
        let caller = request.extensions().get::<Caller>();
        let signed_in = caller.is_some_and(|caller| matches!(caller.via, Via::Session(_)));
        let mut form = Form::from_request(request, state).await?;
        if signed_in && !own.is_empty() && form.field("token") == own {
            return Ok(Self(form));
        }
        Err(stale())
    }
}

/// What a form without this session's token is answered.
pub(super) fn stale() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "the form is out of date; go back, open the page again and repeat",
    )
}
