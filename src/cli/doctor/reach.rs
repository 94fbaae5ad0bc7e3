//! Whether the daemon's faces answer: at their listeners, and at the address that the world is told.

use std::net::SocketAddr;

use super::report::{Finding, Report};
use crate::{
    cli::{failure::Done, healthcheck::reachable},
    config::Config,
    outbound::{StatusCode, own},
};

/// The address at which the public face answers, the public one before the listener's; none while none does.
pub(super) async fn check(config: &Config, report: &mut Report<'_>) -> Done<Option<String>> {
    let operator = base(config.server.operator);
    let answered = own::get(&format!("{operator}/readyz")).await;
    report.tell("daemon", &daemon(&operator, &answered))?;
    let public = base(config.server.public);
    let local = own::get(&format!("{public}/healthz")).await;
    report.tell("public listener", &listener(&public, &local))?;
    let Some(url) = &config.server.public_url else {
        return Ok(local.is_ok().then_some(public));
    };
    let url = url.as_str().trim_end_matches('/').to_owned();
    let world = own::get(&format!("{url}/healthz")).await;
    report.tell("public address", &address(&url, &world, local.is_ok()))?;
    Ok(match (world, local) {
        (Ok(StatusCode::OK), _) => Some(url),
        (_, Ok(StatusCode::OK)) => Some(public),
        _ => None,
    })
}

fn base(listener: SocketAddr) -> String {
    format!("http://{}", reachable(listener))
}

fn daemon(at: &str, answered: &Result<StatusCode, String>) -> Finding {
    match answered {
        Ok(StatusCode::OK) => Finding::ok(format!("ready at {at}")),
        Ok(status) => Finding::fail(format!(
            "not ready at {at}, it answers {status}; its log says why"
        )),
        Err(why) => Finding::warn(format!(
            "none answers at {at} ({why}); `mcnd serve` starts one"
        )),
    }
}

fn listener(at: &str, answered: &Result<StatusCode, String>) -> Finding {
    match answered {
        Ok(StatusCode::OK) => Finding::ok(format!("answers at {at}")),
        Ok(status) => Finding::fail(format!(
            "answers {status} at {at}; does another program listen there?"
        )),
        Err(why) => Finding::warn(format!(
            "does not answer at {at} ({why}); `mcnd serve` opens it"
        )),
    }
}

/// Without a daemon at the listener the public address has nobody to answer for it.
fn address(url: &str, answered: &Result<StatusCode, String>, served: bool) -> Finding {
    let cure = "look at the name, the proxy and the firewall; some networks can't reach their own public address";
    match answered {
        Ok(StatusCode::OK) => Finding::ok(format!("{url} answers from here")),
        Ok(status) => Finding::fail(format!("{url} answers {status}; {cure}")),
        Err(why) if served => {
            Finding::fail(format!("{url} does not answer from here ({why}); {cure}"))
        }
        Err(why) => Finding::warn(format!("{url} does not answer from here ({why})")),
    }
}
