import subprocess
from pathlib import Path

import pytest

from server import BINARY, Server


def pytest_addoption(parser):
    parser.addoption("--bless", action="store_true", help="write the golden files anew instead of comparing with them")
    parser.addoption("--large", action="store_true", help="objects of 5 GiB instead of 400 MiB: minutes, and 11 GB of disk")


def pytest_configure(config):
    if not BINARY.exists():
        raise pytest.UsageError(f"{BINARY} is not there: build it, or name another with BARTIZAN_BINARY")


@pytest.fixture
def new_server(tmp_path):
    """Makes servers, each with a data directory of its own, that end with the test."""
    servers = []

    def make(**options) -> Server:
        directory = tmp_path / f"server{len(servers)}"
        directory.mkdir()
        servers.append(Server(directory, **options))
        return servers[-1]

    yield make
    for server in servers:
        end(server)


@pytest.fixture
def server(new_server):
    """A server with nothing in it but account 123456789012 and its root user."""
    return new_server().start()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """The same for all tests of a file: for those that leave nothing behind that another one could meet."""
    server = Server(tmp_path_factory.mktemp("server")).start()
    yield server
    end(server)


@pytest.fixture
def iam(server):
    """IAM as the root user calls it."""
    return server.client("iam")


@pytest.fixture
def large(request) -> bool:
    """Whether objects shall be as large as they can be."""
    return request.config.getoption("large")


@pytest.fixture(scope="session")
def later(tmp_path_factory):
    """The environment of a process whose clock is so many seconds ahead."""
    library = tmp_path_factory.mktemp("later") / "later.so"
    source = Path(__file__).with_name("later.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return lambda seconds: {"LD_PRELOAD": str(library), "LATER_SECONDS": str(seconds)}


def end(server: Server):
    """No server outlives its test, and none may have panicked."""
    if server.process and server.process.poll() is None:
        server.kill()
    log = server.log()
    # Shown where a test has failed: a status of 500 has its cause here.
    print(*(line for line in log.splitlines() if '"level":"ERROR"' in line), sep="\n")
    assert "panicked" not in log
