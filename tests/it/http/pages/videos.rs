//! Videos on pages: found, shown, retried and taken down.

use mcnd::model::Role;
use serde_json::json;

use super::attributes;
use crate::harness::{
    app::TestApp,
    both,
    given::{ready, row, status},
    people::Signed,
};

/// Guids that are no plain segment of a path.
const ODD: [&str; 9] = [
    ".", "..", "~", "~..", "a/b", "a b?c#d", "%2F%00", "é&<\">", "_new",
];

both!(
    async fn every_guid_has_a_page_with_working_forms(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        test.videos("a", &ODD).await;
        for guid in ODD {
            test.deliver(&status(guid, "failed")).await;
        }
        let signed = test.signed(Role::Operator).await;
        let list = signed.get(&test, "/videos?state=refused").await.expect(200);
        let links = attributes(list.text(), "href").into_iter();
        let links: Vec<_> = links.filter(|link| link.starts_with("/videos/")).collect();
        assert_eq!(links.len(), ODD.len());
        for path in links {
            let page = signed.get(&test, &path).await.expect(200);
            let forms = attributes(page.text(), "action");
            let retry = forms.iter().find(|action| action.ends_with("/retry"));
            let sent = signed.send(&test, retry.unwrap(), &[]).await;
            let back = format!("{path}?done=retried");
            assert_eq!(sent.expect(303).header("location"), Some(back.as_str()));
            for asks in ["edit", "take-down"] {
                let asks = format!("{path}/{asks}");
                assert!(attributes(page.text(), "href").contains(&asks));
                signed.get(&test, &asks).await.expect(200);
            }
        }
        for guid in ODD {
            assert_eq!(test.state(guid).await, "waiting", "{guid}");
        }
    }
);

both!(
    async fn a_video_tells_why_and_what_happened_and_is_taken_down(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        test.videos("a", &["one"]).await;
        test.deliver(&status("one", "too <long>")).await;
        let signed = test.signed(Role::Operator).await;
        let page = signed.get(&test, "/videos/one").await.expect(200);
        for words in [
            "Dailymotion refused",
            "title_missing",
            "As it came",
            "too &#60;long&#62;",
            "its report",
        ] {
            assert!(
                page.text().contains(words),
                "{words} is not in {}",
                page.text()
            );
        }
        let later = [("at", "2030-01-01T10:00")];
        signed
            .send(&test, "/videos/one/retry", &later)
            .await
            .expect(303);
        let page = signed.get(&test, "/videos/one").await.expect(200);
        assert!(page.text().contains("2030-01-01T10:00:00Z"));
        let again = signed
            .send(&test, "/videos/one/retry", &[])
            .await
            .expect(409);
        assert!(again.text().contains("nothing to retry"));
        let ask = signed.get(&test, "/videos/one/take-down").await.expect(200);
        assert!(ask.text().contains("for good"));
        let sent = signed.send(&test, "/videos/one/take-down", &[]).await;
        assert_eq!(
            sent.expect(303).header("location"),
            Some("/videos/one?done=taken-down")
        );
        assert_eq!(test.state("one").await, "removed");
        let page = signed
            .get(&test, "/videos/one?done=taken-down")
            .await
            .expect(200);
        assert!(page.text().contains("Taken down for good"));
        signed.get(&test, "/videos/nowhere").await.expect(404);
    }
);

both!(
    async fn whoever_sees_reports_as_they_came_is_written_down(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        test.videos("a", &["one", "two"]).await;
        test.deliver(&status("one", "failed")).await;
        let looks = "SELECT count(*) FROM audit WHERE action = 'event.read'";
        let viewer = test.signed(Role::Viewer).await;
        viewer.get(&test, "/videos/one").await.expect(200);
        let signed = test.signed(Role::Operator).await;
        signed.get(&test, "/videos/two").await.expect(200);
        assert_eq!(test.database.value(looks), "0");
        signed.get(&test, "/videos/one").await.expect(200);
        let who = "SELECT actor FROM audit WHERE action = 'event.read' AND object = 'one'";
        assert_eq!(test.database.value(who), "operator:operator");
    }
);

/// Of two creators 60 videos each; one is imported and one refused.
async fn boats(test: &TestApp) -> Signed {
    test.creator("a").await;
    test.creator("b").await;
    let rows: Vec<_> = (0..120)
        .map(|number| {
            let creator = if number % 2 == 0 { "a" } else { "b" };
            row(
                creator,
                &format!("v{number:03}"),
                &json!({ "title": format!("Boat {number}") }),
            )
        })
        .collect();
    test.import(&rows).await;
    test.deliver(&ready("v000", "x0")).await;
    test.deliver(&status("v001", "failed")).await;
    test.signed(Role::Viewer).await
}

both!(
    async fn the_list_is_ordered_and_paged_by_its_address(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = boats(&test).await;
        let (mut guids, mut next) = (
            Vec::new(),
            Some("/videos?sort=oldest&search=boat".to_owned()),
        );
        while let Some(path) = next {
            let page = signed.get(&test, &path).await.expect(200);
            assert!(page.text().contains("120 videos"));
            let links = attributes(page.text(), "href").into_iter();
            let (videos, rest): (Vec<_>, Vec<_>) =
                links.partition(|link| link.starts_with("/videos/"));
            guids.extend(videos);
            next = rest.into_iter().find(|link| link.contains("after="));
        }
        let expected: Vec<_> = (0..120)
            .map(|number| format!("/videos/v{number:03}"))
            .collect();
        assert_eq!(guids, expected);
    }
);

both!(
    async fn the_list_is_narrowed_by_its_address(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let signed = boats(&test).await;
        for (path, count) in [
            ("/videos?creator=a", "60 videos"),
            ("/videos?creator=a&state=imported", "1 video<"),
            ("/videos?reason=failed", "1 video<"),
            ("/videos?search=boat+11", "11 videos"),
        ] {
            let page = signed.get(&test, path).await.expect(200);
            assert!(page.text().contains(count), "{path}");
        }
        let none = signed
            .get(&test, "/videos?search=submarine")
            .await
            .expect(200);
        assert!(none.text().contains("No video is like that"));
        let wrong = signed
            .get(&test, "/videos?creator=A+B&state=lost")
            .await
            .expect(400);
        let faults = wrong.text().split("role=\"alert\"").nth(1).unwrap();
        assert_eq!(
            faults
                .split("</ul>")
                .next()
                .unwrap()
                .matches("<li>")
                .count(),
            2
        );
    }
);
