//! What tests put into a catalog before they look: creators, videos, events.

use std::{
    io::{Cursor, Write},
    sync::{Arc, Mutex},
};

use mcnd::{
    app::{CreatorChange, ImportRequest, NewCredential},
    catalog::NewCreator,
    model::{Actor, CreatorStatus, CredentialForm, CredentialKind, FeedMode},
    sources::{Format, Mapping},
};
use serde_json::{Value, json};

use super::app::TestApp;

/// Whoever acts in tests.
pub(crate) fn by() -> Actor {
    Actor::command_line("test")
}

/// A row that preflight lets out; `more` replaces or adds columns.
pub(crate) fn row(creator: &str, guid: &str, more: &Value) -> Value {
    let mut row = json!({
        "creator": creator,
        "guid": guid,
        "title": format!("Video {guid}"),
        "category": "news",
        "media_url": format!("https://media.example/{}.mp4", guid.len()),
        "made_for_kids": false,
    });
    let more = more.as_object().unwrap().clone();
    row.as_object_mut().unwrap().extend(more);
    row
}

/// A "ready" event as the injector sends it.
pub(crate) fn ready(guid: &str, remote_id: &str) -> Value {
    json!({
        "type": "video.imported",
        "timestamp": 1_790_856_000_000_i64,
        "data": { "uid": guid, "status": "ready", "remote_id": remote_id },
    })
}

/// An event with another status and no remote id.
pub(crate) fn status(guid: &str, status: &str) -> Value {
    json!({ "type": "video.failed", "timestamp": 1_790_856_000_000_i64, "data": { "uid": guid, "status": status } })
}

impl TestApp {
    /// An active, adopted creator.
    pub(crate) async fn creator(&self, id: &str) {
        let new = NewCreator {
            id: id.parse().unwrap(),
            name: format!("Creator {id}"),
            dailymotion_id: Some(format!("x{id}")),
            username: Some(format!("user-{id}")),
            link: None,
            adopted: true,
            mode: FeedMode::Drain,
        };
        self.app.add_creator(by(), new).await.unwrap();
    }

    pub(crate) async fn set_status(&self, id: &str, status: CreatorStatus) {
        let change = CreatorChange {
            status: Some(status),
            ..CreatorChange::default()
        };
        self.app
            .change_creator(by(), id.parse().unwrap(), change)
            .await
            .unwrap();
    }

    pub(crate) async fn set_mode(&self, id: &str, mode: FeedMode) {
        let change = CreatorChange {
            mode: Some(mode),
            ..CreatorChange::default()
        };
        self.app
            .change_creator(by(), id.parse().unwrap(), change)
            .await
            .unwrap();
    }

    /// Listed videos of a creator, in this order.
    pub(crate) async fn videos(&self, creator: &str, guids: &[&str]) {
        let rows: Vec<_> = guids
            .iter()
            .map(|guid| row(creator, guid, &json!({})))
            .collect();
        let results = self.import(&rows).await;
        assert!(
            results.iter().all(|result| result["outcome"] == "created"),
            "{results:?}"
        );
    }

    /// One listed video with these columns.
    pub(crate) async fn video(&self, creator: &str, guid: &str, more: Value) {
        let results = self.import(&[row(creator, guid, &more)]).await;
        let fine =
            ["created", "updated", "unchanged"].contains(&results[0]["outcome"].as_str().unwrap());
        assert!(fine, "{results:?}");
    }

    /// Imports rows and returns the lines of the result file.
    pub(crate) async fn import(&self, rows: &[Value]) -> Vec<Value> {
        let lines = rows
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
            .join("\n");
        let results = Shared::default();
        let request = ImportRequest {
            by: by(),
            name: "rows.jsonl".to_owned(),
            reader: Box::new(Cursor::new(lines)),
            format: Some(Format::JsonLines),
            mapping: Mapping::default(),
            plan: false,
            results: Box::new(results.clone()),
        };
        self.app.import(request, |_progress| ()).await.unwrap();
        let written = results.0.lock().unwrap();
        let lines = written
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    pub(crate) async fn credential(
        &self,
        kind: CredentialKind,
        form: CredentialForm,
    ) -> NewCredential {
        self.app.add_credential(by(), kind, form).await.unwrap()
    }

    /// State of a video.
    pub(crate) async fn state(&self, guid: &str) -> &'static str {
        self.app
            .video(&guid.parse().unwrap())
            .await
            .unwrap()
            .standing
            .state
            .as_str()
    }

    /// Outcome and alarm of every event kept, sorted.
    pub(crate) fn filed(&self) -> Vec<(String, String)> {
        let rows = self.database.query("SELECT outcome, alarm FROM events");
        let pair = |row: Vec<Option<String>>| {
            (row[0].clone().unwrap(), row[1].clone().unwrap_or_default())
        };
        let mut filed: Vec<_> = rows.into_iter().map(pair).collect();
        filed.sort();
        filed
    }
}

/// A buffer that can be looked at after it was given away.
#[derive(Clone, Default)]
pub(crate) struct Shared(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
