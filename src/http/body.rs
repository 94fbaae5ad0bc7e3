//! Reading a request's body within its limits, plain or compressed.

use std::{
    error::Error,
    io::{self, Write},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody as _},
    http::{HeaderMap, header::CONTENT_ENCODING},
};
use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, Sleep, sleep};

/// How a body is packed, by its `Content-Encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// Compressed with gzip.
    Gzip,
}

/// Why a body could not be read. The text is for the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// More bytes than the route takes, counted after unpacking: 413.
    #[error("the body is larger than this address takes")]
    TooLarge,
    /// It did not arrive in time: 408.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It ended early, or is not what its headers say: 400.
    #[error("the body is broken or ended early")]
    Broken,
    /// An encoding that is not gzip, or more than one: 415.
    #[error("the body has an encoding other than `gzip`, or more than one")]
    UnknownEncoding,
}

impl Encoding {
    /// Reads `Content-Encoding`. `identity` is taken though RFC 9110 8.4.1 says that nobody should send it.
    pub fn of(headers: &HeaderMap) -> Result<Self, BodyFault> {
        match codings(headers)?.as_slice() {
            [] => Ok(Self::Identity),
            [only] if only.eq_ignore_ascii_case("gzip") => Ok(Self::Gzip),
            [only] if only.eq_ignore_ascii_case("x-gzip") => Ok(Self::Gzip),
            [only] if only.eq_ignore_ascii_case("identity") => Ok(Self::Identity),
            _ => Err(BodyFault::UnknownEncoding),
        }
    }
}

fn codings(headers: &HeaderMap) -> Result<Vec<&str>, BodyFault> {
    let mut codings = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        let text = value.to_str().map_err(|_odd| BodyFault::UnknownEncoding)?;
        codings.extend(text.split(',').map(str::trim).filter(|c| !c.is_empty()));
    }
    Ok(codings)
}

/// Gives a body its two times: between two pieces, and for all of it.
pub(super) fn timed(body: Body, idle: Duration, whole: Duration) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(Timed {
        body,
        idle,
        next: Box::pin(sleep(idle)),
        end: Box::pin(sleep(whole)),
    })
}

/// A body that fails with [`BodyFault::TooSlow`]. Unlike tower-http's, it still tells its length.
struct Timed {
    body: Body,
    idle: Duration,
    next: Pin<Box<Sleep>>,
    end: Pin<Box<Sleep>>,
}

impl http_body::Body for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let too_slow = Poll::Ready(Some(Err(axum::Error::new(BodyFault::TooSlow))));
        if this.end.as_mut().poll(cx).is_ready() {
            return too_slow;
        }
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.next.as_mut().reset(Instant::now() + this.idle);
            return Poll::Ready(frame);
        }
        ready!(this.next.as_mut().poll(cx));
        too_slow
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Reads all of `body`, which may have `limit` bytes after unpacking.
///
/// A body that announces more is refused before any of it is read, and one that unpacks to more is
/// refused as soon as it has done so.
pub async fn read_body(body: Body, encoding: Encoding, limit: usize) -> Result<Bytes, BodyFault> {
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Err(BodyFault::TooLarge);
    }
    match encoding {
        Encoding::Identity => read_plain(body, limit).await,
        Encoding::Gzip => read_gzip(body, limit).await,
    }
}

async fn read_plain(mut body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    let first = next_piece(&mut body).await?.unwrap_or_default();
    if first.len() > limit {
        return Err(BodyFault::TooLarge);
    }
    if body.is_end_stream() {
        // A short body comes in one piece and is not copied.
        return Ok(first);
    }
    // Room follows what has arrived, never what is announced, and the connection gets its own buffer back: whoever sends
    // slowly should cost little.
    let mut all = BytesMut::from(first.as_ref());
    drop(first);
    while let Some(piece) = next_piece(&mut body).await? {
        if piece.len() > limit - all.len() {
            return Err(BodyFault::TooLarge);
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

async fn read_gzip(mut body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    let mut decoder = MultiGzDecoder::new(Bounded::new(limit));
    while let Some(piece) = next_piece(&mut body).await? {
        let written = decoder.write_all(&piece);
        written.map_err(|_fault| decoder.get_ref().blame())?;
    }
    let ended = decoder.try_finish();
    ended.map_err(|_fault| decoder.get_ref().blame())?;
    let bounded = decoder.finish().map_err(|_fault| BodyFault::Broken)?;
    Ok(bounded.bytes.into())
}

/// The next piece of data; trailers are passed over.
pub(super) async fn next_piece(body: &mut Body) -> Result<Option<Bytes>, BodyFault> {
    while let Some(frame) = body.frame().await {
        if let Ok(piece) = frame.map_err(|fault| fault_of(&fault))?.into_data() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}

/// What stood in the way of a body, by whatever read it.
pub(super) fn fault_of(fault: &(dyn Error + 'static)) -> BodyFault {
    let mut next: Option<&(dyn Error + 'static)> = Some(fault);
    while let Some(fault) = next {
        if let Some(ours) = fault.downcast_ref::<BodyFault>() {
            return *ours;
        }
        next = fault.source();
    }
    BodyFault::Broken
}

/// Takes bytes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    overflowed: bool,
}

impl Bounded {
    fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            overflowed: false,
        }
    }

    /// Why unpacking into it failed.
    fn blame(&self) -> BodyFault {
        if self.overflowed {
            BodyFault::TooLarge
        } else {
            BodyFault::Broken
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.limit - self.bytes.len() {
            self.overflowed = true;
            return Err(io::Error::other("the limit is reached"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn encoding(values: &[&'static str]) -> Result<Encoding, BodyFault> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
        }
        Encoding::of(&headers)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn unpacked(packed: Vec<u8>, limit: usize) -> Result<Bytes, BodyFault> {
        let pieces: Vec<_> = packed
            .chunks(7)
            .map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece)))
            .collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        read_body(body, Encoding::Gzip, limit).await
    }

    #[test]
    fn one_known_encoding_is_taken() {
        assert_eq!(encoding(&[]), Ok(Encoding::Identity));
        assert_eq!(encoding(&["GZip"]), Ok(Encoding::Gzip));
        assert_eq!(encoding(&["identity"]), Ok(Encoding::Identity));
        for odd in [
            &["br"][..],
            &["gzip, gzip"],
            &["gzip", "gzip"],
            &["identity, gzip"],
        ] {
            assert_eq!(encoding(odd), Err(BodyFault::UnknownEncoding), "{odd:?}");
        }
    }

    #[tokio::test]
    async fn a_plain_body_may_have_the_limit_and_no_more() {
        let read = |text: &'static str| read_body(Body::from(text), Encoding::Identity, 5);
        assert_eq!(read("").await.unwrap(), "");
        assert_eq!(read("12345").await.unwrap(), "12345");
        assert_eq!(read("123456").await, Err(BodyFault::TooLarge));
    }

    #[tokio::test]
    async fn a_body_of_unknown_length_is_counted_as_it_comes() {
        let read = |pieces: &'static [&'static str]| {
            let pieces = pieces
                .iter()
                .map(|piece| Ok::<_, io::Error>(Bytes::from(*piece)));
            let body = Body::from_stream(futures_util::stream::iter(pieces));
            read_body(body, Encoding::Identity, 5)
        };
        assert_eq!(read(&["12", "345"]).await.unwrap(), "12345");
        assert_eq!(read(&["12", "3456"]).await, Err(BodyFault::TooLarge));
        assert_eq!(read(&["123456"]).await, Err(BodyFault::TooLarge));
    }

    #[tokio::test]
    async fn gzip_is_counted_after_unpacking() {
        let zeros = vec![0; 100_000];
        assert_eq!(unpacked(gzip(&zeros), 100_000).await.unwrap(), zeros);
        assert_eq!(
            unpacked(gzip(&zeros), 99_999).await,
            Err(BodyFault::TooLarge)
        );
        let two = [gzip(b"ab"), gzip(b"cd")].concat();
        assert_eq!(unpacked(two, 10).await.unwrap(), "abcd");
    }

    #[tokio::test]
    async fn broken_gzip_is_told_from_a_large_one() {
        let whole = gzip(b"some text that is packed");
        for cut in [1, 5, 12, whole.len() - 1] {
            let short = whole[..cut].to_vec();
            assert_eq!(unpacked(short, 100).await, Err(BodyFault::Broken), "{cut}");
        }
        let mut changed = whole.clone();
        let last = changed.len() - 6;
        changed[last] ^= 1;
        assert_eq!(unpacked(changed, 100).await, Err(BodyFault::Broken));
        assert_eq!(unpacked(b"[]".to_vec(), 100).await, Err(BodyFault::Broken));
    }

    #[tokio::test]
    async fn an_announced_body_that_is_too_large_is_refused_unread() {
        let body = timed(
            Body::from("123456"),
            Duration::from_mins(1),
            Duration::from_mins(1),
        );
        assert_eq!(body.size_hint().exact(), Some(6));
        let fault = read_body(body, Encoding::Gzip, 5).await;
        assert_eq!(fault, Err(BodyFault::TooLarge));
    }

    #[tokio::test]
    async fn a_body_that_stops_is_too_slow() {
        let stuck = Body::from_stream(futures_util::stream::pending::<io::Result<Bytes>>());
        let body = timed(stuck, Duration::from_millis(50), Duration::from_mins(1));
        let fault = read_body(body, Encoding::Identity, 5).await;
        assert_eq!(fault, Err(BodyFault::TooSlow));
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_too_slow() {
        let drip = futures_util::stream::unfold((), |()| async {
            tokio::task::yield_now().await;
            Some((Ok::<_, io::Error>(Bytes::new()), ()))
        });
        let body = timed(
            Body::from_stream(drip),
            Duration::from_mins(1),
            Duration::from_millis(50),
        );
        let fault = read_body(body, Encoding::Identity, 5).await;
        assert_eq!(fault, Err(BodyFault::TooSlow));
    }
}
