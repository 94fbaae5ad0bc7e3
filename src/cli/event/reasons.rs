//! `mcnd event reasons` and `mcnd event name`.

use std::sync::Arc;

use serde_json::json;

use crate::{
    app::App,
    cli::{console::Console, failure::Done, table::Table, whoever},
};

pub(super) async fn list(app: &Arc<App>, console: &mut Console) -> Done {
    let reasons = app.refusal_reasons().await?;
    if console.json {
        return reasons.iter().try_for_each(|reason| {
            console.object(&json!({
                "reason": reason.reason, "name": reason.name, "videos": reason.videos.to_string(),
            }))
        });
    }
    if reasons.is_empty() {
        return console.line("no video stands refused");
    }
    let rows = reasons.into_iter().map(|reason| {
        let name = reason.name.unwrap_or_else(|| "-".to_owned());
        vec![reason.videos.to_string(), reason.reason, name]
    });
    let mut table = Table::new(&["VIDEOS", "REASON", "NAME"]);
    console.rows(&mut table, &rows.collect::<Vec<_>>())
}

pub(super) async fn name(
    reason: String,
    name: &str,
    app: &Arc<App>,
    console: &mut Console,
) -> Done {
    app.name_refusal(whoever(), reason.clone(), name, None)
        .await?;
    if console.json {
        return console.object(&json!({ "reason": reason, "name": name.trim() }));
    }
    console.line(match name.trim() {
        "" => format!("`{reason}` has no name"),
        name => format!("`{reason}` is called {name}"),
    })
}
