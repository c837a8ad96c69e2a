use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bartizan_store::{
    Changes, Store,
    audit::Batch,
    entity::{Account, AccountStatus, Role, User},
};
use jiff::Timestamp;

use super::*;

/// Two accounts side by side, each with a user Bob and a role Admin, in a store of its own.
struct World {
    store: Store,
    directory: PathBuf,
}

const HERE: &str = "111122223333";
const THERE: &str = "444455556666";

impl World {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("bartizan-iam-document-{}-{number}", std::process::id()));
        let world = Self { store: Store::open(&directory, None).unwrap(), directory };
        world.change(|changes| {
            for account in [HERE, THERE] {
                changes.put(self::account(account));
                changes.put(user(account, &format!("AIDABOBOF{account}"), "Bob", "/team/"));
                changes.put(role(account, &format!("AROAADMINOF{account}"), "Admin", "/"));
            }
        });
        world
    }

    fn change(&self, change: impl FnOnce(&mut Changes)) {
        let mut changes = Changes::default();
        change(&mut changes);
        self.store.commit(self.snapshot().revision(), &changes, &Batch::default()).unwrap();
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.store.snapshot()
    }

    /// What is stored of a trust policy in which this is the principal.
    fn store_principal(&self, principal: &str) -> Result<String, Fault> {
        let document = PolicyDocument::new(trusting(principal)).unwrap();
        trust(&self.snapshot(), &document).map(|stored| stored.text().to_owned())
    }

    /// What is shown of a stored trust policy in which this is the principal.
    fn show_principal(&self, principal: &str) -> String {
        shown_trust(&self.snapshot(), &Document::new(&trusting(principal)))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn account(id: &str) -> Account {
    Account {
        id: id.parse().unwrap(),
        id_text: id.to_owned(),
        name: id.to_owned(),
        email: format!("root@{id}.example"),
        status: AccountStatus::Active,
        created: Timestamp::UNIX_EPOCH,
        organization: None,
        created_by_organization: false,
        alias: None,
        tags: Vec::new(),
    }
}

fn user(account: &str, id: &str, name: &str, path: &str) -> User {
    User {
        account: account.parse().unwrap(),
        id: id.to_owned(),
        name: name.to_owned(),
        path: path.to_owned(),
        created: Timestamp::UNIX_EPOCH,
        groups: Vec::new(),
        inline_policies: Vec::new(),
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

fn role(account: &str, id: &str, name: &str, path: &str) -> Role {
    Role {
        account: account.parse().unwrap(),
        id: id.to_owned(),
        name: name.to_owned(),
        path: path.to_owned(),
        created: Timestamp::UNIX_EPOCH,
        trust_policy: Document::new(&trusting("*")),
        description: None,
        max_session_duration: 3600,
        inline_policies: Vec::new(),
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

fn trusting(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}}}"#
    )
}

fn document(text: &str) -> PolicyDocument {
    PolicyDocument::new(text).unwrap()
}

/// An identity-based policy of this many characters that count.
fn policy_of(size: usize) -> PolicyDocument {
    let frame =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::"}}"#;
    let name = "x".repeat(size - frame.len());
    document(&frame.replace("s3:::", &format!("s3:::{name}")).replace(',', " ,\n\t"))
}

#[test]
fn principals_are_stored_by_id_and_shown_by_arn() {
    let world = World::new();
    for account in [HERE, THERE] {
        for (named, stored) in [
            (format!("arn:aws:iam::{account}:user/team/Bob"), format!("AIDABOBOF{account}")),
            (format!("arn:aws:iam::{account}:role/Admin"), format!("AROAADMINOF{account}")),
            (format!("arn:aws:sts::{account}:assumed-role/Admin/ann"), format!("AROAADMINOF{account}:ann")),
            (format!("arn:aws:iam::{account}:root"), format!("arn:aws:iam::{account}:root")),
            (
                format!("arn:aws:sts::{account}:federated-user/ann"),
                format!("arn:aws:sts::{account}:federated-user/ann"),
            ),
        ] {
            assert_eq!(world.store_principal(&named).unwrap(), trusting(&stored), "{named}");
            assert_eq!(world.show_principal(&stored), encode(&trusting(&named)), "{stored}");
        }
    }
    assert_eq!(world.store_principal("*").unwrap(), trusting("*"));
    assert_eq!(world.store_principal(HERE).unwrap(), trusting(&format!("arn:aws:iam::{HERE}:root")));
}

#[test]
fn an_id_may_be_named_while_it_exists() {
    let world = World::new();
    for id in [format!("AIDABOBOF{THERE}"), format!("AROAADMINOF{THERE}:ann")] {
        assert_eq!(world.store_principal(&id).unwrap(), trusting(&id));
    }
}

#[test]
fn nobody_is_trusted_who_does_not_exist() {
    let world = World::new();
    for principal in [
        "arn:aws:iam::111122223333:user/Bob",
        "arn:aws:iam::111122223333:user/team/bob",
        "arn:aws:iam::111122223333:user/Team/Bob",
        "arn:aws:iam::111122223333:user/Ann",
        "arn:aws:iam::111122223333:role/Bob",
        "arn:aws:iam::111122223333:role/team/Admin",
        "arn:aws:sts::111122223333:assumed-role/admin/ann",
        "arn:aws:sts::111122223333:assumed-role/Nobody/ann",
        "arn:aws:sts::777788889999:federated-user/ann",
        "arn:aws:iam::777788889999:root",
        "arn:aws:iam::777788889999:user/team/Bob",
        "arn:aws-cn:iam::111122223333:root",
        "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
        "777788889999",
        "AIDABOBOF777788889999",
        "AROABOBOF777788889999:ann",
    ] {
        let fault = world.store_principal(principal).unwrap_err();
        assert_eq!((fault.code, fault.status), ("MalformedPolicyDocument", 400), "{principal}");
        assert_eq!(fault.message, format!("Invalid principal in policy: \"AWS\":\"{principal}\""));
    }
}

#[test]
fn who_takes_the_name_of_a_deleted_one_gets_none_of_its_trust() {
    let world = World::new();
    let (arn, id) = (format!("arn:aws:iam::{HERE}:user/team/Bob"), format!("AIDABOBOF{HERE}"));
    let stored = world.store_principal(&arn).unwrap();
    world.change(|changes| changes.delete(&user(HERE, &id, "Bob", "/team/")));
    assert_eq!(world.show_principal(&id), encode(&trusting(&id)));
    world.change(|changes| changes.put(user(HERE, "AIDAANOTHERBOBOFTHATNAME", "Bob", "/team/")));
    assert_eq!(world.show_principal(&id), encode(&trusting(&id)));
    assert_ne!(world.store_principal(&arn).unwrap(), stored);
    assert_eq!(world.store_principal(&id).unwrap_err().code, "MalformedPolicyDocument");
}

#[test]
fn a_renamed_principal_is_shown_by_its_new_arn() {
    let world = World::new();
    let id = format!("AIDABOBOF{HERE}");
    world.change(|changes| changes.put(user(HERE, &id, "Robert", "/")));
    assert_eq!(world.show_principal(&id), encode(&trusting(&format!("arn:aws:iam::{HERE}:user/Robert"))));
}

#[test]
fn one_unknown_principal_among_many_refuses_the_policy() {
    let world = World::new();
    let text = trusting("*").replace(r#""*""#, r#"["*","arn:aws:iam::111122223333:user/Ann"]"#);
    let fault = trust(&world.snapshot(), &document(&text)).unwrap_err();
    assert_eq!(fault.message, r#"Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/Ann""#);
}

#[test]
fn services_are_no_aws_principals() {
    let world = World::new();
    let text = trusting("*").replace(r#""AWS":"*""#, r#""Service":"lookoutmetrics.amazonaws.com""#);
    assert_eq!(trust(&world.snapshot(), &document(&text)).unwrap().text(), text);
}

#[test]
fn a_trust_policy_has_its_own_grammar_and_size() {
    let world = World::new();
    let fault = trust(&world.snapshot(), &policy_of(200)).unwrap_err();
    assert_eq!(fault.code, "MalformedPolicyDocument");
    let of_size = |size: usize| {
        let text = trusting("*").replace(r#""Effect""#, r#""Sid":"","Effect""#);
        let sid = "S".repeat(size - text.len());
        document(&text.replace(r#""Sid":"""#, &format!(r#""Sid": "{sid}""#)))
    };
    assert!(trust(&world.snapshot(), &of_size(2_048)).is_ok());
    let fault = trust(&world.snapshot(), &of_size(2_049)).unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"));
}

#[test]
fn managed_policies_are_of_the_new_language_and_at_most_6144_characters() {
    assert!(managed(&policy_of(6_144)).is_ok());
    let fault = managed(&policy_of(6_145)).unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144"));
    let old = policy_of(200).as_str().replace("2012-10-17", "2008-10-17");
    assert_eq!(managed(&document(&old)).unwrap_err().code, "MalformedPolicyDocument");
    assert_eq!(managed(&document("{}")).unwrap_err().code, "MalformedPolicyDocument");
    assert_eq!(managed(&document(&trusting("*"))).unwrap_err().code, "MalformedPolicyDocument");
}

#[test]
fn inline_policies_share_one_quota() {
    let owners = [(Owner::User, "user", 2_048), (Owner::Group, "group", 5_120), (Owner::Role, "role", 10_240)];
    for (owner, kind, limit) in owners {
        let mut policies = Vec::new();
        put_inline(&mut policies, "a", &policy_of(1_000), owner, "Bob").unwrap();
        put_inline(&mut policies, "b", &policy_of(limit - 1_000), owner, "Bob").unwrap();
        // A policy takes the place of the one of its name, and only of that.
        put_inline(&mut policies, "b", &policy_of(limit - 1_000), owner, "Bob").unwrap();
        assert_eq!(policies.len(), 2);
        let fault = put_inline(&mut policies, "B", &policy_of(200), owner, "Bob").unwrap_err();
        let message = format!("Maximum policy size of {limit} bytes exceeded for {kind} Bob");
        assert_eq!((fault.code, fault.message), ("LimitExceeded", message));
    }
}

#[test]
fn what_is_no_policy_is_not_put() {
    let mut policies = Vec::new();
    for text in ["{", "{}", "[]", r#"{"Statement":[]}"#, &trusting("*")] {
        let fault = put_inline(&mut policies, "a", &document(text), Owner::User, "Bob").unwrap_err();
        assert_eq!((fault.code, fault.status), ("MalformedPolicyDocument", 400), "{text}");
        assert!(policies.is_empty());
    }
}

#[test]
fn documents_are_shown_url_encoded() {
    assert_eq!(
        shown_as_stored(&Document::new("{\"A-Z.a_z~\": [\"*/+\",\n\"ÿ\"]}")),
        "%7B%22A-Z.a_z~%22%3A%20%5B%22%2A%2F%2B%22%2C%0A%22%C3%BF%22%5D%7D"
    );
}
