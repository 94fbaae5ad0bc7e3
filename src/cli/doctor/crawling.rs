//! Whether Dailymotion can come, and does.

use std::time::Duration;

use super::report::Finding;
use crate::{
    app::{App, Result},
    cli::text::counted,
    config::Config,
    model::{Credential, CredentialKind, Timestamp},
};

/// A crawler that is silent for longer has probably stopped coming.
const SILENCE: Duration = Duration::from_hours(24);
/// A credential that ends sooner without a successor is told.
const SOON: Duration = Duration::from_hours(72);

/// A finding for each of the two kinds of credentials.
pub(super) async fn credentials(
    app: &App,
    config: &Config,
) -> Result<[(&'static str, Finding); 2]> {
    let (all, now) = (app.list_credentials().await?, app.now());
    let judge = |kind| credentials_of(kind, &all, now);
    let crawler = if config.access.open {
        Finding::warn("`access.open` lets everybody read the user list and the feeds")
    } else {
        judge(CredentialKind::Crawler)
    };
    Ok([
        ("crawler access", crawler),
        ("callback access", judge(CredentialKind::Callback)),
    ])
}

fn credentials_of(kind: CredentialKind, all: &[Credential], now: Timestamp) -> Finding {
    let word = kind.as_str();
    let ends = |credential: &&Credential, by| credential.expires_at.is_some_and(|end| end <= by);
    let of_kind = all.iter().filter(|credential| credential.kind == kind);
    let valid: Vec<_> = of_kind.filter(|one| !ends(one, now)).collect();
    let lasting = valid.iter().filter(|one| !ends(one, now.after(SOON)));
    let count = counted(valid.len() as u64, "credential", "credentials");
    if valid.is_empty() {
        Finding::fail(format!(
            "no valid credential, so every {word} is answered 401; `mcnd credential add {word}` makes one to hand on"
        ))
    } else if lasting.count() == 0 {
        Finding::warn(format!(
            "{count}, which end within three days; `mcnd credential add {word}` makes a successor to hand on"
        ))
    } else {
        Finding::ok(format!("{count} valid"))
    }
}

pub(super) async fn user_list(app: &App) -> Result<Finding> {
    let list = app.status(1).await?.user_list;
    Ok(if list.needs_consent() {
        Finding::fail(format!(
            "it is not served: it would lose {} of {} creators; `mcnd user-list accept` agrees",
            list.lost, list.entries
        ))
    } else if list.next() == 0 {
        Finding::warn(
            "nobody is on it; `mcnd creator add`, and `mcnd creator edit ID --adopted` once the account is adopted",
        )
    } else {
        let next = u64::try_from(list.next()).unwrap_or(0);
        Finding::ok(counted(next, "creator", "creators"))
    })
}

/// Whether a crawler has come lately.
pub(super) async fn silence(app: &App) -> Result<Finding> {
    Ok(judged(app.last_crawled().await?, app.now()))
}

fn judged(last: Option<Timestamp>, now: Timestamp) -> Finding {
    match last {
        None => Finding::warn(
            "none has come yet; hand the content manager the address and the credentials (README, What the content manager needs)",
        ),
        Some(at) if at < now.before(SILENCE) => Finding::warn(format!(
            "none has come since {at}; ask the content manager, and see that the public address answers from outside"
        )),
        Some(at) => Finding::ok(format!("last seen at {at}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};
    use crate::model::{CredentialForm, CredentialId, Digest};

    fn credential(kind: CredentialKind, expires_at: Option<i64>) -> Credential {
        Credential {
            id: CredentialId::from("one".to_owned()),
            kind,
            form: CredentialForm::Path,
            digest: Digest::of(b"one"),
            added_at: Timestamp::from_millis(0),
            expires_at: expires_at.map(Timestamp::from_millis),
        }
    }

    #[test]
    fn a_face_without_a_lasting_credential_is_told() {
        let (kind, now) = (CredentialKind::Callback, Timestamp::from_millis(1_000));
        let judge = |all: &[Credential]| credentials_of(kind, all, now).verdict;
        assert_eq!(judge(&[]), Verdict::Fail);
        assert_eq!(
            judge(&[credential(CredentialKind::Crawler, None)]),
            Verdict::Fail
        );
        assert_eq!(judge(&[credential(kind, Some(1_000))]), Verdict::Fail);
        assert_eq!(judge(&[credential(kind, Some(1_001))]), Verdict::Warn);
        assert_eq!(judge(&[credential(kind, None)]), Verdict::Ok);
    }

    #[test]
    fn a_day_of_silence_is_told() {
        let now = Timestamp::from_millis(1_000_000_000_000);
        assert_eq!(judged(None, now).verdict, Verdict::Warn);
        assert_eq!(judged(Some(now.before(SILENCE)), now).verdict, Verdict::Ok);
        let long = now.before(SILENCE + Duration::from_millis(1));
        assert_eq!(judged(Some(long), now).verdict, Verdict::Warn);
    }
}
