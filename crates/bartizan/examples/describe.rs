//! Describes every operation of every service as one JSON document, to be compared with the models of an installed
//! botocore: `[{"service", "version", "protocol", "operations": [{"operation", "action", "effect", "available", "route",
//! "input", "output"}]}]`, the shapes as [`bartizan_wire::describe`] has them.

#[path = "../src/services.rs"]
mod services;

use std::io::{self, Write as _};

use bartizan_gate::{Effect, Row, Service};
use bartizan_wire::{Protocol, Schema, describe::schema_json};
use serde_json::{Value, json};
use services::SERVICES;

fn main() -> io::Result<()> {
    let services = SERVICES.iter().map(service).collect::<io::Result<Vec<_>>>()?;
    writeln!(io::stdout(), "{}", json!(services))
}

fn service(service: &Service) -> io::Result<Value> {
    let protocol = match service.protocol {
        Protocol::Query { version, namespace } => {
            json!({"protocol": "query", "apiVersion": version, "xmlNamespace": namespace})
        }
        Protocol::Json { version, target_prefix } => {
            json!({"protocol": "json", "jsonVersion": version, "targetPrefix": target_prefix})
        }
        Protocol::RestJson => json!({"protocol": "rest-json"}),
        Protocol::RestXml { .. } => json!({"protocol": "rest-xml"}),
    };
    let operations = service.operations.iter().map(|row| operation(service, row)).collect::<io::Result<Vec<_>>>()?;
    Ok(json!({"service": service.name, "version": service.version, "protocol": protocol, "operations": operations}))
}

fn operation(service: &Service, row: &Row) -> io::Result<Value> {
    let (input, output) = (row.schemas)();
    Ok(json!({
        "operation": row.name(),
        "action": row.action,
        "effect": match row.effect { Effect::Read => "read", Effect::Write => "write" },
        "available": row.available,
        "route": route(service, row),
        "input": shape(&input)?,
        "output": shape(&output)?,
    }))
}

fn route(service: &Service, row: &Row) -> Value {
    let (method, uri, status, query) = match (row.route, service.protocol) {
        (Some(route), _) => {
            (route.method, route.uri.to_owned(), route.status, [route.query, route.query_lists].concat())
        }
        (None, Protocol::RestJson) => ("POST", format!("/{}", row.name()), 200, Vec::new()),
        (None, Protocol::Query { .. } | Protocol::Json { .. } | Protocol::RestXml { .. }) => {
            ("POST", "/".to_owned(), 200, Vec::new())
        }
    };
    json!({"method": method, "uri": uri, "status": status, "query": query})
}

fn shape(schema: &Schema) -> io::Result<Value> {
    Ok(serde_json::from_str(&schema_json(schema))?)
}
