"""What we say of our APIs is what AWS's own models say: every operation, and every shape of those that we have.

All are compared with the newest botocore, Lookout for Metrics with the last one that had it. What Amazon S3 lacks is in
`lacking.py`.
"""

from functools import cache

import pytest

from conformance.lacking import ANYWHERE, PLACES, is_lacking, missing
from conformance.models import SOURCES, Comparison, described, load, of_description, of_model

ROLE_TEMPLATES = "Only a role made by AcquireRole has one, which is not available."
TOKEN_SIZE = "The model of 2026 has it and no page says what it does; session tokens are as long as they must be."
GRANTEE = "Whom a grant means is told by its id or URI."
EXPIRES = "It comes back as it was given, whatever it is."
NAMED_ENTRIES = "The Query protocol's reader takes `Name` for `key`, and any letter case; our form has no place for that."
EXCEPTIONS = {
    "iam": {
        "AttachedPermissionsBoundary.PermissionsBoundaryType: any value is taken":
            "IAM answers `Policy`, whatever its model says, so that the member is any string.",
        "Role: member SourceRoleTemplate is missing": ROLE_TEMPLATES,
    },
    "lookoutmetrics": {},
    "organizations": {},
    "s3": {
        **{
            f"{structure}.{member}: type is 'string', should be 'timestamp'": EXPIRES
            for structure, member in (
                ("CopyObjectRequest", "Expires"), ("CreateMultipartUploadRequest", "Expires"), ("GetObjectOutput", "Expires"),
                ("GetObjectRequest", "ResponseExpires"), ("HeadObjectOutput", "Expires"),
                ("HeadObjectRequest", "ResponseExpires"), ("PutObjectRequest", "Expires"),
            )
        },
        **{
            f"{structure}.CopySource: pattern is None, should be '\\\\/?.+\\\\/.+'": "What is no source is refused in S3's own words."
            for structure in ("CopyObjectRequest", "UploadPartCopyRequest")
        },
        "Grantee.Type: required is False, should be True": GRANTEE,
        "Grantee.Type: any value is taken": GRANTEE,
        **{
            f"{structure}.StorageClass: any value is taken": "Classes other than STANDARD are refused in S3's own words."
            for structure in (
                "CopyObjectRequest", "CreateMultipartUploadRequest", "ListPartsOutput", "MultipartUpload", "Object",
                "PutObjectRequest",
            )
        },
        **{
            f"{structure}.LocationConstraint: any value is taken": "Regions that are none are refused in S3's own words."
            for structure in ("CreateBucketConfiguration", "GetBucketLocationOutput")
        },
        **{
            f"{member}: any value is taken": "It changes nothing: checksums are those of objects and parts as they were sent."
            for member in (
                "CompleteMultipartUploadRequest.ChecksumType", "CreateMultipartUploadRequest.ChecksumAlgorithm",
                "CreateMultipartUploadRequest.ChecksumType", "Object.ChecksumAlgorithm[]",
            )
        },
    },
    "secretsmanager": {},
    "sns": {
        "PublishInput.MessageAttributes{key}: encoding is None, should be {'name': 'Name'}": NAMED_ENTRIES,
        "PublishInput.MessageAttributes{value}: encoding is None, should be {'name': 'Value'}": NAMED_ENTRIES,
    },
    "sts": {
        f"{structure}: member {member} is missing": TOKEN_SIZE
        for operation in ("AssumeRole", "GetFederationToken", "GetSessionToken")
        for structure, member in (
            (f"{operation}Request", "MinimumSessionTokenSize"),
            (f"{operation}Response", "SessionTokenSize"),
            (f"{operation}Response", "SessionTokenUtilization"),
        )
    },
}
"""Each difference that there may be, as the comparison words it, and why."""


@cache
def ours(service: str) -> dict:
    return of_description(described()[service])


@cache
def theirs(service: str) -> dict:
    """AWS's API, with the shapes of those operations that we have."""
    model = load(SOURCES[service], service)
    api = of_model(model, [name for name in available(service) if name in model.operation_names])
    return api | {"operations": dict.fromkeys(model.operation_names) | api["operations"]}


def available(service: str) -> list[str]:
    return sorted(row["operation"] for row in described()[service]["operations"] if row["available"])


@cache
def differences_of_service(service: str) -> list[str]:
    comparison = Comparison()
    comparison.services(ours(service), theirs(service))
    return comparison.differences


@cache
def differences_of_operation(service: str, operation: str) -> list[str]:
    comparison = Comparison(encodings=service != "s3")
    comparison.operations(operation, ours(service)["operations"][operation], theirs(service)["operations"][operation])
    return comparison.differences


def unexpected(service: str, differences: list[str]) -> list[str]:
    """The differences that there may not be."""
    may_lack = is_lacking if service == "s3" else lambda difference: False
    return [found for found in differences if found not in EXCEPTIONS[service] and not may_lack(found)]


def test_every_service_is_compared():
    assert described().keys() == SOURCES.keys() == EXCEPTIONS.keys()


@pytest.mark.parametrize("service", SOURCES)
def test_the_service_is_called_as_in_aws_s_model(service):
    """Its version, its protocol, and the list of its operations, those included that are not available."""
    found = unexpected(service, differences_of_service(service))
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "service, operation",
    [
        pytest.param(service, operation, id=f"{service}-{operation}")
        for service in SOURCES
        for operation in available(service)
    ],
)
def test_the_operation_has_the_shapes_of_aws_s_model(service, operation):
    found = unexpected(service, differences_of_operation(service, operation))
    assert found == [], "\n".join(found)


@cache
def found(service: str) -> set[str]:
    """All differences, of the service and of its operations."""
    operations = [differences_of_operation(service, operation) for operation in available(service)]
    return {difference for differences in (differences_of_service(service), *operations) for difference in differences}


@pytest.mark.parametrize("service", SOURCES)
def test_every_exception_is_needed(service):
    """The list can only shrink by itself: what is mended must leave it."""
    assert EXCEPTIONS[service].keys() - found(service) == set()


def test_what_is_lacking_is_lacking_everywhere_it_says():
    lacked = {place for place in map(missing, found("s3")) if place}
    assert PLACES - lacked == set()
    assert ANYWHERE - {member for _, member in lacked} == set()
    assert ANYWHERE & {member for row in ours("s3")["operations"].values() for member in members(row)} == set()


def members(value) -> set[str]:
    """The names of all members in an operation's shapes."""
    match value:
        case {"members": list(inside)}:
            return {member["name"] for member in inside}.union(*map(members, inside))
        case dict():
            return set().union(*map(members, value.values()))
    return set()
