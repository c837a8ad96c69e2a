use super::*;
use crate::{Identity, fixture::House};

/// What the marker of a page says to another request.
fn opened(house: &House, account: AccountId, operation: &str, now: i64, marker: &str) -> Option<String> {
    in_scope(house, account, now, |scope| scope.open_marker(operation, marker))
}

fn in_scope<T>(house: &House, account: AccountId, now: i64, ask: impl FnOnce(&Scope<'_>) -> T) -> T {
    let snapshot = house.gate.store().snapshot();
    let caller = Caller { account, identity: Identity::Root, access_key_id: String::new(), session: None };
    let request = RequestFacts {
        id: String::new(),
        source_ip: [127, 0, 0, 1].into(),
        user_agent: None,
        referer: None,
        secure_transport: false,
        invoked_by: None,
        called_via: Vec::new(),
        signature: None,
    };
    let now = Timestamp::from_second(now).unwrap();
    ask(&Scope { snapshot: &snapshot, caller: &caller, now, region: "us-east-1", request: &request, gate: &house.gate })
}

#[test]
fn a_marker_serves_its_operation_account_and_day() {
    const NOW: i64 = 1_700_000_000;
    const DAY: i64 = 24 * 60 * 60;
    let house = House::new();
    let (ours, theirs) = (crate::fixture::ours(), "210987654321".parse().unwrap());
    for position in ["Alice", "with space  and ü", ""] {
        let marker = in_scope(&house, ours, NOW, |scope| scope.seal_marker("ListUsers", position)).unwrap();
        assert!(position.is_empty() || !marker.contains(position));
        let expected = Some(position.to_owned());
        assert_eq!(opened(&house, ours, "ListUsers", NOW, &marker), expected);
        assert_eq!(opened(&house, ours, "ListUsers", NOW + DAY, &marker), expected);
        assert_eq!(opened(&house, ours, "ListUsers", NOW + DAY + 1, &marker), None, "too old");
        assert_eq!(opened(&house, ours, "ListUsers", NOW - 1, &marker), None, "of the future");
        assert_eq!(opened(&house, ours, "ListRoles", NOW, &marker), None, "of another operation");
        assert_eq!(opened(&house, theirs, "ListUsers", NOW, &marker), None, "of another account");
        assert_eq!(opened(&House::new(), ours, "ListUsers", NOW, &marker), None, "of another installation");
        assert_eq!(opened(&house, ours, "ListUsers", NOW, marker.get(1..).unwrap()), None, "cut");
    }
    assert_eq!(opened(&house, ours, "ListUsers", NOW, "Alice"), None, "made up");
}

#[test]
fn a_secret_s_value_opens_for_its_own_version_and_kind_only() {
    let house = House::new();
    let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-abcdef";
    let id = SecretVersion::id_of(secret, "00000000-0000-0000-0000-000000000001");
    in_scope(&house, crate::fixture::ours(), 1_700_000_000, |scope| {
        let cx = Context::new(scope);
        let sealed = cx.seal_secret_value(&SecretVersion::place(&id, false), b"clear").unwrap();
        let version = SecretVersion {
            account: crate::fixture::ours(),
            id: id.clone(),
            secret: secret.to_owned(),
            created: scope.now,
            is_binary: false,
            value: sealed,
        };
        assert_eq!(version.version(), "00000000-0000-0000-0000-000000000001");
        assert_eq!(*cx.open_secret_value(&version).unwrap(), b"clear");
        let elsewhere = SecretVersion { id: SecretVersion::id_of(secret, "another"), ..version.clone() };
        let foreign = SecretVersion { id: id.replace("db-", "other-"), ..version.clone() };
        let binary = SecretVersion { is_binary: true, ..version.clone() };
        for moved in [elsewhere, foreign, binary] {
            assert!(cx.open_secret_value(&moved).is_err(), "{}", moved.id);
        }
        assert!(scope.keyring().open(Purpose::SecretAccessKey, id.as_bytes(), version.value.as_str()).is_err());
    });
}
