//! The story: AWS's page on identity and access management for Lookout for Metrics, chapter by chapter.
//!
//! <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/security-iam.html>

use serde_json::{Value, json};

use super::{
    client::{Call, Caller, ENCODED_MESSAGE, REGION},
    narrator::{Denial, Narrator},
    policies,
};
use crate::Failure;

/// The account in which the story is set; it is that of AWS's examples.
pub const ACCOUNT: &str = "123456789012";

/// The detector that everyone wants.
const ORDERS: &str = "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:orders";

/// AWS's own policies.
const FULL_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonLookoutMetricsFullAccess";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

const DESCRIBE: &str = "lookoutmetrics:DescribeAnomalyDetector";
const DELETE: &str = "lookoutmetrics:DeleteAnomalyDetector";

/// Tells the story from its beginning to its end.
pub fn tell(narrator: &mut Narrator, root: &Caller) -> Result<(), Failure> {
    let mateojackson = a_new_colleague(narrator, root)?;
    a_policy(narrator, root, &mateojackson)?;
    a_service_role(narrator, root)?;
    less_than_a_role(narrator, root, &mateojackson)?;
    let encoded = a_boundary(narrator, root, &mateojackson)?;
    another_account(narrator, root, &mateojackson)?;
    what_a_refusal_keeps(narrator, root, &mateojackson, &encoded)
}

fn a_new_colleague(narrator: &mut Narrator, root: &Caller) -> Result<Caller, Failure> {
    narrator.page.chapter(
        "A new colleague",
        "The root user of an account may do everything in it. It makes a detector, and a user with an access key. The \
         user may do nothing: what no policy allows is denied.",
    )?;
    narrator.allowed(root, &create_detector("orders", "orders"))?;
    let mateojackson = narrator.user(root, "mateojackson")?;
    let denial = Denial { action: DESCRIBE, resource: ORDERS, no: "identity-based policy" };
    narrator.denied(&mateojackson, &describe(ORDERS, "orders"), &denial)?;
    Ok(mateojackson)
}

fn a_policy(narrator: &mut Narrator, root: &Caller, mateojackson: &Caller) -> Result<(), Failure> {
    narrator.page.chapter("A policy", "mateojackson is given a policy: one action, on one detector.")?;
    narrator.page.as_it_is(policies::READ_ORDERS)?;
    narrator.user_policy(root, "mateojackson", "ReadOrders", policies::READ_ORDERS)?;
    let answer = narrator.allowed(mateojackson, &describe(ORDERS, "orders"))?;
    let (name, status) = (answer.text("AnomalyDetectorName")?, answer.text("Status")?);
    narrator.page.note(&format!("The policy ReadOrders allows it. The answer: {name} is {status}."))?;
    let denial = Denial { action: DELETE, resource: ORDERS, no: "identity-based policy" };
    narrator.denied(mateojackson, &delete(ORDERS, "orders"), &denial)?;
    Ok(())
}

fn a_service_role(narrator: &mut Narrator, root: &Caller) -> Result<(), Failure> {
    narrator.page.chapter(
        "A service role",
        "Lookout for Metrics sends an alert in a role that trusts it. marymajor may make alerts, but whoever hands a role \
         to a service lends it that role's powers: that takes a permission of its own, iam:PassRole.",
    )?;
    let role = narrator.role(root, "OrdersAlertRole", policies::TRUST_THE_SERVICE, None)?;
    let marymajor = narrator.user(root, "marymajor")?;
    narrator.user_policy(root, "marymajor", "MakeAlerts", policies::MAKE_ALERTS)?;
    let sns = json!({ "RoleArn": role, "SnsTopicArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:orders") });
    let alert = Call::lookoutmetrics(
        "CreateAlert",
        "late-orders, in OrdersAlertRole",
        &json!({
            "AlertName": "late-orders",
            "AnomalyDetectorArn": ORDERS,
            "AlertSensitivityThreshold": 70,
            "Action": { "SNSConfiguration": sns },
        }),
    );
    let denial = Denial { action: "iam:PassRole", resource: &role, no: "identity-based policy" };
    narrator.denied(&marymajor, &alert, &denial)?;
    narrator.page.then("She is given it: for this role, and towards this service only.")?;
    narrator.page.as_it_is(policies::PASS_ALERT_ROLE)?;
    narrator.user_policy(root, "marymajor", "PassAlertRole", policies::PASS_ALERT_ROLE)?;
    let answer = narrator.allowed(&marymajor, &alert)?;
    let arn = answer.text("AlertArn")?;
    narrator.page.note(&format!("MakeAlerts and PassAlertRole allow it together. The answer: {arn}"))?;
    Ok(())
}

fn less_than_a_role(narrator: &mut Narrator, root: &Caller, mateojackson: &Caller) -> Result<(), Failure> {
    narrator.page.chapter(
        "A role, and less than a role",
        "The role Operator may do everything with detectors and trusts mateojackson. He assumes it with this session \
         policy, so that a slip of the hand does no harm. The session may do what both allow, the role's policy and the \
         session's.",
    )?;
    narrator.page.as_it_is(policies::ONLY_LOOK)?;
    let operate = Some(("RunDetectors", policies::OPERATE));
    let role = narrator.role(root, "Operator", policies::TRUST_MATEOJACKSON, operate)?;
    let call = assume_role(mateojackson, &role, "Operator, with session policy", Some(policies::ONLY_LOOK));
    let session = narrator.assume(mateojackson, "Operator", &call)?;
    narrator.page.note(&format!("For an hour, mateojackson is {}", session.arn))?;
    narrator.allowed(&session, &describe(ORDERS, "orders"))?;
    narrator.page.note("The role's policy and the session policy both allow it.")?;
    let denial = Denial { action: DELETE, resource: ORDERS, no: "session policy" };
    narrator.denied(&session, &delete(ORDERS, "orders"), &denial)?;
    let list_users = Call::iam("ListUsers", "", &[]);
    let users = format!("arn:aws:iam::{ACCOUNT}:user/");
    let denial = Denial { action: "iam:ListUsers", resource: &users, no: "identity-based policy" };
    narrator.denied(&session, &list_users, &denial)?;
    narrator.page.note("A session policy only takes away: it cannot give what the role has not.")?;
    Ok(())
}

fn a_boundary(narrator: &mut Narrator, root: &Caller, mateojackson: &Caller) -> Result<String, Failure> {
    narrator.page.chapter(
        "A boundary",
        "A permissions boundary says what a user may have at most, whatever policies others attach later. mateojackson \
         gets this one, and then AWS's own AmazonLookoutMetricsFullAccess.",
    )?;
    narrator.page.as_it_is(policies::READERS_AT_MOST)?;
    let parameters = [("PolicyName", "ReadersAtMost"), ("PolicyDocument", policies::READERS_AT_MOST)];
    let policy = narrator.allowed(root, &Call::iam("CreatePolicy", "ReadersAtMost", &parameters))?.text("Arn")?;
    let parameters = [("UserName", "mateojackson"), ("PermissionsBoundary", &*policy)];
    let on = "ReadersAtMost of mateojackson";
    narrator.allowed(root, &Call::iam("PutUserPermissionsBoundary", on, &parameters))?;
    attach(narrator, root, "mateojackson", FULL_ACCESS)?;
    narrator.allowed(mateojackson, &describe(ORDERS, "orders"))?;
    narrator.page.note("The policy and the boundary both allow it.")?;
    let denial = Denial { action: DELETE, resource: ORDERS, no: "permissions boundary" };
    let answer = narrator.denied(mateojackson, &delete(ORDERS, "orders"), &denial)?;
    let encoded = answer.header(ENCODED_MESSAGE).ok_or("the denial has no encoded message")?;
    Ok(encoded.to_owned())
}

fn another_account(narrator: &mut Narrator, root: &Caller, mateojackson: &Caller) -> Result<(), Failure> {
    narrator.page.chapter(
        "Another account",
        "Accounts are walls. A second one, research, is made through Organizations. An administrator of the first goes \
         there in the role that comes with it, and makes a detector.",
    )?;
    narrator.allowed(root, &Call::organizations("CreateOrganization", "", &json!({ "FeatureSet": "ALL" })))?;
    let research = narrator.account(root, "research")?;
    narrator.page.note(&format!("The answer: account {research}"))?;
    let administrator = narrator.user(root, "saanvisarkar")?;
    attach(narrator, root, "saanvisarkar", ADMINISTRATOR)?;
    let role = format!("arn:aws:iam::{research}:role/OrganizationAccountAccessRole");
    let call = assume_role(&administrator, &role, "OrganizationAccountAccessRole", None);
    let in_research = narrator.assume(&administrator, "administrator", &call)?;
    let forecast = narrator
        .allowed(&in_research, &create_detector("forecast", "forecast in research"))?
        .text("AnomalyDetectorArn")?;
    narrator.page.then("mateojackson's own policy lets him describe every detector. It does not reach over a wall.")?;
    let denial = Denial { action: DESCRIBE, resource: &forecast, no: "resource-based policy" };
    narrator.denied(mateojackson, &describe(&forecast, "forecast in research"), &denial)?;
    narrator.page.then(
        "A role in research is a gate in the wall: its trust policy names mateojackson. That is one side of two; his own \
         account must let him go there.",
    )?;
    let visitor =
        narrator.role(&in_research, "Visitor", policies::TRUST_MATEOJACKSON, Some(("Look", policies::LOOK)))?;
    let call = assume_role(mateojackson, &visitor, "Visitor of research", None);
    let denial = Denial { action: "sts:AssumeRole", resource: &visitor, no: "identity-based policy" };
    narrator.denied(mateojackson, &call, &denial)?;
    narrator.page.as_it_is(&policies::assume(&visitor))?;
    narrator.user_policy(root, "mateojackson", "VisitResearch", &policies::assume(&visitor))?;
    let session = narrator.assume(mateojackson, "Visitor", &call)?;
    narrator.page.note("The trust policy there and VisitResearch here both allow it.")?;
    narrator.allowed(&session, &describe(&forecast, "forecast in research"))?;
    Ok(())
}

fn what_a_refusal_keeps(
    narrator: &mut Narrator,
    root: &Caller,
    mateojackson: &Caller,
    encoded: &str,
) -> Result<(), Failure> {
    narrator.page.chapter(
        "What a refusal keeps to itself",
        &format!(
            "Each refusal came with an encoded message of what was decided and why, in the header {ENCODED_MESSAGE}. To \
             open it takes a permission. This one is from chapter 5."
        ),
    )?;
    let on = "the refusal of chapter 5";
    let decode = Call::sts("DecodeAuthorizationMessage", on, &[("EncodedMessage", encoded)]);
    let action = "sts:DecodeAuthorizationMessage";
    let denial = Denial { action, resource: "*", no: "identity-based policy" };
    narrator.denied(mateojackson, &decode, &denial)?;
    let decoded: Value = serde_json::from_str(&narrator.allowed(root, &decode)?.text("DecodedMessage")?)?;
    let told = |place: &str| decoded.pointer(place).cloned().unwrap_or_default();
    if told("/context/action") != DELETE || told("/context/resource") != ORDERS || told("/allowed") != false {
        return Err(format!("the decoded message is not that of the refusal: {decoded}").into());
    }
    let shown = json!({
        "allowed": told("/allowed"),
        "explicitDeny": told("/explicitDeny"),
        "matchedStatements": told("/matchedStatements"),
        "context": {
            "principal": told("/context/principal"),
            "action": told("/context/action"),
            "resource": told("/context/resource"),
        },
    });
    narrator.page.as_it_is(&serde_json::to_string_pretty(&shown)?)?;
    narrator.page.then("AWS's policy allowed it; the boundary did not.")?;
    Ok(())
}

fn attach(narrator: &mut Narrator, by: &Caller, user: &str, policy: &str) -> Result<(), Failure> {
    let name = policy.rsplit('/').next().unwrap_or(policy);
    let parameters = [("UserName", user), ("PolicyArn", policy)];
    narrator.allowed(by, &Call::iam("AttachUserPolicy", name, &parameters)).map(drop)
}

fn create_detector(name: &str, on: &str) -> Call {
    let config = json!({ "AnomalyDetectorFrequency": "PT1H" });
    let input = json!({ "AnomalyDetectorName": name, "AnomalyDetectorConfig": config });
    Call::lookoutmetrics("CreateAnomalyDetector", on, &input)
}

fn describe(arn: &str, on: &str) -> Call {
    Call::lookoutmetrics("DescribeAnomalyDetector", on, &json!({ "AnomalyDetectorArn": arn }))
}

fn delete(arn: &str, on: &str) -> Call {
    Call::lookoutmetrics("DeleteAnomalyDetector", on, &json!({ "AnomalyDetectorArn": arn }))
}

/// A call to assume a role, in a session of the caller's name.
fn assume_role(by: &Caller, role_arn: &str, on: &str, session_policy: Option<&str>) -> Call {
    let mut parameters = vec![("RoleArn", role_arn), ("RoleSessionName", by.name.as_str())];
    parameters.extend(session_policy.map(|policy| ("Policy", policy)));
    Call::sts("AssumeRole", on, &parameters)
}
