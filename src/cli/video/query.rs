//! Which videos a command is about.

use clap::Args;

use crate::{
    app::{App, VideoQuery},
    cli::failure::Done,
    model::{CreatorId, ListCursor, PageSize, State, Video, VideoOrder, Words},
};

/// The flags that find videos.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Query {
    /// Only videos of this creator
    #[arg(long, value_name = "ID")]
    pub(super) creator: Option<CreatorId>,
    /// Only videos in this state: draft, waiting, pushing, imported, refused or removed
    #[arg(long)]
    pub(super) state: Option<State>,
    /// Only videos that Dailymotion refused with this status
    #[arg(long, value_name = "STATUS", conflicts_with = "state")]
    pub(super) reason: Option<String>,
    /// Only videos with more than one remote id
    #[arg(long)]
    pub(super) conflicts: bool,
    /// Only videos that break a preflight rule
    #[arg(long)]
    pub(super) broken: bool,
    /// Only videos that are kept off every feed (by a need that no setting meets, a window that has ended, a rule), or with
    /// `false` only the others
    #[arg(long, value_name = "BOOLEAN")]
    pub(super) held: Option<bool>,
    /// Only videos with words in title or guid that begin like these
    #[arg(long, value_name = "WORDS")]
    pub(super) search: Option<String>,
}

impl Query {
    /// Whether any flag was given.
    pub(super) fn is_given(&self) -> bool {
        VideoQuery::from(self.clone()) != VideoQuery::default()
    }
}

impl From<Query> for VideoQuery {
    fn from(query: Query) -> Self {
        Self {
            creator: query.creator,
            state: query.state,
            refusal: query.reason,
            held: query.held,
            in_conflict: query.conflicts,
            breaks_rules: query.broken,
            words: query.search.as_deref().map(Words::from),
        }
    }
}

/// The videos that a query finds, page by page.
pub(super) struct Pages<'a> {
    app: &'a App,
    query: VideoQuery,
    order: VideoOrder,
    /// Where the list goes on; none at its end.
    place: Option<Place>,
    left: i64,
}

/// Where a list goes on.
enum Place {
    Start,
    Behind(ListCursor),
}

impl<'a> Pages<'a> {
    /// All of them, in the order in which they were added.
    pub(super) fn all(app: &'a App, query: Query) -> Self {
        Self::some(app, query, VideoOrder::Oldest, None, i64::MAX)
    }

    /// At most `limit` in this order, behind `after`.
    pub(super) fn some(
        app: &'a App,
        query: Query,
        order: VideoOrder,
        after: Option<&Video>,
        limit: i64,
    ) -> Self {
        let behind = |video| Place::Behind(ListCursor::behind(video, order));
        Self {
            app,
            query: query.into(),
            order,
            place: Some(after.map_or(Place::Start, behind)),
            left: limit,
        }
    }

    /// The next videos; none at the end.
    pub(super) async fn next(&mut self) -> Done<Option<Vec<Video>>> {
        let page = self.read(self.left).await?;
        self.left -= i64::try_from(page.len()).unwrap_or(i64::MAX);
        Ok((!page.is_empty()).then_some(page))
    }

    /// Whether the limit has cut the list short.
    pub(super) async fn has_more(&mut self) -> Done<bool> {
        Ok(self.left == 0 && !self.read(1).await?.is_empty())
    }

    /// Reads on until there are some, at most `limit`, or the list is at its end.
    async fn read(&mut self, limit: i64) -> Done<Vec<Video>> {
        let Ok(size) = PageSize::try_from(limit.min(PageSize::MOST.get())) else {
            return Ok(Vec::new());
        };
        while let Some(place) = &self.place {
            let after = match place {
                Place::Start => None,
                Place::Behind(cursor) => Some(cursor),
            };
            let (query, order) = (&self.query, self.order);
            let page = self.app.list_videos(query, order, after, size).await?;
            self.place = page.next.map(Place::Behind);
            if !page.videos.is_empty() {
                return Ok(page.videos);
            }
        }
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        query: Query,
    }

    fn query(args: &[&str]) -> Result<Query, String> {
        Line::try_parse_from(["list"].iter().chain(args))
            .map(|line| line.query)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn flags_are_read_and_told_back() {
        let query = |args: &[&str]| VideoQuery::from(super::tests::query(args).unwrap());
        let found = query(&["--creator", "demo", "--state", "refused"]);
        assert_eq!(found.sentence(), "in state `refused` of `demo`");
        assert!(!found.in_conflict);
        let narrow = query(&["--held", "false", "--search", "Boats"]);
        assert_eq!(narrow.sentence(), "that are not held found by `boats`");
    }

    #[test]
    fn no_flag_is_no_query() {
        assert!(!query(&[]).unwrap().is_given());
        for flag in [
            &["--conflicts"][..],
            &["--held", "false"],
            &["--broken"],
            &["--search", "a"],
        ] {
            assert!(query(flag).unwrap().is_given(), "{flag:?}");
        }
    }

    #[test]
    fn wrong_flags_are_refused_with_what_is_right() {
        let unknown = query(&["--state", "lost"]).unwrap_err();
        assert!(unknown.contains("lost"), "{unknown}");
        assert!(query(&["--creator", "Demo"]).is_err());
        assert!(query(&["--held", "perhaps"]).is_err());
        assert!(query(&["--reason", "failed", "--state", "waiting"]).is_err());
    }
}
