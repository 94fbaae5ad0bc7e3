//! A name is looked up once for each hop, and what it says a moment later counts for nothing.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use futures_util::future::{FutureExt as _, ready};

use super::{
    super::{Fault, Outbound, resolve::Lookup},
    every_name, head,
    server::{Server, answer, redirect},
    settings,
};

/// A name server at an address of this machine; every question gets the next list of addresses, the last one for ever.
/// Counts the questions.
fn name_server(answers: Vec<Vec<Ipv4Addr>>) -> (SocketAddr, Arc<AtomicUsize>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let turn = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let reply = reply(&question[..length], &answers[turn]);
            socket.send_to(&reply, from).unwrap();
        }
    });
    (address, asked)
}

/// The question again with its answers behind, each good for no time at all (RFC 1035, 4.1).
fn reply(question: &[u8], addresses: &[Ipv4Addr]) -> Vec<u8> {
    let mut reply = question.to_vec();
    reply[2..4].copy_from_slice(&[0x81, 0x80]);
    reply[7] = u8::try_from(addresses.len()).unwrap();
    for address in addresses {
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        reply.extend(address.octets());
    }
    reply
}

/// Asks that name server for the addresses of a name.
fn lookup(server: SocketAddr) -> Lookup {
    Arc::new(move |name| ready(query(server, &name)).boxed())
}

fn query(server: SocketAddr, name: &str) -> io::Result<Vec<IpAddr>> {
    let mut question = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).unwrap());
        question.extend(label.bytes());
    }
    question.extend([0, 0, 1, 0, 1]);
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(&question, server)?;
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer)?;
    let records = answer[question.len()..length].chunks_exact(16);
    Ok(records
        .map(|record| IpAddr::from([record[12], record[13], record[14], record[15]]))
        .collect())
}

const OWN: Ipv4Addr = Ipv4Addr::LOCALHOST;
const PRIVATE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const PUBLIC: Ipv4Addr = Ipv4Addr::new(8, 8, 8, 8);

fn client(answers: Vec<Vec<Ipv4Addr>>) -> (Outbound, Arc<AtomicUsize>) {
    let (server, asked) = name_server(answers);
    let client = Outbound::with_lookup(&settings(), lookup(server)).unwrap();
    (client, asked)
}

#[tokio::test]
async fn a_name_that_turns_after_it_was_judged_does_not_turn_the_connection() {
    let (client, asked) = client(vec![vec![OWN], vec![PRIVATE]]);
    let server = Server::new(vec![answer("200 OK", "", b"fine")]);
    head(&client, &server.at("turning.example", "/"))
        .await
        .unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_name_that_turns_between_two_hops_is_refused_at_the_second() {
    let (client, asked) = client(vec![vec![OWN], vec![PRIVATE]]);
    let server = Server::new(vec![redirect("/again")]);
    let fault = head(&client, &server.at("turning.example", "/")).await;
    assert!(matches!(fault, Err(Fault::Blocked { .. })), "{fault:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn one_private_address_among_public_ones_refuses_the_name() {
    for answers in [
        vec![PUBLIC, PRIVATE],
        vec![PRIVATE, PUBLIC],
        vec![OWN, PRIVATE],
    ] {
        let (client, _asked) = client(vec![answers]);
        let fault = head(&client, "http://mixed.example/").await;
        assert!(matches!(fault, Err(Fault::Blocked { .. })), "{fault:?}");
    }
}

#[tokio::test]
async fn names_of_private_addresses_are_refused_in_every_form() {
    for address in [
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
    ] {
        let client = Outbound::with_lookup(&settings(), every_name(address)).unwrap();
        let fault = head(&client, "https://innocent.example/")
            .await
            .unwrap_err();
        assert!(
            matches!(fault, Fault::Blocked { .. }),
            "{address}: {fault:?}"
        );
        assert!(!fault.to_string().contains(address), "{fault}");
    }
}

#[tokio::test]
async fn a_name_without_addresses_is_told() {
    let (client, _asked) = client(vec![Vec::new()]);
    let fault = head(&client, "https://nowhere.example/").await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the name `nowhere.example` leads to no address; check its spelling"
    );
}
