use std::collections::BTreeSet;

use bartizan_policy::Context as _;
use bartizan_store::entity::{Organization, Tag};
use jiff::Timestamp;

use super::*;
use crate::{
    RequestFacts, Session, SessionOf,
    fixture::{House, alice, of_role, ours, role, session},
};

/// Every key of "AWS global condition context keys" (May 2023), folded, and where it comes from here.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const DOCUMENTED: &[(&str, Source)] = &[
    ("aws:calledvia", Source::Row),
    ("aws:calledviafirst", Source::Row),
    ("aws:calledvialast", Source::Row),
    ("aws:currenttime", Source::Row),
    ("aws:ec2instancesourceprivateipv4", Source::Nowhere),
    ("aws:ec2instancesourcevpc", Source::Nowhere),
    ("aws:epochtime", Source::Row),
    ("aws:federatedprovider", Source::Nowhere),
    ("aws:multifactorauthage", Source::Row),
    ("aws:multifactorauthpresent", Source::Row),
    ("aws:principalaccount", Source::Row),
    ("aws:principalarn", Source::Row),
    ("aws:principalisawsservice", Source::Row),
    ("aws:principalorgid", Source::Row),
    ("aws:principalorgpaths", Source::Row),
    ("aws:principalservicename", Source::Row),
    ("aws:principalservicenameslist", Source::Nowhere),
    ("aws:principaltag/team", Source::Caller),
    ("aws:principaltype", Source::Row),
    ("aws:referer", Source::Row),
    ("aws:requestedregion", Source::Row),
    ("aws:requesttag/team", Source::Check),
    ("aws:resourceaccount", Source::Row),
    ("aws:resourceorgid", Source::Row),
    ("aws:resourceorgpaths", Source::Row),
    ("aws:resourcetag/team", Source::Check),
    ("aws:securetransport", Source::Row),
    ("aws:sourceaccount", Source::Check),
    ("aws:sourcearn", Source::Check),
    ("aws:sourceidentity", Source::Row),
    ("aws:sourceip", Source::Row),
    ("aws:sourcevpc", Source::Nowhere),
    ("aws:sourcevpce", Source::Nowhere),
    ("aws:tagkeys", Source::Check),
    ("aws:tokenissuetime", Source::Row),
    ("aws:useragent", Source::Row),
    ("aws:userid", Source::Row),
    ("aws:username", Source::Row),
    ("aws:viaawsservice", Source::Row),
    ("aws:vpcsourceip", Source::Nowhere),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A row of the table.
    Row,
    /// The caller's tags.
    Caller,
    /// The operation, in its check.
    Check,
    /// No request can carry it here.
    Nowhere,
}

/// What the key says for the caller; `None` if it is absent.
fn says(house: &House, caller: &Caller, service: Option<&str>, check: &Check, key: &str) -> Option<Vec<String>> {
    with_keys(house, caller, service, check, |keys| {
        let values = keys.values(key);
        (!values.is_absent()).then(|| values.iter().map(str::to_owned).collect())
    })
}

fn with_keys<T>(
    house: &House,
    caller: &Caller,
    service: Option<&str>,
    check: &Check,
    ask: impl FnOnce(&Keys<'_>) -> T,
) -> T {
    let snapshot = house.gate.store().snapshot();
    let facts = RequestFacts {
        id: "id".to_owned(),
        source_ip: "192.0.2.7".parse().unwrap(),
        user_agent: Some("a test".to_owned()),
        referer: Some("https://example.com/".to_owned()),
        secure_transport: false,
        invoked_by: None,
        called_via: Vec::new(),
        signature: None,
    };
    let scope = Scope {
        snapshot: &snapshot,
        caller,
        now: Timestamp::from_second(1_700_000_000).unwrap(),
        region: "eu-central-1",
        request: &facts,
        gate: &house.gate,
    };
    ask(&Keys { scope: &scope, check, service })
}

fn caller(identity: Identity, session: Option<Session>) -> Caller {
    Caller { account: ours(), identity, access_key_id: "AKIA".to_owned(), session: session.map(std::sync::Arc::new) }
}

fn user_caller() -> Caller {
    let mut user = alice(&[]);
    user.tags = vec![Tag { key: "Team".to_owned(), value: "Red".to_owned() }];
    caller(Identity::User(user.into()), None)
}

/// A session with everything that one can have.
fn role_caller() -> Caller {
    let mut whole = session(of_role());
    whole.issued = 1_699_999_000;
    whole.mfa_authenticated = Some(1_699_999_900);
    whole.source_identity = Some("me".to_owned());
    whole.tags = vec![Tag { key: "team".to_owned(), value: "blue".to_owned() }];
    let mut role = role(&[]);
    role.tags = vec![
        Tag { key: "TEAM".to_owned(), value: "red".to_owned() },
        Tag { key: "Site".to_owned(), value: "Main".to_owned() },
    ];
    caller(Identity::Role { role: role.into(), session_name: "today".to_owned() }, Some(whole))
}

fn any() -> Check {
    Check::new("vault:GetThing", "*")
}

#[test]
fn the_table_is_in_order_and_has_each_key_once() {
    assert!(ROWS.is_sorted_by(|a, b| a.key.to_lowercase() < b.key.to_lowercase()));
    assert!(ROWS.iter().all(|row| row.key.starts_with("aws:")));
}

#[test]
fn every_documented_key_is_accounted_for_and_no_other_is_there() {
    assert!(DOCUMENTED.is_sorted_by(|a, b| a.0 < b.0));
    let documented = DOCUMENTED.iter().filter(|(_, source)| *source == Source::Row).map(|(key, _)| (*key).to_owned());
    assert_eq!(ROWS.iter().map(|row| row.key.to_lowercase()).collect::<BTreeSet<_>>(), documented.collect());
    let house = House::new();
    for (key, source) in DOCUMENTED {
        if matches!(source, Source::Check | Source::Nowhere) {
            assert_eq!(says(&house, &role_caller(), None, &any(), key), None, "{key}");
        }
    }
}

#[test]
fn a_sessions_keys_say_what_the_documentation_says() {
    let house = House::new();
    house.put(Organization {
        account: ours(),
        id: "o-a1b2c3d4e5".to_owned(),
        root: "r-ab12".to_owned(),
        all_features: true,
        created: Timestamp::UNIX_EPOCH,
    });
    let mut account = crate::fixture::account(bartizan_store::entity::AccountStatus::Active);
    account.organization = Some("o-a1b2c3d4e5".to_owned());
    house.put(account);
    for (key, value) in [
        ("aws:currenttime", "2023-11-14T22:13:20Z"),
        ("aws:epochtime", "1700000000"),
        ("aws:multifactorauthage", "100"),
        ("aws:multifactorauthpresent", "true"),
        ("aws:principalaccount", "123456789012"),
        ("aws:principalarn", "arn:aws:iam::123456789012:role/team/Reader"),
        ("aws:principalisawsservice", "false"),
        ("aws:principalorgid", "o-a1b2c3d4e5"),
        ("aws:principalorgpaths", "o-a1b2c3d4e5/r-ab12/"),
        // A session tag goes before the role's tag of the same key.
        ("aws:principaltag/team", "blue"),
        ("aws:principaltag/site", "Main"),
        ("aws:principaltype", "AssumedRole"),
        ("aws:referer", "https://example.com/"),
        ("aws:requestedregion", "eu-central-1"),
        ("aws:resourceaccount", "123456789012"),
        ("aws:resourceorgid", "o-a1b2c3d4e5"),
        ("aws:resourceorgpaths", "o-a1b2c3d4e5/r-ab12/"),
        ("aws:securetransport", "false"),
        ("aws:sourceidentity", "me"),
        ("aws:sourceip", "192.0.2.7"),
        ("aws:tokenissuetime", "2023-11-14T21:56:40Z"),
        ("aws:useragent", "a test"),
        ("aws:userid", "AROAREADER:today"),
        ("aws:viaawsservice", "false"),
    ] {
        assert_eq!(says(&house, &role_caller(), None, &any(), key), Some(vec![value.to_owned()]), "{key}");
    }
    assert_eq!(says(&house, &role_caller(), None, &any(), "aws:username"), None);
    assert_eq!(says(&house, &role_caller(), None, &any(), "aws:principalservicename"), None);
    assert_eq!(says(&house, &role_caller(), None, &any(), "aws:principaltag/absent"), None);
    assert_eq!(says(&house, &role_caller(), None, &any(), "aws:principaltag/"), None);
    // Another account is in no organization.
    let theirs = Check::new("vault:GetThing", "arn:aws:vault:eu-central-1:210987654321:thing/x");
    assert_eq!(
        says(&house, &role_caller(), None, &theirs, "aws:resourceaccount"),
        Some(vec!["210987654321".to_owned()])
    );
    assert_eq!(says(&house, &role_caller(), None, &theirs, "aws:resourceorgid"), None);
    assert_eq!(says(&house, &role_caller(), None, &theirs, "aws:resourceorgpaths"), None);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>
#[test]
fn the_principal_table_holds() {
    let house = House::new();
    let issuer = Some(std::sync::Arc::new(alice(&[])));
    let federated = Identity::FederatedUser { name: "bob".to_owned(), issuer };
    let federated_session = session(SessionOf::FederatedUser("bob".to_owned(), Some("AIDAALICE".to_owned())));
    for (caller, username, userid, kind) in [
        (caller(Identity::Root, None), None, "123456789012", "Account"),
        (user_caller(), Some("Alice"), "AIDAALICE", "User"),
        (caller(federated, Some(federated_session)), None, "123456789012:bob", "FederatedUser"),
        (role_caller(), None, "AROAREADER:today", "AssumedRole"),
    ] {
        let says = |key| says(&house, &caller, None, &any(), key).map(|values| values.join(","));
        assert_eq!(says("aws:username").as_deref(), username);
        assert_eq!(says("aws:userid").as_deref(), Some(userid));
        assert_eq!(says("aws:principaltype").as_deref(), Some(kind));
    }
}

#[test]
fn long_term_credentials_have_no_key_of_sessions_not_even_as_false() {
    let house = House::new();
    for key in ["aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime", "aws:sourceidentity"] {
        assert_eq!(says(&house, &user_caller(), None, &any(), key), None, "{key}");
    }
    let without = caller(Identity::User(alice(&[]).into()), Some(session(SessionOf::User("AIDAALICE".to_owned()))));
    assert_eq!(says(&house, &without, None, &any(), "aws:multifactorauthpresent"), Some(vec!["false".to_owned()]));
    assert_eq!(says(&house, &without, None, &any(), "aws:multifactorauthage"), None);
}

#[test]
fn keys_of_tags_are_without_case_and_their_values_with() {
    let house = House::new();
    // The engine folds keys before it asks.
    assert_eq!(says(&house, &user_caller(), None, &any(), "aws:principaltag/team"), Some(vec!["Red".to_owned()]));
    let tags = [Tag { key: "Cost/Center".to_owned(), value: "Ä".to_owned() }];
    let check = any().request_tags(&tags).resource_tags(&tags);
    for (key, value) in
        [("aws:requesttag/cost/center", "Ä"), ("aws:resourcetag/cost/center", "Ä"), ("aws:tagkeys", "Cost/Center")]
    {
        assert_eq!(says(&house, &user_caller(), None, &check, key), Some(vec![value.to_owned()]), "{key}");
    }
    // Only IAM has a key of its own for them.
    assert_eq!(says(&house, &user_caller(), None, &check, "iam:resourcetag/cost/center"), None);
    let check = Check::new("iam:GetUser", "*").resource_tags(&tags);
    assert!(says(&house, &user_caller(), None, &check, "iam:resourcetag/cost/center").is_some());
}

#[test]
fn a_service_has_none_of_the_callers_keys() {
    let house = House::new();
    let service = Some("lookoutmetrics.amazonaws.com");
    let says = |key| says(&house, &role_caller(), service, &any(), key).map(|values| values.join(","));
    for (key, _) in DOCUMENTED {
        let of_caller = key.starts_with("aws:principal") || key.starts_with("aws:multi");
        let of_caller = of_caller || ["aws:sourceidentity", "aws:sourceip", "aws:tokenissuetime"].contains(key);
        let of_caller = of_caller || ["aws:userid", "aws:username"].contains(key);
        match *key {
            "aws:principalisawsservice" => assert_eq!(says(key).as_deref(), Some("true")),
            "aws:principalservicename" => assert_eq!(says(key).as_deref(), service),
            _ if of_caller => assert_eq!(says(key), None, "{key}"),
            _ => {}
        }
    }
}

#[test]
fn an_operations_keys_are_found_in_any_case_and_absent_without_values() {
    let house = House::new();
    let check = any().key("iam:PassedToService", ["ec2.amazonaws.com"]).key("iam:Empty", Vec::<String>::new());
    let says = |key| says(&house, &user_caller(), None, &check, key);
    assert_eq!(says("iam:passedtoservice"), Some(vec!["ec2.amazonaws.com".to_owned()]));
    assert_eq!(says("iam:empty"), None);
}

#[test]
fn all_keys_are_those_that_are_there_each_once_in_awss_letters() {
    let house = House::new();
    let check = any().request_tags(&[Tag { key: "Site".to_owned(), value: "Main".to_owned() }]);
    let all = with_keys(&house, &role_caller(), None, &check, |keys| {
        let all = keys.all();
        assert!(all.iter().all(|(key, values)| keys.values(key) == *values));
        all.into_iter().map(|(key, _)| key.into_owned()).collect::<Vec<_>>()
    });
    let absent = ["aws:PrincipalServiceName", "aws:PrincipalOrgID", "aws:username"];
    let there =
        ["aws:RequestTag/Site", "aws:TagKeys", "aws:SourceIp", "aws:PrincipalTag/team", "aws:PrincipalTag/Site"];
    assert!(there.iter().all(|key| all.iter().any(|found| found == key)), "{all:?}");
    assert!(!absent.iter().any(|key| all.iter().any(|found| found == key)), "{all:?}");
    let folded: BTreeSet<String> = all.iter().map(|key| key.to_lowercase()).collect();
    assert_eq!(folded.len(), all.len());
}
