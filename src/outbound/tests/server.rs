//! A server that answers each connection in turn with exact bytes.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

/// What a connection is answered with.
pub(super) enum Reply {
    Bytes(Vec<u8>),
    /// These bytes, then the last ones again and again until the other side hangs up.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, then nothing, with the connection open until the other side hangs up.
    Stuck(Vec<u8>),
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    asked: JoinHandle<Vec<String>>,
}

impl Server {
    pub(super) fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let serve = move |reply| {
            let (mut stream, _) = listener.accept().unwrap();
            let request = request(&mut stream);
            send(&mut stream, reply);
            request
        };
        Self {
            address,
            asked: thread::spawn(move || replies.into_iter().map(serve).collect()),
        }
    }

    /// The address of a path under a host's name.
    pub(super) fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }

    /// Every request in lower case, once all replies are used.
    pub(super) fn asked(self) -> Vec<String> {
        self.asked.join().unwrap()
    }
}

fn request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    String::from_utf8(request).unwrap().to_ascii_lowercase()
}

// Whoever has read enough hangs up, so that a failing write is the end of the reply.
fn send(stream: &mut TcpStream, reply: Reply) {
    match reply {
        Reply::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Reply::Endless(bytes, more) => {
            let mut going = stream.write_all(&bytes);
            while going.is_ok() {
                going = stream.write_all(&more);
            }
        }
        Reply::Stuck(bytes) => {
            drop(stream.write_all(&bytes));
            let mut rest = Vec::new();
            drop(stream.read_to_end(&mut rest));
        }
    }
}

/// An answer with this status and these headers, each followed by a line break.
pub(super) fn answer(status: &str, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    Reply::Bytes([head.as_bytes(), body].concat())
}

pub(super) fn redirect(to: &str) -> Reply {
    answer("302 Found", &format!("location: {to}\r\n"), b"")
}
