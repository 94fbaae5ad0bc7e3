//! What every route answers to requests that are wrong in themselves.

use std::{io::Write, time::Duration};

use flate2::{Compression, write::GzEncoder};
use reqwest::Method;

use crate::harness::{
    app::{TestApp, answer},
    http::{Answer, Raw},
};

const GET: &str = "GET /healthz HTTP/1.1\r\nHost: a";

/// Sends this and expects this status before the server closes the connection.
async fn closes_with(test: &TestApp, status: u16, sent: &str) {
    let mut raw = Raw::connect(test.public).await;
    raw.send(sent).await.unwrap();
    let said = String::from_utf8(raw.rest().await.unwrap()).unwrap();
    let expected = format!("HTTP/1.1 {status} ");
    assert!(said.starts_with(&expected), "{sent:?}: {said:?}");
    assert_eq!(said.matches("HTTP/1.1").count(), 1, "{sent:?}: {said:?}");
}

fn post_head(test: &TestApp, more: &str) -> String {
    let secret = &test.callback;
    format!(
        "POST /callbacks/dailymotion HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {secret}\r\n{more}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_head_that_is_too_large_is_431() {
    let test = TestApp::sqlite().await;
    let long = "x".repeat(16 * 1024);
    closes_with(&test, 431, &format!("{GET}\r\nX: {long}\r\n\r\n")).await;
    let many: String = (0..64).fold(String::new(), |head, number| {
        format!("{head}\r\nX-{number}: y")
    });
    closes_with(&test, 431, &format!("{GET}{many}\r\n\r\n")).await;
}

#[tokio::test]
async fn an_address_that_is_too_long_is_414() {
    let test = TestApp::sqlite().await;
    let long = "x".repeat(8 * 1024);
    test.get_exactly(&format!("/users.json?{long}"))
        .await
        .expect(414);
    test.get_exactly(&format!("/{long}")).await.expect(414);
}

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405_with_allow() {
    let test = TestApp::sqlite().await;
    for path in [
        "/",
        "/users",
        "/feeds",
        "/c/x",
        "/callbacks",
        "/readyz",
        "/metrics",
    ] {
        test.get(path).await.expect(404);
    }
    for (path, allowed) in [
        ("/users.json", "GET,HEAD"),
        ("/feeds/a.xml", "GET,HEAD"),
        ("/callbacks/dailymotion", "GET,HEAD,POST"),
        ("/callbacks/dailymotion/x", "GET,HEAD,POST"),
    ] {
        for method in [
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
            Method::TRACE,
        ] {
            let refused = answer(test.ask(method, path)).await.expect(405);
            assert_eq!(refused.header("allow"), Some(allowed), "{path}");
        }
    }
    answer(test.ask(Method::POST, "/users.json"))
        .await
        .expect(405);
    test.exact("CONNECT a.example:443 HTTP/1.1\r\nHost: a")
        .await
        .expect(405);
}

#[tokio::test]
async fn what_two_readers_could_read_differently_is_400_and_closed() {
    let test = TestApp::sqlite().await;
    let post = |headers: &str, body: &str| format!("{}{body}", post_head(&test, headers));
    let both = post(
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "2\r\n[]\r\n0\r\n\r\n",
    );
    closes_with(&test, 400, &both).await;
    closes_with(
        &test,
        400,
        &post("Content-Length: 2\r\nContent-Length: 3", "[]x"),
    )
    .await;
    closes_with(&test, 400, "GET /healthz HTTP/1.1\nHost: a\n\n").await;
    closes_with(&test, 400, &format!("{GET}\r\nX: a\nY: b\r\n\r\n")).await;
    closes_with(
        &test,
        400,
        &post("Transfer-Encoding: chunked", "zz\r\n[]\r\n0\r\n\r\n"),
    )
    .await;
    assert_eq!(test.filed(), []);
}

#[tokio::test]
async fn an_encoding_that_is_not_gzip_or_more_than_one_is_415() {
    let test = TestApp::sqlite().await;
    for encoding in ["br", "deflate", "gzip, gzip", "identity, gzip", "x"] {
        let request = test
            .ask(Method::POST, "/callbacks/dailymotion")
            .bearer_auth(&test.callback);
        answer(request.header("content-encoding", encoding).body("[]"))
            .await
            .expect(415);
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_413_however_it_comes() {
    let test = TestApp::sqlite().await;
    let large = vec![b' '; 9 << 20];
    test.post(large.clone()).await.expect(413);
    let announced = format!("Content-Length: {}", 9 << 20);
    closes_with(&test, 413, &post_head(&test, &announced)).await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&large).unwrap();
    let request = test
        .ask(Method::POST, "/callbacks/dailymotion")
        .bearer_auth(&test.callback);
    let packed = request
        .header("content-encoding", "gzip")
        .body(gzip.finish().unwrap());
    answer(packed).await.expect(413);
}

#[tokio::test]
async fn a_parameter_of_one_value_may_not_be_repeated() {
    let test = TestApp::sqlite().await;
    test.creator("a").await;
    test.get("/users.json?page=1&page=1").await.expect(400);
    test.get("/feeds/a.xml?after=1-a&after=1-a")
        .await
        .expect(400);
    test.get("/users.json?other=1&other=2").await.expect(200);
}

#[tokio::test]
async fn a_path_that_cannot_be_read_is_400() {
    let test = TestApp::sqlite().await;
    for path in [
        "/feeds/%zz.xml",
        "/feeds/%2",
        "/feeds/a%00.xml",
        "/%00",
        "/c/%ff/users.json",
    ] {
        test.get_exactly(path).await.expect(400);
    }
}

#[tokio::test]
async fn a_body_slower_than_its_deadlines_is_408_and_closed() {
    let short = [
        ("server.body_idle_timeout", "200ms"),
        ("server.body_timeout", "400ms"),
    ];
    let test = TestApp::with(&short).await;
    closes_with(
        &test,
        408,
        &format!("{}[", post_head(&test, "Content-Length: 9")),
    )
    .await;
    let mut raw = Raw::connect(test.public).await;
    raw.send(post_head(&test, "Content-Length: 1000"))
        .await
        .unwrap();
    let dripping = async {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        while raw.send(" ").await.is_ok() {
            pace.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), dripping)
        .await
        .expect("the connection is closed");
}

fn has_id(problem: &Answer) -> String {
    let id = problem.header("x-request-id").unwrap().to_owned();
    assert_eq!(id.len(), 36, "{id}");
    assert!(problem.body.len() < 1024);
    id
}

#[tokio::test]
async fn a_problem_is_small_json_with_the_id_of_the_request() {
    let test = TestApp::sqlite().await;
    let problem = test.post("{").await.expect(400);
    let id = has_id(&problem);
    assert_eq!(
        problem.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(problem.header("cache-control"), Some("no-store"));
    let expected = serde_json::json!({
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "the body is no JSON in UTF-8",
        "instance": id,
    });
    assert_eq!(problem.json(), expected);
}

#[tokio::test]
async fn a_feed_says_in_plain_text_what_is_wrong() {
    let test = TestApp::sqlite().await;
    let problem = test.get("/feeds/nobody.xml").await.expect(404);
    let id = has_id(&problem);
    assert_eq!(
        problem.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert!(
        problem.text().ends_with(&format!("\nrequest {id}\n")),
        "{}",
        problem.text()
    );
}
