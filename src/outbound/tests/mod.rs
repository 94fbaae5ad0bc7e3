mod limits;
mod names;
mod redirects;
mod server;

use std::{net::IpAddr, sync::Arc};

use futures_util::future::{FutureExt as _, ready};
use url::Url;

use super::{Answer, Ask, Fault, Found, Outbound, Validators, resolve::Lookup};
use crate::config::{self, Config};

const MOST: u64 = 1_000_000;

/// Settings under which this machine may be asked.
fn settings() -> config::Outbound {
    let mut settings = Config::default().outbound;
    settings.allow = vec!["127.0.0.1/32".parse().unwrap()];
    settings
}

/// A name service that knows every name, under this address.
fn every_name(address: &str) -> Lookup {
    let address: IpAddr = address.parse().unwrap();
    Arc::new(move |_name| ready(Ok(vec![address])).boxed())
}

fn client() -> Outbound {
    Outbound::with_lookup(&settings(), every_name("127.0.0.1")).unwrap()
}

fn ask(address: &str) -> Ask {
    Ask {
        url: Url::parse(address).unwrap(),
        known: Validators::default(),
        max_bytes: MOST,
    }
}

/// A document's head, or what stood in the way.
async fn head(client: &Outbound, address: &str) -> Result<Box<Found>, Fault> {
    match client.get(&ask(address)).await? {
        Answer::Found(found) => Ok(found),
        Answer::Unchanged => panic!("nothing was known"),
    }
}

/// A whole document, or what stood in the way.
async fn whole(client: &Outbound, address: &str) -> Result<Vec<u8>, Fault> {
    let mut found = head(client, address).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = found.body.chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
