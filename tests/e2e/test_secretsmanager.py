"""Secrets: who may read and change one, what becomes of its versions, and that nobody else ever sees it in clear.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access.html
"""

import json
import re
import sqlite3
import uuid

import pytest

from server import ACCOUNT, allow, deny, not_authorized, policy, refused, statement

VALUE = json.dumps({"username": "lookout", "password": "correct-horse-battery-staple"})
NAME = "AmazonLookoutMetrics-db"
DAY = 24 * 60 * 60


@pytest.fixture
def secrets(server):
    return server.client("secretsmanager")


@pytest.fixture
def arn(secrets):
    return secrets.create_secret(Name=NAME, SecretString=VALUE)["ARN"]


def token() -> str:
    return str(uuid.uuid4())


def grant(principal, action="secretsmanager:GetSecretValue", **elements) -> dict:
    return statement("Allow", action, "*", Principal=principal, **elements)


def share(secrets, secret: str, *statements: dict, **given):
    return secrets.put_resource_policy(SecretId=secret, ResourcePolicy=policy(*statements), **given)


def user_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def everything(arn: str) -> dict:
    """Every operation on a secret that is there, by its name, and its input."""
    secret = {"SecretId": arn}
    return {
        "DeleteResourcePolicy": secret, "DescribeSecret": secret, "GetResourcePolicy": secret, "GetSecretValue": secret,
        "ListSecretVersionIds": secret, "RestoreSecret": secret,
        "UpdateSecret": secret | {"Description": "new"},
        "PutResourcePolicy": secret | {"ResourcePolicy": policy(grant({"AWS": ACCOUNT}))},
        "ValidateResourcePolicy": secret | {"ResourcePolicy": policy(grant({"AWS": ACCOUNT}))},
        "PutSecretValue": secret | {"SecretString": "new"},
        "UpdateSecretVersionStage": secret | {"VersionStage": "AWSPENDING", "MoveToVersionId": "0" * 32},
        "TagResource": secret | {"Tags": [{"Key": "site", "Value": "main"}]},
        "UntagResource": secret | {"TagKeys": ["site"]},
        "DeleteSecret": secret | {"RecoveryWindowInDays": 7},
    }


def call(client, operation: str, given: dict):
    return getattr(client, re.sub("(?<!^)(?=[A-Z])", "_", operation).lower())(**given)


# Refusals


def test_who_may_not_is_refused_everything(server, secrets, arn):
    eve = server.client("secretsmanager", server.user("eve", allow("secretsmanager:ListSecrets")))
    before = secrets.describe_secret(SecretId=arn), secrets.get_secret_value(SecretId=arn)
    for operation, given in everything(arn).items():
        message = not_authorized(user_arn("eve"), f"secretsmanager:{operation}", arn)
        with refused("AccessDeniedException", message, status=400):
            call(eve, operation, given)
    with refused("AccessDeniedException", status=400):
        eve.create_secret(Name="other")
    after = secrets.describe_secret(SecretId=arn), secrets.get_secret_value(SecretId=arn)
    for answers in (before, after):
        for answer in answers:
            answer.pop("ResponseMetadata")
    assert before == after


def test_a_refusal_does_not_tell_whether_a_secret_is_there_nor_how_its_arn_ends(server, arn):
    eve = server.client("secretsmanager", server.user("eve", allow("sts:DecodeAuthorizationMessage")))
    for given in (NAME, arn[:-7]):
        for secret in (given, given + "2"):
            message = not_authorized(user_arn("eve"), "secretsmanager:GetSecretValue", secret)
            with refused("AccessDeniedException", message):
                eve.get_secret_value(SecretId=secret)


def test_a_policy_on_the_arn_covers_the_name_and_nothing_else(server, secrets, arn):
    other = secrets.create_secret(Name=f"{NAME}2", SecretString="x")["ARN"]
    for number, resource in enumerate((arn, f"{arn[:-6]}??????", f"{arn[:-6]}*")):
        bob = server.client("secretsmanager", server.user(f"bob{number}", allow("secretsmanager:GetSecretValue", resource)))
        for given in (NAME, arn, arn[:-7]):
            assert bob.get_secret_value(SecretId=given)["SecretString"] == VALUE
        with refused("AccessDeniedException"):
            bob.get_secret_value(SecretId=other)
        with refused("AccessDeniedException"):
            bob.describe_secret(SecretId=arn)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:ResourceTag/team": "red"}},
        {"StringEquals": {"secretsmanager:ResourceTag/team": "red"}},
        {"ArnLike": {"secretsmanager:SecretId": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:red-*"}},
        {"StringEquals": {"secretsmanager:SecretPrimaryRegion": "us-east-1"}},
    ],
    ids=["aws-tag", "tag", "id", "region"],
)
def test_every_operation_on_a_secret_carries_the_keys_that_aws_lists_for_it(server, secrets, condition):
    red = secrets.create_secret(Name="red", SecretString="x", Tags=[{"Key": "team", "Value": "red"}])["ARN"]
    blue = secrets.create_secret(Name="blue", SecretString="x", Tags=[{"Key": "team", "Value": "blue"}])["ARN"]
    denied = policy(statement("Allow", "*"), statement("Deny", "secretsmanager:*", condition=condition))
    alice = server.client("secretsmanager", server.user("alice", allow("secretsmanager:*", condition=condition)))
    eve = server.client("secretsmanager", server.user("eve", denied))
    for operation, given in everything(red).items():
        with refused("AccessDeniedException"):
            call(eve, operation, given)
        if operation == "UpdateSecretVersionStage":
            with refused("ResourceNotFoundException"):
                call(alice, operation, given)
        else:
            call(alice, operation, given)
    if "us-east-1" not in str(condition):
        for operation, given in everything(blue).items():
            with refused("AccessDeniedException"):
                call(alice, operation, given)


def test_who_makes_a_secret_with_tags_may_tag_it(server):
    may = allow("secretsmanager:CreateSecret", f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:mine/*")
    alice = server.client("secretsmanager", server.user("alice", may))
    assert alice.create_secret(Name="mine/a", SecretString="x")["Name"] == "mine/a"
    with refused("AccessDeniedException"):
        alice.create_secret(Name="yours/a", SecretString="x")
    with refused("AccessDeniedException") as refusal:
        alice.create_secret(Name="mine/b", SecretString="x", Tags=[{"Key": "team", "Value": "red"}])
    assert "secretsmanager:TagResource" in refusal.message


def test_nobody_tags_himself_out(server, arn):
    untagged = allow("secretsmanager:*", condition={"Null": {"aws:ResourceTag/locked": "true"}})
    alice = server.client("secretsmanager", server.user("alice", untagged))
    alice.tag_resource(SecretId=arn, Tags=[{"Key": "team", "Value": "red"}])
    with refused("AccessDeniedException", status=400):
        alice.tag_resource(SecretId=arn, Tags=[{"Key": "locked", "Value": ""}])
    bound = policy(
        statement("Allow", "secretsmanager:*"),
        statement("Deny", "secretsmanager:*", condition={"StringNotEquals": {"aws:ResourceTag/team": "red"}}),
    )
    bob = server.client("secretsmanager", server.user("bob", bound))
    with refused("AccessDeniedException", status=400):
        bob.untag_resource(SecretId=arn, TagKeys=["team"])
    assert alice.describe_secret(SecretId=arn)["Tags"] == [{"Key": "team", "Value": "red"}]


def test_a_secret_s_policy_lets_a_user_of_the_account_in_and_denies_one(server, secrets, arn):
    bob, eve = server.user("bob"), server.user("eve", allow("secretsmanager:*"))
    share(secrets, arn, grant({"AWS": user_arn("bob")}), grant({"AWS": user_arn("eve")}) | {"Effect": "Deny"})
    assert server.client("secretsmanager", bob).get_secret_value(SecretId=arn)["SecretString"] == VALUE
    message = not_authorized(
        user_arn("eve"), "secretsmanager:GetSecretValue", arn, "with an explicit deny in a resource-based policy"
    )
    with refused("AccessDeniedException", message):
        server.client("secretsmanager", eve).get_secret_value(SecretId=arn)
    secrets.delete_resource_policy(SecretId=arn)
    assert server.client("secretsmanager", eve).get_secret_value(SecretId=arn)["SecretString"] == VALUE
    with refused("AccessDeniedException"):
        server.client("secretsmanager", bob).get_secret_value(SecretId=arn)


def test_another_account_needs_both_sides(server, secrets, arn):
    account, administrator = server.member_account()
    theirs = server.client("secretsmanager", administrator)
    caller = f"arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/member"
    reason = "because no resource-based policy allows the secretsmanager:GetSecretValue action"
    # What is not there is refused in the same words.
    for secret in (arn, arn[:-7], f"{arn[:-7]}2"):
        with refused("AccessDeniedException", not_authorized(caller, "secretsmanager:GetSecretValue", secret, reason)):
            theirs.get_secret_value(SecretId=secret)
    share(secrets, arn, grant({"AWS": account}))
    assert theirs.get_secret_value(SecretId=arn)["SecretString"] == VALUE
    with refused("AccessDeniedException"):
        theirs.put_secret_value(SecretId=arn, SecretString="x")
    # A name is one of their own account's.
    with refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret."):
        theirs.get_secret_value(SecretId=NAME)
    nobody = server.client("secretsmanager", server.user("nobody", by=administrator))
    with refused("AccessDeniedException"):
        nobody.get_secret_value(SecretId=arn)
    assert theirs.list_secrets()["SecretList"] == []


def test_a_user_made_again_regains_nothing(server, secrets, arn, iam):
    server.user("bob")
    share(secrets, arn, grant({"AWS": user_arn("bob")}))
    assert "user/bob" in secrets.get_resource_policy(SecretId=arn)["ResourcePolicy"]
    for key in iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="bob")
    again = server.user("bob")
    with refused("AccessDeniedException"):
        server.client("secretsmanager", again).get_secret_value(SecretId=arn)
    assert "user/bob" not in secrets.get_resource_policy(SecretId=arn)["ResourcePolicy"]


def test_a_secret_made_again_is_another_one(server, secrets, arn):
    bob = server.client("secretsmanager", server.user("bob"))
    carol = server.client("secretsmanager", server.user("carol", allow("secretsmanager:*", arn)))
    share(secrets, arn, grant({"AWS": user_arn("bob")}))
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    again = secrets.create_secret(Name=NAME, SecretString="new")["ARN"]
    assert again != arn and again[:-6] == arn[:-6]
    for client in (bob, carol):
        with refused("AccessDeniedException"):
            client.get_secret_value(SecretId=NAME)
    # The old ARN is nothing, though it begins with the name.
    with refused("ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=arn)
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=NAME)


def test_who_has_not_signed_reads_nothing_even_where_everybody_may(server, secrets, arn):
    share(secrets, arn, grant("*"))
    with refused("MissingAuthenticationTokenException", status=400):
        server.anonymous("secretsmanager").get_secret_value(SecretId=arn)


def test_reading_may_be_for_one_stage_only(server, secrets, arn):
    secrets.put_secret_value(SecretId=arn, SecretString="next", VersionStages=["AWSPENDING"])
    current = {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}
    alice = server.client("secretsmanager", server.user("alice", allow("secretsmanager:GetSecretValue", arn, current)))
    assert alice.get_secret_value(SecretId=arn)["SecretString"] == VALUE
    assert alice.get_secret_value(SecretId=arn, VersionStage="AWSCURRENT")["SecretString"] == VALUE
    version = secrets.get_secret_value(SecretId=arn)["VersionId"]
    for given in ({"VersionStage": "AWSPENDING"}, {"VersionId": version}):
        with refused("AccessDeniedException"):
            alice.get_secret_value(SecretId=arn, **given)


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        policy(statement("Allow", "secretsmanager:GetSecretValue")),
        policy(grant({"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"})),
        policy(grant({"AWS": "999999999999"})),
    ],
    ids=["no-json", "no-policy", "no-principal", "no-user-there", "no-account-there"],
)
def test_what_is_no_policy_of_a_secret_is_refused(secrets, arn, document):
    for operation in (secrets.put_resource_policy, secrets.validate_resource_policy):
        with refused("MalformedPolicyDocumentException", status=400):
            operation(SecretId=arn, ResourcePolicy=document)
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=arn)


def test_a_policy_for_everybody_is_refused_where_that_is_asked_for(secrets, arn):
    for public in (grant("*"), grant({"AWS": "*"})):
        with refused("PublicPolicyException", status=400):
            share(secrets, arn, public, BlockPublicPolicy=True)
        checked = secrets.validate_resource_policy(SecretId=arn, ResourcePolicy=policy(public))
        assert (checked["PolicyValidationPassed"], len(checked["ValidationErrors"])) == (False, 1)
    share(secrets, arn, grant({"AWS": ACCOUNT}), BlockPublicPolicy=True)
    checked = secrets.validate_resource_policy(ResourcePolicy=policy(grant({"AWS": ACCOUNT})))
    assert (checked["PolicyValidationPassed"], checked["ValidationErrors"]) == (True, [])


def test_nobody_locks_himself_out_of_a_secret_s_policy(server, secrets, arn):
    alice = server.client("secretsmanager", server.user("alice", allow("secretsmanager:*")))
    with refused("InvalidRequestException", status=400):
        share(alice, arn, statement("Deny", "secretsmanager:*", Principal={"AWS": user_arn("alice")}))
    with refused("InvalidParameterException"):
        share(secrets, arn, grant({"AWS": ACCOUNT}), PolicyName="other")


@pytest.mark.parametrize("name", ["a b", "a:b", "ä", "a*", "arn:aws:s3:::bucket", f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:x"])
def test_what_is_no_name_is_refused(secrets, name):
    message = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
    with refused("ValidationException", message, status=400):
        secrets.describe_secret(SecretId=name)
    with refused("ValidationException", message, status=400):
        secrets.create_secret(Name=name)


def test_what_does_not_fit_the_model_is_refused_and_never_echoed(secrets, arn):
    with refused("ValidationException", status=400):
        secrets.create_secret(Name="")
    long = "hunter2" + "x" * 65536
    with refused("ValidationException") as refusal:
        secrets.put_secret_value(SecretId=arn, SecretString=long)
    assert "hunter2" not in refusal.message
    with refused("ValidationException"):
        secrets.put_secret_value(SecretId=arn, SecretString="x", ClientRequestToken="short")


def test_a_value_is_text_or_bytes_and_there_is_one(secrets, arn):
    both = "You can't specify both a binary secret value and a string secret value in the same secret."
    for operation, given in ((secrets.create_secret, {"Name": "x"}), (secrets.put_secret_value, {"SecretId": arn}),
                             (secrets.update_secret, {"SecretId": arn})):
        with refused("InvalidParameterException", both):
            operation(**given, SecretString="x", SecretBinary=b"x")
    with refused("InvalidRequestException", "You must provide either SecretString or SecretBinary."):
        secrets.put_secret_value(SecretId=arn)


@pytest.mark.parametrize(
    "given",
    [
        {"KmsKeyId": "alias/mine"}, {"AddReplicaRegions": [{"Region": "eu-west-1"}]}, {"Type": "Partner"},
        {"CrossAccountPrimaryARN": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:x-abcdef"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_this_version_does_not_have_is_refused_clearly(secrets, given):
    with refused("InvalidParameterException") as refusal:
        secrets.create_secret(Name="x", **given)
    assert refusal.message.endswith("not available in this version of Bartizan.")
    with refused("ResourceNotFoundException"):
        secrets.describe_secret(SecretId="x")


def test_an_account_has_no_more_secrets_than_its_quota(new_server):
    secrets = new_server().start("--quotas", "secrets=1").client("secretsmanager")
    secrets.create_secret(Name="one")
    with refused("LimitExceededException", status=400):
        secrets.create_secret(Name="two")


# Nothing in clear


def test_a_value_is_nowhere_in_clear(server, secrets, arn):
    needle = "correct-horse-battery-staple"
    secrets.put_secret_value(SecretId=arn, SecretString=VALUE.replace("staple", "staple2"))
    secrets.update_secret(SecretId=arn, SecretBinary=needle.encode())
    secrets.create_secret(Name="other", SecretString=VALUE)
    assert secrets.get_secret_value(SecretId=arn)["SecretBinary"] == needle.encode()
    with refused("ResourceExistsException"):
        secrets.create_secret(Name="other", SecretString=VALUE)
    eve = server.client("secretsmanager", server.user("eve"))
    with refused("AccessDeniedException"):
        eve.put_secret_value(SecretId=arn, SecretString=VALUE)
    server.stop()
    records = server.audit("--event-name", "PutSecretValue") + server.audit("--event-name", "CreateSecret")
    hidden = [record["requestParameters"]["secretString"] for record in records if record["requestParameters"]]
    assert len(hidden) == 5 and set(hidden) == {"HIDDEN_DUE_TO_SECURITY_REASONS"}
    (read,) = server.audit("--event-name", "GetSecretValue")
    assert read["requestParameters"] == {"secretId": arn}
    assert read["responseElements"]["secretBinary"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    searched = 0
    encoded = ("correct-horse", "battery-staple", "Y29ycmVjdC1ob3JzZS", "correct%2Dhorse")
    for file in [*server.data_dir.rglob("*"), server.log_file, server.output_file]:
        if file.is_file():
            searched += 1
            content = file.read_bytes()
            assert [text for text in encoded if text.encode() in content] == [], file
    assert searched > 4
    assert not any(needle in json.dumps(record) for record in server.audit())


def test_a_sealed_value_opens_in_its_own_place_only(server, secrets, arn):
    """And a store in which it was put elsewhere does not open at all."""
    own = secrets.create_secret(Name="own", SecretString="mine")["ARN"]
    server.stop()
    with sqlite3.connect(next(server.data_dir.glob("*.db"))) as database:
        rows = dict(database.execute("SELECT id, document FROM entity WHERE kind = 'secret_version'").fetchall())
        theirs = next(json.loads(document)["value"] for id, document in rows.items() if id.startswith(arn))
        id, document = next((id, document) for id, document in rows.items() if id.startswith(own))
        swapped = json.dumps(json.loads(document) | {"value": theirs})
        database.execute("UPDATE entity SET document = ? WHERE id = ?", (swapped, id))
    database.close()
    assert "secret_version" in server.refuses_to_start()


# What works


def test_the_cli_knows_it(server):
    made = server.aws("secretsmanager", "create-secret", "--name", NAME, "--secret-string", VALUE)
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{NAME}-"
    assert re.fullmatch(re.escape(arn) + "[A-Za-z0-9]{6}", made["ARN"])
    read = server.aws("secretsmanager", "get-secret-value", "--secret-id", NAME)
    assert (read["SecretString"], read["VersionId"], read["VersionStages"]) == (VALUE, made["VersionId"], ["AWSCURRENT"])
    listed = server.aws("secretsmanager", "list-secrets", "--filters", "Key=name,Values=Amazon")
    assert [secret["Name"] for secret in listed["SecretList"]] == [NAME]
    said = server.aws("secretsmanager", "get-random-password", code=255)
    assert "(NotImplemented)" in said


def test_a_secret_is_as_it_was_made(secrets):
    made = secrets.create_secret(
        Name="prod/App_1+=.@-x", Description="what for", SecretBinary=b"\x00\xff", Tags=[{"Key": "a", "Value": "1"}]
    )
    told = secrets.describe_secret(SecretId="prod/App_1+=.@-x")
    assert (told["ARN"], told["Name"], told["Description"]) == (made["ARN"], "prod/App_1+=.@-x", "what for")
    assert told["Tags"] == [{"Key": "a", "Value": "1"}]
    assert told["VersionIdsToStages"] == {made["VersionId"]: ["AWSCURRENT"]}
    assert "DeletedDate" not in told and told["CreatedDate"] == told["LastChangedDate"]
    read = secrets.get_secret_value(SecretId=made["ARN"])
    assert read["SecretBinary"] == b"\x00\xff" and "SecretString" not in read
    empty = secrets.create_secret(Name="empty")
    assert "VersionId" not in empty and "VersionIdsToStages" not in secrets.describe_secret(SecretId="empty")
    with refused(
        "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    ):
        secrets.get_secret_value(SecretId="empty")


def test_names_differ_by_case_and_region(server, secrets):
    for name in ("a", "A"):
        secrets.create_secret(Name=name, SecretString=name)
    elsewhere = server.client("secretsmanager", region="eu-west-1")
    arn = elsewhere.create_secret(Name="a", SecretString="elsewhere")["ARN"]
    assert [secrets.get_secret_value(SecretId=name)["SecretString"] for name in ("a", "A")] == ["a", "A"]
    assert elsewhere.get_secret_value(SecretId="a")["SecretString"] == "elsewhere"
    with refused("ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=arn)
    assert [secret["Name"] for secret in elsewhere.list_secrets()["SecretList"]] == ["a"]


def test_the_same_again_is_no_mistake_and_something_else_is(secrets):
    given = {"Name": "x", "SecretString": "1", "ClientRequestToken": token()}
    made = secrets.create_secret(**given)
    again = secrets.create_secret(**given)
    assert (again["ARN"], again["VersionId"]) == (made["ARN"], made["VersionId"])
    for other in ({"SecretString": "2"}, {"ClientRequestToken": token()}):
        with refused("ResourceExistsException", "The operation failed because the secret x already exists."):
            secrets.create_secret(**given | other)
    put = {"SecretId": "x", "SecretString": "2", "ClientRequestToken": token()}
    first, second = secrets.put_secret_value(**put), secrets.put_secret_value(**put)
    assert first["VersionId"] == second["VersionId"] == put["ClientRequestToken"]
    taken = (f"You can't use ClientRequestToken {put['ClientRequestToken']} because that value is already in use for a "
             f"version of secret {made['ARN']}.")
    for other in ({"SecretString": "3"}, {"SecretString": None, "SecretBinary": b"2"}):
        changed = {name: value for name, value in (put | other).items() if value is not None}
        with refused("ResourceExistsException", taken):
            secrets.put_secret_value(**changed)
    with refused("ResourceExistsException", taken):
        secrets.update_secret(**put)
    assert len(secrets.list_secret_version_ids(SecretId="x", IncludeDeprecated=True)["Versions"]) == 2


def test_labels_move_from_version_to_version(secrets):
    one = secrets.create_secret(Name="x", SecretString="1")["VersionId"]
    two = secrets.put_secret_value(SecretId="x", SecretString="2")
    assert two["VersionStages"] == ["AWSCURRENT"]
    three = secrets.update_secret(SecretId="x", SecretString="3", Description="third")["VersionId"]
    stages = lambda: secrets.describe_secret(SecretId="x")["VersionIdsToStages"]
    assert stages() == {two["VersionId"]: ["AWSPREVIOUS"], three: ["AWSCURRENT"]}
    read = lambda **given: secrets.get_secret_value(SecretId="x", **given)["SecretString"]
    assert (read(), read(VersionStage="AWSPREVIOUS"), read(VersionId=one)) == ("3", "2", "1")
    four = secrets.put_secret_value(SecretId="x", SecretString="4", VersionStages=["AWSPENDING", "mine"])
    assert four["VersionStages"] == ["AWSPENDING", "mine"] and read() == "3"
    with refused("InvalidRequestException"):
        read(VersionId=one, VersionStage="AWSCURRENT")
    with refused("ResourceNotFoundException"):
        read(VersionStage="theirs")
    with refused("ResourceNotFoundException"):
        read(VersionId=token())
    move = lambda label, **given: secrets.update_secret_version_stage(SecretId="x", VersionStage=label, **given)
    with refused("InvalidParameterException") as refusal:
        move("AWSCURRENT", MoveToVersionId=four["VersionId"])
    assert refusal.message.endswith("so you must explicitly reference that version in RemoveFromVersionId.")
    with refused("InvalidParameterException") as refusal:
        move("AWSCURRENT", RemoveFromVersionId=three)
    assert refusal.message.endswith("It can't be completely removed.")
    for given in ({}, {"RemoveFromVersionId": one}, {"RemoveFromVersionId": one, "MoveToVersionId": four["VersionId"]}):
        with refused("InvalidParameterException"):
            move("AWSCURRENT", **given)
    with refused("ResourceNotFoundException"):
        move("new", MoveToVersionId=token())
    move("AWSCURRENT", RemoveFromVersionId=three, MoveToVersionId=four["VersionId"])
    assert stages() == {three: ["AWSPREVIOUS"], four["VersionId"]: ["AWSCURRENT", "AWSPENDING", "mine"]}
    move("mine", RemoveFromVersionId=four["VersionId"])
    assert stages()[four["VersionId"]] == ["AWSCURRENT", "AWSPENDING"]


def test_versions_are_listed_in_pages(secrets):
    versions = [secrets.create_secret(Name="x", SecretString="0")["VersionId"]]
    versions += [secrets.put_secret_value(SecretId="x", SecretString=str(n))["VersionId"] for n in range(1, 5)]
    listed = secrets.list_secret_version_ids(SecretId="x")["Versions"]
    assert {version["VersionId"] for version in listed} == set(versions[-2:])
    found, more = [], {}
    while True:
        page = secrets.list_secret_version_ids(SecretId="x", IncludeDeprecated=True, MaxResults=2, **more)
        assert len(page["Versions"]) <= 2
        found += [version["VersionId"] for version in page["Versions"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert sorted(found) == sorted(versions)
    secrets.create_secret(Name="y", SecretString="0")
    for operation, given in ((secrets.list_secret_version_ids, {"SecretId": "y"}), (secrets.list_secrets, {})):
        for bad in ("rubbish", more["NextToken"]):
            with refused("InvalidNextTokenException", status=400):
                operation(NextToken=bad, **given)


def test_old_versions_make_room_for_new_ones(new_server, later):
    server = new_server().start()
    secrets = server.client("secretsmanager")
    first = secrets.create_secret(Name="x", SecretString="0")["VersionId"]
    for number in range(1, 100):
        secrets.put_secret_value(SecretId="x", SecretString=str(number))
    with refused("LimitExceededException", "You can't have more than 100 versions of a secret."):
        secrets.put_secret_value(SecretId="x", SecretString="100")
    server.stop()
    server.start(environment=later(DAY + 60))
    ahead = server.aws(
        "secretsmanager", "put-secret-value", "--secret-id", "x", "--secret-string", "100",
        environment=later(DAY + 60),
    )
    assert ahead["VersionStages"] == ["AWSCURRENT"]
    said = server.aws(
        "secretsmanager", "get-secret-value", "--secret-id", "x", "--version-id", first, environment=later(DAY + 60),
        code=255,
    )
    assert "(ResourceNotFoundException)" in said


def test_secrets_are_found_and_ordered(secrets):
    for name, description, tags in (
        ("prod/db", "The Database", {"team": "red"}), ("prod/api", "the api", {"team": "blue", "site": "main"}),
        ("test/db", "database for tests", {}),
    ):
        tags = [{"Key": key, "Value": value} for key, value in tags.items()]
        secrets.create_secret(Name=name, Description=description, Tags=tags)

    def names(*filters: tuple, **given) -> list[str]:
        filters = [{"Key": key, "Values": list(values)} for key, *values in filters]
        return [secret["Name"] for secret in secrets.list_secrets(Filters=filters, **given)["SecretList"]]

    assert names() == ["prod/db", "prod/api", "test/db"]
    for filters, expected in (
        ([("name", "prod/")], ["prod/db", "prod/api"]),
        ([("name", "Prod/")], []),
        ([("name", "!prod/")], ["test/db"]),
        ([("name", "prod/db", "test")], ["prod/db", "test/db"]),
        ([("description", "THE ")], ["prod/db", "prod/api"]),
        ([("description", "the"), ("tag-value", "red")], ["prod/db"]),
        ([("tag-key", "si")], ["prod/api"]),
        ([("primary-region", "us-")], ["prod/db", "prod/api", "test/db"]),
        ([("owning-service", "a")], []),
        ([("all", "database prod")], ["prod/db"]),
    ):
        assert names(*filters) == expected, filters
    assert names(SortBy="name") == ["prod/api", "prod/db", "test/db"]
    assert names(SortBy="name", SortOrder="desc") == ["test/db", "prod/db", "prod/api"]
    secrets.update_secret(SecretId="prod/db", Description="changed")
    assert names(SortBy="last-changed-date")[-1] == "prod/db"
    for order in ("asc", "desc"):
        found, more = [], {}
        while more is not None:
            page = secrets.list_secrets(MaxResults=1, SortBy="name", SortOrder=order, **more)
            found += [secret["Name"] for secret in page["SecretList"]]
            more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        assert found == names(SortBy="name", SortOrder=order)
    with refused("ValidationException"):
        names(("colour", "red"))


def test_a_secret_can_be_restored_until_its_window_is_over(secrets, arn):
    for given, message in (
        ({"RecoveryWindowInDays": 6}, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."),
        ({"RecoveryWindowInDays": 31}, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."),
        ({"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True},
         "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."),
    ):
        with refused("InvalidParameterException", message):
            secrets.delete_secret(SecretId=arn, **given)
    before = secrets.describe_secret(SecretId=arn)["CreatedDate"]
    deleted = secrets.delete_secret(SecretId=NAME)
    assert abs((deleted["DeletionDate"] - before).total_seconds() - 30 * DAY) < 60
    assert secrets.describe_secret(SecretId=arn)["DeletedDate"] == deleted["DeletionDate"]
    marked = "You can't perform this operation on the secret because it was marked for deletion."
    for operation, given in everything(arn).items():
        if operation in ("DescribeSecret", "ListSecretVersionIds", "RestoreSecret", "DeleteSecret"):
            continue
        with refused("InvalidRequestException", marked):
            call(secrets, operation, given)
    with refused("InvalidRequestException"):
        secrets.delete_secret(SecretId=arn)
    with refused(
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ):
        secrets.create_secret(Name=NAME, SecretString="x")
    assert secrets.list_secrets()["SecretList"] == []
    assert [secret["ARN"] for secret in secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]] == [arn]
    assert secrets.restore_secret(SecretId=arn)["Name"] == NAME
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == VALUE
    secrets.restore_secret(SecretId=arn)
    secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    with refused("ResourceNotFoundException"):
        secrets.describe_secret(SecretId=arn)
    # "If you forcibly delete an already deleted or nonexistent secret …"
    for given, expected in ((NAME, arn[:-7]), (arn[:-7], arn[:-7]), (arn, arn)):
        gone = secrets.delete_secret(SecretId=given, ForceDeleteWithoutRecovery=True)
        assert (gone["Name"], gone["ARN"]) == (NAME, expected)
    with refused("ResourceNotFoundException"):
        secrets.delete_secret(SecretId=NAME)


def test_what_was_deleted_is_gone_when_its_window_is_over(server, secrets, arn, later):
    secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    server.stop()
    ahead = later(7 * DAY + 60)
    server.start(environment=ahead)
    command = ("secretsmanager", "restore-secret", "--secret-id", arn)
    assert "(ResourceNotFoundException)" in server.aws(*command, environment=ahead, code=255)
    listed = server.aws("secretsmanager", "list-secrets", "--include-planned-deletion", environment=ahead)
    assert listed["SecretList"] == []
    made = server.aws("secretsmanager", "create-secret", "--name", NAME, environment=ahead)
    assert made["ARN"] != arn
    server.stop()
    with sqlite3.connect(next(server.data_dir.glob("*.db"))) as database:
        kept = database.execute("SELECT id FROM entity WHERE kind IN ('secret', 'secret_version')").fetchall()
    database.close()
    assert kept == [(made["ARN"],)]


def test_tags_come_and_go(secrets, arn):
    tag = lambda key, value: {"Key": key, "Value": value}
    secrets.tag_resource(SecretId=arn, Tags=[tag("a", "1"), tag("A", "2")])
    secrets.tag_resource(SecretId=arn, Tags=[tag("a", "3")])
    assert secrets.describe_secret(SecretId=arn)["Tags"] == [tag("a", "3"), tag("A", "2")]
    secrets.untag_resource(SecretId=arn, TagKeys=["a", "other"])
    assert secrets.describe_secret(SecretId=arn)["Tags"] == [tag("A", "2")]
    for tags in ([tag("b", "1"), tag("b", "2")], [tag("aws:b", "")], [{"Value": "1"}], [tag(str(n), "") for n in range(50)]):
        with refused("InvalidParameterException"):
            secrets.tag_resource(SecretId=arn, Tags=tags)


def test_what_is_acknowledged_outlives_the_process(server, secrets, arn):
    server.kill()
    server.start()
    assert server.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == VALUE
