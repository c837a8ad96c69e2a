//! Random cases from a small world, so that policies and requests often meet.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

const PRINCIPALS: [&str; 9] = [
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:user/eve",
    "arn:aws:iam::444455556666:user/carol",
    "arn:aws:sts::111122223333:assumed-role/worker/s1",
    "arn:aws:sts::111122223333:assumed-role/worker/s1",
    "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s1",
    "arn:aws:sts::111122223333:federated-user/fred",
    "arn:aws:iam::111122223333:root",
];

const AWS_NAMES: [&str; 14] = [
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::444455556666:user/carol",
    "arn:aws:iam::111122223333:role/worker",
    "arn:aws:sts::111122223333:assumed-role/worker/s1",
    "arn:aws:sts::111122223333:federated-user/fred",
    "AIDABOB00000000000000",
    "AROAWORKER00000000000",
    "AROAWORKER00000000000:s1",
    "AROAWORKER00000000000:s2",
];

const ACTIONS: [&str; 5] = ["s3:GetObject", "S3:getobject", "s3:PutObject", "sts:AssumeRole", "sts:GetCallerIdentity"];

const ACTION_PATTERNS: [&str; 8] =
    ["*", "*", "s3:*", "s3:Get*", "s3:?etObject", "s3:*Object", "sts:AssumeRole", "s*:*"];

const RESOURCES: [&str; 7] = [
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/bob/x",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/a:b:c",
    "arn:aws:sqs:us-east-1:111122223333:q",
    "arn:aws:sqs:us-east-1:444455556666:111122223333:q",
];

const RESOURCE_PATTERNS: [&str; 16] = [
    "*",
    "*",
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b*/?",
    "arn:aws:s3:*",
    "arn:*:sqs:*:111122223333:q",
    "arn:aws:sqs:us-*1:111122223333:q",
    "arn:aws:sqs:us-east-?:*:q",
    "arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${aws:username, 'bob'}/x",
    "arn:aws:s3:::b/${*}",
    "arn:aws:s3:::b/${aws:TagKeys}/x",
];

/// Keys with the values they may have in a request.
pub const KEYS: [(&str, &[&str]); 10] = [
    ("aws:username", &["bob", "eve", "*", "a:b"]),
    ("aws:PrincipalArn", &["arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:role/worker"]),
    ("aws:PrincipalAccount", &["111122223333", "444455556666:111122223333"]),
    ("aws:TagKeys", &["team", "Team", "cost", "bob", ""]),
    ("aws:RequestTag/team", &["red", "RED", "", "bob"]),
    ("aws:SourceIp", &["203.0.113.9", "198.51.100.1", "2001:db8::9", "x"]),
    ("aws:SecureTransport", &["true", "FALSE", "x"]),
    ("aws:CurrentTime", &["2020-01-01T00:00:00Z", "2021-06-01T12:00:00+02:00", "1577836800", "x"]),
    ("s3:max-keys", &["9", "10", "10.0", "1e1", "x"]),
    ("x:blob", &["Zm9v", "Zm9vYg=="]),
];

/// Operators with keys that suit them (and some that do not) and policy values.
const OPERATORS: [(&[&str], &[&str], &[&str]); 7] = [
    (
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        &["aws:username", "aws:TagKeys", "AWS:requesttag/TEAM", "aws:PrincipalArn", "aws:PrincipalAccount"],
        &[
            "bob",
            "BOB",
            "*",
            "?o*",
            "red",
            "r*d",
            "team",
            "",
            "${aws:username}",
            "${aws:username}*",
            "${aws:RequestTag/team, 'red'}",
            "${*}",
            "${x:missing}",
            "111122223333",
            "arn:aws:iam::*:user/*",
            "${aws:TagKeys}",
        ],
    ),
    (
        &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        &["aws:PrincipalArn", "aws:PrincipalArn", "aws:username"],
        &[
            "*",
            "arn:aws:iam::111122223333:user/bob",
            "arn:aws:iam::*:role/*",
            "arn:*:iam::1111222233??:*",
            "arn:aws:iam::*",
            "arn:aws:iam::111122223333:user/${aws:username}",
            "${aws:PrincipalArn}",
            "arn:aws:iam::${aws:PrincipalAccount}:user/bob",
        ],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &["s3:max-keys", "s3:max-keys", "aws:username"],
        &["10", "9.5", "1e1", "-3", "0"],
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        &["aws:CurrentTime", "aws:CurrentTime", "aws:username"],
        &["2020", "2020-01-01", "2020-01-01T00:00:00Z", "1577836800", "2021-06-01T10:00:00Z"],
    ),
    (&["Bool"], &["aws:SecureTransport", "aws:username"], &["true", "false", "True", "${aws:SecureTransport}"]),
    (
        &["IpAddress", "NotIpAddress"],
        &["aws:SourceIp"],
        &["203.0.113.0/24", "203.0.113.9", "0.0.0.0/0", "::/0", "2001:DB8::/32"],
    ),
    (&["BinaryEquals"], &["x:blob", "aws:username"], &["Zm9v", "Zm9vYg==", ""]),
];

/// One text or a list of up to three, of a pool.
fn of(pool: &'static [&'static str]) -> BoxedStrategy<Value> {
    let several = subsequence(pool.to_vec(), 1..=pool.len().min(3)).prop_map(|list| json!(list));
    prop_oneof![2 => select(pool).prop_map(|text| json!(text)), 1 => several].boxed()
}

pub fn context() -> BoxedStrategy<Value> {
    let entry = |(key, pool): (&'static str, &'static [&'static str])| {
        let value = prop_oneof![
            6 => of(pool),
            1 => Just(json!([])),
            2 => Just(Value::Null),
        ];
        value.prop_map(move |value| (key, value))
    };
    let entries: Vec<_> = KEYS.into_iter().map(entry).collect();
    entries
        .prop_map(|entries| {
            let present = entries.into_iter().filter(|(_, value)| !value.is_null());
            present.map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>().into()
        })
        .boxed()
}

fn condition() -> BoxedStrategy<Value> {
    let tested = select(&OPERATORS[..]).prop_flat_map(|(names, keys, values)| {
        let set = select(vec!["", "", "ForAllValues:", "ForAnyValue:"]);
        let values = prop_oneof![15 => of(values), 1 => Just(json!([]))];
        (set, select(names), select(vec!["", "", "IfExists"]), select(keys), values)
    });
    let tested = tested
        .prop_map(|(set, name, if_exists, key, values)| json!({(format!("{set}{name}{if_exists}")): {(key): values}}));
    let null = (select(vec!["", "", "", "ForAllValues:", "ForAnyValue:"]), select(KEYS.map(|(key, _)| key).to_vec()));
    let null = (null, any::<bool>())
        .prop_map(|((set, key), absent)| json!({(format!("{set}Null")): {(key): absent.to_string()}}));
    prop_oneof![3 => Just(Value::Null), 4 => tested, 1 => null].boxed()
}

fn principals() -> BoxedStrategy<Value> {
    prop_oneof![
        2 => Just(json!("*")),
        6 => of(&AWS_NAMES).prop_map(|names| json!({"AWS": names})),
        1 => Just(json!({"Service": "ec2.amazonaws.com"})),
        1 => Just(json!({"Federated": "accounts.google.com"})),
        1 => of(&AWS_NAMES).prop_map(|names| json!({"AWS": names, "Service": ["ec2.amazonaws.com"]})),
    ]
    .boxed()
}

/// What a kind of policy has of its own.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Identity,
    Resource,
    Trust,
    ResourceControl,
}

fn statement(kind: Kind) -> BoxedStrategy<Value> {
    let effect = prop_oneof![5 => Just("Allow"), 1 => Just("Deny")];
    let parts = (
        effect,
        any::<prop::sample::Index>(),
        principals(),
        of(&AWS_NAMES),
        of(&ACTION_PATTERNS),
        of(&RESOURCE_PATTERNS),
        condition(),
    );
    parts
        .prop_map(move |(effect, choice, principal, names, actions, resources, condition)| {
            let choice = choice.index(12);
            let mut statement = json!({"Effect": effect});
            let (action, resource) = (
                if choice % 4 == 3 { "NotAction" } else { "Action" },
                if choice % 6 == 5 { "NotResource" } else { "Resource" },
            );
            statement[action] = actions;
            statement[resource] = resources;
            match kind {
                Kind::Identity => {}
                Kind::Resource if choice < if effect == "Deny" { 4 } else { 1 } => {
                    statement["NotPrincipal"] = json!({"AWS": names});
                }
                Kind::Resource => statement["Principal"] = principal,
                Kind::Trust => {
                    let map = statement.as_object_mut().expect("an object");
                    map.retain(|key, _| key == "Effect");
                    statement["Action"] = json!(["sts:Assume*", "sts:TagSession"]);
                    statement["Principal"] = if principal == "*" { json!({"AWS": "*"}) } else { principal };
                }
                Kind::ResourceControl => {
                    statement = match effect {
                        "Allow" => json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
                        _ => json!({"Effect": "Deny", "Action": ["s3:Get*", "sts:*"], (resource): statement[resource]}),
                    };
                    statement["Principal"] = json!("*");
                }
            }
            let full_access = kind == Kind::ResourceControl && effect == "Allow";
            if !(condition.is_null() || full_access) {
                statement["Condition"] = condition;
            }
            statement
        })
        .boxed()
}

fn document(kind: Kind) -> BoxedStrategy<Value> {
    let version = prop_oneof![5 => Just("2012-10-17"), 1 => Just("2008-10-17")];
    (version, prop::collection::vec(statement(kind), 1..4))
        .prop_map(move |(version, statements)| {
            // In the older version a variable is no Boolean, and RCPs know only the newer one.
            let newer =
                kind == Kind::ResourceControl || json!(statements).to_string().contains("${aws:SecureTransport}");
            let version = if newer { "2012-10-17" } else { version };
            json!({"Version": version, "Statement": statements})
        })
        .boxed()
}

/// A document of an organisation's policy: always of the newer version.
fn organizational(kind: Kind) -> BoxedStrategy<Value> {
    let newer = |mut document: Value| {
        document["Version"] = json!("2012-10-17");
        document
    };
    let full = match kind {
        Kind::ResourceControl => {
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"})
        }
        _ => json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    };
    let full = json!({"Version": "2012-10-17", "Statement": full});
    prop_oneof![2 => Just(full), 1 => document(kind).prop_map(newer)].boxed()
}

fn levels(kind: Kind) -> BoxedStrategy<Value> {
    let level = prop::collection::vec(organizational(kind), 0..3);
    let levels = prop::collection::vec(level, 1..3).prop_map(|levels| json!(levels));
    prop_oneof![4 => Just(Value::Null), 1 => levels].boxed()
}

/// A list of documents, or none at all. Now and then so many that the set is sorted by action and resource.
fn documents(kind: Kind, absent: u32) -> BoxedStrategy<Value> {
    let list = |count| prop::collection::vec(document(kind), count).prop_map(|list| json!(list));
    prop_oneof![absent * 2 => Just(Value::Null), 5 => list(0..3), 1 => list(6..12)].boxed()
}

/// An access control list, or none.
fn acl() -> BoxedStrategy<Value> {
    let grantees = [
        "111122223333",
        "444455556666",
        "http://acs.amazonaws.com/groups/global/AllUsers",
        "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    ];
    let permissions = ["READ", "READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"];
    let grant = (select(grantees.to_vec()), select(permissions.to_vec()))
        .prop_map(|(grantee, permission)| json!({"grantee": grantee, "permission": permission}));
    let list = prop::collection::vec(grant, 0..3).prop_map(|grants| json!(grants));
    prop_oneof![4 => Just(Value::Null), 1 => list].boxed()
}

/// A request and the policies that apply to it.
pub fn case() -> impl Strategy<Value = Value> {
    let principal = prop_oneof![
        8 => select(&PRINCIPALS[..]).prop_map(|arn| json!(arn)),
        1 => Just(Value::Null),
        1 => Just(json!({"service": "ec2.amazonaws.com"})),
        1 => Just(json!({"federated": "accounts.google.com"})),
    ];
    let federated_by = select(vec!["arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:root"]);
    let owner = select(vec![Value::Null, json!("111122223333"), json!("111122223333"), json!("444455556666")]);
    let request = (principal, select(&ACTIONS[..]), select(&RESOURCES[..]), owner, federated_by, context());
    let attached = prop_oneof![
        3 => Just(("resource", Value::Null)),
        4 => document(Kind::Resource).prop_map(|document| ("resource", document)),
        1 => document(Kind::Resource).prop_map(|document| ("key", document)),
        3 => document(Kind::Trust).prop_map(|document| ("trust", document)),
    ];
    let boundary = prop_oneof![3 => Just(Value::Null), 1 => document(Kind::Identity)];
    let policies = (
        documents(Kind::Identity, 0),
        boundary,
        documents(Kind::Identity, 9),
        attached,
        levels(Kind::Identity),
        levels(Kind::ResourceControl),
        documents(Kind::Resource, 20),
        acl(),
    );
    (request, policies).prop_map(|(request, policies)| {
        let (principal, action, resource, owner, federated_by, context) = request;
        let (identity, boundary, session, (attached, document), scps, rcps, endpoint, acl) = policies;
        // Trust policies are about assuming roles.
        let action = if attached == "trust" { "sts:AssumeRole" } else { action };
        json!({
            "request": {
                "principal": principal, "action": action, "resource": resource, "resourceAccount": owner,
                "federatedBy": federated_by, "context": context,
            },
            "policies": {
                "identity": identity, "boundary": boundary, "session": session, (attached): document,
                "serviceControl": scps, "resourceControl": rcps, "endpoint": endpoint,
                "acl": acl,
            },
        })
    })
}
