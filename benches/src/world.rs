//! What the server has: written into its store directly, which is the fast way to a hundred thousand users.

use std::path::Path;

use bartizan_store::{
    AccountId, Changes, Document, Secret, Store,
    audit::Batch,
    entity::{AccessKey, AccessKeyOwner, AccessKeyStatus, Account, AccountStatus, InlinePolicy, Role, User},
};
use jiff::Timestamp;

use crate::Failure;

/// How much there is.
#[derive(Clone, Copy)]
pub struct World {
    pub users: usize,
    pub roles: usize,
}

impl World {
    pub const SMALL: Self = Self { users: 10, roles: 1 };
}

/// The key of the one who asks.
pub const ACCESS_KEY_ID: &str = "AKIABENCHBENCHBENCHB";
/// The root user's key, with the same secret.
pub const ROOT_ACCESS_KEY_ID: &str = "AKIABENCHBENCHBENCHR";
pub const SECRET: &str = "a-secret-access-key-for-benchmarks-alone";
pub const ACCOUNT: &str = "123456789012";
pub const ROLE_ARN: &str = "arn:aws:iam::123456789012:role/role-0";

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
{"Sid":"Read","Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"},
{"Sid":"Assume","Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::123456789012:role/role-*",
 "Condition":{"StringLike":{"aws:username":"user-*"}}},
{"Sid":"Store","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket*"},
{"Sid":"Never","Effect":"Deny","Action":"iam:Delete*","Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},
"Action":"sts:AssumeRole"}}"#;

/// Makes a store with these in it. The first user, `user-0`, has the key and the policy of the one who asks.
pub fn furnish(directory: &Path, world: World) -> Result<(), Failure> {
    let store = Store::open(directory, None)?;
    let account: AccountId = ACCOUNT.parse()?;
    let mut changes = Changes::default();
    changes.put(Account {
        id: account,
        id_text: ACCOUNT.to_owned(),
        name: "root".to_owned(),
        email: "root@example.com".to_owned(),
        status: AccountStatus::Active,
        created: Timestamp::now(),
        organization: None,
        created_by_organization: false,
        alias: None,
        tags: Vec::new(),
    });
    changes.put(AccessKey {
        account,
        id: ACCESS_KEY_ID.to_owned(),
        owner: AccessKeyOwner::User(id("AIDA", 0)),
        secret: store.keyring().seal_secret(ACCESS_KEY_ID, &Secret::new(SECRET.to_owned()))?,
        status: AccessKeyStatus::Active,
        created: Timestamp::now(),
    });
    commit(&store, &mut changes)?;
    for number in 0..world.users {
        changes.put(user(account, number));
        if number % 10_000 == 9_999 {
            commit(&store, &mut changes)?;
        }
    }
    commit(&store, &mut changes)?;
    for number in 0..world.roles {
        changes.put(role(account, number));
    }
    commit(&store, &mut changes)?;
    store.close();
    Ok(())
}

fn commit(store: &Store, changes: &mut Changes) -> Result<(), Failure> {
    store.commit(store.snapshot().revision(), &std::mem::take(changes), &Batch::default())?;
    Ok(())
}

fn user(account: AccountId, number: usize) -> User {
    let policies = (number == 0)
        .then(|| InlinePolicy { name: "bench".to_owned(), document: Document::new(POLICY) })
        .into_iter()
        .collect();
    User {
        account,
        id: id("AIDA", number),
        name: format!("user-{number}"),
        path: "/".to_owned(),
        created: Timestamp::now(),
        groups: Vec::new(),
        inline_policies: policies,
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

fn role(account: AccountId, number: usize) -> Role {
    Role {
        account,
        id: id("AROA", number),
        name: format!("role-{number}"),
        path: "/".to_owned(),
        created: Timestamp::now(),
        trust_policy: Document::new(TRUST),
        description: None,
        max_session_duration: 3600,
        inline_policies: Vec::new(),
        attached_policies: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

/// A unique id of the usual length.
fn id(prefix: &str, number: usize) -> String {
    format!("{prefix}{number:017}")
}
