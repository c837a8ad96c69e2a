"""From an answer to a cell of the matrix."""

import re
from dataclasses import dataclass

from botocore.exceptions import ClientError
from botocore.model import OperationModel

ALLOW, ABSENT, TOKEN, UNSIGNED, FORBIDDEN = "allow", "501", "token", "unsigned", "403"
LET_IN = {ALLOW, ABSENT}

POLICIES = {
    "identity": ("an", "identity-based policy"),
    "boundary": ("a", "permissions boundary"),
    "session": ("a", "session policy"),
    "resource": ("a", "resource-based policy"),
    "trust": ("the", "role trust policy"),
}
"""Kinds of policies, and how AWS's sentence calls them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

WHATEVER_POLICIES_SAY = {
    "Roles may not be assumed by root accounts.": "deny:root",
    "Cannot call GetSessionToken with session credentials": "deny:credentials",
    "Cannot call GetFederationToken with session credentials": "deny:credentials",
    "Cannot call this operation with session credentials": "deny:credentials",
    "You don't have permissions to access this resource.": "deny:member",
    "Cross-account pass role is not allowed.": "deny:pass-role",
}
"""Refusals in other words."""

MEANINGS = {
    ALLOW: "let in, whatever came of it: there may be nothing of that name, or already something",
    ABSENT: "let in, and told that this version does not have the operation",
    "deny:identity": "refused, because no identity-based policy allows it",
    "deny:boundary": "refused, because the permissions boundary does not allow it",
    "deny:session": "refused, because the session policy does not allow it",
    "deny:resource": "refused, because no resource-based policy of the other account allows it",
    "deny:trust": "refused, because the role's trust policy does not allow it",
    "deny:explicit": "refused, because a policy denies it",
    "deny:root": "refused, because root users assume no roles",
    "deny:credentials": "refused, because credentials of this kind do not call it",
    "deny:member": "refused, because it is the management account's to call",
    "deny:pass-role": "refused, because the caller may not pass the role to the service, or it is another account's",
    TOKEN: "refused, because the session's token is good for nothing, or not for this service",
    UNSIGNED: "refused, because it is not signed",
    FORBIDDEN: "refused, for whatever reason: an answer to HEAD has no body that could say it",
}
"""The legend."""

COPIED = {"CopyObject": "s3:GetObject", "UploadPartCopy": "s3:GetObject"}
"""What is asked of what an operation copies, before its own action.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
"""

PASS_ROLE = "iam:PassRole"
"""What is asked for besides an operation's own action.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

SENTENCE = re.compile(
    r"User: (?P<caller>\S+) is not authorized to perform: (?P<action>\S+) on resource: (?P<resource>\S+) (?P<reason>.+)"
)


@dataclass(frozen=True)
class Cell:
    """What an operation answered to a principal."""

    text: str
    message: str = ""
    resource: str | None = None
    """What a policy did not let the principal act on."""

    @property
    def lets_in(self) -> bool:
        return self.text in LET_IN


def cell(operation: OperationModel, permission: str, caller: str | None, error: ClientError | None) -> Cell:
    """The cell of an answer to this caller. What is neither an answer nor a refusal as AWS words it is a failure."""
    if error is None:
        return Cell(ALLOW)
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    protocol = operation.service_model.metadata["protocol"]
    told = f"{operation.name}: {code} ({status}): {message}"
    # Each protocol has names and a status of its own for the same refusals.
    in_query, refused = protocol in ("query", "rest-xml"), 400 if protocol == "json" else 403
    match code:
        case "NotImplemented":
            absent = f"The operation {operation.name} is not available in this version of Bartizan."
            assert (status, message) == (501, absent), told
            return Cell(ABSENT, message)
        case "AuthorizationError":
            assert (operation.service_model.signing_name, status) == ("sns", 403), told
            return _denial((permission, COPIED.get(operation.name), PASS_ROLE), caller, message)
        case "AccessDenied" if message == "Access Denied":
            # Amazon S3 says no more to those whom it does not know.
            assert (operation.service_model.signing_name, status, caller) == ("s3", 403, None), told
            return Cell(UNSIGNED, message)
        case "403":
            assert operation.http["method"] == "HEAD", told
            return Cell(FORBIDDEN, message)
        case "AccessDenied" | "AccessDeniedException":
            assert (code == "AccessDenied", status) == (in_query, refused), told
            return _denial((permission, COPIED.get(operation.name), PASS_ROLE), caller, message)
        case "InvalidClientTokenId" | "UnrecognizedClientException":
            assert (code == "InvalidClientTokenId", status) == (in_query, refused), told
            assert message == "The security token included in the request is invalid.", told
            return Cell(TOKEN, message)
        case "InvalidAccessKeyId":
            assert (operation.service_model.signing_name, status, caller) == ("s3", 403, None), told
            assert message == "The AWS Access Key Id you provided does not exist in our records.", told
            return Cell(TOKEN, message)
        case "MissingAuthenticationToken" | "MissingAuthenticationTokenException":
            assert (code == "MissingAuthenticationToken", status) == (in_query, refused), told
            assert message == "Request is missing Authentication Token", told
            return Cell(UNSIGNED, message)
    assert status < 500 and status != 403, told
    assert code not in ("InvalidAction", "UnknownOperationException"), f"{told}: is the list older than the server?"
    assert not re.search("Signature|Client|Denied|Unauthorized|AuthorizationHeader|Expired", code), told
    return Cell(ALLOW, message)


def _denial(asked: tuple, caller: str | None, message: str) -> Cell:
    if message in WHATEVER_POLICIES_SAY:
        return Cell(WHATEVER_POLICIES_SAY[message], message)
    sentence = SENTENCE.fullmatch(message)
    assert sentence and sentence["caller"] == caller and sentence["action"] in asked, f"{asked}: {message}"
    action = sentence["action"]
    reasons = {f"because no {name} allows the {action} action": kind for kind, (_, name) in POLICIES.items()}
    reasons |= {f"with an explicit deny in {article} {name}": "explicit" for article, name in POLICIES.values()}
    assert sentence["reason"] in reasons, message
    if action == PASS_ROLE:
        return Cell("deny:pass-role", message)
    return Cell(f"deny:{reasons[sentence['reason']]}", message, sentence["resource"])
