//! A walk itself: a page of videos after the other, until the last, until somebody ends it, or until the service stops.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tracing::error;

use crate::{
    app::{
        App, Error, Result,
        error::FAULT,
        network_settings::{self, preflight},
    },
    catalog::Save,
    fault_points,
    model::{
        Change, FeedPolicy, Guid, Preflight, Rule, RuleWalk, RuleWalkId, TimelineLine, Timestamp,
        Video, WalkEnding, WalkPurpose,
    },
};

/// The name of these transactions in the metrics, and who judges.
const NAME: &str = "rules";
/// Videos read in one go, and those among them that flip are written in one transaction; callbacks go between two.
const CHUNK: i64 = 200;
/// How long a walk is another daemon's after that one was last heard of.
const LEASE: Duration = Duration::from_secs(10);
/// How often it is noted how far a walk is, and looked whether somebody has ended it.
const NOTED: Duration = Duration::from_secs(1);

/// Whether a walk goes on here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    On,
    /// It has ended, or another daemon has it.
    Nowhere,
}

impl App {
    /// Goes on with walks that nobody else walks, until all have ended. Says how many videos it looked at.
    ///
    /// # Errors
    /// The first one that a walk met which is still open, when every other walk had its turn.
    pub async fn walk_rules(self: &Arc<Self>) -> Result<u64> {
        let (mut looked_at, mut troubled) = (0, Ok(()));
        for (id, _purpose) in self.catalog.open_rule_walks().await? {
            if self.stopping.is_cancelled() || !self.may_take_leases() {
                break;
            }
            match self.walk_or_fail(id).await {
                Ok(more) => looked_at += more,
                Err(trouble) => troubled = troubled.and(Err(trouble)),
            }
        }
        troubled.map(|()| looked_at)
    }

    /// Goes on with a walk, if nobody else does. What keeps it from going on ends it as failed, unless it may pass by
    /// itself.
    async fn walk_or_fail(self: &Arc<Self>, id: RuleWalkId) -> Result<u64> {
        let lease = self.random.id(self.clock.now());
        let (app, walk, name) = (Arc::clone(self), id.clone(), lease.clone());
        let walked = self.detached(async move { app.walk_claimed_rules(&walk, &name).await });
        let fault = match walked.await {
            Ok(looked_at) => return Ok(looked_at),
            Err(busy @ Error::Busy(_)) => return Err(busy),
            Err(fault) => fault,
        };
        tell_fault(&id, &fault);
        let app = Arc::clone(self);
        self.detached(async move {
            let mut tx = app.catalog.begin().await?;
            tx.fail_rule_walk(&id, &lease, app.clock.now(), FAULT)
                .await?;
            tx.commit().await?;
            Ok(0)
        })
        .await
    }

    async fn walk_claimed_rules(&self, id: &RuleWalkId, lease: &str) -> Result<u64> {
        let mut tx = self.catalog.begin().await?;
        let now = self.clock.now();
        let claimed = tx.claim_rule_walk(id, lease, now, LEASE).await?;
        tx.commit().await?;
        if !claimed {
            return Ok(0);
        }
        match self.catalog.find_rule_walk(id).await? {
            Some(walk) => self.walk(walk, lease).await,
            None => Ok(0),
        }
    }

    async fn walk(&self, mut walk: RuleWalk, lease: &str) -> Result<u64> {
        let rules = serde_json::from_str(&walk.rules).map_err(Error::internal)?;
        let preflight = preflight(&rules);
        let (mut looked_at, mut noted) = (0, Instant::now());
        loop {
            let page = self.catalog.videos_behind(&walk.place, CHUNK).await?;
            let Some(last) = page.last() else {
                self.end_walk(&walk, lease).await?;
                return Ok(looked_at);
            };
            walk.place = last.id.clone();
            looked_at += page.len() as u64;
            let mut goes = self.look_at(page, &preflight, &mut walk, lease).await?;
            let stops = self.stopping.is_cancelled();
            if goes == Goes::On && (stops || noted.elapsed() >= NOTED) {
                goes = self.note_walk(&walk, lease, stops).await?;
                noted = Instant::now();
            }
            if stops || goes == Goes::Nowhere {
                return Ok(looked_at);
            }
        }
    }

    /// Looks at a page, and judges it again where that is what the walk is for.
    async fn look_at(
        &self,
        page: Vec<Video>,
        preflight: &Preflight,
        walk: &mut RuleWalk,
        lease: &str,
    ) -> Result<Goes> {
        let mut flips = Vec::new();
        for video in page {
            let broken = preflight.broken(&video.fields);
            walk.found.note(&video, &broken);
            if broken != video.broken {
                flips.push(video.guid);
            }
        }
        if walk.purpose == WalkPurpose::WhatIf || flips.is_empty() {
            return Ok(Goes::On);
        }
        self.uncontended(NAME, || self.judge_page(&flips, walk, lease))
            .await
    }

    /// Judges videos by the rules that count now, and notes in the same transaction how far the walk is.
    async fn judge_page(&self, guids: &[Guid], walk: &RuleWalk, lease: &str) -> Result<Goes> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        let rules = self.rules_within(&mut tx).await?;
        let rules = network_settings::preflight(&rules.value);
        let policy: FeedPolicy = tx.feed_policy().await?;
        let videos = tx.videos_of(guids).await?.into_iter();
        let saves: Vec<_> = videos
            .filter_map(|video| self.judged_again(video, &rules, now))
            .collect();
        tx.save(&saves, policy, now).await?;
        if !tx.keep_rule_walk(walk, lease, now, LEASE).await? {
            return Ok(Goes::Nowhere);
        }
        fault_points::pass("rules.before_commit");
        tx.commit().await?;
        fault_points::pass("rules.after_commit");
        Ok(Goes::On)
    }

    /// A video on its way into the catalog; none where the rules say of it what they said.
    fn judged_again(&self, mut video: Video, rules: &Preflight, now: Timestamp) -> Option<Save> {
        let before = video.standing.state;
        if !video.judge_again(rules, now) {
            return None;
        }
        let broken: Vec<_> = video.broken.iter().map(|rule| Rule::code(*rule)).collect();
        let detail = if broken.is_empty() {
            "breaks no rule any more".to_owned()
        } else {
            format!("breaks {}", broken.join(", "))
        };
        Some(Save {
            before: Some(before),
            line_id: self.random.id(now),
            line: TimelineLine {
                at: now,
                what: Change::Reconsidered,
                from: Some(before),
                to: video.standing.state,
                by: NAME.to_owned(),
                detail: Some(detail),
            },
            video,
        })
    }

    /// Notes how far a walk is; gives it back when the service stops.
    async fn note_walk(&self, walk: &RuleWalk, lease: &str, stops: bool) -> Result<Goes> {
        let mut tx = self.catalog.begin().await?;
        let now = self.clock.now();
        let kept = tx.keep_rule_walk(walk, lease, now, LEASE).await?;
        if stops {
            tx.release_rule_walk(&walk.id, lease).await?;
        }
        tx.commit().await?;
        Ok(if kept { Goes::On } else { Goes::Nowhere })
    }

    async fn end_walk(&self, walk: &RuleWalk, lease: &str) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        let now = self.clock.now();
        if tx.keep_rule_walk(walk, lease, now, LEASE).await? {
            tx.end_rule_walk(&walk.id, now, WalkEnding::Done).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn tell_fault(id: &RuleWalkId, fault: &Error) {
    let cause = fault as &dyn std::error::Error;
    error!(rule_walk.id = %id, error = cause, "the walk `{id}` over all videos can't go on");
}
