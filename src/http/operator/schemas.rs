//! How the API's document describes what types of ours read and write: closed sets by their words, texts by their alphabets,
//! numbers by their limits. The types know nothing of the document; each stands here once, under a name of its own.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, Object, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type,
        schema::{AdditionalProperties, OneOfBuilder},
    },
};

use crate::{
    app::{AlarmQuery, EventOrder, ExportFormat, Format},
    config::ListShape,
    model::{
        Action, Alarm, AlarmRule, AlarmStanding, BulkAction, BulkOutcome, BulkState, Change,
        Column, CreatorId, CreatorOrder, CreatorStatus, CredentialForm, CredentialKind,
        DeliveryState, Digest, Face, FeedMode, Guid, Hold, ImportStanding, News, OperatorName,
        Outcome, PageSize, Phase, Role, RowOutcome, Rule, RunOutcome, Scope, Severity, State,
        Timestamp, TurnReason, VideoOrder, Vocabulary, WalkEnding,
    },
};

/// A text that can be kept.
pub(super) struct Text;

/// What `If-Match` takes.
pub(super) struct Edition;

/// Where a file is read from.
pub(super) struct WebAddress;

/// `theirs=ours` of columns.
pub(super) struct ColumnPair;

/// `field=value`.
pub(super) struct DefaultPair;

/// `theirs=ours` of categories.
pub(super) struct CategoryPair;

/// What goes before every guid.
pub(super) struct GuidPrefix;

macro_rules! described {
    ($($type:ident $name:literal $schema:expr;)*) => {
        $(
            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    $schema.into()
                }
            }

            impl ToSchema for $type {
                fn name() -> Cow<'static, str> {
                    $name.into()
                }
            }
        )*

        /// All of them by their names, for whatever refers to them.
        pub(super) fn components() -> Vec<(String, RefOr<Schema>)> {
            vec![$(($name.to_owned(), $type::schema())),*]
        }
    };
}

described! {
    Action "AuditAction" words::<Action>("What was done");
    Alarm "EventAlarm" words::<Alarm>("Why somebody has to look at an event");
    AlarmQuery "AlarmQuery" words::<AlarmQuery>("Which alarms are meant");
    AlarmRule "AlarmRule" words::<AlarmRule>("What an alarm is about");
    AlarmStanding "AlarmStanding" words::<AlarmStanding>("How an alarm stands");
    BulkAction "BulkAction" words::<BulkAction>("What is done to many things at once");
    BulkOutcome "BulkOutcome" words::<BulkOutcome>("How something ended that was not simply changed");
    BulkState "BulkState" words::<BulkState>("How a bulk job stands");
    Change "VideoChange" words::<Change>("What happened to a video");
    Column "VideoColumn" words::<Column>("A column of the catalog");
    CreatorOrder "CreatorOrder" words::<CreatorOrder>("The order of a list of creators");
    CreatorStatus "CreatorStatus" words::<CreatorStatus>("Whether a creator's videos may go out");
    CredentialForm "CredentialForm" words::<CredentialForm>("How a credential is presented");
    CredentialKind "CredentialKind" words::<CredentialKind>("Which face a credential opens");
    DeliveryState "DeliveryState" words::<DeliveryState>("What has become of a delivery");
    EventOrder "EventOrder" words::<EventOrder>("The order of a list of events");
    ExportFormat "ExportFormat" words::<ExportFormat>("One object a line, or a header and records");
    Face "CrawledFace" words::<Face>("What a crawler read");
    FeedMode "FeedMode" words::<FeedMode>("What a creator's feed lists");
    Format "ImportFormat" listed(Format::ALL.map(|(word, _)| word), "A format of foreign rows");
    Hold "HoldCode" words::<Hold>("What keeps a waiting video out of the feed");
    ImportStanding "ImportStanding" words::<ImportStanding>(IMPORT_STANDING);
    ListShape "ListShape"
        listed(ListShape::ALL.map(ListShape::as_str), "What the user list is: an array, or an object with it as a member");
    News "NewsKind" words::<News>("What is told of an alarm");
    Outcome "EventOutcome" words::<Outcome>("How an event is filed");
    Phase "ImportPhase" words::<Phase>(IMPORT_PHASE);
    Role "Role" words::<Role>("What a person of the network is there for");
    RowOutcome "RowOutcome" words::<RowOutcome>("How a row of an import ended");
    Rule "Rule" words::<Rule>("The code of a preflight rule");
    RunOutcome "RunOutcome" words::<RunOutcome>("How a run of a job ended");
    Scope "Scope" words::<Scope>("What an API key is for");
    Severity "Severity" words::<Severity>("How bad it is");
    State "VideoState" words::<State>("Where a video stands");
    TurnReason "TurnReason" words::<TurnReason>("Why a request was turned away");
    VideoOrder "VideoOrder" words::<VideoOrder>(VIDEO_ORDER);
    WalkEnding "WalkEnding" words::<WalkEnding>("How a what-if ended");

    CategoryPair "CategoryPair"
        pattern(r"^.*\S.*=.*\S.*$", "`theirs=ours`: take their category for ours");
    ColumnPair "ColumnPair" column_pair();
    CreatorId "CreatorId" pattern("^[a-z0-9-]{1,64}$", "A creator's id, part of its feed's address");
    DefaultPair "DefaultPair" default_pair();
    Digest "Digest" pattern("^[0-9a-f]{64}$", "SHA-256 in hexadecimal digits");
    Edition "Edition" pattern(r#"^(\*|"[!#-~]*")$"#, "The `ETag` that was seen, or `*`");
    Guid "Guid" pattern(GUID, "A video's id, chosen by the network: 1 to 255 characters, no blanks around them");
    GuidPrefix "GuidPrefix" pattern(GUID_PREFIX, "What goes before every guid, for ever");
    OperatorName "OperatorName" pattern("^[a-z0-9._@+-]{1,64}$", "The name that somebody signs in with");
    PageSize "PageSize" page_size();
    Text "Text" pattern("^[^\\u0000]*$", "Any text without a zero byte");
    Timestamp "Moment" moment();
    WebAddress "WebAddress" web_address();
}

const IMPORT_STANDING: &str = "Where an import stands: in a state of its own; `interrupted` where whoever was at work on it \
    has ended, until a daemon goes on or somebody applies it again; `unfinished` for one of a command that has not ended, \
    or never did";
const IMPORT_PHASE: &str = "What an import does; `waiting` is for another import, and `applying` is what a plan does, too, \
    without writing";
const VIDEO_ORDER: &str =
    "The order of a list of videos; `longest_waiting` lists waiting ones alone";
const GUID: &str = concat!(
    r"^[^\s\u0000-\u001f\u007f-\u009f\ufffe\uffff]",
    r"([^\u0000-\u001f\u007f-\u009f\ufffe\uffff]{0,253}[^\s\u0000-\u001f\u007f-\u009f\ufffe\uffff])?$"
);

const GUID_PREFIX: &str = concat!(
    r"^([^\s\u0000-\u001f\u007f-\u009f\ufffe\uffff]",
    r"[^\u0000-\u001f\u007f-\u009f\ufffe\uffff]{0,253})?$"
);

/// The words of a closed set.
fn words<T: Vocabulary>(description: &str) -> Object {
    listed(T::all().into_iter().map(T::word), description)
}

/// The same of words that are listed elsewhere.
pub(super) fn listed(words: impl IntoIterator<Item = &'static str>, description: &str) -> Object {
    let words: Vec<_> = words.into_iter().collect();
    text(description).enum_values(Some(words)).build()
}

fn text(description: &str) -> ObjectBuilder {
    let text = Object::builder().schema_type(Type::String);
    text.description(Some(description))
}

/// A text that an expression (ECMA-262) describes.
pub(super) fn pattern(pattern: &str, description: &str) -> Object {
    text(description).pattern(Some(pattern)).build()
}

fn moment() -> Object {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    text("A moment (RFC 3339); a day alone is its first moment (UTC)")
        .format(Some(format))
        .build()
}

fn web_address() -> Object {
    let words = "`http:` or `https:`; a user name and a password in it go out as HTTP Basic and are not kept";
    text(words)
        .format(Some(SchemaFormat::Custom("uri".to_owned())))
        .pattern(Some("^https?://"))
        .build()
}

fn column_pair() -> Object {
    let ours = Column::ALL.map(Column::name).join("|");
    let words = "`theirs=ours`: take their column for ours; `theirs=` leaves it out";
    pattern(&format!(r"^.*\S.*=(guid|creator|{ours})?$"), words)
}

fn default_pair() -> Object {
    let fields = Column::ALL.map(Column::name).join("|");
    let words = "`field=value`: what an absent column or an empty cell stands for";
    pattern(&format!(r"^({fields})=.*\S.*$"), words)
}

fn page_size() -> Object {
    Object::builder()
        .schema_type(Type::Integer)
        .description(Some("Things on a page"))
        .minimum(Some(PageSize::ONE.get()))
        .maximum(Some(PageSize::MOST.get()))
        .default(Some(PageSize::USUAL.get().into()))
        .build()
}

/// Whatever the document calls by the name of this type.
pub(super) fn reference<T: ToSchema>() -> Ref {
    Ref::from_schema_name(T::name())
}

/// This or null, which is the same as its absence.
pub(super) fn or_null(
    schema: impl Into<RefOr<Schema>>,
    description: &str,
) -> impl Into<RefOr<Schema>> {
    OneOfBuilder::new()
        .item(Object::with_type(Type::Null))
        .item(schema)
        .description(Some(description))
}

/// An object with no other members than those it names.
pub(super) fn closed(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            let none = AdditionalProperties::FreeForm(false);
            object.additional_properties = Some(Box::new(none));
            object.into()
        }
        other => other,
    }
}
