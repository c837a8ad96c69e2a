//! Enums of unit variants: strings with a set of values.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, DeriveInput, Fields, Ident, Variant};

use crate::attributes::{Attributes, On};
use crate::names;

pub fn expand(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let container = Attributes::read(&input.attrs, On::Enumeration)?;
    if data.variants.is_empty() {
        return Err(syn::Error::new_spanned(&input.ident, "an enumeration has values"));
    }
    let values = data
        .variants
        .iter()
        .map(|variant| value(variant, container.screaming))
        .collect::<syn::Result<Vec<String>>>()?;
    let ident = &input.ident;
    let variants: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let positions = 0..variants.len();
    let count = variants.len();
    let place = names::camel(&container.name.unwrap_or_else(|| ident.to_string()));

    Ok(quote! {
        impl #ident {
            /// All values, in the order of the model.
            pub const VALUES: [&'static str; #count] = [#(#values),*];

            /// The value's name at AWS.
            pub const fn as_str(&self) -> &'static str {
                match self {
                    #(Self::#variants => #values),*
                }
            }
        }

        #[automatically_derived]
        impl ::bartizan_wire::Shape for #ident {
            fn from_value(
                value: ::bartizan_wire::Value,
                place: &::bartizan_wire::Place<'_>,
                faults: &mut ::bartizan_wire::Faults,
            ) -> ::core::option::Option<Self> {
                match ::bartizan_wire::derive::enumerated(value, &Self::VALUES, place, faults)? {
                    #(#positions => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn into_value(self) -> ::bartizan_wire::Value {
                ::bartizan_wire::Value::String(self.as_str().to_owned())
            }

            fn schema() -> ::bartizan_wire::Schema {
                ::bartizan_wire::Schema::String {
                    traits: ::bartizan_wire::Traits::NONE,
                    values: &Self::VALUES,
                }
            }

            fn show(&self) -> ::core::option::Option<::std::string::String> {
                ::core::option::Option::Some(self.as_str().to_owned())
            }
        }

        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = ::bartizan_wire::Faults;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                let mut faults = ::bartizan_wire::Faults::new();
                let value = ::bartizan_wire::Value::String(text.to_owned());
                <Self as ::bartizan_wire::Shape>::from_value(
                    value,
                    &::bartizan_wire::Place::named(#place),
                    &mut faults,
                )
                .ok_or(faults)
            }
        }
    })
}

fn value(variant: &Variant, screaming: bool) -> syn::Result<String> {
    if !matches!(variant.fields, Fields::Unit) {
        return Err(syn::Error::new_spanned(&variant.fields, "a value of an enumeration holds nothing"));
    }
    let attributes = Attributes::read(&variant.attrs, On::Variant)?;
    let name = variant.ident.to_string();
    Ok(attributes.name.unwrap_or_else(|| if screaming { names::screaming(&name) } else { name }))
}
