//! The [rest-xml protocol](https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html), which Amazon S3 speaks: members
//! in the path, the query string, headers and an XML body, each where its schema says.

mod reader;
mod writer;

pub use reader::{Labels, Request, decode, matches};
pub use writer::{encode, encode_error};

use crate::Malformed;

/// A body that is no XML, or not the XML that the operation takes.
fn malformed_xml() -> Malformed {
    Malformed::coded(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

#[cfg(test)]
mod tests;
