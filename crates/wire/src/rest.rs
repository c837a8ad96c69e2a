//! Where members are in a [rest-json](https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html)
//! request: in the path, in the query string, in the body.

use crate::query::Parameter;
use crate::{Malformed, Reply, Value, percent};

/// How one operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method: `POST`.
    pub method: &'static str,
    /// The path, with labels in braces that each take one segment: `/tags/{resourceArn}`.
    pub uri: &'static str,
    /// Wire names of members in the query string that have one value.
    pub query: &'static [&'static str],
    /// Wire names of members in the query string that are lists, one parameter an item.
    pub query_lists: &'static [&'static str],
    /// The status of success.
    pub status: u16,
    /// In rest-xml: what tells the operation from others of the same method and path. Names of parameters or headers
    /// that the request must have.
    pub needs: &'static [&'static str],
    /// In rest-xml: the outermost element of answers; empty where the only member is it.
    pub root: &'static str,
    /// Whether the body is the operation's to read, of any length, while it runs.
    pub streams: bool,
}

/// The members that a path holds, by wire name, decoded.
pub type Labels = Vec<(&'static str, String)>;

impl Route {
    /// An operation that is posted to a fixed path, as most are.
    pub const fn post(uri: &'static str) -> Self {
        Self { method: "POST", uri, query: &[], query_lists: &[], status: 200, needs: &[], root: "", streams: false }
    }

    /// Whether the request is for this operation, and the labels in its path. The path is as it was
    /// sent, without query string; each label is percent-decoded, once.
    ///
    /// A label that is empty, or is no UTF-8 when decoded, matches nothing.
    pub fn matches(&self, method: &str, path: &str) -> Option<Labels> {
        if method != self.method {
            return None;
        }
        let mut labels = Labels::new();
        let mut segments = path.split('/');
        for expected in self.uri.split('/') {
            let segment = segments.next()?;
            match expected.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
                Some(label) => {
                    let decoded = percent::decode(segment).filter(|decoded| !decoded.is_empty())?;
                    labels.push((label, decoded.into_owned()));
                }
                None if segment == expected => {}
                None => return None,
            }
        }
        segments.next().is_none().then_some(labels)
    }

    /// The whole input: the members of path, query string and body in one value. Parameters that the
    /// operation does not know are passed over, as AWS does (a presigned request has several).
    ///
    /// # Errors
    /// A member is given twice: in two places, twice in the query string though it has one value, or in
    /// another letter case beside its own.
    pub fn bind<'a>(
        &self,
        labels: Labels,
        parameters: impl Iterator<Item = Parameter<'a>>,
        body: Value,
    ) -> Result<Value, Malformed> {
        let Value::Map(mut members) = body else {
            return Err(Malformed::new("The body is not an object"));
        };
        let outside =
            || labels.iter().map(|(label, _)| *label).chain(self.query.iter().chain(self.query_lists).copied());
        if outside().any(|name| members.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))) {
            return Err(Malformed::new("A member of the path or the query string is given in the body"));
        }
        let mut singles: Vec<(&'static str, String)> = Vec::new();
        let mut lists: Vec<(&'static str, Vec<Value>)> = Vec::new();
        for (given, value) in parameters {
            let Some(name) = outside().find(|name| name.eq_ignore_ascii_case(&given)) else {
                continue;
            };
            if name != given || labels.iter().any(|(label, _)| *label == name) {
                return Err(Malformed::new("A member is given twice or in another letter case"));
            }
            if self.query_lists.contains(&name) {
                match lists.iter_mut().find(|(list, _)| *list == name) {
                    Some((_, items)) => items.push(Value::Text(value.into_owned())),
                    None => lists.push((name, vec![Value::Text(value.into_owned())])),
                }
            } else if singles.iter().any(|(single, _)| *single == name) {
                return Err(Malformed::new("A member is given twice or in another letter case"));
            } else {
                singles.push((name, value.into_owned()));
            }
        }
        let texts = labels.into_iter().chain(singles);
        members.extend(texts.map(|(name, text)| (name.to_owned(), Value::Text(text))));
        members.extend(lists.into_iter().map(|(name, items)| (name.to_owned(), Value::List(items))));
        Ok(Value::Map(members))
    }

    /// The answer under the route's own status; 204 has no body.
    #[must_use]
    pub fn finish(&self, mut reply: Reply) -> Reply {
        reply.status = self.status;
        if self.status == 204 {
            reply.body.clear();
        }
        reply
    }
}

#[cfg(test)]
mod tests;
