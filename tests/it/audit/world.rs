//! A service in which everything that is written down can be done once, each thing to something of its own.

use std::{collections::HashMap, time::Duration};

use mcnd::{
    app::{
        BulkTask, Caller, InboxPart, NewKeyWish, NewSource, Origin, Password, SignedIn,
        TotpStanding,
    },
    model::{
        Action, Actor, AlarmId, BulkAction, BulkJobId, BulkStep, CredentialForm, CredentialId,
        CredentialKind, DeliveryId, Digest, ImportId, KeyId, Recipe, Role, RuleWalkId, Scope,
        SessionId,
    },
};
use reqwest::Method;
use serde_json::json;

use crate::{
    harness::{
        app::{TestApp, answer},
        databases::TestDatabase,
        given::{by, ready, status},
        people::{PASSWORD, Signed, nearby},
        wait_until,
    },
    http::codes::code,
};

const LIMIT: Duration = Duration::from_secs(30);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
/// Until a device shows another code.
const STEP: Duration = Duration::from_secs(30);
/// Nobody listens there.
pub(super) const NOWHERE: &str = "http://127.0.0.1:9/rows.csv";

pub(super) struct World {
    pub(super) test: TestApp,
    pub(super) origin: Origin,
    pub(super) owner: Caller,
    /// Somebody for each action that is done to whoever does it.
    pub(super) people: HashMap<Action, Person>,
    pub(super) credentials: HashMap<Action, CredentialId>,
    pub(super) imports: HashMap<Action, ImportId>,
    pub(super) jobs: HashMap<Action, BulkJobId>,
    pub(super) alarm: AlarmId,
    pub(super) delivery: DeliveryId,
    pub(super) event: Digest,
    pub(super) key: KeyId,
    pub(super) what_if: RuleWalkId,
}

pub(super) struct Person {
    pub(super) caller: Caller,
    /// Of their session.
    pub(super) secret: String,
    /// What their device was given, if they have one.
    pub(super) device: Option<String>,
    pub(super) recovery_codes: Vec<String>,
    /// Of a sign-in that waits for a code.
    pub(super) half: Option<String>,
}

impl Person {
    pub(super) fn session(&self) -> SessionId {
        self.caller.actor.session.clone().unwrap()
    }

    pub(super) fn code(&self, test: &TestApp) -> String {
        code(self.device.as_ref().unwrap(), test.app.now())
    }
}

impl World {
    pub(super) async fn new(database: TestDatabase) -> Self {
        let endpoints =
            format!("[{{ name = \"chat\", url = \"{NOWHERE}\", secret = \"{SECRET}\" }}]");
        let settings = [
            ("alarms.disk_free", "0"),
            ("operators.sign_ins_per_minute", "1000"),
            ("webhooks.endpoints", endpoints.as_str()),
        ];
        let test = TestApp::start(database, &settings).await;
        network(&test).await;
        let owner = test.caller(Role::Owner).await;
        let people = people(&test).await;
        test.advance(STEP);
        let (alarm, delivery) = told(&test).await;
        let inbox = test.app.inbox_page(InboxPart::All, None, 10).await.unwrap();
        let refused = inbox
            .iter()
            .find(|event| event.guid.as_deref() == Some("refused"));
        let wish = NewKeyWish {
            name: "old".to_owned(),
            scopes: vec![Scope::Read],
            expires_at: None,
        };
        let rules = test.app.rules().value;
        Self {
            origin: nearby(),
            people,
            credentials: credentials(&test).await,
            imports: imports(&test).await,
            jobs: jobs(&test).await,
            alarm,
            delivery,
            event: refused.unwrap().digest,
            key: test.app.add_key(owner.clone(), wish).await.unwrap().key.id,
            what_if: test.app.ask_what_if(by(), rules).await.unwrap().id,
            owner,
            test,
        }
    }

    /// Whoever does what is done to other things.
    pub(super) fn by(&self) -> Actor {
        self.owner.actor.clone()
    }

    /// What no line of the audit may hold.
    pub(super) fn secrets(&self) -> Vec<String> {
        let people = self.people.values().flat_map(|person| {
            let own = [Some(person.secret.clone()), person.device.clone()];
            own.into_iter()
                .flatten()
                .chain(person.recovery_codes.clone())
        });
        let fixed = [PASSWORD, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="];
        people.chain(fixed.map(str::to_owned)).collect()
    }
}

/// Creators, videos, reports and sources.
async fn network(test: &TestApp) {
    test.creator("a").await;
    let guids = ["edited", "down", "refused", "retried"];
    test.videos("a", &guids).await;
    let events = json!([
        status("refused", "failed"),
        status("retried", "failed"),
        ready("nobody", "x1abcd"),
    ]);
    test.deliver(&events).await;
    for id in ["pulled", "paused", "removed"] {
        test.app.add_source(by(), source(id), false).await.unwrap();
    }
}

pub(super) fn source(id: &str) -> NewSource {
    NewSource {
        id: id.parse().unwrap(),
        creator: "a".parse().ok(),
        url: NOWHERE.to_owned(),
        credentials_file: None,
        recipe: Recipe::default(),
        every: None,
    }
}

/// An open alarm, and a delivery that tells of it.
async fn told(test: &TestApp) -> (AlarmId, DeliveryId) {
    test.app.judge_alarms().await.unwrap();
    test.app.send_webhooks().await.unwrap();
    let alarms = test.app.list_alarms(mcnd::app::AlarmQuery::Open, None, 10);
    let deliveries = test.app.list_deliveries(None, None, 10).await.unwrap();
    let alarm = alarms.await.unwrap().remove(0);
    (alarm.id, deliveries[0].id.clone())
}

async fn credentials(test: &TestApp) -> HashMap<Action, CredentialId> {
    let mut made = HashMap::new();
    for action in [Action::RotateCredential, Action::RemoveCredential] {
        let new = test
            .credential(CredentialKind::Crawler, CredentialForm::Path)
            .await;
        made.insert(action, new.credential.id);
    }
    made
}

/// Imports of a file that are planned.
async fn imports(test: &TestApp) -> HashMap<Action, ImportId> {
    let signed: Signed = test.signed(Role::Owner).await;
    let mut made = HashMap::new();
    for action in [
        Action::PlanImport,
        Action::Import,
        Action::CancelImport,
        Action::ExportImport,
    ] {
        let path = "/api/v1/imports?creator=a&name=rows.csv";
        let request = signed.ask(test, Method::POST, path);
        let file = format!("guid,title\n{action},T\n");
        let taken = answer(request.header("content-type", "text/csv").body(file)).await;
        let id = taken.expect(202).json()["id"].as_str().unwrap().to_owned();
        let id = ImportId::from(id);
        wait_until("the plan", LIMIT, async || {
            let state = test.app.import_file(&id).await.unwrap().state;
            (!state.is_active()).then_some(())
        })
        .await;
        made.insert(action, id);
    }
    made
}

/// Jobs that stand where each step begins.
async fn jobs(test: &TestApp) -> HashMap<Action, BulkJobId> {
    use BulkStep::{Confirm, Pause};
    let mut made = HashMap::new();
    for (action, steps) in [
        (Action::ConfirmJob, &[][..]),
        (Action::PauseJob, &[Confirm][..]),
        (Action::ResumeJob, &[Confirm, Pause][..]),
        (Action::CancelJob, &[][..]),
        (Action::EndJob, &[Confirm][..]),
    ] {
        let id = test.app.plan_bulk(by(), pause_of_a()).await.unwrap().id;
        for step in steps {
            test.app.step_bulk(by(), id.clone(), *step).await.unwrap();
        }
        made.insert(action, id);
    }
    made
}

pub(super) fn pause_of_a() -> BulkTask {
    BulkTask::read(BulkAction::Pause, |name| {
        (name == "creator").then(|| "a".to_owned())
    })
    .unwrap()
}

async fn people(test: &TestApp) -> HashMap<Action, Person> {
    use Action as A;
    let plain = [
        A::ChangeOperator,
        A::SetPassword,
        A::ProposeTotp,
        A::SignIn,
        A::ConfirmPassword,
        A::TakeUpSession,
        A::SignOut,
        A::EndSession,
    ];
    let mut people = HashMap::new();
    for action in plain {
        people.insert(action, somebody(test, action).await);
    }
    let mut proposed = somebody(test, A::TurnTotpOn).await;
    propose(test, &mut proposed).await;
    people.insert(A::TurnTotpOn, proposed);
    for action in [
        A::TurnTotpOff,
        A::RenewCodes,
        A::ResetTotp,
        A::UseRecoveryCode,
    ] {
        let mut coded = somebody(test, action).await;
        propose(test, &mut coded).await;
        let on = test
            .app
            .turn_totp_on(coded.caller.clone(), coded.code(test), nearby());
        coded.recovery_codes = on.await.unwrap();
        coded.half = Some(half(test, &coded).await);
        people.insert(action, coded);
    }
    people
}

/// An operator named after an action, who has just signed in.
async fn somebody(test: &TestApp, action: Action) -> Person {
    let name = format!("{action}").replace(['.', '_'], "-");
    let link = test
        .app
        .add_operator(by(), name.parse().unwrap(), Role::Viewer)
        .await
        .unwrap();
    let signed_up = test
        .app
        .sign_up(link.secret, None, PASSWORD.to_owned(), nearby());
    signed_up.await.unwrap();
    let password = Password::given(PASSWORD.to_owned());
    let Ok(SignedIn::In(new)) = test.app.sign_in(name, password, nearby()).await else {
        panic!("the password alone lets in");
    };
    let caller = test.app.session_caller(&new.secret, nearby().address).await;
    Person {
        caller: caller.unwrap().unwrap(),
        secret: new.secret,
        device: None,
        recovery_codes: Vec::new(),
        half: None,
    }
}

async fn propose(test: &TestApp, person: &mut Person) {
    test.app.propose_totp(person.caller.clone()).await.unwrap();
    let standing = test.app.totp_standing(&person.caller.operator.id).await;
    let Ok(TotpStanding::Proposed(secret)) = standing else {
        panic!("a device was proposed");
    };
    person.device = Some(secret.to_base32());
}

async fn half(test: &TestApp, person: &Person) -> String {
    let (name, password) = (
        person.caller.operator.name.to_string(),
        Password::given(PASSWORD.to_owned()),
    );
    let Ok(SignedIn::NeedsCode(half)) = test.app.sign_in(name, password, nearby()).await else {
        panic!("a code is asked for");
    };
    half
}
