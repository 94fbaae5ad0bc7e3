//! A POST written by hand over TCP, for what an HTTP client would never do: a body in slow pieces,
//! or a connection closed right after the last byte, the answer unread. Plain HTTP/1.1 only.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::credential::Credential;

/// In how many pieces a slow body is written.
const PIECES: u32 = 10;
/// Most bytes of an answer looked at; its first line is shorter.
const ANSWER_BYTES: usize = 1_024;

/// Everything of a request but its body.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) address: &'a Url,
    pub(super) credential: &'a Credential,
    pub(super) user_agent: &'a str,
}

/// How a post misbehaves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Manner {
    /// The body takes so long, then the answer is read.
    Slow(Duration),
    /// The answer is not read.
    HangUp,
}

/// Posts `body`; gives the answer's status, or `None` after a hang-up.
pub(super) async fn post(head: Head<'_>, body: &str, manner: Manner) -> io::Result<Option<u16>> {
    let mut stream = connect(head.address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(head.text(body.len()).as_bytes()).await?;
    match manner {
        Manner::HangUp => {
            stream.write_all(body.as_bytes()).await?;
            Ok(None)
        }
        Manner::Slow(duration) => {
            let piece = body.len().div_ceil(PIECES as usize).max(1);
            for bytes in body.as_bytes().chunks(piece) {
                tokio::time::sleep(duration / PIECES).await;
                stream.write_all(bytes).await?;
            }
            status(&mut stream).await.map(Some)
        }
    }
}

async fn connect(address: &Url) -> io::Result<TcpStream> {
    let port = address.port_or_known_default().unwrap_or(80);
    match address.host() {
        Some(url::Host::Domain(name)) => TcpStream::connect((name, port)).await,
        Some(url::Host::Ipv4(ip)) => TcpStream::connect((ip, port)).await,
        Some(url::Host::Ipv6(ip)) => TcpStream::connect((ip, port)).await,
        None => Err(io::Error::other("the callback address has no host")),
    }
}

impl Head<'_> {
    fn text(&self, body_bytes: usize) -> String {
        let (path, query) = (self.address.path(), self.address.query());
        let target = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        let host = &self.address[url::Position::BeforeHost..url::Position::AfterPort];
        let agent = self.user_agent;
        let authorization = self
            .credential
            .header()
            .map_or_else(String::new, |value| format!("Authorization: {value}\r\n"));
        format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\n{authorization}\
             Content-Type: application/json\r\nContent-Length: {body_bytes}\r\nConnection: close\r\n\r\n"
        )
    }
}

/// Reads as far as the status of the answer's first line.
async fn status(stream: &mut TcpStream) -> io::Result<u16> {
    let mut answer = Vec::new();
    while answer.len() < ANSWER_BYTES && !answer.contains(&b'\n') {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    let line = String::from_utf8_lossy(&answer);
    line.split_ascii_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other("the connection ended without a status"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_names_target_host_and_credential() {
        let address = Url::parse("http://127.0.0.1:81/a/b?c=d").unwrap();
        let basic = Credential::Basic {
            user: "u".to_owned(),
            password: "p".to_owned(),
        };
        let head = Head {
            address: &address,
            credential: &basic,
            user_agent: "agent",
        };
        assert_eq!(
            head.text(3),
            "POST /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:81\r\nUser-Agent: agent\r\n\
             Authorization: Basic dTpw\r\nContent-Type: application/json\r\n\
             Content-Length: 3\r\nConnection: close\r\n\r\n"
        );
    }
}
