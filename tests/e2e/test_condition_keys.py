"""Condition keys: each says of a request what the guide says, and of one that lacks it nothing.

The keys, and requests with and without them, are data: `tests/condition_keys.py`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

import pytest

from condition_keys import AHEAD, EMPTY, KEYS, READ_ONLY, S3_ONLY, Call, Key, Trusting
from conftest import end
from lookoutmetrics import make_alert, make_detector, service_role
from server import ACCOUNT, LOOKOUT, REPOSITORY, Credentials, Server, allow, not_authorized, policy, statement, trust
from sigv4 import Answer, Request, minutes_from_now, presign, query_request, send, sign

VERSIONS = {"iam": "2010-05-08", "sns": "2010-03-31", "sts": "2011-06-15"}
ASSUME = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
ROLES = f"arn:aws:iam::{ACCOUNT}:role/"
NO_TRUST = "Member must be a role whose trust policy allows lookoutmetrics.amazonaws.com to assume it for this detector"


# Who asks, and what is there


class Installation:
    """A server, with someone in it who may assume any role."""

    def __init__(self, server: Server):
        self.server = server.start()
        self.ahead = 0
        self.assumer = server.user("assumer", allow(ASSUME))
        server.role("reader", trust(action=ASSUME))

    def go_ahead(self, later: Callable[[int], dict], seconds: int):
        """Goes on with a clock that is ahead."""
        self.server.stop()
        self.server.start(environment=later(seconds))
        self.ahead = seconds

    def send(
        self, credentials: Credentials, operation: str, given: dict, *, headers=(), query="", source="127.0.0.1",
        region="us-east-1",
    ) -> Answer:
        """The answer to a signed request, in whichever protocol the service speaks."""
        service, name = operation.split(":")
        if service == "s3":
            return self._send_to_s3(credentials, given, headers, source)
        if version := VERSIONS.get(service):
            request = query_request(name, version, urlencode(given))
        elif service == "secretsmanager":
            target = (("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", f"{service}.{name}"))
            request = Request(body=json.dumps(given).encode()).with_headers(*target)
        else:
            request = Request(path=f"/{name}", body=json.dumps(given).encode())
        request = replace(request, query=query).with_headers(*headers)
        now = minutes_from_now(self.ahead / 60)
        signed = sign(request, self.server, credentials, service, now=now, region=region)
        return send(self.server, signed, source=source)

    def _send_to_s3(self, credentials: Credentials, given: dict, headers, source: str) -> Answer:
        request = Request(given["method"], given["path"], given["query"]).with_headers(*headers)
        if not any(name == "x-amz-content-sha256" for name, _ in headers):
            request = request.with_headers(("x-amz-content-sha256", EMPTY))
        signed = sign(request, self.server, credentials, "s3", now=minutes_from_now(self.ahead / 60))
        return send(self.server, signed, source=source)

    def user(self, name: str, administrator: Credentials | None = None, **attributes) -> "Caller":
        """Makes a user with a key."""
        administrator = administrator or self.server.root
        key = self.server.user(name, by=administrator, **attributes)
        return Caller(self, key, {"UserName": name}, administrator)

    def session(self, **given: str) -> "Caller":
        """A session of the role `reader`."""
        given = {"RoleArn": f"{ROLES}reader", "RoleSessionName": "me"} | given
        answer = self.send(self.assumer, "sts:AssumeRole", given)
        assert answer.status == 200, answer.body
        parts = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        session = Credentials(*(re.search(f"<{part}>(.*?)</", answer.body)[1] for part in parts))
        return Caller(self, session, {"RoleName": "reader"}, self.server.root)


@dataclass(frozen=True)
class Caller:
    """Someone with one policy, and no other."""

    installation: Installation
    credentials: Credentials
    holder: dict
    """The user or role that has the policy, as IAM's parameters."""
    administrator: Credentials

    def may(self, *statements: dict):
        """Puts these in the place of what was allowed before."""
        operation = "iam:PutUserPolicy" if "UserName" in self.holder else "iam:PutRolePolicy"
        given = self.holder | {"PolicyName": "tested", "PolicyDocument": policy(*statements)}
        answer = self.installation.send(self.administrator, operation, given)
        assert answer.status == 200, answer.body

    def send(self, operation: str, given: dict, **how) -> Answer:
        return self.installation.send(self.credentials, operation, given, **how)


class World:
    """Three installations with all whom the calls are of and about: one in an organization, one with an organization
    of its own and an hour ahead, and one without.
    """

    def __init__(self, home: Installation, ahead: Installation, alone: Installation, later):
        self.home, server = home, home.server
        neighbour, next_door = server.member_account()
        ahead.server.client("organizations").create_organization(FeatureSet="ALL")
        iam, lookout = server.client("iam"), server.client("lookoutmetrics")
        red, blue = ({"Tags": [{"Key": "team", "Value": value}]} for value in ("red", "blue"))
        self.callers = {
            "alice": home.user("alice", **red),
            "bob": home.user("bob", **blue),
            "carol": home.user("carol"),
            "alice next door": home.user("alice", next_door),
            "alice an hour ahead": ahead.user("alice"),
            "alice without organization": alone.user("alice"),
            "session": home.session(),
            "session of bob": home.session(SourceIdentity="bob"),
            "session of eve": home.session(SourceIdentity="eve"),
        }
        ahead.go_ahead(later, AHEAD)
        self.callers["session an hour ahead"] = ahead.session()

        iam.create_user(UserName="tagged")
        iam.create_user(UserName="reading", PermissionsBoundary=READ_ONLY)
        iam.create_user(UserName="storing", PermissionsBoundary=S3_ONLY)
        iam.create_instance_profile(InstanceProfileName="profile")
        for administrator in (server.root, next_door):
            server.client("iam", administrator).create_role(
                RoleName="open", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}, action=ASSUME)
            )
        storage = server.client("s3")
        storage.create_bucket(Bucket="bucket")
        for key, tagging in (("red", "team=red"), ("blue", "team=blue"), ("plain", ""), ("other", "")):
            storage.put_object(Bucket="bucket", Key=key, Tagging=tagging, Body=b"time,views\n2021-02-03,5\n")
        secrets = server.client("secretsmanager")
        for name, tags in (("red", red), ("blue", blue), ("plain", {})):
            secrets.create_secret(Name=name, **tags)
        role = service_role(server, "passed")
        server.role("trusting", trust(LOOKOUT))
        self.facts = {
            "alert": make_alert(lookout, make_detector(lookout, "first"), role),
            "other_alert": make_alert(lookout, make_detector(lookout, "second"), role, "other"),
            "alice": iam.get_user(UserName="alice")["User"]["UserId"],
            "organization": server.client("organizations").describe_organization()["Organization"]["Id"],
            "role_next_door": f"arn:aws:iam::{neighbour}:role/open",
        }

    def filled(self, given):
        """The same, with what only the running installations know in the place of `{names}`."""
        if isinstance(given, dict):
            return {name: self.filled(value) for name, value in given.items()}
        if isinstance(given, list):
            return [self.filled(value) for value in given]
        if not isinstance(given, str):
            return given
        return re.sub(r"\{(\w+)\}", lambda found: self.facts[found[1]], given)


@pytest.fixture(scope="module")
def world(tmp_path_factory, later):
    servers = [Server(tmp_path_factory.mktemp(name)) for name in ("home", "ahead", "alone")]
    try:
        yield World(*map(Installation, servers), later)
    finally:
        for server in servers:
            end(server)


# Whether a request is let in

Effects = list[tuple[str, dict | None]]
"""The tested statements: their effects and conditions."""


def is_let_in(world: World, call: Call | Trusting, effects: Effects, headers=(), query: str = "") -> bool:
    """Whether these statements let the request in; if not, it must be refused in AWS's words."""
    denied_by_effect = any(effect == "Deny" for effect, _ in effects)
    effects = [(effect, world.filled(condition or {})) for effect, condition in effects]
    if isinstance(call, Trusting):
        return _is_trusted(world, call, effects, denied_by_effect, headers, query)
    caller, action = world.callers[call.who], call.action or call.operation
    needed = [statement("Allow", list(call.needs))] if call.needs else []
    caller.may(*needed, *(statement(effect, action, condition=condition) for effect, condition in effects))
    answer = caller.send(
        call.operation, world.filled(call.input), headers=(*call.headers, *headers), query=query, source=call.source,
        region=call.region,
    )
    return _let_in(answer, action, "an identity-based policy", denied_by_effect, call.ends_with)


def _is_trusted(world: World, call: Trusting, effects: Effects, denies: bool, headers, query: str) -> bool:
    home, role = world.home, f"{ROLES}trusting"
    principal = {"AWS": ACCOUNT} | LOOKOUT
    statements = [
        {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
        for effect, condition in effects
    ]
    given = {"RoleName": "trusting", "PolicyDocument": policy(*statements)}
    assert home.send(home.server.root, "iam:UpdateAssumeRolePolicy", given).status == 200
    if not call.alert:
        given = {"RoleArn": role, "RoleSessionName": "me"}
        answer = home.send(home.assumer, "sts:AssumeRole", given, headers=headers, query=query)
        return _let_in(answer, "sts:AssumeRole", "the role trust policy", denies)
    function = {"RoleArn": role, "LambdaArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"}
    given = {"AlertArn": world.filled(call.alert), "Action": {"LambdaConfiguration": function}}
    answer = home.send(home.server.root, "lookoutmetrics:UpdateAlert", given, headers=headers, query=query)
    if answer.status != 200:
        assert answer.refusal == ("ValidationException", 400), answer.body
        place = f"Value '{role}' at 'action.lambdaConfiguration.roleArn'"
        assert answer.message == f"1 validation error detected: {place} failed to satisfy constraint: {NO_TRUST}"
    return answer.status == 200


def _let_in(answer: Answer, action: str, where: str, denies: bool, ends_with: tuple[str, ...] = ()) -> bool:
    if answer.status == 200 or answer.code in ends_with:
        return True
    # Lookout for Metrics tells in its own way what Amazon S3 has told it.
    message = answer.message.removesuffix(" (AccessDenied)")
    denials = {(code, 403) for code in ("AccessDenied", "AccessDeniedException", "AuthorizationError")}
    denials.add(("AccessDeniedException", 400))
    assert answer.refusal in ({("ValidationException", 400)} if message != answer.message else denials), answer.body
    kind = where.partition(" ")[2]
    reason = f"with an explicit deny in {where}" if denies else f"because no {kind} allows the {action} action"
    sentence = not_authorized(r"arn:aws:\S+", action, r"(arn:aws:\S+|\*)", reason)
    assert re.fullmatch(sentence, message), message
    return False


# The keys, one by one


@dataclass(frozen=True)
class Form:
    """A way to ask for a key in statements, and whether these let in requests of which the condition is true, of which
    it is false, and which lack the key.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """

    effects: Callable[[str, str, str], Effects]
    holds: bool
    fails: bool
    lacks: bool


def negated(name: str, operator: str, value: str) -> dict:
    """The condition that is true where this one is false, if the key is there."""
    if operator == "Bool":
        return {operator: {name: {"true": "false", "false": "true"}[value]}}
    if operator.startswith("ForAnyValue:"):
        # No value is like that, rather than: some value is not.
        operator = operator.replace("ForAnyValue:", "ForAllValues:")
    opposites = {"LessThan": "GreaterThanEquals", "String": "StringNot", "Arn": "ArnNot", "IpAddress": "NotIpAddress"}
    part = next(part for part in opposites if part in operator)
    return {operator.replace(part, opposites[part], 1): {name: value}}


def if_exists(condition: dict) -> dict:
    return {f"{operator}IfExists": keys for operator, keys in condition.items()}


def plain(name: str, operator: str, value: str) -> dict:
    return {operator: {name: value}}


FORMS = {
    "plain": Form(lambda *key: [("Allow", plain(*key))], True, False, False),
    "upper-case": Form(lambda name, *rest: [("Allow", plain(name.upper(), *rest))], True, False, False),
    "negated": Form(lambda *key: [("Allow", negated(*key))], False, True, True),
    "if-exists": Form(lambda *key: [("Allow", if_exists(plain(*key)))], True, False, True),
    "negated-if-exists": Form(lambda *key: [("Allow", if_exists(negated(*key)))], False, True, True),
    "null": Form(lambda name, *_: [("Allow", {"Null": {name: "true"}})], False, False, True),
    "not-null": Form(lambda name, *_: [("Allow", {"Null": {name: "false"}})], True, True, False),
    "deny": Form(lambda *key: [("Allow", None), ("Deny", plain(*key))], False, True, True),
    "deny-negated": Form(lambda *key: [("Allow", None), ("Deny", negated(*key))], True, False, False),
}
WITHOUT_NEGATION = ("Bool", "DateLessThan", "NumericLessThan")
"""Operators whose opposite is no negation: it too wants the key to be there."""


def full(key: Key) -> str:
    return f"{key.name}team" if key.name.endswith("/") else key.name


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("key", KEYS, ids=full)
def test_a_key_says_what_it_should(world, key, form):
    effects = lambda value: form.effects(full(key), key.operator, value)
    lacks = form.lacks
    if key.operator in WITHOUT_NEGATION and form in (FORMS["negated"], FORMS["deny-negated"]):
        lacks = not lacks
    found, expected = {}, {}
    for name, call, value, outcome in (
        ("holds", key.holds, key.value, form.holds), ("fails", key.fails, key.value, form.fails),
        ("another value", key.other and key.holds, key.other, form.fails), ("lacks", key.lacks, key.value, lacks),
    ):
        if call:
            found[name], expected[name] = is_let_in(world, call, effects(value)), outcome
    assert found == expected


def test_every_key_that_is_there_is_held_here():
    """The keys are read from the code: those of the gate's table, and those that operations add."""
    found = set()
    for source in (REPOSITORY / "crates").glob("*/src/**/*.rs"):
        if source.stem in ("tests", "fixture") or source.stem.endswith("_tests"):
            continue
        text = source.read_text().partition("#[cfg(test)]\nmod tests")[0]
        if source.name == "condition_keys.rs":
            found |= set(re.findall(r'(?:\bkey:|^const [A-Z_]+: &str =) "(.+?)"', text, re.M))
        found |= set(re.findall(r'\.key\(\s*(?:format!\(\s*)?"([a-z0-9]+:[^"{]+)', text))
    assert len(found) > 35, "the code has changed: look for its keys in another way"
    assert {key.lower() for key in found} == {key.name.lower() for key in KEYS}


def test_every_key_has_all_the_requests_that_it_can_have():
    assert len({key.name for key in KEYS}) == len(KEYS)
    assert [key.name for key in KEYS if not key.holds] == ["aws:MultiFactorAuthAge"]
    for key in KEYS:
        assert not key.holds or (key.fails is None) == (key.other is not None), key.name


# What the caller says of itself is no key


# Most of Amazon S3's keys are what headers and parameters say.
@pytest.mark.parametrize(
    "key", [key for key in KEYS if (key.fails or key.lacks) and not key.name.startswith("s3:")], ids=full
)
def test_no_header_or_parameter_makes_a_key(world, key):
    call = key.lacks or key.fails
    name, value = full(key), world.filled(key.value)
    bare = re.sub(r"\W", "-", name.partition(":")[2])
    headers = [(f"{start}{bare}", value) for start in ("", "aws-", "x-aws-", "x-amz-", "x-amz-condition-")]
    if name == "aws:Referer":
        # The one that is a header's in truth.
        headers = headers[1:]
    effects = [("Allow", plain(name, key.operator, key.value))]
    assert not is_let_in(world, call, effects, headers)
    parameter = f"{quote(name, safe='')}={quote(value, safe='')}"
    assert not is_let_in(world, call, effects, query=parameter)
    if isinstance(call, Call) and call.operation.startswith("iam:"):
        assert not is_let_in(world, replace(call, input=call.input | {name: value}), effects)


def test_the_time_is_the_servers_whatever_the_request_says(world):
    alice = world.callers["alice"]
    since, until = minutes_from_now(-5), minutes_from_now(5)
    seconds = {"NumericGreaterThan": {"aws:EpochTime": str(int(since.timestamp()))},
               "NumericLessThan": {"aws:EpochTime": str(int(until.timestamp()))}}
    date = {"DateGreaterThan": {"aws:CurrentTime": f"{since:%Y-%m-%dT%H:%M:%SZ}"},
            "DateLessThan": {"aws:CurrentTime": f"{until:%Y-%m-%dT%H:%M:%SZ}"}}
    request, server = query_request("ListUsers", "2010-05-08"), world.home.server
    for condition in (seconds, date):
        alice.may(statement("Allow", "iam:ListUsers", condition=condition))
        for minutes in (-14, 0, 14):
            now = minutes_from_now(minutes)
            assert send(server, sign(request, server, alice.credentials, "iam", now=now)).status == 200
        dated = request.with_headers(("Date", minutes_from_now(-60).strftime("%a, %d %b %Y %H:%M:%S GMT")))
        assert send(server, sign(dated, server, alice.credentials, "iam")).status == 200
        early = presign(request, server, alice.credentials, "iam", now=minutes_from_now(-120), expires=3 * 3600)
        assert send(server, early).status == 200


# Which operations carry the services' own keys

PERMISSIONS_BOUNDARY = [
    f"iam:{action}{kind}{what}" for kind in ("User", "Role")
    for action, what in (
        ("Put", "PermissionsBoundary"), ("Put", "Policy"), ("Delete", "Policy"), ("Attach", "Policy"),
        ("Detach", "Policy"), ("Create", ""), ("Delete", "PermissionsBoundary"),
    )
]
POLICY_ARN = [f"iam:{action}{kind}Policy" for kind in ("User", "Role", "Group") for action in ("Attach", "Detach")]


@pytest.mark.parametrize(
    "key, operation",
    [("iam:PermissionsBoundary", operation) for operation in PERMISSIONS_BOUNDARY]
    + [("iam:PolicyARN", operation) for operation in POLICY_ARN],
)
def test_every_operation_carries_the_keys_that_aws_lists_for_it(world, key, operation):
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html"""
    kind = re.search("User|Role|Group", operation)[0]
    made = f"iam:Create{kind}" == operation
    name = re.sub("[^a-z]", "-", f"{key}-{operation}".lower())[:64]
    given = {f"{kind}Name": name}
    attributes = {"PermissionsBoundary": READ_ONLY} if kind != "Group" else {}
    if kind == "Role":
        attributes["AssumeRolePolicyDocument"] = trust()
    root = world.home.server.root
    if not made:
        assert world.home.send(root, f"iam:Create{kind}", given | attributes).status == 200
    if operation.endswith("PermissionsBoundary") and "Put" in operation or made:
        given |= attributes
    elif operation.startswith("iam:Put"):
        given |= {"PolicyName": "p", "PolicyDocument": allow("s3:*")}
    elif "Attach" in operation or "Detach" in operation:
        given |= {"PolicyArn": READ_ONLY}
    elif operation.endswith("Policy"):
        given |= {"PolicyName": "p"}
    call = Call(operation, given, ends_with=("NoSuchEntity",))
    same = {"ArnEquals": {key: READ_ONLY}}
    assert not is_let_in(world, call, [("Allow", {"Null": {key: "true"}})])
    assert not is_let_in(world, call, [("Allow", None), ("Deny", same)])
    assert is_let_in(world, call, [("Allow", same)])
