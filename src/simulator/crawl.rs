//! One crawl: the user list, then every feed in the list's order, as Dailymotion's crawler would.
//!
//! What cannot be read whole is noted and left for the next crawl; nothing of it is imported.

use std::collections::HashSet;
use std::sync::Arc;

use tracing::debug;
use url::Url;

use super::feed::{self, Feed};
use super::fetch::{Failure, Pages, Read};
use super::injector;
use super::report::Visit;
use super::shared::{Shared, now_ms};
use super::user_list::{self, NextPage, User, UserList};

/// The crawler and what it remembers from one crawl to the next.
pub(super) struct Crawler {
    shared: Arc<Shared>,
    lists: Pages<UserList>,
    feeds: Pages<Feed>,
    /// The list when it was last read whole.
    users: Vec<User>,
}

/// Everything that one feed lists.
struct Listing {
    items: Vec<feed::Item>,
    /// Whether the last page was reached.
    complete: bool,
}

impl Crawler {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            lists: Pages::new(),
            feeds: Pages::new(),
            users: Vec::new(),
        }
    }

    /// Reads everything once. Without a user list the feeds of the last one are read.
    pub(super) async fn run(&mut self) {
        let _busy = self.shared.in_flight.enter();
        match self.read_users().await {
            Ok(users) => self.users = users,
            Err(words) => self.shared.note_error(format!("the user list {words}")),
        }
        for user in self.users.clone() {
            match self.read_feed(&user).await {
                Ok(listing) => {
                    injector::offer(&self.shared, &user.id, &listing.items, listing.complete);
                }
                Err(words) => {
                    let id = &user.id;
                    self.shared
                        .note_error(format!("the feed of `{id}` {words}"));
                }
            }
        }
        self.lists.sweep();
        self.feeds.sweep();
        self.shared.ledger().report.crawls += 1;
    }

    async fn read_users(&mut self) -> Result<Vec<User>, String> {
        let shared = Arc::clone(&self.shared);
        let settings = &shared.settings.crawler;
        let mut users = Vec::new();
        let mut address = shared.addresses.user_list.clone();
        for _ in 0..settings.max_pages {
            let read = self
                .lists
                .read(&shared.client, settings, &address, |body| {
                    user_list::parse(body, settings)
                })
                .await;
            let list = note(
                &shared,
                None,
                read,
                |list| list.users.len(),
                |list| &list.problems,
            )?;
            users.extend_from_slice(&list.users);
            match list.next {
                Some(next) => address = page_address(&shared.addresses.user_list, next),
                None => return Ok(users),
            }
        }
        Err(format!("has more than {} pages", settings.max_pages))
    }

    async fn read_feed(&mut self, user: &User) -> Result<Listing, String> {
        let shared = Arc::clone(&self.shared);
        let settings = &shared.settings.crawler;
        let mut address =
            Url::parse(&user.feed).map_err(|error| format!("has no usable address: {error}"))?;
        let mut items = Vec::new();
        let mut read_pages = HashSet::new();
        while read_pages.len() < settings.max_pages {
            let read = self
                .feeds
                .read(&shared.client, settings, &address, feed::parse)
                .await;
            let page = note(
                &shared,
                Some(user),
                read,
                |page| page.items.len(),
                |page| &page.problems,
            )?;
            items.extend_from_slice(&page.items);
            read_pages.insert(address.clone());
            let Some(next) = &page.next else {
                return Ok(Listing {
                    items,
                    complete: true,
                });
            };
            address = address
                .join(next)
                .map_err(|error| format!("offers a next page without a usable address: {error}"))?;
            if read_pages.contains(&address) {
                return Err("offers a page that was read already as its next one".to_owned());
            }
        }
        Ok(Listing {
            items,
            complete: false,
        })
    }
}

/// Records a visit; problems are noted when the page is new, not again with every 304.
fn note<T>(
    shared: &Shared,
    user: Option<&User>,
    read: Result<Read<T>, Failure>,
    count: impl FnOnce(&T) -> usize,
    problems: impl FnOnce(&T) -> &Vec<String>,
) -> Result<Arc<T>, String> {
    let (status, result) = match read {
        Ok(read) => (Some(read.status), Ok(read.content)),
        Err(failure) => (failure.status, Err(failure.words)),
    };
    let visit = Visit {
        at_ms: now_ms(),
        user: user.map(|user| user.id.clone()),
        status,
        listed: result.as_ref().map_or(0, |content| count(content)),
    };
    debug!(
        user.id = visit.user,
        http.status = status,
        visit.listed = visit.listed,
        "simulator: read a page"
    );
    shared.ledger().report.visits.add(visit);
    let content = result?;
    if status == Some(200) {
        for problem in problems(&content) {
            let whose =
                user.map_or_else(String::new, |user| format!("the feed of `{}`: ", user.id));
            shared.note_error(format!("{whose}{problem}"));
        }
    }
    Ok(content)
}

/// The list's own address with the page asked for; other parameters stay.
fn page_address(list: &Url, next: NextPage) -> Url {
    let mut address = list.clone();
    let others: Vec<(String, String)> = list
        .query_pairs()
        .filter(|(name, _)| name != "page" && name != "limit")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut query = address.query_pairs_mut();
    query.clear().extend_pairs(others);
    query.append_pair("page", &next.page.to_string());
    if let Some(limit) = next.limit {
        query.append_pair("limit", &limit.to_string());
    }
    drop(query);
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_for_beside_the_other_parameters() {
        let list = Url::parse("http://h/users.json?token=t&page=1&limit=5").unwrap();
        let next = NextPage {
            page: 2,
            limit: Some(5),
        };
        assert_eq!(
            page_address(&list, next).query(),
            Some("token=t&page=2&limit=5")
        );
    }
}
