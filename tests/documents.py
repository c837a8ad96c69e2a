"""What our documents say, in parts that can be tried."""

import re
from dataclasses import dataclass
from pathlib import Path

from server import REPOSITORY

GUIDES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs/guide").glob("*.md"))]
"""Those that tell people what to type."""


@dataclass
class Step:
    """A command of a console block, and what the document says that it prints, with `…` for any text."""

    command: str
    output: str = ""

    def says(self, printed: str) -> bool:
        """Whether that is what was printed. Spaces at the end of a line are nobody's to see."""
        pattern = ".*".join(re.escape(part) for part in _visible(self.output).split("…"))
        return re.fullmatch(pattern, _visible(printed), re.DOTALL) is not None

    def shown(self, output: str) -> list[str]:
        return [f"$ {self.command}", *_visible(output).splitlines()]


def _visible(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))


def blocks(document: Path, kind: str) -> list[list[str]]:
    """The lines of each fenced block of this kind."""
    found = re.findall(rf"^```{kind}\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE)
    return [block.splitlines() for block in found]


def steps(document: Path) -> list[Step]:
    """The commands of all console blocks, which are one session."""
    made: list[Step] = []
    for block in blocks(document, "console"):
        assert block[0].startswith("$ "), f"{document}: a console block begins with a command, not {block[0]!r}"
        for line in block:
            if line.startswith("$ "):
                made.append(Step(line[2:]))
            else:
                made[-1].output += f"{line}\n"
    return made


def code(document: Path) -> list[str]:
    """What stands between backticks in running text and tables."""
    prose = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", prose)
