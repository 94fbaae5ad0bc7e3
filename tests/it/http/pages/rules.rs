//! Preflight rules and the user list's profile, changed on pages.

use std::time::Duration;

use mcnd::{config::Preflight, model::Role};
use serde_json::{Value, json};

use super::{attributes, edits::edition};
use crate::harness::{
    app::TestApp,
    both,
    databases::TestDatabase,
    given::{by, row},
    http::Answer,
    people::Signed,
};

const RULES: &str = "/settings/rules";
const ASK: &str = "/settings/rules/what-if";
const PROFILE: &str = "/settings/user-list";

/// A service with three videos of news and one of music.
async fn mixed(db: TestDatabase) -> (TestApp, Signed) {
    let test = TestApp::start(db, &[]).await;
    test.creator("a").await;
    let music = row("a", "m", &json!({ "category": "music" }));
    let news = ["n1", "n2", "n3"].map(|guid| row("a", guid, &json!({ "category": "news" })));
    test.import(&[&news[..], &[music]].concat()).await;
    let owner = test.signed(Role::Owner).await;
    (test, owner)
}

async fn page(signed: &Signed, test: &TestApp, path: &str) -> Answer {
    signed.get(test, path).await.expect(200)
}

/// Sends the form of a page with these fields and what the page says that its reader has seen.
async fn send(
    signed: &Signed,
    test: &TestApp,
    (opened, path): (&str, &str),
    fields: &[(&str, &str)],
) -> Answer {
    let seen = edition(&page(signed, test, opened).await);
    let mut form = vec![("edition", seen.as_str())];
    form.extend(fields);
    signed.send(test, path, &form).await
}

/// Asks what these categories would flip; answers where that is told.
async fn ask(signed: &Signed, test: &TestApp, categories: &str) -> String {
    let fields = [("check_category", "true"), ("categories", categories)];
    let asked = send(signed, test, (RULES, ASK), &fields).await.expect(303);
    asked.header("location").unwrap().to_owned()
}

fn only(category: &str) -> Preflight {
    Preflight {
        categories: vec![category.to_owned()],
        check_category: true,
    }
}

both!(
    async fn other_rules_are_asked_about_and_then_put_in_force(db: TestDatabase) {
        let (test, owner) = mixed(db).await;
        let told = ask(&owner, &test, "music\r\ntv").await;
        let open = page(&owner, &test, &told).await;
        assert!(open.text().contains("going on") && open.text().contains("data-fresh"));
        let force = format!("{told}/in-force");
        assert!(!attributes(open.text(), "href").contains(&force));
        test.app.walk_rules().await.unwrap();
        let done = page(&owner, &test, &told).await;
        for words in ["4 of 4", "<dd>3</dd>", "Video n1", "category_unknown"] {
            assert!(done.text().contains(words), "{words}: {}", done.text());
        }
        assert!(attributes(done.text(), "href").contains(&force));
        assert!(test.app.rules().value.categories.len() > 2);
        let asks = page(&owner, &test, &force).await;
        assert!(asks.text().contains("3 waiting videos become drafts"));
        let put = send(&owner, &test, (&force, &force), &[]).await.expect(303);
        let to = "/settings/rules?done=rules";
        assert_eq!(put.header("location"), Some(to));
        assert_eq!(test.app.rules().value.categories, ["music", "tv"]);
        let judged = page(&owner, &test, to).await;
        assert!(judged.text().contains("Every video is judged again"));
        test.app.walk_rules().await.unwrap();
        assert_eq!(test.state("n1").await, "draft");
        let told = test
            .database
            .value("SELECT COUNT(*) FROM audit WHERE action = 'rules.change'");
        assert_eq!(told, "1");
    }
);

both!(
    async fn judging_and_questions_that_failed_say_so(db: TestDatabase) {
        let (test, owner) = mixed(db).await;
        test.app.set_rules(by(), only("music"), None).await.unwrap();
        let asked = ask(&owner, &test, "tv").await;
        test.database.sql("UPDATE rule_walks SET rules = '{'");
        test.app.walk_rules().await.unwrap();
        let rules = page(&owner, &test, RULES).await;
        assert!(rules.text().contains("Not every video was judged"));
        assert!(!rules.text().contains("every video was judged again"));
        test.database
            .sql("UPDATE rule_walks SET rules = '{\"categories\":[],\"check_category\":false}'");
        let told = page(&owner, &test, &asked).await;
        assert!(told.text().contains("<strong>failed</strong>"));
        assert!(told.text().contains("the log has more"));
    }
);

both!(
    async fn rules_that_somebody_else_has_changed_are_never_lost(db: TestDatabase) {
        let (test, owner) = mixed(db).await;
        let opened = edition(&page(&owner, &test, RULES).await);
        let force = format!("{}/in-force", ask(&owner, &test, "music").await);
        let seen = edition(&page(&owner, &test, &force).await);
        test.advance(Duration::from_secs(1));
        test.app.set_rules(by(), only("tv"), None).await.unwrap();
        let late = [("edition", opened.as_str()), ("categories", "music")];
        let stale = owner.send(&test, ASK, &late).await.expect(409);
        let both = stale.text().split("aria-label=\"Both\"").nth(1).unwrap();
        assert!(both.contains("tv") && both.contains("music"), "{both}");
        assert_eq!(test.app.list_what_ifs().await.unwrap().len(), 1);
        let late = [("edition", seen.as_str())];
        let stale = owner.send(&test, &force, &late).await.expect(409);
        for words in ["Somebody else", "have changed since this was asked"] {
            assert!(stale.text().contains(words), "{words}: {}", stale.text());
        }
        assert_eq!(test.app.rules().value, only("tv"));
        let again = edition(&stale);
        let again = [("edition", again.as_str())];
        owner.send(&test, &force, &again).await.expect(303);
        assert_eq!(test.app.rules().value, only("music"));
    }
);

both!(
    async fn wrong_rules_are_told_and_a_question_is_ended(db: TestDatabase) {
        let (test, owner) = mixed(db).await;
        let fields = [("check_category", "true"), ("categories", "News music tv!")];
        let refused = send(&owner, &test, (RULES, ASK), &fields).await.expect(422);
        let faults = refused.text().split("id=\"categories-wrong\"").nth(1);
        let faults = faults.unwrap().split("</ul>").next().unwrap();
        assert_eq!(faults.matches("<li>").count(), 2, "{faults}");
        assert!(refused.text().contains("News music tv!</textarea>"));
        let told = ask(&owner, &test, "music").await;
        let ended = owner.send(&test, &format!("{told}/cancel"), &[]).await;
        let to = format!("{told}?done=what-if-ended");
        assert_eq!(ended.expect(303).header("location"), Some(to.as_str()));
        let shown = page(&owner, &test, &to).await;
        assert!(shown.text().contains("cancelled") && shown.text().contains("looks no further"));
        let id = told.rsplit('/').next().unwrap();
        let again = page(&owner, &test, &format!("{RULES}?like={id}")).await;
        assert!(again.text().contains(">\nmusic</textarea>"));
        for _ in 0..5 {
            ask(&owner, &test, "music").await;
        }
        let fields = [("check_category", "true"), ("categories", "music")];
        let sixth = send(&owner, &test, (RULES, ASK), &fields).await.expect(409);
        assert!(sixth.text().contains("wait already"));
    }
);

both!(
    async fn operators_ask_and_owners_put_in_force(db: TestDatabase) {
        let (test, owner) = mixed(db).await;
        let (operator, viewer) = (
            test.signed(Role::Operator).await,
            test.signed(Role::Viewer).await,
        );
        let told = ask(&operator, &test, "music").await;
        test.app.walk_rules().await.unwrap();
        let force = format!("{told}/in-force");
        for signed in [&operator, &viewer] {
            let shown = page(signed, &test, &told).await;
            assert!(!shown.text().contains(&force));
            signed.get(&test, &force).await.expect(403);
            signed.get(&test, PROFILE).await.expect(403);
            signed.send(&test, &force, &[]).await.expect(403);
            signed.send(&test, PROFILE, &[]).await.expect(403);
        }
        for path in [RULES, &told] {
            let shown = page(&viewer, &test, path).await;
            assert_eq!(shown.text().matches("<form").count(), 1, "{path}");
        }
        viewer.send(&test, ASK, &[]).await.expect(403);
        test.advance(Duration::from_mins(30));
        let lapsed = owner.get(&test, &force).await.expect(303);
        assert!(lapsed.header("location").unwrap().starts_with("/confirm"));
        assert!(test.app.rules().value.categories.len() > 2);
    }
);

/// The form of a profile that is an object of users.
const USERS: [(&str, &str); 11] = [
    ("shape", "object"),
    ("member", "users"),
    ("field", "channel"),
    ("attribute", "creator_id"),
    ("field", ""),
    ("attribute", ""),
    ("constant", "network"),
    ("value", "x"),
    ("constant", ""),
    ("value", ""),
    ("page_size", "100"),
];

both!(
    async fn an_owner_gives_the_user_list_another_profile(db: TestDatabase) {
        let (test, owner) = mixed(db).await;
        let opened = edition(&page(&owner, &test, PROFILE).await);
        let sent = send(&owner, &test, (PROFILE, PROFILE), &USERS).await;
        let to = "/settings/user-list?done=profile";
        assert_eq!(sent.expect(303).header("location"), Some(to));
        let listed: Value = test.get("/users.json").await.expect(200).json();
        let expected = json!({ "users": [{ "channel": "a", "network": "x" }] });
        assert_eq!(listed, expected);
        let mut late = USERS.to_vec();
        late[1] = ("member", "people");
        late.push(("edition", &opened));
        let stale = owner.send(&test, PROFILE, &late).await.expect(409);
        let both = stale.text().split("aria-label=\"Both\"").nth(1).unwrap();
        let both = both.split("</table>").next().unwrap();
        assert!(both.contains("users") && both.contains("people"), "{both}");
        assert!(!both.contains("Fixed members"), "{both}");
        assert_eq!(test.app.user_list_profile().value.member, "users");
    }
);

both!(
    async fn every_wrong_field_of_a_profile_is_named_and_kept(db: TestDatabase) {
        let (test, owner) = mixed(db).await;
        let mut fields = USERS.to_vec();
        fields[0] = ("shape", "heap");
        fields[1] = ("member", "");
        fields[3] = ("attribute", "");
        fields[8] = ("constant", "channel");
        fields[10] = ("page_size", "many");
        let refused = send(&owner, &test, (PROFILE, PROFILE), &fields).await;
        let refused = refused.expect(422);
        let ids = attributes(refused.text(), "id").into_iter();
        let wrong: Vec<_> = ids.filter(|id| id.ends_with("-wrong")).collect();
        let expected = ["shape", "member", "fields", "constants", "page_size"];
        assert_eq!(wrong, expected.map(|field| format!("{field}-wrong")));
        for kept in ["channel", "network", "many"] {
            let value = format!("value=\"{kept}\"");
            assert!(refused.text().contains(&value), "{kept}");
        }
        assert_eq!(test.app.user_list_profile().value.member, "list");
    }
);
