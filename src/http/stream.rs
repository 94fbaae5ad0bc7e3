//! A client's connection that doesn't wait for ever: neither for a reader that takes nothing, nor for one
//! that stays when everything is said.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

use super::{admission::Place, head::Heads};

/// How long a closed connection is still read, so that a client in the middle of sending gets to see the
/// answer that made us close instead of a reset.
const LINGER: Duration = Duration::from_secs(1);

/// An accepted connection. Holds its place until it is dropped.
pub(super) struct Connection {
    stream: TcpStream,
    heads: Heads,
    pace: Pace,
    linger: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Connection {
    /// Fails a write for which the client makes us wait longer than `write_timeout`.
    pub(super) fn new(
        stream: TcpStream,
        heads: Heads,
        write_timeout: Duration,
        place: Place,
    ) -> Self {
        Self {
            stream,
            heads,
            pace: Pace::new(write_timeout),
            linger: None,
            _place: place,
        }
    }

    /// Reads and forgets until the client closes too.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self.linger.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        let mut space = [0; 4096];
        while linger.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut space);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        this.heads.examine(&mut buffer.filled_mut()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let taken = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.pace.judge(cx, taken)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let taken = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.pace.judge(cx, taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        this.poll_linger(cx).map(Ok)
    }
}

/// Watches how fast a client takes what is written to it.
struct Pace {
    idle: Duration,
    waiting: Option<Wait>,
    /// All waits that are over.
    waited: Duration,
    written: u64,
}

struct Wait {
    since: Instant,
    end: Pin<Box<Sleep>>,
}

impl Pace {
    /// Bytes that every second of waiting must have brought, once [`Self::GRACE`] is used up.
    const FLOOR: u64 = 10_000;
    const GRACE: Duration = Duration::from_secs(30);

    fn new(idle: Duration) -> Self {
        Self {
            idle,
            waiting: None,
            waited: Duration::ZERO,
            written: 0,
        }
    }

    /// Turns a wait that has become too long into an error.
    fn judge(
        &mut self,
        cx: &mut Context<'_>,
        taken: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match taken {
            Poll::Pending => self.wait(cx),
            Poll::Ready(Ok(bytes)) => {
                self.took(bytes);
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(fault)) => Poll::Ready(Err(fault)),
        }
    }

    fn took(&mut self, bytes: usize) {
        self.written += bytes as u64;
        if let Some(wait) = self.waiting.take() {
            self.waited += wait.since.elapsed();
        }
    }

    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let patience = self.patience();
        let wait = self.waiting.get_or_insert_with(|| Wait {
            since: Instant::now(),
            end: Box::pin(sleep(patience)),
        });
        ready!(wait.end.as_mut().poll(cx));
        let why = "the client takes its answer too slowly";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
    }

    /// How long the next wait may be.
    fn patience(&self) -> Duration {
        let earned = Duration::from_secs(self.written / Self::FLOOR);
        self.idle
            .min(earned.max(Self::GRACE).saturating_sub(self.waited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(waited: u64, written: u64) -> Pace {
        Pace {
            waited: Duration::from_secs(waited),
            written,
            ..Pace::new(Duration::from_secs(20))
        }
    }

    #[test]
    fn a_wait_ends_at_the_idle_limit() {
        assert_eq!(pace(0, 0).patience(), Duration::from_secs(20));
        assert_eq!(pace(30, 10_000_000).patience(), Duration::from_secs(20));
    }

    #[test]
    fn a_trickle_ends_when_the_grace_is_used_up() {
        assert_eq!(pace(25, 5_000).patience(), Duration::from_secs(5));
        assert_eq!(pace(30, 5_000).patience(), Duration::ZERO);
        assert_eq!(pace(100, 1_050_000).patience(), Duration::from_secs(5));
    }

    #[test]
    fn only_time_spent_waiting_counts() {
        let mut pace = pace(3, 0);
        pace.took(1);
        assert_eq!((pace.waited, pace.written), (Duration::from_secs(3), 1));
    }
}
