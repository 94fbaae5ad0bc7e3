//! The user list: every creator that Dailymotion is told about, in the shape of a declared profile
//! (contracts/dailymotion-pull.md 2).

use std::sync::Arc;

use bytes::Bytes;
use metrics::counter;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tracing::{error, warn};

use super::{App, Error, Result, Seen, audit::told, feeds::Visitor};
use crate::{
    catalog::{Announced, ListedCreator},
    config::{ListAttribute, ListShape, UserList},
    model::{Action, Actor, CredentialId, Digest, Face, Timestamp, Visit},
    telemetry,
};

/// Creators read in one go.
const CHUNK: i64 = 500;
/// From so many entries on, a sudden loss needs consent.
const GUARDED_FROM: i64 = 10;
/// One entry in so many may be lost without consent.
const LOST_ONE_IN: i64 = 5;

/// Which part of the list is asked for, and under which address.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// The page, from 1; without `user_list.paging` there is one only.
    pub page: u32,
    /// What every feed address begins with.
    pub base: String,
}

/// A user list that may be read.
#[derive(Clone, Debug)]
pub struct OpenList {
    request: ListRequest,
    settings: UserList,
    announced: Announced,
    now: Timestamp,
    /// Identifies these very bytes.
    pub etag: String,
}

impl Announced {
    /// Entries of the next list.
    pub fn next(self) -> i64 {
        self.entries - self.lost + self.gained
    }

    /// Whether the next list would lose so many entries that an operator must agree first.
    pub fn needs_consent(self) -> bool {
        self.entries >= GUARDED_FROM && self.lost * LOST_ONE_IN > self.entries
    }
}

impl App {
    /// Opens the user list for a crawler.
    ///
    /// # Errors
    /// [`Error::NeedsConsent`] when it would lose more than a fifth of the entries that were served last;
    /// [`Error::Invalid`] for a page of a list that has none.
    pub async fn open_user_list(&self, request: ListRequest) -> Result<OpenList> {
        let list = self.preview_user_list(request).await?;
        let Announced { entries, lost, .. } = list.announced;
        if list.announced.needs_consent() {
            counter!(telemetry::ALARMS, "kind" => "user_list_shrinks").increment(1);
            warn!(
                creator.count = lost,
                "the user list would lose {lost} of {entries} entries; not served"
            );
            return Err(Error::NeedsConsent(format!(
                "the user list would lose {lost} of {entries} entries; an operator must agree first"
            )));
        }
        Ok(list)
    }

    /// Opens the user list for an operator, who may look at what a crawler would not get.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a page of a list that has none.
    pub async fn preview_user_list(&self, request: ListRequest) -> Result<OpenList> {
        let settings = self.user_list();
        if request.page == 0 || (request.page > 1 && !settings.paging) {
            return Err(Error::Invalid(
                "`page` must be a whole number from 1 up, and the list must have pages".to_owned(),
            ));
        }
        let version = self.catalog.user_list_version().await?;
        let announced = self.catalog.announced(settings.adopted_only).await?;
        let etag = etag(version, &settings, &request);
        Ok(OpenList {
            request,
            settings,
            announced,
            now: self.clock.now(),
            etag,
        })
    }

    /// Notes that a crawler was told that the list has not changed.
    pub fn user_list_unchanged(self: &Arc<Self>, credential: Option<CredentialId>) {
        self.see(Seen::Unchanged {
            creator: None,
            credential,
        });
    }

    /// The bytes of an opened list, chunk by chunk. An error means that the transfer must break.
    ///
    /// With a visitor, the list counts as served once it has ended; without one, nobody but an operator saw it.
    pub fn read_user_list(
        self: &Arc<Self>,
        list: OpenList,
        visitor: Option<Visitor>,
    ) -> mpsc::Receiver<Result<Bytes>> {
        let (chunks, receiver) = mpsc::channel(2);
        let app = Arc::clone(self);
        self.tasks.spawn(async move {
            if let Err(failed) = app.send_list(&list, visitor, &chunks).await {
                error!(
                    error = &failed as &dyn std::error::Error,
                    "the user list broke off"
                );
                let _gone = chunks.send(Err(failed)).await;
            }
        });
        receiver
    }

    async fn send_list(
        self: &Arc<Self>,
        list: &OpenList,
        visitor: Option<Visitor>,
        chunks: &mpsc::Sender<Result<Bytes>>,
    ) -> Result<()> {
        let pages = list
            .settings
            .paging
            .then(|| i64::from(list.settings.page_size));
        let skip = pages.map_or(0, |size| size * (i64::from(list.request.page) - 1));
        let mut left = pages.unwrap_or(i64::MAX);
        let mut after = self.creator_before(list, skip).await?;
        let mut out = opening(list);
        let mut offered = 0;
        while left > 0 {
            let Some(behind) = after.take() else { break };
            let creators = self
                .catalog
                .listed_creators(&behind, list.settings.adopted_only, left.min(CHUNK))
                .await?;
            for creator in &creators {
                if offered > 0 {
                    out.push(',');
                }
                out.push_str(&entry(list, creator));
                offered += 1;
            }
            left -= CHUNK.min(left);
            after = creators.last().map(|creator| creator.id.clone());
            if chunks
                .send(Ok(Bytes::from(std::mem::take(&mut out))))
                .await
                .is_err()
            {
                return Ok(());
            }
        }
        let more = skip + offered < list.announced.next();
        // A page behind the end of the list is still to be opened.
        out.push_str(&closing(list, more));
        let _gone = chunks.send(Ok(Bytes::from(out))).await;
        match visitor {
            Some(visitor) => self.note_list(list, visitor, offered).await,
            None => Ok(()),
        }
    }

    /// The id behind which the page begins; none when the list ends before it.
    async fn creator_before(&self, list: &OpenList, mut skip: i64) -> Result<Option<String>> {
        let mut after = String::new();
        while skip > 0 {
            let skipped = self
                .catalog
                .listed_creators(&after, list.settings.adopted_only, skip.min(CHUNK))
                .await?;
            let Some(skipped_last) = skipped.last() else {
                return Ok(None);
            };
            after.clone_from(&skipped_last.id);
            skip -= CHUNK.min(skip);
        }
        Ok(Some(after))
    }

    async fn note_list(
        self: &Arc<Self>,
        list: &OpenList,
        visitor: Visitor,
        offered: i64,
    ) -> Result<()> {
        self.see(Seen::Visit(Visit {
            at: list.now,
            face: Face::UserList,
            creator: None,
            credential: visitor.credential,
            address: visitor.address,
            user_agent: visitor.user_agent,
            status: 200,
            feed_version: None,
            offered,
            first: None,
            last: None,
        }));
        if list.announced.lost + list.announced.gained > 0 {
            self.announce(list.settings.adopted_only).await
        } else {
            Ok(())
        }
    }

    async fn announce(&self, adopted_only: bool) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.announce(adopted_only).await?;
        Ok(tx.commit().await?)
    }

    /// Agrees to the next user list, however many entries it loses. Says how it compared with the last one.
    pub async fn accept_user_list(self: &Arc<Self>, by: Actor) -> Result<Announced> {
        let app = Arc::clone(self);
        self.detached(async move {
            let adopted_only = app.user_list().adopted_only;
            let announced = app.catalog.announced(adopted_only).await?;
            let mut line = app.audit_line(&by, Action::AcceptUserList, "user list");
            line.before = told(&json!({ "entries": announced.entries }));
            line.after = told(&json!({ "lost": announced.lost, "gained": announced.gained }));
            let mut tx = app.catalog.begin().await?;
            tx.announce(adopted_only).await?;
            tx.add_audit(&line).await?;
            tx.commit().await?;
            Ok(announced)
        })
        .await
    }
}

fn etag(version: i64, settings: &UserList, request: &ListRequest) -> String {
    let parts = format!("{:?}", (version, settings, request.page, &request.base));
    format!("W/\"{:.32}\"", Digest::of(parts.as_bytes()).to_string())
}

fn opening(list: &OpenList) -> String {
    let envelope = if list.settings.paging {
        format!(
            "\"page\":{},\"limit\":{},",
            list.request.page, list.settings.page_size
        )
    } else {
        String::new()
    };
    match list.settings.shape {
        ListShape::Array if envelope.is_empty() => "[".to_owned(),
        ListShape::Array => format!("{{{envelope}\"list\":["),
        ListShape::Object => format!(
            "{{{envelope}{}:[",
            Value::from(list.settings.member.as_str())
        ),
    }
}

fn closing(list: &OpenList, more: bool) -> String {
    match (list.settings.shape, list.settings.paging) {
        (ListShape::Array, false) => "]".to_owned(),
        (ListShape::Object, false) => "]}".to_owned(),
        (_, true) => format!("],\"has_more\":{more}}}"),
    }
}

/// One entry: the declared pairs in their order, then the constant ones.
fn entry(list: &OpenList, creator: &ListedCreator) -> String {
    let declared = list
        .settings
        .fields
        .iter()
        .map(|(key, attribute)| pair(key, &value(list, creator, *attribute)));
    let constant = list
        .settings
        .constants
        .iter()
        .map(|(key, value)| pair(key, &value.as_str().into()));
    format!(
        "{{{}}}",
        declared.chain(constant).collect::<Vec<_>>().join(",")
    )
}

fn pair(key: &str, value: &Value) -> String {
    format!("{}:{value}", Value::from(key))
}

fn value(list: &OpenList, creator: &ListedCreator, attribute: ListAttribute) -> Value {
    match attribute {
        ListAttribute::DailymotionId => creator.dailymotion_id.as_deref().into(),
        ListAttribute::Username => creator.username.as_deref().into(),
        ListAttribute::CreatorId => creator.id.as_str().into(),
        ListAttribute::Name => creator.name.as_str().into(),
        ListAttribute::FeedUrl => format!("{}/feeds/{}.xml", list.request.base, creator.id).into(),
    }
}
