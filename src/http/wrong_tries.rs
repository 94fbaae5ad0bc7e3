//! Wrong credentials, counted for each address.
//!
//! Asked only after a credential proved wrong, so a right one is never turned away.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, QuantaClock},
    state::keyed::DashMapStateStore,
};

use crate::model::network_of;

/// Addresses remembered at once. Beyond it new ones are not slowed: secrets of 256 bits cannot be guessed, the limit only
/// keeps noise down.
const MAX_ADDRESSES: usize = 100_000;
/// From so many addresses on, those that have all their tries again are forgotten, once in a while.
const FORGET_FROM: usize = 1_000;
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// How many wrong tries an address has left.
#[derive(Debug)]
pub struct WrongTries {
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, QuantaClock>,
    clock: QuantaClock,
    forgotten: Mutex<Instant>,
}

impl WrongTries {
    /// Lets `per_minute` wrong tries pass, which grow back evenly over a minute.
    pub fn new(per_minute: NonZeroU32) -> Self {
        let clock = QuantaClock::default();
        Self {
            limiter: RateLimiter::new(
                Quota::per_minute(per_minute),
                DashMapStateStore::default(),
                clock.clone(),
            ),
            clock,
            forgotten: Mutex::new(Instant::now()),
        }
    }

    /// Counts one wrong try. `Err` says how long the address has to wait for the next one: answer 429.
    pub fn count(&self, address: IpAddr) -> Result<(), Duration> {
        let addresses = self.limiter.len();
        if addresses >= FORGET_FROM && self.is_time_to_forget() {
            self.forget_old();
        }
        if addresses >= MAX_ADDRESSES {
            return Ok(());
        }
        self.limiter
            .check_key(&network_of(address))
            .map_err(|early| early.wait_time_from(self.clock.now()))
    }

    fn is_time_to_forget(&self) -> bool {
        let mut forgotten = self
            .forgotten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = forgotten.elapsed() >= FORGET_EVERY;
        if due {
            *forgotten = Instant::now();
        }
        due
    }

    /// Forgets addresses that have all their tries again.
    fn forget_old(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(per_minute: u32) -> WrongTries {
        WrongTries::new(NonZeroU32::new(per_minute).unwrap())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_too_many_tries_leaves_the_others_alone() {
        let tries = tries(20);
        for _ in 0..20 {
            assert_eq!(tries.count(ip("192.0.2.1")), Ok(()));
        }
        let wait = tries.count(ip("192.0.2.1")).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(3));
        assert_eq!(tries.count(ip("192.0.2.2")), Ok(()));
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let tries = tries(1);
        assert_eq!(tries.count(ip("2001:db8::1")), Ok(()));
        assert!(tries.count(ip("2001:db8::ffff:1")).is_err());
        assert_eq!(tries.count(ip("2001:db8:0:1::1")), Ok(()));
    }

    #[test]
    fn forgetting_keeps_those_who_still_wait() {
        let tries = tries(1);
        assert_eq!(tries.count(ip("192.0.2.1")), Ok(()));
        tries.forget_old();
        assert!(tries.count(ip("192.0.2.1")).is_err());
    }
}
