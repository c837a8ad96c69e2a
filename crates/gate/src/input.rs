//! One request as it came, parsed once. What is routed, verified, authorised and run is this parse.

use std::{borrow::Cow, net::IpAddr};

use bartizan_wire::{
    Malformed, Protocol, Value, json,
    query::{self, Parameter},
    rest::{Labels, Route},
};
use hyper::{HeaderMap, Method};

use crate::{Row, Service};

/// Where an operation has its members whose path, `/` and its name, holds none: all in the body.
const POSTED_TO_ITS_NAME: Route = Route::post("/");

/// A request, received whole and within limits.
pub(crate) struct Received<'a> {
    pub method: &'a Method,
    /// The raw request target: path and query.
    pub target: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    pub peer: IpAddr,
}

/// Which service and operation the request is for, by its own words and not by its signature's.
pub(crate) struct Called<'a> {
    pub service: &'static Service,
    /// The operation's row; `None` if the service has none of that name.
    pub row: Option<&'static Row>,
    /// The operation's name as the request gives it, for errors and the audit trail.
    pub name: Cow<'a, str>,
    /// Form parameters: the body's (of a Query service), and the query string's but for those of the signature.
    parameters: Vec<Parameter<'a>>,
}

impl Called<'_> {
    /// The call of an operation by a service: its input needs no reading.
    pub const fn inner(service: &'static Service, row: Option<&'static Row>, name: &'static str) -> Self {
        Self { service, row, name: Cow::Borrowed(name), parameters: Vec::new() }
    }
}

impl<'a> Received<'a> {
    pub fn path(&self) -> &'a str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    fn query(&self) -> &'a str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Headers as the signature sees them.
    pub fn header_lines(&self) -> Vec<(&'a str, &'a [u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    /// The query string's parameters but for those of the signature.
    ///
    /// A plus sign is refused: to the signature it is a plus, to a form a space, and nothing may be read in another way
    /// than it was signed.
    fn query_parameters(&self) -> Result<Vec<Parameter<'a>>, Malformed> {
        if self.query().contains('+') {
            return Err(Malformed::new("A plus sign in a query string must be written %2B, a space %20"));
        }
        let mut parameters = query::pairs(self.query().as_bytes())?;
        parameters.retain(|(name, _)| !is_of_signature(name));
        Ok(parameters)
    }

    /// Finds the called service among those that are there; `None` if the request is for none of them.
    ///
    /// # Errors
    /// If the form that would say it cannot be read.
    pub fn called(&self, services: &'static [Service]) -> Result<Option<Called<'a>>, Malformed> {
        if let Some(target) = self.header("x-amz-target") {
            return Ok(services.iter().find_map(|service| {
                let Protocol::Json { target_prefix, .. } = service.protocol else { return None };
                let name = target.strip_prefix(target_prefix)?.strip_prefix('.')?;
                let (row, name) = (service.operation(name), Cow::Borrowed(name));
                Some(Called { service, row, name, parameters: Vec::new() })
            }));
        }
        let mut parameters = self.query_parameters()?;
        if self.path() == "/" {
            parameters.append(&mut query::pairs(self.body)?);
            let (action, version) = (the(&parameters, "Action")?, the(&parameters, "Version")?);
            let (Some(name), Some(version)) = (action, version) else { return Ok(None) };
            let service = services
                .iter()
                .find(|service| matches!(service.protocol, Protocol::Query { version: of, .. } if of == version));
            return Ok(service.map(|service| Called { service, row: service.operation(&name), name, parameters }));
        }
        let rest = services.iter().filter(|service| service.protocol == Protocol::RestJson);
        for (service, row) in rest.flat_map(|service| service.operations.iter().map(move |row| (service, row))) {
            if self.labels(row).is_some() {
                return Ok(Some(Called { service, row: Some(row), name: Cow::Borrowed(row.name()), parameters }));
            }
        }
        Ok(None)
    }

    /// The `Action` of a request that names no service.
    pub fn action(&self) -> Option<String> {
        let parameters = self.query_parameters().ok()?.into_iter().chain(query::pairs(self.body).ok()?);
        let mut parameters = parameters.filter(|(name, _)| name == "Action");
        parameters.next().map(|(_, value)| value.into_owned())
    }

    /// The operation's input.
    pub fn input(&self, called: &Called<'a>, row: &Row) -> Result<Value, Malformed> {
        let parameters = called.parameters.iter().cloned();
        match called.service.protocol {
            Protocol::Query { .. } => query::decode(parameters),
            Protocol::Json { .. } => json::decode(self.body),
            Protocol::RestJson => {
                let labels = self.labels(row).ok_or_else(|| Malformed::new("The path is not the operation's"))?;
                row.route.unwrap_or(POSTED_TO_ITS_NAME).bind(labels, parameters, json::decode(self.body)?)
            }
        }
    }

    /// The members that the path holds, if the request is for this operation of a rest-json service. An operation
    /// whose row names no route is posted to its name.
    fn labels(&self, row: &Row) -> Option<Labels> {
        match row.route {
            Some(route) => route.matches(self.method.as_str(), self.path()),
            None => {
                (self.method == Method::POST && self.path().strip_prefix('/') == Some(row.name())).then(Labels::new)
            }
        }
    }
}

/// The value of a parameter that may be given once, and in no other letter case.
fn the<'a>(parameters: &[Parameter<'a>], wanted: &str) -> Result<Option<Cow<'a, str>>, Malformed> {
    let mut given = parameters.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let first = given.next();
    if given.next().is_some() {
        return Err(Malformed::new(format!("The parameter {wanted} is given more than once")));
    }
    Ok(first.filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()))
}

/// The signature's own parameters, in any case: one of another case is refused where signatures are verified, and is
/// no input in any case.
fn is_of_signature(name: &str) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}
