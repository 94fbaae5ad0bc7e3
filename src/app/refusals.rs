//! Why Dailymotion refuses videos: the reasons that stand, and the names that operators give them.

use std::sync::Arc;

use serde_json::json;

use super::{App, Error, Result, audit::told};
use crate::model::{Action, Actor, RefusalReason, edition_of_name, short_escaped};

/// Reasons that are listed.
const REASONS: i64 = 50;
const LONGEST_NAME: usize = 100;
/// The injector's statuses are cut to so many characters when they come in.
const LONGEST_REASON: usize = 200;

impl App {
    /// The reasons for which videos stand refused, the most frequent first; of more than 50 the first 50 by their text.
    pub async fn refusal_reasons(&self) -> Result<Vec<RefusalReason>> {
        let mut reasons = self.catalog.refusal_reasons(REASONS).await?;
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.videos.found()));
        Ok(reasons)
    }

    /// Gives a reason a name; an empty one takes the name away. With an edition only while it is still called as whoever
    /// names it has seen it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name or a reason that is too long; [`Error::Changed`] for another edition.
    pub async fn name_refusal(
        self: &Arc<Self>,
        by: Actor,
        reason: String,
        name: &str,
        edition: Option<String>,
    ) -> Result<()> {
        let name = name.trim();
        check(&reason, name)?;
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        let app = Arc::clone(self);
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            let before = tx.own_refusal_name(&reason).await?;
            if edition.is_some_and(|seen| seen != edition_of_name(before.as_deref())) {
                let words = "the reason was given another name since it was read; read it again";
                return Err(Error::Changed(words.to_owned()));
            }
            if before == name {
                return Ok(());
            }
            tx.name_refusal(&reason, name.as_deref(), app.clock.now())
                .await?;
            let mut line = app.audit_line(&by, Action::NameRefusal, reason.as_str());
            line.before = told(&json!({ "name": before }));
            line.after = told(&json!({ "name": name }));
            tx.add_audit(&line).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

fn check(reason: &str, name: &str) -> Result<()> {
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::Invalid(format!(
            "a name has {LONGEST_NAME} characters at the most, on one line"
        )));
    }
    if reason.chars().count() > LONGEST_REASON || reason.chars().any(char::is_control) {
        return Err(Error::Invalid(format!(
            "`{}` is no reason that Dailymotion can have given; `mcnd event reasons` shows those that it gave",
            short_escaped(reason)
        )));
    }
    Ok(())
}
