//! A database file that was damaged behind the daemon's back: whoever opens it finds all as it was, or says so.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use crate::harness::{
    app::TestApp,
    databases::TestDatabase,
    given::{ready, status},
    http::client,
    installation::Installation,
    process::Ended,
};

/// Bytes that are flipped, one at a time.
const FLIPS: usize = 50;
const VIDEOS: usize = 200;
const LIMIT: Duration = Duration::from_secs(30);

/// The file of an installation's database, or one beside it.
fn file(installation: &Installation, beside: &str) -> PathBuf {
    let path = installation.database.url.strip_prefix("sqlite:").unwrap();
    format!("{path}{beside}").into()
}

/// A catalog whose every table is filled, in one file.
async fn filled() -> Installation {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    installation.creator("a").await;
    installation.import_videos("v", VIDEOS).await;
    let secret = installation.credential("callback", "bearer").await;
    let served = installation.serve().await;
    let events = (0..VIDEOS / 2).map(|number| match number % 3 {
        0 => ready(&format!("v{number}"), &format!("x{number}")),
        1 => status(&format!("v{number}"), "failed"),
        _ => ready(&format!("unknown{number}"), &format!("x{number}")),
    });
    let request = client()
        .post(format!("http://{}/callbacks/dailymotion", served.public))
        .bearer_auth(&secret)
        .body(json!(events.collect::<Vec<_>>()).to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
    served.process.kill().await;
    installation
        .database
        .query("PRAGMA wal_checkpoint(TRUNCATE)");
    installation
}

/// The file with one byte changed, after a daemon that was killed.
fn flip(installation: &Installation, sound: &[u8], place: usize, bits: u8) {
    let mut bytes = sound.to_vec();
    bytes[place] ^= bits;
    fs::write(file(installation, ""), bytes).unwrap();
    fs::write(file(installation, ".lock"), "process 1\n").unwrap();
    for beside in ["-wal", "-shm"] {
        let beside = file(installation, beside);
        assert!(!Path::new(&beside).exists() || fs::remove_file(beside).is_ok());
    }
}

/// Whether a command ended with words about what is wrong.
fn tells(ended: &Ended) -> bool {
    assert!(ended.status.code().is_some(), "{ended:?}");
    assert!(!ended.err.contains("panicked"), "{ended:?}");
    if ended.status.success() {
        return false;
    }
    let told = ended.err.contains("error: ") || ended.out.contains("fail  ");
    assert!(told, "{ended:?}");
    true
}

/// Whether the daemon says that something is wrong instead of answering.
async fn start_tells(installation: &Installation) -> bool {
    let mut process = installation.start(&["serve"], &[]);
    if process.hears("the operator listener answers").await.is_ok() {
        let ended = process.kill().await;
        assert!(!ended.err.contains("panicked"), "{ended:?}");
        return false;
    }
    tells(&process.ends_within(LIMIT).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_is_told_or_changes_nothing_but_a_value() {
    let installation = filled().await;
    let sound = fs::read(file(&installation, "")).unwrap();
    let videos = installation.done(&["video", "export"]).await;
    let events = installation.done(&["event", "export"]).await;
    let mut told = 0;
    for _ in 0..FLIPS {
        let (place, bits) = (
            rand::random_range(0..sound.len()),
            rand::random_range(1..=255),
        );
        flip(&installation, &sound, place, bits);
        if start_tells(&installation).await || tells(&installation.run(&["doctor", "--deep"]).await)
        {
            told += 1;
            continue;
        }
        let now = installation.done(&["event", "export"]).await;
        assert_eq!(now, events, "{bits:02x} at {place} is not told");
        // SQLite keeps no checksums: a letter of a title may become another one.
        let now = installation.done(&["video", "export"]).await;
        let differing = now
            .lines()
            .zip(videos.lines())
            .filter(|(one, other)| one != other);
        assert!(
            now.lines().count() == VIDEOS && differing.count() <= 1,
            "{bits:02x} at {place} is not told"
        );
    }
    assert!(told > 0, "not one of {FLIPS} flips was found");
}

/// Every place at which bytes stand in others.
fn places(of: &[u8], within: &[u8]) -> Vec<usize> {
    let found = within.windows(of.len()).enumerate();
    found
        .filter(|(_, bytes)| *bytes == of)
        .map(|(place, _)| place)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_walk_follows_a_damaged_index_round_and_round() {
    let installation = filled().await;
    let sound = fs::read(file(&installation, "")).unwrap();
    let last = installation.database.value("SELECT MAX(id) FROM videos");
    let mut told = 0;
    for place in places(last.as_bytes(), &sound) {
        // What comes last now has an id that lies in front of every other one's.
        flip(&installation, &sound, place, b'0' ^ b' ');
        told += u32::from(tells(&installation.run(&["doctor", "--deep"]).await));
        installation.run(&["video", "export"]).await;
    }
    assert!(told > 5, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_does_not_serve_a_damaged_file_and_says_what_to_do() {
    let installation = filled().await;
    let crawler = installation.credential("crawler", "bearer").await;
    installation
        .database
        .query("PRAGMA wal_checkpoint(TRUNCATE)");
    let sound = fs::read(file(&installation, "")).unwrap();
    let page: usize = installation
        .database
        .value("SELECT rootpage FROM sqlite_schema WHERE name = 'videos'")
        .parse()
        .unwrap();
    flip(&installation, &sound, (page - 1) * 4096, 0xff);
    for _ in 0..2 {
        let ended = installation.ends(&["serve"], 70).await;
        for words in ["looking for damage", "is damaged", "mcnd restore"] {
            assert!(ended.err.contains(words), "{words}: {}", ended.err);
        }
    }
    // After an end in order it is believed, until somebody asks for what lies there.
    fs::write(file(&installation, ".lock"), "ended in order\n").unwrap();
    let served = installation.serve().await;
    let feed = format!("http://{}/feeds/a.xml", served.public);
    let answer = client().get(feed).bearer_auth(&crawler).send().await;
    let answered = answer.map(|answer| answer.status().as_u16());
    assert!(!matches!(answered, Ok(200 | 401)), "{answered:?}");
    let ended = served.process.ends_within(LIMIT).await;
    assert_eq!(ended.status.code(), Some(70), "{ended:?}");
    assert!(!ended.err.contains("looking for damage"), "{}", ended.err);
    assert!(ended.err.contains("mcnd restore"), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_ended_in_order_is_followed_without_a_look_for_damage() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let started = async || {
        let mut served = installation.serve().await;
        served.process.signal("TERM");
        served.process.says("stopped").await;
        let ended = served.process.ends_within(LIMIT).await;
        assert!(ended.status.success(), "{ended:?}");
        ended.err.contains("looking for damage")
    };
    started().await;
    assert!(!started().await);
    installation.serve().await.process.kill().await;
    assert!(started().await);
    assert!(!started().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_no_start_looks_for_is_found_within_a_week() {
    let test = TestApp::sqlite().await;
    let week = Duration::from_hours(7 * 24);
    assert_eq!(test.app.check_storage().await.unwrap(), 0, "a week begins");
    for (wait, checks) in [(week / 2, 0), (week / 2, 1), (week / 2, 0)] {
        test.clock.advance(wait);
        assert_eq!(test.app.check_storage().await.unwrap(), checks);
    }
    test.database.damage_an_index();
    test.clock.advance(week);
    test.app.check_storage().await.unwrap_err();
    assert!(test.app.distrusted().await.contains("is damaged"));
}
