//! What follows from the settings alone, worked out once for all feeds.

use std::sync::Arc;

use super::policy::policy;
use crate::{
    config::Config,
    model::{Digest, FeedPolicy},
    mrss::{RENDERER_VERSION, Writer},
};

/// The shape of every feed while the same settings are in force.
#[derive(Debug)]
pub(in crate::app) struct Shape {
    pub(super) config: Arc<Config>,
    pub(super) writer: Writer,
    pub(in crate::app) policy: FeedPolicy,
    /// Over everything but rows that bytes follow from.
    pub(super) digest: Digest,
}

impl Shape {
    /// The shape that these settings give.
    pub(in crate::app) fn of(config: Arc<Config>) -> Self {
        let parts = format!(
            "{:?}",
            (&config.feed, &config.server.public_url, RENDERER_VERSION)
        );
        Self {
            writer: Writer::new(&config.feed),
            policy: policy(&config.feed),
            digest: Digest::of(parts.as_bytes()),
            config,
        }
    }
}
