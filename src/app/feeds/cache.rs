//! Rendered pages, kept while nothing has changed.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use moka::sync::Cache;
use tokio::sync::Mutex;

use super::{FeedRequest, Kept, OpenFeed};

/// A page that nobody has asked for so long has no turns.
const TURNS_IDLE: Duration = Duration::from_mins(1);

/// Rendered pages with their `ETag`, by what was asked for, bounded by bytes. A page takes the place of the one before it,
/// which nobody is answered with any more.
pub(in crate::app) struct FeedCache {
    pages: Cache<FeedRequest, (String, Arc<Kept>)>,
    /// Whose turn it is to render a page, and whether the last one failed to.
    turns: Cache<FeedRequest, Arc<Mutex<bool>>>,
}

impl FeedCache {
    pub(in crate::app) fn new(bytes: u64) -> Self {
        let weigh = |_asked: &FeedRequest, (etag, kept): &(String, Arc<Kept>)| {
            let bytes = kept.pieces.iter().map(Bytes::len).sum::<usize>();
            u32::try_from(etag.len() + bytes).unwrap_or(u32::MAX)
        };
        Self {
            pages: Cache::builder().max_capacity(bytes).weigher(weigh).build(),
            turns: Cache::builder().time_to_idle(TURNS_IDLE).build(),
        }
    }

    /// The page that an opened feed would be rendered to.
    pub(super) fn find(&self, feed: &OpenFeed) -> Option<Arc<Kept>> {
        let etag = feed.etag.as_ref()?;
        let (of, kept) = self.pages.get(&feed.request)?;
        (of == *etag).then_some(kept)
    }

    pub(super) fn keep(&self, feed: &OpenFeed, page: &Arc<Kept>) {
        if let Some(etag) = &feed.etag {
            self.pages
                .insert(feed.request.clone(), (etag.clone(), Arc::clone(page)));
        }
    }

    /// What whoever renders a page holds meanwhile: whether the last one failed to.
    pub(super) fn turn(&self, asked: &FeedRequest) -> Arc<Mutex<bool>> {
        self.turns.get_with_by_ref(asked, Arc::default)
    }
}

impl fmt::Debug for FeedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedCache")
            .field("pages", &self.pages.entry_count())
            .finish_non_exhaustive()
    }
}
