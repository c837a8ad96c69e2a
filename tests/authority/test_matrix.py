"""Who may call what: every operation as every kind of principal, compared with `matrix.txt`, which is under review.

What must hold whoever reviews is asserted besides: no blessing hides a hole.
"""

import json
import re
from fnmatch import fnmatchcase

import pytest

from authority.cells import ABSENT, ALLOW, FORBIDDEN, TOKEN, UNSIGNED
from authority.matrix import GOLDEN, RESOURCE, answer, ask, changes, matrix_of, operations, read, texts, written
from authority.parameters import NOTHING, parameters
from authority.principals import PRINCIPALS, READ_ONLY, Cast
from server import ACCOUNT

NO_PERMISSION = {
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    "sts:GetCallerIdentity",
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    "sts:GetSessionToken",
}
"""What needs no permission and cannot be denied."""

NO_SIGNATURE = {
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
    "sts:AssumeRoleWithSAML",
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    "sts:AssumeRoleWithWebIdentity",
}
"""What clients do not sign: what it is given says who they are. This version has neither of them."""

BY_TOKEN = {
    # https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
    "sns:ConfirmSubscription",
    # https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html
    "sns:Unsubscribe",
}
"""What need not be signed: who has not is let in as far as to show what only the endpoint was sent."""

BY_HEAD = {"s3:HeadBucket", "s3:HeadObject"}
"""What is refused without a word."""


@pytest.fixture(scope="module")
def cast(shared_server):
    return Cast(shared_server)


@pytest.fixture(scope="module")
def asked():
    return operations()


@pytest.fixture(scope="module")
def matrix(cast, asked):
    return matrix_of(cast, asked)


def column(matrix, principal: str, without=frozenset()) -> dict[str, str]:
    """The principal's cells by action."""
    return {action: cells[principal].text for action, cells in matrix.items() if action not in without}


def refusals(matrix, principal: str, without=frozenset()) -> set[str]:
    """How the principal is refused or let in, but for HEAD, which cannot say it and must be refused."""
    assert {matrix[action][principal].text for action in BY_HEAD} == {FORBIDDEN}
    return set(column(matrix, principal, BY_HEAD | without).values())


def let_in(matrix, principal: str) -> set[str]:
    """The actions whose operations do not refuse the principal, but for those that nobody signs."""
    return {action for action, cells in matrix.items() if cells[principal].lets_in} - NO_SIGNATURE


# The file


def test_the_matrix_is_as_reviewed(matrix, request):
    now = written(texts(matrix))
    if request.config.getoption("bless"):
        GOLDEN.write_text(now)
    was = GOLDEN.read_text()
    said = changes(read(was), texts(matrix))
    assert said == [], "\n".join(["review these, then bless them with --bless:", *said])
    assert was == now


def test_every_operation_has_a_line_and_every_principal_a_column(asked):
    assert uncovered(read(GOLDEN.read_text()), {operation.action for operation in asked}) == []


def uncovered(found: dict, actions: set[str]) -> list[str]:
    """The operations without a line, the lines without an operation, and the lines in which a column lacks."""
    columns = {principal.name for principal in PRINCIPALS} | {RESOURCE}
    return sorted(actions ^ found.keys()) + [action for action, row in found.items() if row.keys() != columns]


def test_what_lacks_is_found_out():
    row = dict.fromkeys([*(principal.name for principal in PRINCIPALS), RESOURCE], ALLOW)
    found = {"iam:GetUser": row, "iam:GetRole": row}
    assert uncovered(found, {"iam:GetUser", "iam:GetRole"}) == []
    assert uncovered(found, {"iam:GetUser", "iam:GetRole", "iam:New"}) == ["iam:New"]
    assert uncovered(found, {"iam:GetRole"}) == ["iam:GetUser"]
    assert uncovered({"iam:GetUser": row | {"stranger": ALLOW}}, {"iam:GetUser"}) == ["iam:GetUser"]
    del row["anonymous"]
    assert uncovered({"iam:GetUser": row}, {"iam:GetUser"}) == ["iam:GetUser"]


def test_what_changes_is_told():
    was = {"a:Kept": {"root": ALLOW}, "a:Changed": {"root": ALLOW, "none": "deny:identity"}, "a:Gone": {"root": ALLOW}}
    now = {"a:Kept": {"root": ALLOW}, "a:Changed": {"root": ALLOW, "none": ALLOW}, "a:New": {"root": ALLOW}}
    assert changes(was, was) == []
    assert changes(was, now) == [
        "a:New: has no line",
        "a:Gone: has a line and is no operation",
        "a:Changed: none: was deny:identity, is allow",
    ]


def test_there_are_ten_kinds_of_principal_at_least():
    assert len({principal.name for principal in PRINCIPALS}) == len(PRINCIPALS) >= 10


# What no blessing can change


def test_who_has_not_signed_is_never_let_in(matrix):
    assert refusals(matrix, "anonymous", NO_SIGNATURE | BY_TOKEN) == {UNSIGNED}


def test_who_has_not_signed_needs_what_the_endpoint_was_sent(matrix):
    told = {matrix[action]["anonymous"].message for action in BY_TOKEN}
    assert told == {"Invalid parameter: Token", "Subscription does not exist"}


def test_what_is_not_signed_is_not_there(matrix):
    assert {cell.text for action in NO_SIGNATURE for cell in matrix[action].values()} == {ABSENT}


def test_a_session_of_a_role_that_was_made_again_is_never_let_in(matrix):
    assert refusals(matrix, "re-created", NO_SIGNATURE) == {TOKEN}


@pytest.mark.parametrize(
    "principal, refusal", [("none", "deny:identity"), ("deny", "deny:explicit"), ("boundary", "deny:boundary")]
)
def test_who_has_no_permission_is_let_into_nothing_that_needs_one(matrix, principal, refusal):
    assert let_in(matrix, principal) == NO_PERMISSION
    assert refusals(matrix, principal, NO_PERMISSION | NO_SIGNATURE) == {refusal}


# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html#stsapi_comparison


def test_a_session_of_a_role_cannot_make_sessions_of_users(matrix):
    assert let_in(matrix, "session") == {"sts:GetCallerIdentity"}
    users = {"sts:GetFederationToken", "sts:GetSessionToken"}
    cells = column(matrix, "session", NO_SIGNATURE | BY_HEAD | {"sts:GetCallerIdentity"})
    assert {action for action, text in cells.items() if text != "deny:session"} == users
    assert {cells[action] for action in users} == {"deny:credentials"}


@pytest.mark.parametrize(
    "principal, sts",
    [("user-session", {"sts:AssumeRole", "sts:GetCallerIdentity"}), ("federated", {"sts:GetCallerIdentity"})],
)
def test_a_session_of_a_user_calls_neither_iam_nor_sts(matrix, principal, sts):
    cells = column(matrix, principal, NO_SIGNATURE | sts)
    assert {text for action, text in cells.items() if action.startswith("iam:")} == {TOKEN}
    assert {text for action, text in cells.items() if action.startswith("sts:")} == {"deny:credentials"}
    others = {action for action in cells if not action.startswith(("iam:", "sts:"))}
    assert let_in(matrix, principal) == others | sts


@pytest.mark.parametrize("principal, but", [("root", {"sts:AssumeRole"}), ("admin", set())])
def test_who_may_do_everything_is_let_in_everywhere(matrix, principal, but):
    assert let_in(matrix, principal) == matrix.keys() - NO_SIGNATURE - but
    assert {matrix[action][principal].text for action in but} <= {"deny:root"}


def test_who_may_only_read_changes_nothing(matrix, asked):
    writes = {operation.action for operation in asked if operation.writes}
    assert len(writes) > 100
    assert let_in(matrix, "read-only") & writes == set()


def test_who_may_only_read_is_let_into_what_aws_s_policy_names(matrix, asked, cast):
    """It names no resources, and conditions are for directory buckets alone: comparing names tells who may call what."""
    version = cast.iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["DefaultVersionId"]
    document = cast.iam.get_policy_version(PolicyArn=READ_ONLY, VersionId=version)["PolicyVersion"]["Document"]
    assert {(statement["Effect"], statement["Resource"]) for statement in document["Statement"]} == {("Allow", "*")}
    patterns = [
        pattern.lower() for statement in document["Statement"] if "Condition" not in statement
        for pattern in statement["Action"]
    ]
    named = {
        operation.action for operation in asked
        if any(fnmatchcase(operation.permission.lower(), pattern) for pattern in patterns)
    } - NO_SIGNATURE
    # It names no iam:PassRole, which taking a sample needs besides.
    assert matrix["lookoutmetrics:GetSampleData"]["read-only"].text == "deny:pass-role"
    assert let_in(matrix, "read-only") == (named | NO_PERMISSION) - {"lookoutmetrics:GetSampleData"}


WITHIN_ONES_OWN = {
    # What is attached or taken off is another account's policy, and to what is one's own: it is not found.
    *(f"iam:{action}{kind}Policy" for action in ("Attach", "Detach") for kind in ("Group", "Role", "User")),
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    # The key is not found, among those of one's own users or at all.
    "iam:DeleteAccessKey",
    "iam:GetAccessKeyLastUsed",
    "iam:UpdateAccessKey",
    # The subscription is not found, among one's own or at all.
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    # It tells the account of any key: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
    "sts:GetAccessKeyInfo",
    # The bucket would be one's own, and the name is taken.
    "s3:CreateBucket",
}
"""What someone of another account is let into though he names what is of this one."""


def test_another_account_is_let_into_nothing_that_it_names(matrix, asked, cast):
    """What is not available does not look at what is named. A bucket's name is the account's as its id is."""
    (key, member, bucket) = (cast.somebody.access_key_id, cast.somebody.member_id, '"Bucket": "somebody"')
    naming = {
        operation.action for operation in asked
        if any(mine in json.dumps(parameters(operation.model, cast.somebody)) for mine in (ACCOUNT, key, member, bucket))
    }
    cells = column(matrix, "other-account", NO_SIGNATURE)
    assert {action for action in naming & cells.keys() if cells[action] == ALLOW} == WITHIN_ONES_OWN
    told = {matrix[action]["other-account"].message for action in WITHIN_ONES_OWN - {"sts:GetAccessKeyInfo"}}
    assert [message for message in told if not re.search("(cannot be|was not) found|does not exist|not available", message)] == []


def test_a_role_of_ones_own_opens_no_other_account(matrix, asked, cast):
    """Where another account's role alone would be refused, the other account's detector is, too."""
    passing = [operation for operation in asked if matrix[operation.action]["other-account"].text == "deny:pass-role"]
    assert len(passing) == 5
    for operation in passing:
        given = json.dumps(parameters(operation.model, cast.somebody))
        given = json.loads(given.replace(f"{ACCOUNT}:role/", f"{cast.member}:role/"))
        cell = answer(cast, "other-account", operation, given)
        # Sample data are no detector's.
        assert cell.text == ("deny:resource" if operation.name != "GetSampleData" else ALLOW), cell


def test_everyone_is_refused_on_the_same_resource(matrix):
    for action, cells in matrix.items():
        asked_of = {cells[name].resource for name in ("read-only", "none", "deny", "boundary", "session")} - {None}
        assert len(asked_of) == (action not in NO_PERMISSION | NO_SIGNATURE | BY_HEAD), (action, asked_of)


def test_a_refusal_does_not_tell_what_is_there(matrix, asked, cast):
    """Neither to those of the account who may not know, nor to strangers; but that a bucket's name is taken is no secret.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    compared = 0
    for principal in ("none", "deny", "boundary", "session", "other-account"):
        thing, other = cast.thing(principal), NOTHING if principal == "other-account" else cast.somebody
        for operation in asked:
            if (principal, operation.service) == ("other-account", "s3"):
                continue
            cell = matrix[operation.action][principal]
            if not cell.lets_in and operation.action != "iam:GetAccessKeyLastUsed":
                # But for that one: permission to ask about a key is permission on its user.
                found = ask(cast, principal, operation, other)
                assert found.text == cell.text, (principal, operation.action)
                assert told_of(other, found) == told_of(thing, cell)
                compared += 1
    assert compared > 4 * 250


def told_of(thing, cell) -> str:
    """The message, whatever the thing is called."""
    return cell.message.replace(thing.name, "NAME").replace(f"/{thing.member_id}", "/MEMBER")


def test_no_call_changes_the_answer_to_another(matrix, asked, cast):
    """The same in the opposite order, after all that was done the first time; and what was there is as it was."""
    assert changes(texts(matrix), texts(matrix_of(cast, asked[::-1]))) == []
    assert cast.state() == cast.state_at_first
