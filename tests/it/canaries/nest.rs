//! An installation full of canaries, and everything that it says.

use std::{fs::Permissions, os::unix::fs::PermissionsExt as _, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder};
use tokio_util::sync::DropGuard;
use url::Url;
use uuid::Uuid;

use super::{
    canary::Canary,
    places::{Place, Places, said},
};
use crate::harness::{
    collector::Collected,
    databases::{Kind, TestDatabase},
    http::{Answer, client},
    installation::{Installation, Served},
    process::Ended,
    receiver::Receiver,
    site, wait_until,
};

const LIMIT: Duration = Duration::from_mins(1);
/// Where the collector of traces asks for a key.
const COLLECTOR_KEY: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// A text that nobody has said before: a recognisable word, and enough of chance.
pub(super) fn fresh(word: &str) -> String {
    format!("{word}{}", Uuid::now_v7().simple())
}

/// A daemon that logs everything, with a canary in every secret of its settings.
pub(super) struct Nest {
    pub(super) installation: Installation,
    pub(super) served: Served,
    pub(super) canaries: Vec<Canary>,
    pub(super) places: Places,
    /// What everything is called that has a name: no secret at all.
    pub(super) parrot: String,
    collected: Collected,
    receiver: Receiver,
    _collecting: DropGuard,
}

impl Nest {
    /// Starts the daemon on an empty database.
    pub(super) async fn new(mut database: TestDatabase) -> Self {
        let mut canaries = Vec::new();
        let mut secret = |what: &str| {
            let text = fresh("canary");
            canaries.push(Canary::new(what, &text));
            text
        };
        database.url = with_password(&database, &secret("password of the database"));
        let receiver = Receiver::new().await;
        let collected = Collected::default();
        let (collector, collecting) = site::serve(collected.router()).await;
        let installation = Installation::new(database).await;
        let parrot = fresh("parrot");
        let (path, key) = (secret("path of a webhook"), secret("key of a webhook"));
        let heard = receiver.url(&format!("/{path}?key={key}"));
        let deaf = format!("http://127.0.0.1:9/{}", secret("path of a deaf webhook"));
        let signs = [signing(&secret("signs")), signing(&secret("signs deafly"))];
        for (file, text) in [("deaf.url", &deaf), ("deaf.secret", &signs[1])] {
            installation.write(file, text);
            installation.restrict(file, Permissions::from_mode(0o600));
        }
        let chat = format!(
            "{{ name = {parrot:?}, url = {heard:?}, secret = {:?} }}",
            signs[0]
        );
        installation.configure(&format!(
            "[log]\nformat = \"json\"\nlevel = \"trace\"\n\
             [traces]\nendpoint = \"http://{collector}/v1/traces\"\n\
             [operators]\nrequests_per_minute = 100000\nsign_ins_per_minute = 1000\nfree_failures = 1000\n\
             [access]\nwrong_per_minute = 10000\n\
             [outbound]\nallow = [\"127.0.0.0/8\"]\n\
             [alarms]\ndisk_free = 1000000000000000000\n\
             [webhooks]\nendpoints = [{chat}, {{ name = \"deaf\", url_file = \"deaf.url\", secret_file = \"deaf.secret\" }}]"
        ));
        let header = format!("x-collector-key={}", secret("key of the collector"));
        let served = installation.serve_with(&[(COLLECTOR_KEY, &header)]).await;
        Self {
            installation,
            served,
            canaries,
            places: Places::default(),
            parrot,
            collected,
            receiver,
            _collecting: collecting,
        }
    }

    /// Plants a secret that the program made.
    pub(super) fn plant(&mut self, what: &str, text: &str) {
        self.canaries.push(Canary::new(what, text));
    }

    /// Makes a secret up.
    pub(super) fn secret(&mut self, what: &str) -> String {
        let text = fresh("canary");
        self.plant(what, &text);
        text
    }

    /// A request to the operators' listener.
    pub(super) fn inside(&self, method: Method, path: &str) -> RequestBuilder {
        client().request(method, format!("http://{}{path}", self.served.operator))
    }

    /// A request to the public listener.
    pub(super) fn outside(&self, method: Method, path: &str) -> RequestBuilder {
        client().request(method, format!("http://{}{path}", self.served.public))
    }

    /// Files the answer, which has this status and shows these secrets, this once.
    pub(super) async fn told(
        &mut self,
        place: Place,
        request: RequestBuilder,
        status: u16,
        shown: &[&str],
    ) -> Answer {
        let (name, answer) = asked(request).await;
        let answer = answer.expect(status);
        self.places.file_but(place, &name, &said(&answer), shown);
        answer
    }

    /// What is answered to a question; some pages say why there is nothing to ask.
    pub(super) async fn page(&self, request: RequestBuilder) -> Answer {
        let (name, answer) = asked(request).await;
        assert!(
            matches!(answer.status, 200 | 409),
            "{name}: {}",
            said(&answer)
        );
        answer
    }

    /// Files an answer without the secrets that it shows.
    pub(super) fn filed(&mut self, place: Place, name: &str, answer: &Answer, shown: &[&str]) {
        self.places.file_but(place, name, &said(answer), shown);
    }

    /// Files a refusal, whatever its status; some pages lead to another one.
    pub(super) async fn refused(&mut self, request: RequestBuilder) {
        let (name, answer) = asked(request).await;
        assert!(answer.status >= 300, "{name}: {}", said(&answer));
        self.places.file(Place::Refusal, &name, said(&answer));
    }

    /// Runs a command and files what it prints.
    pub(super) async fn command(&mut self, arguments: &[&str], code: i32) -> Ended {
        let ended = self.installation.ends(arguments, code).await;
        self.heard(arguments, &ended, &[]);
        ended
    }

    /// Files what a command printed but these secrets, which it is there to show.
    pub(super) fn heard(&mut self, arguments: &[&str], ended: &Ended, shown: &[&str]) {
        let place = match arguments {
            ["audit", ..] => Place::Audit,
            [_, "export" | "result", ..] => Place::Export,
            _ => Place::Command,
        };
        let name = arguments[..arguments.len().min(2)].join(" ");
        let text = format!("{}\n{}", ended.out, ended.err);
        self.places.file_but(place, &name, &text, shown);
    }

    /// Stops the daemon, and files what it said on its own all the time, without the link that it printed.
    pub(super) async fn stop(self, link: &str) -> (Installation, Vec<Canary>, Places, String) {
        let Self {
            installation,
            served,
            canaries,
            mut places,
            parrot,
            collected,
            receiver,
            _collecting,
        } = self;
        wait_until("the last news", LIMIT, async || {
            let mut received = receiver.received().into_iter();
            received
                .any(|sent| sent.body.contains("alarm.acknowledged"))
                .then_some(())
        })
        .await;
        served.process.signal("TERM");
        let ended = served.process.ends_within(LIMIT).await;
        assert!(ended.status.success(), "{ended:?}");
        places.file(Place::Log, "standard output", ended.out);
        assert!(ended.err.contains(link), "{link}");
        places.file(
            Place::Log,
            "standard error",
            ended.err.replacen(link, "", 1),
        );
        places.file(Place::Traces, "traces", collected.bytes());
        for sent in receiver.received() {
            places.file(Place::Webhook, &sent.id, format!("{sent:?}"));
        }
        (installation, canaries, places, parrot)
    }
}

/// Which request, without what is secret of it, and its answer.
async fn asked(request: RequestBuilder) -> (String, Answer) {
    let request = request.build().unwrap();
    let name = format!("{} {}", request.method(), request.url().path());
    (
        name,
        Answer::of(client().execute(request).await.unwrap()).await,
    )
}

/// The address of the database with a password, which a server of tests does not look at; one that has a password keeps it.
fn with_password(database: &TestDatabase, password: &str) -> String {
    if database.kind() == Kind::Sqlite {
        return database.url.clone();
    }
    let mut url: Url = database.url.parse().unwrap();
    if url.password().is_none() {
        url.set_password(Some(password)).unwrap();
    }
    url.into()
}

/// A secret that signs, made of this text.
fn signing(text: &str) -> String {
    format!("whsec_{}", STANDARD.encode(text))
}
