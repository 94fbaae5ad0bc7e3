//! `mcnd feed check`.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{
    process::{Process, run},
    web::Site,
};

const SOUND: &str = "tests/fixtures/check/sound.xml";

fn sound() -> String {
    std::fs::read_to_string(SOUND).unwrap()
}

#[tokio::test]
async fn a_sound_feed_ends_well_and_its_warnings_have_reasons() {
    let ended = run(&["feed", "check", SOUND], "").await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    for told in [
        "sound.xml:2: warning: `rss`: ",
        "    expected: Dailymotion's samples declare `dm`",
        "sound.xml: 0 errors, 1 warning (1 expected), 0 notes",
    ] {
        assert!(ended.out.contains(told), "{told} is not in {}", ended.out);
    }
}

#[tokio::test]
async fn an_error_is_named_with_line_element_and_cure_and_makes_the_code_1() {
    let feed = sound().replace("fileSize=\"10\"", "fileSize=\"0\"");
    let ended = run(&["feed", "check", "-"], &feed).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let told = "standard input:17: error: `media:content`: `fileSize` is `0`; write a whole number above 0, or leave it out \
                when it is unknown (W3C validator; number_positive)";
    assert!(ended.out.contains(told), "{}", ended.out);

    let ended = run(&["feed", "check", "-", "--json"], &feed).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(answer["source"], "standard input");
    assert_eq!(
        (&answer["errors"], &answer["warnings"]),
        (&1.into(), &1.into())
    );
    let finding = &answer["findings"][1];
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["objector"], "validator");
    assert_eq!(finding["rule"], "number_positive");
    assert_eq!(finding["line"], 17);
    assert!(finding["expected"].is_null());
}

#[tokio::test]
async fn what_can_not_be_read_is_told_and_no_finding() {
    let missing = run(&["feed", "check", "no/such/feed.xml"], "").await;
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
    assert!(
        missing.err.contains("`no/such/feed.xml` can't be read"),
        "{missing:?}"
    );
    let refused = run(&["feed", "check", "http://me:hunter2@127.0.0.1:9/feed"], "").await;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    for told in [
        "nothing was read from `http://127.0.0.1:9/feed`",
        "`outbound.allow`",
    ] {
        assert!(refused.err.contains(told), "{refused:?}");
    }
    assert!(!format!("{refused:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_private_feed_is_read_where_the_settings_allow_it() {
    let site = Site::new(sound()).await;
    let url = site.url("/feed?key=hunter3");
    let secret = url.replace("://", "://me:hunter2@");
    for more in [&[][..], &["--json"]] {
        let arguments = [&["feed", "check", &secret], more].concat();
        let allowed = Process::mcnd("outbound.allow = [\"127.0.0.0/8\"]", &arguments);
        let ended = allowed.ends_within(Duration::from_secs(30)).await;
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        for told in [&site.url("/feed?…"), "served_as", "self_elsewhere"] {
            assert!(ended.out.contains(told), "{told} is not in {}", ended.out);
        }
        assert!(!format!("{ended:?}").contains("hunter"), "{ended:?}");
    }
    assert_eq!(site.asked()[0].0.as_deref(), Some("Basic bWU6aHVudGVyMg=="));
}
