//! A page of a feed while it is written.

use std::{ops::ControlFlow, sync::Arc};

use bytes::Bytes;
use metrics::histogram;
use tracing::warn;

use super::{Kept, OpenFeed, Shape};
use crate::{
    model::{Cursor, ListedVideo, PageQuery, Part},
    mrss::Channel,
    telemetry,
};

/// Room for what the head gains when the address of the next page is known.
const NEXT_LINK: usize = 1_024;

/// Bytes that a piece has room for: as many as a socket takes at once, in a block that the allocator uses again.
const PIECE: usize = 64 * 1024;
/// A piece with less room than this is not written on: the next item would move it.
const ITEM: usize = 8 * 1024;

/// Items gathered so far, and what is needed to end the page.
pub(super) struct Page {
    shape: Arc<Shape>,
    /// What is written, piece by piece; the first one is the head, until it is taken.
    pieces: Vec<Bytes>,
    /// Length of all pieces.
    length: usize,
    /// The piece that is being written.
    bytes: Vec<u8>,
    /// Head and items may take so many bytes; none when the page streams.
    budget: Option<usize>,
    limit: i64,
    /// Whether it looks a row beyond its limit, to see whether there is any.
    looks_beyond: bool,
    /// Where it ends at the latest, and the next one begins.
    until: Option<Cursor>,
    /// The part of the feed that is read; none behind the last.
    part: Option<Part>,
    /// Rows seen, listed or not.
    rows: i64,
    /// Rows seen when the next ones were asked for, and how many that were.
    asked: Option<(i64, i64)>,
    offered: i64,
    left_out: i64,
    first: Option<Cursor>,
    last: Option<Cursor>,
    /// Whether there is a video that the page has no room for.
    more: bool,
}

impl Page {
    /// A page that is put together before it is sent, within the bytes that the settings allow.
    pub(super) fn assembled(feed: &OpenFeed) -> Self {
        let most = feed.shape.config.feed.max_bytes;
        Self {
            budget: Some(most.saturating_sub(NEXT_LINK)),
            looks_beyond: true,
            ..Self::streamed(feed, None)
        }
    }

    /// A page that is sent while it is written; it names a next page where it is told its own last place.
    pub(super) fn streamed(feed: &OpenFeed, until: Option<Cursor>) -> Self {
        let mut page = Self::empty(feed);
        let next = until.as_ref().map(|last| next_url(feed, last));
        if until.is_some() {
            page.limit = i64::MAX;
        }
        page.until = until;
        let head = page.head(feed, next.as_deref());
        page.length = head.len();
        page.pieces.push(head);
        page
    }

    /// A page that is only counted.
    pub(super) fn measured(feed: &OpenFeed) -> Self {
        Self {
            looks_beyond: true,
            ..Self::empty(feed)
        }
    }

    fn empty(feed: &OpenFeed) -> Self {
        Self {
            shape: Arc::clone(&feed.shape),
            pieces: Vec::new(),
            length: 0,
            bytes: Vec::with_capacity(PIECE),
            budget: None,
            limit: feed.query.limit,
            looks_beyond: false,
            until: None,
            part: first_part(feed),
            rows: 0,
            asked: None,
            offered: 0,
            left_out: 0,
            first: None,
            last: None,
            more: false,
        }
    }

    fn head(&self, feed: &OpenFeed, next_url: Option<&str>) -> Bytes {
        let base = &feed.request.base;
        let address = format!("{base}/feeds/{}.xml", feed.head.creator);
        let self_url = feed
            .request
            .after
            .as_ref()
            .map_or(address.clone(), |after| format!("{address}?after={after}"));
        let channel = Channel {
            title: &feed.head.name,
            link: feed.head.link.as_deref().unwrap_or_else(|| site(feed)),
            description: &format!("Videos of {}", feed.head.name),
            self_url: &self_url,
            next_url,
            changed_at: feed.head.changed_at,
        };
        let mut head = Vec::new();
        self.shape.writer.open(&mut head, &channel);
        Bytes::from(head)
    }

    /// Adds a video; breaks when the page has no room for it.
    pub(super) fn add(&mut self, video: &ListedVideo<'_>) -> ControlFlow<()> {
        self.make_room(video)?;
        let before = self.bytes.len();
        let listed = self.shape.writer.item(&mut self.bytes, video);
        let length = self.length + self.bytes.len();
        if self.budget.is_some_and(|budget| length > budget) && self.offered > 0 {
            self.bytes.truncate(before);
            self.more = true;
            return ControlFlow::Break(());
        }
        self.note(video, listed);
        if self.bytes.len() + ITEM > PIECE {
            self.end_piece(PIECE);
        }
        ControlFlow::Continue(())
    }

    /// Counts a video as if it were added.
    pub(super) fn count(&mut self, video: &ListedVideo<'_>) -> ControlFlow<()> {
        self.make_room(video)?;
        self.note(video, true);
        ControlFlow::Continue(())
    }

    fn make_room(&mut self, video: &ListedVideo<'_>) -> ControlFlow<()> {
        let part = self.part.unwrap_or_default();
        let beyond = self.until.as_ref().is_some_and(|until| {
            let last = (until.part, until.listed_from, until.id.as_str());
            (part, video.listed_from, video.id) > last
        });
        if beyond || self.offered == self.limit {
            self.more = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn note(&mut self, video: &ListedVideo<'_>, listed: bool) {
        self.rows += 1;
        self.offered += i64::from(listed);
        self.left_out += i64::from(!listed);
        let part = self.part.unwrap_or_default();
        let place = || Cursor {
            part,
            listed_from: video.listed_from,
            id: video.id.to_owned(),
        };
        if self.first.is_none() {
            self.first = Some(place());
        }
        match &mut self.last {
            Some(last) => {
                last.part = part;
                last.listed_from = video.listed_from;
                last.id.clear();
                last.id.push_str(video.id);
            }
            None => self.last = Some(place()),
        }
    }

    /// Ends the piece that is being written; the next one has so much room.
    fn end_piece(&mut self, room: usize) {
        let piece = std::mem::replace(&mut self.bytes, Vec::with_capacity(room));
        self.length += piece.len();
        self.pieces.push(Bytes::from(piece));
    }

    /// Which rows to add next, at most `size`; none when the page is full or there are no more.
    pub(super) fn next_rows(&mut self, feed: &OpenFeed, size: i64) -> Option<PageQuery> {
        if self.more {
            return None;
        }
        while self.part_has_ended(feed) {
            self.asked = None;
            self.part = self.part.and_then(|part| feed.head.mode.part_after(part));
        }
        let part = self.part?;
        let beyond = i64::from(self.looks_beyond && self.limit > 0);
        let room = self.limit.saturating_add(beyond) - self.offered;
        let room = match part {
            Part::Waiting if feed.room < feed.query.limit => room.min(feed.room - self.offered),
            Part::Waiting | Part::Imported => room,
        };
        if room <= 0 {
            return None;
        }
        let limit = room.min(size);
        self.asked = Some((self.rows, limit));
        let after = self.last.clone().or_else(|| feed.query.after.clone());
        Some(PageQuery {
            part,
            after: after.filter(|place| place.part == part),
            limit,
            ..feed.query.clone()
        })
    }

    /// Whether the part that is read has no more rows, or none that the daily cap leaves.
    fn part_has_ended(&self, feed: &OpenFeed) -> bool {
        let capped = feed.room < feed.query.limit && self.offered >= feed.room;
        let ended = self
            .asked
            .is_some_and(|(before, asked)| self.rows - before < asked);
        self.part.is_some() && (ended || (self.part == Some(Part::Waiting) && capped))
    }

    /// The last place of a page that others follow.
    pub(super) fn end(self) -> Option<Cursor> {
        self.last.filter(|_last| self.more)
    }

    /// The pieces that have been written since the last call.
    pub(super) fn take_pieces(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.pieces)
    }

    /// Ends the document. The pieces are the whole page, or the rest of a streamed one.
    pub(super) fn finish(mut self, feed: &OpenFeed) -> Kept {
        if let Some(last) = &self.last
            && self.more
            && self.budget.is_some()
            && feed.is_paged()
        {
            let next = next_url(feed, last);
            self.pieces[0] = self.head(feed, Some(&next));
        }
        self.shape.writer.close(&mut self.bytes);
        self.bytes.shrink_to_fit();
        self.end_piece(0);
        self.report(feed);
        Kept {
            pieces: self.pieces,
            offered: self.offered,
            first: self.first,
            last: self.last,
        }
    }

    fn report(&self, feed: &OpenFeed) {
        histogram!(telemetry::FEED_VIDEOS).record(u32::try_from(self.offered).unwrap_or(u32::MAX));
        if self.left_out > 0 {
            warn!(
                creator.id = %feed.head.creator,
                video.count = self.left_out,
                "left {} videos out of a feed: their media address can't be written into one",
                self.left_out
            );
        }
    }
}

/// The part of the feed that the page begins in, if the feed has it.
fn first_part(feed: &OpenFeed) -> Option<Part> {
    let after = feed.query.after.as_ref();
    let part = after.map(|after| after.part).unwrap_or_default();
    (part == Part::Waiting || feed.head.mode.relists()).then_some(part)
}

/// The address of the page behind this place.
fn next_url(feed: &OpenFeed, last: &Cursor) -> String {
    format!(
        "{}/feeds/{}.xml?after={last}",
        feed.request.base, feed.head.creator
    )
}

/// The site of a creator that names none: the network's own.
fn site(feed: &OpenFeed) -> &str {
    feed.shape
        .config
        .server
        .public_url
        .as_ref()
        .map_or(feed.request.base.as_str(), url::Url::as_str)
}
