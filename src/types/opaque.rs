//! Objects that C only names. A pointer to a graph object is a lookup key and never dereferenced; `coap_pdu_t` and
//! `coap_cache_key_t` are C's to own.
//!
//! Without `repr(C)` cbindgen declares them without showing what is inside.
#![allow(non_camel_case_types)] // libcoap's own names

/// A request whose answer is put off.
#[derive(Debug)]
pub struct coap_async_t([u8; 0]);

/// A name and value that `/.well-known/core` shows of a resource.
#[derive(Debug)]
pub struct coap_attr_t([u8; 0]);

/// What an endpoint tells its sessions apart by. Only the name is public.
#[derive(Debug)]
pub struct coap_addr_hash_t([u8; 0]);

/// A cached exchange.
#[derive(Debug)]
pub struct coap_cache_entry_t([u8; 0]);

/// The digest of a request that cached exchanges are found by.
#[derive(Debug)]
pub struct coap_cache_key_t([u8; 0]);

/// What everything else belongs to: endpoints, sessions, resources, handlers.
#[derive(Debug)]
pub struct coap_context_t([u8; 0]);

/// A local address that a server listens on.
#[derive(Debug)]
pub struct coap_endpoint_t([u8; 0]);

/// A body that a client receives in blocks. Only the name is public.
#[derive(Debug)]
pub struct coap_lg_crcv_t([u8; 0]);

/// A body that a server receives in blocks. Only the name is public.
#[derive(Debug)]
pub struct coap_lg_srcv_t([u8; 0]);

/// A body that is sent in blocks. Only the name is public.
#[derive(Debug)]
pub struct coap_lg_xmit_t([u8; 0]);

/// What `coap_new_oscore_conf()` read.
#[derive(Debug)]
pub struct coap_oscore_conf_t([u8; 0]);

/// A packet as it was received. Only the name is public.
#[derive(Debug)]
pub struct coap_packet_t([u8; 0]);

/// A message.
#[derive(Debug)]
pub struct coap_pdu_t([u8; 0]);

/// The proxy's sessions to other servers. Only the name is public.
#[derive(Debug)]
pub struct coap_proxy_list_t([u8; 0]);

/// A message that waits to be sent again. Only the name is public.
#[derive(Debug)]
pub struct coap_queue_t([u8; 0]);

/// What a server answers for, under one path.
#[derive(Debug)]
pub struct coap_resource_t([u8; 0]);

/// The exchange of messages with one peer over one transport.
#[derive(Debug)]
pub struct coap_session_t([u8; 0]);

/// A socket of the library. Only the name is public.
#[derive(Debug)]
pub struct coap_socket_t([u8; 0]);

/// An abbreviation of a path (draft-ietf-core-uri-path-abbrev). Only the name is public yet.
#[derive(Debug)]
pub struct coap_upa_abbrev_t([u8; 0]);

/// A client's interest in a resource (RFC 7641).
#[derive(Debug)]
pub struct coap_subscription_t([u8; 0]);
