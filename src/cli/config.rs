//! `mcnd config`.

use serde_json::json;

use super::{console::Console, failure::Done, text::counted};
use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Name every mistake with its line and cure; exit code 78 when there is one
    Check,
    /// Print every setting in force and where it comes from; secrets are masked
    Show,
}

pub(super) fn run(command: &Command, config: &Config, console: &mut Console) -> Done {
    match command {
        Command::Check => check(config, console),
        Command::Show => show(config, console),
    }
}

/// Settings with a mistake do not get this far.
fn check(config: &Config, console: &mut Console) -> Done {
    let warnings = config.warnings();
    if console.json {
        return console.object(&json!({ "warnings": warnings }));
    }
    for warning in &warnings {
        console.line(format!("warning: {warning}"))?;
    }
    let warned = counted(warnings.len() as u64, "warning", "warnings");
    console.line(format!("the settings can be used, with {warned}"))
}

fn show(config: &Config, console: &mut Console) -> Done {
    for setting in config.effective() {
        if console.json {
            let (key, value) = (&setting.key, &setting.value);
            let origin = setting.origin.to_string();
            let mut object = json!({ "key": key, "value": value, "origin": origin });
            if let Some(command) = shown_by(key) {
                object["shown_by"] = command.into();
            }
            console.object(&object)?;
        } else {
            let of_catalog = shown_by(&setting.key).map(|command| {
                format!("; only for a new catalog, `{command}` prints what is in force")
            });
            console.line(format!("{setting}{}", of_catalog.unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// The command that prints what is in force, for settings that live in the catalog.
fn shown_by(key: &str) -> Option<&'static str> {
    match key.split_once('.')?.0 {
        "preflight" => Some("mcnd rules show"),
        "user_list" => Some("mcnd user-list profile show"),
        _ => None,
    }
}
