//! The bytes of an answer, unpacked, within a limit of size and of patience.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::Fault;

/// A transfer may be slower than [`SLOWEST`] for so long.
const GRACE: Duration = Duration::from_secs(30);
/// Bytes a second below which a transfer is given up.
const SLOWEST: u64 = 10_000;

/// The body of an answer while it comes in.
#[derive(Debug)]
pub struct Body {
    pub(super) response: reqwest::Response,
    pub(super) limits: BodyLimits,
    pub(super) began: Instant,
    pub(super) received: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    pub(super) bytes: u64,
    pub(super) idle: Duration,
    pub(super) deadline: Instant,
}

impl Body {
    /// The next piece; none when all were given.
    ///
    /// # Errors
    /// [`Fault::TooLarge`], [`Fault::Slow`] and [`Fault::Broken`], each of which ends it.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        let (until, slow) = self
            .limits
            .patience(Instant::now(), self.began, self.received);
        let chunk = timeout_at(until, self.response.chunk())
            .await
            .map_err(|_elapsed| Fault::Slow(slow))?
            .map_err(Fault::of_body)?;
        let length = chunk.as_ref().map_or(0, Bytes::len);
        self.received = self.received.saturating_add(length as u64);
        if self.received > self.limits.bytes {
            return Err(Fault::TooLarge(self.limits.bytes));
        }
        Ok(chunk)
    }
}

impl BodyLimits {
    /// Until when the next piece has to come, and what it is when it does not.
    fn patience(&self, now: Instant, began: Instant, received: u64) -> (Instant, &'static str) {
        let earned = Duration::from_millis(received.saturating_mul(1000) / SLOWEST);
        let limits = [
            (now + self.idle, "a pause in the transfer"),
            (began + GRACE + earned, "fewer than 10,000 bytes a second"),
            (self.deadline, "no end within `outbound.timeout`"),
        ];
        limits
            .into_iter()
            .min_by_key(|(until, _)| *until)
            .expect("there are three limits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_earns_its_time_by_its_bytes() {
        let began = Instant::now();
        let seconds = Duration::from_secs;
        let limits = BodyLimits {
            bytes: u64::MAX,
            idle: seconds(20),
            deadline: began + seconds(3600),
        };
        for (spent, received, until, slow) in [
            (0, 0, 20, "a pause"),
            (25, 1, 30, "bytes a second"),
            (25, 1_000_000, 45, "a pause"),
            (125, 1_000_000, 130, "bytes a second"),
            (3590, 1_000_000_000, 3600, "no end"),
        ] {
            let found = limits.patience(began + seconds(spent), began, received);
            assert_eq!(found.0, began + seconds(until), "{spent} {received}");
            assert!(found.1.contains(slow), "{} {spent} {received}", found.1);
        }
    }
}
