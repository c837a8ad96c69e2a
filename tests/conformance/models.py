"""One form for an API, so that ours and AWS's can be compared: plain data, made from either.

What is not in it need not be equal: documentation, the names of shapes that are no structures, and what only a
generator of code asks for.
"""

import json
import re
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import botocore
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

from server import AWS_MODELS, REPOSITORY

NEWEST = Path(botocore.__file__).parent / "data"
SOURCES = {
    "iam": NEWEST, "lookoutmetrics": AWS_MODELS, "organizations": NEWEST, "s3": NEWEST, "secretsmanager": NEWEST,
    "sns": NEWEST, "sts": NEWEST,
}
"""Each of our services, and where AWS's model of it is."""

DESCRIBE = REPOSITORY / "target/debug/examples/describe"
"""The Rust tests build it, as any examples; alone: `cargo build --package bartizan --example describe`."""

PROTOCOL = ("protocol", "apiVersion", "xmlNamespace", "jsonVersion", "targetPrefix")
CONSTRAINTS = ("min", "max", "pattern")
NAMING = {"name", "location", "resultWrapper"}
"""What botocore says of a shape's place in a message that has a place of its own in our form."""


# Made from our description


@cache
def described() -> dict:
    """Our services by name, as `examples/describe` prints them."""
    assert DESCRIBE.exists(), f"{DESCRIBE} is not there: cargo build --package bartizan --example describe"
    printed = subprocess.run([DESCRIBE], stdout=subprocess.PIPE, check=True).stdout
    return {service["service"]: service for service in json.loads(printed)}


def of_description(service: dict) -> dict:
    """The API of a service, from its description."""
    return {
        "signing name": service["service"],
        "version": service["version"],
        "protocol": service["protocol"],
        "operations": {row["operation"]: _of_row(row) for row in service["operations"]},
    }


def _of_row(row: dict) -> dict:
    route, request = row["route"], row["input"]
    if request["name"] == row["operation"]:
        # The struct is the operation. AWS calls every operation's input so, and no client ever sees the name.
        request = request | {"name": row["operation"] + "Request"}
    return {
        "method": route["method"],
        "uri": route["uri"],
        "status": route["status"],
        "locations": dict.fromkeys(_in_path(route["uri"]), "uri") | dict.fromkeys(route["query"], "querystring") | {
            member["wireName"]: member["location"]
            for shape in (request, row["output"]) for member in shape["members"] if "location" in member
        },
        "input": request,
        "output": row["output"],
    }


def _in_path(uri: str) -> list[str]:
    return re.findall(r"\{(\w+)\+?\}", uri)


# Made from a model that botocore reads


def load(directory: Path, service: str) -> ServiceModel:
    """The newest model of a service in a directory that is laid out as botocore's data are."""
    return ServiceModel(loader(directory).load_service_model(service, "service-2"), service)


def loader(directory: Path) -> Loader:
    """Finds models in this directory alone."""
    return Loader(extra_search_paths=[str(directory)], include_default_search_paths=False)


def of_model(model: ServiceModel, operations=None) -> dict:
    """The API of a model: all of its operations, or these."""
    protocol = {key: model.metadata[key] for key in PROTOCOL if key in model.metadata}
    match protocol["protocol"]:
        case "json":
            del protocol["apiVersion"]  # It is in the target prefix.
        case "rest-json" | "rest-xml":
            protocol = {"protocol": protocol["protocol"]}
    names = model.operation_names if operations is None else operations
    return {
        "signing name": model.signing_name,
        "version": model.api_version,
        "protocol": protocol,
        "operations": {name: _of_operation(model.operation_model(name)) for name in names},
    }


def errors(model: ServiceModel) -> dict:
    """The errors of a model by the codes that clients see."""
    return {shape.error_code: _of_error(shape, model.metadata["protocol"]) for shape in model.error_shapes}


def _of_error(shape: Shape, protocol: str) -> dict:
    usual = 500 if shape.metadata.get("fault") else 400
    status = shape.metadata.get("error", {}).get("httpStatusCode")
    # Where a JSON 1.1 model says nothing of it, the status is 400 for the caller's faults and 500 for the service's.
    return {"status": status or (usual if protocol == "json" else None), "shape": _of_shape(shape)}


def _of_operation(model: OperationModel) -> dict:
    members = [
        (name, member)
        for shape in (model.input_shape, model.output_shape) if shape
        for name, member in shape.members.items()
    ]
    return {
        "method": model.http["method"],
        "uri": model.http["requestUri"],
        "status": model.http.get("responseCode", 200),
        "locations": {
            _wire_name(name, member): member.serialization["location"]
            for name, member in members if "location" in member.serialization
        },
        "input": model.input_shape and _of_shape(model.input_shape),
        "output": model.output_shape and _of_shape(model.output_shape),
    }


def _of_shape(shape: Shape) -> dict:
    made = {"type": shape.type_name}
    made |= {name: shape.metadata[name] for name in (*CONSTRAINTS, "sensitive") if name in shape.metadata}
    if encoding := {name: value for name, value in shape.serialization.items() if name not in NAMING}:
        made["encoding"] = encoding
    match shape.type_name:
        case "structure":
            made["name"] = shape.name
            made["members"] = [_of_member(shape, name, member) for name, member in shape.members.items()]
        case "list":
            made["member"] = _of_item(shape.member)
        case "map":
            made["key"], made["value"] = _of_item(shape.key), _of_item(shape.value)
        case "string" if shape.enum:
            made["enum"] = shape.enum
    return made


def _of_member(structure: Shape, name: str, shape: Shape) -> dict:
    return {
        "name": name,
        "wireName": _wire_name(name, shape),
        "required": name in structure.required_members,
        "shape": _of_shape(shape),
    }


def _of_item(shape: Shape) -> dict:
    """What a list or a map holds, which has the same name in all of our APIs: a model could give it another."""
    name = {"name": shape.serialization["name"]} if "name" in shape.serialization else {}
    made = _of_shape(shape)
    return made | {"encoding": made.get("encoding", {}) | name} if name else made


def _wire_name(name: str, shape: Shape) -> str:
    return shape.serialization.get("name", name)


def _names(structure: dict | None) -> list[str]:
    return [member["name"] for member in structure["members"]] if structure else []


def _wire_names(structure: dict | None) -> list[str]:
    return [member["wireName"] for member in structure["members"]] if structure else []


# Compared


@dataclass
class Comparison:
    """Walks through both APIs, ours and AWS's, side by side."""

    differences: list[str] = field(default_factory=list)
    """In words, each once: a structure is compared where it is first met, in inputs and in outputs."""
    encodings: bool = True
    """Whether the forms of members are compared. Those in XML are not in our description: clients of AWS's read them, in the
    tests of Amazon S3.
    """
    _seen: set = field(default_factory=set)

    def services(self, ours: dict, theirs: dict):
        """All that is not in an operation."""
        for key in ("signing name", "version", "protocol"):
            self._equal("service", key, ours[key], theirs[key])
        self._both("service", "operation", ours["operations"], theirs["operations"])

    def operations(self, name: str, ours: dict, theirs: dict):
        # Of a member that is not there it is said once that it is not there.
        ours_have = {*ours["locations"], *_wire_names(ours["input"]), *_wire_names(ours["output"])}
        there = {name: location for name, location in theirs["locations"].items() if name in ours_have}
        theirs = theirs | {"locations": there}
        for key in ("method", "uri", "status", "locations"):
            self._equal(name, key, ours[key], theirs[key])
        for side in ("input", "output"):
            place = f"{name} {side}"
            if _names(ours[side]) and _names(theirs[side]):
                self._shapes(place, ours[side], theirs[side], is_input=side == "input")
            else:
                # A structure without members says as much as none.
                self._both(place, "member", _names(ours[side]), _names(theirs[side]))

    def errors(self, ours: dict, theirs: dict):
        for code in self._both("service", "error", ours, theirs):
            self._equal(code, "status", ours[code]["status"], theirs[code]["status"])
            self._shapes(code, ours[code]["shape"], theirs[code]["shape"], is_input=False)

    def _shapes(self, place: str, ours: dict, theirs: dict, *, is_input: bool):
        if not self._equal(place, "type", ours["type"], theirs["type"]):
            return
        if is_input:
            for key in CONSTRAINTS:
                self._equal(place, key, ours.get(key), theirs.get(key))
        if self.encodings:
            self._equal(place, "encoding", ours.get("encoding"), theirs.get("encoding"))
        if "enum" in theirs and not ours.get("enum"):
            self.differences.append(f"{place}: any value is taken")
        else:
            self._both(place, "value", ours.get("enum", ()), theirs.get("enum", ()))
        match theirs["type"]:
            case "structure":
                self._structures(place, ours, theirs, is_input=is_input)
            case "list":
                self._shapes(f"{place}[]", ours["member"], theirs["member"], is_input=is_input)
            case "map":
                self._shapes(f"{place}{{key}}", ours["key"], theirs["key"], is_input=is_input)
                self._shapes(f"{place}{{value}}", ours["value"], theirs["value"], is_input=is_input)

    def _structures(self, place: str, ours: dict, theirs: dict, *, is_input: bool):
        name = theirs["name"]
        self._equal(place, "name", ours["name"], name)
        if (name, is_input) in self._seen:
            return
        self._seen.add((name, is_input))
        mine, other = ({member["name"]: member for member in shape["members"]} for shape in (ours, theirs))
        for member in self._both(name, "member", mine, other):
            one, two, inner = mine[member], other[member], f"{name}.{member}"
            self._equal(inner, "wire name", one["wireName"], two["wireName"])
            self._equal(inner, "required", one["required"], two["required"])
            if two["shape"].get("sensitive"):
                # We may hide more than AWS, never less.
                hidden = one.get("sensitive") or one["shape"].get("sensitive", False)
                self._equal(inner, "sensitive", hidden, True)
            self._shapes(inner, one["shape"], two["shape"], is_input=is_input)

    def _both(self, place: str, kind: str, ours, theirs) -> list[str]:
        self.differences += [f"{place}: {kind} {name} is ours alone" for name in sorted(set(ours) - set(theirs))]
        self.differences += [f"{place}: {kind} {name} is missing" for name in sorted(set(theirs) - set(ours))]
        return sorted(set(ours) & set(theirs))

    def _equal(self, place: str, what: str, ours, theirs) -> bool:
        if ours != theirs:
            self.differences.append(f"{place}: {what} is {ours!r}, should be {theirs!r}")
        return ours == theirs
