//! A feed of anybody's, held against what Dailymotion and the W3C feed validator want. Needs no catalog.

use url::Url;

use super::{Error, Result};
use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    mrss::check::{Given, check},
    outbound::{self, Answer, Ask, Fault, Outbound, Validators},
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

/// Bytes of a feed that are looked at.
pub const MOST_FEED_BYTES: u64 = 64 * 1024 * 1024;

/// A feed that was read from an address.
#[derive(Clone, Debug)]
pub struct FetchedFeed {
    pub bytes: Vec<u8>,
    /// Where it was found in the end, without credentials.
    pub address: Url,
    pub content_type: Option<String>,
}

/// Reads a feed from an address under the rules of `[outbound]`. A user name and password in it go out as HTTP Basic.
///
/// # Errors
/// [`Error::Invalid`] with what stood in the way, and without what may be secret in the address.
pub async fn fetch_feed(url: &Url, config: &Config) -> Result<FetchedFeed> {
    read(url, config).await.map_err(|fault| {
        let shown = outbound::shown(url);
        Error::Invalid(format!("nothing was read from `{shown}`: {fault}"))
    })
}

async fn read(url: &Url, config: &Config) -> Result<FetchedFeed, Fault> {
    let ask = Ask {
        url: url.clone(),
        known: Validators::default(),
        max_bytes: MOST_FEED_BYTES,
    };
    let Answer::Found(mut found) = Outbound::new(&config.outbound)?.get(&ask).await? else {
        return Err(Fault::Unusable);
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = found.body.chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(FetchedFeed {
        bytes,
        address: found.address,
        content_type: found.content_type,
    })
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
