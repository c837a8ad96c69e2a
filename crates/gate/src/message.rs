use bartizan_policy::{Decision, Effect, Match, Outcome, Values};
use bartizan_store::{AccountId, Keyring, Purpose, Unsealable};
use serde_json::{Value, json};

use crate::condition_keys::Keys;

/// The most characters that DecodeAuthorizationMessage takes.
const MAX_LENGTH: usize = 10_240;

/// The encoded message that goes with a denial: what was decided and why, sealed, for those who may decode it.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
pub struct AuthorizationMessage;

impl AuthorizationMessage {
    /// Of statements and condition keys those are left out that would make the message longer than can be decoded.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub(crate) fn encode(keys: &Keys<'_>, decision: &Decision<'_>) -> Result<String, Unsealable> {
        let (caller, check, keyring) = (keys.scope.caller, keys.check, keys.scope.keyring());
        let foreign = check.is_foreign_to(caller);
        let resource = check.shown.as_ref().filter(|_| foreign).unwrap_or(&check.resource);
        let message = |statements: &[Value], conditions: &[Value]| {
            let message = json!({
                "allowed": false,
                "explicitDeny": decision.effect == Outcome::ExplicitDeny,
                "matchedStatements": { "items": statements },
                "failures": { "items": [] },
                "context": {
                    "principal": { "id": caller.user_id(), "arn": caller.arn() },
                    "action": check.action,
                    "resource": resource,
                    "conditions": { "items": conditions },
                },
            });
            message.to_string()
        };
        let room = Keyring::clear_len(MAX_LENGTH).saturating_sub(message(&[], &[]).len());
        let (statements, used) = fitting(decision.matched.iter().map(statement), room / 2);
        // An ARN of Amazon S3's does not say whose the bucket is, so that this does not either.
        let untold =
            |key: &str| is_the_owners(key) || (check.action.starts_with("s3:") && key == "aws:ResourceAccount");
        let told = keys.all().into_iter().filter(|(key, _)| !(foreign && untold(key)));
        let (conditions, _) = fitting(told.map(|(key, values)| condition(&key, &values)), room - used);
        let clear = message(&statements, &conditions);
        let context = caller.account.to_string();
        let sealed = keyring.seal(Purpose::AuthorizationMessage, context.as_bytes(), clear.as_bytes())?;
        Ok(sealed.as_str().to_owned())
    }

    /// The message in clear (JSON), if it was for a caller of this account.
    pub(crate) fn decode(encoded: &str, account: AccountId, keyring: &Keyring) -> Option<String> {
        let clear = keyring.open(Purpose::AuthorizationMessage, account.to_string().as_bytes(), encoded).ok()?;
        String::from_utf8(clear.to_vec()).ok()
    }
}

fn statement(matched: &Match<'_>) -> Value {
    json!({
        "statementId": matched.sid.unwrap_or(""),
        "effect": match matched.effect { Effect::Allow => "ALLOW", Effect::Deny => "DENY" },
        "policy": matched.policy,
        "statement": matched.statement,
    })
}

fn condition(key: &str, values: &Values<'_>) -> Value {
    let items: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
    json!({ "key": key, "values": { "items": items } })
}

/// Whether a key tells of the resource's owner what another account has no business to know.
fn is_the_owners(key: &str) -> bool {
    key.contains(":ResourceTag/")
        || key.starts_with("s3:ExistingObjectTag/")
        || key == "secretsmanager:SecretId"
        || key == "secretsmanager:SecretPrimaryRegion"
        || key == "s3:ResourceAccount"
        || key.starts_with("aws:ResourceOrg")
}

/// Those for which there is room, the shortest before others but in their order, and how many bytes they take.
fn fitting(items: impl Iterator<Item = Value>, room: usize) -> (Vec<Value>, usize) {
    let length = |item: &Value| item.to_string().len() + ",".len();
    let mut items: Vec<(usize, usize, Value)> =
        items.enumerate().map(|(place, item)| (length(&item), place, item)).collect();
    items.sort_by_key(|(length, ..)| *length);
    let mut used = 0;
    items.retain(|(length, ..)| {
        let fits = used + length <= room;
        used += if fits { *length } else { 0 };
        fits
    });
    items.sort_by_key(|(_, place, _)| *place);
    (items.into_iter().map(|(.., item)| item).collect(), used)
}
