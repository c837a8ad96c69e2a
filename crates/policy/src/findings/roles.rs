//! Passing roles, and creating service-linked roles: what either can be used for hangs on the roles.
//!
//! AWS page: "Granting a user permissions to pass a role to an AWS service",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>.

use super::actions::Means;
use super::place::Found;
use super::view::{Element, View};
use crate::Kind;

/// How a statement means too many roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Roles {
    /// All, by a wildcard.
    Star,
    /// All but a few, by `NotResource`.
    Not,
}

/// `iam:PassRole` on too many roles.
pub(super) fn pass(view: &View, found: &mut Found, by: Means, roles: Roles) {
    risky(view, found, "iam:passrole", "iam:PassedToService", by, roles, |action, key| {
        let advice = match roles {
            Roles::Star => format!("Name the roles, or add a condition on {key}."),
            Roles::Not => "Name the roles in Resource.".to_owned(),
        };
        format!("{action} can pass roles that you do not think of. {advice}")
    });
}

/// `iam:CreateServiceLinkedRole` for too many services.
pub(super) fn create_service_linked(view: &View, found: &mut Found, by: Means, roles: Roles) {
    risky(view, found, "iam:createservicelinkedrole", "iam:AWSServiceName", by, roles, |action, _| {
        format!("{action} can create service-linked roles that you do not think of. Name the roles in Resource.")
    });
}

/// Where identity-based policies allow an action on too many roles, unless a condition on `key` narrows it.
fn risky(
    view: &View,
    found: &mut Found,
    action: &str,
    key: &str,
    by: Means,
    roles: Roles,
    details: impl Fn(&str, &str) -> String,
) {
    if view.kind != Kind::Identity {
        return;
    }
    for statement in view.statements.iter().filter(|statement| statement.allows()) {
        let (Some(actions), Some(resources)) = (&statement.actions, &statement.resources) else { continue };
        let narrowed = roles == Roles::Star && statement.asks_for(key);
        if let Some(acts) = actions.means(action, by)
            && let Some(on) = resources.means_roles(roles).filter(|_| !narrowed)
        {
            let named = match by {
                Means::Named if action == "iam:passrole" => "iam:PassRole",
                Means::Named => "iam:CreateServiceLinkedRole",
                Means::Star => "This wildcard",
                Means::Not => "NotAction",
            };
            found.at_all(vec![acts, on], details(named, key));
        }
    }
}

impl Element<'_> {
    fn means_roles(&self, roles: Roles) -> Option<usize> {
        match roles {
            Roles::Not => self.negated.then_some(self.member.at),
            Roles::Star if self.negated => None,
            Roles::Star => self.texts.iter().find(|text| is_any_role(text.text)).map(|text| text.at),
        }
    }
}

/// `*`, or the ARN of all roles of an account or of all accounts. `role/Service*` is a convention of some services, and
/// means few.
fn is_any_role(resource: &str) -> bool {
    let name = resource.splitn(6, ':').nth(5);
    let all = |name: &str| {
        let name = name.strip_prefix("role").unwrap_or(name).trim_start_matches('/');
        !name.is_empty() && name.bytes().all(|byte| byte == b'*')
    };
    resource == "*" || resource.starts_with("arn:") && name.is_some_and(all) && resource.contains(":iam:")
}
