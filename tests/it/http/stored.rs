//! What is kept of secrets, and of when they were used.

use std::time::Duration;

use mcnd::model::{CredentialForm, CredentialKind, Role, Scope};
use reqwest::Method;

use super::codes::{half, set_up};
use crate::harness::{
    app::{TestApp, answer},
    both,
    given::by,
    people::PASSWORD,
};

both!(
    async fn no_secret_stands_in_any_column_of_any_table(db: TestDatabase) {
        let test = TestApp::start(db, &[("operators.sign_ins_per_minute", "100")]).await;
        let viewer = test.signed(Role::Viewer).await;
        let (_, recovery) = set_up(&viewer, &test).await;
        let waits = half(&test, "viewer").await;
        let owner = test.signed(Role::Owner).await;
        let name = "owner".parse().unwrap();
        let link = test.app.invite_operator(by(), name).await.unwrap();
        let key = test.key(Role::Owner, &[Scope::Read]).await;
        let mut secrets = vec![
            PASSWORD.to_owned(),
            viewer.secret().to_owned(),
            owner.secret().to_owned(),
            waits,
            link.secret,
            key.strip_prefix("mcnd_").unwrap().to_owned(),
            key,
            test.crawler.clone(),
            test.callback.clone(),
        ];
        for form in [CredentialForm::Basic, CredentialForm::Path] {
            let made = test.credential(CredentialKind::Crawler, form).await;
            secrets.push(made.secret);
        }
        let plain = recovery.iter().map(|code| code.replace('-', ""));
        secrets.extend(plain.chain(recovery.iter().cloned()));
        let everything = test.database.everything();
        for table in [
            "sessions",
            "half_sign_ins",
            "recovery_codes",
            "sign_up_links",
            "api_keys",
            "credentials",
            "audit",
        ] {
            assert!(!everything[table].is_empty(), "{table}");
        }
        for (table, rows) in everything {
            for value in rows.into_iter().flatten().flatten() {
                for secret in &secrets {
                    let hexadecimal = secret.bytes().map(|byte| format!("{byte:02x}"));
                    let hexadecimal = hexadecimal.collect::<String>();
                    assert!(!value.contains(secret.as_str()), "{table}: {value}");
                    assert!(!value.contains(&hexadecimal), "{table}: {value}");
                }
            }
        }
        let hashes = test.database.query("SELECT password FROM operators");
        for hash in hashes.into_iter().flatten().flatten() {
            assert!(
                hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
                "{hash}"
            );
        }
    }
);

both!(
    async fn a_use_is_written_at_most_once_a_minute(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        let key = test.key(Role::Owner, &[Scope::Read]).await;
        test.database.sql("DELETE FROM sessions");
        let signed = test.signed(Role::Owner).await;
        let (began, second) = (test.app.now(), Duration::from_secs(1));
        let used = async || {
            signed.get(&test, "/api/v1/me").await.expect(200);
            let with_key = test.operator_ask(Method::GET, "/api/v1/me");
            answer(with_key.bearer_auth(&key)).await.expect(200);
            ["sessions", "api_keys"].map(|table| {
                let kept = test.database.value(&format!("SELECT used_at FROM {table}"));
                kept.parse::<i64>().unwrap() - began.as_millis()
            })
        };
        assert_eq!(used().await, [0, 0]);
        test.advance(59 * second);
        assert_eq!(used().await, [0, 0]);
        test.advance(second);
        assert_eq!(used().await, [60_000, 60_000]);
        test.advance(second);
        assert_eq!(used().await, [60_000, 60_000]);
    }
);
