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
from threading import Thread

import pytest

from postgres import Postgres
from server import PATIENCE, REPOSITORY

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
        "from": "2021-02-03T04:00:00Z", "to": "2021-02-03T05:00:00Z", "internal": LOOPBACK, "rows": 1_000_000,
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
        ({"rows": 3}, "The table has more than 3 rows for the time that is read."),
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
            "zone": "UTC", "from": "2021-02-03T04:00:00Z", "to": until, "internal": LOOPBACK, "rows": 1_000_000,
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
