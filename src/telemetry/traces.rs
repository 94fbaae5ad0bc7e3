//! Traces: the spans of requests, jobs and what goes out, sent to a collector that speaks OTLP over HTTP.

use std::{thread, time::Duration};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Metadata, error};
use tracing_subscriber::{Layer, Registry, filter::filter_fn};
use url::Url;

use crate::config;

/// What the collector knows these spans by.
const SERVICE: &str = "mcnd";
/// How long an end waits for spans that are not sent yet.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to the collector; nothing when the settings name none.
#[must_use = "what is not ended loses its last spans"]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Nowhere.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// To the collector of the settings.
    ///
    /// # Errors
    /// Why it can't be asked at all, without its address, which may hold a key.
    pub(super) fn to(traces: &config::Traces) -> Result<Self, String> {
        let Some(endpoint) = &traces.endpoint else {
            return Ok(Self::none());
        };
        let exporter = exporter(endpoint)
            .map_err(|failed| failed.to_string().replace(endpoint.as_str(), "…"))?;
        Ok(Self(Some(provider(exporter, traces.sample_percent))))
    }

    /// What hands this crate's spans over.
    pub(super) fn layer(&self) -> Option<Box<dyn Layer<Registry> + Send + Sync>> {
        let tracer = self.0.as_ref()?.tracer(SERVICE);
        let spans = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false);
        Some(spans.with_filter(filter_fn(is_own_span)).boxed())
    }

    /// Sends what is not sent yet; waits at most five seconds, so never call it where others wait.
    pub fn end(self) {
        if let Some(provider) = self.0
            && let Err(failed) = provider.shutdown_with_timeout(PATIENCE)
        {
            error!(
                error = &failed as &dyn std::error::Error,
                "the last traces were not sent"
            );
        }
    }
}

fn is_own_span(meta: &Metadata<'_>) -> bool {
    meta.is_span() && meta.target().starts_with(SERVICE)
}

/// Its client is a blocking one, which must be made outside of the runtime; it sends on a thread of its own.
fn exporter(endpoint: &Url) -> Result<SpanExporter, ExporterBuildError> {
    let endpoint = endpoint.to_string();
    let build = move || {
        SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .build()
    };
    let built = thread::spawn(build).join();
    built.expect("building an exporter does not panic")
}

fn provider(exporter: SpanExporter, sample_percent: u8) -> SdkTracerProvider {
    let sampler = Sampler::TraceIdRatioBased(f64::from(sample_percent) / 100.0);
    let about = Resource::builder()
        .with_service_name(SERVICE)
        .with_attribute(opentelemetry::KeyValue::new(
            "service.version",
            env!("CARGO_PKG_VERSION"),
        ));
    SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(sampler)))
        .with_resource(about.build())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_that_can_not_be_asked_is_told_of_without_its_key() {
        let long = "x".repeat(70_000);
        let endpoint = format!("http://me:hunter2@127.0.0.1:9/{long}?key=hunter2");
        let traces = config::Traces {
            endpoint: Some(endpoint.parse().unwrap()),
            sample_percent: 100,
        };
        let why = Traces::to(&traces).err().unwrap();
        assert!(why.contains("too long"), "{why}");
        assert!(!why.contains("hunter2"), "{why}");
    }
}
