//! Kept sources: addresses that are read again and again, by hand or when they are due.
//!
//! A pull is an import: its rows go the same way, and what is missing from a document changes nothing.

mod due;
mod pull;

use std::{sync::Arc, time::Duration};

use serde_json::json;
use url::Url;

use super::{App, Error, Result, audit::told};
use crate::{
    catalog::{NewSource, SourceCounts},
    model::{Action, Actor, Source, SourceId},
    outbound,
    sources::{Format, Mapping},
};

pub use pull::{PullMode, Pulled};

/// How pulls pace themselves.
#[derive(Clone, Copy, Debug)]
pub struct PullPace {
    /// How long a source stays with whoever pulls it, unless that is renewed.
    pub lease: Duration,
    /// Between two renewals.
    pub renewal: Duration,
    /// Between two looks for due sources while pulls are under way.
    pub look: Duration,
}

impl Default for PullPace {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(1),
            renewal: Duration::from_secs(20),
            look: Duration::from_secs(5),
        }
    }
}

impl Source {
    /// The address as lists and logs show it, without a query, which may hold a key.
    pub fn shown_url(&self) -> String {
        Url::parse(&self.url).map_or_else(|_odd| String::new(), |url| outbound::shown(&url))
    }
}

impl App {
    /// Keeps a source. It is due at once if it has a period. Its credentials go out over `http:` only where that is wanted:
    /// `in_clear`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an address with credentials, credentials that would go out in clear, or a recipe that no
    /// import would take; [`Error::NotFound`] for a creator that is none; [`Error::Conflict`] when the id is taken.
    pub async fn add_source(
        self: &Arc<Self>,
        by: Actor,
        new: NewSource,
        in_clear: bool,
    ) -> Result<Source> {
        let url = checked(&new.url)?;
        if new.credentials_file.is_some() && url.scheme() == "http" && !in_clear {
            return Err(Error::Invalid(IN_CLEAR.to_owned()));
        }
        check_recipe(&new)?;
        if let Some(creator) = &new.creator {
            self.creator(creator).await?;
        }
        let id = new.id.clone();
        let app = Arc::clone(self);
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            if !tx.add_source(&new, app.clock.now()).await? {
                let taken = format!("there is a source `{}` already; choose another id", new.id);
                return Err(Error::Conflict(taken));
            }
            let mut line = app.audit_line(&by, Action::AddSource, new.id.as_str());
            line.after = told(&json!({
                "address": outbound::shown(&url), "creator": new.creator, "recipe": new.recipe,
            }));
            tx.add_audit(&line).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        self.source(&id).await
    }

    /// The source of that id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn source(&self, id: &SourceId) -> Result<Source> {
        let found = self.catalog.find_source(id).await?;
        found.ok_or_else(|| unknown(id))
    }

    /// Sources in the order of their ids, at most `limit`, behind `after`.
    pub async fn list_sources(&self, after: Option<&SourceId>, limit: i64) -> Result<Vec<Source>> {
        Ok(self.catalog.list_sources(after, limit).await?)
    }

    /// How the sources stand.
    pub async fn source_counts(&self) -> Result<SourceCounts> {
        Ok(self.catalog.source_counts().await?)
    }

    /// Lets a source rest, or takes it up again so that it is due at once. By hand it can be pulled at any time.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn pause_source(
        self: &Arc<Self>,
        by: Actor,
        id: SourceId,
        paused: bool,
    ) -> Result<Source> {
        let source = self.source(&id).await?;
        let app = Arc::clone(self);
        let due = source.every.filter(|_| !paused).map(|_| self.clock.now());
        let paused_id = id.clone();
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            tx.pause_source(&paused_id, paused, due).await?;
            let mut line = app.audit_line(&by, Action::ChangeSource, paused_id.as_str());
            line.before = told(&json!({ "paused": source.paused }));
            line.after = told(&json!({ "paused": paused }));
            tx.add_audit(&line).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        self.source(&id).await
    }

    /// Forgets a source; the videos that came from it stay.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn remove_source(self: &Arc<Self>, by: Actor, id: SourceId) -> Result<()> {
        let app = Arc::clone(self);
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            if !tx.remove_source(&id).await? {
                return Err(unknown(&id));
            }
            tx.add_audit(&app.audit_line(&by, Action::RemoveSource, id.as_str()))
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

fn unknown(id: &SourceId) -> Error {
    Error::NotFound(format!(
        "there is no source `{id}`; `mcnd source list` has all"
    ))
}

const IN_CLEAR: &str = "the password would go out where anybody on its way can read it; use an address with `https:`, or add `--credentials-in-clear`";

/// The address, if it may be kept.
fn checked(text: &str) -> Result<Url> {
    let invalid = |words: &str| Err(Error::Invalid(words.to_owned()));
    let Ok(url) = Url::parse(text) else {
        return invalid("the address is none; write one like `https://feeds.example/mrss.xml`");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return invalid("only addresses with `http:` or `https:` can be pulled");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid(
            "an address with a password is not kept; write `user:password` into a file and name it with `--credentials-file`",
        );
    }
    Ok(url)
}

fn check_recipe(new: &NewSource) -> Result<()> {
    Mapping::read(&new.recipe).map_err(Error::Invalid)?;
    match new.recipe.format.as_deref() {
        Some(word) if Format::named(word).is_none() => {
            Err(Error::Invalid(format!("there is no format `{word}`")))
        }
        _ => Ok(()),
    }
}
