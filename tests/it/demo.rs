//! `mcnd demo --once`, as somebody with a fresh checkout runs it.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::process::{Ended, Process, mcnd, run};

/// A little more than the demo gives itself.
const LIMIT: Duration = Duration::from_secs(150);

/// Starts the demo with its temporary folders below `temporary`.
fn demo(arguments: &[&str], temporary: &TempDir) -> Process {
    let mut command = mcnd();
    command
        .arg("demo")
        .args(arguments)
        .env("TMPDIR", temporary.path());
    Process::start(command, "")
}

fn is_empty(folder: &TempDir) -> bool {
    folder.path().read_dir().unwrap().next().is_none()
}

async fn once(arguments: &[&str]) -> Ended {
    let temporary = TempDir::new().unwrap();
    let ended = demo(arguments, &temporary).ends_within(LIMIT).await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(is_empty(&temporary), "something of the demo stayed");
    ended
}

#[tokio::test]
async fn the_demo_accounts_for_every_video_of_its_sample() {
    let ended = once(&["--once"]).await;
    let table = ended
        .out
        .lines()
        .skip_while(|line| !line.starts_with("VIDEOS"));
    let rows: Vec<(u64, &str)> = table
        .skip(1)
        .map_while(|line| line.split_once(' '))
        .map_while(|(count, rest)| Some((count.parse().ok()?, rest.trim())))
        .collect();
    let ((total, name), lines) = rows.split_last().expect("there is a summary");
    assert_eq!((*total, *name), (123, "in all"), "{}", ended.out);
    assert_eq!(lines.iter().map(|(count, _)| count).sum::<u64>(), *total);
    for what in [
        "imported",
        "refused",
        "draft",
        "removed",
        "creator_paused",
        "not_adopted",
    ] {
        assert!(
            lines.iter().any(|(_, rest)| rest.contains(what)),
            "{what}: {}",
            ended.out
        );
    }
}

#[tokio::test]
async fn the_demo_tells_programs_the_same_in_one_object() {
    let ended = once(&["--once", "--json"]).await;
    let last: Value = serde_json::from_str(ended.out.lines().last().unwrap()).unwrap();
    let lines = last["lines"].as_array().unwrap();
    let sum: u64 = lines
        .iter()
        .map(|line| line["videos"].as_u64().unwrap())
        .sum();
    assert_eq!(Some(sum), last["videos"].as_u64());
    assert_eq!(last["faults"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn the_demo_ends_at_once_and_leaves_nothing_behind() {
    for signal in ["INT", "TERM", "HUP"] {
        let temporary = TempDir::new().unwrap();
        let mut process = demo(&[], &temporary);
        process.says("imported a second").await;
        assert!(!is_empty(&temporary));
        process.signal(signal);
        let ended = process.ends_within(Duration::from_secs(2)).await;
        assert_eq!(ended.status.code(), Some(0), "{signal}: {ended:?}");
        assert!(is_empty(&temporary), "something of the demo stayed");
    }
}

#[tokio::test]
async fn commands_work_beside_the_demo_and_tell_why_a_creator_is_left_out() {
    let temporary = TempDir::new().unwrap();
    let mut process = demo(&[], &temporary);
    let command = process.says("video why").await;
    let settings = command
        .split_once("--config ")
        .and_then(|(_, rest)| rest.split(' ').next())
        .unwrap();
    let why = run(&["--config", settings, "video", "why", "lagoa-01"], "").await;
    assert_eq!(why.status.code(), Some(0), "{why:?}");
    assert!(why.out.contains("creator edit lagoa --adopted"), "{why:?}");
    process.signal("INT");
    process.ends_within(Duration::from_secs(2)).await;
}

#[tokio::test]
async fn a_demo_that_is_stopped_before_its_end_has_accounted_for_nothing() {
    let temporary = TempDir::new().unwrap();
    let mut process = demo(&["--once"], &temporary);
    process.says("readyz").await;
    process.signal("INT");
    let ended = process.ends_within(LIMIT).await;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(ended.err.contains("stopped before every video was settled"));
    assert!(is_empty(&temporary));
}
