//! Credentials, bodies put aside, and single numbers of the installation.

use mcnd::{
    catalog::{Error, Quarantined},
    model::{
        Credential, CredentialForm, CredentialId, CredentialKind, Digest, FeedPolicy, Needs,
        Timestamp,
    },
};

use super::store::{Store, at, new_creator, policy};
use crate::harness::both;

fn credential(id: &str, expires_at: Option<Timestamp>) -> Credential {
    Credential {
        id: CredentialId::from(id.to_owned()),
        kind: CredentialKind::Crawler,
        form: CredentialForm::Path,
        digest: Digest::of(id.as_bytes()),
        added_at: at(0),
        expires_at,
    }
}

async fn add(store: &Store, new: &Credential) {
    let mut tx = store.begin().await;
    tx.add_credential(new).await.unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn credentials_read_back_oldest_first(db: TestDatabase) {
        let store = Store::open(db).await;
        assert_eq!(store.catalog.list_credentials().await.unwrap(), []);
        let later = Credential {
            kind: CredentialKind::Callback,
            form: CredentialForm::Basic,
            added_at: at(1),
            ..credential("a", None)
        };
        let bearer = Credential {
            form: CredentialForm::Bearer,
            ..credential("c", Some(at(9)))
        };
        let first = credential("b", None);
        for new in [&later, &bearer, &first] {
            add(&store, new).await;
        }
        let found = store.catalog.list_credentials().await.unwrap();
        assert_eq!(found, [first, bearer, later]);
    }
);

both!(
    async fn a_secret_belongs_to_one_credential(db: TestDatabase) {
        let store = Store::open(db).await;
        add(&store, &credential("a", None)).await;
        let same_secret = Credential {
            digest: Digest::of(b"a"),
            ..credential("b", None)
        };
        let refused = store.begin().await.add_credential(&same_secret).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
);

both!(
    async fn credentials_expire_and_go(db: TestDatabase) {
        let store = Store::open(db).await;
        for id in ["a", "b", "c"] {
            add(&store, &credential(id, None)).await;
        }
        let named = |id: &str| CredentialId::from(id.to_owned());
        let mut tx = store.begin().await;
        for (id, end, now, ends) in [
            ("a", 10, 0, Some(10)),
            ("b", 11, 0, Some(11)),
            // A nearer end stays, and nothing comes back.
            ("b", 12, 10, Some(11)),
            ("a", 12, 10, None),
            ("z", 11, 0, None),
        ] {
            let ended = tx.expire_credential(&named(id), at(end), at(now)).await;
            assert_eq!(ended.unwrap(), ends.map(at), "{id}");
        }
        assert_eq!(tx.remove_expired_credentials(at(9)).await.unwrap(), 0);
        assert_eq!(tx.remove_expired_credentials(at(10)).await.unwrap(), 1);
        assert!(tx.remove_credential(&named("c")).await.unwrap());
        assert!(!tx.remove_credential(&named("c")).await.unwrap());
        tx.commit().await.unwrap();
        let left = store.catalog.list_credentials().await.unwrap();
        assert_eq!(left, [credential("b", Some(at(11)))]);
    }
);

fn aside(id: &str, body: &[u8]) -> Quarantined {
    Quarantined {
        id: id.to_owned(),
        received_at: at(0),
        address: "192.0.2.1".to_owned(),
        reason: "no JSON".to_owned(),
        body: body.to_vec(),
    }
}

both!(
    async fn quarantine_keeps_the_newest_bodies_within_its_bound(db: TestDatabase) {
        let store = Store::open(db).await;
        let bodies: [&[u8]; 4] = [b"\x00\xff\xfe", b"", b"12345", b"1234"];
        for (id, body) in ["1", "2", "3", "4"].into_iter().zip(bodies) {
            let mut tx = store.begin().await;
            // Each comes with the 16 bytes of its address and reason.
            tx.quarantine(&aside(id, body), 41).await.unwrap();
            tx.commit().await.unwrap();
        }
        let kept = store.catalog.quarantined("", 10).await.unwrap();
        assert_eq!(kept, [aside("3", b"12345"), aside("4", b"1234")]);
        let behind = store.catalog.quarantined("3", 10).await.unwrap();
        assert_eq!(behind, [aside("4", b"1234")]);
        assert_eq!(store.catalog.quarantined("", 1).await.unwrap().len(), 1);
    }
);

both!(
    async fn the_policy_is_remembered(db: TestDatabase) {
        let store = Store::open(db).await;
        let nothing = FeedPolicy::default();
        assert_eq!(store.catalog.feed_policy().await.unwrap(), nothing);
        let policy = policy(Needs::GEO.with(Needs::KIDS));
        let mut tx = store.begin().await;
        tx.set_feed_policy(policy).await.unwrap();
        assert_eq!(tx.feed_policy().await.unwrap(), policy);
        tx.commit().await.unwrap();
        assert_eq!(store.catalog.feed_policy().await.unwrap(), policy);
    }
);

both!(
    async fn a_new_creator_moves_the_user_list(db: TestDatabase) {
        let store = Store::open(db).await;
        let before = store.catalog.user_list_version().await.unwrap();
        store.add_creator(new_creator("a")).await;
        assert!(store.catalog.user_list_version().await.unwrap() > before);
    }
);
