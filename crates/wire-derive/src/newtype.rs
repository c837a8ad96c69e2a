//! Newtypes: a shape under constraints.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Field, FieldsUnnamed, Ident, Type, Visibility};

use crate::attributes::{Attributes, On};
use crate::names;

pub fn expand(input: &DeriveInput, fields: &FieldsUnnamed) -> syn::Result<TokenStream> {
    let attributes = Attributes::read(&input.attrs, On::Newtype)?;
    let field = only_field(fields)?;
    if attributes.is_constrained() && !matches!(field.vis, Visibility::Inherited) {
        return Err(syn::Error::new_spanned(&field.vis, "a constrained newtype keeps its field to itself"));
    }
    let shape = shape(input, field, &attributes);
    let construction = construction(input, field, &attributes);
    let access = access(input, field, &attributes);
    Ok(quote!(#shape #construction #access))
}

fn only_field(fields: &FieldsUnnamed) -> syn::Result<&Field> {
    match (fields.unnamed.first(), fields.unnamed.len()) {
        (Some(field), 1) => Ok(field),
        _ => Err(syn::Error::new_spanned(fields, "a newtype has one field")),
    }
}

/// `Shape` itself, and `Measured` where the inner type can be measured.
fn shape(input: &DeriveInput, field: &Field, attributes: &Attributes) -> TokenStream {
    let ident = &input.ident;
    let inner = &field.ty;
    let place = if attributes.sensitive { quote!(&place.secret()) } else { quote!(place) };
    let show = if attributes.sensitive {
        quote!(::core::option::Option::None)
    } else {
        quote!(<#inner as ::bartizan_wire::Shape>::show(&self.0))
    };
    let (check, within) = if attributes.is_constrained() {
        let constraints = attributes.constraints();
        (
            quote!(Self::constraints().check(&inner, #place, faults).then_some(Self(inner))),
            (quote!(.within(Self::constraints())), Some(constraints)),
        )
    } else {
        (quote!(::core::option::Option::Some(Self(inner))), (TokenStream::new(), None))
    };
    let (within, constraints) = within;
    let constraints = constraints.map(|constraints| {
        quote! {
            impl #ident {
                fn constraints() -> &'static ::bartizan_wire::Constraints {
                    static CONSTRAINTS: ::bartizan_wire::Constraints = #constraints;
                    &CONSTRAINTS
                }
            }
        }
    });
    let sensitive = if attributes.sensitive { quote!(.sensitive()) } else { TokenStream::new() };
    let measured = (Kind::of(inner) != Kind::Other).then(|| {
        quote! {
            #[automatically_derived]
            impl ::bartizan_wire::Measured for #ident {
                fn measure(&self) -> ::bartizan_wire::Measure<'_> {
                    ::bartizan_wire::Measured::measure(&self.0)
                }
            }
        }
    });
    quote! {
        #constraints

        #[automatically_derived]
        impl ::bartizan_wire::Shape for #ident {
            fn from_value(
                value: ::bartizan_wire::Value,
                place: &::bartizan_wire::Place<'_>,
                faults: &mut ::bartizan_wire::Faults,
            ) -> ::core::option::Option<Self> {
                let inner = <#inner as ::bartizan_wire::Shape>::from_value(value, #place, faults)?;
                #check
            }

            fn into_value(self) -> ::bartizan_wire::Value {
                <#inner as ::bartizan_wire::Shape>::into_value(self.0)
            }

            fn schema() -> ::bartizan_wire::Schema {
                <#inner as ::bartizan_wire::Shape>::schema()#within #sensitive
            }

            fn show(&self) -> ::core::option::Option<::std::string::String> {
                #show
            }
        }

        #measured
    }
}

/// The ways in: checked if there is anything to check.
fn construction(input: &DeriveInput, field: &Field, attributes: &Attributes) -> TokenStream {
    let ident = &input.ident;
    let inner = &field.ty;
    let name = names::camel(&attributes.name.clone().unwrap_or_else(|| ident.to_string()));
    let secret = if attributes.sensitive { quote!(.secret()) } else { TokenStream::new() };
    if !attributes.is_constrained() {
        return quote! {
            impl #ident {
                /// Wraps a value.
                pub fn new(inner: impl ::core::convert::Into<#inner>) -> Self {
                    Self(inner.into())
                }
            }

            #[automatically_derived]
            impl ::core::convert::From<#inner> for #ident {
                fn from(inner: #inner) -> Self {
                    Self(inner)
                }
            }
        };
    }
    let from_str = (Kind::of(inner) == Kind::Text).then(|| {
        quote! {
            #[automatically_derived]
            impl ::core::str::FromStr for #ident {
                type Err = ::bartizan_wire::Faults;

                fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                    Self::new(text)
                }
            }
        }
    });
    quote! {
        impl #ident {
            /// Checks and wraps a value.
            ///
            /// # Errors
            /// The value does not satisfy the shape's constraints.
            pub fn new(
                inner: impl ::core::convert::Into<#inner>,
            ) -> ::core::result::Result<Self, ::bartizan_wire::Faults> {
                let inner = inner.into();
                let mut faults = ::bartizan_wire::Faults::new();
                if Self::constraints().check(&inner, &::bartizan_wire::Place::named(#name)#secret, &mut faults) {
                    ::core::result::Result::Ok(Self(inner))
                } else {
                    ::core::result::Result::Err(faults)
                }
            }
        }

        #[automatically_derived]
        impl ::core::convert::TryFrom<#inner> for #ident {
            type Error = ::bartizan_wire::Faults;

            fn try_from(inner: #inner) -> ::core::result::Result<Self, Self::Error> {
                Self::new(inner)
            }
        }

        #from_str
    }
}

/// The ways out.
fn access(input: &DeriveInput, field: &Field, attributes: &Attributes) -> TokenStream {
    let ident = &input.ident;
    let inner = &field.ty;
    let by_kind = match Kind::of(inner) {
        Kind::Text => text_access(ident, attributes.sensitive),
        Kind::Number => quote! {
            impl #ident {
                /// The number.
                pub const fn get(&self) -> #inner {
                    self.0
                }
            }
        },
        Kind::List => quote! {
            impl #ident {
                /// The items in order.
                pub fn as_slice(&self) -> &[<#inner as ::core::iter::IntoIterator>::Item] {
                    self.0.as_slice()
                }
            }
        },
        Kind::Map | Kind::Other => quote! {
            impl #ident {
                /// What is wrapped.
                pub const fn get(&self) -> &#inner {
                    &self.0
                }
            }
        },
    };
    quote! {
        impl #ident {
            /// Unwraps the value.
            pub fn into_inner(self) -> #inner {
                self.0
            }
        }

        #by_kind
    }
}

fn text_access(ident: &Ident, sensitive: bool) -> TokenStream {
    let display = (!sensitive).then(|| {
        quote! {
            #[automatically_derived]
            impl ::core::fmt::Display for #ident {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.pad(&self.0)
                }
            }
        }
    });
    quote! {
        impl #ident {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        #[automatically_derived]
        impl ::core::convert::AsRef<str> for #ident {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        #display
    }
}

/// What is inside, as far as the ways in and out depend on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    List,
    Map,
    Other,
}

impl Kind {
    fn of(ty: &Type) -> Self {
        let Type::Path(path) = ty else {
            return Self::Other;
        };
        let name = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        match name.as_str() {
            "String" => Self::Text,
            "i32" | "i64" | "f64" => Self::Number,
            "Vec" => Self::List,
            "BTreeMap" | "Blob" => Self::Map,
            _ => Self::Other,
        }
    }
}
