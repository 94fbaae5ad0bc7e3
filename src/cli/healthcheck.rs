//! `mcnd healthcheck`: what a container asks, since its image holds no other client.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use super::failure::{Done, Failure};
use crate::config::Config;

/// Longest wait for each step.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the operator listener of these settings.
pub(super) fn run(config: &Config) -> Done {
    let address = reachable(config.server.operator);
    let failed = |why: String| {
        Failure::Refused(format!(
            "the daemon at `http://{address}/healthz` is not healthy: {why}"
        ))
    };
    let status = ask(address).map_err(|error| failed(error.to_string()))?;
    if status == "200" {
        Ok(())
    } else {
        Err(failed(format!("it answers `{status}`")))
    }
}

/// Where a listener of this machine is reached from the same machine.
pub(super) fn reachable(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// The status of the answer.
fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut start = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut start)?;
    let start = String::from_utf8_lossy(&start);
    match start.split_once(' ') {
        Some((version, status)) if version.starts_with("HTTP/1.") => Ok(status.to_owned()),
        _ => Err(io::Error::other("it does not speak HTTP")),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader},
        net::TcpListener,
    };

    use super::*;

    /// What is made of this answer, sent by a listener of any address.
    fn asked(answer: &'static str) -> Done {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let mut config = Config::default();
        config.server.operator = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // Bytes left unread would break the connection before the answer is read.
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head = lines
                .map(Result::unwrap)
                .take_while(|line| !line.is_empty());
            let head = head.collect::<Vec<_>>();
            stream.write_all(answer.as_bytes()).unwrap();
            assert!(head[0].starts_with("GET /healthz HTTP/1.1"), "{head:?}");
        });
        let done = run(&config);
        server.join().unwrap();
        done
    }

    #[test]
    fn only_status_200_is_healthy() {
        assert!(asked("HTTP/1.1 200 OK\r\n\r\n").is_ok());
        assert!(asked("HTTP/1.1 503 Service Unavailable\r\n\r\n").is_err());
        assert!(asked("220 mail.example ESMTP").is_err());
        assert!(asked("").is_err());
    }

    #[test]
    fn nobody_there_is_not_healthy() {
        let mut config = Config::default();
        // Nobody listens at port 1 of this machine.
        config.server.operator = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        assert!(matches!(run(&config), Err(Failure::Refused(_))));
    }
}
