//! The requests, signed once for a run: a signature is good for fifteen minutes.

use std::net::SocketAddr;

use bartizan_sigv4::{Credentials, Rules, sign};
use serde_json::Value;

use crate::{
    Failure,
    load::Request,
    world::{self, ACCESS_KEY_ID, ROOT_ACCESS_KEY_ID, SECRET},
};

const REGION: &str = "us-east-1";

/// Where the two servers are, and whose key signs.
pub struct Wording {
    access_key_id: &'static str,
    server: SocketAddr,
    peer: SocketAddr,
}

impl Wording {
    pub fn new(server: &str, peer: &str) -> Result<Self, Failure> {
        Ok(Self { access_key_id: ACCESS_KEY_ID, server: server.parse()?, peer: peer.parse()? })
    }

    pub fn of(server: &str) -> Result<Self, Failure> {
        Self::new(server, server)
    }

    /// As the root user words them.
    pub fn of_root(server: &str) -> Result<Self, Failure> {
        Ok(Self { access_key_id: ROOT_ACCESS_KEY_ID, ..Self::of(server)? })
    }

    pub fn healthz(&self) -> Request {
        let bytes = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", self.server).into_bytes();
        Request { to: self.server, bytes, is_head: false }
    }

    pub fn get_caller_identity(&self) -> Result<Request, Failure> {
        self.query("sts", "Action=GetCallerIdentity&Version=2011-06-15")
    }

    pub fn list_users(&self) -> Result<Request, Failure> {
        self.query("iam", "Action=ListUsers&Version=2010-05-08&MaxItems=10")
    }

    pub fn assume_role(&self) -> Result<Request, Failure> {
        let role = encoded(world::ROLE_ARN);
        self.query("sts", &format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=bench"))
    }

    pub fn peer_get_object(&self) -> Result<Request, Failure> {
        self.signed(self.peer, "GET", "/bucket/key", &[], b"", &Rules::s3())
    }

    pub fn peer_head_bucket(&self) -> Result<Request, Failure> {
        self.signed(self.peer, "HEAD", "/bucket", &[], b"", &Rules::s3())
    }

    /// A request of Amazon S3 to the server, or to the peer.
    pub fn object(&self, to_peer: bool, method: &str, target: &str, body: &[u8]) -> Result<Request, Failure> {
        self.signed(if to_peer { self.peer } else { self.server }, method, target, &[], body, &Rules::s3())
    }

    /// A request of IAM with these parameters.
    pub fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Request, Failure> {
        let given = parameters.iter().map(|(name, value)| format!("&{name}={}", encoded(value)));
        self.query("iam", &format!("Action={action}&Version=2010-05-08{}", given.collect::<String>()))
    }

    /// A request of Lookout for Metrics.
    pub fn lookout(&self, operation: &str, body: &Value) -> Result<Request, Failure> {
        let (target, json) = (format!("/{operation}"), ("content-type", "application/json"));
        self.signed(self.server, "POST", &target, &[json], body.to_string().as_bytes(), &Rules::new("lookoutmetrics"))
    }

    /// As the AWS CLI sends it, with the headers that it sends.
    fn query(&self, service: &str, body: &str) -> Result<Request, Failure> {
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        self.signed(self.server, "POST", "/", &[form], body.as_bytes(), &Rules::new(service))
    }

    fn signed(
        &self,
        to: SocketAddr,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        rules: &Rules<'_>,
    ) -> Result<Request, Failure> {
        let (host, length) = (to.to_string(), body.len().to_string());
        let mut lines = vec![("host", host.as_str()), ("accept-encoding", "identity")];
        lines.extend(headers);
        if !body.is_empty() {
            lines.push(("content-length", &length));
        }
        let given: Vec<(&str, &[u8])> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let unsigned = bartizan_sigv4::Request { method, target, headers: &given, body };
        let credentials =
            Credentials { access_key_id: self.access_key_id, secret_access_key: SECRET, session_token: None };
        let now = jiff::Timestamp::now().as_second();
        let added = sign(&unsigned, &credentials, REGION, rules, now).map_err(|error| error.to_string())?;
        lines.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        lines.push(("user-agent", "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 lang/python#3.13.7"));
        let mut bytes = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in lines {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        Ok(Request { to, bytes, is_head: method == "HEAD" })
    }
}

/// As a form has it.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}
