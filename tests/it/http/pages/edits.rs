//! A video's fields written on a page: pinned, given back to the source, and never over somebody else's.

use mcnd::model::Role;
use serde_json::json;

use super::{attributes, decoded};
use crate::harness::{
    app::{TestApp, answer},
    both,
    databases::TestDatabase,
    given::row,
    http::Answer,
    people::Signed,
};

const VIDEO: &str = "/videos/v1";
const EDIT: &str = "/videos/v1/edit";

async fn listed(db: TestDatabase) -> (TestApp, Signed) {
    let test = TestApp::start(db, &[]).await;
    test.creator("a").await;
    test.videos("a", &["v1"]).await;
    let operator = test.signed(Role::Operator).await;
    (test, operator)
}

/// What the form of a page says that its reader has seen.
pub(super) fn edition(page: &Answer) -> String {
    let form = page.text().split("name=\"edition\"").nth(1).unwrap();
    attributes(form, "value").remove(0)
}

/// Opens the form and sends these fields of it.
async fn save(signed: &Signed, test: &TestApp, fields: &[(&str, &str)]) -> Answer {
    let seen = edition(&signed.get(test, EDIT).await.expect(200));
    let mut form = vec![("edition", seen.as_str())];
    form.extend(fields);
    signed.send(test, EDIT, &form).await
}

async fn title(test: &TestApp) -> String {
    let video = test.app.video(&"v1".parse().unwrap()).await.unwrap();
    video.fields.title.unwrap()
}

/// Every field of the page's form as a browser sends it untouched.
fn untouched(page: &str) -> Vec<(String, String)> {
    let form = page.split("<form class=\"fields\"").nth(1).unwrap();
    let named = form.split(" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once('"').unwrap();
        let tag = rest.split('>').next().unwrap();
        let value = match rest.split_once("</textarea>") {
            Some((text, _)) if name == "description" => {
                text.split_once(">\n").unwrap().1.to_owned()
            }
            _ if tag.contains("value=") => attributes(rest, "value").remove(0),
            _ => {
                let options = rest.split("</select>").next().unwrap();
                let chosen = options.split(" selected").next().unwrap();
                attributes(chosen, "value").pop().unwrap_or_default()
            }
        };
        (name.to_owned(), decoded(&value).replace('\n', "\r\n"))
    });
    named.filter(|(name, _)| name != "unpin").collect()
}

both!(
    async fn what_is_written_is_pinned_shown_and_given_back(db: TestDatabase) {
        let (test, operator) = listed(db).await;
        let page = operator.get(&test, VIDEO).await.expect(200);
        assert!(attributes(page.text(), "href").contains(&EDIT.to_owned()));
        let saved = save(&operator, &test, &[("title", "Kites")])
            .await
            .expect(303);
        let to = "/videos/v1?done=video-changed";
        assert_eq!(saved.header("location"), Some(to));
        let page = operator.get(&test, to).await.expect(200);
        for words in [
            "what you wrote is pinned",
            "Kites",
            "pinned; the source says <bdi>Video v1</bdi>",
        ] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        let theirs = row("a", "v1", &json!({ "title": "Boats" }));
        test.import(&[theirs]).await;
        let form = operator.get(&test, EDIT).await.expect(200);
        assert_eq!(title(&test).await, "Kites");
        assert!(form.text().contains("The source says: <bdi>Boats</bdi>"));
        save(&operator, &test, &[("title", "Kites"), ("unpin", "title")])
            .await
            .expect(303);
        assert_eq!(title(&test).await, "Boats");
        let page = operator.get(&test, VIDEO).await.expect(200);
        assert!(!page.text().contains("pinned; the source"));
        let told = test
            .database
            .value("SELECT COUNT(*) FROM audit WHERE action = 'video.edit'");
        assert_eq!(told, "2");
    }
);

both!(
    async fn a_form_sent_as_it_came_changes_nothing(db: TestDatabase) {
        let (test, operator) = listed(db).await;
        let texts = json!({
            "title": "a \"b\" <c>", "description": "\n one\ntwo ", "tags": "x,y", "starts_at": "2026-09-01T09:00:00.123Z",
            "geo": "deny DE", "explicit": "false", "width": "1920", "media_url": "sftp://media.example:22/a%20b.mp4",
        });
        test.import(&[row("a", "v1", &texts)]).await;
        let before = test.app.video(&"v1".parse().unwrap()).await.unwrap();
        let form = operator.get(&test, EDIT).await.expect(200);
        let fields = untouched(form.text());
        assert_eq!(fields.len(), 23, "{fields:?}");
        let request = operator.ask(&test, reqwest::Method::POST, EDIT);
        let saved = answer(request.form(&fields)).await.expect(303);
        let to = "/videos/v1?done=video-unchanged";
        assert_eq!(saved.header("location"), Some(to), "{fields:?}");
        let after = test.app.video(&"v1".parse().unwrap()).await.unwrap();
        assert_eq!(after, before);
    }
);

both!(
    async fn the_second_of_two_editors_sees_both_before_anything_is_lost(db: TestDatabase) {
        let (test, operator) = listed(db).await;
        let seen = edition(&operator.get(&test, EDIT).await.expect(200));
        save(&operator, &test, &[("title", "One"), ("language", "de")])
            .await
            .expect(303);
        let fields = [
            ("edition", seen.as_str()),
            ("title", "Two"),
            ("language", "de"),
        ];
        let stale = operator.send(&test, EDIT, &fields).await.expect(409);
        let both = stale.text().split("aria-label=\"Both\"").nth(1).unwrap();
        let both = both.split("</table>").next().unwrap();
        assert!(
            both.contains("One") && both.contains("Two"),
            "{}",
            stale.text()
        );
        assert!(!both.contains("language"), "{both}");
        assert!(stale.text().contains("value=\"Two\""));
        assert_eq!(title(&test).await, "One");
        let seen = edition(&stale);
        assert_ne!(seen, fields[0].1);
        let again = [("edition", seen.as_str()), ("title", "Two")];
        operator.send(&test, EDIT, &again).await.expect(303);
        assert_eq!(title(&test).await, "Two");
    }
);

both!(
    async fn every_wrong_field_is_named_and_what_was_typed_is_kept(db: TestDatabase) {
        let (test, operator) = listed(db).await;
        let fields = [
            ("title", "Kites"),
            ("width", "wide"),
            ("starts_at", "soon"),
            ("private", "perhaps"),
        ];
        let refused = save(&operator, &test, &fields).await.expect(422);
        let ids = attributes(refused.text(), "id");
        let wrong: Vec<_> = ids.iter().filter(|id| id.ends_with("-wrong")).collect();
        assert_eq!(wrong, ["width-wrong", "starts_at-wrong", "private-wrong"]);
        for kept in ["value=\"Kites\"", "value=\"wide\"", "value=\"soon\""] {
            assert!(refused.text().contains(kept), "{kept}");
        }
        assert_eq!(title(&test).await, "Video v1");
    }
);

both!(
    async fn only_who_may_edit_is_led_there_and_nobody_edits_what_was_taken_down(db: TestDatabase) {
        let (test, operator) = listed(db).await;
        let viewer = test.signed(Role::Viewer).await;
        let page = viewer.get(&test, VIDEO).await.expect(200);
        assert!(!page.text().contains(EDIT));
        viewer.get(&test, EDIT).await.expect(403);
        let fields = [("title", "Kites")];
        viewer.send(&test, EDIT, &fields).await.expect(403);
        let seen = edition(&operator.get(&test, EDIT).await.expect(200));
        operator
            .send(&test, "/videos/v1/take-down", &[])
            .await
            .expect(303);
        let page = operator.get(&test, VIDEO).await.expect(200);
        assert!(!attributes(page.text(), "href").contains(&EDIT.to_owned()));
        for seen in [seen, edition(&operator.get(&test, EDIT).await.expect(200))] {
            let fields = [("edition", seen.as_str()), ("title", "Kites")];
            operator.send(&test, EDIT, &fields).await.expect(409);
        }
        assert_eq!(title(&test).await, "Video v1");
    }
);
