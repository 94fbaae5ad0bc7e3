//! A report that goes the whole way: through the public address into the database, and is found there
//! (decisions.md, Faces).

use std::{sync::Arc, time::Duration};

use super::report::Finding;
use crate::{
    app::{App, NewCredential, Probe, Result},
    cli::whoever,
    model::{CredentialForm, CredentialKind},
    outbound::{StatusCode, own},
};

/// How long the credential is valid.
const VALID: Duration = Duration::from_mins(1);
/// Daemons learn of a new credential within seconds.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// Posts a report to the callback face at `base`; what it left behind is removed however it ends.
pub(super) async fn check(app: &Arc<App>, base: Option<String>) -> Result<Finding> {
    let Some(base) = base else {
        return Ok(Finding::warn(
            "not tried: the callback address does not answer",
        ));
    };
    let lent = app
        .lend_credential(
            whoever(),
            CredentialKind::Callback,
            CredentialForm::Bearer,
            VALID,
        )
        .await?;
    let probe = app.probe();
    let finding = travel(app, &base, &lent, &probe).await;
    let removed = app.remove_credential(whoever(), lent.credential.id).await;
    app.remove_probe(&probe).await?;
    removed?;
    finding
}

async fn travel(app: &App, base: &str, lent: &NewCredential, probe: &Probe) -> Result<Finding> {
    Ok(match post(base, lent, probe).await {
        Ok(status) if status.is_success() => {
            if app.found_probe(probe).await? {
                Finding::ok(format!(
                    "a report posted to {base} was found in the database and removed"
                ))
            } else {
                Finding::fail(format!(
                    "{base} answered {status}, but the report is not in this database; does the daemon there work on another one?"
                ))
            }
        }
        Ok(StatusCode::UNAUTHORIZED) => Finding::fail(format!(
            "{base} does not know a credential of this database; does the daemon there work on another one, or does the proxy drop `Authorization`?"
        )),
        Ok(status) => Finding::fail(format!(
            "a report posted to {base} was answered {status}; the daemon's log says why"
        )),
        Err(why) => Finding::fail(format!("a report could not be posted to {base}: {why}")),
    })
}

/// Posts until the credential is known.
async fn post(
    base: &str,
    lent: &NewCredential,
    probe: &Probe,
) -> std::result::Result<StatusCode, String> {
    let url = format!("{base}/callbacks/dailymotion");
    let mut tries = 1;
    loop {
        let status = own::post(&url, &lent.secret, probe.body.clone()).await?;
        if status != StatusCode::UNAUTHORIZED || tries == TRIES {
            return Ok(status);
        }
        tries += 1;
        tokio::time::sleep(PAUSE).await;
    }
}
