"""Who asks: the columns of the matrix."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from botocore.exceptions import ClientError

from authority.parameters import NOTHING, Thing, parameters
from server import ACCOUNT, Credentials, Server, allow, deny, trust

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ELSEWHERE = allow("ec2:*")
"""Nothing that is here."""

FURNITURE = {
    "iam": (
        "CreateUser", "CreateGroup", "CreateRole", "CreateInstanceProfile", "CreatePolicy",
        "PutUserPolicy", "PutGroupPolicy", "PutRolePolicy",
    ),
    "s3": ("CreateBucket", "PutObject"),
    "lookoutmetrics": ("CreateAnomalyDetector", "CreateMetricSet", "CreateAlert"),
    "secretsmanager": ("CreateSecret",),
    "sns": ("CreateTopic",),
}
"""What makes one of each thing."""


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
        self.somebody = Thing("somebody", self._furnish(server.root, *FURNITURE), ACCOUNT)
        """What is there."""
        self.member = ""
        """The other account."""
        self.keys = {principal.name: principal.make(self) for principal in PRINCIPALS}
        self.arns = {name: self._arn(key) for name, key in self.keys.items()}
        """By principal; nothing for those who are not known."""
        self.state_at_first = self.state()

    @cache
    def client(self, principal: str, service: str):
        key = self.keys[principal]
        # All is at one address, whatever a model puts before it.
        options = {"inject_host_prefix": False}
        return self.server.client(service, key, **options) if key else self.server.anonymous(service, **options)

    def thing(self, principal: str) -> Thing:
        """What a principal asks about in the matrix."""
        return self.somebody if principal == "other-account" else NOTHING

    def _arn(self, key: Credentials | None) -> str | None:
        try:
            return key and self.server.client("sts", key).get_caller_identity()["Arn"]
        except ClientError:
            return None

    # The principals

    def user(
        self, name: str, *arns: str, policies: tuple = (), by: Credentials | None = None, **attributes
    ) -> Credentials:
        """A user of these managed policies, in the account of whoever makes it."""
        credentials = self.server.user(name, *policies, by=by, **attributes)
        for arn in arns:
            self.server.client("iam", by).attach_user_policy(UserName=name, PolicyArn=arn)
        return credentials

    def bounded(self) -> Credentials:
        boundary = self.iam.create_policy(PolicyName="boundary", PolicyDocument=ELSEWHERE)["Policy"]["Arn"]
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
        """An administrator of another account of the same organization, where IAM has things of the same names."""
        self.member, session = self.server.member_account()
        self._furnish(session, "iam")
        return self.user("stranger", ADMINISTRATOR, by=session)

    # What is there

    def _furnish(self, key: Credentials, *services: str) -> str:
        """Makes one of each thing, all of one name; the id of an access key."""
        given = Thing("somebody", NOTHING.access_key_id, NOTHING.member_id)
        for service in services:
            client = self.server.client(service, key)
            for operation in FURNITURE[service]:
                call(client, operation, parameters(client.meta.service_model.operation_model(operation), given))
        return self.server.client("iam", key).create_access_key(UserName=given.name)["AccessKey"]["AccessKeyId"]

    def state(self) -> list[dict]:
        """All that is there in the first account."""
        kinds = ["User", "Group", "Role", "LocalManagedPolicy"]
        lookout, s3, bucket = self.server.client("lookoutmetrics"), self.server.client("s3"), self.somebody.name
        answers = [
            self.iam.get_account_authorization_details(Filter=kinds),
            self.iam.list_access_keys(UserName=self.somebody.name),
            lookout.list_anomaly_detectors(), lookout.list_metric_sets(), lookout.list_alerts(),
            self.server.client("secretsmanager").list_secrets(), self.server.client("sns").list_topics(),
            s3.list_buckets(), s3.list_objects_v2(Bucket=bucket), s3.get_bucket_acl(Bucket=bucket),
            s3.get_object_acl(Bucket=bucket, Key=bucket), s3.list_multipart_uploads(Bucket=bucket),
        ]
        found = [item for answer in answers for items in answer.values() if isinstance(items, list) for item in items]
        for item in found:
            item.pop("RoleLastUsed", None)
        return [item for item in found if NOTHING.name not in repr(item)]


PRINCIPALS = [
    Principal("root", "the root user of the account", lambda cast: cast.server.root),
    Principal("admin", "a user with AdministratorAccess", lambda cast: cast.administrator),
    Principal("read-only", "a user with ReadOnlyAccess", lambda cast: cast.user("reader", READ_ONLY)),
    Principal("none", "a user without any policy", lambda cast: cast.user("powerless")),
    Principal(
        "deny",
        "a user with AdministratorAccess and a deny of everything",
        lambda cast: cast.user("denied", ADMINISTRATOR, policies=(deny("*"),)),
    ),
    Principal("boundary", "a user with AdministratorAccess within a boundary of ec2:*", Cast.bounded),
    Principal(
        "session",
        "a role with AdministratorAccess, assumed with a session policy of ec2:*",
        lambda cast: cast.session("limited", Policy=ELSEWHERE),
    ),
    Principal("user-session", "GetSessionToken of the user admin, without MFA", Cast.session_of_a_user),
    Principal("federated", "GetFederationToken of the user admin, with a session policy of *", Cast.federated),
    Principal(
        "other-account",
        "a user with AdministratorAccess in a member account of the organization, who names what is there in this one",
        Cast.stranger,
    ),
    Principal("re-created", "a session of a role that was deleted and made again", Cast.session_of_the_deleted),
    Principal("anonymous", "nobody: the request is not signed", lambda cast: None),
]


def call(client, operation: str, given: dict) -> dict:
    """Calls an operation by the name that AWS has for it."""
    names = {api: python for python, api in client.meta.method_to_api_mapping.items()}
    return getattr(client, names[operation])(**given)
