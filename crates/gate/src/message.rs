use bartizan_policy::{Decision, Effect, Outcome};
use bartizan_store::{AccountId, Keyring, Purpose, Unsealable};
use serde_json::{Value, json};

use crate::{Caller, Check};

/// The encoded message that goes with a denial: what was decided and why, sealed, for those who may decode it.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
pub struct AuthorizationMessage;

impl AuthorizationMessage {
    pub(crate) fn encode(
        caller: &Caller,
        check: &Check,
        decision: &Decision,
        keyring: &Keyring,
    ) -> Result<String, Unsealable> {
        let foreign = check.is_foreign_to(caller);
        let statements: Vec<Value> = decision
            .matched
            .iter()
            .map(|matched| {
                json!({
                    "statementId": matched.sid.as_deref().unwrap_or(""),
                    "effect": match matched.effect { Effect::Allow => "ALLOW", Effect::Deny => "DENY" },
                    "policy": matched.policy,
                    "statement": matched.statement,
                })
            })
            .collect();
        let conditions: Vec<Value> = check
            .keys
            .iter()
            // Another account's tags are not the caller's to read.
            .filter(|(key, _)| !(foreign && key.contains(":ResourceTag/")))
            .map(|(key, values)| {
                let items: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
                json!({ "key": key, "values": { "items": items } })
            })
            .collect();
        let message = json!({
            "allowed": false,
            "explicitDeny": decision.effect == Outcome::ExplicitDeny,
            "matchedStatements": { "items": statements },
            "failures": { "items": [] },
            "context": {
                "principal": { "id": caller.user_id(), "arn": caller.arn() },
                "action": check.action,
                "resource": check.resource,
                "conditions": { "items": conditions },
            },
        });
        let sealed = keyring.seal(
            Purpose::AuthorizationMessage,
            caller.account.to_string().as_bytes(),
            message.to_string().as_bytes(),
        )?;
        Ok(sealed.as_str().to_owned())
    }

    /// The message in clear (JSON), if it was for a caller of this account.
    pub(crate) fn decode(encoded: &str, account: AccountId, keyring: &Keyring) -> Option<String> {
        let clear = keyring.open(Purpose::AuthorizationMessage, account.to_string().as_bytes(), encoded).ok()?;
        String::from_utf8(clear.to_vec()).ok()
    }
}
