//! A feed of anybody's, held against what Dailymotion and the W3C feed validator want. Needs no catalog.

use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    mrss::check::{Given, check},
};

pub use crate::mrss::check::Report as FeedFindings;

/// A feed as it was read.
#[derive(Clone, Copy, Debug)]
pub struct FeedDocument<'a> {
    pub bytes: &'a [u8],
    /// The address that it was read from, without credentials; none for a file.
    pub address: Option<&'a str>,
    /// What it was served as; none for a file.
    pub content_type: Option<&'a str>,
}

/// Everything that somebody would object to in a feed, in the order of its lines (contracts/dailymotion-pull.md 3, 4,
/// 6, 7). Categories are held against `[preflight]`.
pub fn check_feed(document: &FeedDocument<'_>, config: &Config) -> FeedFindings {
    let preflight = &config.preflight;
    let given = Given {
        now: SystemClock.now(),
        categories: preflight
            .check_category
            .then_some(preflight.categories.as_slice()),
        address: document.address,
        content_type: document.content_type,
    };
    check(document.bytes, &given)
}
