//! The variable part of an address, read into a type.

use std::{fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, request::Parts},
};

use super::Problem;

/// The one variable segment of a path. What its type does not read names nothing: 404.
#[derive(Clone, Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: FromStr<Err: Display>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|odd| Problem::bad_request(odd.to_string()))?;
        let segment = params.iter().next().map_or("", |(_name, value)| value);
        let read = segment.parse();
        read.map(Self).map_err(|why| {
            Problem::new(
                StatusCode::NOT_FOUND,
                format!("there is no such thing: {why}"),
            )
        })
    }
}
