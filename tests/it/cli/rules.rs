//! `mcnd rules`, `mcnd user-list profile`, `mcnd video edit` and `unpin`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{both, installation::Installation, wait_until};

const LIMIT: Duration = Duration::from_mins(1);
const NEWS: &str = "[preflight]\ncategories = [\"news\"]";

both!(
    async fn rules_are_asked_about_set_and_reset(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.configure(NEWS);
        installation.creator("a").await;
        installation.import_videos("v", 3).await;
        let shown = installation.lines(&["rules", "show", "--json"]).await;
        assert_eq!(
            shown,
            [json!({ "categories": ["news"], "check_category": true })]
        );
        installation.write("rules.json", shown[0].to_string().replace("news", "music"));
        let asked = ["rules", "what-if", "rules.json", "--json"];
        let found = installation.lines(&asked).await.pop().unwrap();
        assert_eq!(
            (&found["looked_at"], &found["to_draft"]["videos"]),
            (&json!(3), &json!(3))
        );
        let served = installation.serve().await;
        installation.done(&["rules", "what-if", "rules.json"]).await;
        let set = installation.ends(&["rules", "set", "rules.json"], 0).await;
        assert!(set.err.contains("judged again"), "{set:?}");
        let drafts = ["video", "list", "--state", "draft", "--json"];
        let drafted = async || (installation.lines(&drafts).await.len() == 3).then_some(());
        wait_until("three drafts", LIMIT, drafted).await;
        let doctor = installation.run(&["doctor"]).await;
        let warned = "preflight.categories of the configuration file have no effect";
        assert!(doctor.out.contains(warned), "{}", doctor.out);
        installation.done(&["rules", "reset"]).await;
        let released = async || installation.lines(&drafts).await.is_empty().then_some(());
        wait_until("no drafts", LIMIT, released).await;
        installation.write(
            "odd.json",
            r#"{"categories":["News"],"check_category":true}"#,
        );
        let refused = installation.ends(&["rules", "set", "odd.json"], 1).await;
        assert!(refused.err.contains("not a category's slug"), "{refused:?}");
        drop(served);
    }
);

both!(
    async fn the_lists_profile_is_set_and_reset(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        let mut profile = installation
            .lines(&["user-list", "profile", "show"])
            .await
            .pop()
            .unwrap();
        assert_eq!(profile["fields"][0], json!(["id", "dailymotion_id"]));
        profile["fields"] = json!([["channel", "creator_id"]]);
        installation.write("profile.json", profile.to_string());
        installation
            .done(&["user-list", "profile", "set", "profile.json"])
            .await;
        let list = installation.done(&["user-list", "show"]).await;
        assert_eq!(list.trim(), r#"[{"channel":"a"}]"#);
        installation.done(&["user-list", "profile", "reset"]).await;
        let list = installation.done(&["user-list", "show"]).await;
        assert!(list.contains("mrss"), "{list}");
        let effective = installation.done(&["config", "show"]).await;
        assert!(effective.contains("`mcnd user-list profile show` prints what is in force"));
    }
);

both!(
    async fn fields_are_edited_and_given_back(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        installation.import_videos("v", 1).await;
        let show = ["video", "show", "v0", "--json"];
        let edit = ["video", "edit", "v0", "title=Kites = fun", "made_for_kids="];
        let told = installation.done(&edit).await;
        assert!(
            told.contains("Kites = fun (pinned; the source says `Title`)"),
            "{told}"
        );
        let video = installation.lines(&show).await.pop().unwrap();
        assert_eq!(
            (&video["state"], &video["pinned"]),
            (
                &json!("draft"),
                &json!({ "title": "Title", "made_for_kids": "false" })
            )
        );
        installation.import_videos("v", 1).await;
        installation
            .done(&["video", "unpin", "v0", "title", "made_for_kids"])
            .await;
        let video = installation.lines(&show).await.pop().unwrap();
        assert_eq!(
            (
                &video["state"],
                &video["columns"]["title"],
                &video["pinned"]
            ),
            (
                &json!("waiting"),
                &json!("Title"),
                &Value::Object(serde_json::Map::new())
            )
        );
        let odd = ["video", "edit", "v0", "width=wide", "duration=long"];
        let refused = installation.ends(&odd, 2).await;
        assert!(refused.err.contains("`width`") && refused.err.contains("`duration`"));
        installation
            .ends(&["video", "edit", "v0", "titel=a"], 2)
            .await;
        installation
            .ends(&["video", "unpin", "v0", "title"], 1)
            .await;
    }
);
