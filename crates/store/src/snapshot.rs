use std::sync::Arc;

use imbl::{HashMap, OrdSet};

use crate::{
    AccountId, Entity, Kind, Table,
    entity::{
        AccessKey, Account, Alert, AnomalyDetector, Bucket, CreateAccountStatus, Group, InstanceProfile, Job,
        MetricSet, Organization, Policy, Role, Secret, SecretVersion, Subscription, Topic, User,
    },
};

/// The whole state at one revision. Immutable once it is published; a clone shares everything.
#[derive(Clone, Default)]
pub struct Snapshot {
    pub(crate) revision: u64,
    /// Long-term access keys.
    pub access_keys: Table<AccessKey>,
    /// Accounts.
    pub accounts: Table<Account>,
    /// Lookout for Metrics alerts.
    pub alerts: Table<Alert>,
    /// Lookout for Metrics detectors.
    pub anomaly_detectors: Table<AnomalyDetector>,
    /// Amazon S3 buckets.
    pub buckets: Table<Bucket>,
    /// What became of CreateAccount requests.
    pub create_account_statuses: Table<CreateAccountStatus>,
    /// IAM groups.
    pub groups: Table<Group>,
    /// Instance profiles.
    pub instance_profiles: Table<InstanceProfile>,
    /// Work that services do by themselves.
    pub jobs: Table<Job>,
    /// Lookout for Metrics datasets.
    pub metric_sets: Table<MetricSet>,
    /// Organizations.
    pub organizations: Table<Organization>,
    /// Customer managed policies.
    pub policies: Table<Policy>,
    /// IAM roles.
    pub roles: Table<Role>,
    /// Secrets of AWS Secrets Manager, without their values.
    pub secrets: Table<Secret>,
    /// The values of secrets, sealed.
    pub secret_versions: Table<SecretVersion>,
    /// Subscriptions to SNS topics, in the topics' accounts.
    pub subscriptions: Table<Subscription>,
    /// SNS topics.
    pub topics: Table<Topic>,
    /// IAM users.
    pub users: Table<User>,
    links: OrdSet<Link>,
    access_key_accounts: HashMap<Arc<str>, AccountId>,
    bucket_accounts: HashMap<Arc<str>, AccountId>,
}

/// One entity points at another: (account, target, kind of the source, source).
type Link = (AccountId, Arc<str>, Kind, Arc<str>);

impl Snapshot {
    /// The number of commits that it holds. Gap-free and in commit order.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The entity of this kind and unique id.
    #[must_use]
    pub fn get<E: Entity>(&self, account: AccountId, id: &str) -> Option<&Arc<E>> {
        E::table(self).by_id(account, id)
    }

    /// The access key of this id, whichever account's it is: a request names no account.
    #[must_use]
    pub fn access_key(&self, id: &str) -> Option<&Arc<AccessKey>> {
        self.access_keys.by_id(*self.access_key_accounts.get(id)?, id)
    }

    /// The bucket of this name, whichever account's it is: no two in the installation have one name.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<&Arc<Bucket>> {
        self.buckets.by_name(*self.bucket_accounts.get(name)?, name)
    }

    /// The account of this id.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.accounts.by_id(id, &id.to_string())
    }

    /// The organization that the account belongs to.
    #[must_use]
    pub fn organization_of(&self, account: AccountId) -> Option<&Arc<Organization>> {
        let id = self.account(account)?.organization.as_deref()?;
        self.organizations.everywhere().find(|organization| organization.id == id)
    }

    /// The entities of one kind that point at `target` (a unique id, or a policy's ARN), in the order of their ids:
    /// a group's users, a user's keys, everything that a policy is attached to.
    pub fn pointing_at<'a, E: Entity>(&'a self, account: AccountId, target: &str) -> impl Iterator<Item = &'a Arc<E>> {
        let target: Arc<str> = Arc::from(target);
        let first: Link = (account, Arc::clone(&target), E::KIND, Arc::from(""));
        self.links
            .range(first..)
            .take_while(move |(of, at, kind, _)| *of == account && *at == target && *kind == E::KIND)
            .filter_map(move |(_, _, _, id)| self.get(account, id))
    }

    pub(crate) fn put<E: Entity>(&mut self, entity: Arc<E>) {
        self.remove::<E>(entity.account(), entity.id());
        for link in Self::links_of(&*entity) {
            self.links.insert(link);
        }
        if E::KIND == Kind::AccessKey {
            self.access_key_accounts.insert(Arc::from(entity.id()), entity.account());
        }
        if E::KIND == Kind::Bucket {
            self.bucket_accounts.insert(Arc::from(entity.name().unwrap_or_default()), entity.account());
        }
        E::table_mut(self).put(entity);
    }

    pub(crate) fn remove<E: Entity>(&mut self, account: AccountId, id: &str) {
        let Some(old) = E::table_mut(self).remove(account, id) else { return };
        for link in Self::links_of(&*old) {
            self.links.remove(&link);
        }
        if E::KIND == Kind::AccessKey {
            self.access_key_accounts.remove(id);
        }
        if E::KIND == Kind::Bucket {
            self.bucket_accounts.remove(old.name().unwrap_or_default());
        }
    }

    fn links_of<E: Entity>(entity: &E) -> impl Iterator<Item = Link> {
        let (account, id): (_, Arc<str>) = (entity.account(), Arc::from(entity.id()));
        entity.links().into_iter().map(move |target| (account, Arc::from(target), E::KIND, Arc::clone(&id)))
    }
}
