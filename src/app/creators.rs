//! What operators do with creators.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{App, Error, Result, audit::told, videos::check_place};
use crate::{
    catalog::{CreatorPage, CreatorQuery, NewCreator},
    model::{
        Action, Actor, Creator, CreatorCursor, CreatorId, CreatorOrder, CreatorStatus, FeedMode,
        PageSize, without_password,
    },
};

/// What an operator changes of a creator; what is absent stays, and an empty text clears what may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreatorChange {
    pub name: Option<String>,
    pub dailymotion_id: Option<String>,
    pub username: Option<String>,
    pub link: Option<String>,
    pub status: Option<CreatorStatus>,
    pub adopted: Option<bool>,
    pub mode: Option<FeedMode>,
}

impl CreatorChange {
    fn apply(self, creator: &mut Creator) {
        creator.name = self.name.unwrap_or_else(|| creator.name.clone());
        creator.dailymotion_id = given(self.dailymotion_id, creator.dailymotion_id.take());
        creator.username = given(self.username, creator.username.take());
        creator.link = given(plain(self.link), creator.link.take());
        creator.status = self.status.unwrap_or(creator.status);
        creator.adopted = self.adopted.unwrap_or(creator.adopted);
        creator.mode = self.mode.unwrap_or(creator.mode);
    }
}

impl App {
    /// Adds a creator.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id or the Dailymotion id is taken.
    pub async fn add_creator(self: &Arc<Self>, by: Actor, mut new: NewCreator) -> Result<Creator> {
        new.link = plain(new.link);
        let app = Arc::clone(self);
        self.detached(async move {
            let mut tx = app.begin_once(&by).await?;
            let added = tx
                .add_creator(&new, app.clock.now())
                .await
                .map_err(|error| taken(error, new.dailymotion_id.as_deref()))?;
            if !added {
                return Err(Error::Conflict(format!(
                    "there is a creator `{}` already",
                    new.id
                )));
            }
            let mut line = app.audit_line(&by, Action::AddCreator, new.id.as_str());
            line.after = told(&new_facts(&new));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            app.creator(&new.id).await
        })
        .await
    }

    /// Changes a creator: the user list and the feed follow at once.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Conflict`] when the Dailymotion id is another creator's.
    pub async fn change_creator(
        self: &Arc<Self>,
        by: Actor,
        id: CreatorId,
        change: CreatorChange,
    ) -> Result<Creator> {
        self.edit_creator(by, id, change, None).await
    }

    /// The same, with `edition` only while it is still as whoever edits it has seen it.
    ///
    /// # Errors
    /// [`Error::Changed`] when it is not; what [`Self::change_creator`] answers.
    pub async fn edit_creator(
        self: &Arc<Self>,
        by: Actor,
        id: CreatorId,
        change: CreatorChange,
        edition: Option<String>,
    ) -> Result<Creator> {
        let app = Arc::clone(self);
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            let mut creator = tx.own_creator(&id).await?.ok_or_else(|| unknown(&id))?;
            if edition.is_some_and(|seen| seen != creator.edition()) {
                return Err(Error::Changed(format!(
                    "`{id}` was changed since it was read; read it again"
                )));
            }
            let (mode, now) = (creator.mode, app.clock.now());
            let mut line = app.audit_line(&by, Action::ChangeCreator, id.as_str());
            line.before = told(&facts(&creator));
            change.apply(&mut creator);
            line.after = told(&facts(&creator));
            if creator.mode.relists() {
                tx.prepare_to_relist(&id, now).await?;
            }
            tx.set_creator(&creator, now)
                .await
                .map_err(|error| taken(error, creator.dailymotion_id.as_deref()))?;
            if creator.mode != mode {
                tx.turn_feed(&id, now).await?;
            }
            tx.add_audit(&line).await?;
            tx.commit().await?;
            app.creator(&id).await
        })
        .await
    }

    /// The creator of that id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn creator(&self, id: &CreatorId) -> Result<Creator> {
        self.catalog
            .find_creator(id)
            .await?
            .ok_or_else(|| unknown(id))
    }

    /// Creators in the order of their ids, at most `limit`, behind `after`.
    pub async fn list_creators(
        &self,
        after: Option<&CreatorId>,
        limit: i64,
    ) -> Result<Vec<Creator>> {
        Ok(self.catalog.list_creators(after, limit).await?)
    }

    /// A page of the creators that a query finds, in this order, behind `after`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `after` is a place of another order.
    pub async fn rank_creators(
        &self,
        query: &CreatorQuery,
        order: CreatorOrder,
        after: Option<&CreatorCursor>,
        size: PageSize,
    ) -> Result<CreatorPage> {
        check_place(after.map(|place| place.order.as_str()), order.as_str())?;
        Ok(self
            .catalog
            .ranked_creators(query, order, after, size)
            .await?)
    }
}

/// A link as it is kept: without a password.
fn plain(link: Option<String>) -> Option<String> {
    link.map(|link| without_password(&link).into_owned())
}

/// What takes the place of a text: the one that is given, where an empty one clears it.
fn given(new: Option<String>, before: Option<String>) -> Option<String> {
    match new {
        None => before,
        Some(text) => (!text.is_empty()).then_some(text),
    }
}

fn facts(creator: &Creator) -> Value {
    json!({
        "name": creator.name, "dailymotion_id": creator.dailymotion_id, "username": creator.username, "link": creator.link,
        "status": creator.status.as_str(), "adopted": creator.adopted, "mode": creator.mode.as_str(),
    })
}

fn new_facts(new: &NewCreator) -> Value {
    json!({
        "name": new.name, "dailymotion_id": new.dailymotion_id, "username": new.username, "link": new.link,
        "adopted": new.adopted, "mode": new.mode.as_str(),
    })
}

fn unknown(id: &CreatorId) -> Error {
    Error::NotFound(format!(
        "there is no creator `{id}`; `mcnd creator list` shows them"
    ))
}

fn taken(error: crate::catalog::Error, dailymotion_id: Option<&str>) -> Error {
    match (error, dailymotion_id) {
        (crate::catalog::Error::Refused(_), Some(id)) => Error::Conflict(format!(
            "the Dailymotion id `{id}` belongs to another creator already"
        )),
        (other, _) => other.into(),
    }
}
