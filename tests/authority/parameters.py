"""Input for any operation, made from its model: what is required, under names that nothing has.

Names, so that no caller is refused for want of sense: an answer other than a denial shows that the caller was let in.
"""

from string import Template

from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from server import ACCOUNT, LOOKOUT, allow, trust

ALWAYS = {"UserName", "AnomalyDetectorArn"}
"""Given where it can be: without a name the caller asks for himself or for everything."""

ASSUMABLE = f"arn:aws:iam::{ACCOUNT}:role/assumable"
"""The one thing that is there for everyone: a role that trusts its account."""

POLICY = "arn:aws:iam::$account:policy/$thing"
ROLE = "arn:aws:iam::$account:role/$thing"
USER = "arn:aws:iam::$account:user/$thing"
DETECTOR = "arn:aws:lookoutmetrics:us-east-1:$account:AnomalyDetector:$thing"
ALERT = "arn:aws:lookoutmetrics:us-east-1:$account:Alert:$thing"
METRIC_SET = "arn:aws:lookoutmetrics:us-east-1:$account:MetricSet/$thing/$thing"

MEMBERS = {
    # IAM and STS
    "AccessKeyId": "AKIANOBODYNOBODY0000",
    "ActionNames": "s3:GetObject",
    "Arn": USER,
    "AssumeRolePolicyDocument": trust(LOOKOUT),
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "654321",
    "AWSServiceName": "lookoutmetrics.amazonaws.com",
    "CertificateId": "NOBODYNOBODYNOBODYNOBODY",
    "EntityPath": "o-nobody0000/r-nobody",
    "JobId": "00000000-0000-0000-0000-000000000000",
    "OpenIDConnectProviderArn": "arn:aws:iam::$account:oidc-provider/$thing.example.com",
    "PermissionsBoundary": POLICY,
    "PolicyArn": POLICY,
    "PolicyDocument": allow("s3:GetObject"),
    "PolicyInputList": allow("s3:GetObject"),
    "PolicySourceArn": USER,
    "PrincipalArn": "arn:aws:iam::$account:saml-provider/$thing",
    "RoleArn": ROLE,
    "SAMLMetadataDocument": "<EntityDescriptor/>".ljust(1000),
    "SAMLProviderArn": "arn:aws:iam::$account:saml-provider/$thing",
    "SSHPublicKeyId": "APKANOBODYNOBODY0000",
    "SerialNumber": "arn:aws:iam::$account:mfa/$thing",
    "ServiceNamespace": "s3",
    "ServiceNamespaces": "s3",
    "ServiceSpecificCredentialId": "ACCANOBODYNOBODY0000",
    "TargetPrincipal": "$account",
    "ThumbprintList": "0" * 40,
    "Url": "https://$thing.example.com",
    "VersionId": "v1",
    # Organizations
    "AccountId": "$account",
    "ChildId": "$account",
    "CreateAccountRequestId": "car-nobody000000",
    "DestinationParentId": "r-nobody",
    "Email": "$thing@example.com",
    "HandshakeId": "h-nobody0000",
    "Id": "$account",
    "OrganizationalUnitId": "ou-nobody-nobody0000",
    "ParentId": "r-nobody",
    "PolicyId": "p-nobody0000",
    "ResourceId": "$account",
    "RootId": "r-nobody",
    "SourceParentId": "r-nobody",
    "TargetId": "$account",
    # Lookout for Metrics
    "AlertArn": ALERT,
    "AnomalyDetectorArn": DETECTOR,
    "AnomalyGroupId": "00000000-0000-0000-0000-000000000000",
    "IsAnomaly": True,
    "MetricSetArn": METRIC_SET,
    "ResourceArn": DETECTOR,
    "SensitivityThreshold": 50,
}
"""By name of the member; a list's items by the list's. Any other text is the thing's name, or an enumeration's first value."""

SOURCE = {"RoleArn": ROLE, "TemplatedPathList": ["s3://nobody/{{yyyyMMdd}}/{{HHmm}}"]}
CSV = {"FileFormatDescriptor": {"CsvFormatDescriptor": {"ContainsHeader": True}}}
ACTION = {"LambdaConfiguration": {"RoleArn": ROLE, "LambdaArn": "arn:aws:lambda:us-east-1:$account:function:$thing"}}

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
    "GetSampleData": {"S3SourceConfig": SOURCE | CSV},
    "UpdateAlert": {"Action": ACTION},
    "UpdateAnomalyDetector": {"AnomalyDetectorDescription": "changed"},
    "UpdateMetricSet": {"MetricSource": {"S3SourceConfig": SOURCE | CSV}},
}
"""What is given besides, or instead, so that the operation can make sense of it and all of its permissions are asked for."""


def parameters(operation: OperationModel, account: str, thing: str) -> dict:
    """The operation's input about a thing of an account."""
    given = _structure(operation.input_shape) if operation.input_shape else {}
    made = _filled(given | OPERATIONS.get(operation.name, {}), {"account": account, "thing": thing})
    if operation.input_shape:
        report = ParamValidator().validate(made, operation.input_shape)
        assert not report.has_errors(), f"{operation.name}: {report.generate_report()}"
    return made


def _structure(shape: Shape) -> dict:
    needed = set(shape.required_members) | ALWAYS
    return {name: _value(name, member) for name, member in shape.members.items() if name in needed}


def _value(name: str, shape: Shape):
    match shape.type_name:
        case "structure":
            return _structure(shape)
        case "list":
            return [_value(name, shape.member)]
        case "map":
            return {"key": "value"}
        case _:
            return MEMBERS.get(name) or next(iter(getattr(shape, "enum", ())), "$thing")


def _filled(value, names: dict):
    match value:
        case str():
            return Template(value).substitute(names)
        case dict():
            return {key: _filled(item, names) for key, item in value.items()}
        case list():
            return [_filled(item, names) for item in value]
        case _:
            return value
