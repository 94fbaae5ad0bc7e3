//! One document from an address that an operator has named, within limits.

use std::{error::Error, time::Duration};

use reqwest::{Client, header::CONTENT_TYPE, redirect::Policy};
use url::Url;

/// Bytes of a document, unpacked.
const MOST: usize = 16 * 1024 * 1024;
/// Time for everything, from the name of the host to the last byte.
const PATIENCE: Duration = Duration::from_secs(30);
const REDIRECTS: usize = 5;

/// A document that was read to its end.
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    /// Where it was found in the end, without credentials.
    pub(super) address: Url,
    pub(super) content_type: Option<String>,
}

/// Reads a document. A user name and password in the address go out as HTTP Basic, to that host alone.
///
/// # Errors
/// A sentence that names the host and no secret.
pub(super) async fn fetch(url: &Url) -> Result<Fetched, String> {
    let host = url.host_str().unwrap_or_default();
    read(url)
        .await
        .map_err(|why| format!("nothing was read from `{host}`: {why}"))
}

async fn read(url: &Url) -> Result<Fetched, String> {
    let client = Client::builder()
        .timeout(PATIENCE)
        .redirect(Policy::limited(REDIRECTS))
        .no_proxy()
        .user_agent(concat!("mcnd/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(words)?;
    let mut response = client.get(url.clone()).send().await.map_err(words)?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("it answered {}", status.as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(words)? {
        if bytes.len() + chunk.len() > MOST {
            return Err(format!("it sent more than {MOST} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    let content_type = response.headers().get(CONTENT_TYPE);
    Ok(Fetched {
        bytes,
        address: bare(response.url()),
        content_type: content_type.and_then(|value| Some(value.to_str().ok()?.to_owned())),
    })
}

/// The address without what must not be shown.
fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    // Only addresses without a host refuse, and they hold no credentials.
    let _kept = url.set_username("");
    let _kept = url.set_password(None);
    url
}

/// An error with its causes, without the address: that may hold a secret.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::{SocketAddr, TcpListener},
        thread,
    };

    use super::*;

    /// Answers each connection in turn; hands back what was asked.
    fn serve(answers: Vec<Vec<u8>>) -> (SocketAddr, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = move || {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.push(byte[0]);
                }
                asked.push(String::from_utf8(request).unwrap());
                // Whoever has read enough hangs up.
                let _unread = stream.write_all(&answer);
            }
            asked
        };
        (address, thread::spawn(asked))
    }

    fn answer(head: &str, body: &[u8]) -> Vec<u8> {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        [head.as_bytes(), body].concat()
    }

    fn url(address: SocketAddr) -> Url {
        Url::parse(&format!("http://me:s%40cret@{address}/feed")).unwrap()
    }

    #[tokio::test]
    async fn credentials_go_out_as_basic_and_are_not_shown() {
        let typed = "200 OK\r\ncontent-type: text/xml";
        let (address, asked) = serve(vec![answer(typed, b"<rss/>")]);
        let fetched = fetch(&url(address)).await.unwrap();
        assert_eq!(fetched.bytes, b"<rss/>");
        assert_eq!(fetched.content_type.as_deref(), Some("text/xml"));
        assert_eq!(fetched.address.as_str(), format!("http://{address}/feed"));
        let asked = asked.join().unwrap();
        let basic = "authorization: basic bwu6c0bjcmv0";
        assert!(asked[0].to_ascii_lowercase().contains(basic), "{asked:?}");
    }

    #[tokio::test]
    async fn a_refusal_and_a_flood_are_told_without_the_secret() {
        let flood = vec![b' '; MOST + 1];
        for (answer, told) in [
            (answer("401 Unauthorized", b""), "it answered 401"),
            (answer("200 OK", &flood), "more than 16777216 bytes"),
        ] {
            let (address, _asked) = serve(vec![answer]);
            let error = fetch(&url(address)).await.err().unwrap();
            assert!(
                error.contains(told) && error.contains("127.0.0.1"),
                "{error}"
            );
            assert!(!error.contains("s%40cret"), "{error}");
        }
    }

    #[tokio::test]
    async fn redirects_end_after_five() {
        let away = || answer("302 Found\r\nlocation: /feed", b"");
        let (address, _asked) = serve((0..6).map(|_| away()).collect());
        let error = fetch(&url(address)).await.err().unwrap();
        assert!(error.contains("redirect"), "{error}");
    }
}
