//! Request heads that two readers may understand differently are refused before hyper sees them.
//!
//! hyper takes a bare line feed for the end of a line, and drops `Content-Length` in silence where
//! `Transfer-Encoding` stands too. A proxy in front may read both otherwise, and that is how one request
//! is smuggled inside another (RFC 9112 11.2).

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use tower::Service;

/// What no parser accepts anywhere in a head: hyper answers it with 400 and closes.
const SPOILED: u8 = 0;
const LENGTH: &[u8] = b"content-length";
const CODING: &[u8] = b"transfer-encoding";

/// What a connection's stream and its service share: a count that goes up when an answer begins, and again
/// when it is given. While it is even, what arrives is a head.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn(Arc<AtomicUsize>);

impl Turn {
    // One task reads, calls and answers, so there is no order to keep between threads.
    fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn goes_on(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Follows the heads of one connection, byte by byte, across reads.
///
/// Bytes count as a head while no request is being answered. A head that arrives in the same read as
/// the end of the request before it is not examined: no client that waits for its answers does that.
#[derive(Debug, Default)]
pub(super) struct Heads {
    turn: Turn,
    seen: usize,
    line: Line,
    place: Place,
    length: bool,
    coding: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Empty lines before a request are passed over.
    #[default]
    Before,
    Within,
    /// The empty line was seen, or the head is spoiled: nothing more to examine until the next turn.
    Behind,
}

#[derive(Debug, Default)]
struct Line {
    bytes: usize,
    ends_in_return: bool,
    name: [u8; CODING.len()],
    named: bool,
}

impl Heads {
    pub(super) fn new(turn: Turn) -> Self {
        Self {
            turn,
            ..Self::default()
        }
    }

    /// Looks at what was just read, and spoils a head that must not be accepted.
    pub(super) fn examine(&mut self, bytes: &mut [u8]) {
        let now = self.turn.now();
        if now != self.seen {
            let turn = self.turn.clone();
            *self = Self {
                turn,
                seen: now,
                ..Self::default()
            };
        }
        if now % 2 == 1 {
            self.place = Place::Behind;
        }
        for byte in bytes {
            if self.place == Place::Behind {
                return;
            }
            if !self.accepts(*byte) {
                *byte = SPOILED;
                self.place = Place::Behind;
            }
        }
    }

    fn accepts(&mut self, byte: u8) -> bool {
        match byte {
            b'\n' => self.ends_line(),
            b':' if !self.line.named => self.ends_name(),
            _ => {
                self.line.push(byte);
                true
            }
        }
    }

    fn ends_line(&mut self) -> bool {
        let line = std::mem::take(&mut self.line);
        self.place = match self.place {
            Place::Within if line.bytes == 1 => Place::Behind,
            Place::Before if line.bytes == 1 => Place::Before,
            _ => Place::Within,
        };
        line.ends_in_return
    }

    fn ends_name(&mut self) -> bool {
        self.length |= self.line.is(LENGTH);
        self.coding |= self.line.is(CODING);
        self.line.named = true;
        self.line.push(b':');
        !(self.length && self.coding)
    }
}

impl Line {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.name.get_mut(self.bytes) {
            *place = byte;
        }
        self.bytes += 1;
        self.ends_in_return = byte == b'\r';
    }

    fn is(&self, name: &[u8]) -> bool {
        self.bytes == name.len() && self.name[..name.len()].eq_ignore_ascii_case(name)
    }
}

/// A connection's service that tells the stream when a request is being answered.
#[derive(Clone, Debug)]
pub(super) struct Answering<S> {
    inner: S,
    turn: Turn,
}

impl<S> Answering<S> {
    pub(super) fn new(inner: S, turn: Turn) -> Self {
        Self { inner, turn }
    }
}

/// Ends the answering also when the answer is given up.
struct Begun(Turn);

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.goes_on();
    }
}

impl<S, R> Service<R> for Answering<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.turn.goes_on();
        let begun = Begun(self.turn.clone());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let _begun = begun;
            answer.await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoiled(turn: &Turn, reads: &[&str]) -> bool {
        let mut heads = Heads::new(turn.clone());
        reads.iter().any(|read| {
            let mut bytes = read.as_bytes().to_vec();
            heads.examine(&mut bytes);
            bytes != read.as_bytes()
        })
    }

    fn spoils(head: &str) -> bool {
        let whole = spoiled(&Turn::default(), &[head]);
        let pieces: Vec<_> = head.split_inclusive(|_| true).collect();
        assert_eq!(whole, spoiled(&Turn::default(), &pieces), "{head:?}");
        whole
    }

    #[test]
    fn plain_heads_pass() {
        assert!(!spoils("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert!(!spoils(
            "\r\nGET / HTTP/1.1\r\nContent-Length: 2\r\n\r\n\n\n"
        ));
        assert!(!spoils(
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\n\r\n0\r\n\r\n"
        ));
        assert!(!spoils(
            "GET / HTTP/1.1\r\nX: content-length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        ));
    }

    #[test]
    fn a_length_beside_a_coding_is_spoiled_in_either_order_and_any_case() {
        assert!(spoils(
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        ));
        assert!(spoils(
            "POST / HTTP/1.1\r\nTRANSFER-encoding: chunked\r\nHost: a\r\ncontent-LENGTH: 5\r\n\r\n"
        ));
    }

    #[test]
    fn a_bare_line_feed_is_spoiled() {
        assert!(spoils("GET / HTTP/1.1\nHost: a\r\n\r\n"));
        assert!(spoils("GET / HTTP/1.1\r\nHost: a\n\r\n"));
        assert!(spoils("GET / HTTP/1.1\r\nHost: a\r\n\n"));
    }

    #[test]
    fn what_arrives_while_a_request_is_answered_is_its_body() {
        let turn = Turn::default();
        let mut heads = Heads::new(turn.clone());
        let mut examined = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            heads.examine(&mut bytes);
            bytes == text.as_bytes()
        };
        assert!(examined("GET / HTTP/1.1\r\n\r\n"));
        turn.goes_on();
        assert!(examined("{\n}"));
        drop(Begun(turn.clone()));
        assert!(examined("GET / HTTP/1.1\r\n\r\n"));
        turn.goes_on();
        turn.goes_on();
        assert!(!examined("GET / HTTP/1.1\n"));
    }
}
