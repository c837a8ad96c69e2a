# The recipes of everyday work; `just` lists them.

_list:
    @just --list --unsorted

# Pass all tests, on a fresh machine too. Arguments go to pytest.
test *arguments:
    tests/run {{ arguments }}

# Only what clients see, against a debug build.
e2e *arguments="tests":
    cargo build --quiet --package bartizan --bins --examples
    BARTIZAN_BINARY=target/debug/bartizan .venv/bin/python -m pytest {{ arguments }}

# Write the golden authority matrix anew, to be reviewed.
bless:
    .venv/bin/python -m pytest tests/authority --bless

# Serve on 127.0.0.1:4599, state in ./bartizan-data.
serve *arguments:
    cargo run --quiet --release --package bartizan -- serve {{ arguments }}

# Measure, beside a peer in the same run.
bench *arguments:
    cargo run --quiet --release --manifest-path benches/Cargo.toml -- {{ arguments }}
