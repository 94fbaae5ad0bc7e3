//! What the content manager is given: addresses, and what to send with a request.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;

use crate::model::{Credential, CredentialForm, CredentialKind};

/// The addresses that a credential opens and how it is presented there. Holds the secret.
#[derive(Serialize)]
pub struct Handover {
    id: String,
    kind: &'static str,
    form: &'static str,
    secret: String,
    /// Where the user list is; none for a callback's credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_list: Option<String>,
    /// Where feeds are, with `{creator}` for the creator's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    feeds: Option<String>,
    /// Where events are posted; none for a crawler's credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<String>,
    /// User name of the Basic form, whose password is the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The header of the Basic and Bearer forms, whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
}

impl Handover {
    /// What to hand out for a credential whose secret is known. Every address begins with `base`.
    pub fn new(credential: &Credential, secret: &str, base: &str) -> Self {
        let id = credential.id.to_string();
        let path = credential.form == CredentialForm::Path;
        let crawler = credential.kind == CredentialKind::Crawler;
        let face = if path {
            format!("{base}/c/{secret}")
        } else {
            base.to_owned()
        };
        let callback = format!("{base}/callbacks/dailymotion");
        let header = match credential.form {
            CredentialForm::Basic => {
                let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
                Some(format!("Authorization: Basic {pair}"))
            }
            CredentialForm::Bearer => Some(format!("Authorization: Bearer {secret}")),
            CredentialForm::Path => None,
        };
        Self {
            kind: credential.kind.as_str(),
            form: credential.form.as_str(),
            secret: secret.to_owned(),
            user_list: crawler.then(|| format!("{face}/users.json")),
            feeds: crawler.then(|| format!("{face}/feeds/{{creator}}.xml")),
            callback: (!crawler).then(|| {
                if path {
                    format!("{callback}/{secret}")
                } else {
                    callback
                }
            }),
            user: (credential.form == CredentialForm::Basic).then(|| id.clone()),
            header,
            id,
        }
    }

    /// The same for a person. A secret that stands in an address is not told once more.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let password = if self.user.is_some() {
            self.secret.clone()
        } else {
            String::new()
        };
        vec![
            ("user list", text(&self.user_list)),
            ("feeds", text(&self.feeds)),
            ("callback", text(&self.callback)),
            ("user", text(&self.user)),
            ("password", password),
            ("header", text(&self.header)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{CredentialId, Digest, Timestamp};

    fn handover(kind: CredentialKind, form: CredentialForm) -> Value {
        let credential = Credential {
            id: CredentialId::from("abc".to_owned()),
            kind,
            form,
            digest: Digest::of(b"hush"),
            added_at: Timestamp::from_millis(0),
            expires_at: None,
        };
        serde_json::to_value(Handover::new(&credential, "hush", "https://mcn.example")).unwrap()
    }

    #[test]
    fn a_crawler_gets_user_list_and_feeds() {
        let basic = handover(CredentialKind::Crawler, CredentialForm::Basic);
        assert_eq!(basic["user_list"], "https://mcn.example/users.json");
        assert_eq!(basic["user"], "abc");
        assert_eq!(basic["header"], "Authorization: Basic YWJjOmh1c2g=");
        assert_eq!(basic["callback"], Value::Null);
        let path = handover(CredentialKind::Crawler, CredentialForm::Path);
        assert_eq!(
            path,
            json!({
                "id": "abc", "kind": "crawler", "form": "path", "secret": "hush",
                "user_list": "https://mcn.example/c/hush/users.json",
                "feeds": "https://mcn.example/c/hush/feeds/{creator}.xml",
            })
        );
    }

    #[test]
    fn a_callback_gets_one_address() {
        let bearer = handover(CredentialKind::Callback, CredentialForm::Bearer);
        assert_eq!(
            bearer["callback"],
            "https://mcn.example/callbacks/dailymotion"
        );
        assert_eq!(bearer["header"], "Authorization: Bearer hush");
        assert_eq!(bearer["user_list"], Value::Null);
        let path = handover(CredentialKind::Callback, CredentialForm::Path);
        assert_eq!(
            path["callback"],
            "https://mcn.example/callbacks/dailymotion/hush"
        );
        assert_eq!(path["header"], Value::Null);
    }
}
