//! A creator's feed as it is served now, read back the way a stranger reads it, with what somebody would object to.

use std::sync::Arc;

use super::{
    App, Error, FeedBody, FeedDocument, FeedFindings, FeedRequest, Result, check_feed, panicked,
};
use crate::{
    config::Config,
    model::{Column, CreatorId, Timestamp},
    mrss::read::Reader,
};

/// Bytes of a feed that is looked at.
const MOST: usize = 8 * 1024 * 1024;
/// Entries shown.
const ENTRIES: usize = 20;
/// Bytes of the document shown.
const BEGINNING: usize = 4_000;

/// A page of a feed, for a person.
#[derive(Clone, Debug)]
pub struct FeedPreview {
    /// Its first entries.
    pub entries: Vec<FeedEntry>,
    /// How many the page has.
    pub listed: usize,
    /// The whole page, in bytes.
    pub size: usize,
    pub changed_at: Timestamp,
    /// The document's own beginning.
    pub beginning: String,
    pub findings: FeedFindings,
}

/// An entry as a reader of the feed takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEntry {
    pub guid: String,
    pub title: String,
    pub media_url: String,
    /// The line of the document on which it begins.
    pub line: u64,
}

impl App {
    /// The first page of a creator's feed as a crawler would get it now; no visit is noted.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a creator without a feed; [`Error::Invalid`] when the page has more than 8 MiB.
    pub async fn preview_feed(
        self: &Arc<Self>,
        creator: CreatorId,
        base: String,
    ) -> Result<FeedPreview> {
        let request = FeedRequest {
            creator,
            after: None,
            base,
        };
        let mut feed = self.open_feed(request).await?;
        let body = self.read_feed(&mut feed, None).await?;
        let (bytes, changed_at, config) = (whole(body).await?, feed.changed_at(), self.config());
        let reading = tokio::task::spawn_blocking(move || preview(&bytes, changed_at, &config));
        reading.await.map_err(panicked)?
    }
}

async fn whole(body: FeedBody) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match body {
        FeedBody::Whole(pieces) => {
            for piece in pieces {
                take(&mut bytes, &piece)?;
            }
        }
        FeedBody::Streamed(mut pieces) => {
            while let Some(piece) = pieces.recv().await {
                take(&mut bytes, &piece?)?;
            }
        }
    }
    Ok(bytes)
}

fn take(bytes: &mut Vec<u8>, piece: &[u8]) -> Result<()> {
    if bytes.len() + piece.len() > MOST {
        return Err(Error::Invalid(
            "the feed's page has more than 8 MiB; `mcnd feed show` prints it, `mcnd feed check` reads it".to_owned(),
        ));
    }
    bytes.extend_from_slice(piece);
    Ok(())
}

fn preview(bytes: &[u8], changed_at: Timestamp, config: &Config) -> Result<FeedPreview> {
    let (entries, listed) = entries(bytes)?;
    let document = FeedDocument {
        bytes,
        address: None,
        content_type: None,
    };
    let beginning = bytes.get(..BEGINNING).unwrap_or(bytes);
    Ok(FeedPreview {
        entries,
        listed,
        size: bytes.len(),
        changed_at,
        beginning: String::from_utf8_lossy(beginning).into_owned(),
        findings: check_feed(&document, config),
    })
}

/// The first entries, and how many there are.
fn entries(bytes: &[u8]) -> Result<(Vec<FeedEntry>, usize)> {
    let unreadable = |odd| Error::internal(format!("our own feed can't be read back: {odd:?}"));
    let mut reader = Reader::open(bytes, Vec::new(), None).map_err(unreadable)?;
    let (mut entries, mut listed) = (Vec::new(), 0);
    while let Some(item) = reader.next_item().map_err(unreadable)? {
        listed += 1;
        if entries.len() == ENTRIES {
            continue;
        }
        let cell = |column| {
            let mut cells = item.cells.iter();
            let found = cells.find(|(named, _)| *named == column);
            found.and_then(|(_, text)| text.clone()).unwrap_or_default()
        };
        entries.push(FeedEntry {
            title: cell(Column::Title),
            media_url: cell(Column::MediaUrl),
            guid: item.guid.unwrap_or_default(),
            line: item.line,
        });
    }
    Ok((entries, listed))
}
