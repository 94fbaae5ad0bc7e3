//! What pages with lists share: how long they are, where they go on, and addresses made of what stands in them.

use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

use super::{frame::Link, text::in_path};

/// Things on a page of a list.
pub(super) const LISTED: i64 = 50;

/// Cuts off what was asked for beyond a page, and says whether there was more.
pub(super) fn cut<T>(found: &mut Vec<T>) -> bool {
    let listed = usize::try_from(LISTED).unwrap_or(usize::MAX);
    let more = found.len() > listed;
    found.truncate(listed);
    more
}

/// An address with these parameters; those without a value are left out.
pub(super) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    match query.finish() {
        empty if empty.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// Where one of the things of a list is shown.
pub(super) fn one_of(list: &str, id: &str) -> String {
    format!("{list}/{}", in_path(id))
}

/// JSON with a line for each member, of one that comes twice the last; what is no JSON stays as it is.
pub(super) fn laid_out(text: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(text);
    value
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_odd| text.to_owned())
}

/// Leads on after a form, to a page that says what was done.
pub(super) fn done(path: &str, word: &str) -> Response {
    Redirect::to(&address(path, &[("done", word)])).into_response()
}

/// A place beside others on the same page.
pub(super) fn tab(path: &str, name: &'static str, here: bool) -> Link {
    Link {
        path: path.to_owned(),
        name,
        here,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_query_is_encoded() {
        assert_eq!(address("/a", &[("q", "b&c"), ("none", "")]), "/a?q=b%26c");
        assert_eq!(address("/a", &[("q", "")]), "/a");
    }
}
