//! `#[shape(…)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, LitInt, LitStr, Token};

/// All that `#[shape(…)]` can say, wherever it stands.
#[derive(Default)]
pub struct Attributes {
    pub name: Option<String>,
    pub wire: Option<String>,
    pub camel: bool,
    pub screaming: bool,
    pub sensitive: bool,
    /// Where the member is in a request or an answer of rest-xml: the variant of `Location`, and the name there.
    pub location: Option<(&'static str, Option<String>)>,
    pub item: Option<String>,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    like: Option<String>,
    unlike: Option<String>,
}

/// Where attributes stand: it decides which make sense.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On {
    Structure,
    Newtype,
    Enumeration,
    Field,
    Variant,
}

impl Attributes {
    /// Reads all `#[shape(…)]` of an item, and refuses those that mean nothing where they stand.
    pub fn read(attributes: &[Attribute], on: On) -> syn::Result<Self> {
        let mut read = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("shape")) {
            attribute.parse_nested_meta(|meta| {
                let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                if !on.allows(&key) {
                    return Err(meta.error(format!("`{key}` means nothing here")));
                }
                match key.as_str() {
                    "camel" => read.camel = true,
                    "screaming" => read.screaming = true,
                    "sensitive" => read.sensitive = true,
                    "label" => read.location = Some(("Label", None)),
                    "payload" => read.location = Some(("Payload", None)),
                    "attribute" => read.location = Some(("Attribute", None)),
                    "min" => read.min = Some(integer(meta.value()?)?),
                    "max" => read.max = Some(integer(meta.value()?)?),
                    _ => {
                        let text = meta.value()?.parse::<LitStr>()?.value();
                        match key.as_str() {
                            "name" => read.name = Some(text),
                            "wire" => read.wire = Some(text),
                            "query" => read.location = Some(("Query", Some(text))),
                            "header" => read.location = Some(("Header", Some(text))),
                            "headers" => read.location = Some(("Headers", Some(text))),
                            "item" => read.item = Some(text),
                            "pattern" => read.pattern = Some(text),
                            "like" => read.like = Some(text),
                            _ => read.unlike = Some(text),
                        }
                    }
                }
                Ok(())
            })?;
        }
        if read.pattern.is_none() && (read.like.is_some() || read.unlike.is_some()) {
            let message = "`like` and `unlike` rewrite a `pattern`: give it too";
            return Err(syn::Error::new_spanned(attributes.last(), message));
        }
        Ok(read)
    }

    /// Whether there is a limit on length, value or form.
    pub const fn is_constrained(&self) -> bool {
        self.min.is_some() || self.max.is_some() || self.pattern.is_some()
    }

    /// An expression of type `Constraints`, fit for a `static`.
    pub fn constraints(&self) -> TokenStream {
        let min = option(self.min.map(|min| quote!(#min)));
        let max = option(self.max.map(|max| quote!(#max)));
        let pattern = option(self.pattern.as_ref().map(|pattern| match (&self.like, &self.unlike) {
            (None, None) => quote!(::bartizan_wire::Pattern::new(#pattern)),
            (like, unlike) => {
                let like = like.as_ref().unwrap_or(pattern);
                let unlike = option(unlike.as_ref().map(|unlike| quote!(#unlike)));
                quote!(::bartizan_wire::Pattern::rewritten(#pattern, #like, #unlike))
            }
        }));
        quote!(::bartizan_wire::Constraints { min: #min, max: #max, pattern: #pattern })
    }
}

impl On {
    fn allows(self, key: &str) -> bool {
        match key {
            "name" => true,
            "wire" | "label" | "payload" | "attribute" | "query" | "header" | "headers" | "item" => self == Self::Field,
            "camel" => self == Self::Structure,
            "screaming" => self == Self::Enumeration,
            "min" | "max" | "pattern" | "like" | "unlike" | "sensitive" => {
                matches!(self, Self::Newtype | Self::Field)
            }
            _ => false,
        }
    }
}

fn integer(value: syn::parse::ParseStream<'_>) -> syn::Result<i64> {
    let minus = value.parse::<Option<Token![-]>>()?.is_some();
    let number: i64 = value.parse::<LitInt>()?.base10_parse()?;
    Ok(if minus { -number } else { number })
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}
