//! `mcnd migrate`.

use serde_json::json;

use super::{console::Console, failure::Done};
use crate::{config::Config, daemon};

/// Applies what is missing, and says what that was.
pub(super) async fn run(config: &Config, console: &mut Console) -> Done {
    let applied = daemon::migrate(config).await?;
    if console.json {
        let applied: Vec<_> = applied
            .iter()
            .map(|migration| json!({ "version": migration.version, "name": migration.name }))
            .collect();
        return console.object(&json!({ "applied": applied }));
    }
    for migration in &applied {
        console.line(format!(
            "applied {:04} {}",
            migration.version, migration.name
        ))?;
    }
    console.line("the schema is up to date")
}
