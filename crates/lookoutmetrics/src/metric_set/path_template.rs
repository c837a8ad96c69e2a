//! Paths with keys for an interval's start.
//!
//! <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-dataset.html>

/// Whether a path has keys, and they are all known: `s3://bucket/{{yyyyMMdd}}/{{HHmm}}`.
///
/// # Errors
/// What it must be, in words that follow "Member must".
pub fn check(template: &str) -> Result<(), &'static str> {
    const LETTERS: &str = "yYMdaHkhKms";
    const BETWEEN: &str = "-_ ";
    let mut pieces = template.split("{{");
    let plain = pieces.next().unwrap_or_default();
    let mut keys = 0;
    let mut rests = vec![plain];
    for piece in pieces {
        let Some((key, rest)) = piece.split_once("}}") else {
            return Err("close every {{ with }}");
        };
        let letters = key.chars().filter(|letter| !BETWEEN.contains(*letter)).collect::<Vec<_>>();
        if letters.is_empty() || letters.iter().any(|letter| !LETTERS.contains(*letter)) {
            return Err("have only date and time keys between {{ and }}, such as {{yyyyMMdd}}");
        }
        keys += 1;
        rests.push(rest);
    }
    if rests.iter().any(|rest| rest.contains(['{', '}'])) {
        Err("have braces around keys only")
    } else if keys == 0 {
        Err("have a key for the interval's start, such as {{yyyyMMdd}}")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_template_has_known_keys() {
        for (template, is_good) in [
            ("s3://bucket/continuous/{{yyyyMMdd}}/{{HHmm}}", true),
            ("s3://bucket/{{yyyy}}/{{MM}}/{{dd}}/{{HH}}{{mm}}", true),
            ("s3://bucket/{{yyyy-MM-dd}}/{{hh}}{{a}}", true),
            ("s3://bucket/continuous", false),
            ("s3://bucket/{{yyyyMMdd", false),
            ("s3://bucket/{{yyyyMMdd}", false),
            ("s3://bucket/{yyyyMMdd}", false),
            ("s3://bucket/{{}}", false),
            ("s3://bucket/{{name}}", false),
            ("s3://bucket/{{yyyy}}}", false),
        ] {
            assert_eq!(check(template).is_ok(), is_good, "{template}");
        }
    }
}
