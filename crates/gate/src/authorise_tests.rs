use bartizan_store::{
    Document,
    entity::{Policy, PolicyVersion},
};
use jiff::Timestamp;

use crate::{
    Caller, Identity, RequestFacts, Scope,
    fixture::{ALLOW_ALL, DENY_ALL, House, alice, group, inline, of_role, ours, role, session},
};

/// What the vault says to Alice.
fn get(house: &House) -> (u16, String) {
    let seen = house.call(&house.alice_again(), "GetThing&Name=one");
    (seen.status, seen.body)
}

impl House {
    /// Alice's key, whatever she is now.
    fn alice_again(&self) -> crate::fixture::Signer {
        crate::fixture::Signer { access_key_id: "AKIAALICE".to_owned(), ..self.root() }
    }
}

#[test]
fn who_has_no_policy_is_refused_in_awss_words() {
    let house = House::new();
    house.alice(&[]);
    let (status, body) = get(&house);
    assert_eq!(status, 403);
    assert!(
        body.contains(
            "User: arn:aws:iam::123456789012:user/team/Alice is not authorized to perform: vault:GetThing on resource: \
             arn:aws:vault:eu-central-1:123456789012:thing/one because no identity-based policy allows the \
             vault:GetThing action"
        ),
        "{body}"
    );
}

#[test]
fn a_change_of_policy_bites_on_the_next_request() {
    let house = House::new();
    house.alice(&[ALLOW_ALL]);
    assert_eq!(get(&house).0, 200);
    house.put(alice(&[ALLOW_ALL, DENY_ALL]));
    let (status, body) = get(&house);
    assert_eq!(status, 403);
    assert!(body.contains("with an explicit deny in an identity-based policy"), "{body}");
    house.put(alice(&[ALLOW_ALL]));
    assert_eq!(get(&house).0, 200);
    house.put(alice(&[]));
    assert_eq!(get(&house).0, 403);
}

#[test]
fn what_is_attached_and_not_there_is_a_refusal() {
    let house = House::new();
    house.alice(&[ALLOW_ALL]);
    for arn in [
        "arn:aws:iam::123456789012:policy/gone",
        "arn:aws:iam::aws:policy/NoSuchPolicy",
        "arn:aws:iam::210987654321:policy/theirs",
        "not an arn",
        "",
    ] {
        let mut attached = alice(&[ALLOW_ALL]);
        attached.attached_policies = vec!["arn:aws:iam::aws:policy/AdministratorAccess".to_owned(), arn.to_owned()];
        house.put(attached);
        assert_eq!(get(&house).0, 500, "attached {arn:?}");
        let mut bounded = alice(&[ALLOW_ALL]);
        bounded.permissions_boundary = Some(arn.to_owned());
        house.put(bounded);
        assert_eq!(get(&house).0, 500, "bounded by {arn:?}");
    }
    let mut member = alice(&[ALLOW_ALL]);
    member.groups = vec!["AGPAGONE".to_owned()];
    house.put(member.clone());
    assert_eq!(get(&house).0, 500, "of a group that is gone");
    house.put(group(ours(), "AGPAGONE", "back"));
    assert_eq!(get(&house).0, 200);
    let mut theirs = group("210987654321".parse().unwrap(), "AGPATHEIRS", "theirs");
    theirs.inline_policies = inline(&[ALLOW_ALL]);
    house.put(theirs);
    member.inline_policies = Vec::new();
    member.groups = vec!["AGPATHEIRS".to_owned()];
    house.put(member);
    assert_eq!(get(&house).0, 500, "of a group of another account");
}

#[test]
fn a_managed_policy_is_found_by_its_whole_arn_and_its_default_version_decides() {
    let house = House::new();
    house.alice(&[]);
    let version =
        |number, text| PolicyVersion { number, document: Document::new(text), created: Timestamp::UNIX_EPOCH };
    let policy = |default_version| Policy {
        account: ours(),
        id: "ANPA1".to_owned(),
        name: "Vault".to_owned(),
        path: "/team/".to_owned(),
        created: Timestamp::UNIX_EPOCH,
        updated: Timestamp::UNIX_EPOCH,
        description: None,
        versions: vec![version(1, ALLOW_ALL), version(2, DENY_ALL)],
        default_version,
        next_version: 3,
        tags: Vec::new(),
    };
    let mut attached = alice(&[]);
    for (arn, default_version, expected) in [
        ("arn:aws:iam::123456789012:policy/team/Vault", 1, 200),
        ("arn:aws:iam::123456789012:policy/team/Vault", 2, 403),
        // A default version that is not there.
        ("arn:aws:iam::123456789012:policy/team/Vault", 7, 500),
        // The same name elsewhere.
        ("arn:aws:iam::123456789012:policy/Vault", 1, 500),
        ("arn:aws:iam::123456789012:policy/team/vault", 1, 500),
        ("arn:aws:iam::210987654321:policy/team/Vault", 1, 500),
    ] {
        house.put(policy(default_version));
        attached.attached_policies = vec![arn.to_owned()];
        house.put(attached.clone());
        assert_eq!(get(&house).0, expected, "{arn} at {default_version}");
    }
}

#[test]
fn a_stored_policy_that_cannot_be_read_is_a_refusal() {
    let house = House::new();
    house.alice(&[]);
    let unreadable = [
        "",
        "{",
        "null",
        r#"{"Version":"2012-10-17"}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NoSuchOperator":{"a":"b"}}}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
    ];
    for text in unreadable {
        house.put(alice(&[ALLOW_ALL, text]));
        let (status, body) = get(&house);
        assert_eq!(status, 500, "{text}");
        assert!(body.contains("ServiceFailure") && !body.contains("p1"), "it tells of our inside: {body}");
        // Also where it is only a ceiling.
        house.put(role(&[ALLOW_ALL]));
        let mut limited = session(of_role());
        limited.policy = Some(Document::new(text));
        assert_eq!(house.call(&house.session(&limited), "GetThing").status, 500, "session policy {text}");
    }
}

#[test]
fn an_operation_that_does_not_ask_for_its_own_action_never_runs() {
    let house = House::new();
    let admin = house.alice(&[ALLOW_ALL]);
    for signer in [&admin, &house.root()] {
        for name in ["Forgetful", "Unasked"] {
            assert_eq!(house.call(signer, name).status, 500, "{name}");
        }
    }
}

#[test]
fn what_is_not_available_is_authorised_first() {
    let house = House::new();
    let nobody = house.alice(&[]);
    assert_eq!(house.call(&nobody, "Missing&Password=hunter22").code(), "AccessDenied");
    let seen = house.call(&house.root(), "Missing&Password=hunter22");
    assert_eq!((seen.status, seen.code()), (501, "NotImplemented"));
    assert!(seen.body.contains("The operation Missing is not available"), "{}", seen.body);
    assert!(!seen.record_text.contains("hunter22"));
}

#[test]
fn what_is_not_available_and_not_signed_is_told_to_anyone() {
    let house = House::new();
    let stranger = crate::fixture::Signer { access_key_id: "AKIASTRANGER".to_owned(), ..house.root() };
    assert_eq!(house.call(&stranger, "Missing").code(), "InvalidClientTokenId");
    let seen = house.call(&stranger, "Unknown&Token=hunter22");
    assert_eq!((seen.status, seen.code()), (501, "NotImplemented"));
    assert!(seen.body.contains("The operation Unknown is not available"), "{}", seen.body);
    assert!(!seen.record_text.contains("hunter22"));
}

#[test]
fn what_needs_no_permission_cannot_be_denied() {
    let house = House::new();
    let denied = house.alice(&[DENY_ALL]);
    assert_eq!(house.call(&denied, "Free").status, 200);
}

#[test]
fn session_policies_limit_and_do_not_grant() {
    let house = House::new();
    house.put(role(&[]));
    let mut limited = session(of_role());
    limited.policy = Some(Document::new(ALLOW_ALL));
    assert_eq!(house.call(&house.session(&limited), "GetThing").code(), "AccessDenied", "it grants");
    house.put(role(&[ALLOW_ALL]));
    assert_eq!(house.call(&house.session(&limited), "GetThing").status, 200);
    limited.policy = Some(Document::new(DENY_ALL));
    let seen = house.call(&house.session(&limited), "GetThing");
    assert!(seen.body.contains("with an explicit deny in a session policy"), "{}", seen.body);
    limited.policy = None;
    limited.policy_arns = vec!["arn:aws:iam::aws:policy/IAMReadOnlyAccess".to_owned()];
    let seen = house.call(&house.session(&limited), "GetThing");
    assert!(seen.body.contains("because no session policy allows the vault:GetThing action"), "{}", seen.body);
    limited.policy_arns = vec!["arn:aws:iam::123456789012:policy/gone".to_owned()];
    assert_eq!(
        house.call(&house.session(&limited), "GetThing").code(),
        "AccessDenied",
        "deleted, and no limit any more"
    );
}

#[test]
fn a_service_assumes_a_role_only_as_its_trust_policy_says() {
    let house = House::new();
    let snapshot = house.gate.store().snapshot();
    let caller =
        Caller { account: ours(), identity: Identity::Root, access_key_id: "AKIAROOT".to_owned(), session: None };
    let facts = RequestFacts {
        id: String::new(),
        source_ip: [127, 0, 0, 1].into(),
        user_agent: None,
        referer: None,
        secure_transport: false,
        invoked_by: None,
        called_via: Vec::new(),
        signature: None,
    };
    let scope = Scope {
        snapshot: &snapshot,
        caller: &caller,
        now: Timestamp::now(),
        region: "us-east-1",
        request: &facts,
        gate: &house.gate,
    };
    let ours_arn = "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:d";
    let theirs_arn = "arn:aws:lookoutmetrics:us-east-1:210987654321:AnomalyDetector:d";
    let mut trusting = role(&[]);
    for (service, arn, account, expected) in [
        ("lookoutmetrics.amazonaws.com", ours_arn, "123456789012", true),
        ("lookoutmetrics.amazonaws.com", theirs_arn, "123456789012", false),
        ("lookoutmetrics.amazonaws.com", ours_arn, "210987654321", false),
        ("ec2.amazonaws.com", ours_arn, "123456789012", false),
        ("", ours_arn, "123456789012", false),
    ] {
        let found = scope.service_may_assume(&trusting, service, arn, account.parse().unwrap());
        assert_eq!(found, expected, "{service} for {arn} of {account}");
    }
    trusting.trust_policy = Document::new("{");
    assert!(!scope.service_may_assume(&trusting, "lookoutmetrics.amazonaws.com", ours_arn, ours()));
}
