//! Feeds: which videos a creator's feed lists now, and its bytes, kept while nothing has changed.

mod cache;
mod cap;
mod page;
mod policy;
mod shape;
mod turning;

use std::sync::Arc;

use bytes::Bytes;
use metrics::counter;
use tokio::sync::mpsc;
use tracing::error;

use super::{App, Error, Result, Seen};
use crate::{
    model::{
        CreatorId, CreatorStatus, CredentialId, Cursor, Digest, Face, FeedHead, FeedMode,
        PageQuery, Part, Visit,
    },
    telemetry,
};

pub(super) use cache::FeedCache;
use page::Page;
pub(super) use policy::policy;
pub(super) use shape::Shape;

/// Rows read in one go while a feed streams.
const STREAMED_ROWS: i64 = 500;
/// Rows read in one go for a page that is put together first: the default limit and the row beyond it.
const ASSEMBLED_ROWS: i64 = 1_001;

/// Which feed is asked for, and under which address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeedRequest {
    pub creator: CreatorId,
    /// The place behind which the page begins.
    pub after: Option<Cursor>,
    /// What every address in the document begins with; holds a secret where the crawler is given one in the address.
    pub base: String,
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub credential: Option<CredentialId>,
    pub address: String,
    pub user_agent: Option<String>,
}

/// A feed that may be read: what it lists is settled, nothing of it is read yet.
#[derive(Clone, Debug)]
pub struct OpenFeed {
    request: FeedRequest,
    head: FeedHead,
    shape: Arc<Shape>,
    /// How the page's first rows are asked for; its limit is the page's.
    query: PageQuery,
    /// Waiting videos that the daily cap leaves to this page.
    room: i64,
    /// Identifies these very bytes; none while the clock has changed the feed and its version does not say so yet.
    pub etag: Option<String>,
}

/// A feed's bytes.
#[derive(Debug)]
pub enum FeedBody {
    /// All its pieces, in their order.
    Whole(Vec<Bytes>),
    /// Piece by piece as they are written. An error means that the transfer must break: what was sent is no feed.
    Streamed(mpsc::Receiver<Result<Bytes>>),
}

/// A rendered page with what a visit says of it.
#[derive(Debug)]
struct Kept {
    pieces: Vec<Bytes>,
    offered: i64,
    first: Option<Cursor>,
    last: Option<Cursor>,
}

impl OpenFeed {
    /// When the feed last changed.
    pub fn changed_at(&self) -> crate::model::Timestamp {
        self.head.changed_at
    }

    /// Whether a page names the next one.
    fn is_paged(&self) -> bool {
        self.shape.config.feed.paging || self.head.mode.relists()
    }

    fn visit(&self, visitor: &Visitor, page: &Kept) -> Seen {
        Seen::Visit(Visit {
            at: self.query.now,
            face: Face::Feed,
            creator: Some(self.head.creator.clone()),
            credential: visitor.credential.clone(),
            address: visitor.address.clone(),
            user_agent: visitor.user_agent.clone(),
            status: 200,
            feed_version: Some(self.head.version),
            offered: page.offered,
            first: page.first.clone(),
            last: page.last.clone(),
        })
    }
}

impl App {
    /// Opens a creator's feed: one indexed read, and one more while a daily cap is set.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a creator that is not there, or not any more.
    pub async fn open_feed(&self, request: FeedRequest) -> Result<OpenFeed> {
        let now = self.clock.now();
        let shape = self.shape.load_full();
        let head = self.catalog.feed_head(&request.creator).await?;
        let head = head
            .filter(|head| head.status != CreatorStatus::Rejected)
            .ok_or_else(|| Error::NotFound(format!("there is no feed of `{}`", request.creator)))?;
        let limit = match shape.config.feed.limit {
            _any if head.status != CreatorStatus::Active => 0,
            0 => i64::MAX,
            limit => i64::from(limit),
        };
        let query = PageQuery {
            creator: request.creator.clone(),
            part: Part::default(),
            after: request.after.clone(),
            changed_after: (head.mode == FeedMode::Delta)
                .then(|| now.before(shape.policy.delta_window)),
            now,
            met: shape.policy.met,
            limit,
        };
        let room = self.room_on_page(&head, &shape.config.feed, &query).await?;
        let room = room.unwrap_or(limit).min(limit);
        // Until the shelf is turned to this moment, the version does not speak for what is listed.
        let turned = head.changes_at.is_none_or(|moment| moment > now);
        let etag = turned.then(|| etag(&request, &head, &shape, [limit, room]));
        Ok(OpenFeed {
            request,
            head,
            shape,
            query,
            room,
            etag,
        })
    }

    /// Notes that a crawler was told that the feed has not changed.
    pub fn feed_unchanged(self: &Arc<Self>, feed: &OpenFeed, visitor: &Visitor) {
        counter!(telemetry::FEED_RENDERED, "source" => "unchanged").increment(1);
        self.see(Seen::Unchanged {
            creator: Some(feed.head.creator.clone()),
            credential: visitor.credential.clone(),
        });
    }

    /// The bytes of an opened feed: from memory while nothing has changed, else from rows. Where somebody else has it
    /// rendered already, it is opened anew, so as to be the page that they are given.
    ///
    /// Without a visitor, nobody but an operator sees it and no visit is noted. With `feed.max_bytes` lifted the feed
    /// streams, and an error may still come between its chunks.
    pub async fn read_feed(
        self: &Arc<Self>,
        feed: &mut OpenFeed,
        visitor: Option<Visitor>,
    ) -> Result<FeedBody> {
        if feed.shape.config.feed.max_bytes == 0 {
            return Ok(FeedBody::Streamed(self.stream_feed(feed.clone(), visitor)));
        }
        let (kept, source) = match self.feeds.find(feed) {
            Some(kept) => (kept, "cache"),
            None => self.render_in_turn(feed).await?,
        };
        counter!(telemetry::FEED_RENDERED, "source" => source).increment(1);
        if let Some(visitor) = &visitor {
            self.see(feed.visit(visitor, &kept));
        }
        Ok(FeedBody::Whole(kept.pieces.clone()))
    }

    /// Renders a page, one at a time: many who ask for it at once would each hold a copy of it.
    async fn render_in_turn(&self, feed: &mut OpenFeed) -> Result<(Arc<Kept>, &'static str)> {
        let turn = self.feeds.turn(&feed.request);
        let mut failed = match Arc::clone(&turn).try_lock_owned() {
            Ok(turn) => turn,
            Err(_taken) => {
                let failed = turn.lock_owned().await;
                if *failed {
                    // One after the other, all who wait would fail as slowly.
                    return Err(Error::Busy(None));
                }
                *feed = self.open_feed(feed.request.clone()).await?;
                failed
            }
        };
        if let Some(kept) = self.feeds.find(feed) {
            return Ok((kept, "cache"));
        }
        let rendered = self.render_feed(feed).await;
        *failed = rendered.is_err();
        Ok((rendered?, "rows"))
    }

    async fn render_feed(&self, feed: &OpenFeed) -> Result<Arc<Kept>> {
        let mut page = Page::assembled(feed);
        while let Some(mut rows) = page.next_rows(feed, ASSEMBLED_ROWS) {
            // What is edited meanwhile moves to the end, and is listed there.
            rows.now = self.clock.now();
            page = self.catalog.feed_page(rows, page, Page::add).await?;
        }
        let kept = Arc::new(page.finish(feed));
        self.feeds.keep(feed, &kept);
        Ok(kept)
    }

    fn stream_feed(
        self: &Arc<Self>,
        feed: OpenFeed,
        visitor: Option<Visitor>,
    ) -> mpsc::Receiver<Result<Bytes>> {
        let (pieces, receiver) = mpsc::channel(2);
        let app = Arc::clone(self);
        self.tasks.spawn(async move {
            counter!(telemetry::FEED_RENDERED, "source" => "rows").increment(1);
            match app.send_pieces(&feed, &pieces).await {
                Ok(kept) => {
                    if let Some(visitor) = &visitor {
                        app.see(feed.visit(visitor, &kept));
                    }
                }
                Err(failed) => {
                    error!(creator.id = %feed.head.creator, error = &failed as &dyn std::error::Error, "a feed broke off");
                    let _gone = pieces.send(Err(failed)).await;
                }
            }
        });
        receiver
    }

    /// Reads page after page and hands the bytes on; holds no connection while it waits for the reader.
    async fn send_pieces(
        &self,
        feed: &OpenFeed,
        pieces: &mpsc::Sender<Result<Bytes>>,
    ) -> Result<Kept> {
        let mut page = Page::streamed(feed, self.page_end(feed).await?);
        while let Some(mut rows) = page.next_rows(feed, STREAMED_ROWS) {
            rows.now = self.clock.now();
            page = self.catalog.feed_page(rows, page, Page::add).await?;
            if !send_all(pieces, page.take_pieces()).await {
                break;
            }
        }
        let mut kept = page.finish(feed);
        send_all(pieces, std::mem::take(&mut kept.pieces)).await;
        Ok(kept)
    }

    /// The last place of a page that streams and must name the next one in its head, found by reading ahead.
    async fn page_end(&self, feed: &OpenFeed) -> Result<Option<Cursor>> {
        if !feed.is_paged() || feed.query.limit == i64::MAX {
            return Ok(None);
        }
        let mut page = Page::measured(feed);
        while let Some(rows) = page.next_rows(feed, ASSEMBLED_ROWS) {
            page = self.catalog.feed_page(rows, page, Page::count).await?;
        }
        Ok(page.end())
    }
}

/// Hands pieces on, and says whether the reader is still there.
async fn send_all(to: &mpsc::Sender<Result<Bytes>>, pieces: Vec<Bytes>) -> bool {
    for piece in pieces {
        if to.send(Ok(piece)).await.is_err() {
            return false;
        }
    }
    true
}

/// A weak tag over everything that the bytes follow from.
fn etag(request: &FeedRequest, head: &FeedHead, shape: &Shape, [limit, room]: [i64; 2]) -> String {
    let after = request
        .after
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let FeedHead {
        creator,
        status,
        mode,
        version,
        ..
    } = head;
    let base = &request.base;
    let parts = format!(
        "{creator} {} {} {version} {limit} {room} {after} {} {base}",
        status.as_str(),
        mode.as_str(),
        shape.digest
    );
    format!("W/\"{:.32}\"", Digest::of(parts.as_bytes()).to_string())
}
