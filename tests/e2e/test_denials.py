"""The encoded message of a denial: what was decided and why, for those who may know.

Who may decode one at all is held in `test_sts.py`.
https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

import json
from datetime import datetime, timedelta, timezone

import pytest

from lookoutmetrics import CONFIG, arn
from server import ACCOUNT, ROOT, Credentials, allow, policy, refused, statement, trust
from sigv4 import WHO_AM_I, Answer, Request, query_request, send, sign

HEADER = "x-amzn-encoded-authorization-message"
LONGEST = 10_240
"""Characters that DecodeAuthorizationMessage takes."""
USERS = f"arn:aws:iam::{ACCOUNT}:user/"


def encoded(refusal) -> str:
    return refusal.response["ResponseMetadata"]["HTTPHeaders"][HEADER]


def decode(server, message: str, credentials: Credentials | None = None) -> dict:
    """What the message says, with the conditions by key."""
    sts = server.client("sts", credentials)
    told = json.loads(sts.decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    items = told["context"]["conditions"]["items"]
    values = {item["key"]: [value["value"] for value in item["values"]["items"]] for item in items}
    assert len(values) == len(items)
    told["context"]["conditions"] = values
    return told


def iam_request(server, caller: Credentials, action: str, parameters: str = "", *headers) -> Answer:
    request = query_request(action, "2010-05-08", parameters).with_headers(*headers)
    return send(server, sign(request, server, caller, "iam"))


def test_it_tells_who_asked_for_what_with_which_keys(server, iam):
    alice = server.user("alice", Tags=[{"Key": "Team", "Value": "red"}])
    user = iam.get_user(UserName="alice")["User"]
    parameters = (
        "UserName=new&Path=%2Fa%2F&PermissionsBoundary=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess"
        "&Tags.member.1.Key=team&Tags.member.1.Value=blue&Tags.member.2.Key=Site&Tags.member.2.Value=main"
    )
    answer = iam_request(
        server, alice, "CreateUser", parameters, ("User-Agent", "Tower/1.0"), ("Referer", "https://example.com/")
    )
    assert answer.refusal == ("AccessDenied", 403)
    told = decode(server, answer.headers[HEADER])
    now = told["context"]["conditions"].pop("aws:CurrentTime")[0]
    second = told["context"]["conditions"].pop("aws:EpochTime")[0]
    at = datetime.fromisoformat(now.replace("Z", "+00:00"))
    assert at.timestamp() == int(second) and abs(at - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert told == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": user["UserId"], "arn": user["Arn"]},
            "action": "iam:CreateUser",
            "resource": f"{USERS}a/new",
            "conditions": {
                "aws:PrincipalAccount": [ACCOUNT],
                "aws:PrincipalArn": [user["Arn"]],
                "aws:PrincipalIsAWSService": ["false"],
                "aws:PrincipalTag/Team": ["red"],
                "aws:PrincipalType": ["User"],
                "aws:Referer": ["https://example.com/"],
                "aws:RequestedRegion": ["us-east-1"],
                "aws:RequestTag/Site": ["main"],
                "aws:RequestTag/team": ["blue"],
                "aws:ResourceAccount": [ACCOUNT],
                "aws:SecureTransport": ["false"],
                "aws:SourceIp": ["127.0.0.1"],
                "aws:TagKeys": ["team", "Site"],
                "aws:UserAgent": ["Tower/1.0"],
                "aws:userid": [user["UserId"]],
                "aws:username": ["alice"],
                "aws:ViaAWSService": ["false"],
                "iam:PermissionsBoundary": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            },
        },
    }


def test_it_tells_of_a_session_what_it_is(server, iam):
    role = server.role("reader", trust(action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
                       Tags=[{"Key": "team", "Value": "blue"}, {"Key": "site", "Value": "main"}])
    session = server.assume(
        role, server.user("caller", allow("sts:*")), session="me", SourceIdentity="caller",
        Tags=[{"Key": "Team", "Value": "red"}],
    )
    context = decode(server, iam_request(server, session, "ListUsers").headers[HEADER])["context"]
    role_id = iam.get_role(RoleName="reader")["Role"]["RoleId"]
    assert context["principal"] == {"id": f"{role_id}:me", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/me"}
    keys = context["conditions"]
    assert {key: keys[key] for key in keys if key.startswith("aws:PrincipalTag/")} == {
        "aws:PrincipalTag/Team": ["red"], "aws:PrincipalTag/site": ["main"]
    }
    assert keys["aws:SourceIdentity"] == ["caller"] and keys["aws:MultiFactorAuthPresent"] == ["false"]
    assert "aws:TokenIssueTime" in keys and "aws:username" not in keys


DENY = policy(
    statement("Allow", "*"),
    statement("Deny", "iam:*Role*"),
    statement("Deny", ["iam:List*"], Sid="NoLists"),
)
NO_LISTS = {"statementId": "NoLists", "effect": "DENY", "statement": 2}


@pytest.mark.parametrize("kind", ["inline", "managed", "group", "boundary", "session"])
def test_it_tells_which_statement_denied(server, iam, kind):
    arn_of_policy = iam.create_policy(PolicyName="policy", PolicyDocument=DENY)["Policy"]["Arn"]
    name = {"inline": "policy0", "group": "of-group", "session": "session policy"}.get(kind, arn_of_policy)
    bounded = {"PermissionsBoundary": arn_of_policy} if kind == "boundary" else {}
    caller = server.user("caller", DENY if kind == "inline" else allow("*"), **bounded)
    if kind == "managed":
        iam.attach_user_policy(UserName="caller", PolicyArn=arn_of_policy)
    if kind == "group":
        iam.create_group(GroupName="group")
        iam.put_group_policy(GroupName="group", PolicyName=name, PolicyDocument=DENY)
        iam.add_user_to_group(GroupName="group", UserName="caller")
    if kind == "session":
        caller = server.assume(server.role("role", trust(), allow("*")), caller, Policy=DENY)
    told = decode(server, iam_request(server, caller, "ListUsers").headers[HEADER])
    assert (told["allowed"], told["explicitDeny"]) == (False, True)
    denying = [item for item in told["matchedStatements"]["items"] if item["effect"] == "DENY"]
    assert denying == [{"policy": name} | NO_LISTS]


def test_a_trust_policy_of_ones_own_account_is_told(server):
    denying = policy(
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
        {"Sid": "NotHe", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {"aws:username": "caller"}}},
    )
    role = server.role("role", denying)
    with refused("AccessDenied") as refusal:
        server.assume(role, server.user("caller", allow("sts:*")), ExternalId="handshake")
    told = decode(server, encoded(refusal))
    item = {"statementId": "NotHe", "effect": "DENY", "policy": "trust policy", "statement": 1}
    assert told["explicitDeny"] and item in told["matchedStatements"]["items"]
    assert told["context"]["resource"] == role
    keys = told["context"]["conditions"]
    assert (keys["sts:RoleSessionName"], keys["sts:ExternalId"]) == (["session"], ["handshake"])


def test_of_another_account_it_tells_nothing_but_the_refusal(server):
    account, member = server.member_account()
    elsewhere = server.client("iam", member)
    theirs = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    allowing = {"Effect": "Allow", "Principal": theirs, "Action": "sts:AssumeRole"}
    denying = {"Sid": "Hidden", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:*"}
    tags = [{"Key": "secret", "Value": "project"}]
    elsewhere.create_role(RoleName="there", AssumeRolePolicyDocument=policy(allowing, denying), Tags=tags)
    caller = server.user("caller", allow("sts:AssumeRole"))
    told = {}
    for name in ("there", "nowhere"):
        with refused("AccessDenied", status=403) as refusal:
            server.assume(f"arn:aws:iam::{account}:role/{name}", caller)
        told[name] = decode(server, encoded(refusal))
        # It is the caller's account that may read it.
        with refused("InvalidAuthorizationMessageException", "Message is not valid", status=400):
            decode(server, encoded(refusal), member)
        for key in ("aws:CurrentTime", "aws:EpochTime"):
            del told[name]["context"]["conditions"][key]
    assert not told["there"]["explicitDeny"]
    assert json.dumps(told["there"]).replace("role/there", "role/nowhere") == json.dumps(told["nowhere"])
    assert "project" not in json.dumps(told) and "aws:ResourceOrgID" not in told["there"]["context"]["conditions"]


def test_every_protocol_carries_it(server):
    nobody = server.user("nobody")
    requests = {
        "sts": (
            query_request("GetAccessKeyInfo", parameters=f"AccessKeyId={ROOT.access_key_id}"), "sts:GetAccessKeyInfo"
        ),
        "iam": (query_request("ListUsers", "2010-05-08"), "iam:ListUsers"),
        "organizations": (
            Request(headers=[("X-Amz-Target", "AWSOrganizationsV20161128.CreateOrganization")], body=b"{}"),
            "organizations:CreateOrganization",
        ),
        "lookoutmetrics": (Request(path="/ListAnomalyDetectors", body=b"{}"), "lookoutmetrics:ListAnomalyDetectors"),
    }
    for service, (request, action) in requests.items():
        answer = send(server, sign(request, server, nobody, service))
        assert answer.code in ("AccessDenied", "AccessDeniedException")
        assert decode(server, answer.headers[HEADER])["context"]["action"] == action


def test_only_a_denial_carries_it(server):
    nobody = server.user("nobody", allow("iam:*"))
    stranger = Credentials("AKIAI44QH8DHBEXAMPLE", "x" * 40)
    for request, credentials, service, status in (
        (WHO_AM_I, nobody, "sts", 200), (WHO_AM_I, stranger, "sts", 403), (WHO_AM_I, nobody, "iam", 403),
        (query_request("GetUser", "2010-05-08", "UserName=none"), nobody, "iam", 404),
        (query_request("GetUser", "2010-05-08", "UserName=%20"), nobody, "iam", 400),
        (query_request("NoSuchAction", "2010-05-08"), nobody, "iam", 400),
    ):
        answer = send(server, sign(request, server, credentials, service))
        assert answer.status == status and HEADER not in answer.headers


def test_it_outlives_the_process_and_is_no_other_installations(server, new_server):
    nobody = server.user("nobody")
    message = iam_request(server, nobody, "ListUsers").headers[HEADER]
    # The same account and the same root key do not make the same installation.
    other = new_server(root=ROOT).start()
    with refused("InvalidAuthorizationMessageException", "Message is not valid", status=400):
        decode(other, message)
    server.stop()
    server.start()
    assert decode(server, message)["context"]["action"] == "iam:ListUsers"


def test_no_character_of_it_can_be_changed(server):
    message = iam_request(server, server.user("nobody"), "ListUsers").headers[HEADER]
    sts = server.client("sts")
    other = {place: "B" if message[place] == "A" else "A" for place in range(len(message) - 2)}
    changed = [message[:place] + character + message[place + 1 :] for place, character in other.items()]
    for rubbish in (*changed, f" {message}", f"{message}\n", message * 2, message[:16], "AAAA", "é"):
        with refused("InvalidAuthorizationMessageException", "Message is not valid", status=400):
            sts.decode_authorization_message(EncodedMessage=rubbish)
    for length in (0, LONGEST + 1):
        with refused("ValidationError", status=400):
            sts.decode_authorization_message(EncodedMessage="A" * length)


def test_it_is_never_longer_than_can_be_decoded(server, iam):
    tags = [{"Key": f"{number:02}" + "k" * 126, "Value": "v" * 256} for number in range(50)]
    iam.create_policy(PolicyName="many", PolicyDocument=policy(*(
        statement("Deny", "iam:CreateUser", Sid=f"{number:03}{'s' * 20}") for number in range(60)
    )))
    caller = server.user("caller", allow("iam:*"), Tags=tags)
    iam.attach_user_policy(UserName="caller", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/many")
    parameters = "&".join(
        f"Tags.member.{number + 1}.{part}={tag[part]}" for number, tag in enumerate(tags) for part in ("Key", "Value")
    )
    answer = iam_request(server, caller, "CreateUser", f"UserName=new&{parameters}", ("User-Agent", '"' * 20_000))
    assert answer.refusal == ("AccessDenied", 403)
    assert 0.9 * LONGEST < len(answer.headers[HEADER]) <= LONGEST
    told = decode(server, answer.headers[HEADER])
    assert told["explicitDeny"] and told["context"]["resource"] == f"{USERS}new"
    assert [item["policy"] for item in told["matchedStatements"]["items"]]
    # What does not fit is left out; the short keys are there.
    keys = told["context"]["conditions"]
    assert keys["aws:username"] == ["caller"] and keys["aws:SourceIp"] == ["127.0.0.1"]
    assert "aws:UserAgent" not in keys and "aws:TagKeys" not in keys


def test_what_it_says_is_not_in_the_trail(server):
    nobody = server.user("nobody", policy(statement("Deny", "lookoutmetrics:*", Sid="Hidden")))
    with refused("AccessDeniedException") as refusal:
        server.client("lookoutmetrics", nobody).create_anomaly_detector(
            AnomalyDetectorName="detector", AnomalyDetectorConfig=CONFIG
        )
    told = decode(server, encoded(refusal))
    assert told["context"]["resource"] == arn("AnomalyDetector:detector")
    assert told["matchedStatements"]["items"][0]["statementId"] == "Hidden"
    assert server.stop() == 0
    names = [record["eventName"] for record in server.audit()]
    assert "CreateAnomalyDetector" in names and "DecodeAuthorizationMessage" in names
    # The document itself is, in the record of PutUserPolicy; what was made of it is in none.
    records = [record for record in server.audit() if record["eventName"] != "PutUserPolicy"]
    assert "Hidden" not in json.dumps(records)
