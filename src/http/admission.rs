//! Who may open one more connection.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;
use metrics::{counter, gauge};

use super::{Limits, client::is_in};
use crate::{
    model::network_of,
    telemetry::{HTTP_CONNECTIONS, HTTP_REFUSED_CONNECTIONS},
};

/// Counts the connections of one listener, in all and for each address.
#[derive(Debug)]
pub(super) struct Admission {
    listener: &'static str,
    max: usize,
    max_per_address: usize,
    exempt: Vec<IpNet>,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The listener has as many connections as it may.
    Full,
    /// This address has as many as it may.
    AddressFull,
}

impl Refusal {
    fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::AddressFull => "address_full",
        }
    }
}

/// The right to be connected; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    network: IpAddr,
}

impl Admission {
    /// Addresses within `exempt` count for the whole but have no limit of their own.
    pub(super) fn new(listener: &'static str, limits: &Limits, exempt: Vec<IpNet>) -> Arc<Self> {
        Arc::new(Self {
            listener,
            max: limits.max_connections,
            max_per_address: limits.max_connections_per_address,
            exempt,
            counts: Mutex::default(),
        })
    }

    /// Takes a place for a connection from `address`. Refusals are counted.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, Refusal> {
        match self.take(address) {
            Ok(place) => {
                gauge!(HTTP_CONNECTIONS, "listener" => self.listener).increment(1);
                Ok(place)
            }
            Err(refusal) => {
                let labels = [("listener", self.listener), ("why", refusal.as_str())];
                counter!(HTTP_REFUSED_CONNECTIONS, &labels).increment(1);
                Err(refusal)
            }
        }
    }

    fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, Refusal> {
        let network = network_of(address);
        let mut counts = self.counts();
        if counts.all >= self.max {
            return Err(Refusal::Full);
        }
        let open = counts.by_network.get(&network).copied().unwrap_or(0);
        if open >= self.max_per_address && !is_in(&self.exempt, address) {
            return Err(Refusal::AddressFull);
        }
        counts.all += 1;
        counts.by_network.insert(network, open + 1);
        Ok(Place {
            admission: Arc::clone(self),
            network,
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Nothing that runs under the lock can panic.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        gauge!(HTTP_CONNECTIONS, "listener" => self.admission.listener).decrement(1);
        let mut counts = self.admission.counts();
        counts.all -= 1;
        if let Entry::Occupied(mut open) = counts.by_network.entry(self.network) {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::wire::limits;

    fn admission(exempt: &[&str]) -> Arc<Admission> {
        let limits = Limits {
            max_connections: 3,
            max_connections_per_address: 1,
            ..limits()
        };
        let exempt = exempt.iter().map(|net| net.parse().unwrap()).collect();
        Admission::new("test", &limits, exempt)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_gets_its_place_back_when_it_leaves() {
        let admission = admission(&[]);
        let place = admission.admit(ip("192.0.2.1")).unwrap();
        assert_eq!(
            admission.admit(ip("192.0.2.1")).unwrap_err(),
            Refusal::AddressFull
        );
        drop(place);
        assert!(admission.admit(ip("192.0.2.1")).is_ok());
        assert!(admission.counts().by_network.is_empty());
    }

    #[test]
    fn a_mapped_address_and_a_whole_ipv6_network_count_as_one() {
        let admission = admission(&[]);
        let _first = admission.admit(ip("192.0.2.1")).unwrap();
        assert!(admission.admit(ip("::ffff:192.0.2.1")).is_err());
        let _second = admission.admit(ip("2001:db8::1")).unwrap();
        assert!(admission.admit(ip("2001:db8::2")).is_err());
        assert!(admission.admit(ip("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn an_exempt_address_still_counts_for_the_whole() {
        let admission = admission(&["192.0.2.0/24"]);
        let places: Vec<_> = (0..3).map(|_| admission.admit(ip("192.0.2.1"))).collect();
        assert!(places.iter().all(Result::is_ok));
        assert_eq!(admission.admit(ip("192.0.2.1")).unwrap_err(), Refusal::Full);
        assert_eq!(
            admission.admit(ip("198.51.100.1")).unwrap_err(),
            Refusal::Full
        );
    }
}
