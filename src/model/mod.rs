//! The words of the business: creators, videos, events and the rules between them.
//!
//! Pure: no input or output, no async, no clock. Times are arguments.

mod alarm;
mod alarm_rules;
mod alarm_steps;
mod audit;
mod circumstances;
mod creator;
mod credential;
mod delivery;
mod event;
mod feed;
mod fields;
mod geo;
mod hold;
mod ids;
mod import;
mod life;
mod list;
mod media_url;
mod members;
mod nesting;
mod network;
mod operator;
mod outcome;
mod preflight;
mod rhythm;
mod rights;
mod shelf;
mod short;
mod source;
mod standing;
mod timestamp;
mod video;
mod visit;
mod words;

pub use alarm::{Acknowledged, AlarmRule, Finding, KeptAlarm, News, Severity};
pub use alarm_steps::{AlarmStep, alarm_steps};
pub use audit::{Action, AuditLine, Seal, Sealing};
pub use circumstances::{AlarmLimits, Circumstances, FailingJob, FeedLosses, Reports};
pub use creator::{Creator, CreatorStatus, FeedMode, StateCounts};
pub use credential::{Credential, CredentialForm, CredentialKind, Digest};
pub use delivery::{Attempt, Delivery, DeliveryState, OutgoingEvent, next_try};
pub use event::{Anomaly, Element, Report};
pub use feed::{Cursor, FeedHead, ListedVideo, PageQuery, Part};
pub use fields::{Column, Fields};
pub use geo::{Geo, GeoMode};
pub use hold::{FeedPolicy, Hold, Needs, holds};
pub use ids::{
    AlarmId, CreatorId, CredentialId, DeliveryId, Guid, IdFault, ImportId, KeyId, OperatorId,
    SessionId, SourceId, VideoId,
};
pub use import::{
    ImportCounts, ImportFile, ImportOptions, ImportState, ImportSummary, Phase, Progress,
    RowOutcome, WrongRow,
};
pub use life::{Alarm, IllegalMove, Move, State};
pub use list::{Count, ListCursor, PageSize, VideoOrder};
pub use media_url::{MediaUrlFault, is_emittable, is_private_host, media_url};
pub use nesting::nesting;
pub use network::network_of;
pub use operator::{Actor, ApiKey, Operator, OperatorName, Session, SessionLimits};
pub use outcome::Outcome;
pub use preflight::{Judged, Preflight, Rule};
pub use rhythm::Rhythm;
pub use rights::{Right, Rights, Role, Scope};
pub use shelf::{Bounds, Shelf};
pub use short::{short, short_escaped};
pub use source::{KnownDocument, LastPull, PullOutcome, Recipe, Source};
pub use standing::{Standing, Verdict};
pub use timestamp::{Timestamp, TimestampFault};
pub use video::{Change, TimelineLine, Video};
pub use visit::{Face, Visit};
pub use words::{Words, searchable};
