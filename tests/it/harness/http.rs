//! HTTP as tests need it: [`client`] for ordinary requests, [`Raw`] for clients that misbehave.

use std::{
    io::{Error, ErrorKind, Result},
    net::SocketAddr,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for anything from a server before a test calls it stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// An ordinary client that follows no redirect and unpacks nothing behind the test's back.
pub(crate) fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .no_gzip();
    builder
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// What stands between two texts in a page, the first of both.
pub(crate) fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} in {page}"));
    rest.split_once(after).map_or(rest, |(found, _)| found)
}

/// One connection that sends exactly the bytes it is told to.
pub(crate) struct Raw {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// One answer, its body with chunked framing taken off and otherwise as it travelled.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case, in the order of the answer.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first header of that lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// This answer, if it has this status; otherwise the test ends with what was said instead.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let said = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{:?} {said}", self.headers);
        self
    }

    /// What an ordinary client was answered.
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let headers = response.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        });
        Self {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: response.bytes().await.unwrap().into(),
        }
    }
}

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            unread: Vec::new(),
        }
    }

    /// Sends bytes as they are. Fails when the server has closed the connection.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await?
    }

    /// Says that nothing more will be sent, and goes on reading.
    pub(crate) async fn half_close(&mut self) -> Result<()> {
        self.stream.shutdown().await
    }

    /// The answer to the request sent last. Fails when the connection ends inside it or the server
    /// stalls.
    pub(crate) async fn answer(&mut self) -> Result<Answer> {
        let mut answer = self.head().await?;
        answer.body = match (
            answer.status,
            answer.header("transfer-encoding"),
            answer.header("content-length"),
        ) {
            (100..=199 | 204 | 304, ..) => Vec::new(),
            (_, Some("chunked"), _) => self.chunks().await?,
            (_, _, Some(length)) => self.take(length.parse().map_err(Error::other)?).await?,
            _ => self.rest().await?,
        };
        Ok(answer)
    }

    /// Status and headers alone, as an answer to `HEAD` is.
    pub(crate) async fn head(&mut self) -> Result<Answer> {
        let status = self.line().await?;
        let status = status
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .ok_or(ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        Ok(Answer {
            status,
            headers,
            body: Vec::new(),
        })
    }

    /// Everything until the server closes the connection.
    pub(crate) async fn rest(&mut self) -> Result<Vec<u8>> {
        while self.read().await? > 0 {}
        Ok(std::mem::take(&mut self.unread))
    }

    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size =
                usize::from_str_radix(self.line().await?.trim(), 16).map_err(Error::other)?;
            body.extend(self.take(size).await?);
            self.line().await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.take(end + 2).await?;
                return String::from_utf8(line[..end].to_vec()).map_err(Error::other);
            }
            self.read_some().await?;
        }
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.unread.len() < length {
            self.read_some().await?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    async fn read_some(&mut self) -> Result<()> {
        if self.read().await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<usize> {
        timeout(PATIENCE, self.stream.read_buf(&mut self.unread)).await?
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::{Answer, Raw, client};

    /// Asks a server that hears one whole request, says `said` and closes; returns what it heard
    /// beside the answer.
    async fn told(said: &str) -> (String, std::io::Result<Answer>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = String::new();
            stream.read_to_string(&mut heard).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            heard
        };
        let asked = async {
            let mut raw = Raw::connect(address).await;
            raw.send("BREW /pot\r\n\r\n").await.unwrap();
            raw.half_close().await.unwrap();
            raw.answer().await
        };
        tokio::join!(server, asked)
    }

    #[tokio::test]
    async fn bytes_go_out_as_they_are_and_an_answer_of_known_length_is_read() {
        let (heard, answer) = told(
            "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nshort and more",
        )
        .await;
        let answer = answer.unwrap();
        assert_eq!(heard, "BREW /pot\r\n\r\n");
        assert_eq!(
            (answer.status, answer.text(), answer.header("x-a")),
            (418, "short", Some("b"))
        );
    }

    #[tokio::test]
    async fn a_chunked_answer_is_put_together() {
        let (_, answer) = told("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\nA\r\n, two, six\r\n0\r\n\r\n").await;
        assert_eq!(answer.unwrap().text(), "one, two, six");
    }

    #[tokio::test]
    async fn an_answer_without_a_length_ends_with_the_connection() {
        let (_, answer) = told("HTTP/1.0 200 OK\r\n\r\nall of it").await;
        assert_eq!(answer.unwrap().text(), "all of it");
    }

    #[tokio::test]
    async fn an_unchanged_answer_has_no_body() {
        let (_, answer) = told("HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n").await;
        assert_eq!(answer.unwrap().body, b"");
    }

    #[tokio::test]
    async fn a_truncated_answer_is_an_error() {
        for said in [
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfour",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfour",
        ] {
            let (_, answer) = told(said).await;
            assert_eq!(answer.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        }
    }

    #[tokio::test]
    async fn the_ordinary_client_builds() {
        let refused = client()
            .get("http://127.0.0.1:1/")
            .send()
            .await
            .unwrap_err();
        assert!(refused.is_connect());
    }
}
