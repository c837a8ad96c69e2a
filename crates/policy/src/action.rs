//! The `Action` and `NotAction` elements.
//!
//! AWS page: "IAM JSON policy elements: Action",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>.

use crate::Version;
use crate::pattern::{Pattern, Syntax};

/// One action of a statement, in ASCII lower case.
#[derive(Debug)]
pub(crate) enum Action {
    /// `*`
    All,
    /// `service:Name`, both with wildcards.
    Of {
        /// The prefix before the colon.
        service: Pattern,
        /// The name behind it.
        name: Pattern,
    },
}

impl Action {
    /// Compiles an action.
    ///
    /// # Errors
    ///
    /// AWS's wording for what is wrong with it; `None` where AWS speaks of a syntax error.
    pub(crate) fn parse(text: &str) -> Result<Action, Option<String>> {
        if text == "*" {
            return Ok(Action::All);
        }
        let Some((service, name)) = text.split_once(':') else {
            let message =
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            return Err(Some(message.to_owned()));
        };
        if name.contains(':') {
            return Err(Some(
                "Actions/Condition can contain only one colon.".to_owned(),
            ));
        }
        let in_service = |c: char| c.is_ascii_alphanumeric() || "-.*?".contains(c);
        if service.is_empty() || !service.chars().all(in_service) {
            return Err(Some(format!("Vendor {service} is not valid")));
        }
        let in_name = |c: char| c.is_ascii_alphanumeric() || "-._*?".contains(c);
        if name.is_empty() || !name.chars().all(in_name) {
            return Err(None);
        }
        Ok(Action::Of {
            service: compile(service)?,
            name: compile(name)?,
        })
    }

    /// Whether the action of a request, split at its colon, is among those meant.
    pub(crate) fn matches(&self, requested: &Requested) -> bool {
        match self {
            Action::All => true,
            Action::Of { service, name } => {
                service.matches_ignoring_case(requested.service)
                    && name.matches_ignoring_case(requested.name)
            }
        }
    }
}

fn compile(text: &str) -> Result<Pattern, Option<String>> {
    Pattern::parse(
        &text.to_ascii_lowercase(),
        Syntax::Wildcards,
        Version::V2008,
    )
    .map_err(Some)
}

/// The action of a request, split once for all statements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Requested<'a> {
    service: &'a str,
    name: &'a str,
}

impl<'a> Requested<'a> {
    /// Splits `service:Action`. Without a colon only `*` can match.
    pub(crate) fn new(action: &'a str) -> Requested<'a> {
        let (service, name) = action.split_once(':').unwrap_or((action, ""));
        Requested { service, name }
    }

    /// Whether it is this action, given in any case.
    pub(crate) fn is(&self, service: &str, name: &str) -> bool {
        self.service.eq_ignore_ascii_case(service) && self.name.eq_ignore_ascii_case(name)
    }
}
