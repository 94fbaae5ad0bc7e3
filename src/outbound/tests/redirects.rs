//! Every hop is judged, and credentials stay where they belong.

use super::{
    super::{Answer, Fault, Validators},
    ask, client, head,
    server::{Server, answer, redirect},
    whole,
};

/// What a redirect to this place ends with.
async fn led_to(place: &str) -> Fault {
    let server = Server::new(vec![redirect(place)]);
    head(&client(), &server.at("127.0.0.1", "/"))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_redirect_leads_to_no_private_address() {
    for place in [
        "http://127.0.0.2/",
        "http://169.254.169.254/latest/meta-data",
        "http://2130706434/",
        "http://[::1]/",
        "//10.0.0.1/",
    ] {
        let fault = led_to(place).await;
        assert!(matches!(fault, Fault::Blocked { .. }), "{place}: {fault:?}");
    }
    assert!(matches!(
        led_to("file:///etc/passwd").await,
        Fault::Unusable
    ));
    assert!(matches!(led_to("http://[").await, Fault::LostRedirect));
}

#[tokio::test]
async fn redirects_are_followed_five_times_and_no_further() {
    let away = || redirect("/next");
    let mut replies: Vec<_> = (0..5).map(|_| away()).collect();
    replies.push(answer("200 OK", "content-type: text/xml\r\n", b"<rss/>"));
    let server = Server::new(replies);
    let found = head(&client(), &server.at("127.0.0.1", "/")).await.unwrap();
    assert_eq!(found.address.path(), "/next");
    assert_eq!(found.content_type.as_deref(), Some("text/xml"));

    let server = Server::new((0..6).map(|_| away()).collect());
    let fault = head(&client(), &server.at("127.0.0.1", "/")).await;
    assert!(matches!(fault, Err(Fault::Redirects(5))), "{fault:?}");
}

#[tokio::test]
async fn credentials_go_to_their_host_alone() {
    let fine = || answer("200 OK", "", b"");
    let away = Server::new(vec![fine()]);
    let elsewhere = away.at("b.example", "/");
    let same = Server::new(vec![redirect("/again"), redirect(&elsewhere)]);
    let secret = same.at("me:s%40cret@a.example", "/");
    let found = head(&client(), &secret).await.unwrap();
    assert_eq!(found.address.as_str(), elsewhere);
    let basic = "authorization: basic bwu6c0bjcmv0";
    for asked in same.asked() {
        assert!(asked.contains(basic), "{asked}");
    }
    let asked = away.asked();
    assert!(!asked[0].contains("authorization"), "{asked:?}");
}

#[tokio::test]
async fn credentials_of_a_redirect_are_dropped() {
    let there = Server::new(vec![answer("200 OK", "", b"")]);
    let place = there.at("you:there@a.example", "/x");
    let first = Server::new(vec![redirect(&place)]);
    head(&client(), &first.at("a.example", "/")).await.unwrap();
    assert!(!there.asked()[0].contains("authorization"));
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let known = Validators {
        etag: Some("W/\"7\"".to_owned()),
        last_modified: Some("Thu, 01 Oct 2026 12:00:00 GMT".to_owned()),
    };
    let server = Server::new(vec![answer("304 Not Modified", "", b"")]);
    let mut conditional = ask(&server.at("127.0.0.1", "/"));
    conditional.known = known;
    let answered = client().get(&conditional).await.unwrap();
    assert!(matches!(answered, Answer::Unchanged));
    let asked = server.asked();
    assert!(asked[0].contains("if-none-match: w/\"7\""), "{asked:?}");
    assert!(
        asked[0].contains("if-modified-since: thu, 01 oct"),
        "{asked:?}"
    );

    let validators = "etag: \"8\"\r\nlast-modified: now\r\n";
    let server = Server::new(vec![answer("200 OK", validators, b"")]);
    let found = head(&client(), &server.at("127.0.0.1", "/")).await.unwrap();
    assert_eq!(found.validators.etag.as_deref(), Some("\"8\""));
    assert_eq!(found.validators.last_modified.as_deref(), Some("now"));
}

#[tokio::test]
async fn an_answer_that_is_no_document_is_told_by_its_number() {
    for (status, told) in [
        (
            "401 Unauthorized",
            "it answered 401; check user name and password",
        ),
        ("404 Not Found", "it answered 404; check the address"),
        ("304 Not Modified", "it answered 304"),
        ("500 secret banner", "it answered 500"),
    ] {
        let server = Server::new(vec![answer(status, "", b"secret body")]);
        let fault = whole(&client(), &server.at("127.0.0.1", "/"))
            .await
            .unwrap_err();
        assert_eq!(fault.to_string(), told);
    }
    let server = Server::new(vec![answer("503 Busy", "retry-after: 120\r\n", b"")]);
    let fault = whole(&client(), &server.at("127.0.0.1", "/"))
        .await
        .unwrap_err();
    assert!(
        matches!(fault, Fault::Status { retry_after: Some(wait), .. } if wait.as_secs() == 120)
    );
}
