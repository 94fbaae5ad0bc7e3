//! Lists of videos: narrowed, searched, ordered and counted, without ever reading the whole table.
//!
//! A list is read from one index. What else narrows it is held against each row of that index, stretch by stretch, until the
//! page is full, [`WALK`] rows were looked at or [`PATIENCE`] is over: a page may be short or empty and still have a place to
//! go on from.

mod forms;
mod parameters;
mod query;
mod walk;

pub(super) use forms::statements;
pub(super) use parameters::Reading;
pub use query::VideoQuery;
pub use walk::WalkedVideos;

use std::{
    cmp::Reverse,
    time::{Duration, Instant},
};

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

/// Rows that a page or a count looks at, at most; and one piece of what goes on to the end.
const WALK: i64 = 20_000;
/// Rows that are looked at in one go.
const STRETCH: i64 = 1_000;
/// How long a page or a count goes on to its next stretch.
const PATIENCE: Duration = Duration::from_millis(50);
/// Videos that have the rare words of a search, at most, if its index is to be asked.
const FOUND: usize = 2_000;
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

impl VideoPage {
    /// How many more videos it takes; none where the list is at its end.
    fn room(&self, size: PageSize) -> i64 {
        let videos = i64::try_from(self.videos.len()).unwrap_or(i64::MAX);
        self.next.as_ref().map_or(0, |_place| size.get() - videos)
    }

    /// Takes the list's next videos; it goes on behind the last one of a full page, else at `end`.
    fn add(
        &mut self,
        videos: Vec<Video>,
        end: Option<ListCursor>,
        order: VideoOrder,
        size: PageSize,
    ) {
        self.videos.extend(videos);
        self.next = if self.room(size) > 0 {
            end
        } else {
            self.videos
                .last()
                .map(|last| ListCursor::behind(last, order))
        };
    }
}

/// The stretches of a page or a count, until enough rows were looked at or enough time has gone by; at least one.
fn stretches() -> impl Iterator<Item = i64> {
    let end = Instant::now() + PATIENCE;
    (0..WALK / STRETCH).take_while(move |stretch| *stretch == 0 || Instant::now() < end)
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
        let [first, _last] = list.ends();
        let mut page = VideoPage {
            videos: Vec::new(),
            next: Some(after.cloned().unwrap_or(first)),
        };
        for stretch in stretches() {
            self.look_on(&list, &mut page, size).await?;
            // Words that many videos have are met soon on the way, so their index is asked for rare ones.
            if stretch == 0 {
                self.look_up(&list, &mut page, size).await?;
            }
            if page.room(size) == 0 {
                break;
            }
        }
        Ok(page)
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
        let [mut from, last] = list.ends();
        let mut counted = 0;
        for stretch in stretches() {
            let end = self.walk_end(&list, &from, STRETCH).await?;
            let until = end.as_ref().unwrap_or(&last);
            let most = Count::LIMIT + 1 - counted;
            counted += self.counted(&list, &from, until, most).await?;
            let Some(end) = end.filter(|_end| counted <= Count::LIMIT) else {
                return Ok(Count::up_to_limit(counted));
            };
            if stretch == 0
                && let Some(all) = self.count_found(&list).await?
            {
                return Ok(all);
            }
            from = end;
        }
        Ok(Count::AtLeast(counted))
    }

    /// How many videos a list finds, from the index of words; none where that doesn't tell.
    async fn count_found(&self, list: &List<'_>) -> Result<Option<Count>> {
        let Some(words) = list
            .query
            .words
            .as_ref()
            .filter(|_words| list.parts == [Part::Words])
        else {
            return Ok(None);
        };
        let found = self.found(words, FOUND).await?;
        let count =
            |ids: Vec<String>| Count::up_to_limit(i64::try_from(ids.len()).unwrap_or(i64::MAX));
        Ok(found.map(count))
    }

    /// How many videos a list has from one place to another, at most `most`.
    async fn counted(
        &self,
        list: &List<'_>,
        from: &ListCursor,
        until: &ListCursor,
        most: i64,
    ) -> Result<i64> {
        let mut args = list.query.args(&list.parts);
        args.extend(args![&from.id, &until.id, most]);
        let counted: Option<(i64,)> = self.db.maybe(forms::count(&list.parts), &args).await?;
        Ok(counted.map_or(0, |(count,)| count))
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

    /// Where a walk from this place has looked at so many rows; none when it comes to the end of the list before, or
    /// shows every row that it looks at.
    async fn walk_end(
        &self,
        list: &List<'_>,
        from: &ListCursor,
        rows: i64,
    ) -> Result<Option<ListCursor>> {
        if !list.passes_over() {
            return Ok(None);
        }
        let driver: Vec<_> = forms::driver(list.order, &list.parts).into_iter().collect();
        let mut args = list.query.args(&driver);
        args.extend(list.place(from));
        args.push(Arg::from(rows - 1));
        let sql = forms::end(list.order, &list.parts);
        let end: Option<(i64, String)> = self.db.maybe(sql, &args).await?;
        let end = end.map(|(listed_from, id)| ListCursor {
            order: list.order,
            listed_from: Timestamp::from_millis(listed_from),
            id: VideoId::from(id),
        });
        self.goes_on(list, from, end.as_ref())?;
        Ok(end)
    }

    /// Adds what a page has room for from the next stretch of its list.
    async fn look_on(&self, list: &List<'_>, page: &mut VideoPage, size: PageSize) -> Result<()> {
        let Some(from) = &page.next else {
            return Ok(());
        };
        let [_first, last] = list.ends();
        let end = self.walk_end(list, from, STRETCH).await?;
        let until = end.as_ref().unwrap_or(&last);
        let videos = self.walked(list, from, until, page.room(size)).await?;
        let from = from.clone();
        page.add(videos, end, list.order, size);
        match list.order {
            VideoOrder::Newest | VideoOrder::Oldest => {
                self.goes_on(list, &from, page.next.as_ref())
            }
            // Behind a video its place is worked out, and the index is ordered by what is stored of it.
            VideoOrder::LongestWaiting => Ok(()),
        }
    }

    /// Makes sure that a list goes on behind a place.
    fn goes_on(&self, list: &List<'_>, from: &ListCursor, next: Option<&ListCursor>) -> Result<()> {
        let guard = &self.db.guard;
        let id = |at: &ListCursor| at.id.clone();
        match list.order {
            VideoOrder::Newest => guard.goes_on(Reverse(id(from)), next.map(id).map(Reverse)),
            VideoOrder::Oldest => guard.goes_on(id(from), next.map(id)),
            VideoOrder::LongestWaiting => {
                let place = |at: &ListCursor| (at.listed_from, id(at));
                guard.goes_on(place(from), next.map(place))
            }
        }
    }

    /// Adds what a page has room for from the index of words, where that finds few enough.
    async fn look_up(&self, list: &List<'_>, page: &mut VideoPage, size: PageSize) -> Result<()> {
        let (Some(from), room @ 1..) = (&page.next, page.room(size)) else {
            return Ok(());
        };
        if let Some(videos) = self.found_behind(list, from, room).await? {
            page.add(videos, None, list.order, size);
        }
        Ok(())
    }

    /// The first videos of the list behind one place and no further than another.
    async fn walked(
        &self,
        list: &List<'_>,
        from: &ListCursor,
        until: &ListCursor,
        most: i64,
    ) -> Result<Vec<Video>> {
        let mut args = list.query.args(&list.parts);
        args.extend(list.place(from));
        args.extend(list.place(until));
        args.push(Arg::from(most));
        let rows: Vec<VideoRow> = self
            .db
            .all(forms::page(list.order, &list.parts), &args)
            .await?;
        rows.into_iter().map(Video::try_from).collect()
    }

    /// The next videos of a search behind a place, at most `room`, from its index. None when that doesn't help, or the list is
    /// in no order of ids: then it is walked.
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
