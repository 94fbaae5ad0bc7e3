//! Rows of the pages of imports, jobs, callbacks, the crawler, alarms and settings.

use std::sync::Arc;

use axum::{
    extract::DefaultBodyLimit,
    http::Method,
    routing::{MethodRouter, get, post},
};

use super::{
    Needs, Row, page,
    pages::{alarms, callbacks, crawler, imports, jobs, reasons, settings, webhooks},
};
use crate::{http::Faces, model::Right};

/// A page.
fn shown(path: &str, needs: Needs, handler: MethodRouter<Arc<Faces>>) -> Row {
    page(Method::GET, path, needs, handler)
}

/// A page's form.
fn sent(path: &str, needs: Needs, handler: MethodRouter<Arc<Faces>>) -> Row {
    page(Method::POST, path, needs, handler)
}

/// Pages of what Dailymotion reported and read, and of what has to be looked at.
pub(super) fn inbox() -> Vec<Row> {
    let (read, events) = (Needs::Right(Right::Read), Needs::Right(Right::Events));
    let tends = Needs::Right(alarms::TENDS);
    vec![
        shown("/callbacks", read, get(callbacks::list)),
        shown("/callbacks/reasons", read, get(reasons::list)),
        sent("/callbacks/reasons", events, post(reasons::name)),
        shown("/callbacks/{digest}", read, get(callbacks::show)),
        shown(
            "/callbacks/{digest}/replay",
            events,
            get(callbacks::ask_replay),
        ),
        sent(
            "/callbacks/{digest}/replay",
            events,
            post(callbacks::replay),
        ),
        shown("/crawler", read, get(crawler::show)),
        shown("/crawler/silent", read, get(crawler::silent)),
        shown("/crawler/creators", read, get(crawler::creators)),
        shown("/crawler/blocked", read, get(crawler::blocked)),
        shown("/alarms", read, get(alarms::list)),
        shown("/alarms/webhooks", read, get(webhooks::list)),
        shown("/alarms/deliveries/{id}", read, get(webhooks::show)),
        sent("/alarms/deliveries/{id}", tends, post(webhooks::replay)),
        shown("/alarms/{id}", read, get(alarms::show)),
        sent("/alarms/{id}/acknowledge", tends, post(alarms::acknowledge)),
        sent("/alarms/{id}/snooze", tends, post(alarms::snooze)),
    ]
}

/// Pages of imports, and of what is asked of many things at once.
pub(super) fn work() -> Vec<Row> {
    let (read, catalog) = (Needs::Right(Right::Read), Needs::Right(Right::Catalog));
    let acting = Needs::Either(Right::Catalog, Right::Events);
    let takes_file = post(imports::send).layer(DefaultBodyLimit::disable());
    vec![
        shown("/jobs", read, get(jobs::list)),
        sent("/jobs/plan", acting, post(jobs::plan)),
        shown("/jobs/{id}", read, get(jobs::show)),
        sent("/jobs/{id}", acting, post(jobs::take_step)),
        shown("/imports", read, get(imports::list)),
        sent("/imports", catalog, takes_file),
        shown("/imports/{id}", read, get(imports::show)),
        shown("/imports/{id}/rows", read, get(imports::rows)),
        sent("/imports/{id}/plan", catalog, post(imports::plan)),
        shown("/imports/{id}/apply", catalog, get(imports::ask_to_apply)),
        sent("/imports/{id}/apply", catalog, post(imports::apply)),
        shown("/imports/{id}/cancel", catalog, get(imports::ask_to_cancel)),
        sent("/imports/{id}/cancel", catalog, post(imports::cancel)),
    ]
}

/// Pages of settings. Whoever sends a form that asks for the password again was asked before it was shown.
pub(super) fn settings() -> Vec<Row> {
    use Needs::{Confirmed, Person, PersonConfirmed, Right as Needed};
    use settings::{account, audit, codes, credentials, keys, operators, profile};
    let (gives, administers) = (Needed(Right::Credentials), Confirmed(Right::Admin));
    // Everybody may read, so everybody has an account to guard.
    let own = PersonConfirmed(Right::Read);
    let (credential, operator, key) = (
        "/settings/credentials/{id}",
        "/settings/operators/{name}",
        "/settings/keys/{id}",
    );
    vec![
        shown("/settings", Needed(Right::Read), get(settings::show)),
        shown("/settings/user-list", administers, get(profile::ask)),
        sent("/settings/user-list", administers, post(profile::change)),
        shown("/settings/account", Person, get(account::show)),
        sent(
            "/settings/account/sessions",
            Person,
            post(account::end_session),
        ),
        sent(
            "/settings/account/password",
            Person,
            post(account::change_password),
        ),
        shown("/settings/account/codes", own, get(codes::show)),
        sent("/settings/account/codes", own, post(codes::change)),
        shown("/settings/credentials", gives, get(credentials::list)),
        sent("/settings/credentials", gives, post(credentials::add)),
        shown(credential, gives, get(credentials::show)),
        sent(
            "/settings/credentials/{id}/rotate",
            gives,
            post(credentials::rotate),
        ),
        sent(
            "/settings/credentials/{id}/remove",
            gives,
            post(credentials::remove),
        ),
        shown("/settings/operators", administers, get(operators::list)),
        sent("/settings/operators", administers, post(operators::add)),
        shown(operator, administers, get(operators::show)),
        sent(operator, administers, post(operators::change)),
        shown("/settings/keys", administers, get(keys::list)),
        sent("/settings/keys", administers, post(keys::add)),
        shown(key, administers, get(keys::ask_remove)),
        sent(key, administers, post(keys::remove)),
        shown("/settings/audit", administers, get(audit::list)),
        shown("/settings/audit/seals", administers, get(audit::seals)),
    ]
}

/// Pages of the preflight rules: who may ask what others would flip, and who puts them in force, as in the API.
pub(super) fn rules() -> Vec<Row> {
    use settings::{rules, what_if};
    let (read, asks) = (Needs::Right(Right::Read), Needs::Right(Right::Catalog));
    let administers = Needs::Confirmed(Right::Admin);
    let in_force = "/settings/rules/what-if/{id}/in-force";
    vec![
        shown("/settings/rules", read, get(rules::show)),
        sent("/settings/rules/what-if", asks, post(rules::ask_what_if)),
        shown("/settings/rules/what-if/{id}", read, get(what_if::show)),
        sent(
            "/settings/rules/what-if/{id}/cancel",
            asks,
            post(what_if::cancel),
        ),
        shown(in_force, administers, get(what_if::ask_to_put_in_force)),
        sent(in_force, administers, post(what_if::put_in_force)),
    ]
}
