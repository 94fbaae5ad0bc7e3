//! Visits of crawlers as rows of pages.

use super::text::{Number, Shown};
use crate::model::{Face, Timestamp, Visit};

/// A visit of a crawler.
pub(super) struct VisitRow {
    pub(super) at: Timestamp,
    pub(super) what: String,
    /// Where its creator is shown.
    pub(super) path: Option<String>,
    pub(super) status: u16,
    pub(super) offered: Number,
    pub(super) address: Shown,
    pub(super) agent: Shown,
}

impl From<&Visit> for VisitRow {
    fn from(visit: &Visit) -> Self {
        let creator = visit.creator.as_ref();
        Self {
            at: visit.at,
            what: match (creator, visit.face) {
                (Some(creator), _) => format!("feed of {creator}"),
                (None, Face::UserList) => "user list".to_owned(),
                (None, Face::Feed) => "feed".to_owned(),
            },
            path: creator.map(|creator| format!("/creators/{creator}")),
            status: visit.status,
            offered: Number(visit.offered),
            address: Shown::from(&visit.address),
            agent: visit
                .user_agent
                .as_ref()
                .map(Shown::from)
                .unwrap_or_default(),
        }
    }
}
