//! How long a document may be.
//!
//! AWS pages: "IAM and AWS STS quotas",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>; "Quotas for AWS Organizations",
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>.

use super::place::Found;
use super::view::View;
use crate::Kind;

/// Of a managed policy; IAM does not count white space.
const IDENTITY: usize = 6_144;
/// Of a role's trust policy, unless it was raised; white space is not counted.
const TRUST: usize = 2_048;
/// Of a service control policy; all characters count.
const SERVICE_CONTROL: usize = 5_120;
/// Of a bucket policy, the longest of the resource-based ones, in bytes.
const RESOURCE: usize = 20 * 1_024;

fn without_space(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

pub(super) fn identity(view: &View, found: &mut Found) {
    let size = without_space(view.text);
    if view.kind == Kind::Identity && size > IDENTITY {
        let details = format!(
            "The {size} characters of the policy, without white space, are more than the {IDENTITY} of a managed or \
             inline policy. Use several smaller policies."
        );
        found.at(view.root.at(), details);
    }
}

pub(super) fn trust(view: &View, found: &mut Found) {
    let size = without_space(view.text);
    if view.kind == Kind::Trust && size > TRUST {
        let details = format!(
            "The {size} characters of the trust policy, without white space, are more than {TRUST}. Ask for a higher \
             quota; if you have one, pass over this."
        );
        found.at(view.root.at(), details);
    }
}

pub(super) fn service_control(view: &View, found: &mut Found) {
    let size = view.text.trim().chars().count();
    if view.kind == Kind::ServiceControl && size > SERVICE_CONTROL {
        let details = format!(
            "The {size} characters of the service control policy are more than {SERVICE_CONTROL}. Use several smaller \
             policies."
        );
        found.at(view.root.at(), details);
    }
}

pub(super) fn resource(view: &View, found: &mut Found) {
    let size = view.text.trim().len();
    if view.kind == Kind::Resource && size > RESOURCE {
        let details = format!(
            "The {size} characters of the policy are more than the {RESOURCE} of a resource-based policy. Use several \
             smaller policies."
        );
        found.at(view.root.at(), details);
    }
}
