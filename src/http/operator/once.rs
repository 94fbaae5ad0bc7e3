//! `Idempotency-Key`: a request that makes something, sent again under the same key, is answered as it was the first time
//! and makes nothing more.
//!
//! What was answered is kept for a day without its secrets. Refusals are not kept: such a request is judged anew. A request is
//! held in memory to tell it from another one under its key, so files go without.

use std::{error::Error, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, ETAG},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tracing::warn;
use utoipa::openapi::{
    Object, Type,
    path::{Parameter, ParameterBuilder, ParameterIn},
};

use super::{
    fields::is_json,
    json::{Secrets, TYPE},
};
use crate::{
    app::{Caller, KeptAnswer, Known},
    http::{Encoding, Faces, Problem, read_body},
    model::{Digest, Once},
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that is repeated.
const REPEATED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Characters of a key.
const LONGEST: usize = 255;
/// Bytes of a request, and of an answer that is kept.
const MOST: usize = 256 * 1024;

const FILE: &str =
    "a file takes no `Idempotency-Key`; send it without, or send the address where it lies as JSON";

/// Lets a request that makes something through, unless it was carried out already under its key.
pub(super) async fn pass(
    faces: &Arc<Faces>,
    caller: Caller,
    request: Request,
    next: Next,
) -> Response {
    let passed = match chosen(request.headers()) {
        Ok(Some(_)) if is_file(request.headers()) => Err(Problem::bad_request(FILE)),
        Ok(Some(key)) => pass_once(faces, caller, key, request, next).await,
        Ok(None) => Ok(run(caller, request, next).await),
        Err(problem) => Err(problem),
    };
    passed.unwrap_or_else(IntoResponse::into_response)
}

fn is_file(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_TYPE) && !is_json(headers)
}

async fn run(caller: Caller, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// The key that a request chose.
fn chosen(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    let key = first.to_str().ok().map(str::trim);
    let key = key.filter(|key| (1..=LONGEST).contains(&key.len()) && values.next().is_none());
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        let words =
            format!("`Idempotency-Key` must be one text of 1 to {LONGEST} visible characters");
        Problem::bad_request(words)
    })
}

async fn pass_once(
    faces: &Arc<Faces>,
    mut caller: Caller,
    key: String,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_body(body, Encoding::Identity, MOST).await?;
    let once = Once {
        caller: caller.actor.name.clone(),
        key,
        request: asked(&parts, &body),
    };
    if let Some(answer) = repeated(faces, &once).await? {
        return Ok(answer);
    }
    caller.actor.once = Some(once.clone());
    let request = Request::from_parts(parts, Body::from(body));
    let running = Arc::clone(faces);
    // Whoever asks again after a lost connection finds the answer.
    let answer = faces.app.to_the_end(async move {
        let response = run(caller, request, next).await;
        settle(&running, &once, response).await
    });
    answer.await?
}

/// Everything that is asked.
fn asked(parts: &Parts, body: &[u8]) -> Digest {
    let head = format!("{} {}\n", parts.method, parts.uri);
    Digest::of(&[head.as_bytes(), body].concat())
}

/// Keeps the answer to a request that was carried out; of one that lost against its twin, the twin's answer.
async fn settle(faces: &Faces, once: &Once, response: Response) -> Result<Response, Problem> {
    if response.status() == StatusCode::CONFLICT {
        return Ok(repeated(faces, once).await?.unwrap_or(response));
    }
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MOST).await.map_err(Problem::internal)?;
    let secrets = parts
        .extensions
        .get::<Secrets>()
        .map_or(&[][..], |secrets| secrets.0);
    let etag = parts.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let answer = KeptAnswer {
        status: parts.status.as_u16(),
        etag: etag.map(str::to_owned),
        body: without(secrets, &body).map_err(Problem::internal)?,
    };
    if let Err(error) = faces.app.keep_answer(once, &answer).await {
        // What was made is made, and its secret is told now or never.
        warn!(
            error = &error as &dyn Error,
            "the answer under an idempotency key could not be kept; a repetition is told that it is lost"
        );
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// An answer's object with null in the places of its secrets.
fn without(secrets: &[&str], body: &[u8]) -> serde_json::Result<String> {
    let mut value: Value = serde_json::from_slice(body)?;
    for secret in secrets {
        value[*secret] = Value::Null;
    }
    Ok(value.to_string())
}

/// The answer to a request that was carried out already; none when it was not.
async fn repeated(faces: &Faces, once: &Once) -> Result<Option<Response>, Problem> {
    match faces.app.known_request(once).await? {
        Known::Nothing => Ok(None),
        Known::Answered(answer) => Ok(Some(again(answer))),
        Known::AnswerLost => Err(Problem::new(
            StatusCode::CONFLICT,
            "this request was carried out, but its answer is lost; look for what it made before you make it again",
        )),
        Known::OtherRequest => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "this `Idempotency-Key` stands for another request; choose a new one",
        )),
    }
}

fn again(answer: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::CREATED);
    let mut response = (status, [(CONTENT_TYPE, TYPE)], answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(REPEATED, HeaderValue::from_static("true"));
    if let Some(tag) = answer.etag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
        headers.insert(ETAG, tag);
    }
    response
}

/// The header as the API's document tells of it.
pub(super) fn parameter() -> Parameter {
    let text = Object::builder()
        .schema_type(Type::String)
        .max_length(Some(LONGEST))
        .build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(utoipa::openapi::Required::False)
        .description(Some(
            "makes sure that it is made once: for a day, the same request under the same key is answered as the first \
             time, without secrets and with `Idempotency-Replayed: true`; another request under it is refused (422)",
        ))
        .schema(Some(text))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_visible_text() {
        let with = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                headers.append(IDEMPOTENCY_KEY, value);
            }
            chosen(&headers)
        };
        assert_eq!(with(&[]).ok().flatten(), None);
        assert_eq!(with(&["a-1"]).ok().flatten().as_deref(), Some("a-1"));
        for wrong in [&[""][..], &["a", "a"], &["\u{e9}"]] {
            assert!(with(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_kept_holds_no_secret() {
        let kept = without(&["secret"], br#"{"id":"a","secret":"hush"}"#).unwrap();
        assert_eq!(kept, r#"{"id":"a","secret":null}"#);
    }
}
