//! The user list's profile: which shape the document has that names every creator.

use std::{borrow::Cow, sync::Arc};

use axum::{extract::State, http::HeaderMap};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Array, Object, RefOr, Schema, Type,
        schema::{ArrayBuilder, ArrayItems},
    },
};

use crate::{
    app::{App, Caller, InForce},
    config::{ListAttribute, ListShape, UserList},
    http::{
        Faces,
        operator::{
            fields::Fields,
            json::{Answer, Json, edition},
            schemas::{Edition, closed, listed},
        },
    },
};

/// The profile in force: the members that `PUT` takes, and who changed it when.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct ProfileView {
    #[serde(flatten)]
    #[schema(value_type = Profile)]
    profile: UserList,
    /// Milliseconds since 1970.
    changed_at: Option<i64>,
    changed_by: Option<String>,
    /// Settings of the configuration file that say otherwise and have no effect.
    overruled: Vec<String>,
}

/// The shape of the user list.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct Profile {
    shape: ListShape,
    /// The name of the member that holds the list
    #[schema(min_length = 1)]
    member: String,
    #[schema(schema_with = fields)]
    fields: Vec<(String, ListAttribute)>,
    #[schema(schema_with = constants)]
    constants: Vec<(String, String)>,
    /// Whether only creators are listed whose account is adopted
    adopted_only: bool,
    /// Whether the list has pages
    paging: bool,
    #[schema(minimum = 1, maximum = 10_000)]
    page_size: u32,
}

fn fields() -> Array {
    let attributes = ListAttribute::ALL.map(ListAttribute::as_str);
    let words =
        "What each entry holds, in this order: a name in the document, and what stands under it";
    pairs(listed(attributes, "What stands under the name"))
        .min_items(Some(1))
        .description(Some(words))
        .build()
}

fn constants() -> Array {
    let words =
        "Fixed pairs of names and texts, added to each entry; no name stands in an entry twice";
    pairs(Object::with_type(Type::String))
        .description(Some(words))
        .build()
}

/// Lists of a name and of what stands under it.
fn pairs(second: Object) -> ArrayBuilder {
    let name = Object::builder()
        .schema_type(Type::String)
        .min_length(Some(1))
        .build();
    let pair = ArrayBuilder::new()
        .prefix_items([name, second])
        .items(ArrayItems::False)
        .min_items(Some(2))
        .max_items(Some(2));
    ArrayBuilder::new().items(pair)
}

/// The profile that is to be in force.
pub(in crate::http::operator) struct ProfileFields;

impl ToSchema for ProfileFields {
    fn name() -> Cow<'static, str> {
        "ProfileFields".into()
    }
}

impl PartialSchema for ProfileFields {
    fn schema() -> RefOr<Schema> {
        closed(Profile::schema())
    }
}

fn read_profile(fields: &mut Fields) -> Option<UserList> {
    let (shape, member) = (fields.required("shape"), fields.required("member"));
    let entries = (fields.pairs("fields"), fields.pairs("constants"));
    let adopted_only = fields.required_flag("adopted_only");
    let paging = fields.required_flag("paging");
    let page_size = fields.required_number("page_size");
    let profile = UserList {
        shape: shape?,
        member: member?,
        fields: entries.0,
        constants: entries.1,
        adopted_only: adopted_only?,
        paging: paging?,
        page_size: page_size?,
    };
    fields.refuse(profile.problems());
    Some(profile)
}

fn shown(app: &App, profile: InForce<UserList>) -> Json<ProfileView> {
    let edition = profile.edition();
    let (changed_at, changed_by) = profile.changed.unzip();
    Json::of(ProfileView {
        profile: profile.value,
        changed_at: changed_at.map(crate::model::Timestamp::as_millis),
        changed_by,
        overruled: app.overruled_settings(),
    })
    .tagged(&edition)
}

/// The user list's profile in force
#[utoipa::path(get, path = "/api/v1/user-list-profile", tag = "settings", responses((status = 200, body = ProfileView)))]
pub(in crate::http::operator) async fn show_profile(
    State(faces): State<Arc<Faces>>,
) -> Answer<ProfileView> {
    Ok(shown(&faces.app, faces.app.user_list_profile()))
}

/// Give the user list another profile; the list follows within seconds
#[utoipa::path(put, path = "/api/v1/user-list-profile", tag = "settings",
    params(("If-Match" = Edition, Header)),
    request_body = ProfileFields, responses((status = 200, body = ProfileView)))]
pub(in crate::http::operator) async fn put_profile(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    headers: HeaderMap,
    mut fields: Fields,
) -> Answer<ProfileView> {
    let profile = read_profile(&mut fields);
    let (profile, seen) = (fields.finish(profile)?, edition(&headers)?);
    let changed = faces.app.set_user_list_profile(caller.actor, profile, seen);
    Ok(shown(&faces.app, changed.await?))
}
