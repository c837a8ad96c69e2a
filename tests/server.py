"""A running Bartizan and its clients: the real binary, real signatures, enforcement on. There is no other mode."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

REPOSITORY = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("BARTIZAN_BINARY") or REPOSITORY / "target/release/bartizan")
AWS_MODELS = REPOSITORY / ".venv/lookoutmetrics/botocore/data"
"""AWS's own model of Lookout for Metrics, from the last botocore that had it."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
PATIENCE = 30.0
"""Seconds that anything may take before a test calls it broken; nothing is expected to need them."""


@dataclass(frozen=True)
class Credentials:
    """A key that signs, long-term or temporary."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    @classmethod
    def of(cls, answer: dict) -> "Credentials":
        """From the `AccessKey` of CreateAccessKey or the `Credentials` of STS."""
        return cls(answer["AccessKeyId"], answer["SecretAccessKey"], answer.get("SessionToken"))


ROOT = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def wait_until(condition, what: str, seconds: float = PATIENCE):
    """Asks again and again until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.005)


class Server:
    """One data directory, and at most one process that serves it."""

    def __init__(self, directory: Path, *, root: Credentials | None = ROOT, account: str | None = ACCOUNT, outer=None):
        self.data_dir = directory / "data"
        self.root = root
        self.account = account
        self.outer = outer
        """The bucket of another store that holds the objects' bytes: see `outer_store.py`."""
        self.log_file = directory / "server.log"
        self.output_file = directory / "server.out"
        self.process: subprocess.Popen | None = None
        self.address = ""

    # The process

    def spawn(self, *arguments: str, environment: dict | None = None) -> subprocess.Popen:
        """Starts the process and waits for nothing."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BARTIZAN_"))}
        if self.root:
            variables["BARTIZAN_ROOT_ACCESS_KEY_ID"] = self.root.access_key_id
            variables["BARTIZAN_ROOT_SECRET_ACCESS_KEY"] = self.root.secret_access_key
        command = [str(BINARY), "serve", "--listen", "127.0.0.1:0", "--data-dir", str(self.data_dir)]
        command += ["--account-id", self.account] if self.account else []
        variables |= self.outer.environment if self.outer else {}
        with self.output_file.open("wb") as output, self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *arguments], env=variables | (environment or {}), stdout=output, stderr=log
            )
        return self.process

    def start(self, *arguments: str, environment: dict | None = None) -> "Server":
        """Starts the process and waits until it is ready."""
        assert self.starts(*arguments, environment=environment), self.log()
        return self

    def _is_ready(self) -> bool:
        found = re.search(r"listening on http://(\S+) ", self.output())
        if not found:
            return False
        self.address = found[1]
        try:
            return self.get("/readyz")[0] == 200
        except urllib.error.URLError:
            return False

    def stop(self) -> int:
        """Asks the process to end, and waits for it. Its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        """Ends the process without asking it."""
        self.process.kill()
        self.wait()

    def wait(self) -> int:
        return self.process.wait(PATIENCE)

    def starts(self, *arguments: str, environment: dict | None = None) -> bool:
        """Starts a process that may refuse: whether it is ready, or has ended with an error."""
        process = self.spawn(*arguments, environment=environment)
        wait_until(lambda: process.poll() is not None or self._is_ready(), "starts or ends")
        assert process.poll() in (None, 1), f"ended with {process.poll()}:\n{self.log()}"
        return process.poll() is None

    def refuses_to_start(self, *arguments: str, environment: dict | None = None) -> str:
        """Starts a process that must end by itself with an error; what it says."""
        before = len(self.log())
        assert not self.starts(*arguments, environment=environment), "it started"
        return self.log()[before:]

    def blobs(self) -> list[str]:
        """What holds objects' bytes outside the index: files, or whatever is in the outer store."""
        files = [str(file) for file in (self.data_dir / "objects").glob("[0-9]*/*")]
        return files + (self.outer.blobs() if self.outer else [])

    def output(self) -> str:
        return self.output_file.read_text()

    def log(self) -> str:
        return self.log_file.read_text() if self.log_file.exists() else ""

    # Its clients

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    def get(self, path: str) -> tuple[int, str]:
        """An unsigned GET: status and body."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def client(self, service: str, credentials: Credentials | None = None, *, region: str = REGION, **options):
        """A boto3 client. Nothing is retried and nothing is checked before it is sent."""
        return client_of(service, self.url, credentials or self.root, region=region, **options)

    def anonymous(self, service: str, **options):
        """A boto3 client that signs nothing."""
        return self.client(service, signature_version=botocore.UNSIGNED, **options)

    def environment(self, credentials: Credentials | None = None) -> dict:
        """The environment of clients: all that they need to know, and nothing of the machine's own."""
        key = credentials or self.root
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.data_dir.parent),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }
        return variables | ({"AWS_SESSION_TOKEN": key.session_token} if key.session_token else {})

    def aws(self, *arguments: str, credentials: Credentials | None = None, environment: dict | None = None, code: int = 0):
        """Runs the real AWS CLI. Its JSON answer; or, where `code` is not zero, what it says on standard error."""
        variables = self.environment(credentials)
        command = [sys.executable, "-m", "awscli", *arguments]
        done = subprocess.run(
            command, env=variables | (environment or {}), capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == code, f"aws {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stderr.strip() if code else json.loads(done.stdout or "null")

    def audit(self, *filters: str) -> list[dict]:
        """What `bartizan audit` tells: CloudTrail records, oldest first."""
        done = bartizan("audit", "--data-dir", str(self.data_dir), "--json", *filters)
        return [json.loads(line) for line in done.splitlines()]

    # Who may do what

    def user(self, name: str, *policies: str, by: Credentials | None = None, **attributes) -> Credentials:
        """Makes a user with these inline policies, and a key for it; in the account of whoever makes it."""
        iam = self.client("iam", by)
        iam.create_user(UserName=name, **attributes)
        for number, document in enumerate(policies):
            iam.put_user_policy(UserName=name, PolicyName=f"policy{number}", PolicyDocument=document)
        return Credentials.of(iam.create_access_key(UserName=name)["AccessKey"])

    def role(self, name: str, trust: str, *policies: str, **attributes) -> str:
        """Makes a role with this trust policy and these inline policies. Its ARN."""
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **attributes)["Role"]["Arn"]
        for number, document in enumerate(policies):
            iam.put_role_policy(RoleName=name, PolicyName=f"policy{number}", PolicyDocument=document)
        return arn

    def assume(self, role: str, caller: Credentials, *, session: str = "session", **parameters) -> Credentials:
        """A session of the role."""
        sts = self.client("sts", caller)
        return Credentials.of(sts.assume_role(RoleArn=role, RoleSessionName=session, **parameters)["Credentials"])

    def member_account(self, name: str = "member") -> tuple[str, Credentials]:
        """Another account of the same organization: its id, and a session of an administrator in it."""
        organizations = self.client("organizations")
        try:
            organizations.create_organization(FeatureSet="ALL")
        except ClientError as error:
            if error.response["Error"]["Code"] != "AlreadyInOrganizationException":
                raise
        request = organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]

        def created():
            status = organizations.describe_create_account_status(CreateAccountRequestId=request["Id"])
            return status["CreateAccountStatus"].get("AccountId")

        account = wait_until(created, "the account is made")
        caller = self.user(f"administrator-of-{name}", allow("sts:AssumeRole", f"arn:aws:iam::{account}:role/*"))
        role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
        return account, self.assume(role, caller, session=name)


def bartizan(*arguments: str, code: int = 0, stdin: str | None = None) -> str:
    """Runs a command of the binary that is not `serve`; what it prints."""
    done = subprocess.run([str(BINARY), *arguments], input=stdin, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == code, f"bartizan {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stderr if code else done.stdout


def client_of(service: str, url: str, key: Credentials, *, region: str = REGION, **options):
    """A boto3 client of whatever is there."""
    return _session().client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        aws_session_token=key.session_token,
        config=Config(**{
            "retries": {"total_max_attempts": 1}, "parameter_validation": False, "read_timeout": PATIENCE, **options
        }),
    )


_SESSION = None


def _session() -> boto3.Session:
    """One for all clients, so that each model is read once."""
    global _SESSION
    if _SESSION is None:
        core = botocore.session.Session()
        core.get_component("data_loader").search_paths.append(str(AWS_MODELS))
        _SESSION = boto3.Session(botocore_session=core)
    return _SESSION


# Policies

ANYONE_IN_ACCOUNT = {"AWS": ACCOUNT}
LOOKOUT = {"Service": "lookoutmetrics.amazonaws.com"}


def policy(*statements: dict, version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def statement(effect: str, action, resource="*", condition: dict | None = None, **elements) -> dict:
    made = {"Effect": effect, "Action": action, "Resource": resource, **elements}
    return made | ({"Condition": condition} if condition else {})


def allow(action, resource="*", condition: dict | None = None) -> str:
    """A policy of one statement."""
    return policy(statement("Allow", action, resource, condition))


def deny(action, resource="*", condition: dict | None = None) -> str:
    """A policy of one statement."""
    return policy(statement("Deny", action, resource, condition))


def trust(principal=ANYONE_IN_ACCOUNT, condition: dict | None = None, action="sts:AssumeRole") -> str:
    """A trust policy of one statement."""
    made = {"Effect": "Allow", "Principal": principal, "Action": action}
    return policy(made | ({"Condition": condition} if condition else {}))


# Refusals


class Refusal:
    """The error that a `refused` block met."""

    code: str
    message: str
    status: int
    response: dict


@contextmanager
def refused(code: str, message: str | re.Pattern | None = None, *, status: int | None = None):
    """The block's last call must be answered with this error; a pattern must match the whole message."""
    refusal = Refusal()
    with pytest.raises(ClientError) as caught:
        yield refusal
    refusal.response = caught.value.response
    error = refusal.response["Error"]
    refusal.code, refusal.message = error["Code"], error.get("Message", "")
    refusal.status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
    assert (refusal.code, status or refusal.status) == (code, refusal.status), refusal.message
    if isinstance(message, re.Pattern):
        assert message.fullmatch(refusal.message), refusal.message
    elif message is not None:
        assert refusal.message == message


def not_authorized(caller: str, action: str, resource: str, reason: str | None = None) -> str:
    """AWS's sentence of a denial; by default for want of an Allow in the caller's own policies."""
    reason = reason or f"because no identity-based policy allows the {action} action"
    return f"User: {caller} is not authorized to perform: {action} on resource: {resource} {reason}"
