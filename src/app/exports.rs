//! Exports: written bit by bit while the catalog is read, for a file, a pipe or a download.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{App, Result, audit::told};
use crate::{
    catalog::VideoQuery,
    model::{Action, Actor},
};

/// An export on its way. An error among its pieces means that it is not whole.
pub type Pieces = mpsc::Receiver<Result<Bytes>>;

/// Pieces that wait for a slow reader.
const WAITING: usize = 2;

/// Where an export is written to.
pub(super) struct Sink(mpsc::Sender<Result<Bytes>>);

impl Sink {
    /// Hands a piece on; answers false when nobody reads any more, so that the rest can be left.
    pub(super) async fn send(&self, piece: Vec<u8>) -> bool {
        piece.is_empty() || self.0.send(Ok(Bytes::from(piece))).await.is_ok()
    }
}

impl App {
    /// Writes down that the videos of a query are taken out as a file; to be done before the first of them goes out.
    pub async fn note_video_export(&self, by: &Actor, query: &VideoQuery) -> Result<()> {
        let mut line = self.audit_line(by, Action::ExportVideos, "videos");
        line.after = told(&query.parameters().into_iter().collect::<BTreeMap<_, _>>());
        self.keep_line(&line).await
    }

    /// An export that `write` writes, in a task of its own.
    pub(super) fn piecewise<F>(self: &Arc<Self>, write: impl FnOnce(Arc<Self>, Sink) -> F) -> Pieces
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (sender, pieces) = mpsc::channel(WAITING);
        let written = write(Arc::clone(self), Sink(sender.clone()));
        self.tasks.spawn(async move {
            if let Err(error) = written.await {
                // That nobody reads any more is no failure.
                let _unread = sender.send(Err(error)).await;
            }
        });
        pieces
    }
}
