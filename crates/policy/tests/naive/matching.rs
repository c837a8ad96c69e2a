//! What matches what, for the naive evaluator: patterns, variables and conditions.

use std::net::IpAddr;

use serde_json::Value;

/// A value that may stand alone or in a list.
pub fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.clone(),
        other => vec![other.clone()],
    }
}

pub fn texts(value: &Value) -> Vec<String> {
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list(value).into_iter().map(text).collect()
}

/// The values of a key; `None` if there are none.
fn values_of(request: &Value, key: &str) -> Option<Vec<String>> {
    let context = request["context"].as_object()?;
    let (_, value) = context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    let values = texts(value);
    (!values.is_empty()).then_some(values)
}

/// Replaces variables. Their values' wildcards are taken out of the way (into the private use area).
/// `None` if one has no value.
pub fn substitute(pattern: &str, request: &Value, variables: bool, arn: bool) -> Option<String> {
    if !variables {
        return Some(pattern.to_owned());
    }
    let hide = |text: &str| text.replace('*', "\u{e000}").replace('?', "\u{e001}");
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let end = start + rest[start..].find('}').expect("a brace");
        let inner = &rest[start + 2..end];
        if let "*" | "?" | "$" = inner {
            out.push_str(&hide(inner));
        } else {
            let (key, default) = inner.split_once(", ").map_or((inner, None), |(k, d)| (k, Some(d)));
            let value = match (values_of(request, key), default) {
                (Some(values), _) if values.len() == 1 => values[0].clone(),
                (Some(_), _) => return None,
                (None, default) => default?.trim_matches('\'').to_owned(),
            };
            let before_resource = arn && out.matches(':').count() < 5;
            if before_resource && value.contains(':') {
                return None;
            }
            out.push_str(&hide(&value));
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Some(out)
}

/// A character of a pattern.
#[derive(Clone, Copy)]
pub enum Piece {
    Char(char),
    /// Any characters; whether a colon may be among them.
    Star(bool),
    /// One character; whether it may be a colon.
    One(bool),
}

pub fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// All wildcards unbounded.
pub fn wild(pattern: &str) -> Vec<Piece> {
    let piece = |c| match c {
        '*' => Piece::Star(true),
        '?' => Piece::One(true),
        '\u{e000}' => Piece::Char('*'),
        '\u{e001}' => Piece::Char('?'),
        c => Piece::Char(c),
    };
    pattern.chars().map(piece).collect()
}

/// No wildcards at all.
fn literal(pattern: &str) -> Vec<Piece> {
    let plain = pattern.replace('\u{e000}', "*").replace('\u{e001}', "?");
    plain.chars().map(Piece::Char).collect()
}

/// The wildcards of an ARN: before the fifth colon they stay in their segment, but for a star that
/// ends it.
pub fn narrowed(pattern: &str) -> Vec<Piece> {
    let all = chars(pattern);
    let mut pieces = wild(pattern);
    for index in 0..pieces.len() {
        let resource = all[..index].iter().filter(|c| **c == ':').count() >= 5;
        let ends = all.get(index + 1).is_none_or(|c| *c == ':');
        pieces[index] = match pieces[index] {
            Piece::Star(_) => Piece::Star(resource || ends),
            Piece::One(_) => Piece::One(resource),
            piece => piece,
        };
    }
    pieces
}

/// Which lengths of text the pieces so far can have matched: one row of a table for each piece.
pub fn glob(pieces: &[Piece], text: &[char]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for piece in pieces {
        let mut next = vec![false; text.len() + 1];
        for at in (0..=text.len()).filter(|at| reached[*at]) {
            match *piece {
                Piece::Char(c) if text.get(at) == Some(&c) => next[at + 1] = true,
                Piece::One(colon) if text.get(at).is_some_and(|c| colon || *c != ':') => next[at + 1] = true,
                Piece::Star(colon) => {
                    let length = text[at..].iter().take_while(|c| colon || **c != ':').count();
                    next[at..=at + length].fill(true);
                }
                _ => {}
            }
        }
        reached = next;
    }
    reached[text.len()]
}

/// "Condition operators", and "Evaluation logic for conditions with multiple keys or values".
pub fn condition(operator: &str, key: &str, policy: &[String], request: &Value, variables: bool) -> bool {
    let present = values_of(request, key);
    if operator.ends_with(":Null") {
        return operator.starts_with("ForAllValues");
    }
    if operator == "Null" {
        return policy.iter().any(|value| value.eq_ignore_ascii_case(&present.is_none().to_string()));
    }
    let (set, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |name| (name, true));
    let negated = name.contains("Not");
    let positive = name.replace("Not", "");
    let Some(values) = present else {
        return if_exists || set == "ForAllValues" || (set.is_empty() && negated);
    };
    let matches =
        |value: &String| policy.iter().any(|operand| test(&positive, operand, value, request, variables)) != negated;
    let empty = values.iter().all(String::is_empty);
    match set {
        "ForAllValues" => empty || values.iter().all(matches),
        "ForAnyValue" => !empty && values.iter().any(matches),
        _ => values.len() == 1 && matches(&values[0]),
    }
}

fn test(operator: &str, operand: &str, value: &str, request: &Value, variables: bool) -> bool {
    let resolved = || substitute(operand, request, variables, false);
    let order = |suffix: &str, ordering: Option<std::cmp::Ordering>| {
        ordering.is_some_and(|ordering| match suffix {
            "Equals" => ordering.is_eq(),
            "LessThan" => ordering.is_lt(),
            "LessThanEquals" => ordering.is_le(),
            "GreaterThan" => ordering.is_gt(),
            "GreaterThanEquals" => ordering.is_ge(),
            other => panic!("{other}"),
        })
    };
    match operator {
        "StringEquals" => resolved().is_some_and(|operand| glob(&literal(&operand), &chars(value))),
        "StringEqualsIgnoreCase" => {
            resolved().is_some_and(|operand| glob(&literal(&operand.to_lowercase()), &chars(&value.to_lowercase())))
        }
        "StringLike" => resolved().is_some_and(|operand| glob(&wild(&operand), &chars(value))),
        "ArnEquals" | "ArnLike" => arn_test(operand, value, request, variables),
        "Bool" => resolved().is_some_and(|operand| {
            let is = |text: &str| matches!(text, "true" | "false");
            is(&value.to_lowercase()) && operand.eq_ignore_ascii_case(value)
        }),
        "BinaryEquals" => operand == value,
        "IpAddress" => in_network(operand, value),
        _ => match (operator.strip_prefix("Numeric"), operator.strip_prefix("Date")) {
            (Some(suffix), _) => {
                let number = |text: &str| text.parse::<f64>().ok();
                order(suffix, number(value).zip(number(operand)).and_then(|(v, o)| v.partial_cmp(&o)))
            }
            (_, Some(suffix)) => {
                order(suffix, date(value).zip(date(operand)).map(|(value, operand)| value.cmp(&operand)))
            }
            _ => panic!("{operator}"),
        },
    }
}

/// "Each of the six colon-delimited components of the ARN is checked separately."
fn arn_test(operand: &str, value: &str, request: &Value, variables: bool) -> bool {
    let value: Vec<&str> = value.splitn(6, ':').collect();
    if value.len() != 6 {
        return false;
    }
    if operand == "*" {
        return true;
    }
    // The colon of a variable is hidden while the ARN is taken apart.
    let mut hidden = String::new();
    let mut inside = false;
    for (index, c) in operand.char_indices() {
        inside = variables && (inside || operand[..=index].ends_with("${")) && c != '}';
        hidden.push(if inside && c == ':' { '\u{e002}' } else { c });
    }
    let parts: Vec<String> = hidden.splitn(6, ':').map(|part| part.replace('\u{e002}', ":")).collect();
    let resolve = |part: &String| substitute(part, request, variables, false);
    let parts: Option<Vec<String>> = match parts.len() {
        6 => parts.iter().map(resolve).collect(),
        _ => resolve(&operand.to_owned()).map(|whole| whole.splitn(6, ':').map(str::to_owned).collect()),
    };
    parts.is_some_and(|parts| {
        parts.len() == 6 && parts.iter().zip(value).all(|(part, value)| glob(&wild(part), &chars(value)))
    })
}

/// Bit by bit.
fn in_network(network: &str, address: &str) -> bool {
    let (base, length) = network.split_once('/').unwrap_or((network, "128"));
    let (Ok(base), Ok(address)) = (base.parse::<IpAddr>(), address.parse::<IpAddr>()) else {
        return false;
    };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => format!("{:032b}", u32::from(v4)),
        IpAddr::V6(v6) => format!("{:0128b}", u128::from(v6)),
    };
    let (base, address) = (bits(base), bits(address));
    let length = base.len().min(length.parse().expect("a length"));
    base.len() == address.len() && base[..length] == address[..length]
}

fn date(text: &str) -> Option<jiff::Timestamp> {
    if text.len() > 4 && text.chars().all(|c| c.is_ascii_digit()) {
        return jiff::Timestamp::from_second(text.parse().ok()?).ok();
    }
    let full = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    full.parse().ok()
}
