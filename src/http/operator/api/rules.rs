//! The preflight rules.

use std::{borrow::Cow, sync::Arc};

use axum::{extract::State, http::HeaderMap};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, Object, RefOr, Schema, Type,
        schema::{AdditionalProperties, OneOfBuilder},
    },
};

use super::what_ifs::WalkView;
use crate::{
    app::{App, Caller, InForce},
    config::Preflight,
    http::{
        Faces,
        operator::{
            fields::Fields,
            json::{Answer, Json, edition},
            schemas::{Edition, pattern},
        },
    },
    model::Rule,
};

/// The preflight rules in force.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct RulesView {
    /// Dailymotion's category slugs
    categories: Vec<String>,
    /// Whether a video whose category is not among them is blocked
    check_category: bool,
    /// Milliseconds since 1970
    changed_at: Option<i64>,
    /// Who changed them last; `file` when they are still those of the configuration file
    changed_by: Option<String>,
    /// Settings of the configuration file that say otherwise and have no effect
    overruled: Vec<String>,
    /// How far every video is judged again after the last change
    judging_again: Option<WalkView>,
    /// Every rule, those that can't be changed included
    all: Vec<RuleView>,
}

/// A rule that a video can break.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct RuleView {
    code: Rule,
    sentence: &'static str,
}

/// The rules that are to be in force.
pub(in crate::http::operator) struct RulesFields;

impl ToSchema for RulesFields {
    fn name() -> Cow<'static, str> {
        "RulesFields".into()
    }
}

impl PartialSchema for RulesFields {
    /// There are categories wherever they are checked.
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("The rules that are to be in force"))
            .item(rules_fields(true))
            .item(rules_fields(false))
            .into()
    }
}

fn rules_fields(check_category: bool) -> Object {
    let slug = pattern(
        "^[a-z0-9_-]+$",
        "The slug of one of Dailymotion's categories",
    );
    let slugs = ArrayBuilder::new()
        .items(slug)
        .min_items(check_category.then_some(1));
    let checked = Object::builder()
        .schema_type(Type::Boolean)
        .description(Some("Whether a video of another category is blocked"))
        .enum_values(Some([check_category]));
    Object::builder()
        .property("categories", slugs)
        .property("check_category", checked)
        .required("categories")
        .required("check_category")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .build()
}

/// Rules as a request's object says them.
pub(super) fn read_rules(fields: &mut Fields) -> Option<Preflight> {
    let categories = fields.required_list("categories");
    let check_category = fields.required_flag("check_category");
    let rules = Preflight {
        categories: categories?,
        check_category: check_category?,
    };
    fields.refuse(rules.problems());
    Some(rules)
}

async fn shown(app: &App, rules: InForce<Preflight>) -> Answer<RulesView> {
    let judging_again = app.judging_again().await?;
    let total = app.count_all_videos().await?;
    let edition = rules.edition();
    let (changed_at, changed_by) = rules.changed.unzip();
    let rule = |rule: Rule| RuleView {
        code: rule,
        sentence: rule.sentence(),
    };
    let view = RulesView {
        categories: rules.value.categories,
        check_category: rules.value.check_category,
        changed_at: changed_at.map(crate::model::Timestamp::as_millis),
        changed_by,
        overruled: app.overruled_settings(),
        judging_again: judging_again.map(|walk| WalkView::of(walk, total)),
        all: Rule::ALL.map(rule).into(),
    };
    Ok(Json::of(view).tagged(&edition))
}

/// The preflight rules in force
#[utoipa::path(get, path = "/api/v1/rules", tag = "settings", responses((status = 200, body = RulesView)))]
pub(in crate::http::operator) async fn show_rules(
    State(faces): State<Arc<Faces>>,
) -> Answer<RulesView> {
    shown(&faces.app, faces.app.rules()).await
}

/// Put other preflight rules in force; every video is judged again, in the background
#[utoipa::path(put, path = "/api/v1/rules", tag = "settings",
    params(("If-Match" = Edition, Header)),
    request_body = RulesFields, responses((status = 200, body = RulesView)))]
pub(in crate::http::operator) async fn put_rules(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    headers: HeaderMap,
    mut fields: Fields,
) -> Answer<RulesView> {
    let rules = read_rules(&mut fields);
    let (rules, seen) = (fields.finish(rules)?, edition(&headers)?);
    let rules = faces.app.set_rules(caller.actor, rules, seen).await?;
    shown(&faces.app, rules).await
}
