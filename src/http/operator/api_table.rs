//! Rows of the API.

use utoipa_axum::routes;

use super::{Needs, Row, api, maker};
use crate::model::Right;

/// The API of who may come in, and of what was done.
///
/// One's own password, codes and sessions are on pages alone: scripts come with keys, which act as keys and have none of
/// the three. What concerns somebody else (a lost password, a lost device, a session) has a row.
pub(super) fn access() -> Vec<Row> {
    use Needs::{Confirmed, PersonConfirmed, Right as Needed, Somebody};
    use Right::{Admin, Read};
    vec![
        api(Needed(Read), routes!(api::document::show_document)),
        api(Somebody, routes!(api::me::show_me)),
        api(Needed(Admin), routes!(api::operators::list_operators)),
        maker(Confirmed(Admin), routes!(api::operators::add_operator)),
        api(Needed(Admin), routes!(api::operators::show_operator)),
        api(Confirmed(Admin), routes!(api::operators::change_operator)),
        // Whoever can do these can come in as anybody who is there.
        maker(
            PersonConfirmed(Admin),
            routes!(api::operators::invite_operator),
        ),
        api(PersonConfirmed(Admin), routes!(api::operators::reset_totp)),
        api(Needed(Admin), routes!(api::sessions::list_sessions)),
        api(Needed(Admin), routes!(api::sessions::end_session)),
        api(Needed(Admin), routes!(api::keys::list_keys)),
        maker(Confirmed(Admin), routes!(api::keys::add_key)),
        api(Confirmed(Admin), routes!(api::keys::remove_key)),
        api(Confirmed(Admin), routes!(api::audit::list_audit)),
        api(Confirmed(Admin), routes!(api::audit::list_seals)),
        api(Confirmed(Admin), routes!(api::audit::export_audit)),
    ]
}

/// The API of the network's creators, videos and events.
pub(super) fn network() -> Vec<Row> {
    use Needs::Right as Needed;
    use Right::{Catalog, Credentials, Events, RawEvents, Read};
    vec![
        api(Needed(Read), routes!(api::creators::list_creators)),
        maker(Needed(Catalog), routes!(api::creators::add_creator)),
        api(Needed(Read), routes!(api::creators::show_creator)),
        api(Needed(Catalog), routes!(api::creators::change_creator)),
        api(Needed(Read), routes!(api::video_lists::list_videos)),
        api(Needed(Read), routes!(api::videos::show_video)),
        api(Needed(Catalog), routes!(api::videos::change_video)),
        api(Needed(Read), routes!(api::videos::show_timeline)),
        api(Needed(Read), routes!(api::videos::explain_video)),
        api(Needed(Catalog), routes!(api::videos::retry_video)),
        api(Needed(Catalog), routes!(api::videos::take_down_video)),
        api(Needed(Read), routes!(api::events::list_events)),
        api(Needed(Read), routes!(api::refusals::list_reasons)),
        api(Needed(Events), routes!(api::refusals::name_reason)),
        api(
            Needed(RawEvents),
            routes!(api::event_exports::export_events),
        ),
        api(Needed(RawEvents), routes!(api::events::show_event)),
        api(Needed(Events), routes!(api::events::replay_event)),
        api(
            Needed(Credentials),
            routes!(api::credentials::list_credentials),
        ),
        maker(
            Needed(Credentials),
            routes!(api::credentials::add_credential),
        ),
        maker(
            Needed(Credentials),
            routes!(api::credentials::rotate_credential),
        ),
        api(
            Needed(Credentials),
            routes!(api::credentials::remove_credential),
        ),
        api(Needed(Read), routes!(api::status::show_status)),
    ]
}

/// The API of what is looked after: visits of crawlers, alarms, and who is told of them.
pub(super) fn looked_at() -> Vec<Row> {
    use Needs::Right as Needed;
    use Right::{Events, Read};
    vec![
        api(Needed(Read), routes!(api::visits::list_visits)),
        api(Needed(Read), routes!(api::visits::list_feed_visits)),
        api(Needed(Read), routes!(api::visits::list_silent)),
        api(Needed(Read), routes!(api::visits::list_turned_away)),
        api(Needed(Read), routes!(api::alarms::list_alarms)),
        api(Needed(Read), routes!(api::alarms::show_alarm)),
        api(Needed(Events), routes!(api::alarms::acknowledge_alarm)),
        api(Needed(Events), routes!(api::alarms::snooze_alarm)),
        api(Needed(Read), routes!(api::webhooks::list_webhooks)),
        api(Needed(Read), routes!(api::webhooks::list_deliveries)),
        api(Needed(Read), routes!(api::webhooks::show_delivery)),
        api(Needed(Events), routes!(api::webhooks::replay_delivery)),
    ]
}

/// The API of the settings that all daemons share.
pub(super) fn rules() -> Vec<Row> {
    use Needs::{Confirmed, Right as Needed};
    use Right::{Admin, Catalog, Read};
    vec![
        api(Needed(Read), routes!(api::rules::show_rules)),
        api(Confirmed(Admin), routes!(api::rules::put_rules)),
        api(Needed(Read), routes!(api::what_ifs::list_what_ifs)),
        maker(Needed(Catalog), routes!(api::what_ifs::ask_what_if)),
        api(Needed(Read), routes!(api::what_ifs::show_what_if)),
        api(Needed(Catalog), routes!(api::what_ifs::cancel_what_if)),
        api(Needed(Read), routes!(api::user_list::show_profile)),
        api(Confirmed(Admin), routes!(api::user_list::put_profile)),
    ]
}

/// The API of what is asked of many things at once, and of what the daemon does by itself.
pub(super) fn bulk() -> Vec<Row> {
    use Needs::{Either, Right as Needed};
    use Right::{Catalog, Events, Read};
    let acting = Either(Catalog, Events);
    vec![
        maker(acting, routes!(api::bulk::plan_job)),
        api(Needed(Read), routes!(api::bulk::list_bulk_jobs)),
        api(Needed(Read), routes!(api::bulk::show_job)),
        api(Needed(Read), routes!(api::bulk::list_results)),
        api(acting, routes!(api::bulk::confirm_job)),
        api(acting, routes!(api::bulk::pause_job)),
        api(acting, routes!(api::bulk::resume_job)),
        api(acting, routes!(api::bulk::cancel_job)),
        api(Needed(Read), routes!(api::jobs::list_jobs)),
        api(Needed(Read), routes!(api::jobs::list_runs)),
    ]
}

/// The API of imports.
pub(super) fn imports() -> Vec<Row> {
    use Needs::Right as Needed;
    use Right::{Catalog, Export, Read};
    vec![
        api(Needed(Read), routes!(api::imports::list_imports)),
        maker(Needed(Catalog), routes!(api::imports::add_import)),
        api(Needed(Read), routes!(api::imports::show_import)),
        api(Needed(Catalog), routes!(api::imports::plan_import)),
        api(Needed(Catalog), routes!(api::imports::apply_import)),
        api(Needed(Catalog), routes!(api::imports::cancel_import)),
        // Whoever reads the catalog reads its imports page by page; to take all rows out as a file is an export.
        api(Needed(Read), routes!(api::imports::list_import_rows)),
        api(
            Needed(Export),
            routes!(api::imports::download_import_result),
        ),
    ]
}
