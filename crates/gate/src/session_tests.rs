use bartizan_store::{
    Secret,
    entity::{AccessKeyOwner, AccessKeyStatus, AccountStatus, Tag},
};

use crate::{
    Session, SessionOf,
    fixture::{ALLOW_ALL, House, IAM, Seen, Signer, VAULT, account, alice, of_role, role, session},
};

fn of_alice() -> SessionOf {
    SessionOf::User("AIDAALICE".to_owned())
}

/// A house with a role and a user that may do everything.
fn house() -> House {
    let house = House::new();
    house.alice(&[ALLOW_ALL]);
    house.put(role(&[ALLOW_ALL]));
    house
}

fn get(house: &House, signer: &Signer) -> Seen {
    house.call(signer, "GetThing")
}

#[test]
fn a_token_says_what_was_sealed_and_nothing_without_its_installation() {
    let (here, there) = (House::new(), House::new());
    let mut whole = session(of_role());
    whole.tags = vec![Tag { key: "team".to_owned(), value: "\"red\"\n\u{1F600}".to_owned() }];
    whole.transitive_tag_keys = vec!["team".to_owned()];
    whole.source_identity = Some("me".to_owned());
    whole.mfa_authenticated = Some(7);
    for of in [of_role(), of_alice(), SessionOf::Root, SessionOf::FederatedUser("bob".to_owned(), None)] {
        whole.of = of;
        let token = whole.seal(&Secret::new("hush".to_owned()), here.gate.keyring()).unwrap();
        let (read, secret) = Session::open(&token, here.gate.keyring()).unwrap();
        assert_eq!((&read, secret.expose()), (&whole, "hush"));
        assert!(Session::open(&token, there.gate.keyring()).is_err());
        assert!(!token.contains("hush") && !token.contains("AROA"));
        for cut in [0, 1, token.len() / 2, token.len() - 1] {
            assert!(Session::open(token.get(..cut).unwrap(), here.gate.keyring()).is_err());
        }
    }
}

#[test]
fn temporary_credentials_need_all_three_parts() {
    let house = house();
    let good = house.session(&session(of_role()));
    assert_eq!(get(&house, &good).status, 200);
    let mut other = session(of_role());
    other.access_key_id = "ASIAOTHER".to_owned();
    let other = house.session(&other);
    for (what, bad, code) in [
        ("no token", Signer { token: None, ..good.clone() }, "InvalidClientTokenId"),
        ("another's token", Signer { token: other.token.clone(), ..good.clone() }, "InvalidClientTokenId"),
        ("another secret", Signer { secret: "guessed".to_owned(), ..good.clone() }, "SignatureDoesNotMatch"),
        ("garbage", Signer { token: Some("AAAA".to_owned()), ..good.clone() }, "InvalidClientTokenId"),
        ("a long-term key with a token", Signer { token: good.token.clone(), ..house.root() }, "InvalidClientTokenId"),
        ("nobody's key", Signer { access_key_id: "AKIANOBODY".to_owned(), ..house.root() }, "InvalidClientTokenId"),
    ] {
        assert_eq!(get(&house, &bad).code(), code, "{what}");
        // And again, now that the good one may be remembered.
        assert_eq!(get(&house, &good).status, 200, "after {what}");
        assert_eq!(get(&house, &bad).code(), code, "{what}, again");
    }
}

#[test]
fn an_access_token_of_another_purpose_is_none() {
    let house = house();
    let good = house.session(&session(of_role()));
    let json =
        serde_json::json!({"k": "ASIATEMPORARY", "a": "123456789012", "o": "r", "i": 0, "e": i64::MAX, "x": "x"});
    for purpose in [bartizan_store::Purpose::Pagination, bartizan_store::Purpose::AuthorizationMessage] {
        let forged = house.gate.keyring().seal(purpose, b"", json.to_string().as_bytes()).unwrap();
        let signer = Signer { token: Some(forged.as_str().to_owned()), secret: "x".to_owned(), ..good.clone() };
        assert_eq!(get(&house, &signer).code(), "InvalidClientTokenId", "{purpose:?}");
    }
}

#[test]
fn a_session_ends_when_its_time_is_over() {
    let house = house();
    let mut over = session(of_role());
    over.expires = jiff::Timestamp::now().as_second();
    assert_eq!(get(&house, &house.session(&over)).code(), "ExpiredToken");
    over.expires = i64::MIN;
    assert_eq!(get(&house, &house.session(&over)).code(), "ExpiredToken");
    // Who does not know the secret learns nothing of its time.
    let stolen = Signer { secret: "guessed".to_owned(), ..house.session(&over) };
    assert_eq!(get(&house, &stolen).code(), "SignatureDoesNotMatch");
}

#[test]
fn a_session_dies_with_its_role_or_user_and_does_not_rise_with_a_namesake() {
    let house = house();
    let (as_role, as_user) = (house.session(&session(of_role())), house.session(&session(of_alice())));
    let federated = SessionOf::FederatedUser("bob".to_owned(), Some("AIDAALICE".to_owned()));
    let federated = house.session(&session(federated));
    for signer in [&as_role, &as_user] {
        assert_eq!(get(&house, signer).status, 200);
    }
    assert_eq!(get(&house, &federated).code(), "AccessDenied", "a federated user without a session policy has nothing");
    house.change(|changes| {
        changes.delete(&role(&[]));
        changes.delete(&alice(&[]));
    });
    for signer in [&as_role, &as_user, &federated] {
        assert_eq!(get(&house, signer).code(), "InvalidClientTokenId");
    }
    let (mut again, mut alice_again) = (role(&[ALLOW_ALL]), alice(&[ALLOW_ALL]));
    again.id = "AROAAGAIN".to_owned();
    alice_again.id = "AIDAAGAIN".to_owned();
    house.put(again);
    house.put(alice_again);
    for signer in [&as_role, &as_user, &federated] {
        assert_eq!(get(&house, signer).code(), "InvalidClientTokenId", "a namesake revives it");
    }
}

#[test]
fn an_access_key_ends_at_once_when_it_is_deactivated_replaced_or_its_user_deleted() {
    let house = house();
    let signer = house.key("AKIAALICE", AccessKeyOwner::User("AIDAALICE".to_owned()));
    assert_eq!(get(&house, &signer).status, 200);
    let mut key = house.gate.store().snapshot().access_key("AKIAALICE").unwrap().as_ref().clone();
    key.status = AccessKeyStatus::Inactive;
    house.put(key.clone());
    assert_eq!(get(&house, &signer).code(), "InvalidClientTokenId");
    key.status = AccessKeyStatus::Active;
    key.secret = house.gate.keyring().seal_secret("AKIAALICE", &Secret::new("another".to_owned())).unwrap();
    house.put(key.clone());
    assert_eq!(get(&house, &signer).code(), "SignatureDoesNotMatch", "the old secret is remembered");
    assert_eq!(get(&house, &Signer { secret: "another".to_owned(), ..signer.clone() }).status, 200);
    house.change(|changes| changes.delete(&alice(&[])));
    assert_eq!(get(&house, &Signer { secret: "another".to_owned(), ..signer }).code(), "InvalidClientTokenId");
}

#[test]
fn no_credential_of_a_suspended_account_works() {
    let house = house();
    let temporary = house.session(&session(of_role()));
    house.put(account(AccountStatus::Suspended));
    for signer in [house.root(), temporary] {
        assert_eq!(get(&house, &signer).code(), "InvalidClientTokenId");
    }
}

#[test]
fn sessions_of_users_call_iam_only_after_multi_factor_authentication() {
    let house = house();
    let federated = SessionOf::FederatedUser("bob".to_owned(), Some("AIDAALICE".to_owned()));
    for (of, mfa, expected) in [
        (of_role(), None, 200),
        (of_alice(), None, 403),
        (of_alice(), Some(1), 200),
        (SessionOf::Root, None, 403),
        (SessionOf::Root, Some(1), 200),
        (federated, Some(1), 403),
    ] {
        let mut of_kind = session(of);
        of_kind.mfa_authenticated = mfa;
        let signer = house.session(&of_kind);
        let seen = house.request(&signer, &IAM, "us-east-1", "ListNothing");
        assert_eq!(seen.status, expected, "{of_kind:?}");
        assert!(expected == 200 || seen.code() == "InvalidClientTokenId");
    }
}

#[test]
fn a_signature_for_one_service_serves_no_other() {
    let house = house();
    let mixed = crate::Service { name: "iam", ..VAULT };
    assert_eq!(house.request(&house.root(), &mixed, "us-east-1", "GetThing").status, 403);
}

#[test]
fn iam_is_served_from_one_region_whatever_the_signature_says() {
    let house = House::new();
    let only_frankfurt = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-central-1"}}}]}"#;
    let signer = house.alice(&[only_frankfurt]);
    assert_eq!(house.request(&signer, &VAULT, "eu-central-1", "GetThing").status, 200);
    assert_eq!(house.request(&signer, &VAULT, "us-east-1", "GetThing").status, 403);
    for claimed in ["eu-central-1", "us-east-1"] {
        let seen = house.request(&signer, &IAM, claimed, "ListNothing");
        assert_eq!((seen.status, &seen.record["awsRegion"]), (403, &"us-east-1".into()), "{claimed}");
    }
}
