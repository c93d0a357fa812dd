//! Objects that C only names. A pointer to one of them is a lookup key, never dereferenced.
#![allow(non_camel_case_types, missing_docs)]

#[repr(C)]
#[derive(Debug)]
pub struct coap_async_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_lg_xmit_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_lg_crcv_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_lg_srcv_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_cache_entry_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_cache_key_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_packet_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_socket_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_context_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_queue_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_oscore_conf_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_pdu_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_attr_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_resource_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_addr_hash_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_endpoint_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_session_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_subscription_t([u8; 0]);
#[repr(C)]
#[derive(Debug)]
pub struct coap_proxy_list_t([u8; 0]);
