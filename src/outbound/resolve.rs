//! Names: looked up once, judged, and then the only addresses that a connection can go to.

use std::{
    collections::HashMap,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{net::lookup_host, time::timeout};

use super::Fault;

/// Longest wait for an answer of the name service.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the name service.
pub(super) type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The name service of the system.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        async move {
            let found = lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        }
        .boxed()
    })
}

/// Every address of a name.
pub(super) async fn addresses(lookup: &Lookup, name: &str) -> Result<Vec<IpAddr>, Fault> {
    let found = timeout(PATIENCE, lookup(name.to_owned()))
        .await
        .map_err(|_elapsed| Fault::Slow("no answer of the name service"))?
        .unwrap_or_default();
    if found.is_empty() {
        return Err(Fault::Name(name.to_owned()));
    }
    Ok(found)
}

/// The names that were judged. The client knows no other way to an address, so that a name that leads elsewhere a moment
/// later leads nowhere.
#[derive(Clone, Default)]
pub(super) struct Pinned(Arc<Mutex<HashMap<String, Vec<IpAddr>>>>);

impl Pinned {
    pub(super) fn pin(&self, name: String, addresses: Vec<IpAddr>) {
        let mut pinned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pinned.insert(name, addresses);
    }
}

impl Resolve for Pinned {
    fn resolve(&self, name: Name) -> Resolving {
        let pinned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let addresses = pinned.get(name.as_str()).cloned();
        let answer = addresses
            .map(|addresses| -> Addrs {
                // Port 0 stands for the one in the address.
                Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)))
            })
            .ok_or_else(|| "a name that was not judged".into());
        ready(answer).boxed()
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinned")
    }
}
