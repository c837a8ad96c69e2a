"""Input for any operation, made from its model: what is required, about a thing that there need not be.

It makes sense, so that no caller is refused for want of that: an answer other than a refusal shows that the caller was
let in.
"""

from dataclasses import dataclass
from string import Template

from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from server import ACCOUNT, LOOKOUT, allow, policy, statement, trust


@dataclass(frozen=True)
class Thing:
    """What a request is about: a name that anything can have, and what has an id only."""

    name: str
    access_key_id: str
    member_id: str
    """An account of the organization."""


NOTHING = Thing("nothing", "AKIANOBODYNOBODY0000", "999999999999")
"""What is not there."""

ALWAYS = {"UserName", "AnomalyDetectorArn", "TopicArn", "Key"}
"""Given where it can be: without a name the caller asks for himself or for everything, and no tag is one without a key."""

ASSUMABLE = f"arn:aws:iam::{ACCOUNT}:role/assumable"
"""The one thing that is there for everyone: a role that trusts its account."""

POLICY = f"arn:aws:iam::{ACCOUNT}:policy/$name"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/$name"
USER = f"arn:aws:iam::{ACCOUNT}:user/$name"
DETECTOR = f"arn:aws:lookoutmetrics:us-east-1:{ACCOUNT}:AnomalyDetector:$name"
ALERT = f"arn:aws:lookoutmetrics:us-east-1:{ACCOUNT}:Alert:$name"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:$name"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:$name"
METRIC_SET = f"arn:aws:lookoutmetrics:us-east-1:{ACCOUNT}:MetricSet/$name/$name"

MEMBERS = {
    # IAM and STS
    "AccessKeyId": "$access_key_id",
    "ActionNames": "s3:GetObject",
    "Arn": USER,
    "AssumeRolePolicyDocument": trust(LOOKOUT),
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "654321",
    "AWSServiceName": "lookoutmetrics.amazonaws.com",
    "CertificateId": "NOBODYNOBODYNOBODYNOBODY",
    "DelegationRequestId": "dr-nobody000000000",
    "EntityArn": f"arn:aws:iam::{ACCOUNT}:delegation-request/dr-nobody000000000",
    "EntityPath": "o-nobody0000/r-nobody",
    "JobId": "00000000-0000-0000-0000-000000000000",
    "OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/$name.example.com",
    "PermissionsBoundary": POLICY,
    "PolicyArn": POLICY,
    "PolicyDocument": allow("s3:*"),
    "PolicyInputList": allow("s3:GetObject"),
    "PolicySourceArn": USER,
    "PrincipalArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/$name",
    "RoleArn": ROLE,
    "SAMLMetadataDocument": "<EntityDescriptor/>".ljust(1000),
    "SAMLProviderArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/$name",
    "SSHPublicKeyId": "APKANOBODYNOBODY0000",
    "SessionDuration": 3600,
    "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/$name",
    "ServiceNamespace": "s3",
    "ServiceNamespaces": "s3",
    "ServiceSpecificCredentialId": "ACCANOBODYNOBODY0000",
    "TargetPrincipal": "$member_id",
    "TemplateArn": "arn:aws:iam::aws:role-template/nobody",
    "ThumbprintList": "0" * 40,
    "Url": "https://$name.example.com",
    "VersionId": "v1",
    # Organizations
    "AccountId": "$member_id",
    "ChildId": "$member_id",
    "CreateAccountRequestId": "car-nobody000000",
    "DestinationParentId": "r-nobody",
    "Email": "$name@example.com",
    "HandshakeId": "h-nobody0000",
    "Id": "$member_id",
    "OrganizationalUnitId": "ou-nobody-nobody0000",
    "ParentId": "r-nobody",
    "PolicyId": "p-nobody0000",
    "ResourceId": "$member_id",
    "RootId": "r-nobody",
    "SourceParentId": "r-nobody",
    "StartTimestamp": "2026-01-01T00:00:00Z",
    "TargetId": "$member_id",
    # Lookout for Metrics
    "AlertArn": ALERT,
    "AnomalyDetectorArn": DETECTOR,
    "AnomalyGroupId": "00000000-0000-0000-0000-000000000000",
    "IsAnomaly": True,
    "MetricSetArn": METRIC_SET,
    "ResourceArn": DETECTOR,
    "SensitivityThreshold": 50,
    # Secrets Manager
    "ClientRequestToken": "00000000-0000-0000-0000-000000000000",
    "CrossAccountReplicaARN": SECRET,
    "Region": "eu-west-1",
    "RemoveReplicaRegions": "eu-west-1",
    "ResourcePolicy": "{}",
    "SecretId": SECRET,
    # SNS
    "AWSAccountId": ACCOUNT,
    "ActionName": "Publish",
    "AttributeName": "DisplayName",
    "Protocol": "http",
    "SubscriptionArn": f"{TOPIC}:00000000-0000-0000-0000-000000000000",
    "TopicArn": TOPIC,
}
"""By name of the member; a list's items by the list's. Any other text is the thing's name, or an enumeration's first
value.
"""

MEMBERS_OF = {
    "s3": {
        "CopySource": "$name/$name",
        "Days": 90,
        "IsEnabled": True,
        "PartNumber": 1,
        "Policy": policy(statement("Allow", "s3:GetObject", "arn:aws:s3:::$name/*", Principal={"AWS": ACCOUNT})),
    },
    "sns": {"ResourceArn": TOPIC},
}
"""By service, where others of theirs are called so."""

PATH = "s3://$name/{{yyyyMMdd}}/{{HHmm}}"
SOURCE = {"RoleArn": ROLE, "TemplatedPathList": [PATH]}
CSV = {"FileFormatDescriptor": {"CsvFormatDescriptor": {"ContainsHeader": True}}}
ACTION = {"LambdaConfiguration": {"RoleArn": ROLE, "LambdaArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:$name"}}

OPERATIONS = {
    "AssumeRole": {"RoleArn": ASSUMABLE},
    "AssumeRoot": {"TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}},
    "CreateAlert": {"Action": ACTION},
    "CreateAnomalyDetector": {"AnomalyDetectorConfig": {"AnomalyDetectorFrequency": "PT1H"}},
    "CreateMetricSet": {
        "MetricSource": {"S3SourceConfig": SOURCE | CSV},
        "TimestampColumn": {"ColumnName": "time", "ColumnFormat": "yyyy-MM-dd HH:mm:ss"},
        "MetricSetFrequency": "PT1H",
    },
    "DetectMetricSetConfig": {"AutoDetectionMetricSource": {"S3SourceConfig": {"TemplatedPathList": [PATH]}}},
    "GetSampleData": {"S3SourceConfig": SOURCE | CSV},
    "UpdateAlert": {"Action": ACTION},
    "UpdateAnomalyDetector": {"AnomalyDetectorDescription": "changed"},
    "UpdateAssumeRolePolicy": {"PolicyDocument": trust(LOOKOUT)},
    "UpdateMetricSet": {"MetricSource": {"S3SourceConfig": SOURCE | CSV}},
    "UpdateObjectEncryption": {
        "ObjectEncryption": {"SSEKMS": {"KMSKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"}},
    },
}
"""What is given besides, or instead, so that the operation makes sense and asks for all of its permissions."""


def parameters(operation: OperationModel, thing: Thing = NOTHING) -> dict:
    """The operation's input about a thing."""
    members = MEMBERS | MEMBERS_OF.get(operation.service_model.signing_name, {})
    given = _structure(operation.input_shape, members) if operation.input_shape else {}
    made = _filled(given | OPERATIONS.get(operation.name, {}), thing)
    if operation.input_shape:
        report = ParamValidator().validate(made, operation.input_shape)
        assert not report.has_errors(), f"{operation.name}: {report.generate_report()}"
    return made


def _structure(shape: Shape, members: dict) -> dict:
    needed = set(shape.required_members) | ALWAYS
    return {name: _value(name, member, members) for name, member in shape.members.items() if name in needed}


def _value(name: str, shape: Shape, members: dict):
    match shape.type_name:
        case "structure":
            return _structure(shape, members)
        case "list":
            return [_value(name, shape.member, members)]
        case "map":
            return {"key": "value"}
        case _:
            return members.get(name) or next(iter(getattr(shape, "enum", ())), "$name")


def _filled(value, thing: Thing):
    match value:
        case str():
            return Template(value).substitute(vars(thing))
        case dict():
            return {key: _filled(item, thing) for key, item in value.items()}
        case list():
            return [_filled(item, thing) for item in value]
        case _:
            return value
