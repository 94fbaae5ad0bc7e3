//! The parameters of an address that lists something: read one by one, so that everything wrong is told at once.

use std::{convert::Infallible, fmt::Display, str::FromStr};

use axum::{extract::FromRequestParts, http::request::Parts};
use url::form_urlencoded;

use crate::{
    http::Problem,
    model::{PageSize, short_escaped},
};

/// Parameters while they are read. What nobody asks for by the end is wrong, too.
pub(super) struct Parameters {
    given: Vec<(String, String)>,
    asked: Vec<&'static str>,
    problems: Vec<String>,
}

impl Parameters {
    /// Reads a query as forms write it; bytes that are not UTF-8 become U+FFFD.
    fn of(query: &str) -> Self {
        let given = form_urlencoded::parse(query.as_bytes());
        Self {
            given: given.into_owned().collect(),
            asked: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// A text as it is; none when it is absent.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.asked.push(name);
        let mut values = Vec::new();
        self.given.retain_mut(|(key, value)| {
            let asked = key == name;
            if asked {
                values.push(std::mem::take(value));
            }
            !asked
        });
        if values.len() > 1 {
            return self.wrong(name, "is given more than once");
        }
        let value = values.pop()?;
        if value.contains('\0') {
            return self.wrong(name, "holds a zero byte");
        }
        Some(value)
    }

    /// What a type reads; none when it is absent or wrong.
    pub(super) fn optional<T: FromStr>(&mut self, name: &'static str) -> Option<T>
    where
        T::Err: Display,
    {
        match self.text(name)?.parse() {
            Ok(value) => Some(value),
            Err(why) => self.wrong(name, why),
        }
    }

    /// One of some words, each with what it stands for.
    pub(super) fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if let Some((_, value)) = found {
            return Some(*value);
        }
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let (text, known) = (short_escaped(&text), known.join("`, `"));
        self.wrong(name, format!("`{text}` is not one of `{known}`"))
    }

    /// A truth value.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.word(name, &[("true", true), ("false", false)])
    }

    /// The `limit` of a page: 1 to 500; 50 when it is absent.
    pub(super) fn limit(&mut self) -> PageSize {
        self.optional("limit").unwrap_or(PageSize::USUAL)
    }

    /// Notes that a parameter is wrong.
    pub(super) fn wrong<T>(&mut self, name: &str, why: impl Display) -> Option<T> {
        self.problems.push(format!("`{name}`: {why}"));
        None
    }

    /// Adds what is wrong with parameters that something else has read.
    pub(super) fn are_wrong(&mut self, problems: Vec<String>) {
        self.problems.extend(problems);
    }

    /// What was read.
    ///
    /// # Errors
    /// 400 that names everything that is wrong.
    pub(super) fn finish<T>(mut self, read: T) -> Result<T, Problem> {
        let known = self.asked.join("`, `");
        let unknown = self.given.iter().map(|(name, _)| {
            format!(
                "`{}`: there is no such parameter; there are `{known}`",
                short_escaped(name)
            )
        });
        self.problems.extend(unknown.collect::<Vec<_>>());
        if self.problems.is_empty() {
            return Ok(read);
        }
        let problem = Problem::bad_request("the parameters are not as they should be");
        Err(problem.with_problems(self.problems))
    }
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::State;

    #[test]
    fn everything_wrong_is_told_at_once_with_what_would_be_right() {
        let mut given = Parameters::of("state=lost&held=1&limit=0&colour=red&a=1&a=2&b=%00");
        assert_eq!(given.optional::<State>("state"), None);
        assert_eq!(
            (given.flag("held"), given.text("a"), given.text("b")),
            (None, None, None)
        );
        assert_eq!(given.limit(), PageSize::USUAL);
        assert_eq!(
            given.problems,
            [
                "`state`: `lost` is no state of a video; it is draft, waiting, pushing, imported, refused or removed",
                "`held`: `1` is not one of `true`, `false`",
                "`a`: is given more than once",
                "`b`: holds a zero byte",
                "`limit`: `0` is no size of a page; give 1 to 500",
            ]
        );
        assert!(given.finish(()).is_err());
    }

    #[test]
    fn a_parameter_that_nobody_asks_for_is_refused() {
        let mut given = Parameters::of("q=a%20b+c&page=2");
        assert_eq!(given.text("q").as_deref(), Some("a b c"));
        assert!(given.finish(()).is_err());
        assert!(Parameters::of("").finish(()).is_ok());
    }
}
