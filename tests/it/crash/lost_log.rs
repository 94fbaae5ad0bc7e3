//! A write-ahead log that lost its end, or grew long.

use std::{fs, net::SocketAddr, os::unix::fs::FileExt as _, path::PathBuf, time::Duration};

use serde_json::{Value, json};

use super::site::Site;
use crate::harness::{
    databases::TestDatabase, given::ready, http::client, installation::Installation, wait_until,
};

/// Lengths to which the log is cut.
const CUTS: usize = 100;
/// Deliveries that are acknowledged one after the other.
const DELIVERIES: usize = 200;
const LIMIT: Duration = Duration::from_mins(2);
const MIB: u64 = 1024 * 1024;

fn file(installation: &Installation, beside: &str) -> PathBuf {
    let path = installation.database.url.strip_prefix("sqlite:").unwrap();
    format!("{path}{beside}").into()
}

/// The numbers of the events that are kept, in order.
fn kept(installation: &Installation) -> Vec<usize> {
    let rows = installation.database.query("SELECT guid FROM events");
    let number = |row: &Vec<Option<String>>| row[0].as_ref().unwrap()[1..].parse().unwrap();
    let mut numbers: Vec<usize> = rows.iter().map(number).collect();
    numbers.sort_unstable();
    numbers
}

/// Delivers events that are stored.
async fn post(to: SocketAddr, secret: &str, events: &Value) {
    let request = client()
        .post(format!("http://{to}/callbacks/dailymotion"))
        .bearer_auth(secret)
        .body(events.to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_left_of_the_log_what_came_first_is_there() {
    let installation = &Installation::new(TestDatabase::sqlite()).await;
    installation.creator("a").await;
    installation.import_videos("k", DELIVERIES).await;
    let secret = installation.credential("callback", "bearer").await;
    // Else a part of the log may be in the database already, which then can't do without the rest.
    let database = &installation.database;
    database.query("PRAGMA wal_checkpoint(TRUNCATE)");
    let served = installation.serve().await;
    for number in 0..DELIVERIES {
        let event = ready(&format!("k{number}"), "x1");
        post(served.public, &secret, &json!([event])).await;
    }
    served.process.kill().await;
    let files = ["", "-wal", "-shm"].map(|beside| file(installation, beside));
    let [database, log, index] = files.clone().map(|file| fs::read(file).unwrap());
    let mut found = Vec::new();
    for cut in 0..CUTS {
        let length = match cut {
            0 => log.len(),
            1 => 0,
            _ => rand::random_range(0..log.len()),
        };
        fs::write(&files[0], &database).unwrap();
        fs::write(&files[1], &log[..length]).unwrap();
        // The index of the whole log, or none.
        if cut % 2 == 0 {
            fs::write(&files[2], &index).unwrap();
        } else if files[2].exists() {
            fs::remove_file(&files[2]).unwrap();
        }
        if cut % 10 == 0 {
            installation.serve().await.process.kill().await;
        }
        let judged = installation.run(&["doctor", "--deep"]).await;
        let place = format!("{length} of {} bytes", log.len());
        assert!(judged.status.success(), "{place}: {judged:?}");
        let numbers = kept(installation);
        assert_eq!(numbers, (0..numbers.len()).collect::<Vec<_>>(), "{place}");
        found.push((length, numbers.len()));
    }
    found.sort_unstable();
    assert!(found.is_sorted_by_key(|(_length, kept)| *kept), "{found:?}");
    assert_eq!(found.last(), Some(&(log.len(), DELIVERIES)));
}

/// A delivery of some mebibytes.
fn large(first: usize) -> Value {
    let events = (first..first + 100).map(|number| {
        let mut event = ready(&format!("large{number}"), "x1");
        event["data"]["padding"] = json!("p".repeat(60_000));
        event
    });
    json!(events.collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_a_reader_held_is_told_and_shrinks_once_it_is_gone() {
    let installation = Installation::new(TestDatabase::sqlite()).await;
    let secret = installation.credential("callback", "bearer").await;
    let mut served = installation.serve().await;
    let (public, mut next) = (served.public, 0);
    let mut post_more = async || {
        post(public, &secret, &large(next)).await;
        next += 100;
    };
    let size = || fs::metadata(file(&installation, "-wal")).map_or(0, |found| found.len());
    let reader = rusqlite::Connection::open(file(&installation, "")).unwrap();
    reader
        .execute_batch("BEGIN; SELECT COUNT(*) FROM events")
        .unwrap();
    while size() <= 257 * MIB {
        post_more().await;
    }
    served.process.says("write-ahead log has").await;
    let metrics = client()
        .get(format!("http://{}/metrics", served.operator))
        .send()
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("mcnd_alarms_total{kind=\"log_grows\"} 1"));
    assert!(metrics.contains("mcnd_database_log_bytes"));
    reader.execute_batch("COMMIT").unwrap();
    wait_until("a short log", LIMIT, async || {
        post_more().await;
        (size() <= 64 * MIB).then_some(())
    })
    .await;
}

/// A stale index of a log that was replaced is as harmless as none.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_the_log_that_holds_anything_is_made_anew() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let installation = &site.installation;
    let served = installation.serve().await;
    let client = client();
    for _ in 0..20 {
        site.post_is_stored(&client, served.public).await;
    }
    served.process.kill().await;
    let index = fs::File::options()
        .write(true)
        .open(file(installation, "-shm"))
        .unwrap();
    let length = usize::try_from(index.metadata().unwrap().len()).unwrap();
    let noise: Vec<u8> = (0..length).map(|_| rand::random()).collect();
    index.write_all_at(&noise, 0).unwrap();
    assert_eq!(site.lost().await, 0);
}
