//! The options of an import, as parameters of an address or as members of an object.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema, Type},
};

use crate::{
    app::Format,
    http::{
        Problem, Query,
        operator::{
            fields::Fields,
            schemas::{
                CategoryPair, ColumnPair, DefaultPair, GuidPrefix, WebAddress, or_null, reference,
            },
        },
    },
    model::{CreatorId, ImportOptions, Recipe},
};

/// The file itself, packed with gzip or not.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, min_length = 1)]
#[expect(dead_code, reason = "describes a body that is taken as it comes")]
pub(super) struct FileBytes(Vec<u8>);

/// What an address holds is imported: the address, and [`OptionFields`].
pub(super) struct AddressFields;

impl ToSchema for AddressFields {
    fn name() -> Cow<'static, str> {
        "AddressFields".into()
    }
}

impl PartialSchema for AddressFields {
    fn schema() -> RefOr<Schema> {
        let options = OptionFields::schema();
        let RefOr::T(Schema::Object(mut object)) = options else {
            return options;
        };
        let apply = or_null(
            Object::with_type(Type::Boolean),
            "Apply without a plan before; false when absent",
        );
        object.description = Some("What an address holds is imported".to_owned());
        object.properties.extend([
            ("url".to_owned(), reference::<WebAddress>().into()),
            ("apply".to_owned(), apply.into()),
        ]);
        object.required.push("url".to_owned());
        object.into()
    }
}

/// How the rows of a file become ours.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(super) struct OptionFields {
    /// Whose videos these are; without it, a column `creator` must say so
    creator: Option<CreatorId>,
    /// Where neither name nor content tells it
    format: Option<Format>,
    /// Take their columns for ours; none of theirs twice
    map: Option<Vec<ColumnPair>>,
    /// What absent columns or empty cells stand for; no field twice
    default: Option<Vec<DefaultPair>>,
    /// Take their categories for ours; none of theirs twice
    category: Option<Vec<CategoryPair>>,
    /// Put this before every guid, for ever
    guid_prefix: Option<GuidPrefix>,
    /// Derive the guid of a feed's item that has none from its page, else from its file
    derive_guid: Option<bool>,
}

/// The options among the members of an object.
pub(super) fn of_fields(fields: &mut Fields) -> ImportOptions {
    ImportOptions {
        creator: fields.optional("creator"),
        recipe: Recipe {
            format: fields.optional("format"),
            map: fields.list("map"),
            default: fields.list("default"),
            category: fields.list("category"),
            guid_prefix: fields.optional("guid_prefix"),
            derive_guid: fields.flag("derive_guid").unwrap_or_default(),
        },
    }
}

/// The options among the parameters of an address.
pub(super) fn of_query(query: &Query) -> Result<ImportOptions, Problem> {
    let text = |name| Ok::<_, Problem>(query.one(name)?.map(str::to_owned));
    let list = |name| query.each(name).map(str::to_owned).collect();
    let creator = query.one("creator")?.map(str::parse).transpose();
    Ok(ImportOptions {
        creator: creator
            .map_err(|why: crate::model::IdFault| Problem::bad_request(why.to_string()))?,
        recipe: Recipe {
            format: text("format")?,
            map: list("map"),
            default: list("default"),
            category: list("category"),
            guid_prefix: text("guid_prefix")?,
            derive_guid: flag(query, "derive_guid")?.unwrap_or_default(),
        },
    })
}

/// A truth value among the parameters of an address.
pub(super) fn flag(query: &Query, name: &str) -> Result<Option<bool>, Problem> {
    match query.one(name)? {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_odd) => Err(Problem::bad_request(format!(
            "`{name}` must be true or false"
        ))),
    }
}
