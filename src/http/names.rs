//! Names of this module's metrics.

/// Requests answered, by `face`, `route` (the template) and `status`.
pub(super) const HTTP_REQUESTS: &str = "mcnd_http_requests_total";
/// Seconds from a request's headers to the beginning of its answer, by `face` and `route`.
pub(super) const HTTP_REQUEST_SECONDS: &str = "mcnd_http_request_seconds";
/// Open connections, by `listener`.
pub(super) const HTTP_CONNECTIONS: &str = "mcnd_http_connections";
/// Connections closed before their first request, by `listener` and `why`.
pub(super) const HTTP_REFUSED_CONNECTIONS: &str = "mcnd_http_refused_connections_total";
/// Panics caught; each is a fault of this program.
pub(super) const PANICS: &str = "mcnd_panics_total";
