"""The matrix: every operation asked as every principal, and the text that is under review."""

import re
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError
from botocore.model import OperationModel

from authority.cells import MEANINGS, Cell, cell
from authority.parameters import Thing, parameters
from authority.principals import PRINCIPALS, Cast, call
from conformance.models import SOURCES, described, load
from server import ACCOUNT

GOLDEN = Path(__file__).with_name("matrix.txt")
RESOURCE = "resource"
"""The last column."""

HEAD = """\
The authority matrix: what every operation answers to every kind of principal.

`pytest tests/authority --bless` writes this file anew. A line that changes is a change of who may do what: review it as
that.
"""

LEGEND = """\
The last column is the resource that permission is asked for, without the beginning of its ARN; `-` if for nothing, or if
the answer cannot say it.
All ask about something that is not there; but what the principal of the other account names is there, in the first
account. Where the API has no way to name another account's, he acts in his own, and is let in.
Nobody signs AssumeRoleWithSAML and AssumeRoleWithWebIdentity: what they are given says who asks. ConfirmSubscription and
Unsubscribe need not be signed: who has not is asked for the token, or the ARN, that the endpoint was sent.
"""

NO_REQUEST = {
    "s3:GetBucketLifecycle", "s3:GetBucketNotification", "s3:ListDirectoryBuckets", "s3:PutBucketLifecycle",
    "s3:PutBucketNotification",
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_WriteGetObjectResponse.html
    "s3:WriteGetObjectResponse",
}
"""What no request asks for: it is another operation's, which has a line, or it is signed for another service."""

READING = ("Check", "Decode", "Describe", "Detect", "Generate", "Get", "Head", "List", "Select", "Simulate")
"""How the names of operations begin that change nothing."""


@dataclass(frozen=True)
class Operation:
    """An operation of the server, by its own account of itself, and AWS's model of it."""

    service: str
    name: str
    effect: str
    permission: str
    """The action that policies name, which is another word in some of Amazon S3's."""
    model: OperationModel

    @property
    def action(self) -> str:
        return f"{self.service}:{self.name}"

    @property
    def writes(self) -> bool:
        """Whether it changes anything, by its row or by its name: the row of one that is not available does not say."""
        return self.effect == "write" or not self.name.startswith(READING)


def operations() -> list[Operation]:
    """All that the server answers, in order."""
    found = []
    for name, service in sorted(described().items()):
        models = load(SOURCES[name], name)
        for row in sorted(service["operations"], key=lambda row: row["operation"]):
            if f"{name}:{row['operation']}" in NO_REQUEST:
                continue
            model = models.operation_model(row["operation"])
            found.append(Operation(name, row["operation"], row["effect"], row["action"], model))
    return found


Matrix = dict[str, dict[str, Cell]]
"""By action and principal."""


def ask(cast: Cast, principal: str, operation: Operation, thing: Thing) -> Cell:
    """What the operation answers to the principal about the thing."""
    return answer(cast, principal, operation, parameters(operation.model, thing))


def answer(cast: Cast, principal: str, operation: Operation, given: dict) -> Cell:
    """What the operation answers to the principal's very request."""
    client, error = cast.client(principal, operation.service), None
    try:
        told = call(client, operation.name, given)
        if refusals := told.get("Errors"):
            # DeleteObjects is refused object by object.
            error = ClientError({"Error": refusals[0], "ResponseMetadata": {"HTTPStatusCode": 403}}, operation.name)
    except ClientError as caught:
        error = caught
    return cell(operation.model, operation.permission, cast.arns[principal], error)


def matrix_of(cast: Cast, asked: list[Operation]) -> Matrix:
    """Asks these operations in this order, as one principal after the other."""
    matrix: Matrix = {operation.action: {} for operation in asked}
    for principal in cast.keys:
        for operation in asked:
            matrix[operation.action][principal] = ask(cast, principal, operation, cast.thing(principal))
    return matrix


# As text


Texts = dict[str, dict[str, str]]
"""The cells as they stand in the file, by action and column."""


def texts(matrix: Matrix) -> Texts:
    return {
        action: {name: cell.text for name, cell in cells.items()} | {RESOURCE: resource(cells)}
        for action, cells in matrix.items()
    }


def resource(cells: dict[str, Cell]) -> str:
    """What those without permission were refused, as the file has it: ids of organizations are random."""
    arn = cells["none"].resource or "-"
    return re.sub(r"\bo-[a-z0-9]+\b", "o-…", re.sub(rf"^arn:aws:\w+:[\w-]*:{ACCOUNT}:", "", arn))


def written(found: Texts) -> str:
    """The file."""
    columns = [*(principal.name for principal in PRINCIPALS), RESOURCE]
    cells = [text for row in found.values() for text in row.values()]
    parts = [
        HEAD,
        _block("Principals", {principal.name: principal.meaning for principal in PRINCIPALS}),
        _block("Cells", {text: meaning for text, meaning in MEANINGS.items() if text in cells}),
        LEGEND,
    ]
    widths = [max(len(action.partition(":")[2]) for action in found)]
    widths += [max(map(len, [column, *(row[column] for row in found.values())])) for column in columns[:-1]]
    for service in sorted({action.partition(":")[0] for action in found}):
        lines = [[service, *columns]]
        for action, row in found.items():
            if action.startswith(f"{service}:"):
                lines.append([action.partition(":")[2], *(row[column] for column in columns)])
        parts.append("".join(_aligned(line, widths) + "\n" for line in lines))
    return "\n".join(parts)


def read(text: str) -> Texts:
    """The cells of a file that was written."""
    found = {}
    for block in text.split("\n\n"):
        (service, *columns), *lines = (line.split() for line in block.splitlines())
        if columns and columns[-1] == RESOURCE:
            for name, *cells in lines:
                found[f"{service}:{name}"] = dict(zip(columns, cells, strict=True))
    return found


def changes(was: Texts, now: Texts) -> list[str]:
    """What a reviewer reads: which line came or went, and who is answered in another way than before."""
    said = [f"{action}: has no line" for action in now if action not in was]
    said += [f"{action}: has a line and is no operation" for action in was if action not in now]
    for action in now:
        before, after = was.get(action, now[action]), now[action]
        for column in before | after:
            if before.get(column) != after.get(column):
                said.append(f"{action}: {column}: was {before.get(column)}, is {after.get(column)}")
    return said


def _block(title: str, meanings: dict[str, str]) -> str:
    width = max(map(len, meanings))
    return "".join([f"{title}\n", *(f"  {name:{width}}  {meaning}\n" for name, meaning in meanings.items())])


def _aligned(line: list[str], widths: list[int]) -> str:
    return "  ".join([*(f"{text:{width}}" for text, width in zip(line, widths)), line[-1]])
