"""Every condition key that a policy can ask for, as data: what it says, and requests of which it says that or not.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from server import ACCOUNT, allow

AHEAD = 3600
"""Seconds by which one of the servers is ahead."""
MIDWAY = datetime.now(timezone.utc) + timedelta(seconds=AHEAD / 2)
"""Between the clocks of the servers, for as long as a run of these tests may take."""

READ_ONLY, S3_ONLY = (f"arn:aws:iam::aws:policy/{name}" for name in ("ReadOnlyAccess", "AmazonS3FullAccess"))
LOOKOUT = "lookoutmetrics.amazonaws.com"


@dataclass(frozen=True)
class Call:
    """A request whose caller has nothing but the tested statements, and permission for what else the request needs.
    In braces: what only the running installation knows.
    """

    operation: str = "iam:ListUsers"
    input: dict = field(default_factory=dict)
    who: str = "alice"
    action: str | None = None
    """What the tested statements are about, if that is not the operation itself."""
    needs: tuple[str, ...] = ()
    """What else the request needs permission for."""
    headers: tuple[tuple[str, str], ...] = ()
    source: str = "127.0.0.1"
    region: str = "us-east-1"
    ends_with: tuple[str, ...] = ()
    """Errors that may meet whoever has been let in."""


@dataclass(frozen=True)
class Trusting:
    """A request that is decided by the trust policy of the role `trusting`, which has nothing but the tested
    statements: of Lookout for Metrics, on behalf of the detector with this alert, or of a user who may assume any role.
    """

    alert: str | None = None


@dataclass(frozen=True)
class Key:
    """A condition key. The condition, an operator and a value, is true of the first request, false of the second; the
    third request lacks the key.
    """

    name: str
    operator: str
    value: str
    holds: Call | Trusting | None
    fails: Call | Trusting | None
    lacks: Call | Trusting | None
    other: str | None = None
    """For what is the same in all requests: a value with which the condition is false of the first."""


LIST_USERS = Call()
BY_BOB = Call(who="bob")
BY_CAROL = Call(who="carol")
BY_SESSION = Call(who="session")
BY_SESSION_OF_BOB = Call(who="session of bob")
BY_SESSION_OF_EVE = Call(who="session of eve")
NEXT_DOOR = Call(who="alice next door")
WITHOUT_ORGANIZATION = Call(who="alice without organization")
AN_HOUR_AHEAD = Call(who="alice an hour ahead")
SESSION_AN_HOUR_AHEAD = Call(who="session an hour ahead")


def list_detectors(region: str) -> Call:
    """IAM is served from one Region; Lookout for Metrics from all."""
    return Call("lookoutmetrics:ListAnomalyDetectors", region=region)


THROUGH_LOOKOUT = Call(
    "lookoutmetrics:DetectMetricSetConfig",
    {
        "AnomalyDetectorArn": f"arn:aws:lookoutmetrics:us-east-1:{ACCOUNT}:AnomalyDetector:first",
        "AutoDetectionMetricSource": {"S3SourceConfig": {"HistoricalDataPathList": ["s3://bucket/"]}},
    },
    action="s3:ListBucket", needs=("lookoutmetrics:DetectMetricSetConfig", "s3:GetObject"),
)
"""The service goes on with the caller's own credentials."""


def tag(key: str, value: str) -> Call:
    return Call("iam:TagUser", {"UserName": "tagged", "Tags.member.1.Key": key, "Tags.member.1.Value": value})


def get(user: str) -> Call:
    return Call("iam:GetUser", {"UserName": user})


def attach(policy: str) -> Call:
    return Call("iam:AttachUserPolicy", {"UserName": "tagged", "PolicyArn": policy})


def put_policy(user: str) -> Call:
    given = {"UserName": user, "PolicyName": "other", "PolicyDocument": allow("s3:*")}
    return Call("iam:PutUserPolicy", given)


PASS_TO_LOOKOUT = Call(
    "lookoutmetrics:UpdateAlert",
    {
        "AlertArn": "{alert}",
        "Action": {"LambdaConfiguration": {
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/passed",
            "LambdaArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f",
        }},
    },
    action="iam:PassRole", needs=("lookoutmetrics:UpdateAlert",),
)
PASS_TO_EC2 = Call(
    "iam:AddRoleToInstanceProfile", {"InstanceProfileName": "profile", "RoleName": "passed"},
    action="iam:PassRole", needs=("iam:AddRoleToInstanceProfile",), ends_with=("LimitExceeded",),
)


def assume(role: str = f"arn:aws:iam::{ACCOUNT}:role/open", name: str = "me", **given: str) -> Call:
    """Dots of names are written with two low lines."""
    parameters = {key.replace("__", "."): value for key, value in given.items()}
    return Call(
        "sts:AssumeRole", {"RoleArn": role, "RoleSessionName": name} | parameters,
        needs=("sts:TagSession", "sts:SetSourceIdentity"),
    )


def assume_with_tags(transitive: str) -> Call:
    return assume(
        Tags__member__1__Key="team", Tags__member__1__Value="red", Tags__member__2__Key="site",
        Tags__member__2__Value="main", TransitiveTagKeys__member__1=transitive,
    )


def s3(operation: str, path: str = "/bucket", method: str = "GET", query: str = "", *headers, **how) -> Call:
    """A request to Amazon S3, whose input is where its path, query and headers say."""
    given = {"method": method, "path": path, "query": query}
    return Call(f"s3:{operation}", given, headers=headers, ends_with=("NoSuchKey", "AccessControlListNotSupported"), **how)


def put(*headers: tuple[str, str], **how) -> Call:
    return s3("PutObject", "/bucket/new", "PUT", "", *headers, **how)


def acl(*headers: tuple[str, str]) -> Call:
    """Another permission is needed where a request brings an ACL."""
    return put(*headers, needs=("s3:PutObjectAcl",))


def tags(text: str) -> Call:
    return put(("x-amz-tagging", text), needs=("s3:PutObjectTagging",))


def copied(path: str, directive: str) -> Call:
    headers = (("x-amz-copy-source", path), ("x-amz-metadata-directive", directive))
    return put(*headers, needs=("s3:GetObject",))


def granted(kind: str) -> Key:
    name, mine, other = f"x-amz-grant-{kind}", f'id="{ACCOUNT:0>64}"', 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    return Key(f"s3:{name}", "StringEquals", mine, acl((name, mine)), acl((name, other)), put())


def granted_on_bucket(kind: str) -> Key:
    name, mine, other = f"x-amz-grant-{kind}", f'id="{ACCOUNT:0>64}"', 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    set_acl = lambda value: s3("PutBucketAcl", "/bucket", "PUT", "acl", (name, value))
    return Key(f"s3:{name}", "StringEquals", mine, set_acl(mine), set_acl(other), put())


LIST, GET = s3("ListBucket"), s3("GetObject", "/bucket/red")
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
def subscribe(protocol: str, **given: str) -> Call:
    """To a topic that is not there, as who is let in learns."""
    topic = {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:nothing", "Protocol": protocol}
    return Call("sns:Subscribe", topic | given, ends_with=("NotFound",))


def secret(operation: str, name: str = "nothing", region: str = "us-east-1", **given) -> Call:
    """About a secret that is not there, as who is let in learns, unless it is of the World's."""
    arn = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}"
    not_there = ("ResourceNotFoundException", "ResourceExistsException", "InvalidParameterException")
    named = {"Name": name} if operation == "CreateSecret" else {"SecretId": arn}
    return Call(f"secretsmanager:{operation}", named | given, region=region, ends_with=not_there)


def policy_of_secret(**given) -> Call:
    return secret("PutResourcePolicy", ResourcePolicy="{}", **given)


DESCRIBE_RED = secret("DescribeSecret", "red")
TO_EUROPE = [{"Region": "eu-west-1"}]
BY_LOOKOUT = Trusting("{alert}")
BY_LOOKOUT_FOR_ANOTHER_DETECTOR = Trusting("{other_alert}")
BY_USER = Trusting()

KEYS = [
    # Who asks
    Key("aws:username", "StringEquals", "alice", LIST_USERS, BY_BOB, BY_SESSION),
    Key("aws:userid", "StringEquals", "{alice}", LIST_USERS, BY_BOB, None),
    Key("aws:PrincipalType", "StringEquals", "User", LIST_USERS, BY_SESSION, None),
    Key("aws:PrincipalArn", "ArnLike", f"arn:aws:iam::{ACCOUNT}:role/read*", BY_SESSION, LIST_USERS, None),
    Key("aws:PrincipalAccount", "StringEquals", ACCOUNT, LIST_USERS, NEXT_DOOR, None),
    Key("aws:PrincipalOrgID", "StringEquals", "{organization}", LIST_USERS, AN_HOUR_AHEAD, WITHOUT_ORGANIZATION),
    Key("aws:PrincipalOrgPaths", "ForAnyValue:StringLike", "{organization}/*", LIST_USERS, AN_HOUR_AHEAD,
        WITHOUT_ORGANIZATION),
    Key("aws:PrincipalTag/", "StringEquals", "red", LIST_USERS, BY_BOB, BY_CAROL),
    Key("aws:PrincipalIsAWSService", "Bool", "true", BY_LOOKOUT, BY_USER, None),
    Key("aws:PrincipalServiceName", "StringEquals", LOOKOUT, BY_LOOKOUT, None, BY_USER, other="ec2.amazonaws.com"),
    # With which session
    Key("aws:TokenIssueTime", "DateLessThan", f"{MIDWAY:%Y-%m-%dT%H:%M:%SZ}", BY_SESSION, SESSION_AN_HOUR_AHEAD,
        LIST_USERS),
    Key("aws:SourceIdentity", "StringEquals", "bob", BY_SESSION_OF_BOB, BY_SESSION_OF_EVE, BY_SESSION),
    # Multi-factor authentication is not available: no session has passed it.
    Key("aws:MultiFactorAuthPresent", "Bool", "false", BY_SESSION, None, LIST_USERS, other="true"),
    Key("aws:MultiFactorAuthAge", "NumericLessThan", "3600", None, None, BY_SESSION),
    # From where, when, by which means
    Key("aws:SourceIp", "IpAddress", "127.0.0.1/32", LIST_USERS, Call(source="127.0.0.2"), THROUGH_LOOKOUT),
    Key("aws:CurrentTime", "DateLessThan", f"{MIDWAY:%Y-%m-%dT%H:%M:%SZ}", LIST_USERS, AN_HOUR_AHEAD, None),
    Key("aws:EpochTime", "NumericLessThan", str(int(MIDWAY.timestamp())), LIST_USERS, AN_HOUR_AHEAD, None),
    Key("aws:UserAgent", "StringLike", "Tower/*", Call(headers=(("User-Agent", "Tower/1.0"),)),
        Call(headers=(("User-Agent", "Power/1.0"),)), LIST_USERS),
    Key("aws:Referer", "StringLike", "https://console.example.com/*",
        Call(headers=(("Referer", "https://console.example.com/users"),)),
        Call(headers=(("Referer", "https://example.com/"),)), LIST_USERS),
    Key("aws:ViaAWSService", "Bool", "false", LIST_USERS, THROUGH_LOOKOUT, None),
    Key("aws:CalledVia", "ForAnyValue:StringEquals", LOOKOUT, THROUGH_LOOKOUT, None, LIST_USERS, other="ec2.amazonaws.com"),
    Key("aws:CalledViaFirst", "StringEquals", LOOKOUT, THROUGH_LOOKOUT, None, LIST_USERS, other="ec2.amazonaws.com"),
    Key("aws:CalledViaLast", "StringEquals", LOOKOUT, THROUGH_LOOKOUT, None, LIST_USERS, other="ec2.amazonaws.com"),
    # TLS is a proxy's.
    Key("aws:SecureTransport", "Bool", "false", LIST_USERS, None, None, other="true"),
    # For what
    Key("aws:RequestedRegion", "StringLike", "us-*", list_detectors("us-east-1"), list_detectors("eu-west-1"), None),
    Key("aws:ResourceAccount", "StringEquals", ACCOUNT, assume(), assume("{role_next_door}"), None),
    Key("aws:ResourceOrgID", "StringEquals", "{organization}", assume("{role_next_door}"), AN_HOUR_AHEAD,
        WITHOUT_ORGANIZATION),
    Key("aws:ResourceOrgPaths", "ForAnyValue:StringLike", "{organization}/*", assume("{role_next_door}"),
        AN_HOUR_AHEAD, WITHOUT_ORGANIZATION),
    Key("aws:ResourceTag/", "StringEquals", "red", get("alice"), get("bob"), get("carol")),
    Key("aws:RequestTag/", "StringEquals", "red", tag("team", "red"), tag("team", "blue"), tag("site", "red")),
    Key("aws:TagKeys", "ForAnyValue:StringEquals", "team", tag("team", "red"), tag("site", "main"), LIST_USERS),
    # On whose behalf a service asks
    Key("aws:SourceArn", "ArnLike", "arn:aws:lookoutmetrics:*:*:AnomalyDetector:first", BY_LOOKOUT,
        BY_LOOKOUT_FOR_ANOTHER_DETECTOR, BY_USER),
    Key("aws:SourceAccount", "StringEquals", ACCOUNT, BY_LOOKOUT, None, BY_USER, other="999999999999"),
    # IAM
    Key("iam:ResourceTag/", "StringEquals", "red", get("alice"), get("bob"), get("carol")),
    Key("iam:PolicyARN", "ArnEquals", READ_ONLY, attach(READ_ONLY), attach(S3_ONLY), LIST_USERS),
    Key("iam:PermissionsBoundary", "ArnEquals", READ_ONLY, put_policy("reading"), put_policy("storing"),
        put_policy("tagged")),
    Key("iam:PassedToService", "StringEquals", LOOKOUT, PASS_TO_LOOKOUT, PASS_TO_EC2, LIST_USERS),
    Key("iam:AssociatedResourceArn", "ArnLike", f"arn:aws:ec2:*:{ACCOUNT}:instance/*", PASS_TO_EC2, None,
        PASS_TO_LOOKOUT, other=f"arn:aws:ec2:*:{ACCOUNT}:fleet/*"),
    # Secrets Manager
    Key("secretsmanager:SecretId", "ArnLike", f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:red-??????", DESCRIBE_RED,
        secret("DescribeSecret", "blue"), LIST_USERS),
    Key("secretsmanager:SecretPrimaryRegion", "StringEquals", "us-east-1", DESCRIBE_RED,
        secret("DescribeSecret", region="eu-west-1"), LIST_USERS),
    Key("secretsmanager:ResourceTag/", "StringEquals", "red", DESCRIBE_RED, secret("DescribeSecret", "blue"),
        secret("DescribeSecret", "plain")),
    Key("secretsmanager:Name", "StringEquals", "mine", secret("CreateSecret", "mine"), secret("CreateSecret", "yours"),
        DESCRIBE_RED),
    Key("secretsmanager:Description", "StringLike", "mine*", secret("UpdateSecret", Description="mine it is"),
        secret("UpdateSecret", Description="yours"), secret("UpdateSecret")),
    Key("secretsmanager:KmsKeyId", "StringEquals", "alias/aws/secretsmanager",
        secret("UpdateSecret", KmsKeyId="alias/aws/secretsmanager"), secret("UpdateSecret", KmsKeyId="alias/mine"),
        secret("UpdateSecret")),
    Key("secretsmanager:AddReplicaRegions", "ForAnyValue:StringEquals", "eu-west-1",
        secret("CreateSecret", AddReplicaRegions=TO_EUROPE),
        secret("CreateSecret", AddReplicaRegions=[{"Region": "eu-north-1"}]), secret("CreateSecret", "theirs")),
    Key("secretsmanager:ForceOverwriteReplicaSecret", "Bool", "true",
        secret("CreateSecret", AddReplicaRegions=TO_EUROPE, ForceOverwriteReplicaSecret=True),
        secret("CreateSecret", AddReplicaRegions=TO_EUROPE, ForceOverwriteReplicaSecret=False),
        secret("CreateSecret", "theirs")),
    Key("secretsmanager:VersionId", "StringLike", "1*", secret("GetSecretValue", VersionId="1" * 32),
        secret("GetSecretValue", VersionId="2" * 32), secret("GetSecretValue")),
    # Where neither a stage nor a version is named, the current version is meant.
    Key("secretsmanager:VersionStage", "StringEquals", "AWSPENDING", secret("GetSecretValue", VersionStage="AWSPENDING"),
        secret("GetSecretValue"), secret("GetSecretValue", VersionId="1" * 32)),
    Key("secretsmanager:RecoveryWindowInDays", "NumericLessThan", "10", secret("DeleteSecret", RecoveryWindowInDays=7),
        secret("DeleteSecret", RecoveryWindowInDays=20), secret("DeleteSecret")),
    Key("secretsmanager:ForceDeleteWithoutRecovery", "Bool", "true",
        secret("DeleteSecret", ForceDeleteWithoutRecovery=True), secret("DeleteSecret", ForceDeleteWithoutRecovery=False),
        secret("DeleteSecret")),
    Key("secretsmanager:BlockPublicPolicy", "Bool", "true", policy_of_secret(BlockPublicPolicy=True),
        policy_of_secret(BlockPublicPolicy=False), policy_of_secret()),
    # SNS
    Key("sns:Endpoint", "StringLike", "*@example.com", subscribe("email", Endpoint="ann@example.com"),
        subscribe("email", Endpoint="ann@example.org"), subscribe("email")),
    Key("sns:Protocol", "StringEquals", "https", subscribe("https"), subscribe("http"), LIST_USERS),
    # STS
    Key("sts:ExternalId", "StringEquals", "secret", assume(ExternalId="secret"), assume(ExternalId="Secret"), assume()),
    Key("sts:RoleSessionName", "StringLike", "m?", assume(name="me"), assume(name="you"), LIST_USERS),
    Key("sts:SourceIdentity", "StringEquals", "bob", assume(SourceIdentity="bob"), assume(SourceIdentity="eve"),
        assume()),
    Key("sts:TransitiveTagKeys", "ForAnyValue:StringEquals", "team", assume_with_tags("team"),
        assume_with_tags("site"), assume()),
    # Amazon S3
    Key("s3:prefix", "StringLike", "mine/*", s3("ListBucket", query="prefix=mine%2Fx"),
        s3("ListBucket", query="prefix=yours"), LIST),
    Key("s3:delimiter", "StringEquals", "/", s3("ListBucket", query="delimiter=%2F"),
        s3("ListBucket", query="delimiter=-"), LIST),
    Key("s3:max-keys", "NumericLessThan", "10", s3("ListBucket", query="max-keys=5"),
        s3("ListBucket", query="max-keys=50"), LIST),
    Key("s3:x-amz-acl", "StringEquals", "private", acl(("x-amz-acl", "private")), acl(("x-amz-acl", "public-read")), put()),
    granted("read"),
    granted("read-acp"),
    granted("write-acp"),
    granted("full-control"),
    granted_on_bucket("write"),
    Key("s3:ExistingObjectTag/", "StringEquals", "red", GET, s3("GetObject", "/bucket/blue"),
        s3("GetObject", "/bucket/plain")),
    Key("s3:RequestObjectTag/", "StringEquals", "red", tags("team=red"), tags("team=blue"), tags("site=red")),
    Key("s3:RequestObjectTagKeys", "ForAnyValue:StringEquals", "team", tags("team=red"), tags("site=red"), put()),
    Key("s3:x-amz-copy-source", "StringLike", "bucket/p*", copied("/bucket/plain", "COPY"), copied("bucket/other", "COPY"),
        put()),
    Key("s3:x-amz-metadata-directive", "StringEquals", "COPY", copied("bucket/plain", "COPY"),
        copied("bucket/plain", "REPLACE"), put()),
    Key("s3:x-amz-content-sha256", "StringEquals", "UNSIGNED-PAYLOAD", put(("x-amz-content-sha256", "UNSIGNED-PAYLOAD")),
        put(), None),
    Key("s3:signatureversion", "StringEquals", "AWS4-HMAC-SHA256", GET, None, None, other="AWS"),
    # The tests of presigned requests have the other kind.
    Key("s3:authType", "StringEquals", "REST-HEADER", GET, None, None, other="REST-QUERY-STRING"),
    Key("s3:signatureAge", "NumericLessThan", "600000", GET, None, None, other="0"),
    Key("s3:ResourceAccount", "StringEquals", ACCOUNT, GET, None, s3("ListAllMyBuckets", "/"), other="999999999999"),
]
"""A key that ends in a stroke is one for each tag; these are of the tag `team`."""
