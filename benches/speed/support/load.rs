//! A client that costs little: HTTP/1.1 by hand over connections that are kept.

use std::{
    cell::RefCell,
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const BUFFER: usize = 256 * 1024;

/// A request without a body; `more` are whole header lines.
pub(crate) fn get(path: &str, authorization: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: mcn.example\r\nauthorization: {authorization}\r\n{more}\r\n"
    )
    .into_bytes()
}

/// A request of a browser for a page.
pub(crate) fn look(path: &str, cookie: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: mcn.example\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\n\r\n"
    )
    .into_bytes()
}

/// A request with a JSON body.
pub(crate) fn post(path: &str, authorization: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: mcn.example\r\nauthorization: {authorization}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Asks the same over and over on so many connections, and says how many answers of this status came.
pub(crate) async fn repeat(
    to: SocketAddr,
    connections: usize,
    request: &[u8],
    status: u16,
    time: Duration,
) -> u32 {
    let end = Instant::now() + time;
    let asking = (0..connections).map(async |_number| {
        let mut client = Client::connect(to).await;
        let mut answers = 0;
        while Instant::now() < end {
            assert_eq!(client.ask(request).await, status);
            answers += 1;
        }
        answers
    });
    join_all(asking).await.iter().sum()
}

/// Asks these in turns on so many connections, each again as soon as it was answered, and says how long each answer took;
/// every one must be 200.
pub(crate) async fn time_each(
    to: SocketAddr,
    connections: usize,
    requests: &[Vec<u8>],
    time: Duration,
) -> Vec<Duration> {
    let end = Instant::now() + time;
    let turns = RefCell::new(requests.iter().cycle());
    let asking = (0..connections).map(async |_number| {
        let mut client = Client::connect(to).await;
        let mut took = Vec::new();
        while Instant::now() < end {
            let next = turns.borrow_mut().next();
            let request = next.expect("there is something to ask");
            let asked = Instant::now();
            let status = client.ask(request).await;
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(request));
            took.push(asked.elapsed());
        }
        took
    });
    join_all(asking).await.concat()
}

/// Sends each of these once over so many connections; every answer must be 200.
pub(crate) async fn send_all(to: SocketAddr, connections: usize, requests: Vec<Vec<u8>>) {
    let left = RefCell::new(requests.into_iter());
    let sending = (0..connections).map(async |_number| {
        let mut client = Client::connect(to).await;
        loop {
            let next = left.borrow_mut().next();
            let Some(request) = next else { return };
            assert_eq!(client.ask(&request).await, 200);
        }
    });
    join_all(sending).await;
}

/// Sends requests at a steady pace, over as many connections as are free, until `ended` says so; every answer must be 200.
/// Answers how long each took from the moment at which it was due, so that a stall counts for all that it holds up.
pub(crate) async fn pace(
    to: SocketAddr,
    per_second: u32,
    connections: usize,
    requests: impl Iterator<Item = Vec<u8>>,
    ended: impl Fn() -> bool,
) -> Vec<Duration> {
    let due = RefCell::new(requests.zip(0_u32..));
    let started = Instant::now();
    let sending = (0..connections).map(async |_number| {
        let mut client = Client::connect(to).await;
        let mut took = Vec::new();
        while !ended() {
            let next = due.borrow_mut().next();
            let Some((request, number)) = next else { break };
            let at = started + Duration::from_secs(1) * number / per_second;
            tokio::time::sleep_until(at.into()).await;
            assert_eq!(client.ask(&request).await, 200);
            took.push(at.elapsed());
        }
        took
    });
    join_all(sending).await.concat()
}

struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: vec![0; BUFFER],
        }
    }

    /// Sends a request, reads its answer to the end and returns the status.
    async fn ask(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.unwrap();
        let mut filled = 0;
        let (status, length) = loop {
            filled += self.read(filled).await;
            if let Some(found) = head(&self.buffer[..filled]) {
                break found;
            }
        };
        let mut left = length - filled;
        while left > 0 {
            left -= self.read(0).await;
        }
        status
    }

    async fn read(&mut self, from: usize) -> usize {
        let count = self.stream.read(&mut self.buffer[from..]).await.unwrap();
        assert!(
            count > 0,
            "the daemon closed a connection before its answer was complete"
        );
        count
    }
}

/// Status and length in bytes, body included, of an answer whose head is complete.
fn head(answer: &[u8]) -> Option<(u16, usize)> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let mut lines = std::str::from_utf8(&answer[..end]).unwrap().lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse::<usize>().unwrap());
    Some((status, end + if status == 304 { 0 } else { length }))
}
