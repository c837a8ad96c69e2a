"""The account as a whole: alias, summary, authorization details, and what is not available."""

import pytest

from server import ACCOUNT, allow, deny, not_authorized, refused, trust

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_the_alias(server, iam):
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias="acme")
    iam.create_account_alias(AccountAlias="acme-2")
    assert iam.list_account_aliases()["AccountAliases"] == ["acme-2"]
    with refused("NoSuchEntity", status=404):
        iam.delete_account_alias(AccountAlias="acme")
    _, member = server.member_account()
    with refused("EntityAlreadyExists", "The account alias acme-2 already exists.", status=409):
        server.client("iam", member).create_account_alias(AccountAlias="acme-2")
    server.client("iam", member).create_account_alias(AccountAlias="acme")
    assert iam.list_account_aliases()["AccountAliases"] == ["acme-2"]
    iam.delete_account_alias(AccountAlias="acme-2")
    assert iam.list_account_aliases()["AccountAliases"] == []


@pytest.mark.parametrize("alias", ["ab", "-ab", "ab-", "a--b", "Abc", "a.b", "a" * 64])
def test_an_alias_that_is_none_is_refused(iam, alias):
    with refused("ValidationError", status=400):
        iam.create_account_alias(AccountAlias=alias)


def test_the_summary_counts(server, iam):
    before = iam.get_account_summary()["SummaryMap"]
    server.user("alice")
    iam.create_group(GroupName="group")
    iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust())
    iam.create_policy(PolicyName="p", PolicyDocument=allow("iam:*"))
    after = iam.get_account_summary()["SummaryMap"]
    changed = {name: after[name] - before[name] for name in before if after[name] != before[name]}
    assert changed == {"Users": 1, "Groups": 1, "Roles": 1, "Policies": 1}
    assert (after["UsersQuota"], after["GroupsQuota"], after["AccessKeysPerUserQuota"], after["AccountAccessKeysPresent"]) == (5000, 300, 2, 1)


def test_quotas_in_the_summary_are_the_installations(new_server):
    iam = new_server().start("--quotas", "users=7,roles=8").client("iam")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["UsersQuota"], summary["RolesQuota"]) == (7, 8)


def details(iam, **parameters) -> dict[str, list]:
    found = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    marker = {}
    while True:
        page = iam.get_account_authorization_details(**parameters, **marker)
        for member, items in found.items():
            items += page[member]
        if not page["IsTruncated"]:
            return found
        marker = {"Marker": page["Marker"]}


def test_authorization_details(server, iam):
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("iam:GetUser"))["Policy"]["Arn"]
    server.user("alice", allow("iam:ListUsers"), PermissionsBoundary=arn, Tags=[{"Key": "a", "Value": "b"}])
    iam.create_group(GroupName="group")
    iam.put_group_policy(GroupName="group", PolicyName="g", PolicyDocument=deny("s3:*"))
    iam.add_user_to_group(GroupName="group", UserName="alice")
    server.role("role", trust())
    iam.attach_role_policy(RoleName="role", PolicyArn=READ_ONLY)
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
    found = details(iam)
    user, group, role = found["UserDetailList"][0], found["GroupDetailList"][0], found["RoleDetailList"][0]
    assert (user["UserName"], user["GroupList"], user["Tags"]) == ("alice", ["group"], [{"Key": "a", "Value": "b"}])
    assert user["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "iam:ListUsers"
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert group["GroupPolicyList"][0]["PolicyName"] == "g"
    assert role["AttachedManagedPolicies"] == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert role["InstanceProfileList"][0]["InstanceProfileName"] == "profile"
    assert {policy["Arn"] for policy in found["Policies"]} == {arn, READ_ONLY}
    assert details(iam, MaxItems=1) == found
    only_roles = details(iam, Filter=["Role"])
    assert [len(items) for items in only_roles.values()] == [0, 0, 1, 0]
    assert [policy["Arn"] for policy in details(iam, Filter=["LocalManagedPolicy"])["Policies"]] == [arn]
    assert [policy["Arn"] for policy in details(iam, Filter=["AWSManagedPolicy"])["Policies"]] == [READ_ONLY]


def test_details_are_of_ones_own_account_only(server, iam):
    _, member = server.member_account()
    server.user("alice")
    found = details(server.client("iam", member))
    assert found["UserDetailList"] == [] and [role["RoleName"] for role in found["RoleDetailList"]] == ["OrganizationAccountAccessRole"]
    assert "OrganizationAccountAccessRole" not in [role["RoleName"] for role in details(iam)["RoleDetailList"]]


@pytest.mark.parametrize(
    "operation, parameters",
    [
        ("create_virtual_mfa_device", {"VirtualMFADeviceName": "device"}), ("list_mfa_devices", {}),
        ("create_login_profile", {"UserName": "alice", "Password": "secret"}), ("list_saml_providers", {}),
        ("generate_credential_report", {}), ("list_server_certificates", {}),
    ],
)
def test_what_is_not_available_says_so_to_those_who_may(shared_server, operation, parameters):
    call = getattr(shared_server.client("iam"), operation)
    name = shared_server.client("iam").meta.method_to_api_mapping[operation]
    message = f"The operation {name} is not available in this version of Bartizan."
    with refused("NotImplemented", message, status=501):
        call(**parameters)
    nobody = shared_server.user(f"nobody-{operation}")
    sentence = not_authorized(f"arn:aws:iam::{ACCOUNT}:user/nobody-{operation}", f"iam:{name}", "*")
    with refused("AccessDenied", sentence, status=403):
        getattr(shared_server.client("iam", nobody), operation)(**parameters)
