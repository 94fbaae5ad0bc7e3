//! Wrong credentials, counted for each address.
//!
//! Asked only after a credential proved wrong, so a right one is never turned away. Secrets of 256 bits cannot be guessed:
//! the limit only keeps noise down.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use super::rate::Rate;
use crate::model::network_of;

/// How many wrong tries an address has left.
#[derive(Debug)]
pub struct WrongTries(Rate<IpAddr>);

impl WrongTries {
    /// Lets `per_minute` wrong tries pass, which grow back evenly over a minute.
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self(Rate::new(per_minute))
    }

    /// Counts one wrong try. `Err` says how long the address has to wait for the next one: answer 429.
    pub fn count(&self, address: IpAddr) -> Result<(), Duration> {
        self.0.count(&network_of(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_address() {
        let tries = WrongTries::new(NonZeroU32::MIN);
        let count = |text: &str| tries.count(text.parse().unwrap());
        assert_eq!(count("2001:db8::1"), Ok(()));
        assert!(count("2001:db8::ffff:1").is_err());
        assert_eq!(count("2001:db8:0:1::1"), Ok(()));
        assert_eq!(count("192.0.2.1"), Ok(()));
    }
}
