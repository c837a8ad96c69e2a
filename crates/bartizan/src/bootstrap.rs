//! What comes before serving: at the first start an account, its root user, and the root user's key; at later ones, what
//! older versions have left to do.

use std::env::{self, VarError};

use bartizan_gate::principals;
use bartizan_store::{
    AccountId, Changes, Secret, Store,
    audit::Batch,
    entity::{AccessKey, AccessKeyOwner, AccessKeyStatus, Account, AccountStatus, Bucket},
};
use jiff::Timestamp;

use crate::Failure;

/// The environment that seeds the root user's key, at the first start only.
const ID: &str = "BARTIZAN_ROOT_ACCESS_KEY_ID";
const SECRET: &str = "BARTIZAN_ROOT_SECRET_ACCESS_KEY";

/// The account that a store begins with.
pub struct Home {
    pub account: AccountId,
    /// A key that was made at this start, to be shown once. `None` if there was one or it was given.
    pub new_key: Option<RootKey>,
}

/// An access key of the root user.
pub struct RootKey {
    pub access_key_id: String,
    pub secret: Secret,
}

/// Finds the store's first account, or makes it with its root user and key.
pub fn home(store: &Store, account_id: Option<AccountId>) -> Result<Home, Failure> {
    let snapshot = store.snapshot();
    if let Some(first) = snapshot.accounts.everywhere().find(|account| !account.created_by_organization) {
        return match account_id {
            Some(wanted) if wanted != first.id => Err(format!(
                "the store's account is {}, not {wanted}; leave --account-id out or use another --data-dir",
                first.id
            )
            .into()),
            _ => Ok(Home { account: first.id, new_key: None }),
        };
    }
    let account = match account_id {
        Some(account) => account,
        None => random_account(store)?,
    };
    let given = given_key()?;
    let is_given = given.is_some();
    let key = match given {
        Some(key) => key,
        None => random_key(store)?,
    };
    found(store, account, &key)?;
    Ok(Home { account, new_key: (!is_given).then_some(key) })
}

/// Makes a first account, with its root user and this key of it.
pub fn found(store: &Store, account: AccountId, key: &RootKey) -> Result<(), Failure> {
    let now = Timestamp::now();
    let mut changes = Changes::default();
    changes.put(Account {
        id: account,
        id_text: account.to_string(),
        name: "root".to_owned(),
        email: format!("root@{account}.invalid"),
        status: AccountStatus::Active,
        created: now,
        organization: None,
        created_by_organization: false,
        alias: None,
        tags: Vec::new(),
    });
    changes.put(AccessKey {
        account,
        id: key.access_key_id.clone(),
        owner: AccessKeyOwner::Root,
        secret: store.keyring().seal_secret(&key.access_key_id, &key.secret)?,
        status: AccessKeyStatus::Active,
        created: now,
    });
    store.commit(store.snapshot().revision(), &changes, &Batch::default())?;
    Ok(())
}

/// Brings bucket policies to unique ids. They were once stored with ARNs, as they had been given, so that whoever took a
/// deleted user's or role's name got what they gave.
pub fn bring_bucket_policies_to_ids(store: &Store) -> Result<(), Failure> {
    let snapshot = store.snapshot();
    let mut changes = Changes::default();
    for bucket in snapshot.buckets.everywhere() {
        let brought = bucket.policy.as_ref().map(|policy| principals::brought_to_ids(&snapshot, policy));
        if brought != bucket.policy {
            changes.put(Bucket { policy: brought, ..Bucket::clone(bucket) });
        }
    }
    if !changes.is_empty() {
        store.commit(snapshot.revision(), &changes, &Batch::default())?;
    }
    Ok(())
}

fn given_key() -> Result<Option<RootKey>, Failure> {
    let read = |name: &str| match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not text")),
    };
    match (read(ID)?, read(SECRET)?) {
        (None, None) => Ok(None),
        (Some(access_key_id), Some(secret)) => {
            // AWS's pattern for an access key id; its length is left to whoever gives one.
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if !(3..=128).contains(&access_key_id.len()) || !access_key_id.bytes().all(is_word) {
                return Err(format!("{ID} must be 3 to 128 letters, digits or underscores").into());
            }
            if !(8..=128).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(format!("{SECRET} must be 8 to 128 visible ASCII characters").into());
            }
            Ok(Some(RootKey { access_key_id, secret: Secret::new(secret) }))
        }
        _ => Err(format!("{ID} and {SECRET} go together: set both or neither").into()),
    }
}

fn random_account(store: &Store) -> Result<AccountId, Failure> {
    let mut bytes = [0; 8];
    store.keyring().random(&mut bytes)?;
    Ok(AccountId::from_random(u64::from_le_bytes(bytes)))
}

/// A root user's key that nobody has seen yet.
pub fn random_key(store: &Store) -> Result<RootKey, Failure> {
    let (access_key_id, secret) = bartizan_gate::new_access_key(store.keyring())?;
    Ok(RootKey { access_key_id, secret })
}

#[cfg(test)]
mod tests {
    use bartizan_store::{
        Document,
        entity::{ObjectOwnership, User},
    };

    use super::*;

    #[test]
    fn who_takes_a_name_has_nothing_of_what_an_old_bucket_policy_gave() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), None).unwrap();
        let account = AccountId::from_random(1);
        let key = random_key(&store).unwrap();
        found(&store, account, &key).unwrap();
        let mut changes = Changes::default();
        changes.put(User {
            account,
            id: "AIDABOBBOBBOBBOBBOBBO".to_owned(),
            path: "/".to_owned(),
            name: "bob".to_owned(),
            created: Timestamp::UNIX_EPOCH,
            groups: Vec::new(),
            attached_policies: Vec::new(),
            inline_policies: Vec::new(),
            permissions_boundary: None,
            tags: Vec::new(),
        });
        let policy = |bob: &str, gone: &str| {
            Document::new(&format!(
                r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": ["{bob}", "{gone}", "*", "AROAGONEGONEGONEGONEG:s"],
                "Service": "sns.amazonaws.com"}}, "Action": "s3:*", "Resource": "*"}}}}"#
            ))
        };
        let arn = |user: &str| format!("arn:aws:iam::{account}:user/{user}");
        changes.put(Bucket {
            account,
            id: "bucket".to_owned(),
            name: "bucket".to_owned(),
            region: "us-east-1".to_owned(),
            created: Timestamp::UNIX_EPOCH,
            policy: Some(policy(&arn("bob"), &arn("gone"))),
            grants: Vec::new(),
            ownership: ObjectOwnership::BucketOwnerEnforced,
            public_access_block: None,
            tags: Vec::new(),
        });
        store.commit(store.snapshot().revision(), &changes, &Batch::default()).unwrap();

        bring_bucket_policies_to_ids(&store).unwrap();
        let snapshot = store.snapshot();
        let brought = policy("AIDABOBBOBBOBBOBBOBBO", "AIDA00000000000000000");
        assert_eq!(snapshot.bucket("bucket").unwrap().policy.as_ref(), Some(&brought));
        bartizan_policy::Policy::parse(brought.text(), bartizan_policy::Kind::Resource).unwrap();

        bring_bucket_policies_to_ids(&store).unwrap();
        assert_eq!(store.snapshot().revision(), snapshot.revision(), "nothing is left to do");
    }
}
