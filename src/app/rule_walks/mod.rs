//! What a change of the preflight rules flips: asked beforehand, and carried out afterwards.
//!
//! Both are a walk over all videos, some at a time, with no lock held between. Walks lie in the catalog, so that any daemon
//! shows them, and goes on with one whose daemon died.

mod walk;

use std::sync::Arc;

use super::{App, Error, Result};
use crate::{
    catalog::Tx,
    config,
    model::{Action, Actor, Flips, RuleWalk, RuleWalkId, VideoId, WalkEnding, WalkPurpose},
};

/// Ended walks of a purpose that are kept.
const KEPT: i64 = 20;
/// What-ifs that may wait at a time: each reads every video.
const WAITING: usize = 5;

impl App {
    /// Asks what these rules would flip. A background job finds out; [`Self::what_if`] says how far it is.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong with the rules; [`Error::Conflict`] while five wait already.
    pub async fn ask_what_if(
        self: &Arc<Self>,
        by: Actor,
        rules: config::Preflight,
    ) -> Result<RuleWalk> {
        super::network_settings::refuse(&rules.problems())?;
        let app = Arc::clone(self);
        self.detached(async move {
            let rules = serde_json::to_string(&rules).map_err(Error::internal)?;
            let walk = app.new_walk(WalkPurpose::WhatIf, &by, rules);
            let open = app.catalog.open_rule_walks().await?.into_iter();
            let open = open.filter(|(_id, purpose)| *purpose == WalkPurpose::WhatIf);
            if open.count() >= WAITING {
                return Err(Error::Conflict(format!(
                    "{WAITING} of these questions wait already; cancel one, or ask again later"
                )));
            }
            let mut tx = app.begin_once(&by).await?;
            tx.add_rule_walk(&walk).await?;
            tx.forget_rule_walks(WalkPurpose::WhatIf, KEPT).await?;
            let mut line = app.audit_line(&by, Action::AskWhatIf, walk.id.as_str());
            line.after = Some(walk.rules.clone());
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(walk)
        })
        .await
    }

    /// How far a what-if is, and what it has found.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the last 20 are kept.
    pub async fn what_if(&self, id: &RuleWalkId) -> Result<RuleWalk> {
        let found = self.catalog.find_rule_walk(id).await?;
        found
            .filter(|walk| walk.purpose == WalkPurpose::WhatIf)
            .ok_or_else(|| Error::NotFound("there is no what-if of that id; ask again".to_owned()))
    }

    /// The newest what-ifs, newest first.
    pub async fn list_what_ifs(&self) -> Result<Vec<RuleWalk>> {
        let purpose = WalkPurpose::WhatIf;
        Ok(self.catalog.newest_rule_walks(purpose, KEPT).await?)
    }

    /// Ends a what-if. One that has ended stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cancel_what_if(self: &Arc<Self>, by: Actor, id: RuleWalkId) -> Result<RuleWalk> {
        let app = Arc::clone(self);
        self.detached(async move {
            app.what_if(&id).await?;
            let mut tx = app.catalog.begin().await?;
            let now = app.clock.now();
            if tx.end_rule_walk(&id, now, WalkEnding::Cancelled).await? {
                tx.add_audit(&app.audit_line(&by, Action::CancelWhatIf, id.as_str()))
                    .await?;
            }
            tx.commit().await?;
            app.what_if(&id).await
        })
        .await
    }

    /// How far the judging after the last change of the rules is; none before the first change.
    pub async fn judging_again(&self) -> Result<Option<RuleWalk>> {
        let purpose = WalkPurpose::Apply;
        let newest = self.catalog.newest_rule_walks(purpose, 1).await?;
        Ok(newest.into_iter().next())
    }

    /// Has every video judged by these rules, which a transaction puts in force. What-ifs wait until that is done and say
    /// what would flip then.
    pub(super) async fn begin_judging_again(
        &self,
        tx: &mut Tx,
        by: &Actor,
        rules: &str,
    ) -> Result<()> {
        let purpose = WalkPurpose::Apply;
        let walk = self.new_walk(purpose, by, rules.to_owned());
        tx.supersede_rule_walks(walk.asked_at).await?;
        tx.add_rule_walk(&walk).await?;
        Ok(tx.forget_rule_walks(purpose, KEPT).await?)
    }

    fn new_walk(&self, purpose: WalkPurpose, by: &Actor, rules: String) -> RuleWalk {
        let now = self.clock.now();
        RuleWalk {
            id: RuleWalkId::from(self.random.id(now)),
            purpose,
            rules,
            asked_at: now,
            asked_by: by.name.clone(),
            place: VideoId::from(String::new()),
            found: Flips::default(),
            ended: None,
            message: None,
        }
    }
}
