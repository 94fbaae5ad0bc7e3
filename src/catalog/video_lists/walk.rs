//! Walks over all that a query finds: counted exactly, by ids in their order, and with the rows held that are to be moved.

use super::{CHUNK, FIRST, FOUND, List, VideoQuery, WALK, forms};
use crate::{
    catalog::{
        Catalog, Tx,
        candidates::{Candidate, CandidateRow},
        db::{Arg, args},
        error::Result,
        rows::{read, text_list},
    },
    model::{Guid, VideoId, VideoOrder},
};

/// A stretch of a walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalkedVideos {
    /// In the order of ids.
    pub videos: Vec<(VideoId, Guid)>,
    /// Where the walk goes on; none at its end. A stretch without videos may have one.
    pub next: Option<VideoId>,
}

impl Catalog {
    /// How many videos a query finds, however many: from a counter where one is kept, else counted piece by piece, so that
    /// no statement takes long.
    pub async fn count_videos_exactly(&self, query: &VideoQuery) -> Result<i64> {
        if query.counted() {
            return self.kept_count(query).await;
        }
        let Some(list) = List::of(query, VideoOrder::Newest) else {
            return Ok(0);
        };
        if let Some(found) = self.found_by_words(&list, FIRST).await? {
            let mut count = 0;
            for chunk in found.chunks(CHUNK) {
                count += self.shown_of(&list, chunk).await?.len();
            }
            return Ok(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let [mut from, last] = list.ends();
        let mut count = 0;
        loop {
            let end = self.walk_end(&list, &from, WALK).await?;
            let until = end.as_ref().unwrap_or(&last);
            count += self.counted(&list, &from, until, i64::MAX).await?;
            match end {
                Some(end) => from = end,
                None => return Ok(count),
            }
        }
    }

    /// The next videos that a query finds behind an id and no further than `bound`, at most `limit`.
    pub async fn walk_videos(
        &self,
        query: &VideoQuery,
        after: Option<&VideoId>,
        bound: &str,
        limit: usize,
    ) -> Result<WalkedVideos> {
        let Some(list) = List::of(query, VideoOrder::Oldest) else {
            return Ok(WalkedVideos::default());
        };
        let after = after.map_or(FIRST, VideoId::as_str);
        if let Some(mut found) = self.found_by_words(&list, after).await? {
            found.retain(|id| id.as_str() <= bound);
            return self.walk_found(&list, &found).await;
        }
        let [mut from, _last] = list.ends();
        from.id = VideoId::from(after.to_owned());
        let end = self.walk_end(&list, &from, WALK).await?;
        let end = end.filter(|end| end.id.as_str() < bound).map(|end| end.id);
        let until = end.as_ref().map_or(bound, VideoId::as_str);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut args = query.args(&list.parts);
        args.extend(args![after, until, limit]);
        let rows: Vec<(String, String)> = self.db.all(forms::walk(&list.parts), &args).await?;
        let ids = rows.iter().map(|(id, _guid)| id.as_str());
        self.db.guard.goes_on(after, ids)?;
        let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == limit);
        let video = |(id, guid): (String, String)| Ok((VideoId::from(id), read::<Guid>(&guid)?));
        let videos: Vec<_> = rows.into_iter().map(video).collect::<Result<_>>()?;
        let last = videos.last().map(|(id, _guid)| id.clone());
        Ok(WalkedVideos {
            videos,
            next: if full { last } else { end },
        })
    }

    /// What a search finds behind an id, in the order of ids; none where its index doesn't help.
    async fn found_by_words(&self, list: &List<'_>, after: &str) -> Result<Option<Vec<String>>> {
        let Some(words) = &list.query.words else {
            return Ok(None);
        };
        let mut found = self.found(words, FOUND).await?;
        if let Some(ids) = &mut found {
            ids.retain(|id| id.as_str() > after);
            ids.sort_unstable();
        }
        Ok(found)
    }

    async fn walk_found(&self, list: &List<'_>, found: &[String]) -> Result<WalkedVideos> {
        let (chunk, rest) = found.split_at(found.len().min(CHUNK));
        let mut videos = self.shown_of(list, chunk).await?;
        videos.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let next = chunk.last().filter(|_last| !rest.is_empty());
        Ok(WalkedVideos {
            videos: videos
                .into_iter()
                .map(|video| (video.id, video.guid))
                .collect(),
            next: next.cloned().map(VideoId::from),
        })
    }
}

impl Tx {
    /// Those of these videos that the query still finds, in the order of ids; nobody else moves them before this
    /// transaction ends. `mark` is what parts their past from what happened to them since.
    pub async fn own_candidates(
        &mut self,
        query: &VideoQuery,
        ids: &[VideoId],
        mark: &str,
    ) -> Result<Vec<Candidate>> {
        let Some(parts) = query.parts(VideoOrder::Oldest) else {
            return Ok(Vec::new());
        };
        let mut args = vec![Arg::from(mark)];
        args.extend(query.args(&parts));
        args.push(text_list(ids, VideoId::as_str)?);
        let rows: Vec<CandidateRow> = self.all(forms::own(&parts), &args).await?;
        let candidates: Result<Vec<_>> = rows.into_iter().map(Candidate::try_from).collect();
        let mut candidates = candidates?;
        candidates.sort_unstable_by(|one, other| one.subject.id.cmp(&other.subject.id));
        Ok(candidates)
    }
}
