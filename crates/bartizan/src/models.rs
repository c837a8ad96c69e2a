//! Client models: what an AWS CLI or SDK must know to call a service. Current ones no longer know Lookout for Metrics;
//! with `AWS_DATA_PATH` pointing at what is written here they do.
//!
//! A model is made from our own schemas, in the form that botocore reads. Nothing in it is anyone else's.
//!
//! <https://botocore.amazonaws.com/v1/documentation/api/latest/reference/loaders.html>

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use bartizan_gate::{Row, Service};
use bartizan_lookoutmetrics::ErrorShape;
use bartizan_wire::{Member, Protocol, Schema, rest::Route};
use serde_json::{Map, Value, json};

/// A service as clients know it.
struct Client {
    service: &'static Service,
    errors: &'static [ErrorShape],
    /// The name of the client class, and what endpoint settings are called by.
    id: &'static str,
    full_name: &'static str,
}

const LOOKOUT_METRICS: Client = Client {
    service: &bartizan_lookoutmetrics::SERVICE,
    errors: bartizan_lookoutmetrics::ERRORS,
    id: "LookoutMetrics",
    full_name: "Amazon Lookout for Metrics",
};

/// Writes the model of Lookout for Metrics under a directory, and says into which file.
///
/// # Errors
/// If the file cannot be written; the error names it.
pub fn export(directory: &Path) -> io::Result<PathBuf> {
    let client = &LOOKOUT_METRICS;
    let directory = directory.join(client.service.name).join(client.service.version);
    fs::create_dir_all(&directory).map_err(|error| at(&directory, &error))?;
    let file = directory.join("service-2.json");
    let mut text = serde_json::to_string(&model(client)?)?;
    text.push('\n');
    fs::write(&file, text).map_err(|error| at(&file, &error))?;
    Ok(file)
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn model(client: &Client) -> io::Result<Value> {
    let mut shapes = Shapes::default();
    let mut operations = Map::new();
    let described: Vec<(&Row, (Schema, Schema))> =
        client.service.operations.iter().map(|row| (row, (row.schemas)())).collect();
    let errors: Vec<(u16, Schema)> = client.errors.iter().map(|error| (error.status, (error.schema)())).collect();
    for schema in described.iter().flat_map(|(_, (input, output))| [input, output]) {
        shapes.reserve(schema);
    }
    for (_, schema) in &errors {
        shapes.reserve(schema);
    }
    for (row, (input, output)) in &described {
        let operation = operation(client.service, row, input, output, &mut shapes)?;
        operations.insert(row.name().to_owned(), operation);
    }
    for (status, schema) in &errors {
        shapes.error(schema, *status)?;
    }
    Ok(json!({
        "version": "2.0",
        "metadata": metadata(client),
        "operations": operations,
        "shapes": shapes.named,
    }))
}

fn metadata(client: &Client) -> Value {
    let service = client.service;
    let mut metadata = json!({
        "apiVersion": service.version,
        "auth": ["aws.auth#sigv4"],
        "endpointPrefix": service.name,
        "serviceFullName": client.full_name,
        "serviceId": client.id,
        "signatureVersion": "v4",
        "signingName": service.name,
        "uid": format!("{}-{}", service.name, service.version),
    });
    let of_protocol = match service.protocol {
        Protocol::Query { namespace, .. } => json!({"protocol": "query", "xmlNamespace": namespace}),
        Protocol::Json { version, target_prefix } => {
            json!({"protocol": "json", "jsonVersion": version, "targetPrefix": target_prefix})
        }
        Protocol::RestJson => json!({"protocol": "rest-json", "jsonVersion": "1.1"}),
        Protocol::RestXml { .. } => json!({"protocol": "rest-xml"}),
    };
    if let (Value::Object(all), Value::Object(more)) = (&mut metadata, of_protocol) {
        all.extend(more);
    }
    metadata
}

fn operation(service: &Service, row: &Row, input: &Schema, output: &Schema, shapes: &mut Shapes) -> io::Result<Value> {
    let http = match (row.route, service.protocol) {
        (Some(route), _) => json!({
            "method": route.method, "requestUri": route.uri, "responseCode": route.status,
        }),
        (None, Protocol::RestJson) => json!({"method": "POST", "requestUri": format!("/{}", row.name())}),
        (None, Protocol::Query { .. } | Protocol::Json { .. } | Protocol::RestXml { .. }) => {
            json!({"method": "POST", "requestUri": "/"})
        }
    };
    Ok(json!({
        "name": row.name(),
        "http": http,
        "input": {"shape": shapes.structure(input, row.route.as_ref())?},
        "output": {"shape": shapes.structure(output, None)?},
    }))
}

/// The shapes of a model by name. Structures have the names of AWS's model. The others are called after the first member
/// that is one of them: a client never sees their names.
#[derive(Default)]
struct Shapes {
    named: Map<String, Value>,
    /// The names of shapes that are no structures, by what they are.
    by_content: BTreeMap<String, String>,
    /// The names of all structures.
    reserved: BTreeSet<&'static str>,
}

impl Shapes {
    /// Keeps the names of the structures in a schema free for them.
    fn reserve(&mut self, schema: &Schema) {
        match schema {
            Schema::Structure { name, members } => {
                self.reserved.insert(name);
                members.iter().for_each(|member| self.reserve(&member.schema));
            }
            Schema::List { member, .. } => self.reserve(member),
            Schema::Map { key, value, .. } => {
                self.reserve(key);
                self.reserve(value);
            }
            _ => {}
        }
    }

    /// The name of a structure, which is there from now on. `route` says where an input's members are.
    fn structure(&mut self, schema: &Schema, route: Option<&Route>) -> io::Result<String> {
        let Schema::Structure { name, members } = schema else {
            return Err(io::Error::other("an input, output or error is a structure"));
        };
        let required: Vec<&str> = members.iter().filter(|member| member.required).map(|member| member.name).collect();
        let mut shape = Map::new();
        let mut described = Map::new();
        for member in members {
            described.insert(member.name.to_owned(), self.member(member, route)?);
        }
        shape.insert("type".to_owned(), json!("structure"));
        shape.insert("members".to_owned(), Value::Object(described));
        if !required.is_empty() {
            shape.insert("required".to_owned(), json!(required));
        }
        let shape = Value::Object(shape);
        match self.named.get(*name) {
            Some(other) if *other != shape => Err(io::Error::other(format!("two different shapes are called {name}"))),
            Some(_) => Ok((*name).to_owned()),
            None => {
                self.named.insert((*name).to_owned(), shape);
                Ok((*name).to_owned())
            }
        }
    }

    fn error(&mut self, schema: &Schema, status: u16) -> io::Result<()> {
        let name = self.structure(schema, None)?;
        if let Some(Value::Object(shape)) = self.named.get_mut(&name) {
            shape.insert("error".to_owned(), json!({"httpStatusCode": status}));
            shape.insert("exception".to_owned(), json!(true));
            if status >= 500 {
                shape.insert("fault".to_owned(), json!(true));
            }
        }
        Ok(())
    }

    fn member(&mut self, member: &Member, route: Option<&Route>) -> io::Result<Value> {
        let shape = self.shape(&member.schema, member.name, member.sensitive)?;
        let mut described = Map::from_iter([("shape".to_owned(), json!(shape))]);
        let location = route.and_then(|route| {
            if route.uri.contains(&format!("{{{}}}", member.wire_name)) {
                Some("uri")
            } else if route.query.contains(&member.wire_name) || route.query_lists.contains(&member.wire_name) {
                Some("querystring")
            } else {
                None
            }
        });
        if let Some(location) = location {
            described.insert("location".to_owned(), json!(location));
        }
        if location.is_some() || member.wire_name != member.name {
            described.insert("locationName".to_owned(), json!(member.wire_name));
        }
        Ok(Value::Object(described))
    }

    /// The name of any shape, which is there from now on; `wanted` is what it is called if it has no name.
    fn shape(&mut self, schema: &Schema, wanted: &str, sensitive: bool) -> io::Result<String> {
        let (kind, plain) = match schema {
            Schema::Structure { .. } => return self.structure(schema, None),
            Schema::Boolean => ("boolean", "Boolean"),
            Schema::Integer(_) => ("integer", "Integer"),
            Schema::Long(_) => ("long", "Long"),
            Schema::Float(_) => ("float", "Float"),
            Schema::Double(_) => ("double", "Double"),
            Schema::Blob(_) => ("blob", "Blob"),
            Schema::Timestamp => ("timestamp", "Timestamp"),
            Schema::String { .. } => ("string", "String"),
            Schema::List { .. } => ("list", wanted),
            Schema::Map { .. } => ("map", wanted),
        };
        let mut shape = Map::from_iter([("type".to_owned(), json!(kind))]);
        match schema {
            Schema::String { values, .. } if !values.is_empty() => {
                shape.insert("enum".to_owned(), json!(values));
            }
            Schema::List { member, .. } => {
                let member = self.shape(member, &format!("{wanted}Member"), false)?;
                shape.insert("member".to_owned(), json!({"shape": member}));
            }
            Schema::Map { key, value, .. } => {
                let key = self.shape(key, &format!("{wanted}Key"), false)?;
                let value = self.shape(value, &format!("{wanted}Value"), false)?;
                shape.insert("key".to_owned(), json!({"shape": key}));
                shape.insert("value".to_owned(), json!({"shape": value}));
            }
            _ => {}
        }
        let traits = schema.traits();
        let constraints = [
            ("min", traits.min.map(Value::from)),
            ("max", traits.max.map(Value::from)),
            ("pattern", traits.pattern.map(Value::from)),
            ("sensitive", (sensitive || traits.sensitive).then_some(Value::Bool(true))),
        ];
        for (name, value) in constraints {
            if let Some(value) = value {
                shape.insert(name.to_owned(), value);
            }
        }
        let wanted = if shape.len() == 1 { plain } else { wanted };
        Ok(self.keep(wanted, Value::Object(shape)))
    }

    /// Keeps a shape that is no structure under the wanted name or one like it, and says which.
    fn keep(&mut self, wanted: &str, shape: Value) -> String {
        let content = shape.to_string();
        if let Some(name) = self.by_content.get(&content) {
            return name.clone();
        }
        let mut name = wanted.to_owned();
        let mut number = 1;
        while self.reserved.contains(name.as_str()) || self.named.contains_key(&name) {
            number += 1;
            name = format!("{wanted}{number}");
        }
        self.named.insert(name.clone(), shape);
        self.by_content.insert(content, name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported() -> Value {
        model(&LOOKOUT_METRICS).unwrap()
    }

    #[test]
    fn every_operation_is_there() {
        let model = exported();
        let operations = model["operations"].as_object().unwrap();
        assert_eq!(operations.len(), 30);
        assert_eq!(
            operations["UntagResource"]["http"],
            json!({"method": "DELETE", "requestUri": "/tags/{resourceArn}", "responseCode": 204})
        );
        assert_eq!(operations["CreateAlert"]["http"], json!({"method": "POST", "requestUri": "/CreateAlert"}));
    }

    #[test]
    fn members_are_where_the_route_has_them() {
        let model = exported();
        let members = &model["shapes"]["UntagResourceRequest"]["members"];
        assert_eq!(members["ResourceArn"]["location"], "uri");
        assert_eq!(members["ResourceArn"]["locationName"], "resourceArn");
        assert_eq!(members["TagKeys"]["location"], "querystring");
        let tags = &model["shapes"]["TagResourceRequest"]["members"]["Tags"];
        assert_eq!((&tags["locationName"], &tags["location"]), (&json!("tags"), &Value::Null));
    }

    #[test]
    fn every_shape_that_is_named_is_there() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => {
                    found.extend(members.get("shape").and_then(Value::as_str).map(str::to_owned));
                    members.values().for_each(|member| references(member, found));
                }
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                _ => {}
            }
        }
        let model = exported();
        let mut found = Vec::new();
        references(&model, &mut found);
        assert!(found.len() > 200);
        for name in found {
            assert!(model["shapes"][&name].is_object(), "{name}");
        }
    }

    #[test]
    fn errors_have_their_status() {
        let model = exported();
        let shape = &model["shapes"]["ServiceQuotaExceededException"];
        assert_eq!((&shape["error"]["httpStatusCode"], &shape["exception"]), (&json!(402), &json!(true)));
        assert_eq!(model["shapes"]["InternalServerException"]["fault"], json!(true));
    }
}
