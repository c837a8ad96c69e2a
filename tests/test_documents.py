"""What our documents name is there: files, folders, tests."""

import re
from functools import cache
from pathlib import Path

import pytest

from conformance.models import described
from documents import blocks, code
from server import REPOSITORY

OURS = ("benches/quality", "benches/src", "crates", "docs", "fuzz/fuzz_targets", "fuzz/seeds", "fuzz/src", "fuzz/tests", "tests")
"""Folders with nothing in them but ours."""
DOCUMENTS = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]
BUILT = "target/"


def named(document: Path) -> str:
    return str(document.relative_to(REPOSITORY))


@cache
def paths() -> list[str]:
    """Files and folders, each as a path from the top with a stroke before it."""
    found = [path for folder in OURS for path in (REPOSITORY / folder).rglob("*")]
    found += [REPOSITORY / folder for folder in OURS] + list(REPOSITORY.glob("*")) + list(REPOSITORY.glob("*/*"))
    return [f"/{path.relative_to(REPOSITORY)}" for path in found]


def is_there(name: str) -> bool:
    """Whether a file or folder has this name, which may leave out where it is."""
    return any(path.endswith(f"/{name.strip('/')}") for path in paths())


def files_in(text: str) -> list[str]:
    """The names of files and folders among these words."""
    named = [word for word in text.split() if re.fullmatch(r"\w[\w.-]*(/[\w.-]+)*/?", word)]
    return [
        word for word in named
        if re.search(r"/|\.(rs|py|md|txt|toml|jsonl?)$", word) and not word.startswith(BUILT)
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_the_files_that_a_document_names_are_there(document):
    text = document.read_text()
    names = {name for words in code(document) for name in files_in(words)}
    names |= {link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link}
    names |= set(re.findall(r"\b[\w/]+\.(?:py|rs)\b", text))
    assert sorted(name for name in names if not is_there(name)) == []


def test_a_file_that_is_not_there_is_found_out():
    assert files_in("pytest tests/authority --bless tests/e2e/test_none.py none.rs 127.0.0.1 iam:x/y") == [
        "tests/authority", "tests/e2e/test_none.py", "none.rs"
    ]
    assert is_there("gate/src/gate.rs") and is_there("crates/") and is_there("test_sts.py")
    assert not is_there("none.rs") and not is_there("sts.py") and not is_there("gate/src/none/gate.rs")


# The tests that users are told of


def told_tests(cell: str) -> list[tuple[str, str]]:
    """Files and the tests of theirs that a cell of the table names."""
    found = []
    for part in cell.split(";"):
        file, _, names = part.strip().partition(": ")
        found += [(file, name) for name in re.findall(r"`(\w+)`", names)] or [(file, "")]
    return found


def has_test(file: str, name: str) -> bool:
    """Whether the file has a test of this name."""
    places = [REPOSITORY / path[1:] for path in paths() if path.endswith(f"/{file}")]
    define = r"^(async )?def {}\(" if file.endswith(".py") else r"#\[test\]\s+(#\[.*\]\s+)*fn {}\("
    return any(re.search(define.format(name), place.read_text(), re.MULTILINE) for place in places)


def table(document: Path) -> list[list[str]]:
    """The rows of a document's first table, without its head."""
    lines = [line for line in document.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_failure_that_we_tell_of_has_tests():
    rows = table(REPOSITORY / "SECURITY.md")
    assert len(rows) > 25
    for failure, answer, tests in rows:
        assert failure and answer
        missing = [(file, name) for file, name in told_tests(tests) if not has_test(file, name)]
        assert missing == [], failure


def test_a_test_that_is_not_there_is_found_out():
    assert told_tests("a.py: `one`, `two`; b/c.rs: `three`") == [("a.py", "one"), ("a.py", "two"), ("b/c.rs", "three")]
    assert told_tests("—") == [("—", "")]
    assert has_test("test_documents.py", "test_a_test_that_is_not_there_is_found_out")
    assert has_test("gate/src/condition_keys_tests.rs", "the_principal_table_holds")
    for file, name in (("test_documents.py", "has_tes"), ("test_sts.py", "test_none"), ("none.rs", "one"), ("—", "")):
        assert not has_test(file, name)


# What is told of the whole


def test_the_map_shows_every_crate():
    (house,) = (block for block in blocks(REPOSITORY / "ARCHITECTURE.md", "") if "crates/" in block)
    drawn = {word.strip("/") for line in house for word in re.findall(r"[\w-]+/(?!\S)", line)}
    crates = {path.parent.name for path in (REPOSITORY / "crates").glob("*/Cargo.toml")}
    folders = {folder.partition("/")[0] for folder in OURS}
    assert drawn >= crates | folders
    assert [name for name in drawn if not is_there(name)] == []


def test_the_readme_counts_operations_right():
    (told,) = re.findall(r"(\d+) operations are known", (REPOSITORY / "README.md").read_text())
    assert int(told) == len(described()["iam"]["operations"])
