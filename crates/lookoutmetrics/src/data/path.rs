use jiff::{ZonedDateTime, tz::TimeZone};

use super::Pattern;

/// Where objects are: a bucket, and what their keys begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The bucket's name.
    pub bucket: String,
    /// Empty, or ends with a slash.
    pub prefix: String,
}

/// A path with keys for an interval's start: `s3://bucket/continuous/{{yyyyMMdd}}/{{HHmm}}`.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-dataset.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Key(Pattern),
}

impl Location {
    /// The folder that a path names; a slash at its end makes no difference. `None` if it is no path of a bucket.
    #[must_use]
    pub fn read(path: &str) -> Option<Self> {
        let path = path.strip_prefix("s3://")?;
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let mut prefix = key.to_owned();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        (!bucket.is_empty()).then(|| Self { bucket: bucket.to_owned(), prefix })
    }

    /// Whether an object of this key is directly here, and not in a folder below.
    #[must_use]
    pub fn holds(&self, key: &str) -> bool {
        key.strip_prefix(&self.prefix).is_some_and(|name| !name.is_empty() && !name.contains('/'))
    }
}

impl PathTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// What it must be, in words that follow "Member must".
    pub fn read(template: &str) -> Result<Self, &'static str> {
        const LETTERS: &str = "yYMdaHkhKms";
        const BETWEEN: &str = "-_ ";
        let mut texts = template.split("{{");
        let mut pieces = vec![plain(texts.next().unwrap_or_default())?];
        for text in texts {
            let Some((key, rest)) = text.split_once("}}") else {
                return Err("close every {{ with }}");
            };
            let is_known = |letter: char| LETTERS.contains(letter) || BETWEEN.contains(letter);
            if !key.contains(|letter| LETTERS.contains(letter)) || !key.chars().all(is_known) {
                return Err("have only date and time keys between {{ and }}, such as {{yyyyMMdd}}");
            }
            pieces.push(Piece::Key(Pattern::read(key)?));
            pieces.push(plain(rest)?);
        }
        if pieces.len() == 1 {
            return Err("have a key for the interval's start, such as {{yyyyMMdd}}");
        }
        Ok(Self(pieces))
    }

    /// The folder that all intervals' folders are in.
    #[must_use]
    pub fn root(&self) -> Option<Location> {
        let Some(Piece::Plain(start)) = self.0.first() else { return None };
        Location::read(start.rsplit_once('/').map_or(start.as_str(), |(folder, _)| folder))
    }

    /// When the interval starts whose folder, or a folder below, an object is in; `None` if there is none. A template that
    /// tells no days apart cannot say.
    #[must_use]
    pub fn start_of(&self, bucket: &str, key: &str, zone: &TimeZone) -> Option<ZonedDateTime> {
        let (mut form, mut depth) = (Pattern::plain(""), 0);
        for (position, piece) in self.0.iter().enumerate() {
            form = match piece {
                Piece::Plain(text) => {
                    let is_last = position + 1 == self.0.len();
                    let text = if is_last { text.strip_suffix('/').unwrap_or(text) } else { text };
                    depth += text.matches('/').count();
                    form.then(&Pattern::plain(text))
                }
                Piece::Key(pattern) => form.then(pattern),
            };
        }
        let path = format!("s3://{bucket}/{key}");
        let (end, _) = path.match_indices('/').nth(depth)?;
        let folder = path.get(..end)?;
        let start = form.parse(folder, zone)?.to_zoned_datetime(zone.clone());
        (self.at(&start) == Location::read(folder)).then_some(start)
    }

    /// The folder of the interval that starts then; `None` if it is no path of a bucket.
    #[must_use]
    pub fn at(&self, start: &ZonedDateTime) -> Option<Location> {
        let mut path = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Plain(text) => path.push_str(text),
                Piece::Key(pattern) => path.push_str(&pattern.print(start)),
            }
        }
        Location::read(&path)
    }
}

fn plain(text: &str) -> Result<Piece, &'static str> {
    if text.contains(['{', '}']) { Err("have braces around keys only") } else { Ok(Piece::Plain(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(PathTemplate::read(template).is_ok(), is_good, "{template}");
        }
    }

    #[test]
    fn a_template_names_the_folder_of_a_start() {
        let start: ZonedDateTime = "2021-02-03T14:05[Europe/Berlin]".parse().unwrap();
        for (template, bucket, prefix) in [
            ("s3://bucket/continuous/{{yyyyMMdd}}/{{HHmm}}", "bucket", "continuous/20210203/1405/"),
            ("s3://bucket/{{yyyy}}/{{M}}/{{d}}/{{hh}}{{a}}/", "bucket", "2021/2/3/02PM/"),
            ("s3://bucket/{{MMM}}-{{MMMM}}-{{yy}}-{{kk}}", "bucket", "Feb-February-21-14/"),
        ] {
            let expected = Location { bucket: bucket.to_owned(), prefix: prefix.to_owned() };
            assert_eq!(PathTemplate::read(template).unwrap().at(&start), Some(expected), "{template}");
        }
    }

    #[test]
    fn an_object_is_in_the_folder_of_a_start() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let daily = "s3://bucket/{{yyyy}}/{{M}}-{{dd}}/";
        for (template, key, start) in [
            ("s3://bucket/past/{{yyyyMMdd}}/{{HHmm}}", "past/20210203/1405/a.csv", Some("2021-02-03T14:05")),
            ("s3://bucket/past/{{yyyyMMdd}}/{{HHmm}}", "past/20210203/1405/deeper/a.csv", Some("2021-02-03T14:05")),
            ("s3://bucket/past/{{yyyyMMdd}}/{{HHmm}}", "past/20210203/1405", None),
            ("s3://bucket/past/{{yyyyMMdd}}/{{HHmm}}", "past/20210203/2505/a.csv", None),
            ("s3://bucket/past/{{yyyyMMdd}}/{{HHmm}}", "20210203/1405/a.csv", None),
            ("s3://other/past/{{yyyyMMdd}}/{{HHmm}}", "past/20210203/1405/a.csv", None),
            (daily, "2021/2-03/a.csv", Some("2021-02-03T00:00")),
            // This is not how the template writes it.
            (daily, "2021/02-03/a.csv", None),
            ("s3://bucket/{{yyyy}}-{{MM}}-{{dd}}T/x", "2021-02-03T/x/a.csv", Some("2021-02-03T00:00")),
            ("s3://bucket/{{HHmm}}", "1405/a.csv", None),
        ] {
            let found = PathTemplate::read(template).unwrap().start_of("bucket", key, &zone);
            let local = found.map(|start| start.datetime().strftime("%Y-%m-%dT%H:%M").to_string());
            assert_eq!(local.as_deref(), start, "{key} in {template}");
        }
    }

    #[test]
    fn a_template_has_a_root() {
        for (template, prefix) in [
            ("s3://bucket/continuous/{{yyyyMMdd}}/{{HHmm}}", "continuous/"),
            ("s3://bucket/a/day-{{dd}}/x", "a/"),
            ("s3://bucket/{{yyyyMMdd}}", ""),
        ] {
            let root = Location { bucket: "bucket".to_owned(), prefix: prefix.to_owned() };
            assert_eq!(PathTemplate::read(template).unwrap().root(), Some(root), "{template}");
        }
    }

    #[test]
    fn a_folder_holds_what_is_directly_in_it() {
        for (path, key, holds) in [
            ("s3://bucket/past", "past/a.csv", true),
            ("s3://bucket/past/", "past/a.csv", true),
            ("s3://bucket/past/", "past/", false),
            ("s3://bucket/past/", "past/deeper/a.csv", false),
            ("s3://bucket/past", "pasta.csv", false),
            ("s3://bucket", "a.csv", true),
            ("s3://bucket/", "past/a.csv", false),
        ] {
            assert_eq!(Location::read(path).unwrap().holds(key), holds, "{key} in {path}");
        }
        assert_eq!(Location::read("s3:///a"), None);
        assert_eq!(Location::read("http://a"), None);
    }
}
