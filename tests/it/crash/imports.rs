//! Death in the middle of an import: the same import once more ends in the catalog that a clean run makes.

use std::{
    collections::BTreeMap,
    os::unix::process::ExitStatusExt,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{
    both,
    installation::{Installation, lines_of},
    process::Process,
    wait_until,
};

/// More than two chunks of an import.
const ROWS: usize = 2_200;
/// Imports that are killed at a random moment.
const KILLS: usize = 20;
/// Each step of an import at which it may end half way; the number says at which chunk.
const POINTS: [&str; 6] = [
    "import.started",
    "import.before_commit",
    "import.after_commit",
    "import.before_commit:3",
    "import.after_commit:2",
    "import.before_finish",
];
const LIMIT: Duration = Duration::from_mins(1);
const ABORTED: i32 = 6;

/// The rows of a file; the earlier one holds half of them, and other titles.
fn rows(earlier: bool) -> String {
    let (count, title) = if earlier {
        (ROWS / 2, "Old")
    } else {
        (ROWS, "New")
    };
    let rows = (0..count).map(|number| {
        format!("{number},{title} {number},news,https://media.example/{number}.mp4,no")
    });
    let head = "guid,title,category,media_url,made_for_kids".to_owned();
    std::iter::once(head)
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Starts the import of a creator's rows.
fn start(installation: &Installation, file: &str, creator: &str, die_at: &str) -> Process {
    let prefix = format!("{creator}-");
    installation.start(
        &[
            "import",
            file,
            "--creator",
            creator,
            "--guid-prefix",
            &prefix,
        ],
        &[("MCND_DIE_AT", die_at)],
    )
}

/// Imports a creator's rows to the end; returns how long that took.
async fn import(installation: &Installation, file: &str, creator: &str) -> Duration {
    let started = Instant::now();
    let ended = start(installation, file, creator, "")
        .ends_within(LIMIT)
        .await;
    assert!(ended.status.success(), "{creator}: {ended:?}");
    started.elapsed()
}

/// A creator; every fourth one has earlier versions of half of its videos.
async fn creator(installation: &Installation, number: usize) -> String {
    let creator = format!("c{number}");
    installation.creator(&creator).await;
    if number % 4 == 1 {
        import(installation, "old.csv", &creator).await;
    }
    creator
}

/// Kills an import at a random moment of the time that one takes; false when it was done by then.
async fn is_killed(installation: &Installation, creator: &str, whole: Duration) -> bool {
    let process = start(installation, "new.csv", creator, "");
    let (started, moment) = (
        Instant::now(),
        whole.mul_f64(rand::random_range(0.0..1.0_f64)),
    );
    wait_until("a moment of the import", LIMIT, async || {
        (started.elapsed() >= moment).then_some(())
    })
    .await;
    process.kill().await.status.signal().is_some()
}

/// What each creator has, without the creator's own name.
async fn catalogs(installation: &Installation) -> BTreeMap<String, Vec<Value>> {
    let exported = installation
        .done(&["video", "export", "--without-times"])
        .await;
    let mut catalogs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for mut video in lines_of(&exported) {
        let creator = video["creator"].take().as_str().unwrap().to_owned();
        let guid = video["guid"].as_str().unwrap().to_owned();
        video["guid"] = guid.strip_prefix(&format!("{creator}-")).unwrap().into();
        catalogs.entry(creator).or_default().push(video);
    }
    for videos in catalogs.values_mut() {
        videos.sort_unstable_by_key(|video| video["guid"].to_string());
    }
    catalogs
}

both!(
    async fn an_import_that_dies_half_way_is_made_good_by_the_next(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.write("old.csv", rows(true));
        installation.write("new.csv", rows(false));
        installation.creator("clean").await;
        let whole = import(&installation, "new.csv", "clean").await;
        let (mut number, mut killed) = (0, 0);
        while killed < KILLS {
            let creator = creator(&installation, number).await;
            killed += usize::from(is_killed(&installation, &creator, whole).await);
            import(&installation, "new.csv", &creator).await;
            number += 1;
        }
        for point in POINTS {
            let creator = creator(&installation, number).await;
            let dying = start(&installation, "new.csv", &creator, point);
            let ended = dying.ends_within(LIMIT).await;
            assert_eq!(ended.status.signal(), Some(ABORTED), "{point}: {ended:?}");
            import(&installation, "new.csv", &creator).await;
            number += 1;
        }
        let catalogs = catalogs(&installation).await;
        assert_eq!(catalogs.len(), number + 1);
        assert_eq!(catalogs["clean"].len(), ROWS);
        for (creator, videos) in &catalogs {
            assert!(*videos == catalogs["clean"], "{creator} differs");
        }
    }
);
