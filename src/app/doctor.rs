//! What `mcnd doctor` asks of the catalog, and its synthetic report (decisions.md, Faces).

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{App, Result};
use crate::model::{Digest, Outcome, Timestamp};

/// A report that can do nothing: it is about a video on its way, under a guid that no video can have.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The body of a callback that holds it alone.
    pub body: String,
    digest: Digest,
}

impl App {
    /// The moment of the service's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// When a crawler was last answered; exact to a minute where nothing had changed.
    pub async fn last_crawled(&self) -> Result<Option<Timestamp>> {
        let visits = self.catalog.newest_visits(None, 1).await?;
        let visit = visits.first().map(|visit| visit.at);
        Ok(visit.max(self.catalog.last_sight().await?))
    }

    /// A synthetic report that was never sent before.
    pub fn probe(&self) -> Probe {
        let mut nonce = [0; 12];
        self.random.fill(&mut nonce);
        let nonce = BASE64_URL_SAFE_NO_PAD.encode(nonce);
        // Blanks around: no guid has them.
        let body = format!(
            r#"{{"type":"mcnd.doctor","data":{{"uid":" mcnd doctor {nonce} ","status":"processing"}}}}"#
        );
        Probe {
            digest: Digest::of(body.as_bytes()),
            body,
        }
    }

    /// Whether the report has arrived, filed as an orphan.
    pub async fn found_probe(&self, probe: &Probe) -> Result<bool> {
        let found = self.catalog.find_event(&probe.digest).await?;
        Ok(found.is_some_and(|event| event.outcome == Outcome::Orphan && event.guid.is_none()))
    }

    /// Removes what arrived of the report.
    pub async fn remove_probe(self: &Arc<Self>, probe: &Probe) -> Result<bool> {
        let (app, digest) = (Arc::clone(self), probe.digest);
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            let removed = tx.remove_stray(&digest).await?;
            tx.commit().await?;
            Ok(removed)
        })
        .await
    }
}
