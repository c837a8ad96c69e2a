//! A data directory that goes away with its test, and entities to put into it.

use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bartizan_store::{
    AccountId, Changes, Document, OpenError, Secret, Snapshot, Store,
    audit::Batch,
    entity::{
        AccessKey, AccessKeyOwner, AccessKeyStatus, Account, AccountStatus, Group, InlinePolicy, Policy, PolicyVersion,
        Tag, User,
    },
};
use jiff::Timestamp;

pub const DATABASE: &str = "bartizan.db";
pub const WAL: &str = "bartizan.db-wal";
pub const MARK: &str = "commit.mark";
pub const KEY: &str = "master.key";

/// A directory of its own.
pub struct Home(PathBuf);

impl Home {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bartizan-store-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn open(&self) -> Result<Store, OpenError> {
        Store::open(self, None)
    }

    /// What opening says; panics if it opens.
    pub fn refusal(&self) -> OpenError {
        match self.open() {
            Ok(_) => panic!("{} opens", self.display()),
            Err(error) => error,
        }
    }

    /// The files as they are now, in another directory: what a crash at this moment leaves.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        for name in [DATABASE, WAL, MARK, KEY] {
            if self.join(name).exists() {
                fs::copy(self.join(name), copy.join(name)).unwrap();
            }
        }
        copy
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.join(name)).unwrap()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.join(name), bytes).unwrap();
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.join(name)).unwrap();
    }

    /// The database behind the store's back.
    pub fn sql(&self, statements: &str) {
        rusqlite::Connection::open(self.join(DATABASE)).unwrap().execute_batch(statements).unwrap();
    }
}

impl Deref for Home {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn account(digits: &str) -> AccountId {
    digits.parse().unwrap()
}

pub fn ours() -> AccountId {
    account("123456789012")
}

pub fn theirs() -> AccountId {
    account("210987654321")
}

pub fn time() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

pub fn user(id: &str, name: &str) -> User {
    User {
        account: ours(),
        id: id.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created: time(),
        groups: Vec::new(),
        inline_policies: Vec::new(),
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

pub fn group(id: &str, name: &str) -> Group {
    Group {
        account: ours(),
        id: id.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created: time(),
        inline_policies: Vec::new(),
        attached_policies: Vec::new(),
    }
}

pub fn policy(id: &str, name: &str) -> Policy {
    Policy {
        account: ours(),
        id: id.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created: time(),
        updated: time(),
        description: None,
        versions: vec![PolicyVersion {
            number: 1,
            document: Document::new(r#"{"Version":"2012-10-17"}"#),
            created: time(),
        }],
        default_version: 1,
        next_version: 2,
        tags: Vec::new(),
    }
}

pub fn access_key(store: &Store, id: &str, owner: AccessKeyOwner) -> AccessKey {
    AccessKey {
        account: ours(),
        id: id.to_owned(),
        owner,
        secret: store
            .keyring()
            .seal_secret(id, &Secret::new("a secret of forty characters, or so it is".to_owned()))
            .unwrap(),
        status: AccessKeyStatus::Active,
        created: time(),
    }
}

pub fn put<E: bartizan_store::Entity>(store: &Store, entity: E) -> Arc<Snapshot> {
    commit(store, |changes| changes.put(entity)).unwrap()
}

pub fn commit(store: &Store, change: impl FnOnce(&mut Changes)) -> Result<Arc<Snapshot>, bartizan_store::CommitError> {
    let mut changes = Changes::default();
    change(&mut changes);
    store.commit(store.snapshot().revision(), &changes, &Batch::default())
}

/// A store with something of everything that matters, five revisions long.
pub fn furnish(store: &Store) {
    commit(store, |changes| {
        changes.put(Account {
            id: ours(),
            id_text: ours().to_string(),
            name: "root".to_owned(),
            email: "root@example.com".to_owned(),
            status: AccountStatus::Active,
            created: time(),
            organization: None,
            created_by_organization: false,
            alias: None,
            tags: Vec::new(),
        });
        changes.put(access_key(store, "AKIAROOT", AccessKeyOwner::Root));
    })
    .unwrap();
    put(store, group("AGPA1", "admins"));
    put(store, policy("ANPA1", "read-only"));
    let mut alice = user("AIDA1", "Alice");
    alice.groups = vec!["AGPA1".to_owned()];
    alice.attached_policies = vec!["arn:aws:iam::123456789012:policy/read-only".to_owned()];
    alice.inline_policies = vec![InlinePolicy {
        name: "never".to_owned(),
        document: Document::new(r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#),
    }];
    alice.tags = vec![Tag { key: "team".to_owned(), value: "red".to_owned() }];
    commit(store, |changes| {
        changes.put(alice);
        changes.put(access_key(store, "AKIAALICE", AccessKeyOwner::User("AIDA1".to_owned())));
    })
    .unwrap();
    put(store, user("AIDA2", "Bob"));
}

/// Everything that a snapshot says, to be compared.
pub fn all(snapshot: &Snapshot) -> String {
    format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?}",
        snapshot.revision(),
        snapshot.accounts.everywhere().collect::<Vec<_>>(),
        snapshot.access_keys.everywhere().collect::<Vec<_>>(),
        snapshot.groups.everywhere().collect::<Vec<_>>(),
        snapshot.policies.everywhere().collect::<Vec<_>>(),
        snapshot.roles.everywhere().collect::<Vec<_>>(),
        snapshot.users.everywhere().collect::<Vec<_>>(),
    )
}
