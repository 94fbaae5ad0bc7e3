//! The members of a JSON object that a client sent: read one by one, so that everything wrong is told at once.

use std::{fmt::Display, str::FromStr};

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{StatusCode, header::CONTENT_TYPE},
};
use serde_json::{Map, Value};

use crate::http::{Encoding, Problem, read_body};

/// Bytes of a request's object.
const MOST: usize = 256 * 1024;

/// A JSON object while it is read. What nobody asks for by the end is wrong, too.
pub(super) struct Fields {
    object: Map<String, Value>,
    problems: Vec<String>,
}

impl Fields {
    #[cfg(test)]
    fn of(object: &Value) -> Self {
        Self {
            object: object.as_object().cloned().unwrap_or_default(),
            problems: Vec::new(),
        }
    }

    /// A text that a type reads; none when it is absent, null or wrong.
    pub(super) fn optional<T: FromStr>(&mut self, name: &str) -> Option<T>
    where
        T::Err: Display,
    {
        let text = match self.object.remove(name)? {
            Value::Null => return None,
            Value::String(text) if text.contains('\0') => {
                return self.wrong(name, "holds a zero byte");
            }
            Value::String(text) => text,
            _other => return self.wrong(name, "must be a text"),
        };
        match text.parse() {
            Ok(value) => Some(value),
            Err(why) => self.wrong(name, why),
        }
    }

    /// The same, where it must be there.
    pub(super) fn required<T: FromStr>(&mut self, name: &str) -> Option<T>
    where
        T::Err: Display,
    {
        if matches!(self.object.get(name), None | Some(Value::Null)) {
            self.object.remove(name);
            return self.wrong(name, "is missing");
        }
        self.optional(name)
    }

    /// A truth value.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.object.remove(name)? {
            Value::Null => None,
            Value::Bool(flag) => Some(flag),
            _other => self.wrong(name, "must be true or false"),
        }
    }

    /// A list of texts that a type reads; empty when it is absent.
    pub(super) fn list<T: FromStr>(&mut self, name: &str) -> Vec<T>
    where
        T::Err: Display,
    {
        let items = match self.object.remove(name) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_other) => {
                return self
                    .wrong(name, "must be a list of texts")
                    .unwrap_or_default();
            }
        };
        let mut list = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let place = format!("{name}[{at}]");
            match item.as_str().map(str::parse) {
                Some(Ok(value)) => list.push(value),
                Some(Err(why)) => drop(self.wrong::<T>(&place, why)),
                None => drop(self.wrong::<T>(&place, "must be a text")),
            }
        }
        list
    }

    fn wrong<T>(&mut self, name: &str, why: impl Display) -> Option<T> {
        self.problems.push(format!("`{name}`: {why}"));
        None
    }

    /// What `read` makes of the object.
    ///
    /// # Errors
    /// 422 that names everything that is wrong.
    pub(super) fn finish<T>(mut self, read: Option<T>) -> Result<T, Problem> {
        let unknown = self.object.keys();
        let unknown = unknown.map(|name| format!("`{name}`: there is no such field"));
        self.problems.extend(unknown.collect::<Vec<_>>());
        match read {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(unprocessable().with_problems(self.problems)),
        }
    }
}

fn unprocessable() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "the request's object is not as it should be",
    )
}

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let kind = parts.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send the object as `Content-Type: application/json`",
            ));
        }
        let body = read_body(body, Encoding::of(&parts.headers)?, MOST).await?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(object)) => Ok(Self {
                object,
                problems: Vec::new(),
            }),
            Ok(_other) => Err(unprocessable()),
            Err(error) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                format!(
                    "the body is no JSON: line {}, column {}",
                    error.line(),
                    error.column()
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Role, Scope};

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut fields = Fields::of(
            &json!({ "role": "king", "flag": 1, "scopes": ["read", 2, "all"], "extra": {} }),
        );
        let name: Option<String> = fields.required("name");
        let role: Option<Role> = fields.optional("role");
        let flag = fields.flag("flag");
        let scopes: Vec<Scope> = fields.list("scopes");
        assert_eq!(
            (name, role, flag, scopes),
            (None, None, None, vec![Scope::Read])
        );
        assert_eq!(
            fields.problems,
            [
                "`name`: is missing",
                "`role`: `king` is no role; it is viewer, finance, operator or owner",
                "`flag`: must be true or false",
                "`scopes[1]`: must be a text",
                "`scopes[2]`: `all` is no scope; it is read, catalog, events, credentials, finance or admin",
            ]
        );
        assert!(fields.finish(Some(())).is_err());
    }

    #[test]
    fn absent_and_null_are_the_same() {
        let mut fields = Fields::of(&json!({ "role": null }));
        assert_eq!(fields.optional::<Role>("role"), None);
        assert_eq!(fields.optional::<Role>("other"), None);
        assert!(fields.finish(Some(())).is_ok());
    }
}
