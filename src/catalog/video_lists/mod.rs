//! Lists of videos: narrowed, searched, ordered and counted, without ever reading the whole table.
//!
//! A list is read from one index. What else narrows it is held against each row of that index, at most [`WALK`] of them for
//! a page: a page may be short or empty and still have a place to go on from.

mod forms;
mod parameters;
mod query;
mod walk;

pub(super) use forms::statements;
pub(super) use parameters::Reading;
pub use query::VideoQuery;
pub use walk::WalkedVideos;

use super::{
    Catalog,
    db::{Arg, args},
    error::Result,
    rows::{VideoRow, text_list},
};
use crate::model::{
    Count, ListCursor, PageSize, StateCounts, Timestamp, Video, VideoId, VideoOrder,
};

use forms::Part;

/// Rows that a page looks at, at most.
const WALK: i64 = 20_000;
/// What a search finds at most, if its index is to be asked.
const FOUND: usize = 20_000;
/// Found videos that are looked at in one go.
const CHUNK: usize = 500;
/// In front of every id, and behind.
const FIRST: &str = "";
const LAST: &str = "\u{10ffff}";

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VideoPage {
    pub videos: Vec<Video>,
    /// Where the list goes on; none at its end. A short or an empty page may have one.
    pub next: Option<ListCursor>,
}

/// A list on its way: what is asked for, and in which order.
struct List<'a> {
    query: &'a VideoQuery,
    order: VideoOrder,
    parts: Vec<Part>,
}

impl<'a> List<'a> {
    /// The list of a query in this order; none when no video can be on it.
    fn of(query: &'a VideoQuery, order: VideoOrder) -> Option<Self> {
        let parts = query.parts(order)?;
        Some(Self {
            query,
            order,
            parts,
        })
    }

    /// The place in front of the list, and the one behind it.
    fn ends(&self) -> [ListCursor; 2] {
        let place = |millis, id: &str| ListCursor {
            order: self.order,
            listed_from: Timestamp::from_millis(millis),
            id: VideoId::from(id.to_owned()),
        };
        let ends = [place(i64::MIN, FIRST), place(i64::MAX, LAST)];
        match self.order {
            VideoOrder::Newest => {
                let [first, last] = ends;
                [last, first]
            }
            VideoOrder::Oldest | VideoOrder::LongestWaiting => ends,
        }
    }

    /// A place as the order's arguments.
    fn place(&self, at: &ListCursor) -> Vec<Arg> {
        match self.order {
            VideoOrder::Newest | VideoOrder::Oldest => args![&at.id].to_vec(),
            VideoOrder::LongestWaiting => args![at.listed_from, &at.id].to_vec(),
        }
    }

    /// Whether a row of the index may be one that the list does not show.
    fn passes_over(&self) -> bool {
        let driver = forms::driver(self.order, &self.parts);
        self.parts.iter().any(|part| Some(*part) != driver)
    }

    /// Sorts ids as the list does, and drops those that do not lie behind `place`.
    fn behind(&self, place: &ListCursor, mut ids: Vec<String>) -> Vec<String> {
        let newest = self.order == VideoOrder::Newest;
        let place = place.id.as_str();
        ids.retain(|id| {
            if newest {
                id.as_str() < place
            } else {
                id.as_str() > place
            }
        });
        ids.sort_unstable();
        if newest {
            ids.reverse();
        }
        ids
    }
}

impl Catalog {
    /// A page of a list, behind `after`. An order is what `after` was made for.
    pub async fn list_videos(
        &self,
        query: &VideoQuery,
        order: VideoOrder,
        after: Option<&ListCursor>,
        size: PageSize,
    ) -> Result<VideoPage> {
        let Some(list) = List::of(query, order) else {
            return Ok(VideoPage::default());
        };
        let [first, last] = list.ends();
        let from = after.unwrap_or(&first);
        let end = self.walk_end(&list, from).await?;
        let until = end.as_ref().unwrap_or(&last);
        let mut videos = self.walked(&list, from, until, size).await?;
        let room = size.get() - i64::try_from(videos.len()).unwrap_or(i64::MAX);
        if room <= 0 {
            return Ok(full(videos, order));
        }
        let Some(end) = end else {
            return Ok(VideoPage { videos, next: None });
        };
        let Some(more) = self.found_behind(&list, &end, room).await? else {
            return Ok(VideoPage {
                videos,
                next: Some(end),
            });
        };
        videos.extend(more);
        if i64::try_from(videos.len()).is_ok_and(|length| length < size.get()) {
            return Ok(VideoPage { videos, next: None });
        }
        Ok(full(videos, order))
    }

    /// How many videos a query finds: from the counters that are kept, else counted up to [`Count::LIMIT`] within as many
    /// rows as a page looks at.
    pub async fn count_videos(&self, query: &VideoQuery) -> Result<Count> {
        if query.counted() {
            return self.kept_count(query).await.map(Count::Exact);
        }
        let Some(list) = List::of(query, VideoOrder::Newest) else {
            return Ok(Count::Exact(0));
        };
        let [first, last] = list.ends();
        let end = self.walk_end(&list, &first).await?;
        let until = end.as_ref().unwrap_or(&last);
        let mut args = query.args(&list.parts);
        args.extend(args![&first.id, &until.id, Count::LIMIT + 1]);
        let counted: Option<(i64,)> = self.db.maybe(forms::count(&list.parts), &args).await?;
        let counted = counted.map_or(0, |(count,)| count);
        if end.is_none() || counted > Count::LIMIT {
            return Ok(Count::up_to_limit(counted));
        }
        match &query.words {
            Some(words) if list.parts == [Part::Words] => {
                let found = self.found(words, FOUND).await?;
                Ok(found.map_or(Count::AtLeast(counted), |ids| {
                    Count::up_to_limit(i64::try_from(ids.len()).unwrap_or(i64::MAX))
                }))
            }
            _ => Ok(Count::AtLeast(counted)),
        }
    }

    async fn kept_count(&self, query: &VideoQuery) -> Result<i64> {
        let counts = match &query.creator {
            Some(creator) => {
                let found = self.find_creator(creator).await?;
                found.map_or_else(StateCounts::default, |creator| creator.counts)
            }
            None => self.totals().await?.1,
        };
        Ok(query
            .state
            .map_or_else(|| counts.total(), |state| counts.of(state)))
    }

    /// Where a walk from this place has looked at enough rows; none when it comes to the end of the list before, or
    /// shows every row that it looks at.
    async fn walk_end(&self, list: &List<'_>, from: &ListCursor) -> Result<Option<ListCursor>> {
        if !list.passes_over() {
            return Ok(None);
        }
        let driver: Vec<_> = forms::driver(list.order, &list.parts).into_iter().collect();
        let mut args = list.query.args(&driver);
        args.extend(list.place(from));
        args.push(Arg::from(WALK - 1));
        let sql = forms::end(list.order, &list.parts);
        let end: Option<(i64, String)> = self.db.maybe(sql, &args).await?;
        Ok(end.map(|(listed_from, id)| ListCursor {
            order: list.order,
            listed_from: Timestamp::from_millis(listed_from),
            id: VideoId::from(id),
        }))
    }

    /// The first videos of the list behind one place and no further than another.
    async fn walked(
        &self,
        list: &List<'_>,
        from: &ListCursor,
        until: &ListCursor,
        size: PageSize,
    ) -> Result<Vec<Video>> {
        let mut args = list.query.args(&list.parts);
        args.extend(list.place(from));
        args.extend(list.place(until));
        args.push(Arg::from(size.get()));
        let rows: Vec<VideoRow> = self
            .db
            .all(forms::page(list.order, &list.parts), &args)
            .await?;
        rows.into_iter().map(Video::try_from).collect()
    }

    /// The next videos of a search behind a place, at most `room`, from its index. None when it finds too many, or is in no
    /// order of ids: then the list is walked. Words that many videos have are met soon on the way, so the index is asked
    /// for rare ones.
    async fn found_behind(
        &self,
        list: &List<'_>,
        place: &ListCursor,
        room: i64,
    ) -> Result<Option<Vec<Video>>> {
        let Some(words) = &list.query.words else {
            return Ok(None);
        };
        if list.order == VideoOrder::LongestWaiting {
            return Ok(None);
        }
        let Some(ids) = self.found(words, FOUND).await? else {
            return Ok(None);
        };
        let room = usize::try_from(room).unwrap_or_default();
        let mut videos = Vec::new();
        for chunk in list.behind(place, ids).chunks(CHUNK) {
            videos.extend(self.shown_of(list, chunk).await?);
            if videos.len() >= room {
                break;
            }
        }
        videos.truncate(room);
        Ok(Some(videos))
    }

    /// Those of these videos that the list shows beside its words, in its order.
    async fn shown_of(&self, list: &List<'_>, ids: &[String]) -> Result<Vec<Video>> {
        let mut parts = list.parts.clone();
        parts.retain(|part| *part != Part::Words);
        let mut args = list.query.args(&parts);
        args.push(text_list(ids, String::as_str)?);
        let rows: Vec<VideoRow> = self.db.all(forms::among(&parts), &args).await?;
        let videos: Result<Vec<_>> = rows.into_iter().map(Video::try_from).collect();
        let mut videos = videos?;
        videos.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        if list.order == VideoOrder::Newest {
            videos.reverse();
        }
        Ok(videos)
    }
}

/// A page that has no room left.
fn full(videos: Vec<Video>, order: VideoOrder) -> VideoPage {
    let next = videos.last().map(|last| ListCursor::behind(last, order));
    VideoPage { videos, next }
}
