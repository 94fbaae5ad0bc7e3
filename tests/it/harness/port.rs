//! Ports that stay a test's own while the program that listens there is away.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A port of this machine that is given to nobody else for as long as the value is there. A program can listen on it by its
/// number, be killed, and listen again.
pub(crate) struct KeptPort {
    pub(crate) address: SocketAddr,
    _bound: TcpSocket,
}

impl KeptPort {
    /// Takes any free port.
    pub(crate) fn take() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // A bound socket that does not listen keeps the kernel from choosing its port for anybody, whether to listen or to
        // connect from; with this option it stands in the way of nobody who names the port.
        socket.set_reuseaddr(true).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            _bound: socket,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_kept_port_refuses_while_nobody_listens_and_can_be_listened_on_again_and_again() {
        let port = KeptPort::take();
        for _ in 0..3 {
            assert!(TcpStream::connect(port.address).is_err());
            let listener = TcpListener::bind(port.address).unwrap();
            assert!(TcpStream::connect(port.address).is_ok());
            drop(listener);
        }
    }

    #[test]
    fn a_kept_port_is_chosen_for_nobody_else() {
        let port = KeptPort::take();
        let others = TcpSocket::new_v4().unwrap();
        // Who lets the kernel choose a port gets one that could be taken without sharing it, as this asks for it.
        others.set_reuseaddr(false).unwrap();
        let refused = others.bind(port.address).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse);
    }
}
