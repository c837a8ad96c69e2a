//! `#[derive(Shape)]`: how a type of an AWS API is read from a value and turned into one.
//!
//! It is the only macro of the project. What it makes is straight-line code: no tables are built when
//! the program runs, and names stay borrowed.

mod attributes;
mod enumeration;
mod names;
mod newtype;
mod structure;

use proc_macro::TokenStream;
use syn::{Data, DeriveInput, Fields};

/// Implements `bartizan_wire::Shape`.
///
/// **Structs with named fields** are structures. A member's name is its field's in PascalCase
/// (`kms_key_arn` is `KmsKeyArn`). A field of type `Option<…>` may be absent, any other must be there.
///
/// **Newtypes**, `struct UserName(String);`, are their inner shape under constraints. If they have any,
/// the field is private and `new`, `TryFrom` and `FromStr` check; on the way out there are `as_str`,
/// `AsRef<str>` and `Display` for strings, `as_slice` for lists, `get` for numbers, and `into_inner`.
///
/// **Enums of unit variants** are strings with a set of values: the variants' names. They get `VALUES`,
/// `as_str`, `Display` and `FromStr`.
///
/// | attribute | on | means |
/// |---|---|---|
/// | `name = "…"` | type, field, variant | the name in AWS's model |
/// | `wire = "…"` | field | the name on the wire, where it is another |
/// | `camel` | struct | member names in lowerCamelCase |
/// | `screaming` | enum | values in SCREAMING_SNAKE_CASE |
/// | `min = 1`, `max = 64` | newtype, field | least and greatest length or value |
/// | `pattern = "…"` | newtype, field | the form, as AWS's model has it |
/// | `like = "…"`, `unlike = "…"` | with `pattern` | what to match instead of a pattern with look-around |
/// | `label`, `query = "…"`, `header = "…"`, `headers = "…"`, `payload` | field | in rest-xml: where it is, if not in the body |
/// | `item = "…"`, `attribute` | field | in XML: what a list's items are called, if not as the list; an attribute |
/// | `sensitive` | newtype, field | never echoed in faults, never in the audit trail |
#[proc_macro_derive(Shape, attributes(shape))]
pub fn derive_shape(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(&input.generics, "shapes of AWS's models have no parameters"));
    }
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => structure::expand(input, fields.named.iter()),
            Fields::Unit => structure::expand(input, std::iter::empty()),
            Fields::Unnamed(fields) => newtype::expand(input, fields),
        },
        Data::Enum(data) => enumeration::expand(input, data),
        Data::Union(_) => Err(syn::Error::new_spanned(&input.ident, "a union is no shape")),
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn what_is_no_shape_is_refused() {
        for (source, message) in [
            ("struct S<T> { a: T }", "no parameters"),
            ("union U { a: u8 }", "a union is no shape"),
            ("struct S(String, String);", "one field"),
            ("struct S();", "one field"),
            ("enum E {}", "an enumeration has values"),
            ("enum E { A(u8) }", "holds nothing"),
            ("#[shape(max = 1)] struct S(pub String);", "keeps its field to itself"),
            ("#[shape(max = 1)] struct S { a: String }", "`max` means nothing here"),
            ("#[shape(camel)] enum E { A }", "`camel` means nothing here"),
            ("#[shape(screaming)] struct S;", "`screaming` means nothing here"),
            ("struct S { #[shape(maximum = 1)] a: String }", "`maximum` means nothing here"),
            ("enum E { #[shape(wire = \"a\")] A }", "`wire` means nothing here"),
            ("struct S { #[shape(unlike = \"a\")] a: String }", "rewrite a `pattern`"),
            ("struct S { #[shape(min = \"a\")] a: String }", "expected integer literal"),
        ] {
            let refused = syn::parse_str(source).and_then(|input| expand(&input));
            let refused = refused.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(refused.contains(message), "{source}: {refused}");
        }
    }
}
