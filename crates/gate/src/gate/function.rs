//! Functions of AWS Lambda: configuration says where each is, and a service calls one as the role that it assumed.
//!
//! There is no API of Lambda here. What a function's endpoint gets is what the function would: the event, as the body of a
//! POST. Whether the role may call it, its policies say, as for any other action.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::{collections::BTreeMap, fmt, str::FromStr};

use bartizan_wire::ErrorReply;
use jiff::Timestamp;

use super::Gate;
use crate::{
    Acting, Arn, Check, Checks, Effect, Outbound, Scope, Unreached,
    audit::Event,
    authorise, id,
    reply::{Refusal, reply_of_lambda},
};

/// Lambda, as records name it.
const LAMBDA: &str = "lambda.amazonaws.com";
const INVOKE: &str = "lambda:InvokeFunction";

/// Where each function is, by its ARN.
#[derive(Debug, Clone, Default)]
pub struct Functions {
    endpoints: BTreeMap<String, String>,
    outbound: Outbound,
}

/// Not `ARN=URL` of a function and of the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidFunction(String);

/// Why a function was not called.
#[derive(Debug)]
pub enum Uninvoked {
    /// The role may not, or there is no such function.
    Refused(ErrorReply),
    /// Its endpoint was not reached, or did not take the event.
    Unreached(Unreached),
}

impl Functions {
    /// The functions of a configuration: `ARN=URL` each. Their addresses are the installation's own word, so that
    /// internal ones are good.
    ///
    /// # Errors
    /// The first that is none.
    pub fn new<'a>(given: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidFunction> {
        let mut endpoints = BTreeMap::new();
        for text in given {
            let invalid = || InvalidFunction(text.to_owned());
            let (arn, url) = text.split_once('=').ok_or_else(invalid)?;
            let is_function =
                Arn::parse(arn).is_some_and(|arn| arn.service == "lambda" && arn.resource.starts_with("function:"));
            let is_url = ["http://", "https://"]
                .iter()
                .any(|start| url.strip_prefix(start).is_some_and(|rest| !rest.is_empty()));
            if !is_function || !is_url || endpoints.insert(arn.to_owned(), url.to_owned()).is_some() {
                return Err(invalid());
            }
        }
        Ok(Self { endpoints, outbound: Outbound::everywhere() })
    }
}

impl FromStr for Functions {
    type Err = InvalidFunction;

    /// Separated by commas.
    fn from_str(text: &str) -> Result<Self, InvalidFunction> {
        Self::new(text.split(',').map(str::trim).filter(|part| !part.is_empty()))
    }
}

impl Acting {
    /// Calls a function with an event, JSON, if it may. It is asked for and recorded anew each time.
    ///
    /// # Errors
    /// If it may not, or the function is not there or not reached.
    pub fn invoke(&self, gate: &Gate, function_arn: &str, event: &[u8]) -> Result<(), Uninvoked> {
        let allowed = self.may_invoke(gate, function_arn).map_err(Uninvoked::Refused);
        let functions = &gate.config.functions;
        let endpoint = allowed.and_then(|()| {
            let not_there =
                || ErrorReply::new(404, "ResourceNotFoundException", format!("Function not found: {function_arn}"));
            functions.endpoints.get(function_arn).ok_or_else(|| Uninvoked::Refused(not_there()))
        })?;
        let headers = [("content-type", "application/json"), ("x-amz-invocation-type", "Event")];
        functions.outbound.post(endpoint, &headers, event).map_err(Uninvoked::Unreached)
    }

    /// Decides, and records the decision.
    fn may_invoke(&self, gate: &Gate, function_arn: &str) -> Result<(), ErrorReply> {
        let (snapshot, now) = (gate.store.snapshot(), Timestamp::now());
        let [request_id, event_id] = id::uuids(gate.keyring()).unwrap_or_default();
        let request = self.facts(request_id);
        let mut known = None;
        let decided = self.caller(&snapshot, now).map_err(Refusal::Unauthenticated).and_then(|caller| {
            let caller = known.insert(caller);
            let scope = Scope { snapshot: &snapshot, caller, now, region: self.region(), request: &request, gate };
            let checks = Checks::from(Check::new(INVOKE, function_arn));
            authorise::authorise(&checks, INVOKE, &scope, &gate.compiled).map_err(Refusal::Error)
        });
        let refused = decided.err().map(|refusal| reply_of_lambda(&refusal));
        let parameters = serde_json::json!({"functionName": function_arn, "invocationType": "Event"}).to_string();
        let record = Event {
            source: LAMBDA,
            operation: "Invoke",
            effect: Effect::Write,
            region: self.region(),
            now,
            facts: &request,
            caller: known.as_ref(),
            claimed_access_key: None,
            event_id: &event_id,
            parameters: Some(parameters.as_bytes()),
            response: None,
            error: refused.as_ref().map(|error| (error.code.as_str(), error.message.as_str())),
            recipient: known.as_ref().map(|caller| caller.account),
        }
        .record();
        gate.pending.push(now, &record);
        refused.map_or(Ok(()), Err)
    }
}

impl fmt::Display for InvalidFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not ARN=URL of a Lambda function that is named once", self.0)
    }
}

impl std::error::Error for InvalidFunction {}

impl fmt::Display for Uninvoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "{}: {}", error.code, error.message),
            Self::Unreached(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for Uninvoked {}

#[cfg(test)]
#[path = "function_tests.rs"]
mod tests;
