//! A daemon dies in the middle of an import that a browser began: the next one goes on with it.

use std::{os::unix::process::ExitStatusExt as _, time::Duration};

use reqwest::Client;
use serde_json::{Value, json};

use crate::harness::{
    both,
    http::{Answer, client},
    installation::{Installation, Served},
    people::{PASSWORD, Signed},
    wait_until,
};

/// More than two chunks.
const ROWS: usize = 2_200;
/// Longer than the lease of whoever died.
const LIMIT: Duration = Duration::from_mins(1);
const ABORTED: i32 = 6;

fn rows() -> String {
    let rows = (0..ROWS)
        .map(|number| format!("g{number},T {number},news,https://media.example/{number}.mp4,no"));
    let head = "guid,title,category,media_url,made_for_kids".to_owned();
    std::iter::once(head)
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The browser of the first owner, who follows the link that the daemon prints.
async fn owner(served: &mut Served, client: &Client) -> Signed {
    let link = served.process.says("/sign-up/").await;
    let form = [("name", "ann"), ("password", PASSWORD), ("again", PASSWORD)];
    let signed_up = client.post(link).form(&form).send().await.unwrap();
    assert_eq!(signed_up.status(), 303);
    let form = [("name", "ann"), ("password", PASSWORD), ("next", "/")];
    let sign_in = format!("http://{}/sign-in", served.operator);
    let sent = client.post(sign_in).form(&form).send().await.unwrap();
    Signed::of(&Answer::of(sent).await.expect(303))
}

/// The one import, as the command line shows it.
async fn import(installation: &Installation) -> Value {
    let all = installation.lines(&["import", "list", "--json"]).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

both!(
    async fn an_import_whose_daemon_dies_is_gone_on_with_by_the_next(db: TestDatabase) {
        let installation = Installation::new(db).await;
        installation.creator("a").await;
        let die = [("MCND_DIE_AT", "import.after_commit:2")];
        let (mut served, client) = (installation.serve_with(&die).await, client());
        let owner = owner(&mut served, &client).await;
        let send = format!(
            "http://{}/api/v1/imports?creator=a&apply=true&name=rows.csv",
            served.operator
        );
        let request = client.post(send).header("cookie", owner.cookie());
        let sent = request.header("sec-fetch-site", "same-origin").body(rows());
        Answer::of(sent.send().await.unwrap()).await.expect(202);
        let ended = served.process.ends_within(LIMIT).await;
        assert_eq!(ended.status.signal(), Some(ABORTED), "{ended:?}");
        assert_eq!(import(&installation).await["counts"]["created"], 2_000);

        let served = installation.serve().await;
        let applied = wait_until("that the next daemon goes on", LIMIT, async || {
            let now = import(&installation).await;
            (now["state"] == "applied").then_some(now)
        })
        .await;
        let counts = &applied["applied"]["counts"];
        let count = |name: &str| counts[name].as_u64().unwrap();
        assert_eq!(applied["applied"]["rows"], json!(ROWS));
        // Of the chunks that were under way, the rows are there already.
        assert_eq!(
            count("created") + count("unchanged"),
            ROWS as u64,
            "{applied}"
        );
        assert!(count("created") >= 200, "{applied}");
        let id = applied["id"].as_str().unwrap();
        let told = installation.done(&["import", "result", id]).await;
        assert_eq!(told.lines().count(), ROWS + 1);
        assert!(
            installation
                .done(&["import", "show", id])
                .await
                .contains("applied")
        );
        let videos = installation.lines(&["video", "export"]).await;
        assert_eq!(videos.len(), ROWS);
        installation.ends(&["import", "apply", id], 1).await;
        installation.ends(&["import", "show", "nothing"], 1).await;
        drop(served);
    }
);
