//! Lists of videos and creators as programs read them.

use mcnd::model::Role;
use serde_json::{Value, json};

use crate::harness::{
    app::TestApp,
    both,
    given::{ready, status},
    people::Signed,
};

const VIDEOS: &str = "/api/v1/videos";

async fn list(test: &TestApp, signed: &Signed, query: &str) -> Value {
    signed.get(test, query).await.expect(200).json()
}

/// What a list shows of each thing.
fn shown(list: &Value, member: &str) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item[member].as_str().unwrap().to_owned())
        .collect()
}

/// Six videos of two creators: a waiting, a refused, an imported one and one in conflict; a draft, a held one.
async fn filled(test: &TestApp) {
    test.creator("paper").await;
    test.creator("other").await;
    test.videos("paper", &["g1", "g2", "g3", "g4"]).await;
    test.video("paper", "g1", json!({ "title": "Paper boats" }))
        .await;
    let rows = [
        crate::harness::given::row("other", "g5", &json!({ "title": "" })),
        crate::harness::given::row("other", "g6", &json!({ "made_for_kids": true })),
    ];
    test.import(&rows).await;
    test.deliver(&json!([
        status("g2", "denied"),
        ready("g3", "x3"),
        ready("g4", "x4"),
        ready("g4", "x5"),
    ]))
    .await;
}

both!(
    async fn every_filter_narrows_the_list_of_videos(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        filled(&test).await;
        let signed = test.signed(Role::Viewer).await;
        for (query, expected) in [
            ("", &["g6", "g5", "g4", "g3", "g2", "g1"][..]),
            ("sort=oldest", &["g1", "g2", "g3", "g4", "g5", "g6"]),
            ("sort=longest_waiting", &["g1", "g6"]),
            ("creator=other", &["g6", "g5"]),
            ("state=imported", &["g4", "g3"]),
            ("reason=denied", &["g2"]),
            ("reason=denied&state=waiting", &[]),
            ("held=true", &["g6"]),
            ("held=false&state=waiting", &["g1"]),
            ("conflicts=true", &["g4"]),
            ("broken=true", &["g5"]),
            ("broken=false&creator=other", &["g6", "g5"]),
            ("search=BOA+pap", &["g1"]),
            ("search=%22%27%25", &[]),
        ] {
            let found = list(&test, &signed, &format!("{VIDEOS}?{query}&count=true")).await;
            assert_eq!(shown(&found, "guid"), expected, "{query}");
            let count = &found["count"];
            if !query.contains("sort=") {
                assert_eq!(count["number"], expected.len(), "{query}");
                assert_eq!(count["exact"], true, "{query}");
            }
        }
        let found = list(&test, &signed, &format!("{VIDEOS}?reason=denied")).await;
        assert_eq!(found["items"][0]["refusal"], "denied");
        assert_eq!(found["count"], Value::Null);
        let held = list(&test, &signed, &format!("{VIDEOS}?held=true")).await;
        assert_eq!(held["items"][0]["holds"], json!(["kids"]));
    }
);

both!(
    async fn a_list_goes_on_where_it_was_left(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        filled(&test).await;
        let signed = test.signed(Role::Viewer).await;
        for (path, member, expected) in [
            (VIDEOS, "guid", &["g6", "g5", "g4", "g3", "g2", "g1"][..]),
            ("/api/v1/creators", "id", &["other", "paper"]),
        ] {
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let page = list(&test, &signed, &format!("{path}?limit=1{after}")).await;
                seen.extend(shown(&page, member));
                match page["next"].as_str() {
                    Some(next) => after = format!("&after={next}"),
                    None => break,
                }
            }
            assert_eq!(seen, expected);
        }
        let page = list(&test, &signed, &format!("{VIDEOS}?limit=1&sort=oldest")).await;
        let wrong = format!(
            "{VIDEOS}?sort=newest&after={}",
            page["next"].as_str().unwrap()
        );
        signed.get(&test, &wrong).await.expect(422);
    }
);

both!(
    async fn creators_are_searched_and_ranked(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        filled(&test).await;
        let signed = test.signed(Role::Viewer).await;
        let failing = list(&test, &signed, "/api/v1/creators?sort=failure_rate").await;
        assert_eq!(shown(&failing, "id"), ["paper", "other"]);
        assert_eq!(failing["items"][0]["refused_per_mille"], 333);
        assert_eq!(failing["items"][1]["refused_per_mille"], Value::Null);
        assert!(failing["items"][1]["oldest_waiting"].is_i64(), "{failing}");
        let found = list(
            &test,
            &signed,
            "/api/v1/creators?search=creator+pap&status=active",
        )
        .await;
        assert_eq!(shown(&found, "id"), ["paper"]);
    }
);

#[tokio::test]
async fn everything_wrong_with_a_query_is_told_at_once() {
    let test = TestApp::sqlite().await;
    let signed = test.signed(Role::Owner).await;
    let problems = async |path: &str, status: u16| {
        let said = signed.get(&test, path).await.expect(status).json();
        let problems = said["problems"].as_array().unwrap().clone();
        let problems = problems
            .into_iter()
            .map(|one| one.as_str().unwrap().to_owned());
        problems.collect::<Vec<_>>()
    };
    let wrong =
        format!("{VIDEOS}?state=lost&sort=best&held=1&limit=501&colour=red&after=x&creator=A");
    let told = problems(&wrong, 400).await;
    assert_eq!(told.len(), 7, "{told:#?}");
    for words in [
        "`state`: `lost` is no state of a video; it is draft,",
        "`sort`: `best` is not one of `newest`, `oldest`, `longest_waiting`",
        "`held`: `1` is not one of `true`, `false`",
        "`limit`: `501` is no size of a page; give 1 to 500",
        "`colour`: there is no such parameter; there are `creator`, `state`",
    ] {
        assert!(
            told.iter().any(|one| one.starts_with(words)),
            "{words}: {told:#?}"
        );
    }
    for (path, status, count) in [
        ("/api/v1/creators?status=gone&sort=age&x=1", 400, 3),
        ("/api/v1/events?troubled=true&guid=a", 422, 1),
        (
            "/api/v1/events?troubled=true&alarms=true&outcome=lost&since=soon",
            400,
            3,
        ),
        ("/api/v1/audit?actor=a&object=b", 422, 1),
        ("/api/v1/audit?actor=a&object=b&limit=0", 400, 2),
        ("/api/v1/visits?limit=x&limit=y", 400, 1),
        ("/api/v1/visits/turned-away?after=x", 422, 1),
        ("/api/v1/alarms?standing=loud", 400, 1),
        ("/api/v1/webhooks/deliveries?hook=a&webhook=%00", 400, 2),
    ] {
        let told = problems(path, status).await;
        assert_eq!(told.len(), count, "{path}: {told:#?}");
    }
}
