//! What the list of creators is asked for, as an address says it.

use url::form_urlencoded;

use crate::{
    app::CreatorQuery,
    http::{
        Problem, Query,
        operator::pages::text::{Choice, read},
    },
    model::{CreatorCursor, CreatorOrder, CreatorStatus, Words},
};

/// What stands in the fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) search: String,
    status: Option<CreatorStatus>,
    pub(super) sort: CreatorOrder,
}

impl Filter {
    /// Reads an address; a field that is left empty does not narrow.
    ///
    /// # Errors
    /// 400 for a parameter that is given twice or can't be read.
    pub(super) fn of(query: &Query) -> Result<Self, Problem> {
        let text = |name| Ok::<_, Problem>(query.one(name)?.unwrap_or_default());
        Ok(Self {
            search: text("search")?.trim().to_owned(),
            status: read(text("status")?)?,
            sort: read(text("sort")?)?.unwrap_or_default(),
        })
    }

    /// What is asked for.
    pub(super) fn query(&self) -> CreatorQuery {
        let searched = !self.search.is_empty();
        CreatorQuery {
            status: self.status,
            words: searched.then(|| Words::from(self.search.as_str())),
        }
    }

    /// Whether anything narrows the list.
    pub(super) fn narrows(&self) -> bool {
        self.status.is_some() || !self.search.is_empty()
    }

    /// Where the same list is found, from a place on.
    pub(super) fn address(&self, after: Option<&CreatorCursor>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("search", &self.search);
        }
        if let Some(status) = self.status {
            query.append_pair("status", status.as_str());
        }
        if self.sort != CreatorOrder::default() {
            query.append_pair("sort", self.sort.as_str());
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        match query.finish() {
            none if none.is_empty() => "/creators".to_owned(),
            query => format!("/creators?{query}"),
        }
    }

    /// Where the same creators are found in another order.
    pub(super) fn sorted(&self, sort: CreatorOrder) -> String {
        let other = Self {
            sort,
            ..self.clone()
        };
        other.address(None)
    }

    pub(super) fn statuses(&self) -> Vec<Choice> {
        let words = [
            (None, "any"),
            (Some(CreatorStatus::Active), "active"),
            (Some(CreatorStatus::Paused), "paused"),
            (Some(CreatorStatus::Rejected), "rejected"),
        ];
        let choice = |(status, words): (Option<CreatorStatus>, _)| {
            let value = status.map_or("", CreatorStatus::as_str);
            (value, words, self.status == status)
        };
        words.map(choice).into()
    }

    pub(super) fn sorts(&self) -> Vec<Choice> {
        let words = [
            (CreatorOrder::Id, "by id"),
            (CreatorOrder::OldestWaiting, "waiting longest"),
            (CreatorOrder::FailureRate, "failing most"),
        ];
        words
            .map(|(order, words)| (order.as_str(), words, self.sort == order))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;

    use super::*;

    fn filter(uri: &'static str) -> Result<Filter, Problem> {
        Filter::of(&Query::of(&Uri::from_static(uri)))
    }

    #[test]
    fn an_address_reads_back_and_empty_fields_do_not_narrow() {
        let given = filter("/creators?search=a%26b&status=paused&sort=failure_rate").unwrap();
        assert!(given.narrows());
        let again = "/creators?search=a%26b&status=paused&sort=failure_rate";
        assert_eq!(given.address(None), again);
        let plain = filter("/creators?search=&status=&sort=").unwrap();
        assert!(!plain.narrows());
        assert_eq!(plain.address(None), "/creators");
        assert_eq!(plain.query(), CreatorQuery::default());
        let sorted = plain.sorted(CreatorOrder::OldestWaiting);
        assert_eq!(sorted, "/creators?sort=oldest_waiting");
        assert!(filter("/creators?status=lost").is_err());
        assert!(filter("/creators?sort=best").is_err());
    }
}
