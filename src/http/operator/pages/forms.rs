//! What pages with forms share: what is wrong at each field, and what somebody else has written meanwhile.

use std::fmt::Display;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::text::{Shown, Words};

/// What is wrong with the fields of a form, by the fields' names; the empty name is the form as a whole.
#[derive(Debug, Default)]
pub(super) struct Wrong(Vec<(&'static str, String)>);

impl Wrong {
    pub(super) fn note(&mut self, field: &'static str, why: impl Display) {
        self.0.push((field, why.to_string()));
    }

    /// What a field says, or else what stands in for it while its fault is told.
    pub(super) fn take<T, E: Display>(
        &mut self,
        field: &'static str,
        read: Result<T, E>,
        otherwise: T,
    ) -> T {
        read.unwrap_or_else(|why| {
            self.note(field, why);
            otherwise
        })
    }

    /// What was read, unless something is wrong with it.
    pub(super) fn unless_wrong<T>(self, read: T) -> Result<T, Self> {
        if self.is_empty() { Ok(read) } else { Err(self) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with one field.
    pub(super) fn at(&self, field: &str) -> Vec<Words> {
        let told = self.0.iter().filter(|(name, _)| *name == field);
        told.map(|(_, why)| Words::from(why)).collect()
    }
}

impl Extend<(&'static str, String)> for Wrong {
    fn extend<I: IntoIterator<Item = (&'static str, String)>>(&mut self, faults: I) {
        self.0.extend(faults);
    }
}

/// A field of which a stale form says something else than what stands there by now.
pub(super) struct Differing {
    pub(super) name: &'static str,
    pub(super) now: Shown,
    pub(super) typed: Shown,
}

/// The fields in which what stands there now and what was typed differ; both are told by the same names, in the same order.
pub(super) fn differing(
    now: impl IntoIterator<Item = (&'static str, String)>,
    typed: impl IntoIterator<Item = (&'static str, String)>,
) -> Vec<Differing> {
    let both = now.into_iter().zip(typed);
    let differ = both.filter(|((_, now), (_, typed))| now != typed);
    differ
        .map(|((name, now), (_, typed))| Differing {
            name,
            now: Shown::from(now),
            typed: Shown::from(typed),
        })
        .collect()
}

/// The page of a form again, with what was typed and what is wrong with it.
pub(super) fn refused(page: Response) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// The page of a form again, with what was typed beside what somebody else has written meanwhile.
pub(super) fn stale(page: Response) -> Response {
    (StatusCode::CONFLICT, page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_stands_at_its_field() {
        let mut wrong = Wrong::default();
        assert_eq!(wrong.take("width", "5".parse::<i64>(), 1), 5);
        assert_eq!(wrong.take("height", "tall".parse::<i64>(), 1), 1);
        wrong.note("height", "is missing");
        assert_eq!((wrong.at("width").len(), wrong.at("height").len()), (0, 2));
        assert!(wrong.unless_wrong(()).is_err());
    }

    #[test]
    fn only_what_differs_is_told() {
        let told = |title: &str| [("title", title.to_owned()), ("geo", String::new())];
        assert!(differing(told("Boats"), told("Boats")).is_empty());
        let found = differing(told("Boats"), told("Kites"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "title");
    }
}
