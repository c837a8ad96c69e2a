"""Who asks: the columns of the matrix."""

from collections.abc import Callable
from dataclasses import dataclass

from parameters import parameters

from server import ACCOUNT, Credentials, Server, allow, deny, trust

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
S3 = allow("s3:*")

NOBODYS_ACCOUNT = "111122223333"


@dataclass(frozen=True)
class Principal:
    """A kind of caller."""

    name: str
    meaning: str
    make: Callable[["Cast"], Credentials | None]
    """Its key; `None` signs nothing."""


class Cast:
    """One of each principal, on a server."""

    def __init__(self, server: Server):
        self.server = server
        self.iam = server.client("iam")
        self.administrator = self.user("administrator", ADMINISTRATOR)
        self.iam.create_role(RoleName="assumable", AssumeRolePolicyDocument=trust())

    def user(self, name: str, *arns: str, policies: tuple = (), **attributes) -> Credentials:
        """A user of these managed policies."""
        credentials = self.server.user(name, *policies, **attributes)
        for arn in arns:
            self.iam.attach_user_policy(UserName=name, PolicyArn=arn)
        return credentials

    def bounded(self) -> Credentials:
        boundary = self.iam.create_policy(PolicyName="boundary", PolicyDocument=S3)["Policy"]["Arn"]
        return self.user("bounded", ADMINISTRATOR, PermissionsBoundary=boundary)

    def session(self, role: str, **parameters) -> Credentials:
        """A session of a new role that may do everything."""
        arn = self.server.role(role, trust())
        self.iam.attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR)
        return self.server.assume(arn, self.administrator, **parameters)

    def session_of_the_deleted(self) -> Credentials:
        """A session of a role that is there again, with the same name and permissions, and is another one."""
        session = self.session("again")
        self.iam.detach_role_policy(RoleName="again", PolicyArn=ADMINISTRATOR)
        self.iam.delete_role(RoleName="again")
        self.session("again")
        return session

    def session_of_a_user(self) -> Credentials:
        sts = self.server.client("sts", self.administrator)
        return Credentials.of(sts.get_session_token()["Credentials"])

    def federated(self) -> Credentials:
        sts = self.server.client("sts", self.administrator)
        return Credentials.of(sts.get_federation_token(Name="federated", Policy=allow("*"))["Credentials"])

    def stranger(self) -> Credentials:
        """An administrator of another account of the same organization; what he asks for is there."""
        self._furnish()
        _, session = self.server.member_account()
        iam = self.server.client("iam", session)
        iam.create_user(UserName="stranger")
        iam.attach_user_policy(UserName="stranger", PolicyArn=ADMINISTRATOR)
        return Credentials.of(iam.create_access_key(UserName="stranger")["AccessKey"])

    def _furnish(self):
        """Makes what a stranger is to find in the first account."""
        for service, operations in {
            "iam": ("CreateUser", "CreateGroup", "CreateRole", "CreateInstanceProfile", "CreatePolicy"),
            "lookoutmetrics": ("CreateAnomalyDetector", "CreateMetricSet", "CreateAlert"),
        }.items():
            client = self.server.client(service)
            for name in operations:
                call(client, name, parameters(client.meta.service_model.operation_model(name), ACCOUNT, SOMEBODY))


SOMEBODY = "somebody"

PRINCIPALS = [
    Principal("root", "the root user of the account", lambda cast: cast.server.root),
    Principal("admin", "a user with AdministratorAccess", lambda cast: cast.administrator),
    Principal("read-only", "a user with ReadOnlyAccess", lambda cast: cast.user("reader", READ_ONLY)),
    Principal("none", "a user without any policy", lambda cast: cast.user("nobody")),
    Principal(
        "deny",
        "a user with AdministratorAccess and a deny of everything",
        lambda cast: cast.user("denied", ADMINISTRATOR, policies=(deny("*"),)),
    ),
    Principal("boundary", "a user with AdministratorAccess within a boundary of s3:*", Cast.bounded),
    Principal(
        "session",
        "a role with AdministratorAccess, assumed with a session policy of s3:*",
        lambda cast: cast.session("limited", Policy=S3),
    ),
    Principal("user-session", "GetSessionToken of the user admin, without MFA", Cast.session_of_a_user),
    Principal("federated", "GetFederationToken of the user admin, with a session policy of *", Cast.federated),
    Principal(
        "other-account",
        "a user with AdministratorAccess in a member account, who names what is there in the first account",
        Cast.stranger,
    ),
    Principal("re-created", "a session of a role that was deleted and made again", Cast.session_of_the_deleted),
    Principal("anonymous", "nobody: the request is not signed", lambda cast: None),
]


def call(client, operation: str, given: dict) -> dict:
    """Calls an operation by the name that AWS has for it."""
    names = {api: python for python, api in client.meta.method_to_api_mapping.items()}
    return getattr(client, names[operation])(**given)
