"""The comparison finds what it is there to find: an API of AWS's with one thing changed is told apart from itself."""

from copy import deepcopy

import pytest

from conformance.models import SOURCES, Comparison, errors, load, of_model

CREATE_ROLE = ("iam", "CreateRole")
LIST_USERS = ("iam", "ListUsers")
UNTAG = ("lookoutmetrics", "UntagResource")
CREATE_ALERT = ("lookoutmetrics", "CreateAlert")


def member(api: dict, path: str) -> dict:
    """The member that a path of names leads to, through lists and structures: `input.Tags.Key`."""
    side, *names = path.split(".")
    found = {"shape": api[side]}
    for name in names:
        [found] = [inner for inner in members(found["shape"]) if inner["name"] == name]
    return found


def members(shape: dict) -> list[dict]:
    """Of a structure, or of what a list holds."""
    return shape["members"] if shape["type"] == "structure" else members(shape["member"])


def shape(api: dict, path: str) -> dict:
    return member(api, path)["shape"]


def without(api: dict, path: str):
    parent, _, name = path.rpartition(".")
    there = members(shape(api, parent))
    there.remove(next(inner for inner in there if inner["name"] == name))


CHANGES = {
    "the name of a member": (
        CREATE_ROLE,
        lambda api: member(api, "input.RoleName").update(name="Name"),
        ["CreateRoleRequest: member Name is ours alone", "CreateRoleRequest: member RoleName is missing"],
    ),
    "a member too few": (
        LIST_USERS,
        lambda api: without(api, "output.IsTruncated"),
        ["ListUsersResponse: member IsTruncated is missing"],
    ),
    "a member too few, deep inside": (
        CREATE_ROLE,
        lambda api: without(api, "output.Role.Tags.Value"),
        ["Tag: member Value is missing"],
    ),
    "required, and it is not": (
        CREATE_ROLE,
        lambda api: member(api, "input.Path").update(required=True),
        ["CreateRoleRequest.Path: required is True, should be False"],
    ),
    "not required, and it is": (
        LIST_USERS,
        lambda api: member(api, "output.Users").update(required=False),
        ["ListUsersResponse.Users: required is False, should be True"],
    ),
    "a type": (
        CREATE_ROLE,
        lambda api: shape(api, "input.MaxSessionDuration").update(type="long"),
        ["CreateRoleRequest.MaxSessionDuration: type is 'long', should be 'integer'"],
    ),
    "the type of what a list holds": (
        UNTAG,
        lambda api: shape(api, "input.TagKeys").update(member={"type": "integer"}),
        ["UntagResourceRequest.TagKeys[]: type is 'integer', should be 'string'"],
    ),
    "the type of what a map holds": (
        CREATE_ALERT,
        lambda api: shape(api, "input.Tags").update(value={"type": "integer"}),
        ["CreateAlertRequest.Tags{value}: type is 'integer', should be 'string'"],
    ),
    "a value of an enumeration": (
        CREATE_ALERT,
        lambda api: shape(api, "input.Action.SNSConfiguration.SnsFormat").update(enum=["LONG_TEXT", "JSON", "SMS"]),
        [
            "SNSConfiguration.SnsFormat: value SMS is ours alone",
            "SNSConfiguration.SnsFormat: value SHORT_TEXT is missing",
        ],
    ),
    "no enumeration": (
        CREATE_ALERT,
        lambda api: shape(api, "input.Action.SNSConfiguration.SnsFormat").pop("enum"),
        ["SNSConfiguration.SnsFormat: any value is taken"],
    ),
    "least": (
        CREATE_ROLE,
        lambda api: shape(api, "input.MaxSessionDuration").update(min=900),
        ["CreateRoleRequest.MaxSessionDuration: min is 900, should be 3600"],
    ),
    "greatest": (
        CREATE_ROLE,
        lambda api: shape(api, "input.RoleName").pop("max"),
        ["CreateRoleRequest.RoleName: max is None, should be 64"],
    ),
    "the pattern": (
        CREATE_ROLE,
        lambda api: shape(api, "input.RoleName").update(pattern=".*"),
        [r"CreateRoleRequest.RoleName: pattern is '.*', should be '[\\w+=,.@-]+'"],
    ),
    "the pattern, of an answer, which nobody checks": (
        CREATE_ROLE,
        lambda api: shape(api, "output.Role.RoleName").update(pattern=".*"),
        [],
    ),
    "the name of a structure": (
        CREATE_ROLE,
        lambda api: shape(api, "output.Role").update(name="TheRole"),
        ["CreateRoleResponse.Role: name is 'TheRole', should be 'Role'"],
    ),
    "the name on the wire": (
        ("lookoutmetrics", "TagResource"),
        lambda api: member(api, "input.Tags").update(wireName="Tags"),
        ["TagResourceRequest.Tags: wire name is 'Tags', should be 'tags'"],
    ),
    "a secret that is shown": (
        ("iam", "CreateAccessKey"),
        lambda api: shape(api, "output.AccessKey.SecretAccessKey").pop("sensitive"),
        ["AccessKey.SecretAccessKey: sensitive is False, should be True"],
    ),
    "the encoding": (
        UNTAG,
        lambda api: shape(api, "input.TagKeys").update(encoding={"flattened": True}),
        ["UntagResourceRequest.TagKeys: encoding is {'flattened': True}, should be None"],
    ),
    "where a member is": (
        UNTAG,
        lambda api: api["locations"].pop("tagKeys"),
        [
            "UntagResource: locations is {'resourceArn': 'uri'}, "
            "should be {'resourceArn': 'uri', 'tagKeys': 'querystring'}"
        ],
    ),
    "the method": (
        UNTAG,
        lambda api: api.update(method="POST"),
        ["UntagResource: method is 'POST', should be 'DELETE'"],
    ),
    "the path": (
        UNTAG,
        lambda api: api.update(uri="/tags"),
        ["UntagResource: uri is '/tags', should be '/tags/{resourceArn}'"],
    ),
    "the status": (UNTAG, lambda api: api.update(status=200), ["UntagResource: status is 200, should be 204"]),
    "no input": (
        UNTAG,
        lambda api: api.update(input=None),
        ["UntagResource input: member ResourceArn is missing", "UntagResource input: member TagKeys is missing"],
    ),
    "nothing": (CREATE_ROLE, lambda api: None, []),
}
"""What is changed: in which operation, how, and what the comparison must say."""


@pytest.mark.parametrize("of, change, expected", CHANGES.values(), ids=CHANGES)
def test_a_change_in_an_operation_is_found(of, change, expected):
    service, operation = of
    theirs = of_model(load(SOURCES[service], service), [operation])["operations"][operation]
    ours = deepcopy(theirs)
    change(ours)
    comparison = Comparison()
    comparison.operations(operation, ours, theirs)
    assert comparison.differences == expected


@pytest.mark.parametrize(
    "key, value, expected",
    [
        ("signing name", "iams", "service: signing name is 'iams', should be 'organizations'"),
        ("version", "2016-11-29", "service: version is '2016-11-29', should be '2016-11-28'"),
        ("operations", {}, "service: operation ListRoots is missing"),
        ("operations", {"ListRoots": None, "ListRoofs": None}, "service: operation ListRoofs is ours alone"),
        (
            "protocol",
            {"protocol": "json"},
            "service: protocol is {'protocol': 'json'}, should be "
            "{'protocol': 'json', 'jsonVersion': '1.1', 'targetPrefix': 'AWSOrganizationsV20161128'}",
        ),
    ],
)
def test_a_change_in_a_service_is_found(key, value, expected):
    theirs = of_model(load(SOURCES["organizations"], "organizations"), ["ListRoots"])
    comparison = Comparison()
    comparison.services(theirs | {key: value}, theirs)
    assert comparison.differences == [expected]


def test_a_change_in_an_error_is_found():
    theirs = errors(load(SOURCES["lookoutmetrics"], "lookoutmetrics"))
    ours = deepcopy(theirs)
    ours["ConflictException"]["status"] = 400
    ours["AccessDeniedException"]["shape"]["members"] = []
    del ours["TooManyRequestsException"]
    comparison = Comparison()
    comparison.errors(ours, theirs)
    assert comparison.differences == [
        "service: error TooManyRequestsException is missing",
        "AccessDeniedException: member Message is missing",
        "ConflictException: status is 400, should be 409",
    ]
