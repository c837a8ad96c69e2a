"""`bartizan validate`: what it prints is held elsewhere; here is how it ends."""

import json
import subprocess

import pytest

from server import BINARY, PATIENCE


def validate(document: str, *flags: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BINARY, "validate", *flags], input=document, capture_output=True, text=True, timeout=PATIENCE
    )


def policy(**statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"} | statement]})


@pytest.mark.parametrize(
    ("document", "code", "last"),
    [
        (policy(Action="s3:GetObject"), 0, "<stdin>: no findings"),
        (policy(Action="iam:PassRole"), 0, "<stdin>: 1 security warning"),
        (policy(Action="GetObject"), 1, "<stdin>: 1 error"),
        ("{", 1, "<stdin>: 1 error"),
    ],
)
def test_only_an_error_fails(document, code, last):
    done = validate(document)
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (code, last, "")


def test_programs_get_a_line_for_each_document(tmp_path):
    for name, action in (("one", "s3:GetObject"), ("two", "GetObject")):
        (tmp_path / name).write_text(policy(Action=action))
    done = validate("", "--json", str(tmp_path / "one"), str(tmp_path / "two"))
    found = [[finding["issueCode"] for finding in json.loads(line)["findings"]] for line in done.stdout.splitlines()]
    assert (done.returncode, found) == (1, [[], ["INVALID_ACTION"]])


def test_a_file_that_is_not_there_fails(tmp_path):
    done = validate("", str(tmp_path / "none"))
    assert done.returncode == 1 and not done.stdout and done.stderr.startswith("bartizan: ")
