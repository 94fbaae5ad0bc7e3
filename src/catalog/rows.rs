//! A video as a row: how the model's types lie in columns.

use std::{collections::BTreeSet, str::FromStr};

use super::{Error, Result, db::Arg};
use crate::model::{Fields, Pins, Rule, Shelf, Standing, Timestamp, Video, VideoId};

/// Behind every id.
pub(super) const LAST: &str = "~";

/// A row of `videos` on its way out.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct VideoRow {
    pub(super) id: String,
    creator_id: String,
    guid: String,
    state: String,
    #[sqlx(flatten)]
    fields: FieldsRow,
    source_guid: Option<String>,
    broken: Option<String>,
    remote_id: Option<String>,
    other_remote_ids: Option<String>,
    retry_epoch: i64,
    failed_epoch: Option<i64>,
    unusable_epoch: Option<i64>,
    refusal: Option<String>,
    retry_at: Option<i64>,
    waiting_since: Option<i64>,
    ready_at: Option<i64>,
    added_at: i64,
    content_at: i64,
    pins: Option<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct FieldsRow {
    title: Option<String>,
    description: Option<String>,
    category: Option<String>,
    tags: Option<String>,
    language: Option<String>,
    country: Option<String>,
    link: Option<String>,
    media_url: Option<String>,
    media_type: Option<String>,
    media_size: Option<i64>,
    duration: Option<i64>,
    width: Option<i64>,
    height: Option<i64>,
    thumbnail_url: Option<String>,
    published_at: Option<i64>,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    geo: Option<String>,
    made_for_kids: Option<bool>,
    private: Option<bool>,
    explicit: Option<bool>,
}

impl From<FieldsRow> for Fields {
    fn from(row: FieldsRow) -> Self {
        Self {
            title: row.title,
            description: row.description,
            category: row.category,
            tags: row.tags,
            language: row.language,
            country: row.country,
            link: row.link,
            media_url: row.media_url,
            media_type: row.media_type,
            media_size: row.media_size,
            duration: row.duration,
            width: row.width,
            height: row.height,
            thumbnail_url: row.thumbnail_url,
            published_at: moment(row.published_at),
            starts_at: moment(row.starts_at),
            ends_at: moment(row.ends_at),
            geo: row.geo,
            made_for_kids: row.made_for_kids,
            private: row.private,
            explicit: row.explicit,
        }
    }
}

impl TryFrom<VideoRow> for Video {
    type Error = Error;

    fn try_from(row: VideoRow) -> Result<Self> {
        Ok(Self {
            id: VideoId::from(row.id),
            guid: read(&row.guid)?,
            creator: read(&row.creator_id)?,
            source_guid: row.source_guid,
            fields: row.fields.into(),
            pins: row
                .pins
                .as_deref()
                .map_or(Ok(Pins::default()), read::<Pins>)?,
            broken: rules(row.broken.as_deref())?,
            standing: Standing {
                state: read(&row.state)?,
                remote_id: row.remote_id,
                other_remote_ids: remote_ids(row.other_remote_ids.as_deref()),
                retry_epoch: row.retry_epoch,
                failed_epoch: row.failed_epoch,
                unusable_epoch: row.unusable_epoch,
                refusal: row.refusal,
                ready_at: moment(row.ready_at),
            },
            retry_at: moment(row.retry_at),
            added_at: Timestamp::from_millis(row.added_at),
            content_at: Timestamp::from_millis(row.content_at),
            waiting_since: moment(row.waiting_since),
        })
    }
}

/// A row of `videos` on its way in; the names are the columns'.
#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
pub(super) struct VideoCells<'a> {
    id: &'a str,
    creator_id: &'a str,
    guid: &'a str,
    #[serde(flatten)]
    life: LifeCells<'a>,
    #[serde(flatten)]
    fields: FieldsCells<'a>,
    source_guid: Option<&'a str>,
    pins: Option<String>,
    broken: Option<String>,
    retry_epoch: i64,
    retry_at: Option<i64>,
    waiting_since: Option<i64>,
    added_at: i64,
    content_at: i64,
}

/// The columns that a report of the injector can move.
#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
pub(super) struct LifeCells<'a> {
    state: &'static str,
    held: bool,
    needs: i64,
    listed_from: Option<i64>,
    relisted_from: Option<i64>,
    remote_id: Option<&'a str>,
    other_remote_ids: Option<String>,
    failed_epoch: Option<i64>,
    unusable_epoch: Option<i64>,
    refusal: Option<&'a str>,
    ready_at: Option<i64>,
}

impl<'a> LifeCells<'a> {
    /// The cells of a standing at this place of the shelf.
    pub(super) fn new(standing: &'a Standing, shelf: Shelf) -> Self {
        let others = standing
            .other_remote_ids
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>();
        Self {
            state: standing.state.as_str(),
            held: shelf.held,
            needs: shelf.needs.bits(),
            listed_from: millis(shelf.listed_from),
            relisted_from: millis(shelf.relisted_from),
            remote_id: standing.remote_id.as_deref(),
            // A usable id holds no control character, so a line feed parts them.
            other_remote_ids: standing.is_conflict().then(|| others.join("\n")),
            failed_epoch: standing.failed_epoch,
            unusable_epoch: standing.unusable_epoch,
            refusal: standing.refusal.as_deref(),
            ready_at: millis(standing.ready_at),
        }
    }
}

#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
struct FieldsCells<'a> {
    title: Option<&'a str>,
    description: Option<&'a str>,
    category: Option<&'a str>,
    tags: Option<&'a str>,
    language: Option<&'a str>,
    country: Option<&'a str>,
    link: Option<&'a str>,
    media_url: Option<&'a str>,
    media_type: Option<&'a str>,
    media_size: Option<i64>,
    duration: Option<i64>,
    width: Option<i64>,
    height: Option<i64>,
    thumbnail_url: Option<&'a str>,
    published_at: Option<i64>,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    geo: Option<&'a str>,
    made_for_kids: Option<bool>,
    private: Option<bool>,
    explicit: Option<bool>,
}

impl<'a> VideoCells<'a> {
    /// The cells of a video that lies on this shelf.
    pub(super) fn new(video: &'a Video, shelf: Shelf) -> Self {
        Self {
            id: video.id.as_str(),
            creator_id: video.creator.as_str(),
            guid: video.guid.as_str(),
            life: LifeCells::new(&video.standing, shelf),
            fields: FieldsCells::new(&video.fields),
            source_guid: video.source_guid.as_deref(),
            pins: (!video.pins.is_empty()).then(|| video.pins.to_string()),
            broken: broken(&video.broken),
            retry_epoch: video.standing.retry_epoch,
            retry_at: millis(video.retry_at),
            waiting_since: millis(video.waiting_since),
            added_at: video.added_at.as_millis(),
            content_at: video.content_at.as_millis(),
        }
    }

    /// The same cells in the order of `sql/insert_video.sql`. Nobody has pinned anything of a new video.
    pub(super) fn into_args(self) -> Vec<Arg> {
        let Self { life, fields, .. } = self;
        vec![
            self.id.into(),
            self.creator_id.into(),
            life.state.into(),
            life.held.into(),
            life.needs.into(),
            life.listed_from.into(),
            self.guid.into(),
            fields.title.into(),
            fields.description.into(),
            fields.category.into(),
            fields.tags.into(),
            fields.language.into(),
            fields.country.into(),
            fields.link.into(),
            fields.media_url.into(),
            fields.media_type.into(),
            fields.media_size.into(),
            fields.duration.into(),
            fields.width.into(),
            fields.height.into(),
            fields.thumbnail_url.into(),
            fields.published_at.into(),
            fields.starts_at.into(),
            fields.ends_at.into(),
            fields.geo.into(),
            fields.made_for_kids.into(),
            fields.private.into(),
            fields.explicit.into(),
            self.source_guid.into(),
            self.broken.into(),
            life.remote_id.into(),
            life.other_remote_ids.into(),
            self.retry_epoch.into(),
            life.failed_epoch.into(),
            life.unusable_epoch.into(),
            life.refusal.into(),
            self.retry_at.into(),
            self.waiting_since.into(),
            life.ready_at.into(),
            self.added_at.into(),
            self.content_at.into(),
            life.relisted_from.into(),
        ]
    }
}

impl<'a> FieldsCells<'a> {
    fn new(fields: &'a Fields) -> Self {
        Self {
            title: fields.title.as_deref(),
            description: fields.description.as_deref(),
            category: fields.category.as_deref(),
            tags: fields.tags.as_deref(),
            language: fields.language.as_deref(),
            country: fields.country.as_deref(),
            link: fields.link.as_deref(),
            media_url: fields.media_url.as_deref(),
            media_type: fields.media_type.as_deref(),
            media_size: fields.media_size,
            duration: fields.duration,
            width: fields.width,
            height: fields.height,
            thumbnail_url: fields.thumbnail_url.as_deref(),
            published_at: millis(fields.published_at),
            starts_at: millis(fields.starts_at),
            ends_at: millis(fields.ends_at),
            geo: fields.geo.as_deref(),
            made_for_kids: fields.made_for_kids,
            private: fields.private,
            explicit: fields.explicit,
        }
    }
}

/// The ids that [`LifeCells::new`] joined.
pub(super) fn remote_ids(joined: Option<&str>) -> BTreeSet<String> {
    joined
        .iter()
        .flat_map(|ids| ids.split('\n'))
        .map(str::to_owned)
        .collect()
}

/// The rules that [`broken`] joined.
pub(super) fn rules(joined: Option<&str>) -> Result<Vec<Rule>> {
    let codes = joined.iter().flat_map(|codes| codes.split(','));
    codes.map(read::<Rule>).collect()
}

fn broken(rules: &[Rule]) -> Option<String> {
    (!rules.is_empty()).then(|| {
        rules
            .iter()
            .map(|rule| rule.code())
            .collect::<Vec<_>>()
            .join(",")
    })
}

/// Reads a stored text as the type it was written from.
pub(super) fn read<T: FromStr>(text: &str) -> Result<T>
where
    T::Err: ToString,
{
    text.parse()
        .map_err(|fault: T::Err| Error::Unreadable(fault.to_string()))
}

/// A stored moment.
pub(super) fn moment(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// A moment as it is stored.
pub(super) fn millis(moment: Option<Timestamp>) -> Option<i64> {
    moment.map(Timestamp::as_millis)
}

/// The ids of these types as one JSON array, for `IN` lists.
pub(super) fn text_list<'a, T: 'a>(
    items: impl IntoIterator<Item = &'a T>,
    text: impl Fn(&'a T) -> &'a str,
) -> Result<Arg> {
    Arg::rows(&items.into_iter().map(text).collect::<Vec<_>>())
}
