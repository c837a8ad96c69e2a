//! The example policies of the IAM User Guide, from `guide/*.json`.
//!
//! An example is a document with its page, the `policies` that are evaluated together, and requests, each under the decision that
//! the guide's text means for it; `shared` is what they have in common. A policy goes by its name: `this` is the example's
//! document, `everything` allows everything, any other name is the title of an example of the same file.

use serde_json::{Map, Value, json};

/// One document of the guide.
pub struct Example {
    pub page: String,
    pub title: String,
    pub document: Value,
    /// What the document is, as the policies of a case call it.
    pub kind: String,
    /// The outcome that is expected, and the case as the other tests have it.
    pub cases: Vec<(&'static str, Value)>,
}

/// Every example of every file.
pub fn examples() -> Vec<Example> {
    let folder = format!("{}/tests/guide", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(&folder).expect(&folder).map(|entry| entry.expect("a file").path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "json")).flat_map(|path| of_file(&path)).collect()
}

fn of_file(path: &std::path::Path) -> Vec<Example> {
    let text = std::fs::read_to_string(path).expect("text");
    let file: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut documents = Map::new();
    for example in &file {
        let title = example["title"].as_str().expect("a title");
        assert!(documents.insert(title.to_owned(), example["document"].clone()).is_none(), "{title} is there twice");
    }
    documents.insert(
        "everything".to_owned(),
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
    );
    file.iter().map(|example| read(example, &documents)).collect()
}

fn read(example: &Value, documents: &Map<String, Value>) -> Example {
    let mut documents = documents.clone();
    documents.insert("this".to_owned(), example["document"].clone());
    let documents = Value::Object(documents);
    let policies = example["policies"].as_object().expect("policies");
    let this = json!("this");
    let holds = |named: &Value| *named == this || named.as_array().is_some_and(|names| names.contains(&this));
    let (kind, _) = policies.iter().find(|(_, named)| holds(named)).expect("this");
    let mut cases = Vec::new();
    for outcome in ["allowed", "implicitDeny", "explicitDeny"] {
        for request in example[outcome].as_array().into_iter().flatten() {
            let request = merged(&example["shared"], request);
            let case = json!({"request": request, "policies": policies});
            cases.push((outcome, super::spelled_out(&case, &documents)));
        }
    }
    Example {
        page: example["page"].as_str().expect("a page").to_owned(),
        title: example["title"].as_str().expect("a title").to_owned(),
        document: example["document"].clone(),
        kind: kind.clone(),
        cases,
    }
}

/// The request with what all requests of the example share; so with its context.
fn merged(shared: &Value, own: &Value) -> Value {
    let (Value::Object(shared), Value::Object(own)) = (shared, own) else {
        return own.clone();
    };
    let mut merged = shared.clone();
    for (key, value) in own {
        let value = shared.get(key).map_or_else(|| value.clone(), |shared| self::merged(shared, value));
        merged.insert(key.clone(), value);
    }
    Value::Object(merged)
}
