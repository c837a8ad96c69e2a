"""The policy simulator: what would be allowed, by which statements, and what it would have to know.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

import json
from itertools import product

import pytest
from botocore.exceptions import ClientError

from iam import pages, refuses_foreign_markers
from server import ACCOUNT, allow, deny, not_authorized, policy, refused, statement, trust

ARN = f"arn:aws:iam::{ACCOUNT}:"
ALICE, BOB = f"{ARN}user/alice", f"{ARN}user/bob"
ABROAD = "210987654321"
MOON = "arn:aws:s3:::photos/moon.jpg"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture(scope="module")
def custom(shared_server):
    """SimulateCustomPolicy as the root user calls it."""

    def simulate(*policies: str, actions=("s3:GetObject",), context=None, **parameters) -> list[dict]:
        parameters |= {"ContextEntries": entries(context)} if context else {}
        iam = shared_server.client("iam")
        return iam.simulate_custom_policy(PolicyInputList=list(policies), ActionNames=list(actions), **parameters)["EvaluationResults"]

    return simulate


def entries(context: dict) -> list[dict]:
    """Context entries of texts."""
    return [
        {"ContextKeyName": key, "ContextKeyType": "stringList", "ContextKeyValues": [value] if isinstance(value, str) else value}
        for key, value in context.items()
    ]


def by_id(result: dict) -> list[tuple[str, str]]:
    return [(found["SourcePolicyId"], found["SourcePolicyType"]) for found in result["MatchedStatements"]]


def resource_policy(effect: str, principal, action="s3:GetObject", resource="arn:aws:s3:::photos/*", **elements) -> str:
    return policy({"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **elements})


# What must be refused


def test_who_may_not_simulate(server, iam):
    nobody = server.client("iam", server.user("nobody"))
    server.user("alice")
    policies = {"PolicyInputList": [allow("s3:*")]}
    for operation, parameters, resource in [
        ("SimulateCustomPolicy", policies | {"ActionNames": ["s3:GetObject"]}, "*"),
        ("GetContextKeysForCustomPolicy", policies, "*"),
        ("SimulatePrincipalPolicy", {"PolicySourceArn": ALICE, "ActionNames": ["s3:GetObject"]}, ALICE),
        ("GetContextKeysForPrincipalPolicy", {"PolicySourceArn": ALICE}, ALICE),
        # Not even whether there is such a user is told.
        ("SimulatePrincipalPolicy", {"PolicySourceArn": BOB, "ActionNames": ["s3:GetObject"]}, BOB),
        ("GetContextKeysForPrincipalPolicy", {"PolicySourceArn": BOB}, BOB),
        # What is no policy is not looked at.
        ("SimulateCustomPolicy", {"PolicyInputList": ["{"], "ActionNames": ["none"]}, "*"),
    ]:
        call = getattr(nobody, method(nobody, operation))
        with refused("AccessDenied", not_authorized(f"{ARN}user/nobody", f"iam:{operation}", resource), status=403):
            call(**parameters)


def method(client, operation: str) -> str:
    return next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)


@pytest.mark.parametrize("operation", ["simulate_principal_policy", "get_context_keys_for_principal_policy"])
def test_the_source_is_a_resource_with_path_and_tags(server, iam, operation):
    iam.create_user(UserName="alice", Path="/team/", Tags=[{"Key": "team", "Value": "red"}])
    iam.create_role(RoleName="role", Path="/team/", AssumeRolePolicyDocument=trust(), Tags=[{"Key": "team", "Value": "blue"}])
    iam.create_group(GroupName="group", Path="/team/")
    api = iam.meta.method_to_api_mapping[operation]
    red = {"StringEquals": {"iam:ResourceTag/team": "red", "aws:ResourceTag/team": "red"}}
    tagged = server.client("iam", server.user("tagged", allow(f"iam:{api}", condition=red)))
    pathed = server.client("iam", server.user("pathed", allow(f"iam:{api}", [f"{ARN}{kind}/team/*" for kind in ("user", "role", "group")])))
    more = {"ActionNames": ["s3:GetObject"]} if operation.startswith("simulate") else {}
    for source, fits in [("user/team/alice", True), ("role/team/role", False), ("group/team/group", False)]:
        getattr(pathed, operation)(PolicySourceArn=f"{ARN}{source}", **more)
        if fits:
            getattr(tagged, operation)(PolicySourceArn=f"{ARN}{source}", **more)
        else:
            with refused("AccessDenied", not_authorized(f"{ARN}user/tagged", f"iam:{api}", f"{ARN}{source}")):
                getattr(tagged, operation)(PolicySourceArn=f"{ARN}{source}", **more)
    # With another path it is nobody's ARN, and has nobody's tags.
    with refused("AccessDenied"):
        getattr(tagged, operation)(PolicySourceArn=ALICE, **more)
    with refused("NoSuchEntity", "The user with name alice cannot be found.", status=404):
        getattr(iam, operation)(PolicySourceArn=ALICE, **more)


@pytest.mark.parametrize("operation", ["simulate_principal_policy", "get_context_keys_for_principal_policy"])
def test_which_sources_there_are(shared_server, operation):
    iam = shared_server.client("iam")
    more = {"ActionNames": ["s3:GetObject"]} if operation.startswith("simulate") else {}
    for kind in ("user", "group", "role"):
        with refused("NoSuchEntity", f"The {kind} with name none cannot be found.", status=404):
            getattr(iam, operation)(PolicySourceArn=f"{ARN}{kind}/none", **more)
    for arn in (f"{ARN}root", f"{ARN}policy/none", f"arn:aws:sts::{ACCOUNT}:assumed-role/none/session", "x" * 20):
        message = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        with refused("InvalidInput", message, status=400):
            getattr(iam, operation)(PolicySourceArn=arn, **more)


@pytest.mark.parametrize("operation", ["simulate_principal_policy", "get_context_keys_for_principal_policy"])
def test_nobody_learns_of_another_accounts_principals(server, operation):
    member, administrator = server.member_account()
    server.user("carol", allow("s3:*"), by=administrator)
    more = {"ActionNames": ["s3:GetObject"]} if operation.startswith("simulate") else {}
    mighty = server.client("iam", server.user("mighty", allow("*")))
    for iam in (server.client("iam"), mighty):
        said = set()
        for name in ("carol", "none"):
            with refused("AccessDenied", status=403) as refusal:
                getattr(iam, operation)(PolicySourceArn=f"arn:aws:iam::{member}:user/{name}", **more)
            said.add(refusal.message.replace(name, "NAME"))
        assert len(said) == 1, said
    getattr(server.client("iam", administrator), operation)(PolicySourceArn=f"arn:aws:iam::{member}:user/carol", **more)


SOUND = {"PolicyInputList": [allow("s3:*")], "ActionNames": ["s3:GetObject"]}
GIVEN = {"ContextKeyName": "aws:Key", "ContextKeyType": "string", "ContextKeyValues": ["x"]}


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"PolicyInputList": [allow("s3:*"), "{"]},
         "The policy PolicyInputList.2 is not valid: Syntax errors in policy. (a member's name in quotes is expected: line 1, column 2, $)"),
        ({"PolicyInputList": [resource_policy("Allow", "*")]}, "Policy document should not specify a principal."),
        ({"PermissionsBoundaryPolicyInputList": ["{}"]}, "The policy PermissionsBoundaryPolicyInputList.1 is not valid: "),
        ({"PermissionsBoundaryPolicyInputList": [allow("*")] * 2}, "PermissionsBoundaryPolicyInputList can hold only one policy."),
        ({"ResourcePolicy": allow("s3:*"), "CallerArn": ALICE}, "The policy ResourcePolicy is not valid: "),
        ({"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": [allow("*"), "{}"]}]},
         "The policy OrderedOrganizationPolicyInputList.1.ServiceControlPolicyInputList.2 is not valid: "),
        ({"ResourcePolicy": resource_policy("Allow", "*")}, "CallerArn must be a user's ARN."),
        ({"ResourcePolicy": resource_policy("Allow", "*"), "CallerArn": f"{ARN}role/r"}, "CallerArn must be a user's ARN."),
        ({"ResourcePolicy": resource_policy("Allow", "*"), "CallerArn": f"{ARN}group/g"}, "CallerArn must be a user's ARN."),
        ({"ResourcePolicy": resource_policy("Allow", "*"), "CallerArn": ALICE, "ResourceArns": [f"{ARN}role/r"]},
         "Simulation of resource-based policies is not supported for IAM roles."),
        ({"CallerArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"}, "Invalid Entity Arn: "),
        ({"ActionNames": ["s3:GetObject", "s3:*"]}, "ActionNames are not in a valid format: s3:*."),
        ({"ActionNames": ["GetObject"]}, "ActionNames are not in a valid format: GetObject."),
        ({"ResourceArns": [MOON, "photos"]}, "ResourceNames are not in a valid ARN format: photos."),
        ({"ResourceOwner": "me"}, "ResourceOwner me is not the ARN of an account."),
        ({"ResourceHandlingOption": "EC2-Classic"}, "ResourceHandlingOption EC2-Classic is not valid."),
        ({"ResourceHandlingOption": "EC2-VPC-EBS"}, "of the type instance for the ResourceHandlingOption EC2-VPC-EBS."),
        ({"ContextEntries": [GIVEN | {"ContextKeyType": "numeric"}]}, "the value 'x' of aws:Key is not of type numeric."),
        ({"ContextEntries": [GIVEN | {"ContextKeyValues": ["x", "y"]}]}, "aws:Key has more than one value"),
        ({"ContextEntries": [GIVEN, GIVEN | {"ContextKeyName": "AWS:key"}]}, "AWS:key is given twice."),
        ({"ContextEntries": [{"ContextKeyName": "aws:Key"}]}, "each must have a ContextKeyName and a ContextKeyType."),
    ],
)
def test_what_cannot_be_simulated(shared_server, parameters, message):
    with refused("InvalidInput", status=400) as refusal:
        shared_server.client("iam").simulate_custom_policy(**SOUND | parameters)
    assert message in refusal.message


def test_what_the_model_does_not_allow(shared_server):
    iam = shared_server.client("iam")
    for parameters in (
        {"ActionNames": ["s3"]}, {"MaxItems": 1001}, {"MaxItems": 0}, {"ResourceArns": [""]},
        {"ContextEntries": [GIVEN | {"ContextKeyType": "text"}]}, {"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": [allow("*")]}] * 8},
        {"PolicyInputList": ["Ā"]},
    ):
        with refused("ValidationError", status=400):
            iam.simulate_custom_policy(**SOUND | parameters)


@pytest.mark.parametrize(
    "many, counted",
    [
        ([statement("Allow", "s3:GetObject", f"arn:aws:s3:::b/{number}") for number in range(1000)], "1000 statements and 0 condition keys"),
        ([statement("Allow", "s3:GetObject", condition={"Null": {f"x:{number}": "true" for number in range(999)}})], "1 statements and 999 condition keys"),
    ],
)
def test_too_much_at_once_is_refused(shared_server, many, counted):
    arns = [f"arn:aws:s3:::b/{number}" for number in range(101)]
    asked = SOUND | {"PolicyInputList": [policy(*many)]}
    iam = shared_server.client("iam")
    with refused("InvalidInput", f"The policies have {counted}, too many to simulate them on 101 resources at once.", status=400):
        iam.simulate_custom_policy(**asked, ResourceArns=arns)
    iam.simulate_custom_policy(**asked, ResourceArns=arns[:100])


# What it says


def test_a_custom_policy_is_decided_with_its_statements(custom):
    text = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},\n    {"Effect": "Deny", "Action": "s3:Put*",\n     "Resource": "*"}\n  ]\n}'
    allowed, denied, silent = custom(text, allow("s3:PutObject"), actions=["s3:GetObject", "S3:putobject", "ec2:RunInstances"])
    first = {
        "SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "none",
        "StartPosition": {"Line": 3, "Column": 17}, "EndPosition": {"Line": 4, "Column": 59},
    }
    assert allowed == {
        "EvalActionName": "s3:GetObject", "EvalResourceName": "*", "EvalDecision": "allowed",
        "MatchedStatements": [first], "MissingContextValues": [],
    }
    # "The deny statement is the only entry included in the result."
    second = first | {"StartPosition": first["EndPosition"], "EndPosition": {"Line": 6, "Column": 22}}
    assert (denied["EvalActionName"], denied["EvalDecision"], denied["MatchedStatements"]) == ("S3:putobject", "explicitDeny", [second])
    assert (silent["EvalDecision"], silent["MatchedStatements"]) == ("implicitDeny", [])


def test_the_examples_of_awss_reference(shared_server):
    """https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html"""
    condition = '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}'
    text = f'{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",{condition}}}}}'
    decisions = {}
    for year in (2019, 2014):
        entry = f"ContextKeyName='aws:CurrentTime',ContextKeyValues='{year}-04-25T11:00:00Z',ContextKeyType=date"
        answer = shared_server.aws(
            "iam", "simulate-custom-policy", "--policy-input-list", text, "--action-names", "dynamodb:CreateBackup", "--context-entries", entry
        )
        [decisions[year]] = answer["EvaluationResults"]
    [found] = decisions[2019]["MatchedStatements"]
    assert (found["StartPosition"], found["EndPosition"]) == ({"Line": 1, "Column": 38}, {"Line": 1, "Column": 167})
    assert [decisions[year]["EvalDecision"] for year in (2019, 2014)] == ["allowed", "implicitDeny"]
    assert decisions[2014]["MatchedStatements"] == decisions[2014]["MissingContextValues"] == []
    keys = shared_server.aws(
        "iam", "get-context-keys-for-custom-policy", "--policy-input-list",
        text.replace('"Resource":"*"', '"Resource":"arn:aws:dynamodb:us-west-2:123456789012:table/${aws:username}"'),
    )
    assert keys == {"ContextKeyNames": ["aws:username", "aws:CurrentTime"]}


def test_each_resource_has_a_result_of_its_own(custom):
    policies = allow("s3:GetObject", "arn:aws:s3:::photos/*"), deny("s3:GetObject", "arn:aws:s3:::photos/secret")
    arns = [MOON, "arn:aws:s3:::photos/secret", "arn:aws:s3:::other/moon.jpg"]
    [result] = custom(*policies, ResourceArns=arns)
    each = result["ResourceSpecificResults"]
    assert [one["EvalResourceName"] for one in each] == arns
    assert [one["EvalResourceDecision"] for one in each] == ["allowed", "explicitDeny", "implicitDeny"]
    assert [by_id(one) for one in each] == [[("PolicyInputList.1", "none")], [("PolicyInputList.2", "none")], []]
    # The most restrictive decision, with the statements that made it.
    assert (result["EvalResourceName"], result["EvalDecision"], by_id(result)) == ("*", "explicitDeny", [("PolicyInputList.2", "none")])
    assert result["EvalDecisionDetails"] == {}
    assert all("EvalDecisionDetails" not in one for one in each)
    [result] = custom(*policies, ResourceArns=[MOON, arns[2]])
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("implicitDeny", [])


def test_missing_context_values_are_those_that_the_request_needs(custom):
    policies = [
        allow("s3:GetObject", "arn:aws:s3:::home/${aws:Username}/*"),
        deny("s3:GetObject", condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalTag/Team": "red"}}),
        allow("ec2:*", condition={"StringEquals": {"ec2:Region": "x"}}),
    ]
    arns = ["arn:aws:s3:::home/bob/x", "arn:aws:s3:::other/x"]
    [result] = custom(*policies, ResourceArns=arns, context={"AWS:PrincipalTag/team": "blue"})
    each = result["ResourceSpecificResults"]
    assert [one["MissingContextValues"] for one in each] == [["aws:SecureTransport", "aws:Username"], ["aws:SecureTransport"]]
    assert result["MissingContextValues"] == ["aws:SecureTransport", "aws:Username"]
    assert result["EvalDecision"] == "implicitDeny"
    [result] = custom(*policies, ResourceArns=arns[:1], context={"aws:username": "bob", "aws:securetransport": "true", "aws:PrincipalTag/Team": "red"})
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])
    [result] = custom(*policies)
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:PrincipalTag/Team", "aws:SecureTransport"])


def test_a_key_that_is_not_given_is_absent(custom):
    """Nothing is added: neither the time, nor the caller's name, nor an address."""
    for key in ("aws:CurrentTime", "aws:username", "aws:SourceIp", "aws:PrincipalArn", "aws:ResourceAccount"):
        absent = allow("s3:GetObject", condition={"Null": {key: "true"}})
        [result] = custom(absent, CallerArn=ALICE)
        assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [key])
        [result] = custom(absent, CallerArn=ALICE, context={key: []})
        assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [key])
        [result] = custom(absent, CallerArn=ALICE, context={key: "x"})
        assert result["EvalDecision"] == "implicitDeny"


def test_several_values_are_a_multivalued_key(custom):
    red = {"ForAnyValue:StringEquals": {"aws:TagKeys": "red"}}
    [result] = custom(allow("s3:GetObject", condition=red), context={"aws:TagKeys": ["blue", "red"]})
    assert result["EvalDecision"] == "allowed"
    [result] = custom(allow("s3:GetObject", condition={"StringEquals": {"aws:TagKeys": "red"}}), context={"aws:TagKeys": ["blue", "red"]})
    assert result["EvalDecision"] == "implicitDeny"


def test_a_boundary_limits_and_says_so(custom):
    for boundary, decision, allows, found in [
        (allow("s3:*"), "allowed", True, [("PolicyInputList.1", "none")]),
        (allow("ec2:*"), "implicitDeny", False, []),
        (policy(statement("Allow", "*"), statement("Deny", "s3:GetObject")), "explicitDeny", False, [("PermissionsBoundaryPolicyInputList.1", "none")]),
    ]:
        [result] = custom(allow("s3:GetObject"), PermissionsBoundaryPolicyInputList=[boundary], ResourceArns=[MOON])
        detail = {"AllowedByPermissionsBoundary": allows}
        assert (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]) == (decision, detail)
        assert result["ResourceSpecificResults"][0]["PermissionsBoundaryDecisionDetail"] == detail
        assert by_id(result) == found
    [result] = custom(allow("s3:GetObject"))
    assert "PermissionsBoundaryDecisionDetail" not in result


def levels(*of_each: list[str]) -> list[dict]:
    return [{"ServiceControlPolicyInputList": policies} for policies in of_each]


def test_every_level_of_an_organization_must_allow(custom):
    everything = allow("*")
    for organization, decision, allows in [
        (levels([everything], [everything]), "allowed", True),
        (levels([everything], [allow("s3:*"), allow("ec2:*")], [everything]), "allowed", True),
        (levels([everything], [allow("ec2:*")], [everything]), "implicitDeny", False),
        (levels([everything], []), "implicitDeny", False),
        (levels([everything, deny("s3:GetObject", condition={"Null": {"s3:prefix": "true"}})], [everything]), "explicitDeny", False),
    ]:
        [result] = custom(allow("s3:*"), OrderedOrganizationPolicyInputList=organization, ResourceArns=[MOON])
        assert (result["EvalDecision"], result["OrganizationsDecisionDetail"]) == (decision, {"AllowedByOrganizations": allows})
        # Neither their statements nor their keys are told.
        assert by_id(result) == ([("PolicyInputList.1", "none")] if allows else [])
        assert result["MissingContextValues"] == []
        assert ("EvalDecisionDetails" in result) == allows
    [result] = custom(allow("ec2:*"), OrderedOrganizationPolicyInputList=levels([everything]))
    assert (result["EvalDecision"], result["OrganizationsDecisionDetail"]) == ("implicitDeny", {"AllowedByOrganizations": True})
    [result] = custom(allow("s3:*"))
    assert "OrganizationsDecisionDetail" not in result


def test_a_resources_policy_in_one_account(custom):
    for document, decision, found in [
        (resource_policy("Allow", {"AWS": ALICE}), "allowed", [("ResourcePolicy", "resource")]),
        (resource_policy("Allow", {"AWS": BOB}), "implicitDeny", []),
        # The account's policies decide.
        (resource_policy("Allow", {"AWS": ACCOUNT}), "implicitDeny", []),
        (resource_policy("Deny", "*"), "explicitDeny", [("ResourcePolicy", "resource")]),
    ]:
        [result] = custom(allow("s3:PutObject"), ResourcePolicy=document, CallerArn=ALICE, ResourceArns=[MOON])
        assert (result["EvalDecision"], by_id(result), result["EvalDecisionDetails"]) == (decision, found, {})


def test_a_keys_policy_must_allow_by_itself(custom):
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
    for principal, decision in [({"AWS": ALICE}, "allowed"), ({"AWS": ACCOUNT}, "allowed"), ({"AWS": BOB}, "implicitDeny")]:
        document = resource_policy("Allow", principal, "kms:*", "*")
        [result] = custom(allow("kms:*"), actions=["kms:Decrypt"], ResourcePolicy=document, CallerArn=ALICE, ResourceArns=[key])
        assert result["EvalDecision"] == decision, principal


def test_across_accounts_both_sides_must_allow(custom):
    theirs = {"ResourceOwner": f"arn:aws:iam::{ABROAD}:root", "CallerArn": ALICE, "ResourceArns": [MOON]}
    granting = resource_policy("Allow", {"AWS": ALICE})
    for policies, resource, boundary, decision, details in [
        ([allow("s3:*")], granting, None, "allowed", {"IAM Policy": "allowed", "Resource Policy": "allowed"}),
        ([], granting, None, "implicitDeny", {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}),
        ([allow("s3:*")], None, None, "implicitDeny", {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"}),
        ([deny("s3:*")], granting, None, "explicitDeny", {"IAM Policy": "explicitDeny", "Resource Policy": "allowed"}),
        ([allow("s3:*")], granting, allow("ec2:*"), "implicitDeny",
         {"IAM Policy": "allowed", "Resource Policy": "allowed", "Permissions Boundary Policy": "implicitDeny"}),
    ]:
        parameters = theirs | ({"ResourcePolicy": resource} if resource else {})
        parameters |= {"PermissionsBoundaryPolicyInputList": [boundary]} if boundary else {}
        [result] = custom(*policies, **parameters)
        assert (result["EvalDecision"], result["EvalDecisionDetails"]) == (decision, details)
        assert result["ResourceSpecificResults"][0]["EvalDecisionDetails"] == details
    # An ARN that tells its account is believed.
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    [result] = custom(allow("sqs:*"), actions=["sqs:SendMessage"], **theirs | {"ResourceArns": [queue]})
    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == ("allowed", {})
    # Nobody is abroad where nobody is said to ask.
    [result] = custom(allow("sqs:*"), actions=["sqs:SendMessage"], ResourceArns=[queue.replace(ACCOUNT, ABROAD)])
    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == ("allowed", {})


def test_a_scenario_needs_its_resources(custom):
    arns = [f"arn:aws:ec2:us-east-1:{ACCOUNT}:{of}/x" for of in ("instance", "security-group", "network-interface", "volume")]
    arns.append("arn:aws:ec2:us-east-1::image/x")
    [result] = custom(allow("ec2:*"), actions=["ec2:RunInstances"], ResourceArns=arns, ResourceHandlingOption="EC2-VPC-EBS")
    assert (result["EvalDecision"], len(result["ResourceSpecificResults"])) == ("allowed", 5)


def test_results_come_in_pages(shared_server):
    iam = shared_server.client("iam")
    actions = [f"s3:Action{number}" for number in range(7)]
    parameters = {"PolicyInputList": [allow("s3:*")], "ActionNames": actions}
    for size in (1, 7):
        found = pages(iam.simulate_custom_policy, "EvaluationResults", size, **parameters)
        assert [one["EvalActionName"] for one in found] == actions
    found = iam.get_paginator("simulate_custom_policy").paginate(**parameters, PaginationConfig={"PageSize": 3})
    assert [one["EvalActionName"] for page in found for one in page["EvaluationResults"]] == actions
    more = parameters | {"PolicySourceArn": f"{ARN}user/paged"}
    shared_server.user("paged")
    refuses_foreign_markers(iam.simulate_custom_policy, iam.simulate_principal_policy, more, **parameters)
    # A page may be shorter than asked for, and says so.
    many = policy(*(statement("Allow", "s3:*", f"arn:aws:s3:::b/{number}") for number in range(1000)))
    arns = [f"arn:aws:s3:::b/{number}" for number in range(50)]
    asked = {"PolicyInputList": [many], "ActionNames": actions, "ResourceArns": arns}
    page = iam.simulate_custom_policy(**asked)
    assert (len(page["EvaluationResults"]), page["IsTruncated"]) == (2, True)
    found = iam.get_paginator("simulate_custom_policy").paginate(**asked)
    assert [one["EvalActionName"] for page in found for one in page["EvaluationResults"]] == actions


# The policies of users, groups and roles


def test_a_principals_policies_are_named_as_aws_names_them(server, iam):
    server.user("alice", allow("s3:Get*"))
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="alice")
    iam.put_group_policy(GroupName="readers", PolicyName="Inline", PolicyDocument=allow("s3:Get*"))
    own = iam.create_policy(PolicyName="Own", Path="/team/", PolicyDocument=allow("s3:Get*"))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="readers", PolicyArn=own)
    iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    role = server.role("worker", trust(), allow("s3:Get*"))

    def simulate(source: str, **parameters) -> dict:
        [result] = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=["s3:GetObject"], **parameters)["EvaluationResults"]
        return result

    of_group = [("Own", "user-managed"), ("group_readers_Inline", "group")]
    of_user = [("AmazonS3ReadOnlyAccess", "aws-managed"), ("user_alice_policy0", "user")]
    given = [("PolicyInputList.1", "none")]
    assert by_id(simulate(ALICE)) == of_user + of_group
    assert by_id(simulate(ALICE, PolicyInputList=[allow("s3:GetObject")])) == of_user + of_group + given
    assert by_id(simulate(f"{ARN}group/readers")) == of_group
    assert by_id(simulate(role)) == [("role_worker_policy0", "role")]
    denied = simulate(ALICE, PolicyInputList=[deny("s3:GetObject")])
    assert (denied["EvalDecision"], by_id(denied)) == ("explicitDeny", given)

    for excluded, left in [
        ({"PolicyType": "inline"}, [of_user[0], of_group[0]]),
        ({"PolicyType": "aws-managed"}, [of_user[1], *of_group]),
        ({"PolicyType": "user-managed"}, [*of_user, of_group[1]]),
        ({"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/team/O?n"}, [*of_user, of_group[1]]),
        ({"PolicyArn": "arn:aws:iam::aws:policy/AmazonS3*"}, [of_user[1], *of_group]),
        ({"InlinePolicyIdentifier": {"PolicyName": "Inline", "AttachmentType": "group", "AttachmentName": "read*"}}, [*of_user, of_group[0]]),
        # What means nothing that is attached is passed over.
        ({"InlinePolicyIdentifier": {"PolicyName": "Inline", "AttachmentType": "user", "AttachmentName": "*"}}, of_user + of_group),
        ({"PolicyType": "scp"}, of_user + of_group),
        ({"PolicyType": "rcp"}, of_user + of_group),
    ]:
        assert by_id(simulate(ALICE, PolicyExclusionList=[excluded])) == left, excluded
    for bad in ({"PolicyType": "inline", "PolicyArn": own}, {"PolicyArn": "arn:aws:iam::*:policy/Own"}):
        with refused("InvalidInput", status=400):
            simulate(ALICE, PolicyExclusionList=[bad])


def test_a_principals_boundary_is_in_force_unless_another_is_given(server, iam):
    server.user("alice", allow("*"), PermissionsBoundary=READ_ONLY)
    server.role("worker", trust(), allow("*"), PermissionsBoundary=READ_ONLY)

    def simulate(source: str, **parameters) -> list:
        [result] = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=["s3:PutObject"], **parameters)["EvaluationResults"]
        detail = result.get("PermissionsBoundaryDecisionDetail", {})
        return [result["EvalDecision"], detail.get("AllowedByPermissionsBoundary")]

    for source in (ALICE, f"{ARN}role/worker"):
        assert simulate(source) == ["implicitDeny", False]
        assert simulate(source, PermissionsBoundaryPolicyInputList=[allow("s3:*")]) == ["allowed", True]
        assert simulate(source, PolicyExclusionList=[{"PolicyType": "permission-boundary"}]) == ["allowed", None]


def test_another_may_ask_as_if_he_had_these_policies(server, iam):
    server.user("alice", allow("s3:PutObject"))
    server.role("worker", trust(), allow("s3:GetObject"))
    granting = {"ActionNames": ["s3:GetObject"], "ResourceArns": [MOON], "ResourcePolicy": resource_policy("Allow", {"AWS": BOB})}

    def simulate(source: str, **parameters) -> str:
        [result] = iam.simulate_principal_policy(PolicySourceArn=source, **granting | parameters)["EvaluationResults"]
        return result["EvalDecision"]

    assert [simulate(ALICE), simulate(ALICE, CallerArn=BOB)] == ["implicitDeny", "allowed"]
    assert simulate(f"{ARN}role/worker", CallerArn=BOB) == "allowed"
    with refused("InvalidInput", "A ResourcePolicy can be simulated for an IAM user only: CallerArn must be a user's ARN."):
        simulate(f"{ARN}role/worker")


def test_context_keys_are_told_as_policies_write_them(server, iam):
    home = policy(statement("Allow", "s3:*", "arn:aws:s3:::home/${aws:Username}/*", {"StringLike": {"s3:prefix": ["${aws:userid}", "x"]}}))
    server.user("alice", home)
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="alice")
    iam.put_group_policy(GroupName="readers", PolicyName="p", PolicyDocument=deny("*", condition={"Bool": {"aws:SecureTransport": "false", "AWS:USERNAME": "true"}}))
    keys = lambda source, *given: iam.get_context_keys_for_principal_policy(PolicySourceArn=source, PolicyInputList=list(given))["ContextKeyNames"]
    of_alice = ["aws:Username", "s3:prefix", "aws:userid", "aws:SecureTransport"]
    assert keys(ALICE) == of_alice
    assert keys(f"{ARN}group/readers") == ["aws:SecureTransport", "AWS:USERNAME"]
    assert keys(ALICE, allow("*", condition={"Null": {"S3:Prefix": "true", "x:Y": "true"}})) == [*of_alice, "x:Y"]
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[home, allow("*")])["ContextKeyNames"] == of_alice[:3]
    # Without a version there are no variables.
    old = json.dumps(json.loads(home) | {"Version": "2008-10-17"})
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[old])["ContextKeyNames"] == ["s3:prefix"]
    for call, source in ((iam.get_context_keys_for_custom_policy, {}), (iam.get_context_keys_for_principal_policy, {"PolicySourceArn": ALICE})):
        with refused("InvalidInput", status=400) as refusal:
            call(PolicyInputList=[home, "{}"], **source)
        assert refusal.message.startswith("The policy PolicyInputList.2 is not valid: ")


# Simulation and enforcement

RED = f"{ARN}user/red"
NAMED = {"StringEquals": {"iam:ResourceTag/color": "red"}}
POLICIES = {
    "none": [],
    "all": [allow("*")],
    "reads": [allow(["iam:Get*", "iam:List*"])],
    "notaction": [policy({"Effect": "Allow", "NotAction": "iam:Delete*", "Resource": "*"})],
    "tagged": [allow("iam:*", condition=NAMED)],
    "denied": [allow("*"), deny("iam:GetUser", RED)],
    "self": [allow("iam:GetUser", f"{ARN}user/${{aws:username}}"), allow("iam:ListUsers")],
    "named": [allow("*", condition={"ArnLike": {"aws:PrincipalArn": f"{ARN}*/named-*"}}), deny("iam:TagUser", condition={"ForAnyValue:StringEquals": {"aws:TagKeys": "color"}})],
}
BOUNDARIES = {"": None, "reader": allow(["iam:Get*", "iam:List*"]), "denying": policy(statement("Allow", "*"), statement("Deny", "iam:List*"))}
REQUESTS = [
    ("iam:GetUser", RED, "get_user", {"UserName": "red"}, {"iam:ResourceTag/color": "red"}),
    ("iam:GetUser", f"{ARN}user/none", "get_user", {"UserName": "none"}, {}),
    ("iam:ListUsers", f"{ARN}user/", "list_users", {}, {}),
    ("iam:TagUser", RED, "tag_user", {"UserName": "red", "Tags": [{"Key": "color", "Value": "red"}]},
     {"iam:ResourceTag/color": "red", "aws:RequestTag/color": "red", "aws:TagKeys": "color"}),
    ("iam:DeleteUser", f"{ARN}user/none", "delete_user", {"UserName": "none"}, {}),
]


def enforced(client, operation: str, parameters: dict) -> str:
    """What the door says to a real request, in the simulator's words."""
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            return "explicitDeny" if "explicit deny" in error.response["Error"]["Message"] else "implicitDeny"
    return "allowed"


@pytest.mark.parametrize("kind", ["user", "group member", "role"])
def test_the_simulator_says_what_the_door_does(server, iam, kind):
    iam.create_user(UserName="red", Tags=[{"Key": "color", "Value": "red"}])
    boundaries = {name: document and iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"] for name, document in BOUNDARIES.items()}
    said, done = {}, {}
    for (policies, documents), (boundary, bounding) in product(POLICIES.items(), boundaries.items()):
        name = f"{policies}-{boundary}"
        limits = {"PermissionsBoundary": bounding} if bounding else {}
        context = {"aws:PrincipalArn": f"{ARN}{'role' if kind == 'role' else 'user'}/{name}"}
        if kind == "role":
            source = server.role(name, trust(), *documents, **limits)
            caller = server.user(f"caller-{name}", allow("sts:AssumeRole"))
            client = server.client("iam", server.assume(source, caller))
        else:
            client = server.client("iam", server.user(name, *(documents if kind == "user" else []), **limits))
            source = f"{ARN}user/{name}"
            context["aws:username"] = name
        if kind == "group member":
            iam.create_group(GroupName=name)
            iam.add_user_to_group(GroupName=name, UserName=name)
            for number, document in enumerate(documents):
                iam.put_group_policy(GroupName=name, PolicyName=f"policy{number}", PolicyDocument=document)
        for action, resource, operation, parameters, keys in REQUESTS:
            [result] = iam.simulate_principal_policy(
                PolicySourceArn=source, ActionNames=[action], ResourceArns=[resource], ContextEntries=entries(context | keys)
            )["EvaluationResults"]
            case = (name, action, resource)
            said[case] = result["EvalDecision"]
            done[case] = enforced(client, operation, parameters)
    assert said == done
    assert {"allowed", "explicitDeny", "implicitDeny"} == set(done.values())
