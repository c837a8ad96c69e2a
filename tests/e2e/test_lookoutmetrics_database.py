"""Tables of a database as the source of data: read by a real PostgreSQL's user, and nothing done but that.

`examples/read_table` of the crate does what a detector does; here it is asked as one would.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/services-rds.html
"""

import json
import os
import re
import socket
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread

import pytest
from botocore.exceptions import ClientError

from lookoutmetrics import (
    READ_DATA, arn, as_user, dataset, denied, has_status, invalid, make_detector, shop, source, user_arn,
)
from postgres import Postgres
from server import ACCOUNT, LOOKOUT, PATIENCE, REGION, REPOSITORY, Server, allow, policy, refused, statement, trust, wait_until

READ_TABLE = REPOSITORY / "target/debug/examples/read_table"
"""The Rust tests build it, as any examples; alone: `cargo build --package bartizan-lookoutmetrics --example read_table`."""

SECRET = {"username": "lookout", "password": "s3cret of \"lookout\""}
LOOPBACK = "127.0.0.0/8"


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    try:
        password = SECRET["password"]
        server.sql(
            f"CREATE ROLE lookout LOGIN PASSWORD '{password}'",
            "CREATE TABLE orders (at timestamptz, total numeric, shop text)",
            """INSERT INTO orders VALUES
               ('2021-02-03 03:59:59.999999Z', 1, 'before'), ('2021-02-03 04:00:00Z', 2.50, 'first'),
               ('2021-02-03 04:59:59.999999Z', -3e2, 'last'), ('2021-02-03 05:00:00Z', 4, 'after'),
               (NULL, 5, 'never'), ('infinity', 6, 'ever'), ('-infinity', 7, 'of old'),
               ('2021-02-03 04:30:00Z', NULL, NULL), ('2021-02-03 04:30:00Z', 8, '')""",
            "GRANT SELECT ON orders TO lookout",
            "CREATE TABLE closed (at timestamptz, total int, shop text)",
            "CREATE SCHEMA closed_schema",
            "CREATE TABLE closed_schema.orders (at timestamptz, total int, shop text)",
        )
        yield server
    finally:
        server.end()


def ask(postgres, **given) -> subprocess.CompletedProcess:
    question = {
        "host": "127.0.0.1", "port": postgres.port, "database": "postgres", "table": "orders", "secret": SECRET,
        "columns": ["at", "total", "shop"], "pattern": "yyyy-MM-dd HH:mm:ss", "zone": "UTC",
        "from": "2021-02-03T04:00:00Z", "to": "2021-02-03T05:00:00Z", "internal": LOOPBACK,
        "milliseconds": int(PATIENCE * 1000),
    } | given
    if not isinstance(question["secret"], str):
        question["secret"] = json.dumps(question["secret"])
    return subprocess.run([READ_TABLE], input=json.dumps(question), capture_output=True, text=True, timeout=2 * PATIENCE)


def read(postgres, **given) -> list[list]:
    """The rows, in an order."""
    done = ask(postgres, **given)
    assert done.returncode == 0, done.stderr
    return sorted((json.loads(line) for line in done.stdout.splitlines()), key=repr)


def refusal(postgres, **given) -> str:
    done = ask(postgres, **given)
    assert done.returncode == 1, done.stdout
    assert SECRET["password"] not in done.stderr + done.stdout
    return done.stderr.strip()


# Refusals


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::ffff:127.0.0.1", "0.0.0.0"])
def test_an_internal_address_is_not_reached_unless_it_is_allowed(postgres, host):
    said = refusal(postgres, host=host, internal="10.0.0.0/8")
    assert re.fullmatch(r"\S+ is an internal address", said)


def test_what_is_allowed_is_no_more_than_was_said(postgres):
    assert "is an internal address" in refusal(postgres, internal="127.0.0.2")
    assert len(read(postgres, internal="127.0.0.1")) == 4
    assert len(read(postgres, host="localhost", internal="127.0.0.1,::1")) == 4


@pytest.mark.parametrize(
    "given, message",
    [
        ({"secret": SECRET | {"password": "other"}}, "The database does not accept the secret's user name and password."),
        ({"secret": SECRET | {"username": "nobody"}}, "The database does not accept the secret's user name and password."),
        ({"secret": "lookout"}, "The secret must be a JSON object with username and password."),
        ({"database": "other"}, "The server has no database other."),
        ({"table": "other"}, "The database has no table other."),
        ({"table": "Orders"}, "The database has no table Orders."),
        ({"table": "other.orders"}, "The database has no table other.orders."),
        ({"table": "closed"}, "The secret's user may not read the table closed."),
        ({"table": "closed_schema.orders"}, "The secret's user may not read the table closed_schema.orders."),
        ({"columns": ["when", "total"]}, "The table has no column when."),
        ({"columns": ["at", "total", "Shop"]}, "The table has no column Shop."),
        ({"columns": ["total", "shop"]},
         "The column total is of type numeric, which is neither a timestamp, nor a date, nor text."),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_what_the_customer_has_to_put_right_is_said(postgres, given, message):
    assert refusal(postgres, **given) == message


def test_a_name_is_a_name_whatever_is_in_it(postgres):
    evil = 'orders"; DROP TABLE orders; --'
    assert refusal(postgres, table=evil) == f"The database has no table {evil}."
    for column in ('at"; DROP TABLE orders; --', "at FROM orders; DELETE FROM orders; --", "(SELECT usename FROM pg_user)"):
        assert refusal(postgres, columns=["at", column]).startswith("The table has no column ")
    assert postgres.sql("SELECT count(*) FROM orders") == "9"


def test_nothing_is_changed_even_where_reading_would(postgres):
    postgres.sql(
        "CREATE TABLE seen (at timestamptz)",
        "CREATE FUNCTION seen() RETURNS int LANGUAGE sql AS 'INSERT INTO seen VALUES (now()) RETURNING 1'",
        "CREATE VIEW seeing AS SELECT timestamptz '2021-02-03 04:30Z' AS at, seen() AS total",
        "GRANT ALL ON seen, seeing TO lookout",
    )
    said = refusal(postgres, table="seeing", columns=["at", "total"])
    assert said == "The database refuses: cannot execute INSERT in a read-only transaction (25006)"
    assert postgres.sql("SELECT count(*) FROM seen") == "0"


def test_a_database_that_is_slow_is_given_up(postgres):
    postgres.sql(
        "CREATE VIEW slow AS SELECT timestamptz '2021-02-03 04:30Z' AS at, pg_sleep(600)::text AS total",
        "GRANT SELECT ON slow TO lookout",
    )
    said = refusal(postgres, table="slow", columns=["at", "total"], milliseconds=500)
    assert said == "The database did not answer in time."


def test_a_server_that_says_nothing_is_given_up(postgres):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert refusal(postgres, port=silent.getsockname()[1], milliseconds=500) == "The database did not answer in time."
        port = silent.getsockname()[1]
    assert refusal(postgres, port=port).startswith("The database cannot be reached: Connection refused")


@pytest.mark.parametrize(
    "says, message",
    [
        (b"NR\xff\xff\xff\xff", "The connection to the database broke: a message is longer than 4 MiB, or none."),
        (b"NS\x00\x00\x00\x08a\x00b\x00" * 10_000, "The connection to the database broke: *"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",
         "The database cannot be reached: what answers there does not speak PostgreSQL's protocol."),
        (b"", "The connection to the database broke: *"),
    ],
    ids=["endless-message", "rubbish", "another-protocol", "nothing"],
)
def test_a_hostile_server_does_no_harm(postgres, says, message):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(8)
                connection.sendall(says)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1024):
                    pass

        thread = Thread(target=serve)
        thread.start()
        said = refusal(postgres, port=listener.getsockname()[1])
        thread.join(PATIENCE)
    assert said.startswith(message.rstrip("*")) if message.endswith("*") else said == message


# What works


def test_rows_of_the_range_are_read_and_no_others(postgres):
    assert read(postgres) == [
        ["2021-02-03 04:00:00", "2.50", "first"], ["2021-02-03 04:30:00", "8", None],
        ["2021-02-03 04:30:00", None, None], ["2021-02-03 04:59:59", "-300", "last"],
    ]
    assert read(postgres, columns=["at"], **{"from": "2021-02-03T04:00:00Z", "to": "2021-02-03T04:00:00Z"}) == []


def test_columns_come_in_the_order_in_which_they_are_asked_for(postgres):
    rows = read(postgres, columns=["at", "shop", "total"])
    assert ["2021-02-03 04:00:00", "first", "2.50"] in rows


@pytest.mark.parametrize(
    "kind, zone, values, expected",
    [
        ("timestamptz", "Asia/Kolkata", ["2021-02-03 09:30+05:30", "2021-02-03 10:29+05:30", "2021-02-03 10:30+05:30"],
         ["2021-02-03 09:30:00", "2021-02-03 10:29:00"]),
        ("timestamp", "UTC", ["2021-02-03 03:59", "2021-02-03 04:00", "2021-02-03 05:00"], ["2021-02-03 04:00:00"]),
        ("timestamp", "Asia/Kolkata", ["2021-02-03 04:00", "2021-02-03 09:30", "2021-02-03 10:29"],
         ["2021-02-03 09:30:00", "2021-02-03 10:29:00"]),
        ("date", "Asia/Kolkata", ["2021-02-03", "2021-02-04"], []),
        ("text", "UTC", ["2021-02-03 04:00:00", "2021-02-03 05:00:00", "soon"], ["2021-02-03 04:00:00", "soon"]),
        ("varchar(40)", "Asia/Kolkata", ["2021-02-03 04:00:00", "2021-02-03 09:30:00"], ["2021-02-03 09:30:00"]),
    ],
)
def test_a_column_tells_time_in_its_own_way(postgres, kind, zone, values, expected):
    made = ", ".join(f"('{value}')" for value in values)
    postgres.sql(
        "DROP TABLE IF EXISTS times", f"CREATE TABLE times (at {kind})", f"INSERT INTO times VALUES {made}",
        "GRANT SELECT ON times TO lookout",
    )
    assert read(postgres, table="times", columns=["at"], zone=zone) == [[time] for time in expected]


def test_a_date_is_its_midnight(postgres):
    postgres.sql(
        "CREATE TABLE days (at date)", "INSERT INTO days VALUES ('2021-02-02'), ('2021-02-03'), ('2021-02-04')",
        "GRANT SELECT ON days TO lookout",
    )
    day = {"table": "days", "columns": ["at"], "zone": "America/New_York", "pattern": "yyyy-MM-dd"}
    day |= {"from": "2021-02-03T05:00:00Z", "to": "2021-02-04T05:00:00Z"}
    assert read(postgres, **day) == [["2021-02-03"]]
    assert read(postgres, **day | {"from": "2021-02-03T05:00:01Z"}) == []


def test_where_clocks_go_back_no_local_time_is_left_out(postgres):
    postgres.sql(
        "CREATE TABLE clocks (at timestamp)",
        "INSERT INTO clocks SELECT timestamp '2021-10-31 00:00' + n * interval '30 minutes' FROM generate_series(0, 9) n",
        "GRANT SELECT ON clocks TO lookout",
    )
    asked = {"table": "clocks", "columns": ["at"], "zone": "Europe/Berlin"}
    # 02:00 and 02:30 are read as those before the change, as Java reads them.
    before = read(postgres, **asked, **{"from": "2021-10-31T00:00:00Z", "to": "2021-10-31T01:00:00Z"})
    assert before == [["2021-10-31 02:00:00"], ["2021-10-31 02:30:00"]]
    assert read(postgres, **asked, **{"from": "2021-10-31T01:00:00Z", "to": "2021-10-31T02:00:00Z"}) == []
    after = read(postgres, **asked, **{"from": "2021-10-31T02:00:00Z", "to": "2021-10-31T03:00:00Z"})
    assert after == [["2021-10-31 03:00:00"], ["2021-10-31 03:30:00"]]


def test_values_of_any_type_are_text(postgres):
    postgres.sql(
        "CREATE TYPE size AS ENUM ('small', 'large')",
        """CREATE TABLE "Select" (at timestamptz, "Order" int2, "a b" float8, "c\"\"d" bool, e size, f text, g bigint, h char(5))""",
        """INSERT INTO "Select" VALUES
           ('2021-02-03 04:00Z', -7, 0.1, true, 'large', E'„ü"\\n,''\\t☃', 9223372036854775807, 'x')""",
        'GRANT SELECT ON "Select" TO lookout',
    )
    rows = read(postgres, table="public.Select", columns=["at", "Order", "a b", 'c"d', "e", "f", "g", "h"])
    assert rows == [["2021-02-03 04:00:00", "-7", "0.1", "true", "large", '„ü"\n,\'\t☃', "9223372036854775807", "x"]]


def test_memory_does_not_grow_with_rows(postgres):
    postgres.sql(
        "CREATE TABLE many AS SELECT timestamptz '2021-02-03 04:00Z' + n * interval '1 ms' AS at, n AS total, "
        "repeat('x', 100) AS shop FROM generate_series(1, 400000) n",
        "GRANT SELECT ON many TO lookout",
    )

    def used(until: str) -> tuple[int, int]:
        """How many rows there are, and the most memory that reading them took, in KiB."""
        question = {
            "host": "127.0.0.1", "port": postgres.port, "database": "postgres", "table": "many",
            "secret": json.dumps(SECRET), "columns": ["at", "total", "shop"], "pattern": "yyyy-MM-dd HH:mm:ss",
            "zone": "UTC", "from": "2021-02-03T04:00:00Z", "to": until, "internal": LOOPBACK,
            "milliseconds": int(PATIENCE * 1000),
        }
        process = subprocess.Popen([READ_TABLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(json.dumps(question).encode())
        process.stdin.close()
        rows = sum(1 for _ in process.stdout)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        assert process.returncode == 0
        return rows, usage.ru_maxrss

    few, little = used("2021-02-03T04:00:01Z")
    all_of_them, much = used("2021-02-03T05:00:00Z")
    assert (few, all_of_them) == (999, 400_000)
    assert much < little + 16 * 1024


# A detector's table


START = int(datetime(2021, 2, 1, tzinfo=UTC).timestamp()) // 3600
"""The hour at which the shop opened."""
NOW = START + 400
INCIDENT = NOW + 12
DETECTOR, METRIC_SET = arn("AnomalyDetector:detector"), arn("MetricSet/detector/dataset")
NAME = "AmazonLookoutMetrics-shop"
ROLE = "LookoutMetricsRole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/LookoutMetricsSession"
READ_SECRET = policy(
    statement("Allow", "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}-??????")
)


@pytest.fixture(scope="module")
def sales(postgres):
    """A table of hourly sales: 400 hours until now, and those to come, in one of which Italy goes wrong."""
    rows = shop(range(START, NOW + 100), {INCIDENT: 3.0}).splitlines()[1:]
    values = ["('{}', '{}', '{}', {}, {})".format(*row.split(",")) for row in rows]
    postgres.sql(
        "CREATE TABLE sales (timestamp timestamp, platform text, marketplace text, views float8, revenue float8)",
        *(f"INSERT INTO sales VALUES {', '.join(values[at : at + 1000])}" for at in range(0, len(values), 1000)),
        "GRANT SELECT ON sales TO lookout",
    )
    return postgres


@pytest.fixture
def house(new_server):
    """A server that may reach loopback."""
    return new_server().start("--deliver-to-internal", LOOPBACK)


def table(postgres, role: str, secret: str, kind: str = "RDSSourceConfig", **changes) -> dict:
    """A source of the table, which the role reads the secret for."""
    given = {
        "DatabaseHost": "127.0.0.1", "DatabasePort": postgres.port, "DatabaseName": "postgres", "TableName": "sales",
        "SecretManagerArn": secret, "RoleArn": role,
    }
    return {kind: given | changes}


def furnish(server: Server, secret=SECRET, document: str = trust(LOOKOUT)) -> tuple[str, str]:
    """Makes a detector, a secret, and a role that may read it. The role's ARN and the secret's."""
    make_detector(server.client("lookoutmetrics"))
    text = secret if isinstance(secret, str) else json.dumps(secret)
    made = server.client("secretsmanager").create_secret(Name=NAME, SecretString=text)["ARN"]
    return server.role(ROLE, document, READ_SECRET), made


def create(server: Server, source: dict, **changes) -> str:
    made = server.client("lookoutmetrics").create_metric_set(
        **dataset(DETECTOR, "", MetricSource=source, **changes)
    )
    return made["MetricSetArn"]


def close_secret(server: Server):
    deny = statement("Deny", "secretsmanager:GetSecretValue", Principal={"AWS": "*"})
    server.client("secretsmanager").put_resource_policy(SecretId=NAME, ResourcePolicy=policy(deny))


def open_secret(server: Server):
    server.client("secretsmanager").delete_resource_policy(SecretId=NAME)


def forbid_role(server: Server):
    server.client("iam").delete_role_policy(RoleName=ROLE, PolicyName="policy0")


def allow_role(server: Server):
    server.client("iam").put_role_policy(RoleName=ROLE, PolicyName="policy0", PolicyDocument=READ_SECRET)


def trust_nobody(server: Server):
    server.client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust())


def trust_service(server: Server):
    server.client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust(LOOKOUT))


NOT_ALLOWED = f"User: {SESSION} is not authorized to perform: secretsmanager:GetSecretValue on resource: "
NOT_TRUSTED = "is not authorized to perform: sts:AssumeRole on resource: "


# Its refusals


@pytest.mark.parametrize(
    "take_away, why",
    [(forbid_role, "because no identity-based policy allows the secretsmanager:GetSecretValue action"),
     (close_secret, "with an explicit deny in a resource-based policy")],
)
def test_without_permission_on_the_secret_there_is_no_dataset(house, sales, take_away, why):
    role, secret = furnish(house)
    take_away(house)
    with refused("ValidationException", f"{NOT_ALLOWED}{secret} {why} (AccessDeniedException)", status=400):
        create(house, table(sales, role, secret))
    assert house.client("lookoutmetrics").list_metric_sets()["MetricSetSummaryList"] == []


def test_without_trust_there_is_no_dataset(house, sales):
    role, secret = furnish(house, document=trust())
    constraint = (
        "Member must be a role whose trust policy allows lookoutmetrics.amazonaws.com to assume it for this detector"
    )
    with invalid(("metricSource.rDSSourceConfig.roleArn", role, constraint)):
        create(house, table(sales, role, secret))


def test_who_may_not_pass_the_role_makes_no_dataset(house, sales):
    role, secret = furnish(house)
    lookout = as_user(house, "mateo", allow("lookoutmetrics:*"))
    for kind in ("RDSSourceConfig", "RedshiftSourceConfig"):
        with denied(user_arn("mateo"), "iam:PassRole", role):
            lookout.create_metric_set(**dataset(DETECTOR, role, MetricSource=table(sales, role, secret, kind)))


def test_an_internal_database_is_out_of_reach_unless_it_is_allowed(server, sales):
    role, secret = furnish(server)
    for host in ("127.0.0.1", "localhost"):
        message = f"The database's host {host} is in an internal network that --deliver-to-internal does not allow."
        with refused("ValidationException", message, status=400):
            create(server, table(sales, role, secret, DatabaseHost=host))


@pytest.mark.parametrize(
    "secret, message",
    [
        (SECRET | {"password": "other"}, "The database does not accept the secret's user name and password."),
        (SECRET["password"], "The secret must be a JSON object with username and password."),
    ],
)
def test_what_is_wrong_with_the_secret_is_said(house, sales, secret, message):
    role, secret = furnish(house, secret)
    with refused("ValidationException", message, status=400):
        create(house, table(sales, role, secret))


def test_what_is_wrong_with_the_table_is_said(house, sales):
    role, secret = furnish(house)
    sales.sql(
        "CREATE TABLE IF NOT EXISTS undated (timestamp text, platform text, marketplace text, views int, revenue int)",
        "INSERT INTO undated VALUES ('yesterday', 'web', 'it', 1, 1)", "GRANT SELECT ON undated TO lookout",
        "CREATE TABLE IF NOT EXISTS locked (LIKE sales)",
    )
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        for changes, columns, message in [
            ({"TableName": "other"}, {}, "The database has no table other."),
            ({"TableName": "locked"}, {}, "The secret's user may not read the table locked."),
            ({"TableName": "undated"}, {}, "The table's timestamps do not match the provided timestamp format."),
            ({"DatabaseName": "other"}, {}, "The server has no database other."),
            ({}, {"DimensionList": ["platform", "continent"]}, "The table has no column continent."),
            ({}, {"TimestampColumn": {"ColumnName": "when", "ColumnFormat": "yyyy-MM-dd HH:mm"}},
             "The table has no column when."),
            ({}, {"TimestampColumn": {"ColumnName": "platform", "ColumnFormat": "yyyy-MM-dd HH:mm"},
                  "DimensionList": ["marketplace"]},
             "The table's timestamps do not match the provided timestamp format."),
            ({"DatabasePort": unused.getsockname()[1]}, {},
             "The database cannot be reached: Connection refused (os error 111)."),
            ({"DatabaseHost": "127.0.0.1/x"}, {}, "The database cannot be reached: 127.0.0.1/x is no host."),
        ]:
            with refused("ValidationException", message, status=400):
                create(house, table(sales, role, secret, **changes), **columns)
    create(house, table(sales, role, secret))
    with refused("ValidationException", "The database has no table other.", status=400):
        house.client("lookoutmetrics").update_metric_set(
            MetricSetArn=METRIC_SET, MetricSource=table(sales, role, secret, TableName="other")
        )


def test_databases_that_say_nothing_hold_up_nobody_else(house, sales):
    role, secret = furnish(house)
    with socket.create_server(("127.0.0.1", 0), backlog=32) as silent:
        source = table(sales, role, secret, DatabasePort=silent.getsockname()[1])
        said = []

        def look():
            with suppress(ClientError):
                create(house, source)
            said.append(True)

        threads = [Thread(target=look) for _ in range(16)]
        for thread in threads:
            thread.start()
        held = [silent.accept()[0] for _ in threads]
        message = "The request was denied due to too many requests being submitted at the same time."
        with refused("TooManyRequestsException", message, status=429):
            create(house, source)
        # All else is answered meanwhile.
        assert house.client("lookoutmetrics").list_metric_sets()["MetricSetSummaryList"] == [] == said
        for connection in held:
            connection.close()
        for thread in threads:
            thread.join(PATIENCE)
    create(house, table(sales, role, secret))


@pytest.mark.parametrize("name", ['sales"; DROP TABLE sales; --', "sales; DROP TABLE sales", "sales--", "1sales", "säles"])
def test_a_table_s_name_is_no_sql(house, sales, name):
    role, secret = furnish(house)
    with refused("ValidationException", status=400) as refusal:
        create(house, table(sales, role, secret, TableName=name))
    assert [field["Name"] for field in refusal.response["Fields"]] == ["metricSource.rDSSourceConfig.tableName"]


def test_a_table_is_not_back_tested(house, sales):
    role, secret = furnish(house)
    create(house, table(sales, role, secret))
    with refused("ConflictException", re.compile(".*it cannot be back-tested.*"), status=409):
        house.client("lookoutmetrics").back_test_anomaly_detector(AnomalyDetectorArn=DETECTOR)


# Its life


@pytest.mark.parametrize("kind, identifier", [("RDSSourceConfig", "DBInstanceIdentifier"),
                                              ("RedshiftSourceConfig", "ClusterIdentifier")])
def test_a_dataset_of_a_table_is_described_as_it_was_asked_for(house, sales, kind, identifier):
    role, secret = furnish(house)
    network = {"SubnetIdList": ["subnet-1"], "SecurityGroupIdList": ["sg-1"]}
    source = table(sales, role, secret, kind, VpcConfiguration=network, **{identifier: "shop"})
    create(house, source)
    found = house.client("lookoutmetrics").describe_metric_set(MetricSetArn=METRIC_SET)
    assert found["MetricSource"] == source


def test_names_that_are_words_of_sql_are_names(house, sales):
    sales.sql(
        'CREATE TABLE "Order" ("Select" timestamptz, "from" text, "1st" int, "a-b" int)',
        """INSERT INTO "Order" VALUES (now(), 'x', 1, 2)""", 'GRANT SELECT ON "Order" TO lookout',
    )
    role, secret = furnish(house)
    create(
        house, table(sales, role, secret, TableName="public.Order"),
        TimestampColumn={"ColumnName": "Select", "ColumnFormat": "yyyy-MM-dd HH:mm"}, DimensionList=["from"],
        MetricList=[{"MetricName": name, "AggregationFunction": "SUM"} for name in ("1st", "a-b")],
    )


def watching(server: Server, source: dict, *, clock: int = NOW, speed: int = 7_200):
    """Sets a detector to watch, at this hour. Lookout for Metrics as the root user calls it."""
    server.stop()
    start = datetime.fromtimestamp(clock * 3600, UTC)
    clock = {"BARTIZAN_TEST_CLOCK": f"{start:%Y-%m-%dT%H:%M:%SZ}*{speed}"}
    server.start("--deliver-to-internal", LOOPBACK, environment=clock)
    create(server, source)
    lookout = server.client("lookoutmetrics")
    lookout.activate_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    return lookout


def executions(lookout) -> list[tuple]:
    """The newest intervals, the newest first: how each went, and why if not."""
    page = lookout.describe_anomaly_detection_executions(AnomalyDetectorArn=DETECTOR)["ExecutionList"]
    return [(one["Status"], one.get("FailureReason", "")) for one in page]


def test_a_detector_learns_from_a_table_s_past_and_finds_what_goes_wrong(house, sales):
    lookout = watching(house, table(sales, *furnish(house)))
    wait_until(lambda: has_status(lookout, DETECTOR, "ACTIVE"), "the activation")
    found = wait_until(
        lambda: lookout.list_anomaly_group_summaries(AnomalyDetectorArn=DETECTOR, SensitivityThreshold=50)[
            "AnomalyGroupSummaryList"
        ],
        "the incident",
    )
    at = datetime.fromtimestamp(INCIDENT * 3600, UTC)
    assert {group["StartTime"] for group in found} == {f"{at:%Y-%m-%dT%H:%M}Z[UTC]"}
    contributions = lookout.get_anomaly_group(AnomalyDetectorArn=DETECTOR, AnomalyGroupId=found[0]["AnomalyGroupId"])[
        "AnomalyGroup"
    ]["MetricLevelImpactList"][0]["ContributionMatrix"]["DimensionContributionList"]
    [markets] = [one for one in contributions if one["DimensionName"] == "marketplace"]
    worst = max(markets["DimensionValueContributionList"], key=lambda one: one["ContributionScore"])
    assert worst["DimensionValue"] == "it"
    assert {status for status, _ in executions(lookout)} == {"COMPLETED"}
    quality = lookout.get_data_quality_metrics(AnomalyDetectorArn=DETECTOR)["AnomalyDetectorDataQualityMetricList"]
    counted = [metric for part in quality for one in part["MetricSetDataQualityMetricList"]
               for metric in one["DataQualityMetricList"]]
    assert {one["MetricValue"] for one in counted if one["MetricType"] == "ROWS_PROCESSED"} == {2400.0, 6.0}
    # Each reading is a session of the role's, in which the secret is read.
    house.stop()
    records = [record for record in house.audit() if record["userIdentity"].get("invokedBy") == LOOKOUT["Service"]]
    assert [record["eventName"] for record in records] == ["AssumeRole", "GetSecretValue"] * (len(records) // 2)
    assert {record["userIdentity"]["arn"] for record in records[1::2]} == {SESSION}
    assert not any("errorCode" in record for record in records)
    assert "s3cret" not in json.dumps(house.audit())
    # And nobody else sees what it is.
    files = [file for file in [*house.data_dir.rglob("*"), house.log_file, house.output_file] if file.is_file()]
    password = SECRET["password"].encode()
    assert files and not any(password in file.read_bytes() for file in files)
    assert not any(json.dumps(SECRET["password"])[1:-1].encode() in file.read_bytes() for file in files)


@pytest.mark.parametrize(
    "take_away, give_back, why",
    [(forbid_role, allow_role, NOT_ALLOWED), (close_secret, open_secret, NOT_ALLOWED),
     (trust_nobody, trust_service, NOT_TRUSTED)],
)
def test_a_permission_that_is_taken_away_stops_the_next_reading_and_no_other(house, sales, take_away, give_back, why):
    lookout = watching(house, table(sales, *furnish(house)))
    wait_until(lambda: len(executions(lookout)) >= 2, "two intervals")
    take_away(house)
    wait_until(lambda: executions(lookout)[0][0] == "FAILED", "a failed interval")
    assert why in executions(lookout)[0][1]
    give_back(house)
    wait_until(lambda: executions(lookout)[0][0] == "COMPLETED", "an interval after that")
    assert has_status(lookout, DETECTOR, "ACTIVE")


def test_a_permission_that_is_taken_away_before_activation_fails_it(house, sales):
    role, secret = furnish(house)
    create(house, table(sales, role, secret))
    forbid_role(house)
    lookout = house.client("lookoutmetrics")
    lookout.activate_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    wait_until(lambda: has_status(lookout, DETECTOR, "FAILED"), "the failure")
    found = lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    assert (found["FailureType"], NOT_ALLOWED in found["FailureReason"]) == ("ACTIVATION_FAILURE", True)


def test_an_empty_table_is_waited_for(house, sales):
    sales.sql(
        "CREATE TABLE empty (LIKE sales)", "GRANT SELECT ON empty TO lookout",
    )
    lookout = watching(house, table(sales, *furnish(house), TableName="empty"))
    wait_until(lambda: has_status(lookout, DETECTOR, "LEARNING"), "the activation")
    wait_until(lambda: executions(lookout), "an interval")
    assert executions(lookout)[-1][1].startswith("No datapoint was found at the source location for time interval from")


def test_a_database_that_was_away_is_asked_again(house, sales):
    """What stands between the two is gone for a moment."""
    with Between(sales.port) as between:
        lookout = watching(house, table(sales, *furnish(house), DatabasePort=between.port), speed=3_600)
        wait_until(lambda: len(executions(lookout)) >= 2, "two intervals")
        between.is_open = False
        refused_before = between.refused
        wait_until(lambda: between.refused > refused_before, "an attempt")
        between.is_open = True
        seen = len(executions(lookout))
        wait_until(lambda: len(executions(lookout)) > seen, "the next interval")
    assert {status for status, _ in executions(lookout)} == {"COMPLETED"}


def test_a_database_that_stays_away_fails_the_activation_and_says_why(house, sales):
    role, secret = furnish(house)
    with Between(sales.port) as between:
        create(house, table(sales, role, secret, DatabasePort=between.port))
        between.is_open = False
        lookout = house.client("lookoutmetrics")
        lookout.activate_anomaly_detector(AnomalyDetectorArn=DETECTOR)
        wait_until(lambda: has_status(lookout, DETECTOR, "FAILED"), "the failure")
        assert between.refused == 5
    found = lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    assert found["FailureType"] == "ACTIVATION_FAILURE"
    assert found["FailureReason"].startswith("The connection to the database broke: ")


def test_databases_that_say_nothing_keep_no_other_detector_waiting(house, sales):
    """Each would have to be given up first, which takes ten seconds."""
    role, secret = furnish(house)
    lookout, count = house.client("lookoutmetrics"), len(os.sched_getaffinity(0)) + 1
    with Between(sales.port) as between:
        names = [f"silent{number}" for number in range(count)]
        for name in names:
            detector = make_detector(lookout, name)
            silent = table(sales, role, secret, DatabasePort=between.port)
            lookout.create_metric_set(**dataset(detector, role, MetricSource=silent))
        between.is_silent = True
        for name in names:
            lookout.activate_anomaly_detector(AnomalyDetectorArn=arn(f"AnomalyDetector:{name}"))
        wait_until(lambda: between.held, "a database is asked")
        s3 = house.client("s3")
        s3.create_bucket(Bucket="data")
        s3.put_object(Bucket="data", Key="historical/one.csv", Body=shop(range(START, START + 300)).encode())
        house.client("iam").put_role_policy(RoleName=ROLE, PolicyName="data", PolicyDocument=READ_DATA)
        create(house, source(role, TemplatedPathList=None))
        lookout.back_test_anomaly_detector(AnomalyDetectorArn=DETECTOR)
        wait_until(lambda: has_status(lookout, DETECTOR, "BACK_TEST_COMPLETE"), "the back-test", seconds=8)
        assert between.held
        between.let_go()
        for name in names:
            wait_until(lambda: has_status(lookout, arn(f"AnomalyDetector:{name}"), "LEARNING"), "the activation")


class Between:
    """Hands on what comes to a port of its own, if it is open; else it hangs up, or says nothing."""

    def __init__(self, port: int):
        self.to, self.is_open, self.refused = port, True, 0
        self.is_silent, self.held = False, []

    def let_go(self):
        self.is_silent = False
        for connection in self.held:
            connection.close()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                here, _ = self.listener.accept()
                if not self.is_open:
                    self.refused += 1
                    here.close()
                    continue
                if self.is_silent:
                    self.held.append(here)
                    continue
                there = socket.create_connection(("127.0.0.1", self.to))
                for one, other in ((here, there), (there, here)):
                    Thread(target=self._hand_on, args=(one, other), daemon=True).start()

    @staticmethod
    def _hand_on(one: socket.socket, other: socket.socket):
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
