import base64
import json
import re
import secrets
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from server import ACCOUNT, Credentials, allow, deny, not_authorized, policy, refused, statement, trust
from sigv4 import WHO_AM_I, Request, query_request, send, sign

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
USERS = f"arn:aws:iam::{ACCOUNT}:user/"
EVERY_STS = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


@pytest.fixture
def caller(server) -> Credentials:
    """A user who may ask STS for anything."""
    return server.user("caller", allow("sts:*"))


@pytest.fixture
def sts(server, caller):
    return server.client("sts", caller)


def identity(server, credentials: Credentials) -> tuple[str, str]:
    answer = server.client("sts", credentials).get_caller_identity()
    return answer["UserId"], answer["Arn"]


# GetCallerIdentity


def test_who_am_i(server, caller, iam):
    user = iam.get_user(UserName="caller")["User"]
    assert identity(server, server.root) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    assert identity(server, caller) == (user["UserId"], user["Arn"])
    role = server.role("role", trust())
    session = server.assume(role, caller, session="me")
    role_id = iam.get_role(RoleName="role")["Role"]["RoleId"]
    assert identity(server, session) == (f"{role_id}:me", f"arn:aws:sts::{ACCOUNT}:assumed-role/role/me")
    federated = server.client("sts", caller).get_federation_token(Name="bob")["Credentials"]
    assert identity(server, Credentials.of(federated)) == (f"{ACCOUNT}:bob", f"arn:aws:sts::{ACCOUNT}:federated-user/bob")
    own = server.client("sts", caller).get_session_token()["Credentials"]
    assert identity(server, Credentials.of(own)) == (user["UserId"], user["Arn"])


def test_who_am_i_cannot_be_denied(server):
    denied = server.user("denied", deny("*"), PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    assert identity(server, denied)[1] == f"{USERS}denied"


# AssumeRole


def test_the_answer_of_assume_role(server, sts, iam):
    role = server.role("role", trust(), Path="/division/")
    before = datetime.now(timezone.utc)
    answer = sts.assume_role(RoleArn=role, RoleSessionName="me")
    role_id = iam.get_role(RoleName="role")["Role"]["RoleId"]
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role_id}:me", "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/role/me"}
    credentials = answer["Credentials"]
    assert re.fullmatch("ASIA[A-Z2-7]{16}", credentials["AccessKeyId"]) and len(credentials["SecretAccessKey"]) == 40
    assert abs(credentials["Expiration"] - before - timedelta(hours=1)) < timedelta(seconds=30)
    assert "PackedPolicySize" not in answer and "SourceIdentity" not in answer


def test_root_assumes_no_role(server):
    role = server.role("role", trust({"AWS": "*"}))
    session = Credentials.of(server.client("sts").get_session_token()["Credentials"])
    for credentials in (server.root, session):
        with refused("AccessDenied", "Roles may not be assumed by root accounts.", status=403):
            server.assume(role, credentials)


def test_a_role_that_is_not_there_is_refused_like_one_that_trusts_others(server, sts):
    server.role("one", trust({"Service": "ec2.amazonaws.com"}))
    for name in ("one", "none", "ONE", "path/one"):
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        sentence = not_authorized(f"{USERS}caller", "sts:AssumeRole", arn, "because no role trust policy allows the sts:AssumeRole action")
        with refused("AccessDenied", sentence, status=403):
            sts.assume_role(RoleArn=arn, RoleSessionName="me")


@pytest.mark.parametrize(
    "arn, message",
    [
        (f"arn:aws:iam::{ACCOUNT}:user/caller", "Request ARN is invalid"), (f"arn:aws:iam::{ACCOUNT}:root", "Request ARN is invalid"),
        (f"arn:aws-cn:iam::{ACCOUNT}:role/role", "Request ARN is invalid"),
        ("x" * 30, f"{'x' * 30} is invalid"),
    ],
)
def test_an_arn_of_no_role_is_refused(shared_server, arn, message):
    with refused("ValidationError", message, status=400):
        shared_server.assume(arn, shared_server.user(f"caller{abs(hash(arn))}", allow("sts:*")))


def test_durations(server, sts):
    role = server.role("role", trust(), MaxSessionDuration=7200)
    for seconds, lasts in ((900, 900), (7200, 7200), (None, 3600)):
        asked = {"DurationSeconds": seconds} if seconds else {}
        expires = sts.assume_role(RoleArn=role, RoleSessionName="me", **asked)["Credentials"]["Expiration"]
        assert abs((expires - datetime.now(timezone.utc)).total_seconds() - lasts) < 30
    with refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", status=400):
        sts.assume_role(RoleArn=role, RoleSessionName="me", DurationSeconds=7201)
    for seconds in (899, 43201):
        with refused("ValidationError", re.compile(f".*Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: .*")):
            sts.assume_role(RoleArn=role, RoleSessionName="me", DurationSeconds=seconds)


def test_a_role_chain_lasts_one_hour(server, caller):
    first = server.role("first", trust(), allow("sts:*"), MaxSessionDuration=43200)
    second = server.role("second", trust(), MaxSessionDuration=43200)
    session = server.assume(first, caller, DurationSeconds=43200)
    message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    with refused("ValidationError", message, status=400):
        server.assume(second, session, DurationSeconds=3601)
    server.assume(second, session, DurationSeconds=3600)
    # A user's session is no link of a chain.
    own = Credentials.of(server.client("sts", caller).get_session_token()["Credentials"])
    server.assume(second, own, DurationSeconds=7200)


def test_the_external_id(server, caller):
    role = server.role("role", trust(condition={"StringEquals": {"sts:ExternalId": "secret-handshake"}}))
    for given in ({}, {"ExternalId": "wrong"}, {"ExternalId": "SECRET-HANDSHAKE"}):
        with refused("AccessDenied", status=403):
            server.assume(role, caller, **given)
    server.assume(role, caller, ExternalId="secret-handshake")


def test_the_session_name_is_a_condition_key(server, caller):
    role = server.role("role", trust(condition={"StringLike": {"sts:RoleSessionName": "${aws:username}"}}))
    server.assume(role, caller, session="caller")
    with refused("AccessDenied"):
        server.assume(role, caller, session="somebody")


@pytest.mark.parametrize("name", ["", "a", "x" * 65, "a b", "a/b"])
def test_a_session_name_that_is_none_is_refused(shared_server, name):
    with refused("ValidationError", re.compile(".*at 'roleSessionName' failed to satisfy constraint: .*"), status=400):
        shared_server.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/role", RoleSessionName=name)


# Session policies: "not applied to one's own account: a restricted service account minted an unrestricted one"


def test_a_session_policy_limits_also_in_ones_own_account(server, caller):
    role = server.role("admin", trust(), allow("*"))
    limited = server.assume(role, caller, Policy=allow(["iam:ListUsers", "iam:ListRoles"]))
    iam = server.client("iam", limited)
    iam.list_users()
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session"
    for call, action, resource in (
        (lambda: iam.create_user(UserName="minted"), "iam:CreateUser", f"{USERS}minted"),
        (lambda: iam.create_access_key(UserName="caller"), "iam:CreateAccessKey", f"{USERS}caller"),
        (lambda: iam.put_user_policy(UserName="caller", PolicyName="p", PolicyDocument=allow("*")), "iam:PutUserPolicy", f"{USERS}caller"),
    ):
        reason = f"because no session policy allows the {action} action"
        with refused("AccessDenied", not_authorized(arn, action, resource, reason), status=403):
            call()
    # Nor can it shake the limit off by assuming the role once more.
    with refused("AccessDenied"):
        server.assume(role, limited)


def test_a_session_policy_gives_nothing(server, caller):
    role = server.role("poor", trust())
    session = server.client("iam", server.assume(role, caller, Policy=allow("*"), PolicyArns=[{"arn": ADMINISTRATOR}]))
    sentence = not_authorized(f"arn:aws:sts::{ACCOUNT}:assumed-role/poor/session", "iam:ListUsers", USERS)
    with refused("AccessDenied", sentence):
        session.list_users()


def test_a_session_policy_denies(server, caller):
    role = server.role("admin", trust(), allow("*"))
    both = policy(statement("Allow", "*"), statement("Deny", "iam:ListUsers"))
    session = server.client("iam", server.assume(role, caller, Policy=both))
    session.list_roles()
    reason = "with an explicit deny in a session policy"
    with refused("AccessDenied", not_authorized(f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session", "iam:ListUsers", USERS, reason)):
        session.list_users()


def test_managed_session_policies_are_looked_up_at_each_request(server, caller, iam):
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=allow("iam:ListUsers"))["Policy"]["Arn"]
    session = server.client("iam", server.assume(server.role("admin", trust(), allow("*")), caller, PolicyArns=[{"arn": arn}]))
    session.list_users()
    with refused("AccessDenied"):
        session.list_roles()
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("iam:ListRoles"), SetAsDefault=True)
    session.list_roles()
    with refused("AccessDenied"):
        session.list_users()


def test_a_managed_session_policy_that_is_gone_is_no_empty_policy(server, caller, iam):
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=deny("iam:ListUsers"))["Policy"]["Arn"]
    policies = [{"arn": arn}, {"arn": ADMINISTRATOR}]
    session = server.client("iam", server.assume(server.role("admin", trust(), allow("*")), caller, PolicyArns=policies))
    session.list_roles()
    iam.delete_policy(PolicyArn=arn)
    for call in (session.list_users, session.list_roles):
        with pytest.raises(iam.exceptions.ClientError):
            call()


@pytest.mark.parametrize(
    "parameters, code, message",
    [
        ({"Policy": "{}"}, "MalformedPolicyDocument", None),
        ({"Policy": allow("*") + " " * 2048}, "ValidationError", re.compile(".*at 'policy' failed.*length less than or equal to 2048", re.DOTALL)),
        ({"PolicyArns": [{"arn": READ_ONLY}] * 11}, "ValidationError", None),
        ({"PolicyArns": [{"arn": f"arn:aws:iam::{ACCOUNT}:policy/none"}]}, "InvalidParameterValue",
         f"Policy arn:aws:iam::{ACCOUNT}:policy/none does not exist or is not attachable."),
        ({"PolicyArns": [{"arn": "arn:aws:iam::999999999999:policy/theirs"}]}, "InvalidParameterValue", None),
        ({"Policy": policy(statement("Allow", "*", Principal="*"))}, "MalformedPolicyDocument", None),
    ],
)
def test_a_session_policy_that_is_none_is_refused(server, caller, parameters, code, message):
    with refused(code, message, status=400):
        server.assume(server.role("role", trust()), caller, **parameters)


# Session tags and source identity


def test_session_tags_need_permission_and_count(server, caller, iam):
    plain = server.role("plain", trust())
    tags = [{"Key": "team", "Value": "red"}]
    sentence = not_authorized(f"{USERS}caller", "sts:TagSession", plain, "because no role trust policy allows the sts:TagSession action")
    with refused("AccessDenied", sentence):
        server.assume(plain, caller, Tags=tags)
    by_tag = allow("iam:*", condition={"StringEquals": {"aws:PrincipalTag/Team": "red"}})
    role = server.role("tagged", trust(action=EVERY_STS), by_tag, Tags=[{"Key": "team", "Value": "blue"}])
    server.client("iam", server.assume(role, caller, Tags=tags)).list_users()
    with refused("AccessDenied"):
        server.client("iam", server.assume(role, caller)).list_users()
    with refused("AccessDenied"):
        server.client("iam", server.assume(role, caller, Tags=[{"Key": "team", "Value": "Red"}])).list_users()


def test_session_tags_that_cannot_be(server, caller):
    role = server.role("role", trust(action=EVERY_STS))
    a, b = {"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}
    for parameters, message in (
        ({"Tags": [a, b]}, "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
        ({"Tags": [a], "TransitiveTagKeys": ["b"]}, "The specified transitive tag key must be included in the requested tags."),
        ({"Tags": [{"Key": "aws:x", "Value": "1"}]}, None),
    ):
        with refused("InvalidParameterValue", message, status=400):
            server.assume(role, caller, **parameters)
    with refused("ValidationError", status=400):
        server.assume(role, caller, Tags=[{"Key": f"k{number}", "Value": "v"} for number in range(51)])
    with refused("PackedPolicyTooLarge", re.compile(r"Packed size of session tags consumes \d+% of allotted space\."), status=400):
        server.assume(role, caller, Tags=[{"Key": f"k{number}", "Value": secrets.token_hex(125)} for number in range(12)])


def test_transitive_tags_pass_on_and_others_do_not(server, caller):
    first = server.role("first", trust(action=EVERY_STS), allow(EVERY_STS))
    by_tag = lambda key: allow("iam:ListUsers", condition={"StringEquals": {f"aws:PrincipalTag/{key}": "1"}})
    second = server.role("second", trust(action=EVERY_STS), by_tag("kept"))
    third = server.role("third", trust(action=EVERY_STS), by_tag("dropped"))
    tags = [{"Key": "kept", "Value": "1"}, {"Key": "dropped", "Value": "1"}]
    session = server.assume(first, caller, Tags=tags, TransitiveTagKeys=["kept"])
    server.client("iam", server.assume(second, session)).list_users()
    with refused("AccessDenied"):
        server.client("iam", server.assume(third, session)).list_users()
    message = (
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling "
        "session."
    )
    for key, value in (("kept", "2"), ("KEPT", "1")):
        with refused("InvalidParameterValue", message, status=400):
            server.assume(second, session, Tags=[{"Key": key, "Value": value}])
    plain = server.role("plain", trust())
    with refused("AccessDenied", re.compile(".*is not authorized to perform: sts:TagSession on.*")):
        server.assume(plain, session)


def test_the_source_identity_stays(server, caller):
    first = server.role("first", trust(action=EVERY_STS), allow(EVERY_STS))
    second = server.role("second", trust(action=EVERY_STS), allow("iam:*", condition={"StringEquals": {"aws:SourceIdentity": "bob"}}))
    plain = server.role("plain", trust())
    with refused("AccessDenied", re.compile(".*is not authorized to perform: sts:SetSourceIdentity on.*")):
        server.assume(plain, caller, SourceIdentity="bob")
    answer = server.client("sts", caller).assume_role(RoleArn=first, RoleSessionName="one", SourceIdentity="bob")
    assert answer["SourceIdentity"] == "bob"
    session = Credentials.of(answer["Credentials"])
    with refused("AccessDenied", re.compile(".*is not authorized to perform: sts:SetSourceIdentity on.*")):
        server.assume(plain, session)
    with refused("AccessDenied", re.compile(".*is not authorized to perform: sts:SetSourceIdentity on.*"), status=403):
        server.assume(second, session, SourceIdentity="alice")
    onward = server.client("sts", session).assume_role(RoleArn=second, RoleSessionName="two")
    assert onward["SourceIdentity"] == "bob"
    server.client("iam", Credentials.of(onward["Credentials"])).list_users()


def test_multi_factor_codes_are_never_right(server, caller):
    role = server.role("role", trust())
    device = f"arn:aws:iam::{ACCOUNT}:mfa/caller"
    message = (
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
        "associated with this user."
    )
    with refused("AccessDenied", message, status=403):
        server.assume(role, caller, SerialNumber=device, TokenCode="123456")
    for one in ({"SerialNumber": device}, {"TokenCode": "123456"}):
        with refused("AccessDenied", "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."):
            server.assume(role, caller, **one)
    guarded = server.role("guarded", trust(condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    with refused("AccessDenied"):
        server.assume(guarded, caller)


# Whose session it is: "a re-created role or user of the same name does not revive it"


def test_a_session_dies_with_its_role_and_a_role_of_the_same_name_does_not_revive_it(server, caller, iam):
    role = server.role("role", trust(), allow("iam:*"))
    session = server.assume(role, caller)
    server.client("iam", session).list_users()
    iam.delete_role_policy(RoleName="role", PolicyName="policy0")
    iam.delete_role(RoleName="role")
    message = "The security token included in the request is invalid."
    with refused("InvalidClientTokenId", message, status=403):
        server.client("iam", session).list_users()
    assert server.role("role", trust(), allow("iam:*")) == role
    for service, call in (("iam", "list_users"), ("sts", "get_caller_identity")):
        with refused("InvalidClientTokenId", message, status=403):
            getattr(server.client(service, session), call)()


def test_a_session_dies_with_its_user_and_a_user_of_the_same_name_does_not_revive_it(server, iam):
    bob = server.user("bob", allow("*"))
    sts = server.client("sts", bob)
    sessions = [Credentials.of(made["Credentials"]) for made in (
        sts.get_session_token(), sts.get_federation_token(Name="fed", Policy=allow("*")),
    )]
    for session in sessions:
        identity(server, session)
    iam.delete_access_key(UserName="bob", AccessKeyId=bob.access_key_id)
    iam.delete_user_policy(UserName="bob", PolicyName="policy0")
    iam.delete_user(UserName="bob")
    server.user("bob", allow("*"))
    for session in sessions:
        with refused("InvalidClientTokenId", status=403):
            identity(server, session)


def test_sessions_are_revoked_by_their_time_of_issue(server, caller, iam):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html"""
    role = server.role("role", trust(), allow("iam:*"))
    old = server.assume(role, caller)
    server.client("iam", old).list_users()
    # The key's values are whole seconds.
    cut = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=1)
    older = policy({"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
                    "Condition": {"DateLessThan": {"aws:TokenIssueTime": cut.strftime("%Y-%m-%dT%H:%M:%S.000Z")}}})
    iam.put_role_policy(RoleName="role", PolicyName="AWSRevokeOlderSessions", PolicyDocument=older)
    sentence = not_authorized(f"arn:aws:sts::{ACCOUNT}:assumed-role/role/session", "iam:ListUsers", USERS,
                              "with an explicit deny in an identity-based policy")
    with refused("AccessDenied", sentence, status=403):
        server.client("iam", old).list_users()
    time.sleep(max(0.0, (cut - datetime.now(timezone.utc)).total_seconds()))
    server.client("iam", server.assume(role, caller)).list_users()
    with refused("AccessDenied"):
        server.client("iam", old).list_users()


def test_long_term_keys_have_no_time_of_issue(server):
    older = {"DateLessThan": {"aws:TokenIssueTime": "2099-01-01T00:00:00Z"}}
    long_term = server.user("long-term", allow("iam:*"), deny("*", condition=older))
    server.client("iam", long_term).list_users()


def test_a_policy_change_bites_a_running_session(server, caller, iam):
    session = server.client("iam", server.assume(server.role("role", trust(), allow("iam:*")), caller))
    session.list_users()
    iam.put_role_policy(RoleName="role", PolicyName="policy0", PolicyDocument=allow("iam:GetUser"))
    with refused("AccessDenied"):
        session.list_users()


# Tokens: expired, foreign, tampered


def test_a_tampered_token_is_refused(server, caller):
    session = server.assume(server.role("role", trust(), allow("*")), caller)
    token = session.session_token
    for position in range(0, len(token), max(1, len(token) // 40)):
        other = "A" if token[position] != "A" else "B"
        with refused("InvalidClientTokenId", status=403):
            identity(server, replace(session, session_token=token[:position] + other + token[position + 1 :]))
    for cut in (token[:-4], token[4:], token + "AAAA", token * 2, ""):
        with refused("InvalidClientTokenId", status=403):
            identity(server, replace(session, session_token=cut or None))


def test_tokens_and_keys_are_not_mixed(server, caller):
    role = server.role("role", trust(), allow("*"))
    one, other = server.assume(role, caller), server.assume(role, caller)
    mixed = (
        replace(one, session_token=other.session_token), replace(one, access_key_id=other.access_key_id),
        replace(one, secret_access_key=caller.secret_access_key), replace(caller, session_token=one.session_token),
        replace(one, access_key_id=caller.access_key_id, secret_access_key=caller.secret_access_key),
    )
    for credentials in mixed:
        with pytest.raises(server.client("sts").exceptions.ClientError) as caught:
            identity(server, credentials)
        assert caught.value.response["Error"]["Code"] in ("InvalidClientTokenId", "SignatureDoesNotMatch")


@pytest.mark.parametrize("service, code, status", [
    ("sts", "ExpiredToken", 403), ("iam", "ExpiredToken", 403), ("lookoutmetrics", "ExpiredTokenException", 403),
    ("organizations", "ExpiredTokenException", 400),
])
def test_a_session_ends_when_it_says(server, caller, later, service, code, status):
    session = server.assume(server.role("role", trust(), allow("*")), caller, DurationSeconds=900)
    requests = {
        "sts": WHO_AM_I, "iam": query_request("ListUsers", "2010-05-08"),
        "lookoutmetrics": Request(path="/ListAnomalyDetectors", body=b"{}"),
        "organizations": Request(headers=[("X-Amz-Target", "AWSOrganizationsV20161128.ListRoots")], body=b"{}"),
    }
    for seconds in (850, 950):
        server.stop()
        server.start(environment=later(seconds))
        now = datetime.now(timezone.utc) + timedelta(seconds=seconds)
        answer = send(server, sign(requests[service], server, session, service, now=now))
        if seconds == 850:
            assert "ExpiredToken" not in answer.code and answer.code != "InvalidClientTokenId"
            continue
        assert answer.refusal == (code, status)
        assert answer.message == "The security token included in the request is expired"


# GetSessionToken


def test_session_tokens_of_users(server, caller):
    own = server.client("sts", caller).get_session_token()["Credentials"]
    assert abs((own["Expiration"] - datetime.now(timezone.utc)).total_seconds() - 43200) < 30
    session = Credentials.of(own)
    with refused("InvalidClientTokenId", status=403):
        server.client("iam", session).list_users()
    role = server.role("role", trust())
    server.assume(role, session)
    for call, name in (("get_session_token", "GetSessionToken"), ("get_federation_token", "GetFederationToken")):
        with refused("AccessDenied", f"Cannot call {name} with session credentials", status=403):
            getattr(server.client("sts", session), call)(**({"Name": "bob"} if "federation" in call else {}))


def test_session_tokens_need_no_permission_and_cannot_be_denied(server):
    server.client("sts", server.user("denied", deny("*"))).get_session_token()


def test_session_tokens_of_root_last_an_hour_at_most(server):
    made = server.client("sts").get_session_token(DurationSeconds=7200)["Credentials"]
    assert abs((made["Expiration"] - datetime.now(timezone.utc)).total_seconds() - 3600) < 30


def test_a_users_session_does_what_the_user_may(server):
    lookout = server.user("lookout", allow("lookoutmetrics:List*"))
    session = Credentials.of(server.client("sts", lookout).get_session_token()["Credentials"])
    assert server.client("lookoutmetrics", session).list_anomaly_detectors()["AnomalyDetectorSummaryList"] == []
    with refused("AccessDeniedException", status=403):
        server.client("lookoutmetrics", session).create_anomaly_detector(
            AnomalyDetectorName="x", AnomalyDetectorConfig={"AnomalyDetectorFrequency": "PT1H"}
        )


def test_a_session_is_cut_off_with_the_users_permissions(server, iam):
    lookout = server.user("lookout", allow("lookoutmetrics:List*"))
    session = Credentials.of(server.client("sts", lookout).get_session_token()["Credentials"])
    iam.delete_user_policy(UserName="lookout", PolicyName="policy0")
    with refused("AccessDeniedException"):
        server.client("lookoutmetrics", session).list_anomaly_detectors()


# GetFederationToken


def test_a_federated_user_has_what_both_allow(server):
    issuer = server.user("issuer", allow(["sts:*", "lookoutmetrics:*"]))
    sts = server.client("sts", issuer)
    answer = sts.get_federation_token(Name="bob", Policy=allow("lookoutmetrics:List*"))
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:bob", "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"}
    assert answer["PackedPolicySize"] > 0
    bob = Credentials.of(answer["Credentials"])
    server.client("lookoutmetrics", bob).list_anomaly_detectors()
    with refused("AccessDeniedException"):
        server.client("lookoutmetrics", bob).create_anomaly_detector(
            AnomalyDetectorName="x", AnomalyDetectorConfig={"AnomalyDetectorFrequency": "PT1H"}
        )
    with refused("InvalidClientTokenId"):
        server.client("iam", bob).list_users()
    with refused("AccessDenied"):
        server.assume(f"arn:aws:iam::{ACCOUNT}:role/role", bob)


def test_a_federated_user_is_no_user_of_that_name(server):
    # "The caller named the parent of a new credential"
    server.user("administrator", allow("*"))
    by_name = {"StringLike": {"aws:username": "*"}}
    issuer = server.user("issuer", allow("sts:GetFederationToken"), allow("lookoutmetrics:*", condition=by_name))
    sts = server.client("sts", issuer)
    lookout = server.client("lookoutmetrics", issuer)
    lookout.list_anomaly_detectors()
    named = Credentials.of(sts.get_federation_token(Name="administrator", Policy=allow("*"))["Credentials"])
    assert identity(server, named) == (
        f"{ACCOUNT}:administrator", f"arn:aws:sts::{ACCOUNT}:federated-user/administrator"
    )
    with refused("AccessDeniedException", status=403):
        server.client("lookoutmetrics", named).list_anomaly_detectors()


def test_a_federated_user_without_a_session_policy_has_nothing(server):
    issuer = server.user("issuer", allow("*"))
    bob = Credentials.of(server.client("sts", issuer).get_federation_token(Name="bob")["Credentials"])
    identity(server, bob)
    with refused("AccessDeniedException"):
        server.client("lookoutmetrics", bob).list_anomaly_detectors()


def test_federation_needs_permission_on_the_name(server):
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    issuer = server.client("sts", server.user("issuer", allow("sts:GetFederationToken", arn)))
    issuer.get_federation_token(Name="bob")
    other = f"arn:aws:sts::{ACCOUNT}:federated-user/alice"
    with refused("AccessDenied", not_authorized(f"{USERS}issuer", "sts:GetFederationToken", other), status=403):
        issuer.get_federation_token(Name="alice")
    with refused("AccessDenied", not_authorized(f"{USERS}issuer", "sts:TagSession", arn)):
        issuer.get_federation_token(Name="bob", Tags=[{"Key": "a", "Value": "b"}])


# GetAccessKeyInfo, DecodeAuthorizationMessage


def test_whose_key_it_is(server, sts):
    account, member = server.member_account()
    elsewhere = server.client("iam", member)
    elsewhere.create_user(UserName="bob")
    theirs = elsewhere.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    assert sts.get_access_key_info(AccessKeyId=theirs)["Account"] == account
    assert sts.get_access_key_info(AccessKeyId=server.root.access_key_id)["Account"] == ACCOUNT
    with refused("ValidationError", status=400):
        sts.get_access_key_info(AccessKeyId="AKIAI44QH8DHBEXAMPLE")
    with refused("AccessDenied", not_authorized(f"{USERS}nobody", "sts:GetAccessKeyInfo", "*"), status=403):
        server.client("sts", server.user("nobody")).get_access_key_info(AccessKeyId=theirs)


def test_the_encoded_message_of_a_denial_is_decoded_by_those_who_may(server, sts):
    nobody = server.user("nobody", deny("iam:ListUsers"))
    with refused("AccessDenied") as refusal:
        server.client("iam", nobody).list_users()
    encoded = refusal.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-encoded-authorization-message"]
    # It tells nothing to those who may not decode it.
    assert "policy0" not in encoded and b"policy0" not in base64.b64decode(encoded)
    told = json.loads(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"]) == (False, True)
    assert told["context"]["principal"]["arn"] == f"{USERS}nobody" and told["context"]["action"] == "iam:ListUsers"
    assert told["matchedStatements"]["items"][0]["policy"] == "policy0"
    with refused("AccessDenied", not_authorized(f"{USERS}nobody", "sts:DecodeAuthorizationMessage", "*"), status=403):
        server.client("sts", nobody).decode_authorization_message(EncodedMessage=encoded)
    for rubbish in ("x", encoded[:-4], encoded + "AAAA", encoded.swapcase()):
        with refused("InvalidAuthorizationMessageException", "Message is not valid", status=400):
            sts.decode_authorization_message(EncodedMessage=rubbish)


def test_an_encoded_message_of_another_account_is_not_decoded(server, sts):
    account, member = server.member_account()
    nobody = server.user("nobody", by=member)
    with refused("AccessDenied") as refusal:
        server.client("iam", nobody).list_users()
    encoded = refusal.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-encoded-authorization-message"]
    with refused("InvalidAuthorizationMessageException", "Message is not valid"):
        sts.decode_authorization_message(EncodedMessage=encoded)


def test_a_session_token_is_no_encoded_message(server, sts):
    token = sts.get_session_token()["Credentials"]["SessionToken"]
    with refused("InvalidAuthorizationMessageException"):
        sts.decode_authorization_message(EncodedMessage=token)


# What is not available


def test_what_is_not_available_says_so(server):
    root = server.client("sts")
    with refused("NotImplemented", "The operation AssumeRoot is not available in this version of Bartizan.", status=501):
        root.assume_root(TargetPrincipal=ACCOUNT, TaskPolicyArn={"arn": READ_ONLY})


def test_the_cli_assumes_a_role(server, caller):
    role = server.role("role", trust(), allow("iam:ListUsers"))
    answer = server.aws("sts", "assume-role", "--role-arn", role, "--role-session-name", "cli", credentials=caller)
    session = Credentials.of(answer["Credentials"])
    assert server.aws("sts", "get-caller-identity", credentials=session)["Arn"].endswith(":assumed-role/role/cli")
    assert [user["UserName"] for user in server.aws("iam", "list-users", credentials=session)["Users"]] == ["caller"]
    said = server.aws("iam", "list-roles", credentials=session, code=255)
    assert said.endswith(not_authorized(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/role/cli", "iam:ListRoles", f"arn:aws:iam::{ACCOUNT}:role/"
    ))
