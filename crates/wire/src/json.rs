//! JSON, as the protocols [JSON 1.1](https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html) and
//! [rest-json](https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html) have it in bodies.

mod reader;
mod writer;

pub use reader::decode;
pub use writer::{Members, encode, write};
pub(crate) use writer::{double, list, string};

#[cfg(test)]
mod tests;
