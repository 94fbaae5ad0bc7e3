//! What the plan of a bulk job may say, as the API's document tells it: which members an action takes.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Object, RefOr, Schema, Type,
        schema::{AdditionalProperties, OneOfBuilder},
    },
};

use crate::{
    app::BulkTask,
    http::operator::schemas::{Text, or_null, pattern, reference},
    model::{BulkAction, CreatorId, Outcome, State, Timestamp},
};

/// What is to be done to what.
pub(in crate::http::operator) struct PlanFields;

impl ToSchema for PlanFields {
    fn name() -> Cow<'static, str> {
        "PlanFields".into()
    }
}

impl PartialSchema for PlanFields {
    fn schema() -> RefOr<Schema> {
        let each = OneOfBuilder::new().description(Some(
            "What is to be done to what. The names are those of the lists' filters; nothing but a filter that narrows lets \
             videos be taken down, or events be replayed.",
        ));
        BulkAction::ALL
            .into_iter()
            .fold(each, |each, action| each.item(of_action(action)))
            .into()
    }
}

fn of_action(action: BulkAction) -> Object {
    let word = Object::builder()
        .schema_type(Type::String)
        .enum_values(Some([action.as_str()]));
    let object = Object::builder()
        .title(Some(action.as_str()))
        .property("action", word)
        .required("action")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let names = BulkTask::parameter_names(action).into_iter();
    names
        .fold(object, |object, name| {
            object.property(name, parameter(action, name))
        })
        .build()
}

fn parameter(action: BulkAction, name: &str) -> RefOr<Schema> {
    let of_creators = matches!(action, BulkAction::Pause | BulkAction::Resume);
    match name {
        "creator" if of_creators => or_null(ids(), "Only these creators, parted by commas").into(),
        "creator" => told::<CreatorId>("Only videos of this creator"),
        "state" if action == BulkAction::Retry => {
            told::<State>("Only videos that stand so; refused ones where it is absent")
        }
        "state" => told::<State>("Only videos that stand so"),
        "reason" => told::<Text>("Only videos that Dailymotion refused with this status"),
        "conflicts" => flag("Only videos with more than one remote id"),
        "broken" => flag("Only videos that break a preflight rule"),
        "held" => flag("Only videos that are kept off every feed, or only the others"),
        "search" => {
            told::<Text>("Beginnings of words: of a title or guid, or of a creator's id or name")
        }
        "at" => told::<Timestamp>("Not listed before this moment"),
        "guid" => told::<Text>("Only what was reported about this guid"),
        "outcome" => told::<Outcome>("Only events that are filed so"),
        "since" => told::<Timestamp>("Received at this moment or later"),
        _until => told::<Timestamp>("Received at this moment or earlier"),
    }
}

fn told<T: ToSchema>(description: &str) -> RefOr<Schema> {
    or_null(reference::<T>(), description).into()
}

fn flag(description: &str) -> RefOr<Schema> {
    or_null(Object::with_type(Type::Boolean), description).into()
}

/// Blanks around a comma are taken, too.
fn ids() -> Object {
    let ids = "^ *[a-z0-9-]{1,64} *(, *[a-z0-9-]{1,64} *)*$";
    pattern(ids, "Ids of creators")
}
