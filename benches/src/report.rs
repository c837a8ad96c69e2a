//! The tables.

use std::io::{self, Write};

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use crate::{Failure, load::Measured, median};

/// What is reached for.
#[derive(Clone, Copy)]
pub enum Goal {
    AtLeast(f64, &'static str),
    AtMost(f64, &'static str),
    /// Only told.
    None(&'static str),
}

#[derive(Default)]
pub struct Report {
    rows: Vec<[String; 5]>,
    goals: Vec<[String; 4]>,
}

impl Report {
    /// A case: medians over its rounds.
    pub fn row(&mut self, case: &str, connections: usize, measured: &[Measured]) {
        let of = |value: fn(&Measured) -> f64| median(measured.iter().map(value).collect());
        self.rows.push([
            case.to_owned(),
            connections.to_string(),
            format!("{:.0}", of(Measured::rate)),
            format!("{:.0}", of(|measured| measured.quantile(0.5))),
            format!("{:.0}", of(|measured| measured.quantile(0.99))),
        ]);
    }

    pub fn goal(&mut self, what: &str, goal: Goal, found: f64) {
        let (reach, unit, met) = match goal {
            Goal::AtLeast(least, unit) => (format!("≥ {least} {unit}"), unit, Some(found >= least)),
            Goal::AtMost(most, unit) => (format!("≤ {most} {unit}"), unit, Some(found <= most)),
            Goal::None(unit) => (String::new(), unit, None),
        };
        let verdict = met.map_or("", |met| if met { "reached" } else { "MISSED" });
        self.goals.push([what.to_owned(), format!("{found:.2} {unit}"), reach, verdict.to_owned()]);
    }

    pub fn print(self) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        if !self.rows.is_empty() {
            let mut table = table();
            table.set_header(["case", "connections", "requests/s", "p50 µs", "p99 µs"]);
            for column in table.column_iter_mut().skip(1) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            for row in self.rows {
                table.add_row(row);
            }
            writeln!(out, "{table}")?;
        }
        let mut table = table();
        table.set_header(["what", "found", "reach", ""]);
        for row in self.goals {
            table.add_row(row);
        }
        writeln!(out, "{table}")?;
        Ok(())
    }
}

fn table() -> Table {
    const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut table = Table::new();
    table.load_style(STYLE);
    table
}
