import re

import pytest

from server import ACCOUNT, Credentials, allow, not_authorized, refused, trust, wait_until


@pytest.fixture
def organizations(server):
    """The management account's client, its organization made."""
    client = server.client("organizations")
    client.create_organization(FeatureSet="ALL")
    return client


def make(client, name: str = "member", **parameters) -> dict:
    """Makes an account; how its making ended."""
    request = client.create_account(**{"Email": f"{name}@example.com", "AccountName": name} | parameters)["CreateAccountStatus"]
    assert request["State"] == "IN_PROGRESS" and re.fullmatch("car-[a-z0-9]{8,32}", request["Id"])

    def ended():
        status = client.describe_create_account_status(CreateAccountRequestId=request["Id"])["CreateAccountStatus"]
        return status if status["State"] != "IN_PROGRESS" else None

    return wait_until(ended, "the account is made")


# The organization


def test_without_an_organization_there_is_nothing(server):
    client = server.client("organizations")
    message = "Your account is not a member of an organization."
    for call, parameters in (
        (client.describe_organization, {}), (client.list_accounts, {}), (client.list_roots, {}),
        (client.create_account, {"Email": "a@example.com", "AccountName": "a"}),
        (client.describe_account, {"AccountId": ACCOUNT}),
    ):
        with refused("AWSOrganizationsNotInUseException", message, status=400):
            call(**parameters)


def test_an_organization_is_made_once(server):
    client = server.client("organizations")
    made = client.create_organization(FeatureSet="ALL")["Organization"]
    assert re.fullmatch("o-[a-z0-9]{10,32}", made["Id"])
    assert (made["MasterAccountId"], made["FeatureSet"]) == (ACCOUNT, "ALL")
    assert made["Arn"] == f"arn:aws:organizations::{ACCOUNT}:organization/{made['Id']}"
    assert client.describe_organization()["Organization"] == made
    with refused("AlreadyInOrganizationException", "The AWS account is already a member of an organization.", status=400):
        client.create_organization()


# Accounts


def test_an_account_is_made(organizations):
    status = make(organizations)
    assert status["State"] == "SUCCEEDED" and re.fullmatch(r"\d{12}", status["AccountId"]) and status["CompletedTimestamp"]
    account = organizations.describe_account(AccountId=status["AccountId"])["Account"]
    assert (account["Name"], account["Email"], account["JoinedMethod"], account["Status"]) == (
        "member", "member@example.com", "CREATED", "ACTIVE"
    )
    organization, [root] = organizations.describe_organization()["Organization"], organizations.list_roots()["Roots"]
    assert account["Paths"] == [f"{organization['Id']}/{root['Id']}/{account['Id']}/"]
    listed = {found["Id"]: found["JoinedMethod"] for found in organizations.list_accounts()["Accounts"]}
    assert listed == {ACCOUNT: "INVITED", status["AccountId"]: "CREATED"}


@pytest.mark.parametrize("email, reason", [("MEMBER@example.com", "EMAIL_ALREADY_EXISTS"), ("a'b@example.com", "INVALID_EMAIL")])
def test_an_account_that_cannot_be_made_fails(organizations, email, reason):
    make(organizations)
    status = make(organizations, "other", Email=email)
    assert (status["State"], status["FailureReason"]) == ("FAILED", reason) and "AccountId" not in status
    assert len(organizations.list_accounts()["Accounts"]) == 2


def test_there_are_as_many_accounts_as_the_quota_says(new_server):
    client = new_server().start("--quotas", "accounts=2").client("organizations")
    client.create_organization()
    make(client)
    with refused("ConstraintViolationException", "You have exceeded the allowed number of AWS accounts.", status=400) as refusal:
        client.create_account(Email="b@example.com", AccountName="b")
    assert refusal.response["Reason"] == "ACCOUNT_NUMBER_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "parameters, reason",
    [
        ({"RoleName": "AWSServiceRoleForX"}, "INVALID_ROLE_NAME"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "DUPLICATE_TAG_KEY"),
        ({"Tags": [{"Key": "aws:a", "Value": "1"}]}, "INVALID_SYSTEM_TAGS_PARAMETER"),
    ],
)
def test_an_account_that_may_not_be_asked_for(organizations, parameters, reason):
    with refused("InvalidInputException", status=400) as refusal:
        organizations.create_account(Email="a@example.com", AccountName="a", **parameters)
    assert refusal.response["Reason"] == reason


def test_an_account_that_is_not_there(organizations):
    with refused("AccountNotFoundException", "You specified an account that doesn't exist.", status=400):
        organizations.describe_account(AccountId="999999999999")
    with refused("InvalidInputException", "You provided a value that does not match the required pattern.", status=400) as refusal:
        organizations.describe_account(AccountId="x")
    assert refusal.response["Reason"] == "INVALID_PATTERN"
    with refused("CreateAccountStatusNotFoundException", status=400):
        organizations.describe_create_account_status(CreateAccountRequestId="car-" + "a" * 32)


def test_accounts_are_listed_page_by_page(organizations):
    for name in ("a", "b", "c"):
        make(organizations, name)
    found, token = [], {}
    while True:
        page = organizations.list_accounts(MaxResults=1, **token)
        assert len(page["Accounts"]) == 1
        found.append(page["Accounts"][0]["Id"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert len(found) == len(set(found)) == 4
    foreign = organizations.list_create_account_status(MaxResults=1)["NextToken"]
    for bad in ("x", foreign):
        with refused("InvalidInputException", status=400) as refusal:
            organizations.list_accounts(NextToken=bad)
        assert refusal.response["Reason"] == "INVALID_NEXT_TOKEN"


def test_accounts_survive_sudden_death(server, organizations):
    status = make(organizations)
    server.kill()
    server.start()
    client = server.client("organizations")
    assert client.describe_account(AccountId=status["AccountId"])["Account"]["Status"] == "ACTIVE"
    caller = server.user("caller", allow("sts:AssumeRole"))
    server.assume(f"arn:aws:iam::{status['AccountId']}:role/OrganizationAccountAccessRole", caller)


# Walls between accounts


def test_the_role_for_the_management_account(server, organizations):
    status = make(organizations, "custom", RoleName="Custom")
    caller = server.user("caller", allow("sts:AssumeRole"))
    role = f"arn:aws:iam::{status['AccountId']}:role/Custom"
    session = server.assume(role, caller)
    assert [found["RoleName"] for found in server.client("iam", session).list_roles()["Roles"]] == ["Custom"]
    with refused("AccessDenied"):
        server.assume(f"arn:aws:iam::{status['AccountId']}:role/OrganizationAccountAccessRole", caller)
    with refused("AccessDenied", status=403):
        server.assume(role, server.user("without"))


def test_a_member_sees_its_organization_and_nothing_of_its_accounts(server):
    account, member = server.member_account()
    client = server.client("organizations", member)
    assert client.describe_organization()["Organization"]["MasterAccountId"] == ACCOUNT
    message = "You don't have permissions to access this resource."
    for call, parameters in (
        (client.list_accounts, {}), (client.list_roots, {}), (client.list_create_account_status, {}),
        (client.create_account, {"Email": "x@example.com", "AccountName": "x"}),
        *((client.describe_account, {"AccountId": id}) for id in (ACCOUNT, account, "999999999999")),
        *((client.list_parents, {"ChildId": id}) for id in (ACCOUNT, account, "999999999999")),
        *((client.list_tags_for_resource, {"ResourceId": id}) for id in (ACCOUNT, account, "999999999999", "r-none")),
    ):
        with refused("AccessDeniedException", message, status=400):
            call(**parameters)
    with refused("AlreadyInOrganizationException"):
        client.create_organization()


def test_what_one_account_makes_another_does_not_see(server, iam):
    account, member = server.member_account()
    elsewhere = server.client("iam", member)
    server.user("alice", allow("*"))
    with refused("NoSuchEntity", "The user with name alice cannot be found."):
        elsewhere.get_user(UserName="alice")
    elsewhere.create_user(UserName="alice")
    elsewhere.create_role(RoleName="same", AssumeRolePolicyDocument=trust({"AWS": account}))
    elsewhere.create_group(GroupName="same")
    assert iam.list_groups()["Groups"] == []
    with refused("NoSuchEntity"):
        iam.get_role(RoleName="same")
    elsewhere.delete_user(UserName="alice")
    assert iam.get_user(UserName="alice")["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/alice"
    theirs, ours = (client.get_account_authorization_details() for client in (elsewhere, iam))
    assert all(account in role["Arn"] for role in theirs["RoleDetailList"])
    assert all(ACCOUNT in user["Arn"] for user in ours["UserDetailList"])


def test_the_same_named_role_of_another_account_is_another_role(server):
    # "Cache entry keyed without the account: the same-named role of another account logged in"
    account, member = server.member_account()
    caller = server.user("caller", allow("sts:AssumeRole"))
    ours = server.role("same", trust(), allow("iam:ListUsers"))
    server.client("iam", member).create_role(RoleName="same", AssumeRolePolicyDocument=trust({"AWS": account}))
    theirs = ours.replace(ACCOUNT, account)
    session = server.assume(ours, caller)
    assert server.client("sts", session).get_caller_identity()["Account"] == ACCOUNT
    with refused("AccessDenied", status=403):
        server.assume(theirs, caller)
    with refused("AccessDenied", status=403):
        server.assume(theirs, session)


def test_an_administrator_has_no_power_next_door(server):
    account, member = server.member_account()
    server.client("iam", member).create_role(RoleName="closed", AssumeRolePolicyDocument=trust({"AWS": account}))
    administrator = server.user("administrator", allow("*"))
    role = f"arn:aws:iam::{account}:role/closed"
    reason = "because no role trust policy allows the sts:AssumeRole action"
    with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/administrator", "sts:AssumeRole", role, reason)):
        server.assume(role, administrator)
    # Nor do the member's people have any here.
    carol = server.user("carol", allow("*"), by=member)
    ours = server.role("ours", trust(), allow("*"))
    with refused("AccessDenied"):
        server.assume(ours, carol)


# Tags and the trail


def test_tags_of_accounts(server, organizations):
    status = make(organizations, Tags=[{"Key": "team", "Value": "a"}])
    account = status["AccountId"]
    assert organizations.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "team", "Value": "a"}]
    by_tag = allow("organizations:DescribeAccount", condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
    caller = server.client("organizations", server.user("caller", by_tag))
    caller.describe_account(AccountId=account)
    with refused("AccessDeniedException", status=400):
        caller.describe_account(AccountId=ACCOUNT)
    with refused("TargetNotFoundException", status=400):
        organizations.list_tags_for_resource(ResourceId="r-zzzz")


def test_making_with_tags_needs_the_permission_to_tag(server, organizations):
    maker = server.client("organizations", server.user("maker", allow("organizations:CreateAccount")))
    with refused("AccessDeniedException", re.compile(".*is not authorized to perform: organizations:TagResource on.*")):
        maker.create_account(Email="a@example.com", AccountName="a", Tags=[{"Key": "a", "Value": "b"}])
    maker.create_account(Email="a@example.com", AccountName="a")


def test_the_trail_hides_what_is_personal(server, organizations):
    make(organizations)
    event = wait_until(lambda: server.audit("--event-name", "CreateAccount"), "recorded")[0]
    assert event["requestParameters"] == {"email": "HIDDEN_DUE_TO_SECURITY_REASONS", "accountName": "HIDDEN_DUE_TO_SECURITY_REASONS"}


def test_what_is_not_available_says_so(server, organizations):
    for call, parameters in (
        (organizations.create_policy, {"Content": "{}", "Description": "", "Name": "x", "Type": "SERVICE_CONTROL_POLICY"}),
        (organizations.list_handshakes_for_account, {}),
    ):
        with refused("NotImplemented", status=501):
            call(**parameters)
    nobody = server.client("organizations", server.user("nobody"))
    sentence = not_authorized(f"arn:aws:iam::{ACCOUNT}:user/nobody", "organizations:ListHandshakesForAccount", "*")
    with refused("AccessDeniedException", sentence, status=400):
        nobody.list_handshakes_for_account()


def test_the_cli_makes_accounts(server):
    server.aws("organizations", "create-organization")
    made = server.aws("organizations", "create-account", "--email", "a@example.com", "--account-name", "a")
    status = wait_until(
        lambda: server.aws("organizations", "describe-create-account-status", "--create-account-request-id",
                           made["CreateAccountStatus"]["Id"])["CreateAccountStatus"], "made",
    )
    assert status["State"] == "SUCCEEDED"
    assert len(server.aws("organizations", "list-accounts")["Accounts"]) == 2
