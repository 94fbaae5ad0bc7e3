//! Why a video is not on Dailymotion: one sentence, and the evidence for it.

use std::time::Duration;

use super::{App, Result};
use crate::{
    catalog::{EventQuery, FiledEvent},
    model::{Creator, Cursor, Hold, Part, State, Timestamp, Video, Visit, holds},
    random::Random,
};

/// Events shown as evidence.
const EVENTS: i64 = 20;
/// How far the id of a visit may lie before the visit: clocks of daemons differ, and are set back.
const OVERLAP: Duration = Duration::from_hours(1);

/// The answer, with its evidence.
#[derive(Clone, Debug)]
pub struct Why {
    pub sentence: String,
    pub video: Video,
    pub creator: Creator,
    pub holds: Vec<Hold>,
    /// The last visit that was offered the video where it lies now.
    pub offered: Option<Visit>,
    /// The last minute in which the feed was asked for again and had not changed.
    pub unchanged: Option<Timestamp>,
    /// The newest events about it, newest first.
    pub events: Vec<FiledEvent>,
}

impl App {
    /// Why a video is not on Dailymotion, or that it is.
    ///
    /// # Errors
    /// [`Error::NotFound`](super::Error::NotFound).
    pub async fn why(&self, guid: &crate::model::Guid) -> Result<Why> {
        let video = self.video(guid).await?;
        let creator = self.creator(&video.creator).await?;
        let policy = super::feeds::policy(&self.config.load().feed);
        let now = self.clock.now();
        let waiting = video.standing.state == State::Waiting;
        let cap = self.reached_cap(&creator.id).await?;
        let holds = if waiting {
            holds(&video, creator.status, policy, cap, now)
        } else {
            Vec::new()
        };
        let listed_from = video.shelf(policy, now).listed_from;
        let place = listed_from.map(|listed_from| Cursor {
            part: Part::Waiting,
            listed_from,
            id: video.id.to_string(),
        });
        let offered = match &place {
            Some(place) => self.last_offer(&creator, place).await?,
            None => None,
        };
        let unchanged = match &offered {
            Some(visit) => self.catalog.last_unchanged(&creator.id, visit.at).await?,
            None => None,
        };
        let events = self
            .catalog
            .newest_events(&EventQuery::OfGuid(guid.to_string()), EVENTS)
            .await?;
        let listed = creator.adopted || !self.user_list().adopted_only;
        let sentence = if waiting && holds.is_empty() && !listed {
            not_adopted(&video, &creator)
        } else {
            sentence(&video, &creator, &holds, offered.as_ref())
        };
        Ok(Why {
            sentence,
            video,
            creator,
            holds,
            offered,
            unchanged,
            events,
        })
    }

    /// The last visit that was offered the video at this place of a creator's feed.
    async fn last_offer(&self, creator: &Creator, place: &Cursor) -> Result<Option<Visit>> {
        let first_id = Random::first_id(place.listed_from.before(OVERLAP));
        let offer = self.catalog.last_offer(&creator.id, place, &first_id);
        Ok(offer.await?)
    }
}

/// No hold: the feed lists it, but nothing leads a crawler there.
fn not_adopted(video: &Video, creator: &Creator) -> String {
    format!(
        "`{}` waits in the feed of `{id}`, whom the user list leaves out until the account is adopted; \
         `mcnd creator edit {id} --adopted` says that it is",
        video.guid,
        id = creator.id
    )
}

fn sentence(video: &Video, creator: &Creator, holds: &[Hold], offered: Option<&Visit>) -> String {
    let guid = &video.guid;
    match video.standing.state {
        State::Imported => {
            let remote_id = video.standing.remote_id.as_deref().unwrap_or_default();
            let conflict = if video.standing.is_conflict() {
                ", and other ids were reported for it: a conflict"
            } else {
                ""
            };
            format!("`{guid}` is on Dailymotion as `{remote_id}`{conflict}")
        }
        State::Draft => {
            let rules = video
                .broken
                .iter()
                .map(|rule| rule.sentence())
                .collect::<Vec<_>>()
                .join("; ");
            format!("`{guid}` may not go out: {rules}")
        }
        State::Pushing => format!("`{guid}` is on its way through the API"),
        State::Refused => {
            let status = video.standing.refusal.as_deref().unwrap_or("unknown");
            format!(
                "Dailymotion refused `{guid}` with the status `{status}`; `mcnd video retry {guid}` lists it again"
            )
        }
        State::Removed => format!("`{guid}` was taken down"),
        State::Waiting if !holds.is_empty() => {
            let reasons = holds
                .iter()
                .map(Hold::sentence)
                .collect::<Vec<_>>()
                .join("; ");
            format!("`{guid}` waits and is held back: {reasons}")
        }
        State::Waiting => match offered {
            Some(visit) => format!(
                "`{guid}` is listed; it was last offered at {} and nothing was reported since",
                visit.at
            ),
            None => format!(
                "`{guid}` is listed in the feed of `{}` and no crawler has fetched it yet",
                creator.id
            ),
        },
    }
}
