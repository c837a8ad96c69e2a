//! The tour's client: it signs as AWS's clients do, sends over HTTP, and reads the answers of three protocols.

use std::{cell::Cell, net::SocketAddr, time::Duration};

use bartizan_sigv4::{Credentials, Request, Rules, sign};
use jiff::Timestamp;
use roxmltree::Document;
use serde_json::Value;
use ureq::{
    Agent, Body,
    http::{HeaderMap, Response},
};

use crate::Failure;

/// The Region that all requests are signed for.
pub const REGION: &str = "us-east-1";

/// The header in which a denial carries its encoded message.
pub const ENCODED_MESSAGE: &str = "x-amzn-encoded-authorization-message";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who asks. It holds a secret, so it has no `Debug`.
pub struct Caller {
    /// The name that the tour has for the caller.
    pub name: String,
    /// The name that AWS has for the caller.
    pub arn: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    /// Of temporary credentials.
    pub session_token: Option<String>,
}

/// A request, before it is signed.
pub struct Call {
    /// The action that it asks for, `iam:CreateUser`.
    pub action: String,
    /// What it is about, for people.
    pub on: String,
    path: String,
    content_type: &'static str,
    target: Option<String>,
    body: String,
}

/// What came back.
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

/// Why a request was refused.
pub struct Refusal {
    /// `AccessDenied`, or what else it is.
    pub code: String,
    /// The service's own sentence.
    pub message: String,
}

/// The client of one server.
pub struct Client {
    agent: Agent,
    address: SocketAddr,
    sent: Cell<usize>,
}

impl Call {
    /// A call of IAM.
    pub fn iam(operation: &str, on: &str, parameters: &[(&str, &str)]) -> Self {
        Self::query("iam", "2010-05-08", operation, on, parameters)
    }

    /// A call of STS.
    pub fn sts(operation: &str, on: &str, parameters: &[(&str, &str)]) -> Self {
        Self::query("sts", "2011-06-15", operation, on, parameters)
    }

    /// A call of Organizations.
    pub fn organizations(operation: &str, on: &str, input: &Value) -> Self {
        Self {
            action: format!("organizations:{operation}"),
            on: on.to_owned(),
            path: "/".to_owned(),
            content_type: "application/x-amz-json-1.1",
            target: Some(format!("AWSOrganizationsV20161128.{operation}")),
            body: input.to_string(),
        }
    }

    /// A call of Lookout for Metrics.
    pub fn lookoutmetrics(operation: &str, on: &str, input: &Value) -> Self {
        Self {
            action: format!("lookoutmetrics:{operation}"),
            on: on.to_owned(),
            path: format!("/{operation}"),
            content_type: "application/json",
            target: None,
            body: input.to_string(),
        }
    }

    fn query(service: &str, version: &str, operation: &str, on: &str, parameters: &[(&str, &str)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([("Action", operation), ("Version", version)]).extend_pairs(parameters);
        Self {
            action: format!("{service}:{operation}"),
            on: on.to_owned(),
            path: "/".to_owned(),
            content_type: "application/x-www-form-urlencoded; charset=utf-8",
            target: None,
            body: form.finish(),
        }
    }

    /// The service that the request is signed for.
    fn service(&self) -> &str {
        self.action.split_once(':').map_or(&self.action, |(service, _)| service)
    }
}

impl Client {
    /// A client of the server at this address.
    pub fn new(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .user_agent(concat!("bartizan-tour/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            // The server is on this machine, whatever proxy the environment names.
            .proxy(None);
        Self { agent: config.build().new_agent(), address, sent: Cell::new(0) }
    }

    /// How many requests it has sent.
    pub fn sent(&self) -> usize {
        self.sent.get()
    }

    /// Signs a call with the caller's credentials and sends it.
    ///
    /// # Errors
    /// If there is no answer. A refusal is one.
    pub fn send(&self, caller: &Caller, call: &Call) -> Result<Answer, Failure> {
        let host = self.address.to_string();
        let mut headers = vec![("host", host.as_str()), ("content-type", call.content_type)];
        headers.extend(call.target.as_deref().map(|target| ("x-amz-target", target)));
        let signed = self.sign(caller, call, &headers)?;
        let url = format!("http://{host}{}", call.path);
        let mut request = self.agent.post(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in &signed {
            request = request.header(name, value);
        }
        let response = request.send(&call.body)?;
        self.sent.set(self.sent() + 1);
        Answer::read(response)
    }

    /// The headers that make the request a signed one.
    fn sign(&self, caller: &Caller, call: &Call, headers: &[(&str, &str)]) -> Result<Vec<(String, String)>, Failure> {
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let request = Request { method: "POST", target: &call.path, headers: &headers, body: call.body.as_bytes() };
        let credentials = Credentials {
            access_key_id: &caller.access_key_id,
            secret_access_key: &caller.secret_access_key,
            session_token: caller.session_token.as_deref(),
        };
        Ok(sign(&request, &credentials, REGION, &Rules::new(call.service()), Timestamp::now().as_second())?)
    }
}

impl Answer {
    fn read(response: Response<Body>) -> Result<Self, Failure> {
        let (head, mut body) = response.into_parts();
        Ok(Self { status: head.status.as_u16(), headers: head.headers, body: body.read_to_string()? })
    }

    /// Why the request was refused; `None` if it was not.
    pub fn refusal(&self) -> Option<Refusal> {
        if (200..300).contains(&self.status) {
            return None;
        }
        let message = self.find("message").or_else(|| self.find("Message")).unwrap_or_default();
        let code = self.header("x-amzn-errortype").map(str::to_owned).or_else(|| self.find("Code")).unwrap_or_default();
        Some(Refusal { code, message })
    }

    /// The text of the first member of this name, at any depth.
    ///
    /// # Errors
    /// If the answer has none.
    pub fn text(&self, member: &str) -> Result<String, Failure> {
        self.find(member).ok_or_else(|| format!("the answer has no {member}: {}", self.body).into())
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn find(&self, member: &str) -> Option<String> {
        if self.body.starts_with('<') {
            let document = Document::parse(&self.body).ok()?;
            let mut elements = document.descendants();
            return elements.find(|node| node.tag_name().name() == member)?.text().map(str::to_owned);
        }
        find_in(&serde_json::from_str(&self.body).ok()?, member)
    }
}

fn find_in(value: &Value, member: &str) -> Option<String> {
    match value {
        Value::Object(members) => match members.get(member) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => members.values().find_map(|value| find_in(value, member)),
        },
        Value::Array(items) => items.iter().find_map(|value| find_in(value, member)),
        _ => None,
    }
}
