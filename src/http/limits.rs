//! What a listener and its requests may take: times, counts and sizes.

use std::time::Duration;

use crate::config::Server;

/// Limits of one listener. Named as the keys of `[server]`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a whole request head, and for a connection kept alive without a request.
    pub header_timeout: Duration,
    /// Between two pieces of a request's body.
    pub body_idle_timeout: Duration,
    /// For a request's whole body.
    pub body_timeout: Duration,
    /// For the whole body of a request that sends a file.
    pub upload_timeout: Duration,
    /// For a client that takes nothing of an answer.
    pub write_timeout: Duration,
    /// For the answer to begin; the time of sending a body comes on top.
    pub request_timeout: Duration,
    /// For requests under way when the listener is told to stop.
    pub stop_timeout: Duration,
    /// Connections in all.
    pub max_connections: usize,
    /// Connections of one address, or of one IPv6 network of 64 bits.
    pub max_connections_per_address: usize,
    /// Kernel memory for answers that a client has not taken yet, in bytes for each connection.
    pub send_buffer: usize,
    /// Length of path and query, in bytes.
    pub max_url_bytes: usize,
}

impl Limits {
    /// The limits that the settings name.
    pub fn of(server: &Server) -> Self {
        Self {
            header_timeout: server.header_timeout,
            body_idle_timeout: server.body_idle_timeout,
            body_timeout: server.body_timeout,
            upload_timeout: server.upload_timeout,
            write_timeout: server.write_timeout,
            request_timeout: server.request_timeout,
            stop_timeout: server.stop_timeout,
            max_connections: server.max_connections,
            max_connections_per_address: server.max_connections_per_address,
            send_buffer: server.send_buffer,
            max_url_bytes: server.max_url_bytes,
        }
    }
}
