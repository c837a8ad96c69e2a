//! `bartizan`: AWS-style identity and access management that you run yourself, and the services that it guards.

mod audit;
mod bootstrap;
mod config;
mod deliveries;
mod detect;
mod lookout;
mod models;
mod serve;
mod services;
mod sigv4;
mod simulate;
mod tour;
mod validate;

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// A request makes and frees some hundred small things on one of many threads: `docs/decisions/hot-path.md` has figures.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// AWS-style identity and access management that you run yourself, and the services that it guards.
#[derive(Parser)]
#[command(name = "bartizan", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve all services on one port.
    Serve(Box<config::Arguments>),
    /// Play the story of a user, a role, a boundary and another account on a throw-away server.
    Tour,
    /// Print and filter the audit trail, also while a server runs.
    Audit(audit::Arguments),
    /// Print what waits to be delivered, to subscribers and by alerts, and what could not be, also while a server runs.
    Deliveries(deliveries::Arguments),
    /// Decide requests given as JSON lines on standard input, with the server's own engine.
    Simulate {
        /// Say why: as a tree for people, or with `=json` as a member of each answer.
        #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "tree")]
        explain: Option<simulate::Explain>,
    },
    /// Tell what is wrong with policies and what is unwise. Fails if there is an error in one, not for warnings.
    Validate(validate::Arguments),
    /// Find anomalies in a series: timestamp,value rows as CSV on standard input, a scored row on standard output for each.
    Detect(detect::Arguments),
    /// Look at detectors of Lookout for Metrics, also while a server runs.
    #[command(subcommand)]
    Lookout(Lookout),
    /// Signature Version 4 tools.
    #[command(subcommand)]
    Sigv4(Sigv4),
    /// Client models of services that a current AWS CLI no longer knows.
    #[command(subcommand)]
    Models(Models),
}

#[derive(Subcommand)]
enum Lookout {
    /// Print what a detector is at, and its anomaly groups with the values that led to them.
    Show(lookout::Arguments),
}

#[derive(Subcommand)]
enum Sigv4 {
    /// Verify requests given as JSON lines on standard input, with the server's own code.
    Verify,
}

#[derive(Subcommand)]
enum Models {
    /// Write the client models into a directory for AWS_DATA_PATH.
    Export {
        /// The directory; it is made where there is none.
        directory: PathBuf,
    },
}

/// What a command fails with; its text is for people.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Tour => tour::run(),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Deliveries(arguments) => deliveries::run(&arguments),
        Command::Simulate { explain } => {
            let form = simulate::Form { explain, colour: is_coloured() };
            simulate::run(io::stdin().lock(), io::stdout().lock(), form).map_err(Into::into)
        }
        Command::Validate(arguments) => {
            match validate::run(&arguments, io::stdin().lock(), io::stdout().lock(), is_coloured()) {
                Ok(false) => return ExitCode::FAILURE,
                validated => validated.map(drop),
            }
        }
        Command::Detect(arguments) => {
            detect::run(&arguments, io::stdin().lock(), io::stdout().lock(), io::stderr().lock())
        }
        Command::Lookout(Lookout::Show(arguments)) => lookout::show(&arguments),
        Command::Sigv4(Sigv4::Verify) => sigv4::run(io::stdin().lock(), io::stdout().lock()).map_err(Into::into),
        Command::Models(Models::Export { directory }) => export(&directory),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "bartizan: {error}");
            ExitCode::FAILURE
        }
    }
}

fn export(directory: &std::path::Path) -> Result<(), Failure> {
    let written = models::export(directory)?;
    writeln!(io::stdout(), "{}", written.display())?;
    Ok(())
}

/// Whether what is printed may be coloured: on a terminal, unless its user minds (<https://no-color.org>).
fn is_coloured() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
