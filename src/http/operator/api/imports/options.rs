//! The options of an import, as parameters of an address or as members of an object.

use utoipa::ToSchema;

use crate::{
    http::{Problem, Query, operator::fields::Fields},
    model::{ImportOptions, Recipe},
};

/// The file itself, packed with gzip or not.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "describes a body that is taken as it comes")]
pub(super) struct FileBytes(Vec<u8>);

/// What an address holds is imported.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(super) struct AddressFields {
    /// `http:` or `https:`; a user name and a password in it go out as HTTP Basic and are not kept
    url: String,
    #[schema(inline)]
    #[serde(flatten)]
    options: OptionFields,
    /// Apply without a plan before; false when absent
    apply: Option<bool>,
}

/// How the rows of a file become ours.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(super) struct OptionFields {
    /// Whose videos these are; without it, a column `creator` must say so
    creator: Option<String>,
    /// csv, jsonl or mrss, where neither name nor content tells it
    format: Option<String>,
    /// `theirs=ours`: take their column for ours; `theirs=` leaves it out
    map: Option<Vec<String>>,
    /// `field=value`: what an absent column or an empty cell stands for
    default: Option<Vec<String>>,
    /// `theirs=ours`: take their category for ours
    category: Option<Vec<String>>,
    /// Put this before every guid, for ever
    guid_prefix: Option<String>,
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
