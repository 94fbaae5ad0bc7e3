//! The words of the business: creators, videos, events and the rules between them.
//!
//! Pure: no input or output, no async, no clock. Times are arguments.

mod activity;
mod alarm;
mod alarm_rules;
mod alarm_steps;
mod audit;
mod bulk;
mod circumstances;
mod creator;
mod creator_list;
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
mod network_setting;
mod once;
mod operator;
mod outcome;
mod pins;
mod preflight;
mod refusal;
mod rhythm;
mod rights;
mod rule_walk;
mod runs;
mod shelf;
mod short;
mod source;
mod standing;
mod timestamp;
mod totp;
mod video;
mod visit;
mod vocabulary;
mod words;

pub use activity::{Activity, Hour, Tally, last_day, last_day_began};
pub use alarm::{Acknowledged, AlarmRule, AlarmStanding, Finding, KeptAlarm, News, Severity};
pub use alarm_steps::{AlarmStep, alarm_steps};
pub use audit::{Action, AuditLine, Seal, Sealing};
pub use bulk::{BulkAction, BulkCounts, BulkOutcome, BulkResult, BulkState, BulkStep};
pub use circumstances::{AlarmLimits, Appeared, Circumstances, FailingJob, FeedLosses, Reports};
pub use creator::{Creator, CreatorStatus, FeedMode, StateCounts};
pub use creator_list::{CreatorCursor, CreatorOrder, RankedCreator};
pub use credential::{Credential, CredentialForm, CredentialKind, CredentialUse, Digest};
pub use delivery::{Attempt, Delivery, DeliveryState, OutgoingEvent, next_try};
pub use event::{Anomaly, Element, Report};
pub use feed::{Cursor, FeedHead, ListedVideo, PageQuery, Part};
pub use fields::{Column, Fields};
pub use geo::{Geo, GeoMode};
pub use hold::{FeedPolicy, Hold, Needs, holds};
pub use ids::{
    AlarmId, BulkJobId, CreatorId, CredentialId, DeliveryId, Guid, IdFault, ImportId, KeyId,
    OperatorId, RuleWalkId, SessionId, SourceId, VideoId,
};
pub use import::{
    ImportCounts, ImportFile, ImportOptions, ImportStanding, ImportState, ImportSummary, Phase,
    Progress, RowOutcome, WrongRow,
};
pub use life::{Alarm, IllegalMove, Move, State};
pub use list::{Count, ListCursor, PageSize, VideoOrder};
pub use media_url::{MediaUrlFault, is_emittable, is_private_host, media_url, without_password};
pub use nesting::nesting;
pub use network::network_of;
pub use network_setting::NetworkSetting;
pub use once::Once;
pub use operator::{Actor, ApiKey, Operator, OperatorName, Session, SessionLimits};
pub use outcome::Outcome;
pub use pins::{Pins, VideoPatch};
pub use preflight::{Judged, Preflight, Rule};
pub use refusal::{RefusalReason, edition_of_name};
pub use rhythm::{Rhythm, every};
pub use rights::{Right, Rights, Role, Scope};
pub use rule_walk::{CreatorFlips, Flip, Flipped, Flips, RuleWalk, WalkEnding, WalkPurpose};
pub use runs::{JobRun, RunOutcome};
pub use shelf::{Bounds, Shelf};
pub use short::{short, short_escaped};
pub use source::{KnownDocument, LastPull, PullOutcome, Recipe, Source};
pub use standing::{Standing, Verdict};
pub use timestamp::{Timestamp, TimestampFault};
pub use totp::{TotpSecret, plain_recovery_code, recovery_code};
pub use video::{Change, TimelineLine, Video};
pub use visit::{Face, KeptVisit, TurnReason, TurnedAway, TurnedCursor, Visit};
pub use vocabulary::Vocabulary;
pub use words::{Words, begins, searchable};
