//! `[webhooks]`: where alarms are sent, and what signs them.

use std::{path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use toml::de::{DeTable, DeValue};
use url::Url;

use super::{
    Secret,
    faults::{Refusal, refusal},
    layers::Value,
    parse::{self, DAY, HOUR},
    read::Section,
    secret::{self, Openness},
};

/// What can be sent.
pub const KINDS: [&str; 5] = [
    "alarm.opened",
    "alarm.acknowledged",
    "alarm.snoozed",
    "alarm.reminded",
    "alarm.resolved",
];
const KEYS: [&str; 6] = ["name", "url", "url_file", "secret", "secret_file", "kinds"];
/// What secrets of the Standard Webhooks begin with.
const PREFIX: &str = "whsec_";

/// Where alarms are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhooks {
    /// No two have the same name.
    pub endpoints: Vec<Webhook>,
    /// So long a delivery that is not taken is tried again.
    pub give_up_after: Duration,
}

/// One place that alarms are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// What lists and logs call it.
    pub name: String,
    /// An address of the web; often a secret by itself.
    pub url: Secret,
    /// `whsec_` and 24 to 64 bytes in base64.
    pub secret: Secret,
    /// Of [`KINDS`].
    pub kinds: Vec<String>,
}

impl Webhooks {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let endpoints = section.list("endpoints", webhook);
        for (place, one) in endpoints.iter().enumerate() {
            if endpoints[..place]
                .iter()
                .any(|other| other.name == one.name)
            {
                let problem = format!("two webhooks are called `{}`", one.name);
                section.refuse("endpoints", refusal(problem, "give each a name of its own"));
            }
        }
        Self {
            endpoints,
            give_up_after: section.duration("give_up_after", HOUR..=30 * DAY),
        }
    }
}

impl Webhook {
    /// What signs: the bytes that the secret stands for.
    pub fn key(&self) -> Vec<u8> {
        key(self.secret.expose()).unwrap_or_default()
    }
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    (24..=64).contains(&bytes.len()).then_some(bytes)
}

/// One table of the list; faults name the first thing that is wrong in it, and repeat nothing of it that may be secret.
fn webhook(value: &Value<'_>) -> Result<Webhook, Refusal> {
    let example =
        "{ name = \"chat\", url = \"https://chat.example/hook\", secret_file = \"chat.secret\" }";
    let table = value.get_ref().as_table();
    let table = table.ok_or_else(|| parse::not("a table", example))?;
    let known = |key: &str| KEYS.contains(&key);
    if !table.keys().all(|key| known(key.get_ref().as_ref())) {
        let cure = format!("the keys are `{}`", KEYS.join("`, `"));
        return Err(refusal("a webhook has a key that there is not", cure));
    }
    let name = text_of(table, "name")?.filter(|name| is_name(name));
    let name = name.ok_or_else(|| {
        let problem = "`name` is missing, or not 1 to 64 characters of a-z, 0-9 and `-`";
        refusal(problem, "write one such as `chat`")
    })?;
    let url = secret_of(
        table,
        "url",
        is_address,
        "an address such as `https://chat.example/hook`",
    )?;
    let secret = secret_of(
        table,
        "secret",
        |text| key(text).is_some(),
        "`whsec_` and 24 to 64 bytes in base64, such as `echo whsec_$(openssl rand -base64 32)` prints",
    )?;
    Ok(Webhook {
        name,
        url,
        secret,
        kinds: kinds(table)?,
    })
}

fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn text_of(table: &DeTable<'_>, key: &str) -> Result<Option<String>, Refusal> {
    let text = table.get(key).map(parse::text).transpose();
    text.map_err(|fault| refusal(format!("`{key}` is {}", fault.problem), fault.cure))
}

/// What stands under a key, or in the file that its twin names.
fn secret_of(
    table: &DeTable<'_>,
    key: &str,
    fits: impl Fn(&str) -> bool,
    expected: &str,
) -> Result<Secret, Refusal> {
    let file_key = format!("{key}_file");
    let text = match (text_of(table, key)?, text_of(table, &file_key)?) {
        (Some(text), None) => text,
        (None, Some(path)) => {
            let read = secret::read_file(Path::new(&path), Openness::Refused);
            read.map_err(|fault| refusal(format!("`{file_key}`: {}", fault.problem), fault.cure))?
        }
        (Some(_), Some(_)) => {
            let problem = format!("`{key}` and `{file_key}` are both given");
            return Err(refusal(problem, "keep one of the two"));
        }
        (None, None) => {
            let problem = format!("`{key}` is missing");
            return Err(refusal(problem, format!("add it, or `{file_key}`")));
        }
    };
    if fits(&text) {
        Ok(Secret::new(text))
    } else {
        Err(refusal(
            format!("`{key}` can't be used"),
            format!("write {expected}"),
        ))
    }
}

/// All kinds, unless some are chosen.
fn kinds(table: &DeTable<'_>) -> Result<Vec<String>, Refusal> {
    let Some(chosen) = table.get("kinds") else {
        return Ok(KINDS.map(str::to_owned).to_vec());
    };
    let DeValue::Array(chosen) = chosen.get_ref() else {
        return Err(refusal(
            "`kinds` is no list",
            "write `kinds = [\"alarm.opened\"]`",
        ));
    };
    let words = KINDS.map(|kind| (kind, kind));
    let kind = |word| parse::choice(word, &words).map(str::to_owned);
    let kinds: Result<Vec<_>, _> = chosen.iter().map(kind).collect();
    kinds.map_err(|fault| refusal(format!("one of `kinds` is {}", fault.problem), fault.cure))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use crate::config::{KINDS, given};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

    fn fault(table: &str) -> String {
        let faults = given::faults(&format!("webhooks.endpoints = [{table}]"));
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].clone()
    }

    #[test]
    fn a_webhook_needs_a_name_an_address_and_a_secret() {
        let config = given::config(&format!(
            "webhooks.endpoints = [{{ name = \"chat\", url = \"https://a.example/x\", secret = \"{SECRET}\" }}]"
        ));
        let chat = &config.webhooks.endpoints[0];
        assert_eq!(
            (chat.name.as_str(), chat.url.expose()),
            ("chat", "https://a.example/x")
        );
        assert_eq!((chat.key().len(), chat.kinds.len()), (32, KINDS.len()));
        assert!(fault("7").contains("not a table"));
        assert!(fault("{ url = \"https://a.example\" }").contains("`name` is missing"));
        assert!(fault("{ name = \"a\" }").contains("`url` is missing"));
        assert!(
            fault("{ name = \"a\", url = \"https://a.example\" }").contains("`secret` is missing")
        );
        assert!(fault("{ name = \"a\", ulr = \"https://a.example\" }").contains("the keys are"));
    }

    #[test]
    fn secrets_come_from_files_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, format!("{SECRET}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let table = format!(
            "{{ name = \"chat\", url = \"https://a.example/x\", secret_file = {:?}, kinds = [\"alarm.opened\"] }}",
            file.display().to_string()
        );
        let config = given::config(&format!("webhooks.endpoints = [{table}]"));
        let chat = &config.webhooks.endpoints[0];
        assert_eq!((chat.secret.expose(), chat.kinds.len()), (SECRET, 1));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(fault(&table).contains("other users"));
    }

    #[test]
    fn nothing_secret_shows_in_a_fault_or_what_is_shown() {
        let tables = [
            format!("{{ name = \"a\", url = \"hunter2\", secret = \"{SECRET}\" }}"),
            "{ name = \"a\", url = \"https://a.example/hunter2\", secret = \"hunter2\" }"
                .to_owned(),
            "{ name = \"a\", url = \"https://a.example\", secret = \"whsec_hunter2\" }".to_owned(),
            format!(
                "{{ name = \"a\", url = \"https://a.example/hunter2\", secret = \"{SECRET}\", hunter2 = 1 }}"
            ),
            format!(
                "{{ name = \"a\", url = \"https://a.example/hunter2\", secret = \"{SECRET}\", kinds = 7 }}"
            ),
        ];
        for table in tables {
            let fault = fault(&table);
            assert!(
                !fault.contains("hunter2") && !fault.contains("MfKQ"),
                "{fault}"
            );
        }
        let config = given::config(&format!(
            "webhooks.endpoints = [{{ name = \"chat\", url = \"https://a.example/hunter2\", secret = \"{SECRET}\" }}]"
        ));
        let shown: Vec<_> = config.effective().iter().map(ToString::to_string).collect();
        let shown = format!("{shown:?} {config:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("MfKQ"),
            "{shown}"
        );
    }

    #[test]
    fn no_two_have_the_same_name() {
        let one = format!("{{ name = \"a\", url = \"https://a.example\", secret = \"{SECRET}\" }}");
        assert!(fault(&format!("{one}, {one}")).contains("two webhooks are called `a`"));
    }
}
