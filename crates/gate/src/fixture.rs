//! A gate before a small service of its own, for the tests of this crate: callers, requests, and what came of them.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use bartizan_sigv4::{Credentials, Rules, sign};
use bartizan_store::{
    AccountId, Changes, Document, Entity, Secret, Store,
    audit::Batch,
    entity::{AccessKey, AccessKeyOwner, AccessKeyStatus, Account, AccountStatus, Group, InlinePolicy, Role, User},
};
use bartizan_wire::{Faults, Protocol, Shape, Value};
use hyper::{
    HeaderMap, Method,
    header::{HeaderName, HeaderValue},
};
use jiff::Timestamp;

use crate::{
    Calls as _, Check, Checks, Config, Context, Effect, Error, Fault, Gate, Operation, Scope, Service, Session,
    SessionOf, gate::Answer, operation, unavailable, unavailable_unsigned,
};

pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
pub const DENY_ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

pub const VAULT: Service = Service {
    name: "vault",
    principal: "vault.amazonaws.com",
    protocol: Protocol::Query { version: "2026-01-01", namespace: "https://vault.example/" },
    version: "2026-01-01",
    operations: &[
        operation::<GetThing>(),
        operation::<PutThing>(),
        operation::<KeepThing>(),
        operation::<LendKey>(),
        operation::<Forgetful>(),
        operation::<Unasked>(),
        operation::<Sly>(),
        operation::<Free>(),
        operation::<Relay>(),
        unavailable("vault:Missing"),
        unavailable_unsigned("vault:Unknown"),
    ],
    invalid,
};

/// Only its name and that it has an operation matter.
pub const IAM: Service = Service {
    name: "iam",
    principal: "iam.amazonaws.com",
    protocol: Protocol::Query { version: "2010-05-08", namespace: "https://iam.example/" },
    version: "2010-05-08",
    operations: &[operation::<ListNothing>()],
    invalid,
};

const SERVICES: &[Service] = &[VAULT, IAM];

fn invalid(faults: &Faults) -> Fault {
    Fault::new("ValidationError", 400, faults.to_string())
}

/// Reads.
#[derive(Shape)]
pub struct GetThing {
    name: Option<String>,
}

#[derive(Shape)]
pub struct GetThingResponse {
    region: Option<String>,
}

/// Makes a group, and answers with a secret.
#[derive(Shape)]
pub struct PutThing {
    name: String,
    #[shape(sensitive, min = 8)]
    password: Option<String>,
}

#[derive(Shape)]
pub struct PutThingResponse {
    name: Option<String>,
    #[shape(sensitive)]
    secret: Option<String>,
}

/// May change something, and does not.
#[derive(Shape)]
pub struct KeepThing {}

/// Hands out a credential and changes nothing.
#[derive(Shape)]
pub struct LendKey {}

#[derive(Shape)]
pub struct LendKeyResponse {
    key_id: Option<String>,
    #[shape(sensitive)]
    secret: Option<String>,
}

/// Asks for another action than its own.
#[derive(Shape)]
pub struct Forgetful {}

/// Asks for nothing.
#[derive(Shape)]
pub struct Unasked {}

/// Says that it reads, and writes.
#[derive(Shape)]
pub struct Sly {}

/// Needs no permission.
#[derive(Shape)]
pub struct Free {}

/// Gets a thing with its caller's own credentials: through the vault, or through Lookout for Metrics and the vault.
#[derive(Shape)]
pub struct Relay {
    far: Option<bool>,
}

#[derive(Shape)]
pub struct ListNothing {}

impl Operation for GetThing {
    const ACTION: &'static str = "vault:GetThing";
    const EFFECT: Effect = Effect::Read;
    type Output = GetThingResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let name = self.name.as_deref().unwrap_or("any");
        Ok(Check::new(Self::ACTION, format!("arn:aws:vault:{}:{}:thing/{name}", scope.region, scope.account())).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetThingResponse, Error> {
        Ok(GetThingResponse { region: Some(cx.region.to_owned()) })
    }
}

impl Operation for PutThing {
    const ACTION: &'static str = "vault:PutThing";
    const EFFECT: Effect = Effect::Write;
    type Output = PutThingResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<PutThingResponse, Error> {
        let number = cx.snapshot.groups.count(cx.account());
        let name = if self.name == "next" { format!("n{number}") } else { self.name.clone() };
        cx.put(group(cx.account(), &format!("AGPA{number}"), &name));
        Ok(PutThingResponse { name: Some(name), secret: Some("an answered secret".to_owned()) })
    }
}

impl Operation for KeepThing {
    const ACTION: &'static str = "vault:KeepThing";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, _: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }
}

impl Operation for LendKey {
    const ACTION: &'static str = "vault:LendKey";
    const EFFECT: Effect = Effect::Read;
    type Output = LendKeyResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, _: &mut Context<'_>) -> Result<LendKeyResponse, Error> {
        Ok(LendKeyResponse { key_id: Some("ASIALENT".to_owned()), secret: Some("a lent secret".to_owned()) })
    }
}

impl Operation for Forgetful {
    const ACTION: &'static str = "vault:Forgetful";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new("vault:GetThing", "*").into())
    }

    fn run(&self, _: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }
}

impl Operation for Unasked {
    const ACTION: &'static str = "vault:Unasked";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Checks::All(Vec::new()))
    }

    fn run(&self, _: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }
}

impl Operation for Sly {
    const ACTION: &'static str = "vault:Sly";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        cx.put(group(cx.account(), "AGPASLY", "sly"));
        Ok(())
    }
}

impl Operation for Free {
    const ACTION: &'static str = "vault:Free";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Checks::Unneeded)
    }

    fn run(&self, _: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }
}

impl Operation for Relay {
    const ACTION: &'static str = "vault:Relay";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let (service, operation, name) = match self.far {
            Some(true) => ("lookoutmetrics.amazonaws.com", "Relay", None),
            _ => ("vault.amazonaws.com", "GetThing", Some(("Name".into(), Value::String("one".to_owned())))),
        };
        let relayed = cx.call(&cx.forward(service), "vault", operation, Value::Structure(name.into_iter().collect()));
        relayed.map(|_| ()).map_err(|error| Fault::new("Relayed", error.status, error.message).into())
    }
}

impl Operation for ListNothing {
    const ACTION: &'static str = "iam:ListNothing";
    const EFFECT: Effect = Effect::Read;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, _: &mut Context<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// A gate on a data directory that goes away with it.
pub struct House {
    pub gate: Gate,
    directory: PathBuf,
}

/// Who signs.
#[derive(Clone)]
pub struct Signer {
    pub access_key_id: String,
    pub secret: String,
    pub token: Option<String>,
}

/// What came of a request.
pub struct Seen {
    pub status: u16,
    pub body: String,
    /// Its audit record, and its text.
    pub record: serde_json::Value,
    pub record_text: String,
}

impl House {
    /// With an account and its root user, whose access key is `AKIAROOT`.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bartizan-gate-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        let gate = Gate::new(Store::open(&directory, None).unwrap(), SERVICES, Config::default());
        let house = Self { gate, directory };
        house.put(account(AccountStatus::Active));
        house.key("AKIAROOT", AccessKeyOwner::Root);
        house
    }

    pub fn change(&self, change: impl FnOnce(&mut Changes)) {
        let mut changes = Changes::default();
        change(&mut changes);
        self.gate.store().commit(self.gate.store().snapshot().revision(), &changes, &Batch::default()).unwrap();
    }

    pub fn put<E: Entity>(&self, entity: E) {
        self.change(|changes| changes.put(entity));
    }

    /// A key with the secret [`SECRET`].
    pub fn key(&self, id: &str, owner: AccessKeyOwner) -> Signer {
        self.put(AccessKey {
            account: ours(),
            id: id.to_owned(),
            owner,
            secret: self.gate.keyring().seal_secret(id, &Secret::new(SECRET.to_owned())).unwrap(),
            status: AccessKeyStatus::Active,
            created: Timestamp::UNIX_EPOCH,
        });
        Signer { access_key_id: id.to_owned(), secret: SECRET.to_owned(), token: None }
    }

    pub fn root(&self) -> Signer {
        Signer { access_key_id: "AKIAROOT".to_owned(), secret: SECRET.to_owned(), token: None }
    }

    /// The user Alice (`AIDAALICE`) with these inline policies, and her key.
    pub fn alice(&self, policies: &[&str]) -> Signer {
        self.put(alice(policies));
        self.key("AKIAALICE", AccessKeyOwner::User("AIDAALICE".to_owned()))
    }

    /// Temporary credentials for the session.
    pub fn session(&self, session: &Session) -> Signer {
        let secret = "a temporary secret";
        let token = session.seal(&Secret::new(secret.to_owned()), self.gate.keyring()).unwrap();
        Signer { access_key_id: session.access_key_id.clone(), secret: secret.to_owned(), token: Some(token) }
    }

    /// Calls an operation of the vault.
    pub fn call(&self, signer: &Signer, parameters: &str) -> Seen {
        self.request(signer, &VAULT, "eu-central-1", parameters)
    }

    /// Calls an operation, and reads the record that it leaves.
    pub fn request(&self, signer: &Signer, service: &Service, region: &str, parameters: &str) -> Seen {
        let answer = self.answer(signer, service, region, parameters);
        let id = format!("\"requestID\":\"{}\"", answer.request_id);
        let mut found = Vec::new();
        for record in self.trail() {
            if record.contains(&id) {
                found.push(record);
            }
        }
        assert_eq!(found.len(), 1, "records of {parameters}");
        let record_text = found.remove(0);
        Seen {
            status: answer.reply.status,
            body: String::from_utf8(answer.reply.body).unwrap(),
            record: serde_json::from_str(&record_text).unwrap(),
            record_text,
        }
    }

    pub fn answer(&self, signer: &Signer, service: &Service, region: &str, parameters: &str) -> Answer {
        let body = format!("Version={}&Action={parameters}", service.version);
        let mut headers = vec![("host", &b"localhost"[..]), ("content-type", b"application/x-www-form-urlencoded")];
        let credentials = Credentials {
            access_key_id: &signer.access_key_id,
            secret_access_key: &signer.secret,
            session_token: signer.token.as_deref(),
        };
        let unsigned =
            bartizan_sigv4::Request { method: "POST", target: "/", headers: &headers, body: body.as_bytes() };
        let added =
            sign(&unsigned, &credentials, region, &Rules::new(service.name), Timestamp::now().as_second()).unwrap();
        headers.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
        headers.push(("user-agent", b"a test"));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        self.gate.answer(&Method::POST, "/", &map, body.as_bytes(), None, IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap()
    }

    /// All that has been recorded.
    pub fn trail(&self) -> Vec<String> {
        self.gate.flush();
        let mut records = Vec::new();
        Store::read_audit(&self.directory, None, |json| {
            records.push(json.to_owned());
            true
        })
        .unwrap();
        records
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Seen {
    /// The error code in the answer; empty if there is none.
    pub fn code(&self) -> &str {
        self.body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code)
    }
}

pub fn ours() -> AccountId {
    "123456789012".parse().unwrap()
}

pub fn account(status: AccountStatus) -> Account {
    Account {
        id: ours(),
        id_text: ours().to_string(),
        name: "root".to_owned(),
        email: "root@example.com".to_owned(),
        status,
        created: Timestamp::UNIX_EPOCH,
        organization: None,
        created_by_organization: false,
        alias: None,
        tags: Vec::new(),
    }
}

pub fn alice(policies: &[&str]) -> User {
    User {
        account: ours(),
        id: "AIDAALICE".to_owned(),
        name: "Alice".to_owned(),
        path: "/team/".to_owned(),
        created: Timestamp::UNIX_EPOCH,
        groups: Vec::new(),
        inline_policies: inline(policies),
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

pub fn role(policies: &[&str]) -> Role {
    Role {
        account: ours(),
        id: "AROAREADER".to_owned(),
        name: "Reader".to_owned(),
        path: "/team/".to_owned(),
        created: Timestamp::UNIX_EPOCH,
        trust_policy: Document::new(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lookoutmetrics.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},"ArnLike":{"aws:SourceArn":"arn:aws:lookoutmetrics:*:123456789012:*"}}}}"#,
        ),
        description: None,
        max_session_duration: 3600,
        inline_policies: inline(policies),
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

pub fn inline(policies: &[&str]) -> Vec<InlinePolicy> {
    let named =
        |(number, text): (usize, &&str)| InlinePolicy { name: format!("p{number}"), document: Document::new(text) };
    policies.iter().enumerate().map(named).collect()
}

pub fn group(account: AccountId, id: &str, name: &str) -> Group {
    Group {
        account,
        id: id.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created: Timestamp::UNIX_EPOCH,
        inline_policies: Vec::new(),
        attached_policies: Vec::new(),
    }
}

/// A session that has an hour to go.
pub fn session(of: SessionOf) -> Session {
    let now = Timestamp::now().as_second();
    Session {
        access_key_id: "ASIATEMPORARY".to_owned(),
        account: ours(),
        of,
        issued: now,
        expires: now + 3600,
        policy: None,
        policy_arns: Vec::new(),
        tags: Vec::new(),
        transitive_tag_keys: Vec::new(),
        source_identity: None,
        mfa_authenticated: None,
    }
}

pub fn of_role() -> SessionOf {
    SessionOf::Role("AROAREADER".to_owned(), "today".to_owned())
}
