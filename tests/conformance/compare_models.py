"""Compares a client model of ours with the one of an installed botocore.

    compare_models.py DIRECTORY SERVICE [--version API_VERSION]

DIRECTORY is what `bartizan models export` wrote. Run it with a Python whose botocore has the service: for Lookout for
Metrics that is botocore 1.40.60, the last one with it. Prints one line for each difference; exits with 1 if there are
any.

What must be equal: the operations, their methods, paths and statuses; every structure reached from them and every error,
by name; of structures the members, which of them are required, where they are and what they are called there; types;
the values of enumerations; for inputs, also least, greatest and pattern. What need not be: documentation, the names of
shapes that are no structures, and what only a generator of code or a documentation would ask for.
"""

import argparse
import json
import sys
from pathlib import Path

import botocore
from botocore.loaders import Loader
from botocore.model import ServiceModel

CONSTRAINTS = ("min", "max", "pattern")
METADATA = ("apiVersion", "protocol", "endpointPrefix", "serviceId", "signingName", "jsonVersion", "targetPrefix")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("service")
    arguments.add_argument("--version", help="of the API; the newest that botocore has, if left out")
    given = arguments.parse_args()
    differences = compare(given.directory, given.service, given.version)
    for difference in differences:
        print(difference)
    return 1 if differences else 0


def compare(directory: Path, service: str, version: str | None = None) -> list[str]:
    """All differences between our model and botocore's, in words."""
    data = Path(botocore.__file__).parent / "data"
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    version = version or loader.determine_latest_version(service, "service-2")
    theirs = ServiceModel(loader.load_service_model(service, "service-2", version), service)
    text = (directory / service / version / "service-2.json").read_text()
    ours = ServiceModel(json.loads(text), service)
    return Comparison(ours, theirs).run()


class Comparison:
    """One walk through both models, side by side."""

    def __init__(self, ours: ServiceModel, theirs: ServiceModel):
        self.ours = ours
        self.theirs = theirs
        self.differences = []
        self.seen = set()

    def run(self) -> list[str]:
        for key in METADATA:
            self.equal("metadata", key, self.ours.metadata.get(key), self.theirs.metadata.get(key))
        for name in self.both("service", "operation", self.ours.operation_names, self.theirs.operation_names):
            self.operation(name)
        ours, theirs = ({shape.name: shape for shape in model.error_shapes} for model in (self.ours, self.theirs))
        for name in self.both("service", "error", ours, theirs):
            one, other = ours[name], theirs[name]
            self.equal(name, "status", status(one), status(other))
            self.shape(name, one, other, is_input=False)
        return self.differences

    def operation(self, name: str):
        ours, theirs = self.ours.operation_model(name), self.theirs.operation_model(name)
        for key in ("method", "requestUri"):
            self.equal(name, key, ours.http.get(key), theirs.http.get(key))
        self.equal(name, "responseCode", ours.http.get("responseCode", 200), theirs.http.get("responseCode", 200))
        for side in ("input_shape", "output_shape"):
            one, other = getattr(ours, side), getattr(theirs, side)
            if one is None or other is None:
                # A structure without members says as much as none.
                members = [len(shape.members) for shape in (one, other) if shape is not None]
                self.equal(name, side, any(members), False)
            else:
                self.shape(f"{name} {side}", one, other, is_input=side == "input_shape")

    def shape(self, place: str, ours, theirs, is_input: bool):
        if not self.equal(place, "type", ours.type_name, theirs.type_name):
            return
        if is_input:
            for key in CONSTRAINTS:
                self.equal(place, key, ours.metadata.get(key), theirs.metadata.get(key))
        match ours.type_name:
            case "structure":
                self.structure(place, ours, theirs, is_input)
            case "list":
                self.shape(f"{place}[]", ours.member, theirs.member, is_input)
            case "map":
                self.shape(f"{place}{{key}}", ours.key, theirs.key, is_input)
                self.shape(f"{place}{{value}}", ours.value, theirs.value, is_input)
            case "string":
                self.equal(place, "enum", sorted(ours.enum), sorted(theirs.enum))

    def structure(self, place: str, ours, theirs, is_input: bool):
        self.equal(place, "name", ours.name, theirs.name)
        if (ours.name, theirs.name, is_input) in self.seen:
            return
        self.seen.add((ours.name, theirs.name, is_input))
        self.equal(ours.name, "required", sorted(ours.required_members), sorted(theirs.required_members))
        for name in self.both(ours.name, "member", ours.members, theirs.members):
            one, other = ours.members[name], theirs.members[name]
            inner = f"{ours.name}.{name}"
            self.equal(inner, "location", one.serialization.get("location"), other.serialization.get("location"))
            self.equal(inner, "wire name", one.serialization.get("name", name), other.serialization.get("name", name))
            self.shape(inner, one, other, is_input)

    def both(self, place: str, kind: str, ours, theirs) -> list[str]:
        for name in sorted(set(ours) - set(theirs)):
            self.differences.append(f"{place}: {kind} {name} is ours alone")
        for name in sorted(set(theirs) - set(ours)):
            self.differences.append(f"{place}: {kind} {name} is missing")
        return sorted(set(ours) & set(theirs))

    def equal(self, place: str, what: str, ours, theirs) -> bool:
        if ours != theirs:
            self.differences.append(f"{place}: {what} is {ours!r}, should be {theirs!r}")
        return ours == theirs


def status(error) -> int | None:
    return error.metadata.get("error", {}).get("httpStatusCode")


if __name__ == "__main__":
    sys.exit(main())
