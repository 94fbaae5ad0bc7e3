//! `[traces]`: where spans are sent.

use url::Url;

use super::{parse, read::Section};

/// Where spans are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces {
    /// Where a collector takes OTLP over HTTP, with its path; none for no traces.
    pub endpoint: Option<Url>,
    /// How many of a hundred requests and runs are traced.
    pub sample_percent: u8,
}

impl Traces {
    pub(super) fn read(section: &Section<'_>) -> Self {
        Self {
            endpoint: section.value("endpoint", |value| {
                parse::web_address(value, "http://127.0.0.1:4318/v1/traces")
            }),
            sample_percent: section.number("sample_percent", 1..=100),
        }
    }
}
