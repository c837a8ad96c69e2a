"""Tags of users, roles, policies and instance profiles: one set of rules."""

import pytest

from iam import pages
from server import ACCOUNT, allow, not_authorized, policy, refused, statement, trust


class Tagged:
    """A kind of thing that has tags."""

    def __init__(self, kind: str, name: str, quota: str):
        self.kind, self.name, self.quota = kind, name, quota

    def make(self, iam, tags=()) -> dict:
        """Makes one; how it is named in a request."""
        tags = {"Tags": [{"Key": key, "Value": value} for key, value in tags]} if tags else {}
        match self.kind:
            case "user":
                iam.create_user(UserName="thing", **tags)
                return {"UserName": "thing"}
            case "role":
                iam.create_role(RoleName="thing", AssumeRolePolicyDocument=trust(), **tags)
                return {"RoleName": "thing"}
            case "policy":
                made = iam.create_policy(PolicyName="thing", PolicyDocument=allow("iam:*"), **tags)
                return {"PolicyArn": made["Policy"]["Arn"]}
            case "instance_profile":
                iam.create_instance_profile(InstanceProfileName="thing", **tags)
                return {"InstanceProfileName": "thing"}

    def tag(self, iam, thing: dict, *tags: tuple[str, str]):
        getattr(iam, f"tag_{self.kind}")(**thing, Tags=[{"Key": key, "Value": value} for key, value in tags])

    def untag(self, iam, thing: dict, *keys: str):
        getattr(iam, f"untag_{self.kind}")(**thing, TagKeys=list(keys))

    def tags(self, iam, thing: dict) -> list[tuple[str, str]]:
        return [(tag["Key"], tag["Value"]) for tag in pages(getattr(iam, f"list_{self.kind}_tags"), "Tags", **thing)]


KINDS = [
    Tagged("user", "user", "TagsPerUser"), Tagged("role", "role", "TagsPerRole"), Tagged("policy", "policy", "TagsPerPolicy"),
    Tagged("instance_profile", "instance profile", "TagsPerInstanceProfile"),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind)
def kind(request):
    return request.param


def test_tags_are_merged_and_listed_by_key(iam, kind):
    thing = kind.make(iam, [("b", "1")])
    kind.tag(iam, thing, ("c", "2"), ("a", ""))
    kind.tag(iam, thing, ("b", "3"))
    assert kind.tags(iam, thing) == [("a", ""), ("b", "3"), ("c", "2")]


def test_keys_are_the_same_without_case(iam, kind):
    thing = kind.make(iam, [("team", "a")])
    kind.tag(iam, thing, ("TEAM", "b"))
    assert kind.tags(iam, thing) == [("TEAM", "b")]
    kind.untag(iam, thing, "Team", "unknown")
    assert kind.tags(iam, thing) == []


def test_a_key_twice_in_one_request_is_refused(iam, kind):
    message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    with refused("InvalidInput", message, status=400):
        kind.make(iam, [("team", "1"), ("Team", "2")])
    thing = kind.make(iam)
    with refused("InvalidInput", message, status=400):
        kind.tag(iam, thing, ("team", "1"), ("Team", "2"))
    assert kind.tags(iam, thing) == []


@pytest.mark.parametrize("key", ["aws:x", "AWS:x", "aWs:"])
def test_keys_of_amazons_own_are_refused(iam, kind, key):
    thing = kind.make(iam)
    with refused("InvalidInput", status=400):
        kind.tag(iam, thing, (key, "1"))


@pytest.mark.parametrize("key, value", [("", "x"), ("k" * 129, "x"), ("k", "v" * 257), ("k?", "x"), ("k", "v;")])
def test_tags_that_are_none_are_refused(iam, kind, key, value):
    thing = kind.make(iam)
    with refused("ValidationError", status=400):
        kind.tag(iam, thing, (key, value))


def test_there_are_fifty_at_most(iam, kind):
    thing = kind.make(iam, [(f"key{number}", "x") for number in range(50)])
    with refused("LimitExceeded", f"Cannot exceed quota for {kind.quota}: 50", status=409):
        kind.tag(iam, thing, ("one more", "x"))
    kind.tag(iam, thing, ("key7", "y"))
    assert len(kind.tags(iam, thing)) == 50


def test_request_tags_are_condition_keys(server, iam, kind):
    thing = kind.make(iam)
    condition = {"StringEquals": {"aws:RequestTag/team": "a"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "name"]}}
    tagger = server.client("iam", server.user("tagger", allow("iam:Tag*", condition=condition)))
    kind.tag(tagger, thing, ("team", "a"), ("name", "b"))
    for tags in ([("team", "b")], [("name", "b")], [("team", "a"), ("other", "b")]):
        with refused("AccessDenied", status=403):
            kind.tag(tagger, thing, *tags)
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ["name"]}}
    untagger = server.client("iam", server.user("untagger", allow("iam:Untag*", condition=condition)))
    with refused("AccessDenied", status=403):
        kind.untag(untagger, thing, "name", "team")
    kind.untag(untagger, thing, "name")
    assert kind.tags(iam, thing) == [("team", "a")]


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "iam:ResourceTag/team", "AWS:RESOURCETAG/TEAM"])
def test_resource_tags_are_condition_keys(server, iam, kind, key):
    thing = kind.make(iam, [("team", "a")])
    caller = server.client("iam", server.user("caller", allow("iam:List*", condition={"StringEquals": {key: "a"}})))
    assert kind.tags(caller, thing) == [("team", "a")]
    kind.tag(iam, thing, ("team", "b"))
    with refused("AccessDenied", status=403):
        kind.tags(caller, thing)


def test_tagging_on_creation_needs_the_request_tag(server, kind):
    condition = {"StringEquals": {"aws:RequestTag/team": "a"}}
    iam = server.client("iam", server.user("maker", allow("iam:*", condition=condition)))
    for tags in ([], [("team", "b")], [("other", "a")]):
        with refused("AccessDenied", status=403):
            kind.make(iam, tags)
    kind.make(iam, [("team", "a")])


def test_tags_of_nothing_are_not_there(server, iam, kind):
    name = f"arn:aws:iam::{ACCOUNT}:policy/none" if kind.kind == "policy" else "none"
    thing = {next(iter(kind.make(iam))): name}
    with refused("NoSuchEntity", status=404):
        kind.tag(iam, thing, ("a", "b"))
    nobody = server.client("iam", server.user("nobody"))
    with refused("AccessDenied", status=403):
        kind.tag(nobody, thing, ("a", "b"))


def test_what_a_tag_allows_is_allowed_by_no_other(server, iam):
    """The page's own example: delete only users whose tag says so."""
    document = policy(statement("Allow", "iam:DeleteUser", condition={"StringEquals": {"aws:ResourceTag/status": "terminated"}}))
    cleaner = server.client("iam", server.user("cleaner", document))
    iam.create_user(UserName="leaver", Tags=[{"Key": "status", "Value": "terminated"}])
    iam.create_user(UserName="stayer", Tags=[{"Key": "status", "Value": "active"}])
    cleaner.delete_user(UserName="leaver")
    arn = f"arn:aws:iam::{ACCOUNT}:user/stayer"
    with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/cleaner", "iam:DeleteUser", arn)):
        cleaner.delete_user(UserName="stayer")
