//! Kept sources from one pull to the next.

mod memory;
mod pace;
mod trust;

use std::time::Duration;

use mcnd::{
    app::{Error, NewSource, PullMode, PullPace},
    model::{PullOutcome, Recipe, Source},
};

use crate::harness::{app::TestApp, both, databases::TestDatabase, given::by, web::Site};

const HOUR: Duration = Duration::from_hours(1);

/// A table of so many rows.
fn table(rows: u32) -> String {
    let row =
        |number| format!("g{number},Title {number},news,https://media.example/{number}.mp4\n");
    let rows: String = (1..=rows).map(row).collect();
    format!("guid,name,category,media_url\n{rows}")
}

fn new(site: &Site) -> NewSource {
    NewSource {
        id: "partner".parse().unwrap(),
        creator: Some("a".parse().unwrap()),
        url: site.url("/export?key=secret"),
        credentials_file: None,
        recipe: Recipe {
            map: vec!["name=title".to_owned()],
            default: vec!["made_for_kids=no".to_owned()],
            guid_prefix: Some("p-".to_owned()),
            ..Recipe::default()
        },
        every: Some(HOUR),
    }
}

/// A service that keeps the site as its only source.
async fn keeping(site: &Site, database: TestDatabase) -> TestApp {
    keeping_at(site, database, PullPace::default()).await
}

/// A service whose pulls pace themselves so, and that keeps the site as its only source.
async fn keeping_at(site: &Site, database: TestDatabase, pace: PullPace) -> TestApp {
    let settings = [
        ("outbound.allow", "[\"127.0.0.0/8\"]"),
        ("database.statement_timeout", "1m"),
    ];
    let app = TestApp::paced(database, &settings, pace).await;
    app.creator("a").await;
    app.app.add_source(by(), new(site), false).await.unwrap();
    app
}

/// The source after everything that is due was pulled; answers how many pulls there were, too.
async fn pulled(app: &TestApp) -> (u64, Source) {
    let count = app.app.pull_due_sources().await.unwrap();
    let source = app.app.source(&"partner".parse().unwrap()).await.unwrap();
    (count, source)
}

fn outcome(source: &Source) -> PullOutcome {
    source.last.as_ref().unwrap().outcome
}

fn message(source: &Source) -> &str {
    source.last.as_ref().unwrap().message.as_deref().unwrap()
}

fn imports(app: &TestApp) -> String {
    app.database.value("SELECT count(*) FROM imports")
}

both!(
    async fn a_source_is_pulled_when_it_is_due_and_asks_only_for_what_changed(db: TestDatabase) {
        let site = Site::new(table(5)).await;
        let app = keeping(&site, db).await;
        let (count, source) = pulled(&app).await;
        assert_eq!((count, outcome(&source)), (1, PullOutcome::Applied));
        assert_eq!(source.known.items, Some(5));
        assert_eq!(
            app.feed_guids("a").await,
            ["p-g1", "p-g2", "p-g3", "p-g4", "p-g5"]
        );
        assert_eq!(pulled(&app).await.0, 0);

        app.advance(HOUR + HOUR / 10);
        let (count, source) = pulled(&app).await;
        assert_eq!((count, outcome(&source)), (1, PullOutcome::Unchanged));
        let asked = site.asked().into_iter().map(|(_, conditional)| conditional);
        assert_eq!(asked.collect::<Vec<_>>(), [false, true]);
        assert_eq!(imports(&app), "1");

        // The same bytes without a tag are the same document, too.
        site.forget_tag();
        app.advance(2 * HOUR);
        assert_eq!(outcome(&pulled(&app).await.1), PullOutcome::Unchanged);
        assert_eq!(imports(&app), "1");

        site.put(table(6));
        app.advance(2 * HOUR);
        let (_, source) = pulled(&app).await;
        assert_eq!(outcome(&source), PullOutcome::Applied);
        assert_eq!(app.feed_guids("a").await.len(), 6);
        let run = "SELECT source, created, unchanged FROM imports ORDER BY id DESC LIMIT 1";
        let run: Vec<_> = app
            .database
            .query(run)
            .remove(0)
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(run, [site.url("/export?…").as_str(), "1", "5"]);
    }
);

both!(
    async fn a_document_that_lost_a_fifth_and_more_waits_for_consent(db: TestDatabase) {
        let site = Site::new(table(10)).await;
        let app = keeping(&site, db).await;
        let id = || "partner".parse().unwrap();
        pulled(&app).await;
        let nothing = app.app.pull_source(by(), id(), PullMode::Accept).await;
        assert!(matches!(nothing, Err(Error::Conflict(_))), "{nothing:?}");

        site.put(table(7).replace("Title 1", "Renamed"));
        app.advance(2 * HOUR);
        let (_, source) = pulled(&app).await;
        assert_eq!(outcome(&source), PullOutcome::Waiting);
        assert_eq!(
            (source.known.items, source.waiting_items),
            (Some(10), Some(7))
        );
        assert!(message(&source).contains("mcnd source accept partner"));
        assert_eq!(imports(&app), "1");
        let status = app.app.status(0).await.unwrap();
        assert_eq!((status.sources.kept, status.sources.waiting), (1, 1));

        let accepted = app
            .app
            .pull_source(by(), id(), PullMode::Accept)
            .await
            .unwrap();
        assert_eq!(outcome(&accepted.source), PullOutcome::Applied);
        let counts = accepted.report.unwrap().counts;
        assert_eq!((counts.updated, counts.unchanged), (1, 6));
        let source = accepted.source;
        assert_eq!((source.known.items, source.waiting_items), (Some(7), None));
        assert_eq!(app.feed_guids("a").await.len(), 10);
    }
);

#[tokio::test]
async fn a_document_that_recovers_needs_no_consent() {
    let site = Site::new(table(10)).await;
    let app = keeping(&site, TestDatabase::sqlite()).await;
    pulled(&app).await;
    site.put(table(2));
    app.advance(2 * HOUR);
    assert_eq!(outcome(&pulled(&app).await.1), PullOutcome::Waiting);
    site.put(table(8));
    app.advance(2 * HOUR);
    let (_, source) = pulled(&app).await;
    assert_eq!(outcome(&source), PullOutcome::Applied);
    assert_eq!(source.waiting_items, None);
}

#[tokio::test]
async fn what_can_not_be_used_changes_nothing_and_is_tried_again_later_and_later() {
    let site = Site::new(table(3)).await;
    let app = keeping(&site, TestDatabase::sqlite()).await;
    pulled(&app).await;
    for (body, told) in [
        ("", "nothing was imported: "),
        ("guid,nonsense\n1,2\n", "unknown column `nonsense`"),
        (
            "<html><body>Sign in</body></html>",
            "nothing was imported: ",
        ),
    ] {
        site.put(body);
        app.advance(3 * HOUR);
        let (count, source) = pulled(&app).await;
        assert_eq!(
            (count, outcome(&source)),
            (1, PullOutcome::Failed),
            "{body}"
        );
        assert!(message(&source).contains(told), "{}", message(&source));
    }
    site.fail(500);
    app.advance(3 * HOUR);
    let (_, source) = pulled(&app).await;
    assert_eq!(message(&source), "it answered 500");
    assert_eq!(source.failures, 4);
    // Eight minutes, and up to half as many again.
    app.advance(Duration::from_mins(7));
    assert_eq!(pulled(&app).await.0, 0);
    app.advance(Duration::from_mins(5));
    assert_eq!(pulled(&app).await.0, 1);
    assert_eq!(imports(&app), "1");
    site.put(table(3));
    app.advance(HOUR);
    let (_, source) = pulled(&app).await;
    assert_eq!(
        (outcome(&source), source.failures),
        (PullOutcome::Unchanged, 0)
    );
}

both!(
    async fn two_daemons_never_pull_one_source_at_a_time(db: TestDatabase) {
        let site = Site::new(table(5)).await;
        let app = keeping(&site, db).await;
        let other = app.beside().await;
        let (one, two) = tokio::join!(app.app.pull_due_sources(), other.app.pull_due_sources());
        assert_eq!(one.unwrap() + two.unwrap(), 1);
        assert_eq!(site.asked().len(), 1);
    }
);

#[tokio::test]
async fn a_paused_source_is_pulled_by_hand_only_and_a_removed_one_leaves_its_videos() {
    let site = Site::new(table(2)).await;
    let app = keeping(&site, TestDatabase::sqlite()).await;
    let id = || "partner".parse().unwrap();
    app.app.pause_source(by(), id(), true).await.unwrap();
    assert_eq!(pulled(&app).await.0, 0);
    let by_hand = app
        .app
        .pull_source(by(), id(), PullMode::Changed)
        .await
        .unwrap();
    assert_eq!(outcome(&by_hand.source), PullOutcome::Applied);
    assert_eq!(by_hand.source.due_at, None);
    let again = app
        .app
        .pull_source(by(), id(), PullMode::Again)
        .await
        .unwrap();
    assert_eq!(again.report.unwrap().counts.unchanged, 2);
    app.app.pause_source(by(), id(), false).await.unwrap();
    assert_eq!(pulled(&app).await.0, 1);
    app.app.remove_source(by(), id()).await.unwrap();
    let gone = app.app.pull_source(by(), id(), PullMode::Changed).await;
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    assert_eq!(app.feed_guids("a").await.len(), 2);
}

#[tokio::test]
async fn wrong_rows_are_remembered_with_their_reasons() {
    let broken = table(3).replace(
        "https://media.example/2.mp4",
        "https://media.example/2.mp4\ng1,,,",
    );
    let site = Site::new(broken).await;
    let app = keeping(&site, TestDatabase::sqlite()).await;
    let (_, source) = pulled(&app).await;
    assert_eq!(outcome(&source), PullOutcome::Applied);
    assert!(
        message(&source).starts_with("row 3 (`p-g1`): "),
        "{}",
        message(&source)
    );
}

#[tokio::test]
async fn what_no_import_would_take_is_not_kept() {
    let site = Site::new("").await;
    let app = keeping(&site, TestDatabase::sqlite()).await;
    let id = |new: &mut NewSource| new.id = "other".parse().unwrap();
    let secret = |new: &mut NewSource| new.url = "https://me:pw@a.example/".to_owned();
    let scheme = |new: &mut NewSource| new.url = "ftp://a.example/x".to_owned();
    let column = |new: &mut NewSource| new.recipe.map = vec!["a=titel".to_owned()];
    let nobody = |new: &mut NewSource| new.creator = Some("nobody".parse().unwrap());
    let in_clear = |new: &mut NewSource| new.credentials_file = Some("/secret".to_owned());
    let edits: [fn(&mut NewSource); 5] = [secret, scheme, column, nobody, in_clear];
    for edit in edits {
        let mut new = new(&site);
        id(&mut new);
        edit(&mut new);
        assert!(app.app.add_source(by(), new, false).await.is_err());
    }
    let mut in_clear = new(&site);
    in_clear.id = "in-clear".parse().unwrap();
    in_clear.credentials_file = Some("/secret".to_owned());
    app.app.add_source(by(), in_clear, true).await.unwrap();
    let taken = app.app.add_source(by(), new(&site), false).await;
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
}
