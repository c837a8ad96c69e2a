"""The process: first start, second process, damage, sudden death, a full disk, the audit trail."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from server import ACCOUNT, BINARY, ROOT, Credentials, allow, bartizan, deny, refused, wait_until

OTHER = Credentials("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")


def who(server, credentials) -> str:
    return server.client("sts", credentials).get_caller_identity()["Arn"]


def users(server) -> list[str]:
    pages = server.client("iam").get_paginator("list_users").paginate()
    return [user["UserName"] for page in pages for user in page["Users"]]


# The first start


def test_a_random_key_is_shown_once(new_server):
    server = new_server(root=None).start()
    said = server.output()
    shown = Credentials(
        re.search(r"export AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})\n", said)[1],
        re.search(r"export AWS_SECRET_ACCESS_KEY=(\S{40})\n", said)[1],
    )
    assert f"export AWS_ENDPOINT_URL={server.url}\n" in said and "export AWS_REGION=" in said
    assert who(server, shown) == f"arn:aws:iam::{ACCOUNT}:root"
    assert shown.secret_access_key not in server.log()
    assert server.stop() == 0
    server.start()
    assert "AWS_SECRET_ACCESS_KEY" not in server.output()
    assert who(server, shown) == f"arn:aws:iam::{ACCOUNT}:root"


def test_the_lines_shown_work_when_pasted(new_server):
    server = new_server(root=None).start()
    lines = "\n".join(re.findall(r"export .*", server.output()))
    script = f"{lines}\nexec python -m awscli iam get-user --query User.Arn --output text"
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    done = subprocess.run(["sh", "-c", script], env={"PATH": path}, capture_output=True, text=True)
    assert done.stdout.strip() == f"arn:aws:iam::{ACCOUNT}:root", done.stderr


def test_two_installations_have_nothing_in_common(new_server):
    one, other = new_server(root=None, account=None).start(), new_server(root=None, account=None).start()
    keys = [re.findall(r"(?:KEY_ID|ACCESS_KEY|account)[= ](\S{12,})", server.output()) for server in (one, other)]
    assert len(keys[0]) == 3 and not set(keys[0]) & set(keys[1])


def test_a_session_of_another_installation_is_foreign(new_server):
    one, other = new_server().start(), new_server().start()
    session = Credentials.of(one.client("sts").get_session_token()["Credentials"])
    assert who(one, session) == f"arn:aws:iam::{ACCOUNT}:root"
    with refused("InvalidClientTokenId", status=403):
        who(other, session)


def test_the_environments_key_seeds_the_first_start_only(new_server):
    server = new_server().start()
    assert "AWS_SECRET_ACCESS_KEY" not in server.output()
    server.stop()
    server.start(environment={
        "BARTIZAN_ROOT_ACCESS_KEY_ID": OTHER.access_key_id, "BARTIZAN_ROOT_SECRET_ACCESS_KEY": OTHER.secret_access_key,
    })
    with refused("InvalidClientTokenId"):
        who(server, OTHER)
    assert who(server, ROOT) == f"arn:aws:iam::{ACCOUNT}:root"
    assert len(server.client("iam").list_access_keys()["AccessKeyMetadata"]) == 1
    server.stop()
    server.start(environment={"BARTIZAN_ROOT_SECRET_ACCESS_KEY": OTHER.secret_access_key})
    with refused("SignatureDoesNotMatch"):
        who(server, replace(ROOT, secret_access_key=OTHER.secret_access_key))
    assert who(server, ROOT) == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_deleted_root_key_does_not_come_back(new_server):
    server = new_server().start()
    administrator = server.user("administrator", allow("*"))
    server.client("iam").delete_access_key(AccessKeyId=ROOT.access_key_id)
    server.stop()
    server.start()
    with refused("InvalidClientTokenId"):
        who(server, ROOT)
    assert who(server, administrator).endswith(":user/administrator")
    assert "AWS_SECRET_ACCESS_KEY" not in server.output()


@pytest.mark.parametrize(
    "key",
    [
        Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Credentials("test", "password"),
        Credentials("A" * 128, "!" * 128), Credentials("abc_DEF_123", "a=b&c%20/+~#\"'"),
    ],
)
def test_a_root_key_may_have_any_valid_form(new_server, key):
    server = new_server(root=key).start()
    assert who(server, key) == f"arn:aws:iam::{ACCOUNT}:root"


@pytest.mark.parametrize(
    "variables, says",
    [
        ({"BARTIZAN_ROOT_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, "go together"),
        ({"BARTIZAN_ROOT_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG"}, "go together"),
        ({"BARTIZAN_ROOT_ACCESS_KEY_ID": "a b", "BARTIZAN_ROOT_SECRET_ACCESS_KEY": "long enough"}, "KEY_ID must be"),
        ({"BARTIZAN_ROOT_ACCESS_KEY_ID": "", "BARTIZAN_ROOT_SECRET_ACCESS_KEY": ""}, "must be"),
        ({"BARTIZAN_ROOT_ACCESS_KEY_ID": "AKIDEXAMPLE", "BARTIZAN_ROOT_SECRET_ACCESS_KEY": "short"}, "SECRET_ACCESS_KEY must be"),
    ],
)
def test_a_root_key_that_is_none_is_refused(new_server, variables, says):
    server = new_server(root=None)
    assert says in server.refuses_to_start(environment=variables)
    # Nothing was begun: the next start is the first.
    server.start()
    assert "AWS_SECRET_ACCESS_KEY" in server.output()


def test_another_account_id_is_refused(new_server):
    server = new_server().start()
    server.stop()
    server.account = "999999999999"
    assert ACCOUNT in server.refuses_to_start()


@pytest.mark.parametrize("account", ["12345678901", "1234567890123", "abcdefghijkl", ""])
def test_an_account_id_that_is_none_is_refused(tmp_path, account):
    bartizan("serve", "--account-id", account, "--data-dir", str(tmp_path / "data"), code=2)


def test_flags_environment_and_file_in_this_order(new_server, tmp_path):
    file = tmp_path / "bartizan.toml"
    file.write_text('account_id = "111111111111"\nquotas = "users=1"\n')
    server = new_server(account=None).start("--config", str(file))
    assert who(server, ROOT) == "arn:aws:iam::111111111111:root"
    server.client("iam").create_user(UserName="one")
    with refused("LimitExceeded", "Cannot exceed quota for UsersPerAccount: 1", status=409):
        server.client("iam").create_user(UserName="two")
    other = new_server(account=None).start("--config", str(file), environment={"BARTIZAN_ACCOUNT_ID": "222222222222"})
    assert who(other, ROOT) == "arn:aws:iam::222222222222:root"
    third = new_server(account="333333333333").start(environment={"BARTIZAN_ACCOUNT_ID": "222222222222"})
    assert who(third, ROOT) == "arn:aws:iam::333333333333:root"


def test_a_file_with_a_word_that_is_none_is_refused(new_server, tmp_path):
    file = tmp_path / "bartizan.toml"
    file.write_text("authorisation = false\n")
    assert "authorisation" in new_server().refuses_to_start("--config", str(file))


# A second process


def test_a_second_process_is_refused(new_server, server):
    second = new_server()
    second.data_dir = server.data_dir
    assert "is in use by another bartizan process" in second.refuses_to_start()
    assert who(server, ROOT) == f"arn:aws:iam::{ACCOUNT}:root"
    server.stop()
    second.start()


def test_a_taken_port_is_said(new_server, server):
    second = new_server()
    process = subprocess.run(
        [BINARY, "serve", "--listen", server.address, "--data-dir", second.data_dir], capture_output=True, text=True
    )
    assert process.returncode == 1 and f"cannot listen on {server.address}" in process.stderr


# Damage


@pytest.fixture
def stopped(server):
    """A store with some use behind it, its process gone."""
    server.user("someone", deny("iam:*"))
    server.stop()
    return server


@pytest.mark.parametrize(
    "file, says",
    [
        ("master.key", "the master key .* is missing"),
        ("commit.mark", "the store is damaged: .*commit.mark is missing"),
        ("bartizan.db", "the store has been used before, but its database .* is missing"),
    ],
)
def test_a_store_without_a_part_does_not_open(stopped, file, says):
    part = stopped.data_dir / file
    kept = part.rename(stopped.data_dir.parent / "kept")
    assert re.search(says, stopped.refuses_to_start())
    # Refusing changed nothing: with the part it opens.
    for leftover in [part] if part.exists() else []:
        leftover.unlink()
    kept.rename(part)
    stopped.start()
    assert stopped.client("iam").get_user(UserName="someone")


def test_a_store_opens_with_its_own_master_key_only(stopped, new_server):
    stranger = new_server().start()
    stranger.stop()
    shutil.copy(stranger.data_dir / "master.key", stopped.data_dir / "master.key")
    assert "is not the master key of this store" in stopped.refuses_to_start()


@pytest.mark.parametrize("text", ["", "x", "AAAA", "not base64!\n"])
def test_a_master_key_that_is_none_does_not_open(stopped, text):
    (stopped.data_dir / "master.key").write_text(text)
    assert "is not the master key of this store" in stopped.refuses_to_start()


@pytest.mark.parametrize("keep", [0, 1, 100, 4096, -4096, -1])
def test_a_truncated_database_does_not_open(stopped, keep):
    path = stopped.data_dir / "bartizan.db"
    os.truncate(path, keep if keep >= 0 else path.stat().st_size + keep)
    assert "damaged" in stopped.refuses_to_start()


def test_no_byte_of_the_database_can_change_unseen(stopped):
    """Every page is spoilt in turn: the store opens with all its entities or not at all."""
    path = stopped.data_dir / "bartizan.db"
    whole = path.read_bytes()
    refusals = 0
    for page in range(0, len(whole), 4096):
        spoilt = bytearray(whole)
        spoilt[page + 8 : page + 4096] = bytes(byte ^ 0x01 for byte in whole[page + 8 : page + 4096])
        path.write_bytes(spoilt)
        if stopped.starts():
            assert stopped.client("iam").get_user_policy(UserName="someone", PolicyName="policy0")
            stopped.kill()
        else:
            refusals += 1
        for leftover in ("bartizan.db-wal", "bartizan.db-shm"):
            (stopped.data_dir / leftover).unlink(missing_ok=True)
    path.write_bytes(whole)
    assert refusals > 0
    stopped.start()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entity SET document = replace(document, 'Deny', 'Allow')",
        "DELETE FROM entity WHERE kind = (SELECT kind FROM entity WHERE document LIKE '%someone%' LIMIT 1)",
        "DELETE FROM entity",
        "UPDATE entity SET account = '999999999999'",
        "UPDATE meta SET revision = revision - 1",
        "UPDATE meta SET revision = 0",
        "UPDATE meta SET format = 99",
        "DROP TABLE entity",
    ],
)
def test_an_edited_database_does_not_open(stopped, statement):
    with sqlite3.connect(stopped.data_dir / "bartizan.db") as database:
        assert database.execute(statement).rowcount != 0
    said = stopped.refuses_to_start()
    assert "damaged" in said or "newer version" in said


def test_an_older_copy_of_the_database_does_not_open(server):
    server.stop()
    old = (server.data_dir / "bartizan.db").read_bytes()
    server.start()
    server.user("someone", deny("*"))
    server.stop()
    (server.data_dir / "bartizan.db").write_bytes(old)
    assert re.search(r"revision \d+ was acknowledged, but the database ends at \d+", server.refuses_to_start())


def test_a_lost_write_ahead_log_is_missed(server):
    server.user("someone", deny("*"))
    server.kill()
    log = server.data_dir / "bartizan.db-wal"
    assert log.stat().st_size > 0
    log.unlink()
    assert "the store is damaged" in server.refuses_to_start()


def test_a_truncated_write_ahead_log_is_missed(server):
    server.user("someone", deny("*"))
    server.kill()
    log = server.data_dir / "bartizan.db-wal"
    os.truncate(log, log.stat().st_size - 2000)
    assert "the store is damaged" in server.refuses_to_start()


def test_the_data_is_for_the_owner_only(server):
    assert server.data_dir.stat().st_mode & 0o077 == 0
    assert (server.data_dir / "master.key").stat().st_mode & 0o077 == 0


def test_no_secret_lies_open_in_the_store(server):
    key = server.user("someone")
    server.stop()
    stored = b"".join(path.read_bytes() for path in server.data_dir.rglob("*") if path.is_file())
    assert key.access_key_id.encode() in stored
    for secret in (key.secret_access_key, ROOT.secret_access_key):
        assert secret.encode() not in stored


# Sudden death


@pytest.mark.parametrize("round_", range(6))
def test_kill_at_any_moment_loses_nothing_acknowledged(server, round_):
    """Writers write until the server is shot; all that was answered is there after the next start, and in the trail."""
    acknowledged: list[str] = []
    stop = threading.Event()

    def write(writer: int):
        iam = server.client("iam")
        for number in range(10_000):
            name = f"w{writer}-{number}"
            if stop.is_set():
                return
            try:
                iam.create_user(UserName=name)
            except (BotoCoreError, ClientError):
                return
            acknowledged.append(name)

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, writer) for writer in range(4)]
        wait_until(lambda: len(acknowledged) > 20 * (round_ + 1), "some writes")
        server.kill()
        stop.set()
        for writer in writers:
            writer.result(30)
    server.start()
    found = set(users(server))
    assert set(acknowledged) <= found
    # At most what each writer had in flight is there without an answer.
    assert len(found) <= len(acknowledged) + 4
    created = {
        event["requestParameters"]["userName"]
        for event in server.audit("--event-name", "CreateUser")
        if "errorCode" not in event
    }
    assert created == found


def test_kill_again_and_again_at_the_start(server):
    server.user("someone")
    server.kill()
    for delay in range(12):
        server.spawn()
        time.sleep(delay * 0.004)
        server.kill()
    server.start()
    assert server.client("iam").get_user(UserName="someone")


def test_a_first_start_that_was_cut_short_is_begun_again(new_server):
    server = new_server()
    for delay in range(15):
        server.spawn()
        time.sleep(delay * 0.003)
        server.kill()
    server.start()
    assert who(server, ROOT) == f"arn:aws:iam::{ACCOUNT}:root"


# A clean end


def test_sigterm_ends_cleanly_and_writes_what_waits(server):
    server.client("iam").list_users()
    with refused("AccessDenied"):
        server.client("iam", server.user("nobody")).list_users()
    assert server.stop() == 0
    assert [event["eventName"] for event in server.audit()][-1] == "ListUsers"
    assert server.audit()[-1]["errorCode"] == "AccessDenied"


def test_sigint_ends_cleanly(server):
    server.process.send_signal(signal.SIGINT)
    assert server.wait() == 0


def test_requests_in_flight_are_answered_before_the_end(server):
    iam = server.client("iam")
    made, failed = [], []

    def write(number: int):
        try:
            iam.create_user(UserName=f"user{number}")
            made.append(f"user{number}")
        except (BotoCoreError, ClientError) as error:
            failed.append(error)

    with ThreadPoolExecutor(8) as pool:
        for number in range(200):
            pool.submit(write, number)
        wait_until(lambda: len(made) > 40, "some writes")
        assert server.stop() == 0
    # Only whoever came after the end was not let in; nobody got an error from the server.
    assert not [error for error in failed if isinstance(error, ClientError)]
    server.start()
    found = set(users(server))
    assert set(made) <= found


def test_state_survives_a_restart(server):
    key = server.user("someone", allow("iam:GetUser"))
    session = Credentials.of(server.client("sts", key).get_session_token()["Credentials"])
    server.stop()
    server.start()
    assert server.client("iam", key).get_user()["User"]["UserName"] == "someone"
    assert who(server, session).endswith(":user/someone")


# A full disk


@pytest.fixture
def small_disk(tmp_path):
    """A file system of four megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_gives_errors_and_no_loss(small_disk, tmp_path, new_server):
    server = new_server()
    server.data_dir = small_disk / "data"
    server.start()
    iam = server.client("iam")
    iam.create_user(UserName="before")
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 1024, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    acknowledged, errors = ["before"], []
    for number in range(300):
        try:
            iam.create_user(UserName=f"user{number}")
            acknowledged.append(f"user{number}")
        except ClientError as error:
            errors.append(error.response)
    assert errors, "the disk was never full"
    for error in errors:
        assert error["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
        assert error["Error"]["Code"] in ("ServiceFailure", "ServiceUnavailable")
        assert "disk" not in error["Error"]["Message"] and "database" not in error["Error"]["Message"]
    # What is refused has not happened, and reads go on.
    assert set(users(server)) == set(acknowledged)
    ballast.unlink()
    wait_until(lambda: _creates(iam, "after"), "writes go on when there is room again")
    server.kill()
    server.start()
    assert set(users(server)) == {*acknowledged, "after"}


def _creates(iam, name: str) -> bool:
    try:
        iam.create_user(UserName=name)
    except ClientError as error:
        return error.response["Error"]["Code"] == "EntityAlreadyExists"
    return True


# Many at once


def test_concurrent_writers_lose_nothing(server):
    """Eight writers, each to an entity of its own and all to one."""
    iam = server.client("iam")
    iam.create_group(GroupName="everyone")

    def write(writer: int):
        for number in range(12):
            name = f"w{writer}-{number}"
            iam.create_user(UserName=name)
            iam.add_user_to_group(GroupName="everyone", UserName=name)
            iam.put_group_policy(GroupName="everyone", PolicyName=f"p{writer}", PolicyDocument=allow("iam:GetUser"))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, writer) for writer in range(8)]:
            done.result(120)
    assert len(users(server)) == 96
    members = [user for page in iam.get_paginator("get_group").paginate(GroupName="everyone") for user in page["Users"]]
    assert len(members) == 96
    assert len(iam.list_group_policies(GroupName="everyone")["PolicyNames"]) == 8


def test_of_many_who_make_the_same_name_one_succeeds(server):
    iam = server.client("iam")

    def make(number: int) -> str:
        try:
            # The same name without regard to case.
            iam.create_user(UserName="same" if number % 2 else "SAME")
            return "made"
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(make, range(32)))
    assert outcomes.count("made") == 1 and set(outcomes) == {"made", "EntityAlreadyExists"}
    assert len(users(server)) == 1


def test_limits_hold_under_concurrency(server):
    iam = server.client("iam")
    iam.create_user(UserName="someone")

    def make(_: int) -> str:
        try:
            iam.create_access_key(UserName="someone")
            return "made"
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(make, range(32)))
    assert outcomes.count("made") == 2 and set(outcomes) == {"made", "LimitExceeded"}


def test_a_policy_change_bites_on_the_next_request_of_everyone(server):
    """Readers that are let in until the change are refused from the change on: no node remembers a decision."""
    key = server.user("reader", allow("iam:ListUsers"))
    root, reader = server.client("iam"), server.client("iam", key)
    for _ in range(20):
        root.put_user_policy(UserName="reader", PolicyName="now", PolicyDocument=deny("iam:ListUsers"))
        with refused("AccessDenied"):
            reader.list_users()
        root.delete_user_policy(UserName="reader", PolicyName="now")
        reader.list_users()


# The audit trail


def test_every_request_is_in_the_trail(server):
    key = server.user("someone")
    with refused("AccessDenied"):
        server.client("iam", key).create_user(UserName="other")
    with refused("SignatureDoesNotMatch"):
        server.client("sts", replace(key, secret_access_key="x" * 40)).get_caller_identity()
    with refused("MissingAuthenticationToken"):
        server.anonymous("sts").get_caller_identity()
    events = wait_until(lambda: (trail := server.audit())[4:] and trail, "the trail is written within a second", 2)
    assert [(event["eventName"], event.get("errorCode")) for event in events] == [
        ("CreateUser", None), ("CreateAccessKey", None), ("CreateUser", "AccessDenied"),
        ("GetCallerIdentity", "SignatureDoesNotMatch"), ("GetCallerIdentity", "MissingAuthenticationToken"),
    ]
    created, _, denied, unproved, anonymous = events
    assert created["userIdentity"] == {
        "type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT,
        "accessKeyId": ROOT.access_key_id,
    }
    assert created["eventSource"] == "iam.amazonaws.com" and created["awsRegion"] == "us-east-1"
    assert created["requestParameters"] == {"userName": "someone"}
    assert created["responseElements"]["user"]["userName"] == "someone"
    assert created["sourceIPAddress"] == "127.0.0.1" and created["readOnly"] is False
    assert created["eventType"] == "AwsApiCall" and created["recipientAccountId"] == ACCOUNT
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created["eventTime"])
    assert denied["userIdentity"]["type"] == "IAMUser" and denied["userIdentity"]["userName"] == "someone"
    assert denied["errorMessage"].startswith(f"User: arn:aws:iam::{ACCOUNT}:user/someone is not authorized to perform")
    assert denied["requestParameters"] == {"userName": "other"} and denied["responseElements"] is None
    assert unproved["userIdentity"] == {"type": "Unknown", "accessKeyId": key.access_key_id}
    assert anonymous["userIdentity"] == {"type": "Unknown"}


def test_a_key_that_is_made_is_in_the_trail_without_its_secret(server):
    key = server.user("someone")
    event = wait_until(lambda: server.audit("--event-name", "CreateAccessKey"), "recorded")[0]
    assert event["responseElements"]["accessKey"]["accessKeyId"] == key.access_key_id
    assert key.secret_access_key not in str(event)


def test_a_session_is_in_the_trail_with_its_context(server):
    role = server.role("auditor", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},'
                                  '"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}]}' % ACCOUNT, allow("iam:*"))
    caller = server.user("caller", allow("sts:*", role))
    session = server.assume(role, caller, session="audit", SourceIdentity="bob")
    server.client("iam", session).list_users()
    event = wait_until(lambda: server.audit("--event-name", "ListUsers"), "recorded")[0]
    identity = event["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/audit"
    assert identity["principalId"].startswith("AROA") and identity["principalId"].endswith(":audit")
    context = identity["sessionContext"]
    assert context["sessionIssuer"] == {
        "type": "Role", "principalId": identity["principalId"].split(":")[0], "arn": role, "accountId": ACCOUNT,
        "userName": "auditor",
    }
    assert context["attributes"]["mfaAuthenticated"] == "false" and context["sourceIdentity"] == "bob"
    assumed = server.audit("--event-name", "AssumeRole")[0]
    assert assumed["readOnly"] is True
    assert assumed["responseElements"]["credentials"]["sessionToken"] == "HIDDEN_DUE_TO_SECURITY_REASONS"


def test_the_trail_is_printed_and_filtered(server):
    server.user("someone")
    with refused("NoSuchEntity"):
        server.client("iam").get_user(UserName="nobody")
    server.stop()
    where = ("--data-dir", str(server.data_dir))
    table = bartizan("audit", *where)
    assert re.search(r"arn:aws:iam::123456789012:root +iam:CreateUser +ok +127\.0\.0\.1", table.replace("│", " "))

    def names(*filters: str) -> list[str]:
        return [event["eventName"] for event in server.audit(*filters)]

    assert names() == ["CreateUser", "CreateAccessKey", "GetUser"]
    assert names("--event-name", "GetUser") == ["GetUser"]
    assert names("--error-code", "NoSuchEntity") == names("--error-code", "any") == ["GetUser"]
    assert names("--event-source", "iam.amazonaws.com") == names()
    assert names("--event-source", "sts.amazonaws.com") == []
    assert names("--caller", ROOT.access_key_id) == names("--caller", f"arn:aws:iam::{ACCOUNT}:root") == names()
    assert names("--caller", "someone") == []
    assert names("--since", "2099-01-01T00:00:00Z") == names("--until", "2020-01-01T00:00:00Z") == []
    assert names("--since", "2020-01-01T00:00:00Z", "--until", "2099-01-01T00:00:00Z") == names()


def test_a_trail_that_is_not_there_is_said(tmp_path):
    assert "missing" in bartizan("audit", "--data-dir", str(tmp_path), code=1)


# The command line


def test_the_time_to_listen_is_told(server, record_property):
    fresh = re.search(r'"milliseconds":"?(\d+)', server.log())[1]
    server.stop()
    server.start()
    again = re.findall(r'"milliseconds":"?(\d+)', server.log())[-1]
    print(f"listening after {fresh} ms on a fresh store, {again} ms on an existing one")
    record_property("milliseconds_to_listen", f"{fresh} fresh, {again} again")


def test_logs_are_json_lines(server):
    server.stop()
    for line in server.log().splitlines():
        assert {"timestamp", "level"} <= set(json.loads(line))


def test_no_switch_turns_authorisation_off():
    said = bartizan("serve", "--help").lower()
    for word in ("no-auth", "noauth", "insecure", "disable", "skip", "allow-all", "anonymous"):
        assert word not in said
