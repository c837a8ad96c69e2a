"""The errors that our services declare have the codes and statuses of AWS's models.

No client model of ours lists the errors of IAM, STS and Organizations, and no request meets all of them: they are read
where they are declared, in the source. Those of Lookout for Metrics are in the model that `bartizan models export`
writes, and are compared there.
"""

import re
from functools import cache

import pytest

from conformance.models import SOURCES, errors, load
from server import REPOSITORY

DECLARED = re.compile(r'\bFault::new\(\s*"(\w+)",\s*(\d+),')
SERVICES = ("iam", "organizations", "secretsmanager", "sns", "sts")

COMMON = {
    "iam": {("AccessDenied", 403), ("ValidationError", 400)},
    "organizations": set(),
    "secretsmanager": {("AccessDeniedException", 400), ("ValidationException", 400)},
    "sns": {("ValidationError", 400)},
    "sts": {("AccessDenied", 403), ("InvalidParameterValue", 400), ("ValidationError", 400)},
}
"""What no model has, because every service answers it.

<https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
"""


@cache
def sources(service: str) -> str:
    files = sorted((REPOSITORY / "crates" / service / "src").rglob("*.rs"))
    return "\n".join(file.read_text() for file in files)


@cache
def declared(service: str) -> list[tuple[str, int]]:
    return sorted({(code, int(status)) for code, status in DECLARED.findall(sources(service))})


@cache
def modelled(service: str) -> set[tuple[str, int]]:
    return {(code, error["status"]) for code, error in errors(load(SOURCES[service], service)).items()}


@pytest.mark.parametrize("service", SERVICES)
def test_every_declaration_can_be_read(service):
    assert sources(service).count("Fault::new(") == len(DECLARED.findall(sources(service))) > 0


@pytest.mark.parametrize(
    "service, code, status",
    [
        pytest.param(service, code, status, id=f"{service}-{code}-{status}")
        for service in SERVICES
        for code, status in declared(service)
    ],
)
def test_the_error_is_one_of_aws_s_model(service, code, status):
    assert (code, status) in modelled(service) | COMMON[service]


@pytest.mark.parametrize("service", SERVICES)
def test_every_common_error_is_needed(service):
    assert COMMON[service] <= set(declared(service)) - modelled(service)
