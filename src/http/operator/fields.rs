//! The members of a JSON object that a client sent: read one by one, so that everything wrong is told at once.

use std::{fmt::Display, str::FromStr};

use axum::{
    body::{Body, HttpBody as _},
    extract::{FromRequest, OptionalFromRequest, Request},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use serde_json::{Map, Number, Value};

use crate::http::{Encoding, Problem, read_body};

/// Bytes of a request's object.
const MOST: usize = 256 * 1024;

/// A JSON object while it is read. What nobody asks for by the end is wrong, too.
pub(super) struct Fields {
    object: Map<String, Value>,
    problems: Vec<String>,
}

/// What a member says of something that may be cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Absent,
    Cleared,
    Text(String),
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

    /// The same, where it must be there.
    pub(super) fn required_flag(&mut self, name: &str) -> Option<bool> {
        match self.object.remove(name) {
            Some(Value::Bool(flag)) => Some(flag),
            Some(_other) => self.wrong(name, "must be true or false"),
            None => self.wrong(name, "is missing"),
        }
    }

    /// A whole number.
    pub(super) fn number<T: TryFrom<u64>>(&mut self, name: &str) -> Option<T> {
        let value = self.object.remove(name)?;
        if value.is_null() {
            return None;
        }
        let number = value.as_number().and_then(whole);
        number.or_else(|| self.wrong(name, "must be a whole number, and not too large"))
    }

    /// The same, where it must be there.
    pub(super) fn required_number<T: TryFrom<u64>>(&mut self, name: &str) -> Option<T> {
        if matches!(self.object.get(name), None | Some(Value::Null)) {
            self.object.remove(name);
            return self.wrong(name, "is missing");
        }
        self.number(name)
    }

    /// A text, or null.
    pub(super) fn cell(&mut self, name: &str) -> Cell {
        match self.object.remove(name) {
            None => Cell::Absent,
            Some(Value::Null) => Cell::Cleared,
            Some(Value::String(text)) => Cell::Text(text),
            Some(_other) => self
                .wrong(name, "must be a text or null")
                .unwrap_or(Cell::Absent),
        }
    }

    /// A list that must be there, of pairs of a text and a text that a type reads.
    pub(super) fn pairs<T: FromStr>(&mut self, name: &str) -> Vec<(String, T)>
    where
        T::Err: Display,
    {
        let Some(Value::Array(items)) = self.object.remove(name) else {
            return self
                .wrong(name, "must be a list of pairs")
                .unwrap_or_default();
        };
        let mut pairs = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let place = format!("{name}[{at}]");
            let texts: Option<[String; 2]> = serde_json::from_value(item).ok();
            match texts.map(|[first, second]| (first, second.parse())) {
                Some((first, Ok(second))) => pairs.push((first, second)),
                Some((_first, Err(why))) => drop(self.wrong::<T>(&place, why)),
                None => drop(self.wrong::<T>(&place, "must be a list of two texts")),
            }
        }
        pairs
    }

    /// Notes everything that is wrong with what was read.
    pub(super) fn refuse(&mut self, problems: Vec<String>) {
        self.problems.extend(problems);
    }

    /// A list of texts that must be there.
    pub(super) fn required_list(&mut self, name: &str) -> Option<Vec<String>> {
        if !matches!(self.object.get(name), Some(Value::Array(_))) {
            self.object.remove(name);
            return self.wrong(name, "must be a list of texts");
        }
        Some(self.list(name))
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

    /// Adds what is wrong with members that something else has read.
    pub(super) fn are_wrong(&mut self, problems: Vec<String>) {
        self.problems.extend(problems);
    }

    /// Notes what is wrong with a member.
    pub(super) fn wrong<T>(&mut self, name: &str, why: impl Display) -> Option<T> {
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

/// A number without a fraction, however it is spelled.
fn whole<T: TryFrom<u64>>(number: &Number) -> Option<T> {
    let text = number.to_string();
    let digits = text.strip_suffix(".0").unwrap_or(&text);
    digits.parse::<u64>().ok()?.try_into().ok()
}

fn unprocessable() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "the request's object is not as it should be",
    )
}

impl Fields {
    /// Reads the object that a request holds.
    ///
    /// # Errors
    /// 415 unless the request says that it is JSON, 400 for what is none, 422 for another value.
    pub(super) async fn of_request(request: Request<Body>) -> Result<Self, Problem> {
        Self::of_value(read_json(request).await?)
    }

    fn of_value(value: Value) -> Result<Self, Problem> {
        match value {
            Value::Object(object) => Ok(Self {
                object,
                problems: Vec::new(),
            }),
            _other => Err(unprocessable()),
        }
    }

    /// Whether the object has no member.
    pub(super) fn are_none(&self) -> bool {
        self.object.is_empty()
    }
}

async fn read_json(request: Request<Body>) -> Result<Value, Problem> {
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the object as `Content-Type: application/json`",
        ));
    }
    let body = read_body(body, Encoding::of(&parts.headers)?, MOST).await?;
    serde_json::from_slice(&body).map_err(|error| {
        Problem::bad_request(format!(
            "the body is no JSON: line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

/// Whether a request says that its body is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    essence(headers).eq_ignore_ascii_case("application/json")
}

/// Whether a request says that its body is a form with files.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    essence(headers).eq_ignore_ascii_case("multipart/form-data")
}

fn essence(headers: &HeaderMap) -> &str {
    let kind = headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Problem> {
        Self::of_request(request).await
    }
}

/// None for a request without a body, or with null for one.
impl<S: Sync> OptionalFromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Option<Self>, Problem> {
        if request.body().is_end_stream() {
            return Ok(None);
        }
        match read_json(request).await? {
            Value::Null => Ok(None),
            value => Self::of_value(value).map(Some),
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
    fn cells_pairs_and_numbers_are_what_they_must_be() {
        let mut fields = Fields::of(&json!({
            "title": null, "link": "a", "width": 5, "size": 70_000, "page": 5.0, "pairs": [["a", "read"], ["b"], ["c", "all"]],
        }));
        assert_eq!(fields.cell("title"), Cell::Cleared);
        assert_eq!(fields.cell("link"), Cell::Text("a".to_owned()));
        assert_eq!(fields.cell("other"), Cell::Absent);
        assert_eq!(fields.cell("width"), Cell::Absent);
        assert_eq!(fields.required_number::<u16>("size"), None);
        assert_eq!(fields.number::<u16>("page"), Some(5));
        assert_eq!(fields.required_flag("flag"), None);
        assert_eq!(
            fields.pairs::<Scope>("pairs"),
            [("a".to_owned(), Scope::Read)]
        );
        assert_eq!(fields.problems.len(), 5);
    }

    #[test]
    fn absent_and_null_are_the_same() {
        let mut fields = Fields::of(&json!({ "role": null }));
        assert_eq!(fields.optional::<Role>("role"), None);
        assert_eq!(fields.optional::<Role>("other"), None);
        assert!(fields.finish(Some(())).is_ok());
    }
}
