//! What is kept: one file for each kind of thing.

mod access_key;
mod account;
mod alert;
mod anomaly_detector;
mod attached;
mod bucket;
mod group;
mod instance_profile;
mod job;
mod metric_set;
mod organization;
mod policy;
mod role;
mod secret;
mod subscription;
mod topic;
mod user;

use serde::{Serialize, de::DeserializeOwned};

pub use access_key::{AccessKey, AccessKeyOwner, AccessKeyStatus};
pub use account::{Account, AccountStatus, CreateAccountState, CreateAccountStatus};
pub use alert::Alert;
pub use anomaly_detector::{
    AnomalyDetector, AnomalyDetectorFailure, AnomalyDetectorFailureType, AnomalyDetectorStatus,
};
pub use attached::{InlinePolicy, Tag};
pub use bucket::{AccessGrant, Bucket, ObjectOwnership, PublicAccessBlock};
pub use group::Group;
pub use instance_profile::InstanceProfile;
pub use job::{Job, Lease};
pub use metric_set::MetricSet;
pub use organization::Organization;
pub use policy::{Policy, PolicyVersion};
pub use role::Role;
pub use secret::{Secret, SecretVersion};
pub use subscription::{Confirmation, Subscription};
pub use topic::Topic;
pub use user::User;

use crate::{AccountId, Snapshot, Table};

/// The kinds of entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`AccessKey`]
    AccessKey,
    /// [`Account`]
    Account,
    /// [`Alert`]
    Alert,
    /// [`AnomalyDetector`]
    AnomalyDetector,
    /// [`Bucket`]
    Bucket,
    /// [`CreateAccountStatus`]
    CreateAccountStatus,
    /// [`Group`]
    Group,
    /// [`InstanceProfile`]
    InstanceProfile,
    /// [`Job`]
    Job,
    /// [`MetricSet`]
    MetricSet,
    /// [`Organization`]
    Organization,
    /// [`Policy`]
    Policy,
    /// [`Role`]
    Role,
    /// [`Secret`]
    Secret,
    /// [`SecretVersion`]
    SecretVersion,
    /// [`Subscription`]
    Subscription,
    /// [`Topic`]
    Topic,
    /// [`User`]
    User,
}

impl Kind {
    /// Every kind, in the order in which they load.
    pub const ALL: [Self; 18] = [
        Self::AccessKey,
        Self::Account,
        Self::Alert,
        Self::AnomalyDetector,
        Self::Bucket,
        Self::CreateAccountStatus,
        Self::Group,
        Self::InstanceProfile,
        Self::Job,
        Self::MetricSet,
        Self::Organization,
        Self::Policy,
        Self::Role,
        Self::Secret,
        Self::SecretVersion,
        Self::Subscription,
        Self::Topic,
        Self::User,
    ];

    /// The name that the database knows the kind by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessKey => "access_key",
            Self::Account => "account",
            Self::Alert => "alert",
            Self::AnomalyDetector => "anomaly_detector",
            Self::Bucket => "bucket",
            Self::CreateAccountStatus => "create_account_status",
            Self::Group => "group",
            Self::InstanceProfile => "instance_profile",
            Self::Job => "job",
            Self::MetricSet => "metric_set",
            Self::Organization => "organization",
            Self::Policy => "policy",
            Self::Role => "role",
            Self::Secret => "secret",
            Self::SecretVersion => "secret_version",
            Self::Subscription => "subscription",
            Self::Topic => "topic",
            Self::User => "user",
        }
    }

    /// The kind of this database name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A kind of thing that is kept.
pub trait Entity: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Which kind.
    const KIND: Kind;

    /// The account that it belongs to.
    fn account(&self) -> AccountId;

    /// Its unique id, which is never used again: `AIDA…`, `AROA…`, an ARN for kinds without one.
    fn id(&self) -> &str;

    /// Its name, if names of this kind are unique in an account (without regard to case).
    fn name(&self) -> Option<&str>;

    /// The unique ids and policy ARNs that it points at, within its account. [`Snapshot::pointing_at`] answers in
    /// the other direction.
    fn links(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Its table in a snapshot.
    fn table(snapshot: &Snapshot) -> &Table<Self>;

    /// The same, to change it.
    #[doc(hidden)]
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self>;
}

/// `arn:aws:iam::ACCOUNT:KIND/PATH/NAME`; paths begin and end with a slash.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
fn iam_arn(account: AccountId, kind: &str, path: &str, name: &str) -> String {
    const START: &str = "arn:aws:iam::";
    const ACCOUNT: usize = 12;
    // A list makes one for each item: at its length from the start, and without `format!`.
    let mut arn = String::with_capacity(START.len() + ACCOUNT + 1 + kind.len() + path.len() + name.len());
    for part in [START, &account.to_string(), ":", kind, path, name] {
        arn.push_str(part);
    }
    arn
}
