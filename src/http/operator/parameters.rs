//! The parameters of an address that lists something: read one by one, so that everything wrong is told at once.

use std::{convert::Infallible, fmt::Display, str::FromStr};

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use url::form_urlencoded;

use crate::{
    app::Error,
    http::Problem,
    model::{PageSize, Vocabulary, short_escaped},
};

/// Parameters while they are read. What nobody asks for by the end is wrong, too.
pub(super) struct Parameters {
    given: Vec<(String, String)>,
    asked: Vec<&'static str>,
    problems: Vec<String>,
    /// Whether one of the problems is that a parameter is none by itself.
    malformed: bool,
}

impl Parameters {
    /// Reads a query as forms write it; bytes that are not UTF-8 become U+FFFD.
    fn of(query: &str) -> Self {
        let given = form_urlencoded::parse(query.as_bytes());
        Self {
            given: given.into_owned().collect(),
            asked: Vec::new(),
            problems: Vec::new(),
            malformed: false,
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

    /// One of the words of a closed set.
    pub(super) fn word<T: Vocabulary>(&mut self, name: &'static str) -> Option<T> {
        let words = T::all().into_iter().map(|value| (value.word(), value));
        self.one_of(name, &words.collect::<Vec<_>>())
    }

    /// A truth value.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.one_of(name, &[("true", true), ("false", false)])
    }

    fn one_of<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if let Some((_, value)) = found {
            return Some(*value);
        }
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let (text, known) = (short_escaped(&text), known.join("`, `"));
        self.wrong(name, format!("`{text}` is not one of `{known}`"))
    }

    /// The place of a list that `after` names; that no list gave it shows only when it is looked at.
    pub(super) fn place<T: FromStr>(&mut self) -> Option<T>
    where
        T::Err: Display,
    {
        match self.text("after")?.parse() {
            Ok(place) => Some(place),
            Err(why) => self.contradicts("after", why),
        }
    }

    /// The order of a list that `sort` names; the one of the place to go on from where it is absent.
    pub(super) fn order<T: Vocabulary + PartialEq>(&mut self, place: Option<T>) -> Option<T> {
        let order = self.word("sort").or(place);
        if place.is_some() && order != place {
            let why = "is not the order of the place to go on from; leave one of the two out";
            return self.contradicts("sort", why);
        }
        order
    }

    /// The `limit` of a page: 1 to 500; 50 when it is absent.
    pub(super) fn limit(&mut self) -> PageSize {
        self.optional("limit").unwrap_or(PageSize::USUAL)
    }

    /// Notes that a parameter is wrong.
    fn wrong<T>(&mut self, name: &str, why: impl Display) -> Option<T> {
        self.malformed = true;
        self.contradicts(name, why)
    }

    /// Notes that a parameter is as it should be and still can't be had: beside another one, or because of what there is.
    pub(super) fn contradicts<T>(&mut self, name: &str, why: impl Display) -> Option<T> {
        self.problems.push(format!("`{name}`: {why}"));
        None
    }

    /// Adds what is wrong with parameters that something else has read.
    pub(super) fn are_wrong(&mut self, problems: Vec<String>) {
        self.malformed = true;
        self.problems.extend(problems);
    }

    /// What was read.
    ///
    /// # Errors
    /// That names everything that is wrong: 400, or 422 where nothing is wrong but what parameters say together.
    pub(super) fn finish<T>(mut self, read: T) -> Result<T, Problem> {
        let known = self.asked.join("`, `");
        let unknown = self.given.iter().map(|(name, _)| {
            format!(
                "`{}`: there is no such parameter; there are `{known}`",
                short_escaped(name)
            )
        });
        let unknown: Vec<_> = unknown.collect();
        self.malformed |= !unknown.is_empty();
        self.problems.extend(unknown);
        if self.problems.is_empty() {
            return Ok(read);
        }
        let problem = if self.malformed {
            Problem::bad_request("the parameters are not as they should be")
        } else {
            let words = "the parameters do not fit each other, or what there is";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, words)
        };
        Err(problem.with_problems(self.problems))
    }
}

/// What goes wrong with a list: a place to go on from that shows to be none only when it is looked at is answered as such.
pub(super) fn not_a_place(error: Error) -> Problem {
    match error {
        Error::Invalid(why) => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why),
        other => other.into(),
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
    use crate::model::{ListCursor, State, Timestamp, VideoId, VideoOrder};

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
    fn what_contradicts_itself_is_told_from_what_is_no_parameter() {
        let refused = |query: &str| {
            let mut given = Parameters::of(query);
            let place = given.place::<ListCursor>().map(|place| place.order);
            given.order(place);
            let status = given
                .finish(())
                .map_err(|problem| problem.shown().0.as_u16());
            status.err()
        };
        let place = ListCursor {
            order: VideoOrder::Newest,
            listed_from: Timestamp::from_millis(0),
            id: VideoId::from("a".to_owned()),
        };
        assert_eq!(refused(&format!("after={place}&sort=newest")), None);
        assert_eq!(refused(&format!("after={place}&sort=oldest")), Some(422));
        assert_eq!(refused("after=elsewhere"), Some(422));
        assert_eq!(refused("after=elsewhere&sort=colour"), Some(400));
    }

    #[test]
    fn a_parameter_that_nobody_asks_for_is_refused() {
        let mut given = Parameters::of("q=a%20b+c&page=2");
        assert_eq!(given.text("q").as_deref(), Some("a b c"));
        assert!(given.finish(()).is_err());
        assert!(Parameters::of("").finish(()).is_ok());
    }
}
