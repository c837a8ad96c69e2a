"""What the IAM tests share."""

from botocore.exceptions import ClientError

from server import refused


def pages(call, member: str, size: int = 1, **parameters) -> list:
    """All items, asked for a few at a time; every page must say truthfully whether it is the last."""
    found, marker = [], {}
    while True:
        page = call(MaxItems=size, **parameters, **marker)
        assert len(page[member]) <= size
        found += page[member]
        assert page["IsTruncated"] == ("Marker" in page)
        if not page["IsTruncated"]:
            return found
        assert len(page[member]) == size
        marker = {"Marker": page["Marker"]}


def refuses_foreign_markers(call, other_call, other_parameters: dict, **parameters):
    """A marker is good for the very list that it came from."""
    foreign = other_call(MaxItems=1, **other_parameters)["Marker"]
    for marker in ("rubbish", foreign, foreign[:-1], foreign + "A"):
        with refused("ValidationError", "Invalid Marker.", status=400):
            call(Marker=marker, **parameters)


def quietly(call, **parameters):
    """The call's answer, or nothing where it is refused."""
    try:
        return call(**parameters)
    except ClientError:
        return None
