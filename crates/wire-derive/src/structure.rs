//! Structs with named fields.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{DeriveInput, Field, Ident, Type};

use crate::attributes::{Attributes, On};
use crate::names;

/// One field: its name in Rust, its names at AWS, what it holds.
struct Member {
    field: Ident,
    name: String,
    wire: String,
    required: bool,
    shape: TokenStream,
    attributes: Attributes,
}

pub fn expand<'a>(input: &DeriveInput, fields: impl Iterator<Item = &'a Field>) -> syn::Result<TokenStream> {
    let container = Attributes::read(&input.attrs, On::Structure)?;
    let members = fields.map(|field| Member::read(field, container.camel)).collect::<syn::Result<Vec<_>>>()?;

    let ident = &input.ident;
    let shape_name = container.name.unwrap_or_else(|| ident.to_string());
    let fields: Vec<&Ident> = members.iter().map(|member| &member.field).collect();
    // Fields are read into variables of our own, which cannot collide with a parameter's name.
    let slots: Vec<Ident> = (0..members.len()).map(|position| format_ident!("member_{position}")).collect();
    let wires = members.iter().map(|member| &member.wire);
    let reads = members.iter().zip(&slots).map(|(member, slot)| member.read_from(slot));
    let writes = members.iter().map(Member::write);
    let schemas = members.iter().map(Member::schema);
    let count = members.len();
    let output = if members.is_empty() {
        quote!(::bartizan_wire::Value::Structure(::std::vec::Vec::new()))
    } else {
        quote! {
            let mut members = ::std::vec::Vec::with_capacity(#count);
            #(#writes)*
            ::bartizan_wire::Value::Structure(members)
        }
    };
    let place = if members.is_empty() { quote!(_) } else { quote!(place) };

    Ok(quote! {
        #[automatically_derived]
        impl ::bartizan_wire::Shape for #ident {
            fn from_value(
                value: ::bartizan_wire::Value,
                #place: &::bartizan_wire::Place<'_>,
                faults: &mut ::bartizan_wire::Faults,
            ) -> ::core::option::Option<Self> {
                static NAMES: [&str; #count] = [#(#wires),*];
                let [#(#slots),*] = ::bartizan_wire::derive::members(value, &NAMES, faults)?;
                // Every member is read before any fault ends it, so that all faults are noted.
                #(#reads)*
                ::core::option::Option::Some(Self { #(#fields: #slots?),* })
            }

            fn into_value(self) -> ::bartizan_wire::Value {
                #output
            }

            fn schema() -> ::bartizan_wire::Schema {
                ::bartizan_wire::Schema::Structure {
                    name: #shape_name,
                    members: ::std::vec![#(#schemas),*],
                }
            }
        }
    })
}

impl Member {
    fn read(field: &Field, camel: bool) -> syn::Result<Self> {
        let attributes = Attributes::read(&field.attrs, On::Field)?;
        let ident = field.ident.clone().ok_or_else(|| syn::Error::new_spanned(field, "a member has a name"))?;
        let name = attributes.name.clone().unwrap_or_else(|| {
            let name = names::pascal(&ident.unraw().to_string());
            if camel { names::camel(&name) } else { name }
        });
        let elsewhere = attributes.location.as_ref().and_then(|(_, name)| name.clone());
        let wire = elsewhere.or_else(|| attributes.wire.clone()).unwrap_or_else(|| name.clone());
        let inner = inside_option(&field.ty);
        Ok(Self {
            field: ident,
            name,
            wire,
            required: inner.is_none(),
            shape: inner.unwrap_or(&field.ty).to_token_stream(),
            attributes,
        })
    }

    fn read_from(&self, slot: &Ident) -> TokenStream {
        let Self { wire, shape, attributes, .. } = self;
        let secret = if attributes.sensitive { quote!(.secret()) } else { TokenStream::new() };
        let place = quote!(&place.member(#wire)#secret);
        let function = match (self.required, attributes.is_constrained()) {
            (true, false) => quote!(required),
            (true, true) => quote!(required_within),
            (false, false) => quote!(optional),
            (false, true) => quote!(optional_within),
        };
        if attributes.is_constrained() {
            let constraints = attributes.constraints();
            quote! {
                let #slot = {
                    static CONSTRAINTS: ::bartizan_wire::Constraints = #constraints;
                    ::bartizan_wire::derive::#function::<#shape>(#slot, &CONSTRAINTS, #place, faults)
                };
            }
        } else {
            quote!(let #slot = ::bartizan_wire::derive::#function::<#shape>(#slot, #place, faults);)
        }
    }

    fn write(&self) -> TokenStream {
        let Self { field, wire, shape, .. } = self;
        let push = |value: TokenStream| {
            quote! {
                members.push((
                    ::std::borrow::Cow::Borrowed(#wire),
                    <#shape as ::bartizan_wire::Shape>::into_value(#value),
                ));
            }
        };
        if self.required {
            push(quote!(self.#field))
        } else {
            let push = push(quote!(value));
            quote!(if let ::core::option::Option::Some(value) = self.#field { #push })
        }
    }

    fn schema(&self) -> TokenStream {
        let Self { name, wire, required, shape, attributes, .. } = self;
        let mut schema = quote!(<#shape as ::bartizan_wire::Shape>::schema());
        if attributes.is_constrained() {
            let constraints = attributes.constraints();
            schema.extend(quote!(.within(&#constraints)));
        }
        let sensitive = attributes.sensitive;
        let location = format_ident!("{}", attributes.location.as_ref().map_or("Body", |(location, _)| location));
        let item = attributes.item.as_deref().unwrap_or_default();
        quote! {
            {
                let schema = #schema;
                ::bartizan_wire::Member {
                    name: #name,
                    wire_name: #wire,
                    required: #required,
                    sensitive: #sensitive || schema.traits().sensitive,
                    location: ::bartizan_wire::Location::#location,
                    item: #item,
                    schema,
                }
            }
        }
    }
}

/// The `T` of an `Option<T>`.
fn inside_option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}
