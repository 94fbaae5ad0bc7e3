//! Which videos a command is about.

use clap::Args;

use crate::{
    app::{App, VideoQuery},
    cli::failure::Done,
    model::{CreatorId, State, Video, VideoId},
};

/// Videos read in one go.
const PAGE: i64 = 500;

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
    #[arg(long, conflicts_with_all = ["creator", "state", "reason"])]
    pub(super) conflicts: bool,
}

impl Query {
    /// Whether any flag was given.
    pub(super) fn is_given(&self) -> bool {
        self.creator.is_some() || self.state.is_some() || self.reason.is_some() || self.conflicts
    }

    /// The query as part of a sentence about videos.
    pub(super) fn sentence(&self) -> String {
        let mut words = Vec::new();
        words.extend(
            self.state
                .map(|state| format!("in state `{}`", state.as_str())),
        );
        words.extend(
            self.reason
                .as_ref()
                .map(|reason| format!("refused with `{reason}`")),
        );
        words.extend(
            self.creator
                .as_ref()
                .map(|creator| format!("of `{creator}`")),
        );
        words.extend(self.conflicts.then(|| "with a conflict".to_owned()));
        words.join(" ")
    }
}

impl From<Query> for VideoQuery {
    fn from(query: Query) -> Self {
        Self {
            creator: query.creator,
            state: query.state,
            refusal: query.reason,
            in_conflict: query.conflicts,
        }
    }
}

/// The videos that a query finds, page by page.
pub(super) struct Pages<'a> {
    app: &'a App,
    query: VideoQuery,
    after: Option<VideoId>,
    /// The last video that may come.
    bound: Option<VideoId>,
    left: i64,
}

impl<'a> Pages<'a> {
    /// All of them.
    pub(super) fn all(app: &'a App, query: Query) -> Self {
        Self::some(app, query, None, i64::MAX)
    }

    /// Those up to the video `bound`: what is added later is not meant.
    pub(super) fn up_to(app: &'a App, query: Query, bound: VideoId) -> Self {
        Self {
            bound: Some(bound),
            ..Self::all(app, query)
        }
    }

    /// At most `limit`, behind `after`.
    pub(super) fn some(app: &'a App, query: Query, after: Option<VideoId>, limit: i64) -> Self {
        Self {
            app,
            query: query.into(),
            after,
            bound: None,
            left: limit,
        }
    }

    /// The next page; none at the end.
    pub(super) async fn next(&mut self) -> Done<Option<Vec<Video>>> {
        let limit = self.left.min(PAGE);
        if limit == 0 {
            return Ok(None);
        }
        let mut page = self.read(limit).await?;
        if let Some(bound) = &self.bound {
            page.retain(|video| video.id <= *bound);
        }
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.after = Some(last.id.clone());
        self.left -= limit;
        Ok(Some(page))
    }

    /// Whether the limit has cut the list short.
    pub(super) async fn has_more(&self) -> Done<bool> {
        Ok(self.left == 0 && !self.read(1).await?.is_empty())
    }

    async fn read(&self, limit: i64) -> Done<Vec<Video>> {
        let after = self.after.as_ref();
        Ok(self.app.list_videos(&self.query, after, limit).await?)
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
        let query = query(&["--creator", "demo", "--state", "refused"]).unwrap();
        assert_eq!(query.sentence(), "in state `refused` of `demo`");
        let reason = super::tests::query(&["--creator", "demo", "--reason", "failed"]).unwrap();
        assert_eq!(reason.sentence(), "refused with `failed` of `demo`");
        let found = VideoQuery::from(query);
        assert_eq!(found.state, Some(State::Refused));
        assert!(!found.in_conflict);
    }

    #[test]
    fn no_flag_is_no_query() {
        assert!(!query(&[]).unwrap().is_given());
        assert!(query(&["--conflicts"]).unwrap().is_given());
    }

    #[test]
    fn wrong_flags_are_refused_with_what_is_right() {
        let unknown = query(&["--state", "lost"]).unwrap_err();
        assert!(unknown.contains("lost"), "{unknown}");
        assert!(query(&["--creator", "Demo"]).is_err());
        assert!(query(&["--conflicts", "--state", "refused"]).is_err());
        assert!(query(&["--reason", "failed", "--state", "waiting"]).is_err());
    }
}
