//! Nothing takes more room or time than it may.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};

use super::{
    super::{Fault, Outbound, shown},
    MOST, ask, client, every_name,
    server::{Reply, Server, answer},
    settings, whole,
};

const SHORT: Duration = Duration::from_millis(50);

/// What a server that replies so ends with, under these settings.
async fn ends(reply: Reply, settings: &crate::config::Outbound) -> Fault {
    let server = Server::new(vec![reply]);
    let client = Outbound::with_lookup(settings, every_name("127.0.0.1")).unwrap();
    whole(&client, &server.at("a.example", "/"))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn an_endless_answer_ends_at_the_limit() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let fault = ends(Reply::Endless(head, vec![b' '; 8192]), &settings()).await;
    assert!(matches!(fault, Fault::TooLarge(MOST)), "{fault:?}");
}

#[tokio::test]
async fn a_bomb_is_weighed_unpacked() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 10_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!((bomb.len() as u64) < MOST / 10);
    let fault = ends(
        answer("200 OK", "content-encoding: gzip\r\n", &bomb),
        &settings(),
    )
    .await;
    assert!(matches!(fault, Fault::TooLarge(MOST)), "{fault:?}");
}

#[tokio::test]
async fn an_answer_of_exactly_the_limit_is_whole() {
    let body = vec![b'x'; usize::try_from(MOST).unwrap()];
    let server = Server::new(vec![answer("200 OK", "", &body)]);
    assert_eq!(
        whole(&client(), &server.at("127.0.0.1", "/"))
            .await
            .unwrap(),
        body
    );
}

#[tokio::test]
async fn whoever_keeps_us_waiting_is_given_up() {
    let mut quick = settings();
    quick.header_timeout = SHORT;
    let fault = ends(Reply::Stuck(Vec::new()), &quick).await;
    assert!(
        fault.to_string().contains("outbound.header_timeout"),
        "{fault}"
    );

    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec();
    let mut quick = settings();
    quick.idle_timeout = SHORT;
    let fault = ends(Reply::Stuck(half.clone()), &quick).await;
    assert_eq!(fault.to_string(), "it is too slow: a pause in the transfer");

    let mut quick = settings();
    quick.timeout = SHORT;
    let fault = ends(Reply::Stuck(half), &quick).await;
    assert!(fault.to_string().contains("`outbound.timeout`"), "{fault}");
}

#[tokio::test]
async fn a_cut_off_answer_is_no_answer() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec();
    let fault = ends(Reply::Bytes(cut), &settings()).await;
    assert!(matches!(fault, Fault::Broken(_)), "{fault:?}");
}

#[tokio::test]
async fn a_server_that_is_away_is_told_from_one_that_does_not_encrypt() {
    // Nobody listens at port 1 of this machine.
    let away = whole(&client(), "http://127.0.0.1:1/").await.unwrap_err();
    assert!(matches!(away, Fault::Connect(_)), "{away:?}");

    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}/", plain.local_addr().unwrap());
    let greeted = thread::spawn(move || {
        let (mut stream, _) = plain.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest));
    });
    let odd = whole(&client(), &address).await.unwrap_err();
    assert!(matches!(odd, Fault::Tls(_)), "{odd:?}");
    greeted.join().unwrap();
}

#[test]
fn an_address_is_shown_without_what_may_be_secret() {
    let shown = |text: &str| shown(&ask(text).url);
    assert_eq!(
        shown("https://me:pw@a.example/x.xml#y"),
        "https://a.example/x.xml"
    );
    assert_eq!(
        shown("https://a.example/x?key=abc"),
        "https://a.example/x?…"
    );
}
