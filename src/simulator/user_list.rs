//! The user list as a consumer reads it (the contract's section 2): an array, or an object with a
//! member that holds the array and, perhaps, the paging envelope `page`/`limit`/`has_more`/`list`.

use serde_json::Value;

use super::settings::Crawler;

/// One page of the list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UserList {
    pub(super) users: Vec<User>,
    /// The page after this one, when the envelope says that there is one.
    pub(super) next: Option<NextPage>,
    /// Entries that could not be used, in words.
    pub(super) problems: Vec<String>,
}

/// Whose feed is where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) feed: String,
}

/// The query of the page after this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NextPage {
    pub(super) page: u64,
    pub(super) limit: Option<u64>,
}

/// Reads one page; the error says what the document is instead.
pub(super) fn parse(body: &[u8], keys: &Crawler) -> Result<UserList, String> {
    let document: Value =
        serde_json::from_slice(body).map_err(|error| format!("is not json: {error}"))?;
    let (entries, next) = match &document {
        Value::Array(entries) => (entries, None),
        Value::Object(envelope) => match envelope.get(&keys.list_key) {
            Some(Value::Array(entries)) => (entries, next_page(&document)),
            _ => return Err(format!("is an object without an array `{}`", keys.list_key)),
        },
        _ => return Err("is neither an array nor an object".to_owned()),
    };
    let mut list = UserList {
        next,
        ..UserList::default()
    };
    for (at, entry) in entries.iter().enumerate() {
        match user(entry, keys) {
            Ok(user) => list.users.push(user),
            Err(missing) => list
                .problems
                .push(format!("entry {at} of the user list has no `{missing}`")),
        }
    }
    Ok(list)
}

fn user<'k>(entry: &Value, keys: &'k Crawler) -> Result<User, &'k str> {
    let id = match &entry[&keys.id_key] {
        Value::String(id) if !id.is_empty() => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return Err(&keys.id_key),
    };
    match &entry[&keys.feed_key] {
        Value::String(feed) if !feed.is_empty() => Ok(User {
            id,
            feed: feed.clone(),
        }),
        _ => Err(&keys.feed_key),
    }
}

fn next_page(envelope: &Value) -> Option<NextPage> {
    envelope["has_more"].as_bool()?.then(|| NextPage {
        page: envelope["page"].as_u64().unwrap_or(1).saturating_add(1),
        limit: envelope["limit"].as_u64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<UserList, String> {
        parse(body.as_bytes(), &Crawler::default())
    }

    fn user(id: &str, feed: &str) -> User {
        User {
            id: id.to_owned(),
            feed: feed.to_owned(),
        }
    }

    #[test]
    fn an_array_is_a_list_without_further_pages() {
        let list = read(
            r#"[{"id":"x1","username":"a","mrss":"http://h/1"},{"id":2,"mrss":"http://h/2"}]"#,
        );
        let list = list.unwrap();
        assert_eq!(
            list.users,
            [user("x1", "http://h/1"), user("2", "http://h/2")]
        );
        assert_eq!(list.next, None);
    }

    #[test]
    fn an_envelope_offers_the_next_page() {
        let list = read(r#"{"page":2,"limit":10,"has_more":true,"list":[]}"#).unwrap();
        let next = NextPage {
            page: 3,
            limit: Some(10),
        };
        assert_eq!(list.next, Some(next));
        assert_eq!(read(r#"{"has_more":false,"list":[]}"#).unwrap().next, None);
    }

    #[test]
    fn the_keys_are_settings() {
        let keys = Crawler {
            id_key: "user".to_owned(),
            feed_key: "feed".to_owned(),
            list_key: "creators".to_owned(),
            ..Crawler::default()
        };
        let list = parse(br#"{"creators":[{"user":"u","feed":"f"}]}"#, &keys).unwrap();
        assert_eq!(list.users, [user("u", "f")]);
    }

    #[test]
    fn an_entry_without_a_feed_is_named_and_the_others_count() {
        let list = read(r#"[{"id":"x1"},{"id":"x2","mrss":"f"}]"#).unwrap();
        assert_eq!(list.users, [user("x2", "f")]);
        assert_eq!(list.problems, ["entry 0 of the user list has no `mrss`"]);
    }

    #[test]
    fn a_cut_document_is_no_list() {
        assert!(read(r#"[{"id":"x1","mrss":"f"}"#).is_err());
        assert!(read(r#""words""#).is_err());
        assert!(read(r#"{"users":[]}"#).is_err());
    }
}
