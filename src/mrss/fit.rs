//! The last look at what a row says: texts that would be refused or misread if they went out as they are.

use super::escape;
use crate::model::is_emittable;

/// Whether a guid arrives as it is, so that a report finds its video again.
pub(super) fn is_whole(guid: &str) -> bool {
    let plain = || guid.bytes().all(|byte| byte.is_ascii_graphic());
    !guid.is_empty() && (plain() || !guid.chars().any(escape::is_dropped))
}

/// Whether this is `allow` or `deny` and then country codes with single blanks between.
pub(super) fn is_rule(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(mode, countries)| {
        matches!(mode, "allow" | "deny")
            && countries
                .split(' ')
                .all(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
    })
}

/// Whether an address may stand in `link`: a web page, with or without a place on it.
pub(super) fn is_page(link: &str) -> bool {
    let place = link.bytes().position(|byte| byte == b'#');
    let (page, place) = link.split_at(place.unwrap_or(link.len()));
    let begins = |scheme: &str| {
        page.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    (begins("http://") || begins("https://"))
        && is_emittable(page)
        && place
            .bytes()
            .skip(1)
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>[]|{}^`\\#".contains(&byte))
}
