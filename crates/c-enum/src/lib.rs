//! Declares a C enumeration once, for two readers.
#![forbid(unsafe_code)]
use proc_macro::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Result, parse_macro_input};

/// Turns an `enum` into an integer type and one constant a variant.
///
/// C may pass any number where its header says `enum`, and in Rust an `enum` that holds a number without a variant is
/// undefined behaviour; so the exported functions take integers. cbindgen reads the source before this attribute acts
/// and writes a true C enumeration into the header. Every variant has its value written out.
///
/// ```
/// #[c_enum::c_enum]
/// #[repr(C)]
/// pub enum coap_pdu_type_t {
///     COAP_MESSAGE_CON = 0,
///     COAP_MESSAGE_NON = 1,
/// }
///
/// let anything_c_may_pass: coap_pdu_type_t = 17;
/// assert_ne!(anything_c_may_pass, COAP_MESSAGE_NON);
/// ```
#[proc_macro_attribute]
pub fn c_enum(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    integers(&item).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn integers(item: &DeriveInput) -> Result<proc_macro2::TokenStream> {
    let Data::Enum(body) = &item.data else {
        return Err(Error::new_spanned(item, "only an enum declares a C enumeration"));
    };
    let (name, visibility, docs) = (&item.ident, &item.vis, docs(&item.attrs));
    let constants = body.variants.iter().map(|variant| {
        let (constant, docs) = (&variant.ident, self::docs(&variant.attrs));
        let value: &Expr = match &variant.discriminant {
            Some((_, value)) => value,
            None => return Err(Error::new_spanned(variant, "the value is part of the ABI: write it out")),
        };
        Ok(quote! { #(#docs)* #visibility const #constant: #name = #value; })
    });
    let constants = constants.collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        #(#docs)*
        #[allow(non_camel_case_types)]
        #visibility type #name = ::std::ffi::c_uint;
        #(#constants)*
    })
}

fn docs(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).collect()
}
