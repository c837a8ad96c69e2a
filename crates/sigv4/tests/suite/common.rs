//! A request that its tests may change at will.

use bartizan_sigv4::{Credentials, Error, Request, Rules, SigningKey, Unverified, parse, presign, sign};

/// 2015-08-30T12:36:00Z.
pub const NOW: i64 = 1_440_938_160;
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request that owns its parts.
#[derive(Clone, Debug)]
pub struct Sent {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

pub fn credentials(session_token: Option<&str>) -> Credentials<'_> {
    Credentials { access_key_id: "AKIDEXAMPLE", secret_access_key: SECRET, session_token }
}

impl Sent {
    /// `GET target` without a signature.
    pub fn get(target: &str) -> Self {
        let host = ("host".to_owned(), b"iam.amazonaws.com".to_vec());
        Self { method: "GET".to_owned(), target: target.to_owned(), headers: vec![host], body: Vec::new() }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(kept, _)| kept != name);
        self
    }

    pub fn with_body(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    /// Replaces a text in the target and in every header value that is text; it must be there.
    pub fn replace(mut self, from: &str, to: &str) -> Self {
        let before = format!("{self:?}");
        self.target = self.target.replace(from, to);
        for (_, value) in &mut self.headers {
            if let Ok(text) = str::from_utf8(value) {
                *value = text.replace(from, to).into_bytes();
            }
        }
        assert_ne!(before, format!("{self:?}"), "nothing replaced");
        self
    }

    pub fn signed(self, rules: &Rules<'_>) -> Self {
        self.signed_with(rules, None)
    }

    pub fn signed_with(mut self, rules: &Rules<'_>, token: Option<&str>) -> Self {
        let added = self.with(|request| sign(request, &credentials(token), "us-east-1", rules, NOW)).unwrap();
        self.headers.extend(added.into_iter().map(|(name, value)| (name, value.into_bytes())));
        self
    }

    pub fn presigned(self, rules: &Rules<'_>) -> Self {
        self.presigned_with(rules, None, 300)
    }

    pub fn presigned_with(mut self, rules: &Rules<'_>, token: Option<&str>, expires: u32) -> Self {
        self.target =
            self.with(|request| presign(request, &credentials(token), "us-east-1", rules, NOW, expires)).unwrap();
        self
    }

    pub fn parse(&self, rules: &Rules<'_>) -> Result<Unverified, Error> {
        self.with(|request| parse(request, rules))
    }

    pub fn verify_at(&self, rules: &Rules<'_>, now: i64) -> Result<Unverified, Error> {
        let unverified = self.parse(rules)?;
        unverified.verify(&SigningKey::derive(SECRET, unverified.scope()), now)?;
        Ok(unverified)
    }

    pub fn verify(&self, rules: &Rules<'_>) -> Result<Unverified, Error> {
        self.verify_at(rules, NOW)
    }

    pub fn with<T>(&self, use_request: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        use_request(&Request { method: &self.method, target: &self.target, headers: &headers, body: &self.body })
    }
}
