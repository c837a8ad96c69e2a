"""What the README and the guides tell people to type: it does what they say."""

import difflib
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from documents import GUIDES, Step, blocks, code, steps
from server import BINARY, PATIENCE, REPOSITORY, bartizan

VENV = REPOSITORY / ".venv/bin"
END = "\x1e"
"""Between one command's output and the next one's."""


def named(document: Path) -> str:
    return str(document.relative_to(REPOSITORY))


def play(told: list[Step], environment: dict) -> list[str]:
    """What each command prints, all of them in one session."""
    script = "".join(f"{step.command}\nprintf '{END}'\n" for step in told)
    done = subprocess.run(
        ["bash", "-c", script], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=10 * PATIENCE,
    )
    printed = done.stdout.split(END)
    assert len(printed) == len(told) + 1 and not printed[-1], f"the session broke off:\n{done.stdout}"
    return printed[:-1]


def difference(told: list[Step], printed: list[str]) -> str:
    """Where the document is wrong; what `…` stands for is no difference."""
    expected = [line for step in told for line in step.shown(step.output)]
    found = [
        line for step, output in zip(told, printed, strict=True)
        for line in step.shown(step.output if step.says(output) else output)
    ]
    return "\n".join(difflib.unified_diff(expected, found, "the document", "the session", lineterm=""))


@pytest.mark.parametrize("document", [document for document in GUIDES if steps(document)], ids=named)
def test_the_console_shows_what_the_document_says(document, server):
    path = f"{BINARY.parent}:{VENV}"
    environment = server.environment()
    environment |= {"PATH": f"{path}:{environment['PATH']}", "BARTIZAN_DATA_DIR": str(server.data_dir)}
    told = steps(document)
    assert not (wrong := difference(told, play(told, environment))), f"\n{wrong}"


def test_a_session_that_differs_is_told():
    told = [Step("echo one", "one\n"), Step("printf 'a\\nb\\nc'", "a\n…\n"), Step("echo three", "…four\n")]
    printed = play(told, {"PATH": "/usr/bin:/bin"})
    assert [step.says(output) for step, output in zip(told, printed, strict=True)] == [True, True, False]
    assert difference(told, printed).splitlines()[-2:] == ["-…four", "+three"]
    assert not difference(told[:2], printed[:2])
    assert not Step("true").says("something") and not Step("true", "something").says("")


# What is not run here is at least something that there is.

OF_THE_AWS_CLI = {"--debug"}
TOLD_OF = ("serve", "audit", "simulate", "validate", "detect")
"""Commands whose flags are told of by themselves, without the command."""
WITHOUT_A_FLAG = {
    "BARTIZAN_LOG", "BARTIZAN_ROOT_ACCESS_KEY_ID", "BARTIZAN_ROOT_SECRET_ACCESS_KEY", "BARTIZAN_TEST_CLOCK",
}
"""Secrets are no flags: whoever lists processes would see them. Nor is the clock, which is for tests. What these and the
log's level do is held elsewhere."""


@cache
def known_flags(*command: str) -> frozenset[str]:
    return frozenset(re.findall(r"(?<!\S)-(?:-[a-z0-9-]+|[a-zA-Z])\b", bartizan(*command, "--help")))


def ours(text: str) -> list[list[str]]:
    """The words after `bartizan` (or the `cargo run` that is the same) wherever that is called."""
    found = re.finditer(r"(?:\bbartizan|cargo run [^\n`]*?--) +([^\n`#|;]*)", text)
    return [match[1].split() for match in found]


def refuse_unknown(words: list[str]):
    """The words name a command and flags that it has."""
    command = []
    for word in words:
        if not re.fullmatch("[a-z0-9]+", word):
            break
        command.append(word)
    # What is no command is an argument of one.
    while command and f"\n  {command[-1]} " not in bartizan(*command[:-1], "--help"):
        command.pop()
    assert command, f"bartizan {' '.join(words)}: there is no such command"
    flags = {word.split("=")[0] for word in words if word.startswith("-")}
    assert flags <= known_flags(*command), f"bartizan {' '.join(words)}: {sorted(flags - known_flags(*command))}"


@pytest.mark.parametrize("document", GUIDES, ids=named)
def test_what_is_told_of_our_commands_is_there(document):
    told = [call for text in [*map("\n".join, blocks(document, "sh")), *code(document)] for call in ours(text)]
    for words in told:
        refuse_unknown(words)
    everywhere = {flag for command in TOLD_OF for flag in known_flags(command)}
    flags = {word.split("=")[0] for text in code(document) for word in text.split()[:1] if word.startswith("--")}
    assert flags - OF_THE_AWS_CLI <= everywhere
    settings = {name for text in code(document) for name in re.findall(r"\bBARTIZAN_[A-Z_]+", text)}
    assert {name for name in settings - WITHOUT_A_FLAG if f"[env: {name}=" not in bartizan("serve", "--help")} == set()


def test_what_is_not_there_is_found_out():
    refuse_unknown(["serve", "--listen", "127.0.0.1:0"])
    refuse_unknown(["models", "export", "directory"])
    for words in (["serv"], ["serve", "--insecure"], ["models", "export", "directory", "--force"], ["--listen"]):
        with pytest.raises(AssertionError):
            refuse_unknown(words)


@pytest.mark.parametrize("document", GUIDES, ids=named)
def test_what_is_to_be_pasted_names_programs_that_there_are(document):
    for line in (line for block in blocks(document, "sh") for line in block):
        for call in re.split(r"\|", line.partition("#")[0]):
            program = call.split()[0]
            here = (REPOSITORY / program).exists() or (VENV / program).exists() or shutil.which(program)
            assert here or program in {"bartizan", "export", "jq"}, f"{named(document)}: {program}"
