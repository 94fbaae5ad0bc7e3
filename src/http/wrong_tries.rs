//! Wrong credentials, counted for each address.
//!
//! Asked only after a credential proved wrong, so a right one is never turned away.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, QuantaClock},
    state::keyed::DashMapStateStore,
};

use super::client::network_of;

/// Addresses remembered at once. Beyond it new ones are not slowed until [`WrongTries::forget_old`] ran:
/// secrets of 256 bits cannot be guessed, the limit only keeps noise down.
const MAX_ADDRESSES: usize = 100_000;

/// How many wrong tries an address has left.
#[derive(Debug)]
pub struct WrongTries {
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, QuantaClock>,
    clock: QuantaClock,
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
        }
    }

    /// Counts one wrong try. `Err` says how long the address has to wait for the next one: answer 429.
    pub fn count(&self, address: IpAddr) -> Result<(), Duration> {
        if self.limiter.len() >= MAX_ADDRESSES {
            return Ok(());
        }
        self.limiter
            .check_key(&network_of(address))
            .map_err(|early| early.wait_time_from(self.clock.now()))
    }

    /// Forgets addresses that have all their tries again. To be run about once a minute.
    pub fn forget_old(&self) {
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
