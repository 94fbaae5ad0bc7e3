//! Outgoing events on their way to webhooks.

use std::{str::FromStr, time::Duration};

use super::{AlarmId, DeliveryId, Timestamp};

/// The wait after the first failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_hours(6);

/// News that is sent into the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// Also the `webhook-id` of each delivery.
    pub id: String,
    pub at: Timestamp,
    /// Such as `alarm.opened`.
    pub kind: String,
    pub alarm: AlarmId,
    /// The very bytes that are signed and sent.
    pub body: String,
}

/// One event on its way to one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    /// The id of its event.
    pub event: String,
    pub kind: String,
    /// When the event happened.
    pub at: Timestamp,
    /// The webhook's name in the settings.
    pub webhook: String,
    pub state: DeliveryState,
    /// Tries since it was made out, or last replayed.
    pub tries: i64,
    pub due_at: Timestamp,
    pub give_up_at: Timestamp,
    /// When it was delivered or given up.
    pub settled_at: Option<Timestamp>,
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    Waiting,
    Delivered,
    GivenUp,
}

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    /// Milliseconds until the answer.
    pub took: i64,
    /// Of the answer; none where there was none.
    pub status: Option<u16>,
    /// What stood in the way; none when it was taken.
    pub message: Option<String>,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::GivenUp];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no state of a delivery"))
    }
}

/// How long to wait after so many failed tries: doubling from 15 seconds to 6 hours, and a part of half as much on top, so
/// that not all come at once; `jitter` is from 0 to 1. What the other side asks for counts where it is longer.
pub fn next_try(failed: i64, jitter: f64, asked: Option<Duration>) -> Duration {
    let doublings = u32::try_from(failed.clamp(1, 20) - 1).unwrap_or(0);
    let wait = (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT);
    let wait = wait + wait.mul_f64(jitter.clamp(0.0, 1.0) / 2.0);
    let asked = asked.unwrap_or_default().min(LONGEST_WAIT);
    wait.max(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_to_six_hours_and_differ_by_a_half() {
        let waits = [1, 2, 3, 11, 12, 1_000].map(|failed| next_try(failed, 0.0, None).as_secs());
        assert_eq!(waits, [15, 30, 60, 15_360, 21_600, 21_600]);
        assert_eq!(next_try(2, 1.0, None), 45 * SECOND);
        assert_eq!(next_try(2, 0.5, None), 37 * SECOND + SECOND / 2);
    }

    #[test]
    fn what_the_other_side_asks_for_counts_within_reason() {
        assert_eq!(next_try(1, 0.0, Some(300 * SECOND)), 300 * SECOND);
        assert_eq!(next_try(1, 0.0, Some(SECOND)), 15 * SECOND);
        assert_eq!(next_try(1, 0.0, Some(900_000 * SECOND)), LONGEST_WAIT);
    }

    #[test]
    fn every_state_reads_back() {
        for state in DeliveryState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
    }
}
