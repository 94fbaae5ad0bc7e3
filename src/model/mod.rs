//! The words of the business: creators, videos, events and the rules between them.
//!
//! Pure: no input or output, no async, no clock. Times are arguments.

mod creator;
mod credential;
mod event;
mod feed;
mod geo;
mod hold;
mod ids;
mod life;
mod media_url;
mod preflight;
mod timestamp;
mod video;
mod visit;

pub use creator::{Creator, CreatorStatus, FeedMode, StateCounts};
pub use credential::{Credential, CredentialForm, CredentialKind, Digest};
pub use event::{Anomaly, Element, Outcome, Report};
pub use feed::{Cursor, FeedHead, ListedVideo, PageQuery};
pub use geo::{Geo, GeoMode};
pub use hold::{FeedPolicy, Hold, Needs, holds};
pub use ids::{CreatorId, CredentialId, Guid, IdFault, ImportId, VideoId};
pub use life::{Alarm, IllegalMove, Move, Standing, State, Verdict};
pub use media_url::{MediaUrlFault, is_emittable, is_private_host, media_url};
pub use preflight::{Preflight, Rule};
pub use timestamp::{Timestamp, TimestampFault};
pub use video::{Change, Column, Evidence, Fields, Shelf, TimelineLine, Video};
pub use visit::{Face, Visit};
