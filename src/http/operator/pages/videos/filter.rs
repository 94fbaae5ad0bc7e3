//! What the list of videos is asked for, as an address says it: the parameters are named as the flags of `mcnd video list`.

use url::form_urlencoded;

use crate::{
    app::VideoQuery,
    http::{Problem, Query, operator::pages::text::Choice},
    model::{ListCursor, State, VideoOrder},
};

/// What stands in the fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) search: String,
    pub(super) creator: String,
    pub(super) state: String,
    pub(super) reason: String,
    pub(super) held: String,
    pub(super) conflicts: bool,
    pub(super) broken: bool,
    pub(super) sort: Sort,
}

/// The order of the list; what was added last comes first unless another one is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort(pub(super) VideoOrder);

impl Default for Sort {
    fn default() -> Self {
        Self(VideoOrder::Newest)
    }
}

impl Filter {
    /// Reads an address; a field that is left empty does not narrow.
    ///
    /// # Errors
    /// 400 for a parameter that is given twice, or an order that is none.
    pub(super) fn of(query: &Query) -> Result<Self, Problem> {
        let text = |name| Ok::<_, Problem>(query.one(name)?.unwrap_or_default().trim().to_owned());
        let sort = match text("sort")?.as_str() {
            "" => Sort::default(),
            word => Sort(word.parse().map_err(Problem::bad_request)?),
        };
        Ok(Self {
            search: text("search")?,
            creator: text("creator")?,
            state: text("state")?,
            reason: text("reason")?,
            held: text("held")?,
            conflicts: text("conflicts")? == "true",
            broken: text("broken")? == "true",
            sort,
        })
    }

    /// What is asked for.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn query(&self) -> Result<VideoQuery, Vec<String>> {
        let parameters = self.parameters();
        let query = VideoQuery::read(|name| {
            let found = parameters.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })?;
        if query.refusal.is_some() && query.state.is_some_and(|state| state != State::Refused) {
            return Err(vec![
                "only refused videos have a reason of refusal".to_owned(),
            ]);
        }
        Ok(query)
    }

    /// Whether anything narrows the list.
    pub(super) fn narrows(&self) -> bool {
        let anything = Self {
            sort: self.sort,
            ..Self::default()
        };
        *self != anything
    }

    /// What narrows the list, as parameters.
    pub(super) fn parameters(&self) -> Vec<(&'static str, &str)> {
        let flag = |set: bool| if set { "true" } else { "" };
        let all = [
            ("search", self.search.as_str()),
            ("creator", &self.creator),
            ("state", &self.state),
            ("reason", &self.reason),
            ("held", &self.held),
            ("conflicts", flag(self.conflicts)),
            ("broken", flag(self.broken)),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// Where the same list is found, from a place on.
    pub(super) fn address(&self, after: Option<&ListCursor>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.parameters());
        if self.sort != Sort::default() {
            query.append_pair("sort", self.sort.0.as_str());
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        match query.finish() {
            none if none.is_empty() => "/videos".to_owned(),
            query => format!("/videos?{query}"),
        }
    }

    pub(super) fn states(&self) -> Vec<Choice> {
        let any = ("", "any", self.state.is_empty());
        let states = State::ALL.map(State::as_str);
        let states = states.map(|state| (state, state, self.state == state));
        std::iter::once(any).chain(states).collect()
    }

    pub(super) fn holds(&self) -> Vec<Choice> {
        let choices = [
            ("", "either"),
            ("true", "held back"),
            ("false", "not held back"),
        ];
        choices
            .map(|(value, words)| (value, words, self.held == value))
            .into()
    }

    pub(super) fn sorts(&self) -> Vec<Choice> {
        let choices = [
            (VideoOrder::Newest, "newest first"),
            (VideoOrder::Oldest, "oldest first"),
            (VideoOrder::LongestWaiting, "waiting longest"),
        ];
        choices
            .map(|(order, words)| (order.as_str(), words, self.sort.0 == order))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;

    use super::*;

    fn filter(uri: &'static str) -> Filter {
        Filter::of(&Query::of(&Uri::from_static(uri))).unwrap()
    }

    #[test]
    fn an_address_reads_back_and_empty_fields_do_not_narrow() {
        let given = filter(
            "/videos?search=a%26b+c&creator=&state=refused&conflicts=true&sort=oldest&after=x",
        );
        assert!(given.narrows());
        let again = "/videos?search=a%26b+c&state=refused&conflicts=true&sort=oldest";
        assert_eq!(given.address(None), again);
        assert_eq!(filter(again), given);
        let query = given.query().unwrap();
        assert_eq!((query.creator, query.state), (None, Some(State::Refused)));
        assert!(query.in_conflict && !query.breaks_rules);
        let plain = filter("/videos?search=&state=&sort=newest");
        assert!(!plain.narrows());
        assert_eq!(plain.address(None), "/videos");
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = filter("/videos?creator=A+B&state=lost&held=perhaps").query();
        assert_eq!(wrong.unwrap_err().len(), 3);
        let odd = filter("/videos?state=waiting&reason=failed").query();
        assert_eq!(odd.unwrap_err().len(), 1);
        assert!(Filter::of(&Query::of(&Uri::from_static("/videos?sort=best"))).is_err());
    }
}
