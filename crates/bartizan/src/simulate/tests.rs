use serde_json::{Value, json};

use super::{Explain, Form, run};

fn output(lines: &str, explain: Option<Explain>) -> String {
    let mut output = Vec::new();
    run(lines.as_bytes(), &mut output, Form { explain, colour: false }).expect("written");
    String::from_utf8(output).expect("UTF-8")
}

fn answers(lines: &str) -> Vec<Value> {
    output(lines, None).lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn answer(case: &Value) -> Value {
    let answers = answers(&case.to_string());
    assert_eq!(answers.len(), 1);
    answers[0].clone()
}

fn case(change: impl FnOnce(&mut Value)) -> Value {
    let mut case = json!({
        "id": "one",
        "request": {
            "principal": "arn:aws:iam::111122223333:user/bob", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k",
            "resourceAccount": "111122223333", "context": {"aws:username": ["bob"], "s3:max-keys": 7, "aws:x": true},
        },
        "policies": {"identity": [{"name": "p", "document": allow("s3:*")}]},
    });
    change(&mut case);
    case
}

fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn decision(change: impl FnOnce(&mut Value)) -> Value {
    let answer = answer(&case(change));
    match &answer["decision"] {
        Value::Null => answer["error"].clone(),
        decision => decision.clone(),
    }
}

#[test]
fn a_line_for_each_line_in_order() {
    let allowed = case(|_| {}).to_string();
    let denied = case(|case| case["policies"]["identity"] = json!([])).to_string();
    let lines = format!("{allowed}\n\n{denied}\nno JSON\n{{\"id\":7}}\n{allowed}");
    let answers = answers(&lines);
    assert_eq!(
        answers[0],
        json!({"id": "one", "decision": "allowed",
            "matched": [{"policy": "p", "policyType": "identity", "statement": 0, "effect": "Allow"}]})
    );
    assert_eq!(
        answers[1],
        json!({"id": "one", "decision": "implicitDeny", "matched": [],
            "reason": "because no identity-based policy allows the s3:GetObject action"})
    );
    assert_eq!((&answers[2]["id"], answers[2]["error"].is_string()), (&json!(null), true));
    assert_eq!(
        (&answers[3]["id"], &answers[3]["error"]),
        (&json!(7), &json!("missing field `request` at line 1 column 8"))
    );
    assert_eq!(answers[4], answers[0]);
}

#[test]
fn what_cannot_be_understood_is_an_error() {
    let error = |change: fn(&mut Value)| {
        let error = decision(change);
        error.as_str().map(|error| error.split(" at line").next().unwrap_or_default().to_owned()).expect("an error")
    };
    let principal = "is no ARN of a user, a role, a role's session, a federated user or a root user";
    for bad in [
        "bob",
        "arn:aws:iam::1:user/bob",
        "arn:aws:iam::111122223333:group/g",
        "arn:aws:sts::111122223333:assumed-role/r",
    ] {
        let answer = answer(&case(|case| case["request"]["principal"] = json!(bad)));
        assert_eq!(answer["error"], format!("principal: {bad:?} {principal}"));
    }
    assert_eq!(
        error(|case| case["policies"]["identity"][0]["document"]["Statement"][0]["Effect"] = json!("Grant")),
        "the policy p cannot be read: Syntax errors in policy. (it is neither Allow nor Deny: line 1, column 41, \
         $.Statement[0].Effect)"
    );
    assert!(error(|case| case["policies"]["boundary"] = allow("*")).starts_with("unknown field `boundary`"));
    assert!(error(|case| case["request"]["account"] = json!("x")).starts_with("unknown field `account`"));
    assert!(error(|case| case["request"]["resourceAccount"] = json!("x")).starts_with("resourceAccount: \"x\""));
    assert!(
        error(|case| case["policies"]["acl"] = json!([{"grantee": "x", "permission": "READ"}]))
            .starts_with("acl: \"x\"")
    );
    let twice = case(|_| {}).to_string().replace("\"aws:x\":true", "\"aws:x\":true,\"AWS:X\":false");
    assert!(answers(&twice)[0]["error"].as_str().is_some_and(|error| error.contains("AWS:X is there twice")));
}

#[test]
fn roles_and_keys_need_their_own_policy() {
    let assume = |policies: Value| {
        decision(|case| {
            case["request"]["action"] = json!("sts:AssumeRole");
            case["request"]["resource"] = json!("arn:aws:iam::111122223333:role/r");
            case["policies"] = policies;
        })
    };
    let trusting = |name: &str| {
        json!({"Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"AWS": name}, "Action": "sts:AssumeRole"}})
    };
    let identity = json!([{"name": "p", "document": allow("*")}]);
    assert_eq!(assume(json!({"identity": identity})), "implicitDeny");
    assert_eq!(assume(json!({"resource": trusting("arn:aws:iam::111122223333:user/bob")})), "allowed");
    assert_eq!(assume(json!({"resource": trusting("111122223333")})), "implicitDeny");
    assert_eq!(assume(json!({"identity": identity, "resource": trusting("111122223333")})), "allowed");

    let decrypt = |policies: Value| {
        decision(|case| {
            case["request"]["action"] = json!("kms:Decrypt");
            case["request"]["resource"] = json!("arn:aws:kms:eu-central-1:111122223333:key/k");
            case["policies"] = policies;
        })
    };
    let key = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}});
    assert_eq!(decrypt(json!({"identity": identity})), "implicitDeny");
    assert_eq!(decrypt(json!({"resource": key})), "implicitDeny");
    assert_eq!(decrypt(json!({"identity": identity, "resource": key})), "allowed");
}

#[test]
fn acls_grant_across_accounts_and_to_groups_and_never_past_a_deny() {
    let get = |principal: Value, policies: Value| {
        decision(|case| {
            case["request"]["principal"] = principal;
            case["policies"] = policies;
        })
    };
    let carol = json!("arn:aws:iam::444455556666:user/carol");
    let bob = json!("arn:aws:iam::111122223333:user/bob");
    let identity = json!([{"name": "p", "document": allow("*")}]);
    let to = |grantee: &str, permission: &str| json!([{"grantee": grantee, "permission": permission}]);
    let all = "http://acs.amazonaws.com/groups/global/AllUsers";
    let authenticated = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
    let deny = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}});
    assert_eq!(get(carol.clone(), json!({"identity": identity})), "implicitDeny");
    assert_eq!(get(carol.clone(), json!({"identity": identity, "acl": to("444455556666", "READ")})), "allowed");
    assert_eq!(get(carol.clone(), json!({"identity": identity, "acl": to("444455556666", "WRITE")})), "implicitDeny");
    assert_eq!(get(carol.clone(), json!({"acl": to("444455556666", "FULL_CONTROL")})), "implicitDeny");
    assert_eq!(
        get(carol.clone(), json!({"identity": identity, "acl": to("444455556666", "READ"), "resource": deny})),
        "explicitDeny"
    );
    assert_eq!(get(json!(null), json!({"acl": to(all, "READ")})), "allowed");
    assert_eq!(get(json!(null), json!({"acl": to(authenticated, "READ")})), "implicitDeny");
    assert_eq!(get(carol, json!({"identity": identity, "acl": to(authenticated, "READ")})), "allowed");
    assert_eq!(get(bob.clone(), json!({"acl": to("111122223333", "FULL_CONTROL")})), "implicitDeny");
    assert_eq!(get(bob, json!({"acl": to(all, "READ")})), "allowed");
}

#[test]
fn unknown_keys_decide_or_do_not_matter() {
    let ask = |unknown: Value, condition: Value| {
        answer(&case(|case| {
            case["request"]["unknown"] = unknown;
            case["policies"]["identity"][0]["document"]["Statement"][0]["Condition"] = condition;
        }))
    };
    let from_home = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});
    let undetermined = json!({"id": "one", "decision": "undetermined", "hangsOn": ["aws:sourceip"], "proven": true});
    assert_eq!(ask(json!(["AWS:sourceIP"]), from_home.clone()), undetermined);
    assert_eq!(ask(json!("*"), from_home.clone()), undetermined);
    assert_eq!(ask(json!(["aws:username"]), from_home)["decision"], "implicitDeny");
    assert_eq!(ask(json!("*"), json!({"StringEquals": {"aws:username": "bob"}}))["decision"], "allowed");
    assert!(ask(json!("all"), json!({}))["error"].is_string());
}

#[test]
fn an_answer_says_why_when_asked() {
    let with_condition = case(|case| {
        case["policies"]["identity"][0]["document"]["Statement"][0]["Condition"] =
            json!({"StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]}, "Bool": {"aws:x": "true"}});
    });
    assert_eq!(
        output(&with_condition.to_string(), Some(Explain::Tree)),
        "{\"id\":\"one\",\"decision\":\"implicitDeny\",\"matched\":[],\"reason\":\"because no identity-based policy \
         allows the s3:GetObject action\"}\n\
         denied because no identity-based policy allows the s3:GetObject action\n\
         └─ identity-based policy: says nothing\n\
         \u{20}  └─ p\n\
         \u{20}     └─ statement 0 would allow, but\n\
         \u{20}        └─ StringEquals aws:principaltag/team wants red | blue: it is absent\n\n"
    );
    let explained: Value =
        serde_json::from_str(&output(&with_condition.to_string(), Some(Explain::Json))).expect("JSON");
    let statement = &explained["explanation"]["asked"][0]["policies"][0]["statements"][0];
    assert_eq!(
        *statement,
        json!({"statement": 0, "sid": null, "effect": "Allow", "matched": false, "nearlyMatched": true, "failures": [
            {"element": "StringEquals aws:principaltag/team", "wanted": ["red", "blue"], "variables": {}, "given": null}]})
    );
}
