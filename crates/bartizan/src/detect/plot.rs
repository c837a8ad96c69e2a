//! The plot of `bartizan detect --plot`: values, the expected range and the anomalies, as SVG.

use std::fmt::Write as _;

use bartizan_anomaly::{Interval, Verdict};
use jiff::Timestamp;

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 48.0;
/// From which score on a point is an anomaly.
const ANOMALY: f64 = 0.5;
/// Steps between times on the axis, in seconds.
const STEPS: [i64; 15] = [
    60,
    300,
    900,
    3_600,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    604_800,
    1_209_600,
    2_592_000,
    7_776_000,
    31_536_000,
    157_680_000,
];

/// One row of the input with its verdict.
pub struct Point {
    pub milliseconds: i64,
    pub value: f64,
    /// 0 to 1.
    pub score: f64,
    pub verdict: Verdict,
}

pub struct Plot {
    interval: Interval,
    is_novelty: bool,
    points: Vec<Point>,
}

/// From times and values to places.
struct Scale {
    first: i64,
    last: i64,
    low: f64,
    high: f64,
}

impl Scale {
    fn x(&self, milliseconds: i64) -> f64 {
        let share = milliseconds.saturating_sub(self.first) as f64 / self.last.saturating_sub(self.first).max(1) as f64;
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(-0.5, 1.5);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }
}

impl Plot {
    pub fn new(interval: Interval, is_novelty: bool) -> Self {
        Self { interval, is_novelty, points: Vec::new() }
    }

    pub fn add(&mut self, point: Point) {
        self.points.push(point);
    }

    /// The document.
    pub fn draw(mut self) -> String {
        self.points.sort_by_key(|point| point.milliseconds);
        let scale = self.scale();
        let mut svg = String::with_capacity(64 * self.points.len() + 4_096);
        let _ = write!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<clipPath id="area"><rect x="{LEFT}" y="{TOP}" width="{}" height="{}"/></clipPath>
"##,
            WIDTH - LEFT - RIGHT,
            HEIGHT - TOP - BOTTOM,
        );
        self.draw_heading(&mut svg);
        draw_values(&mut svg, &scale);
        draw_times(&mut svg, &scale);
        svg.push_str("<g clip-path=\"url(#area)\">\n");
        self.draw_range(&mut svg, &scale);
        self.draw_line(&mut svg, &scale);
        svg.push_str("</g>\n");
        self.draw_anomalies(&mut svg, &scale);
        svg.push_str("</svg>\n");
        svg
    }

    fn valued(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().filter(|point| point.value.is_finite())
    }

    fn anomalies(&self) -> impl Iterator<Item = &Point> {
        self.valued().filter(|point| point.score >= ANOMALY)
    }

    fn scale(&self) -> Scale {
        let (low, high) = self.valued().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
            (low.min(point.value), high.max(point.value))
        });
        let (low, high) = if low <= high { (low.max(-1e30), high.min(1e30)) } else { (0.0, 1.0) };
        let room = if high > low { 0.06 * (high - low) } else { 0.5 + 0.1 * high.abs() };
        // A series that is never negative stands on zero, if it comes near.
        let bottom = if low >= 0.0 && low < 0.4 * high { 0.0 } else { low - room };
        let time = |point: Option<&Point>| point.map_or(0, |point| point.milliseconds);
        Scale { first: time(self.points.first()), last: time(self.points.last()), low: bottom, high: high + room }
    }

    fn draw_heading(&self, svg: &mut String) {
        let count = self.anomalies().count();
        let what = if self.is_novelty { "novelties" } else { "anomalies" };
        let _ = write!(
            svg,
            r##"<text x="{LEFT}" y="30" font-size="17" font-weight="600" fill="#1d2733">{count} {what} in {} points</text>
<g transform="translate({},25)" fill="#5b6876"><rect x="0" y="-8" width="22" height="11" rx="2" fill="#cfe0f2"/><text x="29" y="2">expected range</text><path d="M142-2.5h22" stroke="#24527a" stroke-width="1.6"/><text x="171" y="2">value</text><circle cx="226" cy="-2.5" r="4.5" fill="#d6402b" stroke="#fff"/><text x="237" y="2">score ≥ {ANOMALY}</text></g>
"##,
            self.points.len(),
            WIDTH - RIGHT - 312.0,
        );
    }

    /// Runs of points without a gap between them, thinned to about two for each pixel.
    fn runs(&self) -> Vec<Vec<&Point>> {
        let gap = self.interval.milliseconds().saturating_mul(3);
        let mut runs: Vec<Vec<&Point>> = Vec::new();
        for point in self.valued() {
            match runs.last_mut() {
                Some(run)
                    if run.last().is_some_and(|last| point.milliseconds.saturating_sub(last.milliseconds) <= gap) =>
                {
                    run.push(point);
                }
                _ => runs.push(vec![point]),
            }
        }
        runs
    }

    /// The band, from the second day on: before, nothing is known.
    fn draw_range(&self, svg: &mut String, scale: &Scale) {
        let learnt = scale.first.saturating_add((86_400_000_i64).max(self.interval.milliseconds().saturating_mul(14)));
        let every = self.points.len().div_ceil(2_400).max(1);
        for run in self.runs() {
            let run: Vec<&&Point> = run.iter().filter(|point| point.milliseconds >= learnt).step_by(every).collect();
            if run.len() < 2 {
                continue;
            }
            svg.push_str("<path fill=\"#cfe0f2\" d=\"");
            for (index, point) in run.iter().enumerate() {
                let (x, y) = (scale.x(point.milliseconds), scale.y(point.verdict.upper));
                let _ = write!(svg, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
            }
            for point in run.iter().rev() {
                let _ = write!(svg, "L{:.1} {:.1}", scale.x(point.milliseconds), scale.y(point.verdict.lower));
            }
            svg.push_str("Z\"/>\n");
        }
    }

    /// The values; where several fall on a pixel, the least and the greatest of them.
    fn draw_line(&self, svg: &mut String, scale: &Scale) {
        for run in self.runs() {
            svg.push_str(
                "<path fill=\"none\" stroke=\"#24527a\" stroke-width=\"1.2\" stroke-linejoin=\"round\" stroke-linecap=\"round\" d=\"",
            );
            let mut pen = 'M';
            for column in run.chunk_by(|a, b| scale.x(a.milliseconds).floor() == scale.x(b.milliseconds).floor()) {
                let least = column.iter().min_by(|a, b| a.value.total_cmp(&b.value));
                let greatest = column.iter().max_by(|a, b| a.value.total_cmp(&b.value));
                let mut ends: Vec<&&Point> = least.into_iter().chain(greatest.filter(|_| column.len() > 1)).collect();
                ends.sort_by_key(|point| point.milliseconds);
                for point in ends {
                    let _ = write!(svg, "{pen}{:.1} {:.1}", scale.x(point.milliseconds), scale.y(point.value));
                    pen = 'L';
                }
            }
            if run.len() == 1 {
                svg.push_str("h0.1");
            }
            svg.push_str("\"/>\n");
        }
    }

    fn draw_anomalies(&self, svg: &mut String, scale: &Scale) {
        svg.push_str("<g fill=\"#d6402b\" stroke=\"#fff\" stroke-width=\"1\">\n");
        for point in self.anomalies() {
            let (x, y) = (scale.x(point.milliseconds), scale.y(point.value));
            let radius = 2.5 + 3.0 * point.score;
            let _ = writeln!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"><title>{}: {}, expected {:.4}, score {:.2}</title></circle>",
                moment(point.milliseconds, "%Y-%m-%d %H:%M"),
                point.value,
                point.verdict.expected,
                point.score,
            );
        }
        svg.push_str("</g>\n");
    }
}

/// Lines and numbers of the axis of values.
fn draw_values(svg: &mut String, scale: &Scale) {
    let rough = (scale.high - scale.low) / 5.0;
    let magnitude = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|nice| nice * magnitude)
        .find(|step| *step >= rough)
        .unwrap_or(rough);
    let mut tick = (scale.low / step).ceil() * step;
    for _ in 0..12 {
        if tick > scale.high {
            break;
        }
        let y = scale.y(tick);
        let _ = writeln!(
            svg,
            r##"<path d="M{LEFT} {y:.1}H{}" stroke="#e6eaee"/><text x="{}" y="{:.1}" text-anchor="end" fill="#5b6876">{}</text>"##,
            WIDTH - RIGHT,
            LEFT - 10.0,
            y + 4.0,
            short(tick, step),
        );
        tick += step;
    }
}

/// Ticks and texts of the axis of times.
fn draw_times(svg: &mut String, scale: &Scale) {
    let span = scale.last.saturating_sub(scale.first) / 1000;
    let step = STEPS.into_iter().find(|step| span / step <= 9).unwrap_or(span.max(1));
    let form = match step {
        0..86_400 if span > 86_400 => "%b %-d, %H:%M",
        0..86_400 => "%H:%M",
        86_400..2_592_000 => "%b %-d",
        2_592_000..31_536_000 => "%b %Y",
        _ => "%Y",
    };
    let bottom = HEIGHT - BOTTOM;
    let _ = writeln!(svg, r##"<path d="M{LEFT} {bottom}H{}" stroke="#9aa5b1"/>"##, WIDTH - RIGHT);
    // Weeks begin on Mondays: the epoch was a Thursday.
    let origin = if step % 604_800 == 0 { -259_200 } else { 0 };
    let mut tick = (scale.first.div_euclid(1000) - origin).div_euclid(step).saturating_mul(step).saturating_add(origin);
    for _ in 0..12 {
        let x = scale.x(tick.saturating_mul(1000));
        if (LEFT..=WIDTH - RIGHT).contains(&x) {
            let _ = writeln!(
                svg,
                r##"<path d="M{x:.1} {bottom}v5" stroke="#9aa5b1"/><text x="{x:.1}" y="{}" text-anchor="middle" fill="#5b6876">{}</text>"##,
                bottom + 21.0,
                moment(tick.saturating_mul(1000), form),
            );
        }
        tick = tick.saturating_add(step);
    }
}

fn moment(milliseconds: i64, form: &str) -> String {
    Timestamp::from_millisecond(milliseconds).map_or_else(|_| String::new(), |time| time.strftime(form).to_string())
}

/// A number on an axis: 1.5M rather than 1500000.
fn short(number: f64, step: f64) -> String {
    let (divisor, unit) = match number.abs().max(step) {
        1e15.. => return format!("{number:.1e}"),
        1e9.. => (1e9, "G"),
        1e6.. => (1e6, "M"),
        1e4.. => (1e3, "k"),
        _ => (1.0, ""),
    };
    let decimals = (-(step / divisor).log10()).ceil().clamp(0.0, 9.0) as usize;
    // A step of 2.5 has a digit more than one of 2.
    let decimals =
        if ((step / divisor) * 10_f64.powi(decimals as i32)).fract().abs() > 1e-6 { decimals + 1 } else { decimals };
    let number = if number.abs() < step / 1e6 { 0.0 } else { number };
    format!("{:.decimals$}{}", number / divisor, if number == 0.0 { "" } else { unit })
}
