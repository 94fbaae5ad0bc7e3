//! Preflight rules and the user list's profile: kept in the catalog, changed by owners, the same for all daemons.

use std::time::Duration;

use mcnd::model::{Role, RuleWalkId, Scope, WalkEnding};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{
    app::{TestApp, answer},
    both,
    databases::{Kind, TestDatabase},
    given::{by, row},
    http::Answer,
    wait_until,
};

const RULES: &str = "/api/v1/rules";
const WHAT_IF: &str = "/api/v1/rules/what-if";
const PROFILE: &str = "/api/v1/user-list-profile";

/// A program of an owner.
struct Owner<'a> {
    test: &'a TestApp,
    key: String,
}

impl<'a> Owner<'a> {
    async fn of(test: &'a TestApp) -> Self {
        let key = test.key(Role::Owner, &[Scope::Admin, Scope::Catalog]).await;
        Self { test, key }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.test.operator_ask(method, path).bearer_auth(&self.key)
    }

    async fn get(&self, path: &str) -> Answer {
        answer(self.ask(Method::GET, path)).await.expect(200)
    }

    async fn put(&self, path: &str, tag: &str, body: &Value) -> Answer {
        let request = self.ask(Method::PUT, path).header("if-match", tag);
        answer(request.json(body)).await
    }

    async fn set_categories(&self, categories: &[&str]) -> Value {
        self.put(RULES, "*", &rules(categories))
            .await
            .expect(200)
            .json()
    }

    async fn what_if(&self, categories: &[&str]) -> Value {
        let request = self.ask(Method::POST, WHAT_IF).json(&rules(categories));
        answer(request).await.expect(202).json()
    }

    async fn found(&self, asked: &Value) -> Value {
        let path = format!("{WHAT_IF}/{}", asked["id"].as_str().unwrap());
        self.get(&path).await.json()
    }
}

fn rules(categories: &[&str]) -> Value {
    json!({ "categories": categories, "check_category": true })
}

/// A service with these videos of each of two categories, the music by another creator.
async fn mixed(db: TestDatabase, news: usize, music: usize) -> TestApp {
    let test = TestApp::start(db, &[]).await;
    test.creator("a").await;
    test.creator("b").await;
    let rows = (0..news).map(|number| row("a", &format!("n{number}"), &json!({})));
    let music =
        (0..music).map(|number| row("b", &format!("m{number}"), &json!({ "category": "music" })));
    test.import(&rows.chain(music).collect::<Vec<_>>()).await;
    test
}

fn states(test: &TestApp) -> Vec<(String, String)> {
    let sql = "SELECT state, CAST(COUNT(*) AS TEXT) FROM videos GROUP BY state ORDER BY state";
    let pair = |row: Vec<Option<String>>| (row[0].clone().unwrap(), row[1].clone().unwrap());
    test.database.query(sql).into_iter().map(pair).collect()
}

fn counted(state: &str, count: usize) -> (String, String) {
    (state.to_owned(), count.to_string())
}

both!(
    async fn the_file_gives_a_new_catalog_its_rules_and_then_the_catalogs_count(db: TestDatabase) {
        let mut test = TestApp::start(db, &[("preflight.categories", r#"["news"]"#)]).await;
        test.creator("a").await;
        test.set("preflight.categories", r#"["music"]"#).await;
        assert_eq!(test.app.rules().value.categories, ["news"]);
        assert_eq!(test.app.overruled_settings(), ["preflight.categories"]);
        let test = test.restart().await;
        assert_eq!(test.app.rules().value.categories, ["news"]);
        let music = row("a", "m", &json!({ "category": "music" }));
        assert_eq!(test.import(&[music]).await[0]["outcome"], "blocked");
        let file = test.app.config().preflight.clone();
        test.app.set_rules(by(), file, None).await.unwrap();
        assert_eq!(test.app.overruled_settings(), [""; 0]);
    }
);

both!(
    async fn only_an_owner_changes_rules_and_two_never_overwrite_each_other(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let owner = Owner::of(&test).await;
        let shown = owner.get(RULES).await;
        let tag = shown.header("etag").unwrap();
        assert_eq!(shown.json()["changed_by"], "file");
        let first = owner.put(RULES, tag, &rules(&["news"])).await.expect(200);
        assert_eq!(first.json()["categories"], json!(["news"]));
        owner.put(RULES, tag, &rules(&["music"])).await.expect(412);
        let odd = json!({ "categories": ["News", ""], "more": 1 });
        let told = owner.put(RULES, "*", &odd).await.expect(422).json();
        assert_eq!(told["problems"].as_array().unwrap().len(), 2, "{told}");
        let wrong = owner
            .put(RULES, "*", &rules(&["News", ""]))
            .await
            .expect(422);
        assert_eq!(wrong.json()["problems"].as_array().unwrap().len(), 2);
        let key = test.key(Role::Operator, &[Scope::Catalog]).await;
        let request = test.operator_ask(Method::PUT, RULES).bearer_auth(key);
        answer(request.header("if-match", "*").json(&rules(&["music"])))
            .await
            .expect(403);
        let told = test
            .database
            .value("SELECT after FROM audit WHERE action = 'rules.change'");
        assert_eq!(
            serde_json::from_str::<Value>(&told).unwrap(),
            rules(&["news"])
        );
    }
);

both!(
    async fn a_change_of_the_rules_judges_every_video_again(db: TestDatabase) {
        let test = mixed(db, 700, 3).await;
        let owner = Owner::of(&test).await;
        let before = test.app.creator(&"a".parse().unwrap()).await.unwrap();
        owner.set_categories(&["music"]).await;
        assert_eq!(states(&test), [counted("waiting", 703)]);
        assert_eq!(test.app.walk_rules().await.unwrap(), 703);
        assert_eq!(
            states(&test),
            [counted("draft", 700), counted("waiting", 3)]
        );
        let after = test.app.creator(&"a".parse().unwrap()).await.unwrap();
        assert!(after.feed_version > before.feed_version);
        assert_eq!(after.counts.of(mcnd::model::State::Draft), 700);
        let shown = owner.get(RULES).await.json();
        let judged = &shown["judging_again"];
        assert_eq!(
            (&judged["ending"], &judged["to_draft"]["videos"]),
            (&json!("done"), &json!(700))
        );
        let timeline = test.app.video(&"n1".parse().unwrap()).await.unwrap();
        let timeline = test.app.timeline(&timeline).await.unwrap();
        let last = timeline.last().unwrap();
        assert_eq!(last.detail.as_deref(), Some("breaks category_unknown"));
        assert_eq!(test.app.walk_rules().await.unwrap(), 0);
        owner.set_categories(&["music", "news"]).await;
        test.app.walk_rules().await.unwrap();
        assert_eq!(states(&test), [counted("waiting", 703)]);
    }
);

both!(
    async fn an_import_that_began_before_a_change_goes_by_the_new_rules(db: TestDatabase) {
        let test = mixed(db, 1, 1).await;
        let other = test.beside().await;
        Owner::of(&test).await.set_categories(&["music"]).await;
        assert!(other.app.rules().value.categories.len() > 1);
        let rows = [
            row("a", "n9", &json!({})),
            row("b", "m9", &json!({ "category": "music" })),
        ];
        let results = other.import(&rows).await;
        let outcomes: Vec<_> = results.iter().map(|result| &result["outcome"]).collect();
        assert_eq!(outcomes, ["blocked", "created"]);
        other.app.refresh_network_settings().await.unwrap();
        assert_eq!(other.app.rules().value.categories, ["music"]);
    }
);

both!(
    async fn a_what_if_counts_what_would_flip_and_changes_nothing(db: TestDatabase) {
        let test = mixed(db, 30, 3).await;
        test.import(&[row("b", "p1", &json!({ "category": "poetry" }))])
            .await;
        let owner = Owner::of(&test).await;
        let asked = owner.what_if(&["music", "poetry"]).await;
        assert_eq!(
            (&asked["ended_at"], &asked["looked_at"], &asked["total"]),
            (&Value::Null, &json!(0), &json!(34))
        );
        test.app.walk_rules().await.unwrap();
        let beside = test.beside().await;
        let found = Owner::of(&beside).await.found(&asked).await;
        assert_eq!(
            (&found["ending"], &found["looked_at"]),
            (&json!("done"), &json!(34))
        );
        assert_eq!(found["to_draft"]["videos"], 30);
        assert_eq!(found["to_draft"]["sample"].as_array().unwrap().len(), 20);
        assert_eq!(
            found["to_waiting"]["sample"],
            json!([{ "guid": "p1", "creator": "b", "title": "Video p1", "rules": ["category_unknown"] }])
        );
        assert_eq!(
            found["creators"],
            json!([
                { "creator": "a", "to_draft": 30, "to_waiting": 0 },
                { "creator": "b", "to_draft": 0, "to_waiting": 1 },
            ])
        );
        assert_eq!(states(&test), [counted("draft", 1), counted("waiting", 33)]);
    }
);

both!(
    async fn a_what_if_can_be_cancelled_and_few_wait_at_a_time(db: TestDatabase) {
        let test = mixed(db, 1, 1).await;
        let owner = Owner::of(&test).await;
        let asked = owner.what_if(&["music"]).await;
        let path = format!("{WHAT_IF}/{}", asked["id"].as_str().unwrap());
        let cancelled = answer(owner.ask(Method::POST, &format!("{path}/cancel")))
            .await
            .expect(200);
        assert_eq!(cancelled.json()["ending"], "cancelled");
        assert_eq!(test.app.walk_rules().await.unwrap(), 0);
        for _ in 0..5 {
            owner.what_if(&["music"]).await;
        }
        let sixth = owner.ask(Method::POST, WHAT_IF).json(&rules(&["music"]));
        answer(sixth).await.expect(409);
        assert_eq!(test.app.walk_rules().await.unwrap(), 10);
        for _ in 0..20 {
            owner.what_if(&["music"]).await;
            test.app.walk_rules().await.unwrap();
        }
        let listed = owner.get(WHAT_IF).await.json();
        assert_eq!(listed.as_array().unwrap().len(), 20);
        for unknown in [path.as_str(), "/api/v1/rules/what-if/gone"] {
            answer(owner.ask(Method::GET, unknown)).await.expect(404);
        }
    }
);

both!(
    async fn a_walk_is_one_daemons_and_another_goes_on_with_it(db: TestDatabase) {
        let test = mixed(db, 600, 0).await;
        Owner::of(&test).await.set_categories(&["music"]).await;
        let walk = test.app.judging_again().await.unwrap().unwrap();
        // As a daemon leaves it that died behind the first page.
        let place = test
            .database
            .value("SELECT id FROM videos ORDER BY id LIMIT 1 OFFSET 499");
        test.database.sql(&format!(
            "UPDATE rule_walks SET place = '{place}', lease = 'dead', lease_until = 9223372036854775807 WHERE id = '{}'",
            walk.id
        ));
        test.app.walk_rules().await.unwrap();
        assert_eq!(
            states(&test),
            [counted("draft", 100), counted("waiting", 500)]
        );
        let ended = test.app.judging_again().await.unwrap().unwrap();
        assert!(ended.ended.is_some());
        let gone = RuleWalkId::from("gone".to_owned());
        assert!(test.app.what_if(&gone).await.is_err());
    }
);

both!(
    async fn what_another_daemon_judges_is_left_to_it_and_what_ifs_wait(db: TestDatabase) {
        let test = mixed(db, 30, 3).await;
        let owner = Owner::of(&test).await;
        let asked = owner.what_if(&["music"]).await;
        // As another daemon that has all but found the answer.
        test.database.sql(
            "UPDATE rule_walks
                SET place = (SELECT MAX(id) FROM videos), lease = 'other', lease_until = asked_at + 9000",
        );
        owner.set_categories(&["music"]).await;
        let soon = match test.database.kind() {
            Kind::Sqlite => "asked_at + 4000",
            Kind::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) + 1500",
        };
        test.database.sql(&format!(
            "UPDATE rule_walks SET lease = 'other', lease_until = {soon} WHERE purpose = 'apply'"
        ));
        assert_eq!(test.app.walk_rules().await.unwrap(), 0);
        assert_eq!(states(&test), [counted("waiting", 33)]);
        test.advance(Duration::from_secs(5));
        let limit = Duration::from_secs(30);
        let walked = wait_until("the lease's end", limit, async || {
            let walked = test.app.walk_rules().await.unwrap();
            (walked > 0).then_some(walked)
        });
        assert_eq!(walked.await, 66);
        assert_eq!(states(&test), [counted("draft", 30), counted("waiting", 3)]);
        let found = owner.found(&asked).await;
        assert_eq!(
            (
                &found["ending"],
                &found["looked_at"],
                &found["to_draft"]["videos"]
            ),
            (&json!("done"), &json!(33), &json!(0))
        );
    }
);

both!(
    async fn a_walk_that_meets_a_fault_fails_and_keeps_none_waiting(db: TestDatabase) {
        let test = mixed(db, 3, 1).await;
        test.import(&[row("b", "p1", &json!({ "category": "poetry" }))])
            .await;
        let owner = Owner::of(&test).await;
        owner.set_categories(&["music"]).await;
        let asked = owner.what_if(&["music"]).await;
        test.database
            .sql("UPDATE rule_walks SET rules = '{' WHERE purpose = 'apply'");
        test.app.walk_rules().await.unwrap();
        let judged = test.app.judging_again().await.unwrap().unwrap();
        assert_eq!(judged.ended.unwrap().1, WalkEnding::Failed);
        let found = owner.found(&asked).await;
        assert_eq!(
            (&found["ending"], &found["to_draft"]["videos"]),
            (&json!("done"), &json!(3))
        );

        // The same rules again, as nobody has judged by them.
        owner.set_categories(&["music"]).await;
        test.database
            .sql("UPDATE videos SET broken = 'no_such_rule' WHERE guid = 'p1'");
        let asked = owner.what_if(&["music"]).await;
        test.app.walk_rules().await.unwrap();
        let found = owner.found(&asked).await;
        assert_eq!(found["ending"], "failed");
        assert!(found["message"].is_string(), "{found}");
        assert_eq!(test.app.walk_rules().await.unwrap(), 0);
        test.database
            .sql("UPDATE videos SET broken = 'category_unknown' WHERE guid = 'p1'");
        owner.set_categories(&["music"]).await;
        assert_eq!(test.app.walk_rules().await.unwrap(), 5);
        assert_eq!(states(&test), [counted("draft", 4), counted("waiting", 1)]);
        owner.set_categories(&["music"]).await;
        assert_eq!(test.app.walk_rules().await.unwrap(), 0);
    }
);

both!(
    async fn the_lists_profile_is_the_same_for_all_daemons(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        let beside = test.beside().await;
        let owner = Owner::of(&test).await;
        let shown = owner.get(PROFILE).await;
        let tag = shown.header("etag").unwrap().to_owned();
        let profile = json!({
            "shape": "object", "member": "users", "fields": [["channel", "creator_id"]],
            "constants": [["network", "x"]], "adopted_only": true, "paging": false, "page_size": 100,
        });
        owner.put(PROFILE, &tag, &profile).await.expect(200);
        let listed = json!({ "users": [{ "channel": "a", "network": "x" }] });
        assert_eq!(test.get("/users.json").await.expect(200).json(), listed);
        assert_ne!(beside.get("/users.json").await.expect(200).json(), listed);
        beside.app.refresh_network_settings().await.unwrap();
        assert_eq!(beside.get("/users.json").await.expect(200).json(), listed);
        owner.put(PROFILE, &tag, &profile).await.expect(412);
        let wrong = json!({
            "shape": "list", "member": "", "fields": [["id", "nmae"]], "constants": 1, "adopted_only": "no", "page_size": 0,
        });
        let told = owner.put(PROFILE, "*", &wrong).await.expect(422).json();
        assert_eq!(told["problems"].as_array().unwrap().len(), 5, "{told}");
    }
);
