//! Users, groups and roles that a simulation names by ARN: whose policies it takes, and who is to ask.

use bartizan_gate::{Arn, Check, Error, Fault, Holder, Scope};
use bartizan_policy::Principal;
use bartizan_store::AccountId;

use crate::{error, lookup};

/// The ARN of a user, group or role, which need not exist.
#[derive(Debug, Clone, Copy)]
pub struct PrincipalArn<'a> {
    arn: &'a str,
    /// Twelve digits.
    account: &'a str,
    kind: PrincipalKind,
    path_and_name: &'a str,
}

/// What a [`PrincipalArn`] is the ARN of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    User,
    Group,
    Role,
}

impl<'a> PrincipalArn<'a> {
    /// Reads `arn:aws:iam::ACCOUNT:user/PATH/NAME` and its like.
    ///
    /// # Errors
    /// `InvalidInput` for anything else, the ARNs of sessions, of services and of the root user among it.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let invalid = || {
            error::invalid_input(format!("Invalid Entity Arn: {text} does not clearly define entity type and name."))
        };
        let arn = Arn::parse(text).ok_or_else(invalid)?;
        let (kind, path_and_name) = arn.resource.split_once('/').ok_or_else(invalid)?;
        let kind = match kind {
            "user" => PrincipalKind::User,
            "group" => PrincipalKind::Group,
            "role" => PrincipalKind::Role,
            _ => return Err(invalid()),
        };
        let is_iam = arn.partition == "aws" && arn.service == "iam" && arn.region.is_empty();
        let has_account = arn.account.parse::<AccountId>().is_ok();
        let named = !path_and_name.is_empty() && !path_and_name.ends_with('/');
        match is_iam && has_account && named {
            true => Ok(Self { arn: text, account: arn.account, kind, path_and_name }),
            false => Err(invalid()),
        }
    }

    /// What it is the ARN of.
    pub const fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// The account in it.
    pub const fn account(&self) -> &'a str {
        self.account
    }

    /// A check of `action` on it, with the tags that it has.
    pub fn check(&self, scope: &Scope<'_>, action: &'static str) -> Check {
        let check = Check::new(action, self.arn);
        match self.holder(scope) {
            Some(Holder::User(user)) => check.resource_tags(&user.tags),
            Some(Holder::Role(role)) => check.resource_tags(&role.tags),
            Some(Holder::Group(_)) | None => check,
        }
    }

    /// The user, group or role, in the caller's account.
    ///
    /// # Errors
    /// `NoSuchEntity`
    pub fn find<'s>(&self, scope: &Scope<'s>) -> Result<Holder<'s>, Error> {
        let kind = match self.kind {
            PrincipalKind::User => "user",
            PrincipalKind::Group => "group",
            PrincipalKind::Role => "role",
        };
        Ok(self.holder(scope).ok_or_else(|| error::not_found(kind, self.name()))?)
    }

    /// An ARN is compared with case, path and all.
    fn holder<'s>(&self, scope: &Scope<'s>) -> Option<Holder<'s>> {
        let name = self.name();
        let (holder, arn) = match self.kind {
            PrincipalKind::User => lookup::user(scope, name).map(|user| (Holder::User(user), user.arn())),
            PrincipalKind::Group => lookup::group(scope, name).map(|group| (Holder::Group(group), group.arn())),
            PrincipalKind::Role => lookup::role(scope, name).map(|role| (Holder::Role(role), role.arn())),
        }
        .ok()?;
        (arn == self.arn).then_some(holder)
    }

    fn name(&self) -> &'a str {
        self.path_and_name.rsplit('/').next().unwrap_or(self.path_and_name)
    }

    /// It as the one who asks. A group asks as a user whom no resource-based policy can name.
    pub fn principal(&self) -> Principal<'a> {
        let Self { arn, account, .. } = *self;
        match self.kind {
            PrincipalKind::User | PrincipalKind::Group => Principal::User { account, arn, id: "" },
            PrincipalKind::Role => Principal::Role {
                account,
                session_arn: "",
                role_arn: arn,
                role_id: "",
                session_name: "",
                service_linked: self.path_and_name.starts_with("aws-service-role/"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_users_groups_and_roles_are_simulated() {
        for (good, kind, name) in [
            ("arn:aws:iam::123456789012:user/alice", PrincipalKind::User, "alice"),
            ("arn:aws:iam::123456789012:group/a/b/admins", PrincipalKind::Group, "admins"),
            ("arn:aws:iam::123456789012:role/r", PrincipalKind::Role, "r"),
        ] {
            let arn = PrincipalArn::parse(good).unwrap();
            assert_eq!((arn.kind, arn.name(), arn.account), (kind, name, "123456789012"));
        }
        for bad in [
            "",
            "*",
            "alice",
            "arn:aws:iam::123456789012:root",
            "arn:aws:iam::123456789012:user",
            "arn:aws:iam::123456789012:user/",
            "arn:aws:iam::123456789012:user/a/",
            "arn:aws:iam::123456789012:policy/p",
            "arn:aws:iam::12345678901:user/alice",
            "arn:aws:iam:us-east-1:123456789012:user/alice",
            "arn:aws-cn:iam::123456789012:user/alice",
            "arn:aws:sts::123456789012:assumed-role/r/session",
            "arn:aws:sts::123456789012:federated-user/f",
        ] {
            assert_eq!(PrincipalArn::parse(bad).unwrap_err().code, "InvalidInput", "{bad}");
        }
    }
}
