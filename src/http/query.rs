//! Parameters of an address.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, Uri, request::Parts},
};
use url::form_urlencoded;

use super::Problem;

/// The query of a request. Parameters that nobody asks for are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the query as forms write it; bytes that are not UTF-8 become U+FFFD.
    pub fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The value of a parameter that has one value. Repeating it is a mistake: 400.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            let detail = format!("the parameter `{name}` is given more than once");
            return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
        }
        Ok(first)
    }

    /// The values of a parameter that may be there several times.
    pub fn each(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(uri: &'static str) -> Query {
        Query::of(&Uri::from_static(uri))
    }

    #[test]
    fn a_parameter_is_decoded() {
        let query = query("/users.json?page=2&q=a%20b+c&empty");
        assert_eq!(query.one("page").unwrap(), Some("2"));
        assert_eq!(query.one("q").unwrap(), Some("a b c"));
        assert_eq!(query.one("empty").unwrap(), Some(""));
        assert_eq!(query.one("limit").unwrap(), None);
    }

    #[test]
    fn only_a_parameter_that_is_asked_for_may_not_repeat() {
        let query = query("/?page=1&x=1&x=2&page=1");
        assert!(query.one("page").is_err());
        assert_eq!(query.one("limit").unwrap(), None);
        assert_eq!(query.each("x").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(Query::of(&Uri::from_static("/")), Query::default());
    }
}
