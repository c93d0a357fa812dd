/*
 * The interface of libcoap 4.3.4, as Ferrocoap serves it. A program includes <coap3/coap.h> and nothing more.
 *
 * Generated from src/ by `cargo xtask`: do not edit. What is written by hand stands in coap_c.h, which is
 * included twice: what the declarations here need, and what needs them.
 */

#ifndef COAP_H_
#define COAP_H_

#define COAP_C_BEFORE
#include "coap_c.h"
#undef COAP_C_BEFORE

/** The scheme of a URI. Bit 0 says whether it is a secure one. */
typedef enum coap_uri_scheme_t {
  /** `coap`: UDP. */
  COAP_URI_SCHEME_COAP = 0,
  /** `coaps`: DTLS over UDP. */
  COAP_URI_SCHEME_COAPS = 1,
  /** `coap+tcp`. */
  COAP_URI_SCHEME_COAP_TCP = 2,
  /** `coaps+tcp`: TLS over TCP. */
  COAP_URI_SCHEME_COAPS_TCP = 3,
  /** `http`, of a Proxy-Uri. */
  COAP_URI_SCHEME_HTTP = 4,
  /** `https`, of a Proxy-Uri. */
  COAP_URI_SCHEME_HTTPS = 5,
  /** `coap+ws`: WebSockets. */
  COAP_URI_SCHEME_COAP_WS = 6,
  /** `coaps+ws`: WebSockets over TLS. */
  COAP_URI_SCHEME_COAPS_WS = 7,
  /** How many schemes there are. */
  COAP_URI_SCHEME_LAST = 8,
} coap_uri_scheme_t;

/** The transport of a session or endpoint. */
typedef enum coap_proto_t {
  /** No transport yet. */
  COAP_PROTO_NONE = 0,
  /** UDP. */
  COAP_PROTO_UDP = 1,
  /** DTLS over UDP. */
  COAP_PROTO_DTLS = 2,
  /** TCP. */
  COAP_PROTO_TCP = 3,
  /** TLS over TCP. */
  COAP_PROTO_TLS = 4,
  /** WebSockets over TCP. */
  COAP_PROTO_WS = 5,
  /** WebSockets over TLS. */
  COAP_PROTO_WSS = 6,
  /** How many transports there are. */
  COAP_PROTO_LAST = 7,
} coap_proto_t;

/** What an address is resolved for, by `coap_resolve_address_info()`. */
typedef enum coap_resolve_type_t {
  /** To listen on; no name means every address. */
  COAP_RESOLVE_TYPE_LOCAL = 0,
  /** To send to. */
  COAP_RESOLVE_TYPE_REMOTE = 1,
} coap_resolve_type_t;

/** The type of a message over UDP. Reliable transports have none: every PDU there is `COAP_MESSAGE_CON`. */
typedef enum coap_pdu_type_t {
  /** Confirmable: sent again until it is acknowledged. */
  COAP_MESSAGE_CON = 0,
  /** Non-confirmable: sent once. */
  COAP_MESSAGE_NON = 1,
  /** Acknowledgement, alone or with the response in it. */
  COAP_MESSAGE_ACK = 2,
  /** Reset: the message came, and the receiver has no use for it. */
  COAP_MESSAGE_RST = 3,
} coap_pdu_type_t;

/** Whether a cache key holds for one session only. */
typedef enum coap_cache_session_based_t {
  /** For all sessions. */
  COAP_CACHE_NOT_SESSION_BASED = 0,
  /** For the session that it was made from. */
  COAP_CACHE_IS_SESSION_BASED = 1,
} coap_cache_session_based_t;

/** Whether a cache entry keeps a copy of its PDU. */
typedef enum coap_cache_record_pdu_t {
  /** It does not. */
  COAP_CACHE_NOT_RECORD_PDU = 0,
  /** It does. */
  COAP_CACHE_RECORD_PDU = 1,
} coap_cache_record_pdu_t;

/** How much a log line matters; the numbers are syslog's up to `COAP_LOG_DEBUG`. */
typedef enum coap_log_t {
  /** The system is unusable. */
  COAP_LOG_EMERG = 0,
  /** Somebody must act at once. */
  COAP_LOG_ALERT = 1,
  /** Critical. */
  COAP_LOG_CRIT = 2,
  /** An error. */
  COAP_LOG_ERR = 3,
  /** Something is odd. */
  COAP_LOG_WARN = 4,
  /** Normal, but of note. */
  COAP_LOG_NOTICE = 5,
  /** For information. */
  COAP_LOG_INFO = 6,
  /** For whoever looks for a fault: every PDU is shown. */
  COAP_LOG_DEBUG = 7,
  /** The inside of OSCORE. */
  COAP_LOG_OSCORE = 8,
  /** Lines of the TLS library; its own level is added. */
  COAP_LOG_DTLS_BASE = 9,
} coap_log_t;

/** The TLS library underneath, as `coap_get_tls_library_version()` reports it. */
typedef enum coap_tls_library_t {
  /** None. */
  COAP_TLS_LIBRARY_NOTLS = 0,
  /** TinyDTLS. */
  COAP_TLS_LIBRARY_TINYDTLS = 1,
  /** OpenSSL. */
  COAP_TLS_LIBRARY_OPENSSL = 2,
  /** GnuTLS. */
  COAP_TLS_LIBRARY_GNUTLS = 3,
  /** Mbed TLS. */
  COAP_TLS_LIBRARY_MBEDTLS = 4,
  /** wolfSSL. */
  COAP_TLS_LIBRARY_WOLFSSL = 5,
  /** Ferrocoap's own, which libcoap does not know: nothing of it can be reached from C. */
  COAP_TLS_LIBRARY_FERROCOAP = 1000,
} coap_tls_library_t;

/** What happened to a session. */
typedef enum coap_event_t {
  /** (D)TLS closed. */
  COAP_EVENT_DTLS_CLOSED = 0,
  /** (D)TLS handshake done. */
  COAP_EVENT_DTLS_CONNECTED = 478,
  /** (D)TLS negotiates anew. */
  COAP_EVENT_DTLS_RENEGOTIATE = 479,
  /** (D)TLS failed. */
  COAP_EVENT_DTLS_ERROR = 512,
  /** TCP connected. */
  COAP_EVENT_TCP_CONNECTED = 4097,
  /** TCP closed. */
  COAP_EVENT_TCP_CLOSED = 4098,
  /** TCP connection could not be made, or broke. */
  COAP_EVENT_TCP_FAILED = 4099,
  /** Capabilities and Settings exchanged: the session can be used (reliable transports). */
  COAP_EVENT_SESSION_CONNECTED = 8193,
  /** The session closed (reliable transports). */
  COAP_EVENT_SESSION_CLOSED = 8194,
  /** Capabilities and Settings were not exchanged (reliable transports). */
  COAP_EVENT_SESSION_FAILED = 8195,
  /** Blocks of a body were not received in time. */
  COAP_EVENT_PARTIAL_BLOCK = 12289,
  /** Blocks of a body could not be sent. */
  COAP_EVENT_XMIT_BLOCK_FAIL = 12290,
  /** A server session came to be. */
  COAP_EVENT_SERVER_SESSION_NEW = 16385,
  /** A server session is about to be freed. */
  COAP_EVENT_SERVER_SESSION_DEL = 16386,
  /** A packet came that is no CoAP message. */
  COAP_EVENT_BAD_PACKET = 20481,
  /** A confirmable message was sent again. */
  COAP_EVENT_MSG_RETRANSMITTED = 20482,
  /** OSCORE: a message could not be decrypted. */
  COAP_EVENT_OSCORE_DECRYPTION_FAILURE = 24577,
  /** OSCORE: a protected message came, and the session has no OSCORE. */
  COAP_EVENT_OSCORE_NOT_ENABLED = 24578,
  /** OSCORE: a protected message has no payload. */
  COAP_EVENT_OSCORE_NO_PROTECTED_PAYLOAD = 24579,
  /** OSCORE: no security context fits. */
  COAP_EVENT_OSCORE_NO_SECURITY = 24580,
  /** OSCORE: an internal error. */
  COAP_EVENT_OSCORE_INTERNAL_ERROR = 24581,
  /** OSCORE: a message could not be decoded. */
  COAP_EVENT_OSCORE_DECODE_ERROR = 24582,
  /** WebSockets: a packet is larger than was agreed. */
  COAP_EVENT_WS_PACKET_SIZE = 28673,
  /** WebSockets: connected. */
  COAP_EVENT_WS_CONNECTED = 28674,
  /** WebSockets: closed. */
  COAP_EVENT_WS_CLOSED = 28675,
  /** The peer does not answer keepalives. */
  COAP_EVENT_KEEPALIVE_FAILURE = 32769,
} coap_event_t;

/** What memory of `coap_malloc_type()` is for. */
typedef enum coap_memory_tag_t {
  /** A string. */
  COAP_STRING = 0,
  /** An attribute's name. */
  COAP_ATTRIBUTE_NAME = 1,
  /** An attribute's value. */
  COAP_ATTRIBUTE_VALUE = 2,
  /** A packet. */
  COAP_PACKET = 3,
  /** An entry of a send queue. */
  COAP_NODE = 4,
  /** A context. */
  COAP_CONTEXT = 5,
  /** An endpoint. */
  COAP_ENDPOINT = 6,
  /** A PDU. */
  COAP_PDU = 7,
  /** The bytes of a PDU. */
  COAP_PDU_BUF = 8,
  /** A resource. */
  COAP_RESOURCE = 9,
  /** A resource's attribute. */
  COAP_RESOURCEATTR = 10,
  /** A DTLS session. */
  COAP_DTLS_SESSION = 11,
  /** A session. */
  COAP_SESSION = 12,
  /** An entry of an option list. */
  COAP_OPTLIST = 13,
  /** A cache key. */
  COAP_CACHE_KEY = 14,
  /** A cache entry. */
  COAP_CACHE_ENTRY = 15,
  /** A body that is being sent. */
  COAP_LG_XMIT = 16,
  /** A body that a client receives. */
  COAP_LG_CRCV = 17,
  /** A body that a server receives. */
  COAP_LG_SRCV = 18,
  /** A digest's state. */
  COAP_DIGEST_CTX = 19,
  /** A subscription. */
  COAP_SUBSCRIPTION = 20,
  /** A DTLS context. */
  COAP_DTLS_CONTEXT = 21,
  /** OSCORE: a common context. */
  COAP_OSCORE_COM = 22,
  /** OSCORE: a sender context. */
  COAP_OSCORE_SEN = 23,
  /** OSCORE: a recipient context. */
  COAP_OSCORE_REC = 24,
  /** OSCORE: an exchange. */
  COAP_OSCORE_EX = 25,
  /** OSCORE: an endpoint. */
  COAP_OSCORE_EP = 26,
  /** OSCORE: a buffer. */
  COAP_OSCORE_BUF = 27,
  /** COSE. */
  COAP_COSE = 28,
  /** How many kinds there are. */
  COAP_MEM_TAG_LAST = 29,
} coap_memory_tag_t;

/** What a response handler made of a response. */
typedef enum coap_response_t {
  /** Not acceptable: a Reset goes back where the protocol has one. */
  COAP_RESPONSE_FAIL = 0,
  /** Taken. */
  COAP_RESPONSE_OK = 1,
} coap_response_t;

/**
 * Why a message that was sent has no response: what a `coap_nack_handler_t` is
 * told.
 */
typedef enum coap_nack_reason_t {
  /** No acknowledgement came, however often it was sent. */
  COAP_NACK_TOO_MANY_RETRIES = 0,
  /** It cannot be sent, or the session closed before it was answered. */
  COAP_NACK_NOT_DELIVERABLE = 1,
  /** The peer answered with a Reset. */
  COAP_NACK_RST = 2,
  /** The TLS handshake failed. */
  COAP_NACK_TLS_FAILED = 3,
  /**
   * The network reports the peer as unreachable. The message is still sent again, until its retries are used up.
   */
  COAP_NACK_ICMP_ISSUE = 4,
  /** A response came that cannot be used. */
  COAP_NACK_BAD_RESPONSE = 5,
  /** The TLS layer could not be set up. */
  COAP_NACK_TLS_LAYER_FAILED = 6,
  /** The WebSocket layer could not be set up. */
  COAP_NACK_WS_LAYER_FAILED = 7,
  /** The WebSocket handshake failed. */
  COAP_NACK_WS_FAILED = 8,
} coap_nack_reason_t;

/** The code of a message: its class in the upper three bits, its detail in the lower five. */
typedef enum coap_pdu_code_t {
  /** 0.00: neither request nor response. */
  COAP_EMPTY_CODE = 0,
  /** 0.01 GET. */
  COAP_REQUEST_CODE_GET = 1,
  /** 0.02 POST. */
  COAP_REQUEST_CODE_POST = 2,
  /** 0.03 PUT. */
  COAP_REQUEST_CODE_PUT = 3,
  /** 0.04 DELETE. */
  COAP_REQUEST_CODE_DELETE = 4,
  /** 0.05 FETCH. */
  COAP_REQUEST_CODE_FETCH = 5,
  /** 0.06 PATCH. */
  COAP_REQUEST_CODE_PATCH = 6,
  /** 0.07 iPATCH. */
  COAP_REQUEST_CODE_IPATCH = 7,
  /** 2.01 Created. */
  COAP_RESPONSE_CODE_CREATED = 65,
  /** 2.02 Deleted. */
  COAP_RESPONSE_CODE_DELETED = 66,
  /** 2.03 Valid: the ETag that was asked about still holds. */
  COAP_RESPONSE_CODE_VALID = 67,
  /** 2.04 Changed. */
  COAP_RESPONSE_CODE_CHANGED = 68,
  /** 2.05 Content. */
  COAP_RESPONSE_CODE_CONTENT = 69,
  /** 2.31 Continue: send the next block (RFC 7959). */
  COAP_RESPONSE_CODE_CONTINUE = 95,
  /** 4.00 Bad Request. */
  COAP_RESPONSE_CODE_BAD_REQUEST = 128,
  /** 4.01 Unauthorized. */
  COAP_RESPONSE_CODE_UNAUTHORIZED = 129,
  /** 4.02 Bad Option: a critical option is not understood. */
  COAP_RESPONSE_CODE_BAD_OPTION = 130,
  /** 4.03 Forbidden. */
  COAP_RESPONSE_CODE_FORBIDDEN = 131,
  /** 4.04 Not Found. */
  COAP_RESPONSE_CODE_NOT_FOUND = 132,
  /** 4.05 Method Not Allowed. */
  COAP_RESPONSE_CODE_NOT_ALLOWED = 133,
  /** 4.06 Not Acceptable: no representation in the format that Accept names. */
  COAP_RESPONSE_CODE_NOT_ACCEPTABLE = 134,
  /** 4.08 Request Entity Incomplete: blocks are missing (RFC 7959). */
  COAP_RESPONSE_CODE_INCOMPLETE = 136,
  /** 4.09 Conflict (RFC 8132). */
  COAP_RESPONSE_CODE_CONFLICT = 137,
  /** 4.12 Precondition Failed. */
  COAP_RESPONSE_CODE_PRECONDITION_FAILED = 140,
  /** 4.13 Request Entity Too Large. */
  COAP_RESPONSE_CODE_REQUEST_TOO_LARGE = 141,
  /** 4.15 Unsupported Content-Format. */
  COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT = 143,
  /** 4.22 Unprocessable Entity (RFC 8132). */
  COAP_RESPONSE_CODE_UNPROCESSABLE = 150,
  /** 4.29 Too Many Requests (RFC 8516). */
  COAP_RESPONSE_CODE_TOO_MANY_REQUESTS = 157,
  /** 5.00 Internal Server Error. */
  COAP_RESPONSE_CODE_INTERNAL_ERROR = 160,
  /** 5.01 Not Implemented. */
  COAP_RESPONSE_CODE_NOT_IMPLEMENTED = 161,
  /** 5.02 Bad Gateway. */
  COAP_RESPONSE_CODE_BAD_GATEWAY = 162,
  /** 5.03 Service Unavailable; Max-Age says when to try again. */
  COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE = 163,
  /** 5.04 Gateway Timeout. */
  COAP_RESPONSE_CODE_GATEWAY_TIMEOUT = 164,
  /** 5.05 Proxying Not Supported. */
  COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED = 165,
  /** 5.08 Hop Limit Reached (RFC 8768). */
  COAP_RESPONSE_CODE_HOP_LIMIT_REACHED = 168,
  /** 7.01 Capabilities and Settings. */
  COAP_SIGNALING_CODE_CSM = 225,
  /** 7.02 Ping. */
  COAP_SIGNALING_CODE_PING = 226,
  /** 7.03 Pong. */
  COAP_SIGNALING_CODE_PONG = 227,
  /** 7.04 Release. */
  COAP_SIGNALING_CODE_RELEASE = 228,
  /** 7.05 Abort. */
  COAP_SIGNALING_CODE_ABORT = 229,
} coap_pdu_code_t;

/**
 * How certificates and keys are handed over: which member of
 * `coap_dtls_key_t`'s union holds them.
 */
typedef enum coap_pki_key_t {
  /** `pem`: names of PEM files. */
  COAP_PKI_KEY_PEM = 0,
  /** `asn1`: DER in memory. */
  COAP_PKI_KEY_ASN1 = 1,
  /** `pem_buf`: PEM in memory. */
  COAP_PKI_KEY_PEM_BUF = 2,
  /** `pkcs11`: PKCS#11 URIs. */
  COAP_PKI_KEY_PKCS11 = 3,
  /** Of libcoap 4.3.5, whose larger key structure is not taken here: refused. */
  COAP_PKI_KEY_DEFINE = 4,
} coap_pki_key_t;

/** The kind of a private key in DER. The names are OpenSSL's. */
typedef enum coap_asn1_privatekey_type_t {
  /** Not stated. */
  COAP_ASN1_PKEY_NONE = 0,
  /** RSA. */
  COAP_ASN1_PKEY_RSA = 1,
  /** RSA under its second object identifier. */
  COAP_ASN1_PKEY_RSA2 = 2,
  /** DSA. */
  COAP_ASN1_PKEY_DSA = 3,
  /** DSA, alias 1. */
  COAP_ASN1_PKEY_DSA1 = 4,
  /** DSA, alias 2. */
  COAP_ASN1_PKEY_DSA2 = 5,
  /** DSA, alias 3. */
  COAP_ASN1_PKEY_DSA3 = 6,
  /** DSA, alias 4. */
  COAP_ASN1_PKEY_DSA4 = 7,
  /** Diffie-Hellman. */
  COAP_ASN1_PKEY_DH = 8,
  /** Diffie-Hellman, X9.42. */
  COAP_ASN1_PKEY_DHX = 9,
  /** Elliptic curve. */
  COAP_ASN1_PKEY_EC = 10,
  /** HMAC key. */
  COAP_ASN1_PKEY_HMAC = 11,
  /** CMAC key. */
  COAP_ASN1_PKEY_CMAC = 12,
  /** TLS 1 pseudo-random function. */
  COAP_ASN1_PKEY_TLS1_PRF = 13,
  /** HKDF. */
  COAP_ASN1_PKEY_HKDF = 14,
} coap_asn1_privatekey_type_t;

/** Where a proxy sends requests. "Strip" replaces Proxy-Uri and Proxy-Scheme by Uri options, for a server. */
typedef enum coap_proxy_t {
  /** To the servers of the list, whatever the request says: a reverse proxy. */
  COAP_PROXY_REVERSE = 0,
  /** The same, and strip. */
  COAP_PROXY_REVERSE_STRIP = 1,
  /** To the servers of the list, which are proxies themselves. */
  COAP_PROXY_FORWARD = 2,
  /** The same, and strip. */
  COAP_PROXY_FORWARD_STRIP = 3,
  /** To where the request's Proxy-Uri or Proxy-Scheme says. */
  COAP_PROXY_DIRECT = 4,
  /** The same, and strip. */
  COAP_PROXY_DIRECT_STRIP = 5,
} coap_proxy_t;

/** The method of a request. Part of `coap_pdu_code_t` too, where each has `_CODE_` in its name. */
typedef enum coap_request_t {
  /** Read. */
  COAP_REQUEST_GET = 1,
  /** Process the payload; what that means is the resource's. */
  COAP_REQUEST_POST = 2,
  /** Create or replace. */
  COAP_REQUEST_PUT = 3,
  /** Remove. */
  COAP_REQUEST_DELETE = 4,
  /** Read what the payload asks for (RFC 8132). */
  COAP_REQUEST_FETCH = 5,
  /** Change a part (RFC 8132). */
  COAP_REQUEST_PATCH = 6,
  /** Change a part; doing it twice is as doing it once (RFC 8132). */
  COAP_REQUEST_IPATCH = 7,
} coap_request_t;

/** Who opened a session. */
typedef enum coap_session_type_t {
  /** Not known. */
  COAP_SESSION_TYPE_NONE = 0,
  /** This side did. */
  COAP_SESSION_TYPE_CLIENT = 1,
  /** The peer did. */
  COAP_SESSION_TYPE_SERVER = 2,
  /** The peer sent a ClientHello and has yet to prove its address. */
  COAP_SESSION_TYPE_HELLO = 3,
} coap_session_type_t;

/** How far a session has come. */
typedef enum coap_session_state_t {
  /** Not connected. */
  COAP_SESSION_STATE_NONE = 0,
  /** A connection is under way. */
  COAP_SESSION_STATE_CONNECTING = 1,
  /** A security handshake is under way. */
  COAP_SESSION_STATE_HANDSHAKE = 2,
  /** The peer's Capabilities and Settings are awaited (RFC 8323 section 5.3). */
  COAP_SESSION_STATE_CSM = 3,
  /** Messages can be sent. */
  COAP_SESSION_STATE_ESTABLISHED = 4,
} coap_session_state_t;

/** Which end of a (D)TLS session this is. */
typedef enum coap_dtls_role_t {
  /** Client. */
  COAP_DTLS_ROLE_CLIENT = 0,
  /** Server. */
  COAP_DTLS_ROLE_SERVER = 1,
} coap_dtls_role_t;

/** Signaling messages of reliable transports (RFC 8323 section 5). Part of `coap_pdu_code_t` too. */
typedef enum coap_pdu_signaling_proto_t {
  /** 7.01 Capabilities and Settings. */
  COAP_SIGNALING_CSM = 225,
  /** 7.02 Ping. */
  COAP_SIGNALING_PING = 226,
  /** 7.03 Pong. */
  COAP_SIGNALING_PONG = 227,
  /** 7.04 Release. */
  COAP_SIGNALING_RELEASE = 228,
  /** 7.05 Abort. */
  COAP_SIGNALING_ABORT = 229,
} coap_pdu_signaling_proto_t;

/** What an endpoint tells its sessions apart by. Only the name is public. */
typedef struct coap_addr_hash_t coap_addr_hash_t;

/** A request whose answer is put off. */
typedef struct coap_async_t coap_async_t;

/** A name and value that `/.well-known/core` shows of a resource. */
typedef struct coap_attr_t coap_attr_t;

/** A cached exchange. */
typedef struct coap_cache_entry_t coap_cache_entry_t;

/** The digest of a request that cached exchanges are found by. */
typedef struct coap_cache_key_t coap_cache_key_t;

/** What everything else belongs to: endpoints, sessions, resources, handlers. */
typedef struct coap_context_t coap_context_t;

/** A local address that a server listens on. */
typedef struct coap_endpoint_t coap_endpoint_t;

/** A body that a client receives in blocks. Only the name is public. */
typedef struct coap_lg_crcv_t coap_lg_crcv_t;

/** A body that a server receives in blocks. Only the name is public. */
typedef struct coap_lg_srcv_t coap_lg_srcv_t;

/** A body that is sent in blocks. Only the name is public. */
typedef struct coap_lg_xmit_t coap_lg_xmit_t;

/** What `coap_new_oscore_conf()` read. */
typedef struct coap_oscore_conf_t coap_oscore_conf_t;

/** A packet as it was received. Only the name is public. */
typedef struct coap_packet_t coap_packet_t;

/** A message. */
typedef struct coap_pdu_t coap_pdu_t;

/** The proxy's sessions to other servers. Only the name is public. */
typedef struct coap_proxy_list_t coap_proxy_list_t;

/** A message that waits to be sent again. Only the name is public. */
typedef struct coap_queue_t coap_queue_t;

/** What a server answers for, under one path. */
typedef struct coap_resource_t coap_resource_t;

/** The exchange of messages with one peer over one transport. */
typedef struct coap_session_t coap_session_t;

/** A socket of the library. Only the name is public. */
typedef struct coap_socket_t coap_socket_t;

/** A client's interest in a resource (RFC 7641). */
typedef struct coap_subscription_t coap_subscription_t;

/** An abbreviation of a path (draft-ietf-core-uri-path-abbrev). Only the name is public yet. */
typedef struct coap_upa_abbrev_t coap_upa_abbrev_t;

/** One result of `coap_resolve_address_info()`. */
typedef struct coap_addr_info_t {
  /** The next, or NULL. */
  struct coap_addr_info_t *next;
  /** The scheme that it serves. */
  coap_uri_scheme_t scheme;
  /** The transport that goes with the scheme. */
  coap_proto_t proto;
  /** The address, with the port. */
  coap_address_t addr;
} coap_addr_info_t;

/** A string that is only read. */
typedef struct coap_str_const_t {
  /** Bytes in `s`. */
  size_t length;
  /** The text. */
  const uint8_t *s;
} coap_str_const_t;

/** Called once with the program's data of an object when the object ends. */
typedef void (*coap_app_data_free_callback_t)(void *data);

/** Time since the library's own zero, in ticks: `COAP_TICKS_PER_SECOND` make a second. */
typedef uint64_t coap_tick_t;

/** Bytes that are only read. */
typedef struct coap_bin_const_t {
  /** Bytes in `s`. */
  size_t length;
  /** The bytes. */
  const uint8_t *s;
} coap_bin_const_t;

/** Bytes. */
typedef struct coap_binary_t {
  /** Bytes in `s`. */
  size_t length;
  /** The bytes. */
  uint8_t *s;
} coap_binary_t;

/** Gets a block of a body. Its parameters are not settled yet. */
typedef void (*coap_block_data_handler_t)(void);

/** Called once when the library needs a body no longer that was handed to it. */
typedef void (*coap_release_large_data_t)(coap_session_t *session, void *app_ptr);

/**
 * Writes up to `max` bytes of a body, those from `offset` on, to `data`, and says in `*length` how many. 0 is a
 * failure.
 */
typedef int (*coap_get_large_data_t)(coap_session_t *session, size_t max, size_t offset, uint8_t *data,
                                     size_t *length, void *app_ptr);

/** A string, not NUL-terminated by contract though the library's own are. */
typedef struct coap_string_t {
  /** Bytes in `s`. */
  size_t length;
  /** The text. */
  uint8_t *s;
} coap_string_t;

/** An option's number (RFC 7252 section 12.2). */
typedef uint16_t coap_option_num_t;

/** The first byte of an encoded option; a pointer to it points into its PDU. */
typedef uint8_t coap_opt_t;

/** Called with a cache entry's program data when the entry is freed. */
typedef void (*coap_cache_app_data_free_callback_t)(void *data);

/** Takes each log line instead of stdout and stderr. `message` ends with a newline and lives for the call. */
typedef void (*coap_log_handler_t)(coap_log_t level, const char *message);

/** The TLS library underneath. Versions are written as the library writes its own. */
typedef struct coap_tls_version_t {
  /** The version that runs. */
  uint64_t version;
  /** The library. */
  coap_tls_library_t type;
  /** The version that was built against. */
  uint64_t built_version;
} coap_tls_version_t;

/** Told what happened to a session. The return value counts for nothing yet. */
typedef int (*coap_event_handler_t)(coap_session_t *session, coap_event_t event);

/** A message id, or `COAP_INVALID_MID`. */
typedef int coap_mid_t;

/**
 * Takes a response. `sent` is the request, or NULL if the library has none any more; both PDUs live for the call.
 */
typedef coap_response_t (*coap_response_handler_t)(coap_session_t *session, const coap_pdu_t *sent,
                                                   const coap_pdu_t *received, coap_mid_t mid);

/** Told that `sent` gets no answer, and why. `sent` lives for the call. */
typedef void (*coap_nack_handler_t)(coap_session_t *session, const coap_pdu_t *sent,
                                    coap_nack_reason_t reason, coap_mid_t mid);

/** Told of a ping from the peer. */
typedef void (*coap_ping_handler_t)(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid);

/** Told of the answer to a ping. */
typedef void (*coap_pong_handler_t)(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid);

/**
 * Makes the resource that `request`, which found none, is for: NULL if there is to be none. `request` lives for the
 * call.
 */
typedef coap_resource_t *(*coap_resource_dynamic_create_t)(coap_session_t *session,
                                                           const coap_pdu_t *request);

/** A file descriptor. */
typedef int coap_fd_t;

/** What a socket waits for. Only the name is public. */
typedef uint16_t coap_socket_flags_t;

/** What a loop runs besides, with the pointer that it was given. */
typedef void (*coap_io_process_thread_t)(void *arg);

/** A set of option numbers, of limited size: changed by `coap_option_filter_set()` and `_unset()` only. */
typedef struct coap_opt_filter_t {
  /** Which elements below are in use. */
  uint16_t mask;
  /** Numbers above 255. */
  uint16_t long_opts[2];
  /** Numbers up to 255. */
  uint8_t short_opts[6];
} coap_opt_filter_t;

/** Finds the key of a client's identity; NULL refuses. What is returned stays the program's. */
typedef const coap_bin_const_t *(*coap_dtls_id_callback_t)(coap_bin_const_t *identity,
                                                           coap_session_t *coap_session, void *arg);

/** A server's identity hint and pre-shared key. */
typedef struct coap_dtls_spsk_info_t {
  /** The hint. */
  coap_bin_const_t hint;
  /** The key. */
  coap_bin_const_t key;
} coap_dtls_spsk_info_t;

/**
 * Chooses a server's hint and key for the name that a client asked for; NULL refuses. What is returned stays
 * the program's.
 */
typedef const coap_dtls_spsk_info_t *(*coap_dtls_psk_sni_callback_t)(const char *sni,
                                                                     coap_session_t *coap_session, void *arg);

/** How a server uses pre-shared keys. */
typedef struct coap_dtls_spsk_t {
  /** `COAP_DTLS_SPSK_SETUP_VERSION`. */
  uint8_t version;
  /** 0. */
  uint8_t reserved[7];
  /** Finds the key of a client's identity, or NULL. */
  coap_dtls_id_callback_t validate_id_call_back;
  /** Handed to it. */
  void *id_call_back_arg;
  /** Chooses hint and key for the server name that a client asked for, or NULL. */
  coap_dtls_psk_sni_callback_t validate_sni_call_back;
  /** Handed to it. */
  void *sni_call_back_arg;
  /** Hint and key to begin with. */
  coap_dtls_spsk_info_t psk_info;
} coap_dtls_spsk_t;

/**
 * Judges the name (or raw public key) in the peer's certificate, `depth` certificates above its own; `validated` says
 * whether the TLS library finds it good. 0 refuses.
 */
typedef int (*coap_dtls_cn_callback_t)(const char *cn, const uint8_t *asn1_public_cert, size_t asn1_length,
                                       coap_session_t *coap_session, unsigned int depth, int validated,
                                       void *arg);

/** Names of PEM files. */
typedef struct coap_pki_key_pem_t {
  /** Trusted CAs. */
  const char *ca_file;
  /** Our certificate, or public key. */
  const char *public_cert;
  /** Our private key. */
  const char *private_key;
} coap_pki_key_pem_t;

/** PEM in memory. */
typedef struct coap_pki_key_pem_buf_t {
  /** Trusted CAs. */
  const uint8_t *ca_cert;
  /** Our certificate, or public key. */
  const uint8_t *public_cert;
  /** Our private key. */
  const uint8_t *private_key;
  /** Bytes in `ca_cert`. */
  size_t ca_cert_len;
  /** Bytes in `public_cert`. */
  size_t public_cert_len;
  /** Bytes in `private_key`. */
  size_t private_key_len;
} coap_pki_key_pem_buf_t;

/** DER in memory. */
typedef struct coap_pki_key_asn1_t {
  /** Trusted CA. */
  const uint8_t *ca_cert;
  /** Our certificate, or public key. */
  const uint8_t *public_cert;
  /** Our private key. */
  const uint8_t *private_key;
  /** Bytes in `ca_cert`. */
  size_t ca_cert_len;
  /** Bytes in `public_cert`. */
  size_t public_cert_len;
  /** Bytes in `private_key`. */
  size_t private_key_len;
  /** What kind of key `private_key` is. */
  coap_asn1_privatekey_type_t private_key_type;
} coap_pki_key_asn1_t;

/** PKCS#11 URIs (RFC 7512). */
typedef struct coap_pki_key_pkcs11_t {
  /** Trusted CA. */
  const char *ca;
  /** Our certificate, or public key. */
  const char *public_cert;
  /** Our private key. */
  const char *private_key;
  /** The token's PIN, or NULL. */
  const char *user_pin;
} coap_pki_key_pkcs11_t;

/** The forms of `coap_dtls_key_t`. */
typedef union coap_dtls_key_union {
  /** `COAP_PKI_KEY_PEM`. */
  coap_pki_key_pem_t pem;
  /** `COAP_PKI_KEY_PEM_BUF`. */
  coap_pki_key_pem_buf_t pem_buf;
  /** `COAP_PKI_KEY_ASN1`. */
  coap_pki_key_asn1_t asn1;
  /** `COAP_PKI_KEY_PKCS11`. */
  coap_pki_key_pkcs11_t pkcs11;
} coap_dtls_key_union;

/** A certificate and its private key, in one of four forms. */
typedef struct coap_dtls_key_t {
  /** Which member of `key` counts. */
  coap_pki_key_t key_type;
  /** The certificate and key. */
  union coap_dtls_key_union key;
} coap_dtls_key_t;

/**
 * Chooses a server's key for the name that a client asked for; NULL refuses. What is returned stays the
 * program's and has to live on.
 */
typedef coap_dtls_key_t *(*coap_dtls_pki_sni_callback_t)(const char *sni, void *arg);

/**
 * Called with the TLS library's own session before a handshake, to set what `setup_data` cannot. 0 refuses.
 */
typedef int (*coap_dtls_security_setup_t)(void *tls_session, struct coap_dtls_pki_t *setup_data);

/** How certificates are used and checked. */
typedef struct coap_dtls_pki_t {
  /** `COAP_DTLS_PKI_SETUP_VERSION`. */
  uint8_t version;
  /** 1: the peer has to show a certificate (or key), and it is checked. */
  uint8_t verify_peer_cert;
  /** 1: the peer's certificate has to be issued by the same CA as ours. */
  uint8_t check_common_ca;
  /** 1: a self-signed certificate is good enough. */
  uint8_t allow_self_signed;
  /** 1: so is an expired one. */
  uint8_t allow_expired_certs;
  /** 1: the chain is checked, to `cert_chain_verify_depth`. */
  uint8_t cert_chain_validation;
  /** How many CAs may stand between the peer's certificate and a trusted one. */
  uint8_t cert_chain_verify_depth;
  /** 1: revocation lists are looked at. */
  uint8_t check_cert_revocation;
  /** 1: it is no error if there is none. */
  uint8_t allow_no_crl;
  /** 1: nor if it is expired. */
  uint8_t allow_expired_crl;
  /** 1: weak digests are accepted. */
  uint8_t allow_bad_md_hash;
  /** 1: short RSA keys are accepted. */
  uint8_t allow_short_rsa_length;
  /** 1: raw public keys (RFC 7250) instead of certificates. */
  uint8_t is_rpk_not_cert;
  /** 0. */
  uint8_t reserved[3];
  /** Asked about the name in each certificate of the chain, or NULL. */
  coap_dtls_cn_callback_t validate_cn_call_back;
  /** Handed to it. */
  void *cn_call_back_arg;
  /** Chooses the key for the server name that a client asked for, or NULL. */
  coap_dtls_pki_sni_callback_t validate_sni_call_back;
  /** Handed to it. */
  void *sni_call_back_arg;
  /** Called with the TLS library's own session before the handshake, or NULL. */
  coap_dtls_security_setup_t additional_tls_setup_call_back;
  /** The server name that a client asks for, or NULL. */
  char *client_sni;
  /** Our certificate and key. */
  coap_dtls_key_t pki_key;
} coap_dtls_pki_t;

/** What `coap_opt_parse()` found in an encoded option. */
typedef struct coap_option_t {
  /** The difference to the number of the option before. */
  uint16_t delta;
  /** Bytes in `value`. */
  size_t length;
  /** The value, inside what was parsed. */
  const uint8_t *value;
} coap_option_t;

/** An option in a list that `coap_add_optlist_pdu()` puts into a PDU. */
typedef struct coap_optlist_t {
  /** The next, or NULL. */
  struct coap_optlist_t *next;
  /** The option's number. */
  uint16_t number;
  /** Bytes in `data`. */
  size_t length;
  /** The value. */
  uint8_t *data;
} coap_optlist_t;

/** A client's identity and pre-shared key. */
typedef struct coap_dtls_cpsk_info_t {
  /** The identity. */
  coap_bin_const_t identity;
  /** The key. */
  coap_bin_const_t key;
} coap_dtls_cpsk_info_t;

/**
 * Chooses a client's identity and key for a server's hint; NULL refuses. What is returned stays the program's.
 */
typedef const coap_dtls_cpsk_info_t *(*coap_dtls_ih_callback_t)(coap_str_const_t *hint,
                                                                coap_session_t *coap_session, void *arg);

/** How a client uses pre-shared keys. */
typedef struct coap_dtls_cpsk_t {
  /** `COAP_DTLS_CPSK_SETUP_VERSION`. */
  uint8_t version;
  /** 0. */
  uint8_t reserved[7];
  /** Chooses identity and key for the server's hint, or NULL. */
  coap_dtls_ih_callback_t validate_ih_call_back;
  /** Handed to it. */
  void *ih_call_back_arg;
  /** The server name to ask for, or NULL. */
  char *client_sni;
  /** Identity and key to begin with. */
  coap_dtls_cpsk_info_t psk_info;
} coap_dtls_cpsk_t;

/** Called when the OSCORE sender sequence number is to be stored. 0 is a failure. */
typedef int (*coap_oscore_save_seq_num_t)(uint64_t sender_seq_num, void *param);

/** Fills `len` bytes at `out` with random numbers. 0 is a failure. */
typedef int (*coap_rand_func_t)(void *out, size_t len);

/** The parts of a URI. They point into the text that was split. */
typedef struct coap_uri_t {
  /** Host name or address, without the brackets of an IPv6 address. */
  coap_str_const_t host;
  /** The port, the scheme's own if none was given. */
  uint16_t port;
  /** The path, without its first slash. */
  coap_str_const_t path;
  /** The query, without its question mark. */
  coap_str_const_t query;
  /** The scheme. */
  coap_uri_scheme_t scheme;
} coap_uri_t;

/** A server that requests are forwarded to. */
typedef struct coap_proxy_server_t {
  /** Scheme, host and port. */
  coap_uri_t uri;
  /** How to use certificates there, or NULL. */
  coap_dtls_pki_t *dtls_pki;
  /** How to use a shared key there, or NULL. */
  coap_dtls_cpsk_t *dtls_cpsk;
  /** How to use OSCORE there, or NULL. */
  coap_oscore_conf_t *oscore_conf;
} coap_proxy_server_t;

/** How `coap_proxy_forward_request()` forwards. */
typedef struct coap_proxy_server_list_t {
  /** The servers, which take turns. */
  coap_proxy_server_t *entry;
  /** How many there are. */
  size_t entry_count;
  /** Which of them had its turn last. */
  size_t next_entry;
  /** Where requests go. */
  coap_proxy_t type;
  /** Whether each client has sessions to servers for itself: 1, or 0. */
  int track_client_session;
  /** After so many seconds without requests a session to a server ends; 0: never. */
  unsigned int idle_timeout_secs;
} coap_proxy_server_list_t;

/**
 * Called with a response to a request that was forwarded. What it returns is passed on to the client:
 * `received`, or another PDU, which the library takes over; NULL rejects the response. `cache_key` is what
 * `coap_proxy_forward_request()` was given: the program's again, unless the request observes and more responses
 * follow.
 */
typedef coap_pdu_t *(*coap_proxy_response_handler_t)(coap_session_t *session, const coap_pdu_t *sent,
                                                     coap_pdu_t *received, coap_cache_key_t *cache_key);

/**
 * How many bytes were printed, and in the upper four bits what became of the rest: `COAP_PRINT_STATUS_ERROR`,
 * `COAP_PRINT_STATUS_TRUNC`.
 */
typedef unsigned int coap_print_status_t;

/**
 * Answers a request for `resource`: fills `response`, which has the request's token already. `query` is NULL
 * without one.
 * Nothing is sent if the response's code stays 0.00.
 */
typedef void (*coap_method_handler_t)(coap_resource_t *resource, coap_session_t *session,
                                      const coap_pdu_t *request, const coap_string_t *query,
                                      coap_pdu_t *response);

/** Called with a resource's program data when the resource is freed. */
typedef void (*coap_resource_release_userdata_handler_t)(void *user_data);

/** A number with three decimal places: 1.5 is 1 and 500. */
typedef struct coap_fixed_point_t {
  /** The whole number. */
  uint16_t integer_part;
  /** Thousandths. */
  uint16_t fractional_part;
} coap_fixed_point_t;

/** Both ends of a session. */
typedef struct coap_addr_tuple_t {
  /** The peer's. */
  coap_address_t remote;
  /** Ours. */
  coap_address_t local;
} coap_addr_tuple_t;

/**
 * Told of a new observation, with what `coap_persist_observe_add()` needs to bring it back. 0 is a failure.
 */
typedef int (*coap_observe_added_t)(coap_session_t *session, coap_subscription_t *observe_key,
                                    coap_proto_t e_proto, coap_address_t *e_listen_addr,
                                    coap_addr_tuple_t *s_addr_info, coap_bin_const_t *raw_packet,
                                    coap_bin_const_t *oscore_info, void *user_data);

/** Told that an observation ended. 0 is a failure. */
typedef int (*coap_observe_deleted_t)(coap_session_t *session, coap_subscription_t *observe_key,
                                      void *user_data);

/** Told of the observe number to store for a resource. 0 is a failure. */
typedef int (*coap_track_observe_value_t)(coap_context_t *context, coap_str_const_t *resource_name,
                                          uint32_t observe_num, void *user_data);

/** Told of a resource that a request created, with that request. 0 is a failure. */
typedef int (*coap_dyn_resource_added_t)(coap_session_t *session, coap_str_const_t *resource_name,
                                         coap_bin_const_t *raw_packet, void *user_data);

/** Told that a resource was deleted. 0 is a failure. */
typedef int (*coap_resource_deleted_t)(coap_context_t *context, coap_str_const_t *resource_name,
                                       void *user_data);

/** Seconds since 1970. */
typedef time_t coap_time_t;

/** An option as `COAP_OPTION_KEY()` and `COAP_OPTION_LENGTH()` read it. */
typedef struct coap_option {
  /** The number. */
  uint16_t key;
  /** Bytes in the value. */
  unsigned int length;
} coap_option;

/** The difference of two `coap_tick_t`. */
typedef int64_t coap_tick_diff_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/** Copies what counts of an address: no padding, no flow label. */
void coap_address_copy(coap_address_t *dst, const coap_address_t *src);

/** Whether two addresses are the same IP address and port, whatever their zones. Others are never equal. */
int coap_address_equals(const coap_address_t *a, const coap_address_t *b);

/** The port; 0 where there is none. */
uint16_t coap_address_get_port(const coap_address_t *addr);

/** Makes the memory an address of no family. */
void coap_address_init(coap_address_t *addr);

/** Sets the port of an IP address. */
void coap_address_set_port(coap_address_t *addr, uint16_t port);

/**
 * Makes an IP address the one that stands for all of its family, without a zone; its port stays. Others stay as they
 * are.
 */
void coap_address_clr_addr(coap_address_t *addr);

/** Makes an address for LLC (Linux `AF_LLC`), which is not built in: 0, and `addr` is as it was. */
int coap_address_set_llc(coap_address_t *addr, const uint8_t *host, size_t host_len);

/** Whether this is an address for LLC (Linux `AF_LLC`), which is not built in: 0. */
int coap_is_af_llc(const coap_address_t *a);

/** Makes an address of a Unix domain path; `%2F` stands for a slash. What is too long is cut off. */
int coap_address_set_unix_domain(coap_address_t *addr, const uint8_t *host, size_t host_len);

/** Whether this is a Unix domain address. */
int coap_is_af_unix(const coap_address_t *a);

/** Whether datagrams to this address reach everybody on a network of ours. */
int coap_is_bcast(const coap_address_t *a);

/** Whether datagrams to this address reach a group; broadcast counts. */
int coap_is_mcast(const coap_address_t *a);

/** Whether this is the address that stands for all of them. */
int _coap_address_isany_impl(const coap_address_t *a);

/** Frees what `coap_resolve_address_info` returned. Null is fine. */
void coap_free_address_info(coap_addr_info_t *info_list);

/**
 * The schemes that this library can do, a bit for each `coap_uri_scheme_t`: secure ones if the program has a
 * PSK or PKI, WebSockets if it wants them. With `use_unix_proto` it is the one of that protocol.
 */
uint32_t coap_get_available_scheme_hint_bits(int have_pki_psk, int ws_check, coap_proto_t use_unix_proto);

/**
 * The addresses of a host, each for every scheme in `scheme_hint_bits` that this library can do, in the order of
 * the system's resolver. `ai_hints_flags` are its `AI_` flags; without an address it is `localhost`.
 *
 * A port of 0 becomes the scheme's own one for `COAP_RESOLVE_TYPE_LOCAL`. A Unix domain path gives one address.
 */
coap_addr_info_t *coap_resolve_address_info(const coap_str_const_t *address, uint16_t port,
                                            uint16_t secure_port, uint16_t ws_port, uint16_t ws_secure_port,
                                            int ai_hints_flags, int scheme_hint_bits,
                                            coap_resolve_type_t type);

/** The pointer that the program left with a delayed request. */
void *coap_async_get_app_data(const coap_async_t *async);

/** Whether requests can be answered later: 1. */
int coap_async_is_supported(void);

/**
 * Leaves a pointer of the program's with a delayed request. What was there before is forgotten without a word.
 */
void coap_async_set_app_data(coap_async_t *async, void *app_data);

/**
 * As `coap_async_set_app_data`, with the function to be told when the data is no longer needed: once, when the
 * request ends, with no lock held, unless the data is null then. Returns the data that was there before, which is the
 * program's again and is not released; null if the request is none.
 */
void *coap_async_set_app_data2(coap_async_t *async_entry, void *data, coap_app_data_free_callback_t callback);

/**
 * Has the handler run again after so many ticks; 0: not before `coap_async_trigger`. In the handler that runs
 * for this very request it changes nothing.
 */
void coap_async_set_delay(coap_async_t *async, coap_tick_t delay);

/** Has the handler run again at once, which is by the next turn of the loop. */
void coap_async_trigger(coap_async_t *async);

/**
 * The delayed request of a session with this token, or null. In the handler that runs for it again, it is still
 * found.
 */
coap_async_t *coap_find_async(coap_session_t *session, coap_bin_const_t token);

/** Ends a delayed request: its handler does not run again. After it has run, a request ends by itself. */
void coap_free_async(coap_session_t *session, coap_async_t *async);

/**
 * Puts a request off: its handler runs again after so many ticks; 0: when `coap_async_trigger` or
 * `coap_async_set_delay` says so. The session lives at least until then. Null if it is no request, or one with
 * its token is put off in this session already.
 */
coap_async_t *coap_register_async(coap_session_t *session, const coap_pdu_t *request, coap_tick_t delay);

/**
 * Puts a received block at its place in a body, which is made or grows if need be. Null, with the old body
 * deleted, without memory; null also without data. `total` is how long the body is said to be.
 */
coap_binary_t *coap_block_build_body(coap_binary_t *body_data, size_t length, const uint8_t *data,
                                     size_t offset, size_t total);

/**
 * Ends the observation (RFC 7641) that a request of the session with this token began; null is the empty
 * token. The server is told so with a message of type `message_type`; the members of a group, each with a Reset when
 * it notifies next. Returns 1, or 0 if there is no such observation, or if the session does not keep track of them:
 * that needs `COAP_BLOCK_USE_LIBCOAP`.
 */
int coap_cancel_observe(coap_session_t *session, coap_binary_t *token, coap_pdu_type_t message_type);

/**
 * Sets how much of block-wise transfers the library does in sessions to come: nothing without
 * `COAP_BLOCK_USE_LIBCOAP`.
 *
 * With `COAP_BLOCK_TRY_Q_BLOCK` a client finds out whether the server knows Q-Block (RFC 9177) before its first
 * request, and a server takes Q-Block options; `COAP_BLOCK_USE_M_Q_BLOCK` lets a client ask for the rest of a
 * set by its first block. Bodies in Q-Block options come in one piece, as with `COAP_BLOCK_SINGLE_BODY`.
 */
void coap_context_set_block_mode(coap_context_t *context, uint8_t block_mode);

/** Sets the largest block, a power of two from 16 to 1,024 bytes; 0 is 1,024. Returns 0 for other sizes. */
int coap_context_set_max_block_size(coap_context_t *context, size_t max_block_size);

/**
 * Sets the longest body, in bytes, that is received in blocks; 0: no limit but those of memory, 64 MiB a session and
 * 256 MiB in all. A longer request is refused with 4.13, a longer response given up with `COAP_NACK_BAD_RESPONSE`.
 */
void coap_context_set_max_body_size(coap_context_t *context, uint32_t max_body_size);

/** Has a function get each block of a body when it comes, instead of the whole body when it is there. */
void coap_register_block_data_handler(coap_context_t *context, coap_block_data_handler_t handler);

/** Whether Q-Block (RFC 9177) is built: 1. */
int coap_q_block_is_supported(void);

/**
 * Adds a body of any length to a request: as payload, or the first block of it with Block1, Size1 and
 * Request-Tag; the others follow when the request is sent. The data is copied; `release_func` is called
 * once, when the program may think that it has been sent: at once if it fits, else after the last block, or
 * when it cannot be sent to its end.
 *
 * 0, and the data released, if the request has a payload already or nothing fits.
 */
int coap_add_data_large_request(coap_session_t *session, coap_pdu_t *pdu, size_t length, const uint8_t *data,
                                coap_release_large_data_t release_func, void *app_ptr);

/**
 * As `coap_add_data_large_request`, for a body whose bytes the program does not have in one place: `get_func` is
 * asked for them, from the start to the end, at most 1,024 bytes at a time, with no lock held.
 *
 * 0 also if `get_func` does not give them all; then it has been released.
 *
 * Not yet: asking for each piece when its turn to be sent has come; all are asked for before this returns, and kept.
 */
int coap_add_data_large_request_app(coap_session_t *session, coap_pdu_t *pdu, size_t length,
                                    coap_release_large_data_t release_func, coap_get_large_data_t get_func,
                                    void *app_ptr);

/**
 * Fills in a response: Content-Format, Max-Age (unless `maxage` is negative), ETag, and the body, or the
 * block of it that the request asks for; the others are kept for the client, who finds them by the same
 * request. With `etag` 0 the ETag is made of the body, if one is needed. About data and its release see
 * `coap_add_data_large_request`.
 *
 * 0, and an error response, if the body has no such block (4.00) or nothing fits (5.00).
 */
int coap_add_data_large_response(coap_resource_t *resource, coap_session_t *session,
                                 const coap_pdu_t *request, coap_pdu_t *response, const coap_string_t *query,
                                 uint16_t media_type, int maxage, uint64_t etag, size_t length,
                                 const uint8_t *data, coap_release_large_data_t release_func, void *app_ptr);

/** Adds block `block_num` of a body as the payload; 0 if the body is not that long, or no room. */
int coap_add_block(coap_pdu_t *pdu, size_t len, const uint8_t *data, unsigned int block_num,
                   unsigned char block_szx);

/** As `coap_add_block`; `block.chunk_size` becomes the block's size. */
int coap_add_block_b_data(coap_pdu_t *pdu, size_t len, const uint8_t *data, coap_block_b_t *block);

/** Reads a block option; 0 if there is none, or it is malformed. */
int coap_get_block(const coap_pdu_t *pdu, coap_option_num_t number, coap_block_t *block);

/** As `coap_get_block`. BERT (RFC 8323 section 6) needs a session over a reliable transport. */
int coap_get_block_b(const coap_session_t *session, const coap_pdu_t *pdu, coap_option_num_t number,
                     coap_block_b_t *block);

/** The number in a block option. */
unsigned int coap_opt_block_num(const coap_opt_t *block_opt);

/**
 * As `coap_write_block_opt`, for a session. In one where BERT has a meaning (RFC 8323 section 6), a block of 1,024
 * bytes becomes as many as there is room for, unless it was read from a message without.
 */
int coap_write_block_b_opt(coap_session_t *session, coap_block_b_t *block, coap_option_num_t number,
                           coap_pdu_t *pdu, size_t data_length);

/**
 * Puts the option for a block of a body of `data_length` bytes into a PDU, in place of one that is there. If the
 * PDU has no room for the block, it becomes a smaller one, in `block` too. 1; -2 if the body is not that long, -3
 * if not even 16 bytes fit.
 */
int coap_write_block_opt(coap_block_t *block, coap_option_num_t number, coap_pdu_t *pdu, size_t data_length);

/**
 * Fills in a response with the block of a body that the request asks for, or with as much as fits: 2.05, an ETag made
 * of the body, Content-Format, Max-Age (unless `maxage` is negative), Block2 and Size2 if need be, payload.
 *
 * 4.00 if the body has no such block.
 */
void coap_add_data_blocked_response(const coap_pdu_t *request, coap_pdu_t *response, uint16_t media_type,
                                    int maxage, size_t length, const uint8_t *data);

/**
 * A key that requests have in common which differ in nothing that a cache looks at (RFC 7252 section 5.6), less
 * what `coap_cache_ignore_options` named. C deletes it with `coap_delete_cache_key`.
 */
coap_cache_key_t *coap_cache_derive_key(const coap_session_t *session, const coap_pdu_t *pdu,
                                        coap_cache_session_based_t session_based);

/** As `coap_cache_derive_key`, less the given options. */
coap_cache_key_t *coap_cache_derive_key_w_ignore(const coap_session_t *session, const coap_pdu_t *pdu,
                                                 coap_cache_session_based_t session_based,
                                                 const uint16_t *ignore_options, size_t ignore_count);

/** The pointer that the program left with an entry. */
void *coap_cache_get_app_data(const coap_cache_entry_t *cache_entry);

/** The entry with this key, or null. It counts as used. */
coap_cache_entry_t *coap_cache_get_by_key(coap_context_t *context, const coap_cache_key_t *cache_key);

/** The entry for requests like this one, or null. It counts as used. */
coap_cache_entry_t *coap_cache_get_by_pdu(coap_session_t *session, const coap_pdu_t *pdu,
                                          coap_cache_session_based_t session_based);

/** The request that an entry was made for, if it was kept; it belongs to the entry. */
const coap_pdu_t *coap_cache_get_pdu(const coap_cache_entry_t *cache_entry);

/** Sets the options that keys leave out, instead of those set before. Returns 1, or 0 on failure. */
int coap_cache_ignore_options(coap_context_t *context, const uint16_t *options, size_t count);

/**
 * Leaves a pointer of the program's with an entry, and the function to be told when it is no longer needed. What
 * was there before is forgotten without a word.
 */
void coap_cache_set_app_data(coap_cache_entry_t *cache_entry, void *data,
                             coap_cache_app_data_free_callback_t callback);

/**
 * As `coap_cache_set_app_data`, and returns the data that was there before, which is the program's again and is not
 * released; null if the entry is none.
 */
void *coap_cache_set_app_data2(coap_cache_entry_t *cache_entry, void *data,
                               coap_app_data_free_callback_t callback);

/** Deletes an entry. The function for its data, if there are both, is called before this returns. */
void coap_delete_cache_entry(coap_context_t *context, coap_cache_entry_t *cache_entry);

/** Deletes a key. Null is fine. */
void coap_delete_cache_key(coap_cache_key_t *cache_key);

/**
 * Makes an entry for requests like this one. It ends with the session, and when nobody has asked for it for
 * `idle_time` seconds, unless that is 0. With `COAP_CACHE_RECORD_PDU` it keeps a copy of the request.
 */
coap_cache_entry_t *coap_new_cache_entry(coap_session_t *session, const coap_pdu_t *pdu,
                                         coap_cache_record_pdu_t record_pdu,
                                         coap_cache_session_based_t session_based, unsigned int idle_time);

/** The log level of the (D)TLS library. */
coap_log_t coap_dtls_get_log_level(void);

/**
 * Sets the log level of the (D)TLS library, for `coap_dtls_get_log_level`.
 *
 * Not yet: an effect on what is logged, which `coap_set_log_level` alone decides.
 */
void coap_dtls_set_log_level(coap_log_t level);

/** The log level: lines above it are not made. At first `COAP_LOG_WARN`. */
coap_log_t coap_get_log_level(void);

/** The build that this is. */
const char *coap_package_build(void);

/** The name of the interface. */
const char *coap_package_name(void);

/** Name and version of the interface. */
const char *coap_package_version(void);

/** Writes an address with its port as text; returns its length. What does not fit is cut off. */
size_t coap_print_addr(const coap_address_t *address, unsigned char *buffer, size_t size);

/**
 * Writes an IP address as text and returns the buffer. An address for which it is too small leaves it empty.
 */
const char *coap_print_ip_addr(const coap_address_t *address, char *buffer, size_t size);

/**
 * Sends log lines to `handler`, their end included, instead of to the program's output; null: back again.
 *
 * It runs with no lock of the library held.
 */
void coap_set_log_handler(coap_log_handler_t handler);

/** Sets the log level; more than `COAP_LOG_OSCORE` counts as that. */
void coap_set_log_level(coap_log_t level);

/** Whether `coap_show_pdu` prints to `stdout` (not 0, the default) or logs. */
void coap_set_show_pdu_output(int use_fprintf);

/**
 * Whether messages are shown with their payload (not 0, the default) or with its length only, by `coap_show_pdu` and
 * in the log.
 */
void coap_enable_pdu_data_output(int enable_data);

/** Shows a message as text, if lines of this level are made. */
void coap_show_pdu(coap_log_t level, const coap_pdu_t *pdu);

/** Logs which TLS library is used. */
void coap_show_tls_version(coap_log_t level);

/** Writes which security there is and returns the buffer. What does not fit is cut off. */
char *coap_string_tls_support(char *buffer, size_t bufsize);

/** Writes which TLS library is used and returns the buffer. What does not fit is cut off. */
char *coap_string_tls_version(char *buffer, size_t bufsize);

/** The four letters of a level in log lines. */
const char *coap_log_level_desc(coap_log_t level);

/**
 * Drops packets on sending: `"10%"` at random, `"1,3-5"` the first, third, fourth and fifth from now on. 0 if the
 * text says neither; at most nine ranges.
 */
int coap_debug_set_packet_loss(const char *loss_level);

/**
 * Has the sending of packets fail, as if the system refused them: they are lost, and the log says so. Takes the same
 * texts as `coap_debug_set_packet_loss`, and counts for itself.
 */
int coap_debug_set_packet_fail(const char *fail_level);

/** Whether DTLS is built in: 1, or 0 in a build without (`make TLS=none`). */
int coap_dtls_is_supported(void);

/** Whether keys can lie in a PKCS #11 token: 0. */
int coap_dtls_pkcs11_is_supported(void);

/** Whether certificates are supported: 1, or 0 in a build without DTLS and TLS. */
int coap_dtls_pki_is_supported(void);

/** Whether pre-shared keys are supported (over DTLS): 1, or 0 in a build without DTLS. */
int coap_dtls_psk_is_supported(void);

/** Whether raw public keys are supported: 0. */
int coap_dtls_rpk_is_supported(void);

/**
 * Which TLS library is in use: `COAP_TLS_LIBRARY_FERROCOAP` in this library's version, a byte each for major, minor
 * and patch; `COAP_TLS_LIBRARY_NOTLS` in a build without.
 */
coap_tls_version_t *coap_get_tls_library_version(void);

/** Whether TLS is built in (with certificates): 1, or 0 in a build without. */
int coap_tls_is_supported(void);

/** Loads an OpenSSL engine. */
int coap_tls_engine_configure(coap_str_const_t *conf_mem);

/** Unloads the OpenSSL engine. */
int coap_tls_engine_remove(void);

/** The number in `length` bytes, cut to its last 32 bits. */
unsigned int coap_decode_var_bytes(const uint8_t *buf, size_t length);

/** The number in the first 8 of `length` bytes. */
uint64_t coap_decode_var_bytes8(const uint8_t *buf, size_t length);

/** Writes a number in as few bytes as it needs and returns how many; 0 if `length` bytes are not enough. */
unsigned int coap_encode_var_safe(uint8_t *buf, size_t length, unsigned int value);

/** As `coap_encode_var_safe`, for up to 8 bytes. */
unsigned int coap_encode_var_safe8(uint8_t *buf, size_t length, uint64_t value);

/** The place of the highest bit that is set, counted from 1; 0 if there is none. */
int coap_fls(unsigned int i);

/** As `coap_fls`, for 64 bits. */
int coap_flsll(long long i);

/** Sets the function that learns of events. What it returns is up to it, as of now. */
void coap_register_event_handler(coap_context_t *context, coap_event_handler_t handler);

/** The former name of `coap_register_event_handler`. */
COAP_DEPRECATED void coap_set_event_handler(coap_context_t *context, coap_event_handler_t handler);

/** From now on nobody learns of events. */
COAP_DEPRECATED void coap_clear_event_handler(coap_context_t *context);

/**
 * What the last failed system call of this thread met, as text. Valid until the thread has asked for more of
 * such texts.
 */
const char *coap_socket_strerror(void);

/** Whether CoAP over TCP is built in: 1. */
int coap_tcp_is_supported(void);

/** Frees memory of `coap_malloc_type`, given with the same tag. Null is fine. */
void coap_free_type(coap_memory_tag_t type, void *p);

/** `size` bytes; null without memory. */
void *coap_malloc_type(coap_memory_tag_t type, size_t size);

/** Nothing is to be set up. */
void coap_memory_init(void);

/**
 * Moves memory of `coap_malloc_type` to a block of another size. Null without memory: then the old block stays. Of
 * size 0 there is no block: the old one is freed, and null returned, as glibc's `realloc` does.
 */
void *coap_realloc_type(coap_memory_tag_t type, void *p, size_t size);

/**
 * Logs, for each tag that was used, how many blocks there are, were at most, and could not be had. Of what other
 * threads do now, up to 31 blocks each are not counted yet.
 */
void coap_dump_memory_type_counts(coap_log_t log_level);

/**
 * Makes a context. With an address it listens there over UDP; null, when that fails, or resources are short.
 */
coap_context_t *coap_new_context(const coap_address_t *listen_addr);

/** Leaves a pointer of the program's with a context. */
void coap_set_app_data(coap_context_t *context, void *data);

/** The pointer that the program left with a context; null at first. */
void *coap_get_app_data(const coap_context_t *context);

/** Leaves a pointer of the program's with a context. What was there before is forgotten without a word. */
void coap_context_set_app_data(coap_context_t *context, void *data);

/**
 * As `coap_context_set_app_data`, with the function to be told when the data is no longer needed: once, last of all
 * when the context is freed, unless the data is null then. Returns the data that was there before, which is the
 * program's again and is not released; null if there is no such context.
 */
void *coap_context_set_app_data2(coap_context_t *context, void *data, coap_app_data_free_callback_t callback);

/** The pointer that the program left with a context; null at first. */
void *coap_context_get_app_data(const coap_context_t *context);

/**
 * Ends a context with everything in it, from any thread and in any callback. A thread that waits in it
 * returns.
 *
 * The handler for resources' user data runs for each resource, those for cached data run for each cache entry, then
 * the NACK handler for what sessions still had to send. Whatever was waiting to be delivered when the context ended
 * is not.
 */
void coap_free_context(coap_context_t *context);

/** Sets the function that gets responses. Its answer `COAP_RESPONSE_FAIL` rejects one with a Reset. */
void coap_register_response_handler(coap_context_t *context, coap_response_handler_t handler);

/** Sets the function that learns which messages will not be answered, and why. */
void coap_register_nack_handler(coap_context_t *context, coap_nack_handler_t handler);

/** Sets the function that learns of pings; they are answered in any case. */
void coap_register_ping_handler(coap_context_t *context, coap_ping_handler_t handler);

/** Sets the function that learns of answers to pings. */
void coap_register_pong_handler(coap_context_t *context, coap_pong_handler_t handler);

/**
 * Sets the function that makes a resource when a request comes for a path where none is; it returns one that is not
 * added yet, which is then added and serves the request, or null: 4.04. `dynamic_max` is how many of those there may
 * be at a time, 0: no limit; beyond it the answer is 4.04. Not asked for: requests to groups, DELETE, and methods that
 * the unknown resource has. Null sets none.
 */
void coap_register_dynamic_resource_handler(coap_context_t *context,
                                            coap_resource_dynamic_create_t create_handler,
                                            uint32_t dynamic_max);

/**
 * Declares a critical option that the program understands: requests with it are no longer refused with 4.02
 * (RFC 7252 section 5.4.1).
 */
void coap_register_option(coap_context_t *context, uint16_t number);

/** Runs the event handler of a context, if it has one, and returns what that returns; else 0. */
int coap_handle_event(coap_context_t *context, coap_event_t event, coap_session_t *session);

/**
 * Waits up to `timeout_ms` for something to happen and handles it: due timers, datagrams, callbacks.
 *
 * Returns the milliseconds spent, -1 when there is no such context (any more). A signal, and a call from
 * another thread that gives the loop something to do, end the wait.
 */
int coap_io_process(coap_context_t *context, uint32_t timeout_ms);

/** Handles what there is to handle, then says whether anything is under way: 1, or 0. */
int coap_io_pending(coap_context_t *context);

/** Whether nothing waits to be sent or acknowledged: 1, or 0. A context that is none has nothing to send. */
int coap_can_exit(coap_context_t *context);

/**
 * A descriptor for the program's own event loop, or -1: readable when `coap_io_process` has something to
 * do.
 */
int coap_context_get_coap_fd(const coap_context_t *context);

/**
 * Handles what is due and says in how many milliseconds something will be due next; 0: nothing is foreseen.
 *
 * There are no single sockets to wait for, but one that stands for all of them: the first of `sockets`, if
 * `max_sockets` has room for it; then `*num_sockets` becomes 1. Wait until `coap_socket_get_fd` of it is readable,
 * then call `coap_io_do_io`.
 */
unsigned int coap_io_prepare_io(coap_context_t *context, coap_socket_t **sockets, unsigned int max_sockets,
                                unsigned int *num_sockets, coap_tick_t now);

/**
 * As `coap_io_prepare_io`, for programs that watch `coap_context_get_coap_fd`: the descriptor also
 * becomes readable when something is due.
 */
unsigned int coap_io_prepare_epoll(coap_context_t *context, coap_tick_t now);

/** Handles what came in, without waiting. */
void coap_io_do_io(coap_context_t *context, coap_tick_t now);

/** Handles what the program's `epoll_wait` on `coap_context_get_coap_fd` reported. */
void coap_io_do_epoll(coap_context_t *context, struct epoll_event *events, size_t nevents);

/**
 * Has the sockets of a context waited for as one, by programs with a loop of their own: `read_fds` gets the context's
 * descriptor (see `coap_context_get_coap_fd`), of which `*have_read_fds` becomes 1, and `*have_write_fds` 0: the
 * descriptor is readable also when a socket takes more. `*rem_timeout_ms` becomes how many milliseconds to wait at
 * most, 0: for ever. Then call `coap_io_process` with `COAP_IO_NO_WAIT`.
 *
 * Returns 1, or 0 if there is no such context or no room for the descriptor.
 */
unsigned int coap_io_get_fds(coap_context_t *context, coap_fd_t *read_fds, unsigned int *have_read_fds,
                             unsigned int max_read_fds, coap_fd_t *write_fds, unsigned int *have_write_fds,
                             unsigned int max_write_fds, unsigned int *rem_timeout_ms);

/**
 * The descriptor of a socket that `coap_io_prepare_io` named: it stands for all of the context's
 * (`coap_context_get_coap_fd`); -1 if it is none.
 */
coap_fd_t coap_socket_get_fd(coap_socket_t *socket);

/**
 * What a socket that `coap_io_prepare_io` named is and waits for, in libcoap's bits: always 0x0013, it is there,
 * bound and to be read from; 0 if it is none.
 */
coap_socket_flags_t coap_socket_get_flags(coap_socket_t *socket);

/**
 * Says what a socket can do now, in libcoap's bits (0x0100: be read from). `coap_io_do_io` looks for itself: nothing
 * depends on it.
 */
void coap_socket_set_flags(coap_socket_t *socket, coap_socket_flags_t flags);

/** Has sessions without traffic pinged after so many seconds; 0: never. */
void coap_context_set_keepalive(coap_context_t *context, unsigned int seconds);

/**
 * Longest token, in bytes, of sessions to come: 8 to 65,804; other values change nothing. More than 8
 * announces RFC 8974.
 */
void coap_context_set_max_token_size(coap_context_t *context, size_t max_token_size);

/** How many server sessions that nobody holds are kept; when there are more the oldest goes. 0: no limit. */
void coap_context_set_max_idle_sessions(coap_context_t *context, unsigned int max_idle_sessions);

/** What `coap_context_set_max_idle_sessions` set; at first 0, which means 200,000 then. */
unsigned int coap_context_get_max_idle_sessions(const coap_context_t *context);

/** For how many seconds a server session that nobody holds is kept without traffic; 0: 300. */
void coap_context_set_session_timeout(coap_context_t *context, unsigned int session_timeout);

/**
 * Has client sessions that were lost connected again after so many seconds; 0: never, which is how it is.
 *
 * Not yet.
 */
void coap_context_set_session_reconnect_time(coap_context_t *context, unsigned int reconnect_time);

/**
 * As `coap_context_set_session_reconnect_time`, so many times; 0: for ever.
 *
 * Not yet.
 */
void coap_context_set_session_reconnect_time2(coap_context_t *context, unsigned int reconnect_time,
                                              uint8_t retry_count);

/**
 * How many non-confirmable messages a minute each session may send; 0: no limit. Those that would come earlier wait,
 * and go out in their order.
 */
void coap_context_rate_limit_ppm(coap_context_t *context, uint64_t rate_limit_ppm);

/**
 * Has `coap_free_context` end observations without a word; otherwise observers are told
 * that their resource is gone (4.04).
 */
void coap_context_set_shutdown_no_observe(coap_context_t *context);

/** What `coap_context_set_session_timeout` set; at first 0. */
unsigned int coap_context_get_session_timeout(const coap_context_t *context);

/** How many security handshakes may be under way at a time; 0: as by default. */
void coap_context_set_max_handshake_sessions(coap_context_t *context, unsigned int max_handshake_sessions);

/** What `coap_context_set_max_handshake_sessions` set; at first 0. */
unsigned int coap_context_get_max_handshake_sessions(const coap_context_t *context);

/**
 * For how many seconds a session waits for the peer's CSM (RFC 8323 section 5.3), server sessions too; 0: for ever.
 */
void coap_context_set_csm_timeout(coap_context_t *context, unsigned int csm_timeout);

/** What `coap_context_set_csm_timeout` set, in whole seconds; at first 30. */
unsigned int coap_context_get_csm_timeout(const coap_context_t *context);

/** As `coap_context_set_csm_timeout`, in milliseconds. */
void coap_context_set_csm_timeout_ms(coap_context_t *context, unsigned int csm_timeout_ms);

/** As `coap_context_get_csm_timeout`, in milliseconds. */
unsigned int coap_context_get_csm_timeout_ms(const coap_context_t *context);

/**
 * Longest message, in bytes, that peers over reliable transports are told they may send (RFC 8323 section
 * 5.3.1); less than 64 changes nothing.
 */
void coap_context_set_csm_max_message_size(coap_context_t *context, uint32_t csm_max_message_size);

/** What `coap_context_set_csm_max_message_size` set; at first 8 MiB and 256 bytes. */
uint32_t coap_context_get_csm_max_message_size(const coap_context_t *context);

/**
 * Runs the loop of a context in this thread and in `thread_count` - 1 others (0 counts as 1), until
 * `coap_io_process_terminate_loop` says so. This thread runs `main_loop_code` before each turn, at least every
 * `timeout_ms` (`COAP_IO_WAIT`: whenever something happens; `COAP_IO_NO_WAIT`: all the time). Handlers run in all
 * threads, several at a time.
 *
 * Returns 1 when it was told to end; then all its threads have. 0, if there is no such context (any more), or the
 * threads cannot be started: at most 256 beside this one.
 */
int coap_io_process_loop(coap_context_t *context, coap_io_process_thread_t main_loop_code,
                         void *main_loop_code_arg, uint32_t timeout_ms, uint32_t thread_count);

/**
 * Ends all loops that `coap_io_process_loop` and `coap_io_process_configure_threads` run, and all
 * `coap_send_recv`s, whatever their contexts. If there is no loop the next one ends at once,
 * unless `coap_startup` comes before it. Can be called in a signal handler.
 */
void coap_io_process_terminate_loop(void);

/**
 * Starts threads that run the loop of a context, beside those that there are; handlers run in all of them, several at
 * a time. They end with `coap_io_process_remove_threads`, with the context, and with
 * `coap_io_process_terminate_loop`.
 *
 * Returns 1, or 0 for no context, no threads, or more than 256 of one context, and if the system refuses.
 */
int coap_io_process_configure_threads(coap_context_t *context, uint32_t thread_count);

/**
 * Ends the threads that run the loop of a context, and waits until they are back from their handlers. A handler in one
 * of them may call this, too: its own thread ends when it returns.
 */
void coap_io_process_remove_threads(coap_context_t *context);

/**
 * Sends a message, or keeps it until its turn comes. Takes the PDU whatever the outcome; one that was sent,
 * deleted or never made is refused.
 *
 * Returns the message ID, or `COAP_INVALID_MID`.
 */
coap_mid_t coap_send(coap_session_t *session, coap_pdu_t *pdu);

/**
 * Acknowledges a confirmable request with an empty message. Returns its message ID, or `COAP_INVALID_MID`.
 */
coap_mid_t coap_send_ack(coap_session_t *session, const coap_pdu_t *request);

/** Rejects a message with a Reset. Returns the message ID, or `COAP_INVALID_MID`. */
coap_mid_t coap_send_rst(coap_session_t *session, const coap_pdu_t *request);

/** Answers a message with an empty one of the given type. Returns the message ID, or `COAP_INVALID_MID`. */
coap_mid_t coap_send_message_type(coap_session_t *session, const coap_pdu_t *request, coap_pdu_type_t type);

/**
 * Answers a request with an error: `coap_new_error_response`, sent. Returns the message ID, or
 * `COAP_INVALID_MID`.
 */
coap_mid_t coap_send_error(coap_session_t *session, const coap_pdu_t *request, coap_pdu_code_t code,
                           coap_opt_filter_t *opts);

/**
 * A response to `request` with an error code, its reason as payload (RFC 7252 section 5.5.2). `opts` says
 * which of the request's options to repeat in it.
 */
coap_pdu_t *coap_new_error_response(const coap_pdu_t *request, coap_pdu_code_t code, coap_opt_filter_t *opts);

/** A message ID for the next message of a session. */
uint16_t coap_new_message_id(coap_session_t *session);

/**
 * Joins a group, given by name or address, at every endpoint of a context; with an interface name, on that
 * interface. Returns 0, or -1. Name servers may be asked.
 */
int coap_join_mcast_group_intf(coap_context_t *context, const char *groupname, const char *ifname);

/**
 * From now on only resources that say so (`COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT`) serve requests to a
 * group.
 */
void coap_mcast_per_resource(coap_context_t *context);

/**
 * How many networks a client session's requests to a group may cross, 0 to 255. Returns 1, or 0 when the
 * session does not send to a group or the system refuses.
 */
int coap_mcast_set_hops(coap_session_t *session, size_t hops);

/**
 * Sets the pre-shared key of servers over DTLS, and the hint that clients get, or null. As
 * `coap_context_set_psk2` without functions.
 *
 * Not yet: TLS and secure WebSockets, which work with certificates alone.
 */
int coap_context_set_psk(coap_context_t *context, const char *hint, const uint8_t *key, size_t key_len);

/**
 * Sets the pre-shared keys of servers over DTLS, before endpoints are opened. Everything is copied. TLS works with
 * certificates alone. Returns 1, or 0 if a key cannot be used; the log says why.
 *
 * * `validate_id_call_back` knows the key of each identity; without it, whoever has the key of `psk_info` is let in.
 * * `validate_sni_call_back` knows hint and key by the name that a client calls the server by, which is an empty
 * string if it does not say. It is asked once for each name that it accepts.
 *
 * Not yet: TLS and secure WebSockets, which work with certificates alone.
 */
int coap_context_set_psk2(coap_context_t *context, coap_dtls_spsk_t *setup_data);

/**
 * Sets the certificate and key of servers over DTLS and TLS, and how clients are judged, before endpoints are
 * opened. Files are read now. Returns 1, or 0 if something cannot be used or cannot be honoured; the log says what.
 *
 * * `validate_cn_call_back` is asked about each certificate of a client, from its CA down to its own; a certificate
 * without a name has an empty one.
 * * `validate_sni_call_back` knows the certificate by the name that a client calls the server by, which is an empty
 * string if it does not say. It is asked once for each name that it accepts; of clients that speak DTLS 1.3 alone
 * each time, but 10 times a second at most.
 * * `additional_tls_setup_call_back` has to be null: there is no TLS library of C's to hand to it.
 *
 * Not yet: RSA keys and certificates between the peer's and its CA over DTLS, PKCS #11, raw public keys, encrypted
 * private keys, `additional_tls_setup_call_back`, `allow_bad_md_hash`, RSA keys of less than 2048 bits
 * (`allow_short_rsa_length`).
 */
int coap_context_set_pki(coap_context_t *context, const coap_dtls_pki_t *setup_data);

/**
 * Trusts further CAs, besides those that come with a certificate: those of a PEM file, of the PEM files of a
 * directory, or both. It counts for the servers of the context and for client sessions to come, unless they ask for a
 * common CA. All files of CAs are read now, those of before again; the servers' certificate and key are not. Returns
 * 1, or 0 if there is nothing to be read; the log says why, and nothing has changed.
 */
int coap_context_set_pki_root_cas(coap_context_t *context, const char *ca_file, const char *ca_dir);

/**
 * As `coap_context_set_pki_root_cas` with the CAs that the system trusts (or those that `SSL_CERT_FILE` and
 * `SSL_CERT_DIR` name in the environment).
 */
int coap_context_load_pki_trust_store(coap_context_t *context);

/**
 * Has client sessions with a Connection ID (RFC 9146) change their address every so many messages, for
 * tests.
 */
int coap_context_set_cid_tuple_change(coap_context_t *context, uint8_t every);

/**
 * Sends a request and runs the loop until its response is there, which does not go to the response handler. The
 * request stays the program's, to be deleted; so is `*response_pdu`, which is null without a response. A request that
 * observes gets its first response so; the notifications go to the handler.
 *
 * Returns the milliseconds that it took, or
 * * -1: `timeout_ms` is `COAP_IO_WAIT` or `COAP_IO_NO_WAIT`,
 * * -2: it could not be sent: no request, no such session, or another thread waits for one with its token,
 * * -3: it was rejected, not acknowledged, or the network says that it cannot be delivered: the NACK handler knows; or
 * its session ended, perhaps with its context,
 * * -4: the system cannot wait, or the call is 16 callbacks deep,
 * * -5: no response came in `timeout_ms`. While a body goes or comes in blocks, the time starts anew with each block,
 * * -6: `coap_send_recv_terminate` was called.
 *
 * After a failure the request is given up; a response that comes all the same goes to the handler. Several threads may
 * wait in one session. Inside a callback other callbacks run meanwhile, and what was to be delivered after it waits.
 */
int coap_send_recv(coap_session_t *session, coap_pdu_t *request_pdu, coap_pdu_t **response_pdu,
                   uint32_t timeout_ms);

/**
 * Ends all `coap_send_recv`s that wait, whatever their contexts: they return -6. Can be called in a signal handler.
 */
void coap_send_recv_terminate(void);

/**
 * As `coap_io_process`, which also returns when one of the program's descriptors is ready: sets as for
 * `select`, below `nfds`. They say afterwards which are.
 */
int coap_io_process_with_fds(coap_context_t *ctx, uint32_t timeout_ms, int nfds, fd_set *readfds,
                             fd_set *writefds, fd_set *exceptfds);

/**
 * The first option of that number, or null. `oi` is then at it: `coap_option_next` finds the next of the number.
 */
coap_opt_t *coap_check_option(const coap_pdu_t *pdu, coap_option_num_t number, coap_opt_iterator_t *oi);

/** Takes all numbers out of a set. */
void coap_option_filter_clear(coap_opt_filter_t *filter);

/** Whether a number is in a set. */
int coap_option_filter_get(coap_opt_filter_t *filter, coap_option_num_t number);

/** Puts a number into a set; 0 if there is no place left: it holds two numbers above 255 and six others. */
int coap_option_filter_set(coap_opt_filter_t *filter, coap_option_num_t number);

/** Takes a number out of a set; 0 if it was not in. */
int coap_option_filter_unset(coap_opt_filter_t *filter, coap_option_num_t number);

/**
 * Starts a walk over the options of a PDU: those in `filter`, or all without one. Null if the PDU has no options.
 *
 * The walk is over when the PDU is changed.
 */
coap_opt_iterator_t *coap_option_iterator_init(const coap_pdu_t *pdu, coap_opt_iterator_t *oi,
                                               const coap_opt_filter_t *filter);

/** The next option of a walk, or null at its end. `oi->number` is its number. */
coap_opt_t *coap_option_next(coap_opt_iterator_t *oi);

/**
 * Writes an option of `delta` to the option before, and its value unless `val` is null. Returns its size; 0 if
 * `maxlen` bytes are not enough.
 */
size_t coap_opt_encode(coap_opt_t *opt, size_t maxlen, uint16_t delta, const uint8_t *val, size_t length);

/** Bytes of an option of this delta and length. */
size_t coap_opt_encode_size(uint16_t delta, size_t length);

/** Length of an option's value; 0 also for what is not an option. */
uint32_t coap_opt_length(const coap_opt_t *opt);

/** Reads the option in the `length` bytes at `opt`. Returns its size; 0 for what is not an option. */
size_t coap_opt_parse(const coap_opt_t *opt, size_t length, coap_option_t *result);

/** Writes what stands before an option's value. Returns its size; 0 if `maxlen` bytes are not enough. */
size_t coap_opt_setheader(coap_opt_t *opt, size_t maxlen, uint16_t delta, size_t length);

/** Size of an option with its value; 0 for what is not an option. */
size_t coap_opt_size(const coap_opt_t *opt);

/** Where an option's value starts; null for what is not an option. */
const uint8_t *coap_opt_value(const coap_opt_t *opt);

/**
 * Puts the options of a list into a PDU, by ascending number; the list is sorted, options of one number stay in
 * their order. 0 if the list is empty or the PDU has a payload.
 */
int coap_add_optlist_pdu(coap_pdu_t *pdu, coap_optlist_t **optlist_chain);

/** Deletes a list. Null is fine. */
void coap_delete_optlist(coap_optlist_t *optlist_chain);

/** Appends an option to a list, which takes it over. 0 without an option. */
int coap_insert_optlist(coap_optlist_t **optlist_chain, coap_optlist_t *optlist);

/** An option for a list, with a copy of its value. */
coap_optlist_t *coap_new_optlist(uint16_t number, size_t length, const uint8_t *data);

/**
 * Sorts a list by ascending number; options of one number stay in their order. Returns 1, or 0 without a list; an
 * empty one is sorted.
 */
int coap_sort_optlist(coap_optlist_t **options);

/** Sets what server sessions protect messages with. */
int coap_context_oscore_server(coap_context_t *context, coap_oscore_conf_t *oscore_conf);

/** Deletes a configuration. */
int coap_delete_oscore_conf(coap_oscore_conf_t *oscore_conf);

/** Forgets a recipient. */
int coap_delete_oscore_recipient(coap_context_t *context, coap_bin_const_t *recipient_id);

/** Opens a client session that protects messages. */
coap_session_t *coap_new_client_session_oscore(coap_context_t *ctx, const coap_address_t *local_if,
                                               const coap_address_t *server, coap_proto_t proto,
                                               coap_oscore_conf_t *oscore_conf);

/** Opens a client session that protects messages, over a transport secured by certificates. */
coap_session_t *coap_new_client_session_oscore_pki(coap_context_t *ctx, const coap_address_t *local_if,
                                                   const coap_address_t *server, coap_proto_t proto,
                                                   coap_dtls_pki_t *pki_data,
                                                   coap_oscore_conf_t *oscore_conf);

/** Opens a client session that protects messages, over a transport secured by a pre-shared key. */
coap_session_t *coap_new_client_session_oscore_psk(coap_context_t *ctx, const coap_address_t *local_if,
                                                   const coap_address_t *server, coap_proto_t proto,
                                                   coap_dtls_cpsk_t *psk_data,
                                                   coap_oscore_conf_t *oscore_conf);

/** As `coap_new_client_session_oscore`, with a pointer of the program's; it stays the program's. */
coap_session_t *coap_new_client_session_oscore3(coap_context_t *ctx, const coap_address_t *local_if,
                                                const coap_address_t *server, coap_proto_t proto,
                                                coap_oscore_conf_t *oscore_conf, void *app_data,
                                                coap_app_data_free_callback_t callback,
                                                coap_str_const_t *ws_host);

/** As `coap_new_client_session_oscore_pki`, with a pointer of the program's; it stays the program's. */
coap_session_t *coap_new_client_session_oscore_pki3(coap_context_t *ctx, const coap_address_t *local_if,
                                                    const coap_address_t *server, coap_proto_t proto,
                                                    coap_dtls_pki_t *pki_data,
                                                    coap_oscore_conf_t *oscore_conf, void *app_data,
                                                    coap_app_data_free_callback_t callback,
                                                    coap_str_const_t *ws_host);

/** As `coap_new_client_session_oscore_psk`, with a pointer of the program's; it stays the program's. */
coap_session_t *coap_new_client_session_oscore_psk3(coap_context_t *ctx, const coap_address_t *local_if,
                                                    const coap_address_t *server, coap_proto_t proto,
                                                    coap_dtls_cpsk_t *psk_data,
                                                    coap_oscore_conf_t *oscore_conf, void *app_data,
                                                    coap_app_data_free_callback_t callback,
                                                    coap_str_const_t *ws_host);

/** Reads a configuration. */
coap_oscore_conf_t *coap_new_oscore_conf(coap_str_const_t conf_mem,
                                         coap_oscore_save_seq_num_t save_seq_num_func,
                                         void *save_seq_num_func_param, uint64_t start_seq_num);

/** Adds a recipient. */
int coap_new_oscore_recipient(coap_context_t *context, coap_bin_const_t *recipient_id);

/** Whether OSCORE is built in: 0. */
int coap_oscore_is_supported(void);

/**
 * Adds an option. Returns its size in the message; 0 if there is a payload, no room, or one of a number that may
 * come only once. A number below those that are there is put at its place.
 */
size_t coap_add_option(coap_pdu_t *pdu, coap_option_num_t number, size_t len, const uint8_t *data);

/** Sets the token, which comes first; 0 if something else is there already, or no room. */
int coap_add_token(coap_pdu_t *pdu, size_t len, const uint8_t *data);

/** Deletes a PDU. Null is fine; one that was sent or deleted already is refused. */
void coap_delete_pdu(coap_pdu_t *pdu);

/** A message for a session, with its next message ID and room for what the session allows. */
coap_pdu_t *coap_new_pdu(coap_pdu_type_t type, coap_pdu_code_t code, coap_session_t *session);

/**
 * A copy of type, code and options for a session, with its next message ID and a token of its own. Without payload,
 * and without the options in `drop_options`; with such a set, options are added as by `coap_add_option`.
 */
coap_pdu_t *coap_pdu_duplicate(const coap_pdu_t *old_pdu, coap_session_t *session, size_t token_length,
                               const uint8_t *token, coap_opt_filter_t *drop_options);

/** The code. */
coap_pdu_code_t coap_pdu_get_code(const coap_pdu_t *pdu);

/** The message ID. */
coap_mid_t coap_pdu_get_mid(const coap_pdu_t *pdu);

/** The token. */
coap_bin_const_t coap_pdu_get_token(const coap_pdu_t *pdu);

/** The type. */
coap_pdu_type_t coap_pdu_get_type(const coap_pdu_t *pdu);

/** A message of at most `size` bytes of token, options and payload; 0: without limit. */
coap_pdu_t *coap_pdu_init(coap_pdu_type_t type, coap_pdu_code_t code, coap_mid_t mid, size_t size);

/**
 * Makes the PDU what `data` says: one message as it goes over `proto`, header included. 0 if it is not a message, or
 * larger than the PDU may be: the PDU is then as it was.
 */
int coap_pdu_parse(coap_proto_t proto, const uint8_t *data, size_t length, coap_pdu_t *pdu);

/** Sets the code, 0 to 255. */
void coap_pdu_set_code(coap_pdu_t *pdu, coap_pdu_code_t code);

/** Sets the message ID, 0 to 65,535. */
void coap_pdu_set_mid(coap_pdu_t *pdu, coap_mid_t mid);

/** Sets the type. */
void coap_pdu_set_type(coap_pdu_t *pdu, coap_pdu_type_t type);

/** What a response code means; null for one that is not registered. */
const char *coap_response_phrase(unsigned char code);

/** Sets the payload; 0 if there is one already, or no room. No bytes are no payload: nothing happens. */
int coap_add_data(coap_pdu_t *pdu, size_t len, const uint8_t *data);

/**
 * Makes a payload of `len` bytes and returns where it is to be written; null if there is one already, or no room.
 */
uint8_t *coap_add_data_after(coap_pdu_t *pdu, size_t len);

/** The payload; 0 if there is none. */
int coap_get_data(const coap_pdu_t *pdu, size_t *len, const uint8_t **data);

/** The payload and its place in a body of several messages: `offset` of `total` bytes. 0 if there is none. */
int coap_get_data_large(const coap_pdu_t *pdu, size_t *len, const uint8_t **data, size_t *offset,
                        size_t *total);

/** Fills `len` bytes with random ones; 0 if there are none to be had. */
int coap_prng(void *buf, size_t len);

/** The system's source needs no seed. */
void coap_prng_init(unsigned int seed);

/**
 * Takes random bytes from `rng` from now on. It returns 1 when it has filled the buffer. With null there are none.
 */
void coap_set_prng(coap_rand_func_t rng);

/** Whether requests for URIs of this scheme can be forwarded: 1, or 0 and a line in the log. */
int coap_verify_proxy_scheme_supported(coap_uri_scheme_t scheme);

/**
 * Forwards a request, from its handler, to a server of `server_list` or to the one that the request names. `resource`,
 * `request` and `response` are the handler's.
 *
 * 1: the request goes to the server, whose name may still have to be looked up; the response's code is left
 * empty. What comes back is given to the response handler, which passes it on by
 * `coap_proxy_forward_response`, or to that of `coap_register_proxy_response_handler`. If nothing comes
 * back, the client is told: 5.04, or 5.02 if the server rejects the request or cannot be reached. 0: the
 * response says why the request is not forwarded.
 *
 * `cache_key` may be null. Else it is the library's after 1, until `coap_proxy_forward_response` gives it back.
 *
 * Not yet: (D)TLS and OSCORE to the server.
 */
int coap_proxy_forward_request(coap_session_t *session, const coap_pdu_t *request, coap_pdu_t *response,
                               coap_resource_t *resource, coap_cache_key_t *cache_key,
                               coap_proxy_server_list_t *server_list);

/**
 * Passes a response on to the client whose request it answers, from the response handler. `*cache_key` becomes what
 * `coap_proxy_forward_request` was given: the program's to delete, unless the request observes and more responses
 * follow. That is so, too, if `cache_key` is null: such a program has to know by itself what it gave.
 *
 * `COAP_RESPONSE_OK`; `COAP_RESPONSE_FAIL` for a notification that nobody waits for.
 */
coap_response_t coap_proxy_forward_response(coap_session_t *session, const coap_pdu_t *received,
                                            coap_cache_key_t **cache_key);

/**
 * Sets the function that gets responses to requests that were forwarded, instead of the response handler; what it
 * returns is passed on.
 */
void coap_register_proxy_response_handler(coap_context_t *context, coap_proxy_response_handler_t handler);

/**
 * Describes a resource with an attribute. A value is written as it is to be listed, with its quotes; null:
 * none.
 */
coap_attr_t *coap_add_attr(coap_resource_t *resource, coap_str_const_t *name, coap_str_const_t *value,
                           int flags);

/** The attribute of that name which was added last, or null. */
coap_attr_t *coap_find_attr(coap_resource_t *resource, coap_str_const_t *name);

/** The value of an attribute; null if it has none. Can be read while the resource lives. */
coap_str_const_t *coap_attr_get_value(coap_attr_t *attribute);

/**
 * Prints the link of a resource, less the first `*offset` bytes. `*len` says how much room there is and
 * becomes the length of the whole link; `*offset` becomes what is left to be skipped. Returns the bytes
 * written, with a flag if that was not all.
 */
coap_print_status_t coap_print_link(const coap_resource_t *resource, unsigned char *buf, size_t *len,
                                    size_t *offset);

/**
 * Prints the links of all resources that match the filter, less the first `offset` bytes. `*buflen` says how
 * much room there is and becomes the length of the whole listing. Returns the bytes written, with a flag if
 * that was not all.
 */
coap_print_status_t coap_print_wellknown(coap_context_t *context, unsigned char *buf, size_t *buflen,
                                         size_t offset, const coap_string_t *query_filter);

/**
 * Makes a resource for the path `uri_path`, written without its leading `/`; null: the root. `flags` are
 * `COAP_RESOURCE_FLAGS_*`; with `COAP_RESOURCE_FLAGS_RELEASE_URI` the library takes the string over.
 */
coap_resource_t *coap_resource_init(coap_str_const_t *uri_path, int flags);

/**
 * Makes the resource for requests to paths that have none. `put_handler` gets PUT requests; handlers for
 * other methods can be registered.
 */
coap_resource_t *coap_resource_unknown_init(coap_method_handler_t put_handler);

/** As `coap_resource_unknown_init`; `flags` say how requests to a group are treated. */
coap_resource_t *coap_resource_unknown_init2(coap_method_handler_t put_handler, int flags);

/**
 * Makes the resource for requests that are to be forwarded (Proxy-Uri, Proxy-Scheme). `handler` gets all
 * methods. The names are those of this node: requests for them are not forwarded.
 */
coap_resource_t *coap_resource_proxy_uri_init(coap_method_handler_t handler, size_t host_name_count,
                                              const char **host_name_list);

/** As `coap_resource_proxy_uri_init`; `flags` say how requests to a group are treated. */
coap_resource_t *coap_resource_proxy_uri_init2(coap_method_handler_t handler, size_t host_name_count,
                                               const char **host_name_list, int flags);

/**
 * Makes a resource for requests to paths that have none, of all methods: for a proxy that looks like a
 * server.
 */
coap_resource_t *coap_resource_reverse_proxy_init(coap_method_handler_t handler, int flags);

/**
 * Adds a resource to a context, which then owns it. One of the same path, or a second for unknown paths or
 * forwarding, takes the place of the one before, which is deleted. Refused when it belongs to a context
 * already.
 */
void coap_add_resource(coap_context_t *context, coap_resource_t *resource);

/**
 * Deletes a resource, wherever it is, after the handler for its user data has run. Returns 1, or 0 if there
 * is no such resource.
 */
int coap_delete_resource(coap_context_t *context, coap_resource_t *resource);

/** The resource of a context at a path, written without its leading `/`; or null. */
coap_resource_t *coap_get_resource_from_uri_path(coap_context_t *context, coap_str_const_t *uri_path);

/**
 * Sets the function that is told which user data is no longer needed, when a resource of the context is
 * deleted.
 */
void coap_resource_release_userdata_handler(coap_context_t *context,
                                            coap_resource_release_userdata_handler_t callback);

/** Sets the function that gets the requests of one method; null: they are answered with 4.05. */
void coap_register_request_handler(coap_resource_t *resource, coap_request_t method,
                                   coap_method_handler_t handler);

/** The former name of `coap_register_request_handler`. */
void coap_register_handler(coap_resource_t *resource, coap_request_t method, coap_method_handler_t handler);

/** The path of a resource, without its leading `/`. Can be read while the resource lives. */
coap_str_const_t *coap_resource_get_uri_path(coap_resource_t *resource);

/** Leaves a pointer of the program's with a resource. */
void coap_resource_set_userdata(coap_resource_t *resource, void *data);

/** The pointer that the program left with a resource; null at first. */
void *coap_resource_get_userdata(coap_resource_t *resource);

/**
 * Whether notifications are confirmable: `COAP_RESOURCE_FLAGS_NOTIFY_CON` or
 * `COAP_RESOURCE_FLAGS_NOTIFY_NON`.
 */
void coap_resource_set_mode(coap_resource_t *resource, int mode);

/** The former name of `coap_resource_notify_observers`. */
COAP_DEPRECATED
int coap_resource_set_dirty(coap_resource_t *resource, const coap_string_t *query);

/**
 * The peer's address. For a session to a group: that of the member that answered last, the group's again
 * after the next request. Null if there is no such session.
 */
const coap_address_t *coap_session_get_addr_remote(const coap_session_t *session);

/** This node's address in the session. Null if there is no such session. */
const coap_address_t *coap_session_get_addr_local(const coap_session_t *session);

/** The group that a client session was opened to. Null if it was opened to a single peer. */
const coap_address_t *coap_session_get_addr_mcast(const coap_session_t *session);

/**
 * Index of the network interface that the peer's last datagram came in by; 0 if it is not known, -1 if there
 * is no such session.
 */
int coap_session_get_ifindex(const coap_session_t *session);

/** The session with this peer (or group) by this interface, or null. Adds no reference. */
coap_session_t *coap_session_get_by_peer(const coap_context_t *context, const coap_address_t *remote_addr,
                                         int ifindex);

/**
 * Listens at an address; port 0: the system chooses one. Null when the system refuses.
 *
 * DTLS, TLS and secure WebSockets need keys or certificates first (`coap_context_set_psk2`,
 * `coap_context_set_pki`).
 *
 * `coap_context_set_psk2`: crate::net::coap_context_set_psk2
 * `coap_context_set_pki`: crate::net::coap_context_set_pki
 */
coap_endpoint_t *coap_new_endpoint(coap_context_t *context, const coap_address_t *listen_addr,
                                   coap_proto_t proto);

/** Stops listening. The endpoint's sessions end. */
void coap_free_endpoint(coap_endpoint_t *endpoint);

/** The pointer that the program left with an endpoint; null at first. */
void *coap_endpoint_get_app_data(const coap_endpoint_t *endpoint);

/**
 * Leaves a pointer of the program's with an endpoint, and the function to be told when the data is no longer needed:
 * once, when the endpoint is freed, with no lock held, unless the data is null then. Returns the data that was there
 * before, which is the program's again and is not released; null if there is no such endpoint.
 */
void *coap_endpoint_set_app_data(coap_endpoint_t *endpoint, void *data,
                                 coap_app_data_free_callback_t callback);

/** Largest datagram, in bytes, of sessions to come. */
void coap_endpoint_set_default_mtu(coap_endpoint_t *endpoint, unsigned int mtu);

/**
 * Text that says which endpoint it is: `address protocol`. Valid until the calling thread has asked for more
 * of such texts; null if there is no such endpoint.
 */
const char *coap_endpoint_str(const coap_endpoint_t *endpoint);

/** Leaves a pointer of the program's with a session. What was there before is forgotten without a word. */
void coap_session_set_app_data(coap_session_t *session, void *data);

/**
 * As `coap_session_set_app_data`, with the function to be told when the data is no longer needed: once, when the
 * session ends (after its last event, with no lock held), unless the data is null then. It may call anything but the
 * session. Returns the data that was there before, which is the program's again and is not released; null if there is
 * no such session.
 */
void *coap_session_set_app_data2(coap_session_t *session, void *data, coap_app_data_free_callback_t callback);

/** The pointer that the program left with a session; null at first. */
void *coap_session_get_app_data(const coap_session_t *session);

/** Whether OSCORE (RFC 8613) protects a session's messages: 0, as it is not built in. */
int coap_session_is_oscore(const coap_session_t *session);

/** The endpoint that a server session belongs to; null for a client session that was opened by this node. */
coap_endpoint_t *coap_session_get_endpoint(const coap_session_t *session);

/** The context of a session, or null. */
coap_context_t *coap_session_get_context(const coap_session_t *session);

/** The transport of a session; `COAP_PROTO_NONE` if there is no such session. */
coap_proto_t coap_session_get_proto(const coap_session_t *session);

/** Client, server, or a peer not known yet; `COAP_SESSION_TYPE_NONE` if there is no such session. */
coap_session_type_t coap_session_get_type(const coap_session_t *session);

/** How far a session is; `COAP_SESSION_STATE_NONE` if there is no such session. */
coap_session_state_t coap_session_get_state(const coap_session_t *session);

/**
 * Text that says which session it is: `local <-> remote (interface) protocol`. Valid until the calling
 * thread has asked for more of such texts; null if there is no such session.
 */
const char *coap_session_str(const coap_session_t *session);

/**
 * Adds a reference of the program's: the session lives at least until it is released. Returns the session,
 * or null.
 */
coap_session_t *coap_session_reference(coap_session_t *session);

/**
 * Gives back a reference of the program's. A client session ends with its last one; a server session stays
 * in the pool of idle ones. Refused when the program has none.
 */
void coap_session_release(coap_session_t *session);

/**
 * Tells a session that its connection is lost: messages under way fail with `reason`, which the NACK handler
 * learns before this returns. A client session can then only be released; a server session is as new, but for one over
 * a stream: that connection is over, and the session ends with the program's last reference. With
 * `COAP_NACK_ICMP_ISSUE` nothing is lost: the handler is told of the message that was sent first. Other numbers
 * than `COAP_NACK_*` change nothing and are logged.
 */
void coap_session_disconnected(coap_session_t *session, coap_nack_reason_t reason);

/**
 * Turns a server session into a client session with one more reference for the program, so that requests can
 * be sent to the peer. Returns 1, or 0 if it is no server session.
 */
int coap_session_set_type_client(coap_session_t *session);

/**
 * Turns a client session into a server session: for one that this node opened to a server that is to send the requests
 * ("call home"). References stay; without any it is idle, and ends as such. Returns 1, or 0 if it is no client session
 * with a single peer.
 */
int coap_session_set_type_server(coap_session_t *session);

/**
 * Sessions are not connected again by themselves yet: there is nothing to be stopped.
 *
 * Not yet.
 */
void coap_call_home_stop_reconnecting(coap_session_t *session);

/**
 * Pings the peer (RFC 7252 section 4.3); the pong handler learns of the answer. Returns the message ID, or
 * `COAP_INVALID_MID` when the session is not connected or a confirmable message is under way.
 */
coap_mid_t coap_session_send_ping(coap_session_t *session);

/** The end of the session shall not cancel its observations at the server. */
void coap_session_set_no_observe_cancel(coap_session_t *session);

/**
 * Opens a session to a server, with one reference for the program. `local_if` is where to bind to, or null;
 * port 0 of `server` is the protocol's default port. Null when the system refuses, or the same session
 * exists already.
 *
 * Over a stream the session is being connected then, and messages wait; the event handler learns what becomes of it. A
 * Unix domain socket for datagrams needs a path of its own in `local_if`.
 *
 * Over DTLS, TLS and secure WebSockets it has no certificate of its own, and the server's is checked with the root
 * CAs of the context, too old or self-signed ones being good enough, as in libcoap: see
 * `coap_new_client_session_pki`.
 */
coap_session_t *coap_new_client_session(coap_context_t *ctx, const coap_address_t *local_if,
                                        const coap_address_t *server, coap_proto_t proto);

/**
 * As `coap_new_client_session`, with a pointer of the program's and the function to be told when it is no longer
 * needed (see `coap_session_set_app_data2`): the session has it before its first
 * event comes. Without a session the data stays the program's. `ws_host` is the Host of WebSockets, or null.
 */
coap_session_t *coap_new_client_session3(coap_context_t *ctx, const coap_address_t *local_if,
                                         const coap_address_t *server, coap_proto_t proto, void *app_data,
                                         coap_app_data_free_callback_t callback, coap_str_const_t *ws_host);

/**
 * As `coap_new_client_session`, over DTLS, TLS or secure WebSockets with certificates. Everything in `setup_data` is
 * read and copied before this returns; null if something cannot be used or cannot be honoured, which the log names.
 *
 * * A client may do without a certificate of its own. In DTLS its key has to be an ECDSA one (P-256 or P-384).
 * * `validate_cn_call_back` is asked about each certificate of the server, from its CA down to its own; a certificate
 * without a name has an empty one. It counts for this session alone.
 * * `client_sni` is told to servers over TLS. In DTLS no name is sent, which the log says (`COAP_LOG_INFO`).
 * * `additional_tls_setup_call_back` has to be null: there is no TLS library of C's to hand to it.
 *
 * A session without (D)TLS is opened as well, if `setup_data` is in order.
 *
 * Not yet: RSA keys, certificates between the peer's and its CA, and `client_sni` over DTLS; PKCS #11, raw public
 * keys.
 */
coap_session_t *coap_new_client_session_pki(coap_context_t *ctx, const coap_address_t *local_if,
                                            const coap_address_t *server, coap_proto_t proto,
                                            coap_dtls_pki_t *setup_data);

/**
 * As `coap_new_client_session_pki` and `coap_new_client_session3`.
 *
 * Not yet: RSA keys, certificates between the peer's and its CA, and `client_sni` over DTLS; PKCS #11, raw public
 * keys.
 */
coap_session_t *coap_new_client_session_pki3(coap_context_t *ctx, const coap_address_t *local_if,
                                             const coap_address_t *server, coap_proto_t proto,
                                             coap_dtls_pki_t *setup_data, void *app_data,
                                             coap_app_data_free_callback_t callback,
                                             coap_str_const_t *ws_host);

/**
 * As `coap_new_client_session_psk2`, with nothing but an identity and its key.
 *
 * Not yet: TLS and secure WebSockets, which work with certificates alone.
 */
coap_session_t *coap_new_client_session_psk(coap_context_t *ctx, const coap_address_t *local_if,
                                            const coap_address_t *server, coap_proto_t proto,
                                            const char *identity, const uint8_t *key, unsigned int key_len);

/**
 * As `coap_new_client_session`, over DTLS with a pre-shared key. Everything in `setup_data` is copied before this
 * returns; null if identity or key are missing or too long. TLS works with certificates alone.
 *
 * * `validate_ih_call_back` is asked about the hint of the server, if there is one, and answers with identity and key
 * to use. Another identity than that of `psk_info` has the handshake begin again.
 * * `client_sni` is not sent: see `coap_new_client_session_pki`.
 *
 * A session without (D)TLS is opened as well, if `setup_data` is in order.
 *
 * Not yet: TLS and secure WebSockets, which work with certificates alone; `client_sni`.
 */
coap_session_t *coap_new_client_session_psk2(coap_context_t *ctx, const coap_address_t *local_if,
                                             const coap_address_t *server, coap_proto_t proto,
                                             coap_dtls_cpsk_t *setup_data);

/**
 * As `coap_new_client_session_psk2` and `coap_new_client_session3`.
 *
 * Not yet: TLS and secure WebSockets, which work with certificates alone; `client_sni`.
 */
coap_session_t *coap_new_client_session_psk3(coap_context_t *ctx, const coap_address_t *local_if,
                                             const coap_address_t *server, coap_proto_t proto,
                                             coap_dtls_cpsk_t *setup_data, void *app_data,
                                             coap_app_data_free_callback_t callback,
                                             coap_str_const_t *ws_host);

/** Largest datagram of the session in bytes, header included; at least 64. */
void coap_session_set_mtu(coap_session_t *session, unsigned int mtu);

/**
 * How many bytes of token, options and payload fit into a message of the session. Answers at once: as long as a peer
 * over TCP or WebSockets has not said what it takes (CSM, RFC 8323), with what this node takes.
 */
size_t coap_session_max_pdu_size(const coap_session_t *session);

/** How long to wait for the first acknowledgement, in seconds; at first 2.000. */
coap_fixed_point_t coap_session_get_ack_timeout(const coap_session_t *session);

/** Sets what `coap_session_get_ack_timeout` returns. */
void coap_session_set_ack_timeout(coap_session_t *session, coap_fixed_point_t value);

/** By what factor that wait is longer at most; at first 1.500. */
coap_fixed_point_t coap_session_get_ack_random_factor(const coap_session_t *session);

/** Sets what `coap_session_get_ack_random_factor` returns. */
void coap_session_set_ack_random_factor(coap_session_t *session, coap_fixed_point_t value);

/** How often a confirmable message is sent again at most; at first 4. */
uint16_t coap_session_get_max_retransmit(const coap_session_t *session);

/** Sets what `coap_session_get_max_retransmit` returns. */
void coap_session_set_max_retransmit(coap_session_t *session, uint16_t value);

/** How many confirmable messages may be under way at a time; at first 1. */
uint16_t coap_session_get_nstart(const coap_session_t *session);

/** Sets what `coap_session_get_nstart` returns. */
void coap_session_set_nstart(coap_session_t *session, uint16_t value);

/** Within how many seconds a request to a group is answered; at first 5.000. */
coap_fixed_point_t coap_session_get_default_leisure(const coap_session_t *session);

/** Sets what `coap_session_get_default_leisure` returns. */
void coap_session_set_default_leisure(coap_session_t *session, coap_fixed_point_t value);

/** How many bytes a second go to a peer that does not answer; at first 1. */
uint32_t coap_session_get_probing_rate(const coap_session_t *session);

/** Sets what `coap_session_get_probing_rate` returns. */
void coap_session_set_probing_rate(coap_session_t *session, uint32_t value);

/** How many payloads go out in a burst (Q-Block); at first 10. */
uint16_t coap_session_get_max_payloads(const coap_session_t *session);

/** Sets what `coap_session_get_max_payloads` returns. */
void coap_session_set_max_payloads(coap_session_t *session, uint16_t value);

/** How often missing payloads are asked for at most (Q-Block); at first 4. */
uint16_t coap_session_get_non_max_retransmit(const coap_session_t *session);

/** Sets what `coap_session_get_non_max_retransmit` returns. */
void coap_session_set_non_max_retransmit(coap_session_t *session, uint16_t value);

/** How many seconds lie between two bursts (Q-Block); at first 2.000. */
coap_fixed_point_t coap_session_get_non_timeout(const coap_session_t *session);

/** Sets what `coap_session_get_non_timeout` returns. */
void coap_session_set_non_timeout(coap_session_t *session, coap_fixed_point_t value);

/** After how many seconds missing payloads are asked for (Q-Block); at first 4.000. */
coap_fixed_point_t coap_session_get_non_receive_timeout(const coap_session_t *session);

/** Sets what `coap_session_get_non_receive_timeout` returns. */
void coap_session_set_non_receive_timeout(coap_session_t *session, coap_fixed_point_t value);

/**
 * The hint which identity to use: that of the server, once a client has got it. Null without a pre-shared key, or
 * without a hint. It can be read while the session lives; if the hint changes, the next call returns another pointer.
 */
const coap_bin_const_t *coap_session_get_psk_hint(const coap_session_t *session);

/**
 * The identity that goes with the pre-shared key: that of the client, once a server has got it. Null without a
 * pre-shared key. It can be read as a hint can.
 */
const coap_bin_const_t *coap_session_get_psk_identity(const coap_session_t *session);

/** The pre-shared key. Null without one. It can be read as a hint can, and is wiped when the session ends. */
const coap_bin_const_t *coap_session_get_psk_key(const coap_session_t *session);

/**
 * Something that stands for the (D)TLS side of a session, of a library that has no name in C: `*tls_lib` says so. It
 * can be compared with null, nothing else. Null without (D)TLS.
 *
 * Not yet: an object that can be given to the functions of a TLS library.
 */
void *coap_session_get_tls(const coap_session_t *session, coap_tls_library_t *tls_lib);

/** Starts the session's tokens from this one: up to 8 bytes count. */
void coap_session_init_token(coap_session_t *session, size_t length, const uint8_t *token);

/** A token that the session has not used yet: up to 8 bytes at `token`, their number at `length`. */
void coap_session_new_token(coap_session_t *session, size_t *length, uint8_t *token);

/**
 * Prepares the library: the clock that ticks count from. To be called before anything else; further calls
 * change nothing until `coap_cleanup`.
 */
void coap_startup(void);

/**
 * Ends the use of the library: settings for debugging are back at their defaults. Contexts are freed before.
 */
void coap_cleanup(void);

/** Deletes a binary. Null is fine. */
void coap_delete_bin_const(coap_bin_const_t *binary);

/** Deletes a binary. Null is fine. */
void coap_delete_binary(coap_binary_t *binary);

/** Deletes a string. Null is fine. */
void coap_delete_str_const(coap_str_const_t *string);

/** Deletes a string. Null is fine. */
void coap_delete_string(coap_string_t *string);

/** A header for a C string that lives elsewhere. It is good for a few more calls only and is not deleted. */
coap_str_const_t *coap_make_str_const(const char *string);

/** A copy of `size` bytes, a NUL behind them. */
coap_bin_const_t *coap_new_bin_const(const uint8_t *data, size_t size);

/** A binary of `size` bytes. */
coap_binary_t *coap_new_binary(size_t size);

/** A copy of `size` bytes, a NUL behind them. */
coap_str_const_t *coap_new_str_const(const uint8_t *data, size_t size);

/** A string of `size` bytes, a NUL behind them. */
coap_string_t *coap_new_string(size_t size);

/**
 * Makes a binary longer or shorter; what fits of its bytes stays. The old pointer is dead unless null is returned.
 */
coap_binary_t *coap_resize_binary(coap_binary_t *binary, size_t new_size);

/**
 * A peer observes since before the program began: what a `coap_observe_added_t` function was told brings it back.
 * A session with the peer is made, if there is none; notifications have the token of the request in `raw_packet`.
 * Null, logged, if nothing listens at `e_listen_addr`, if that is no request that registers, or its resource is
 * not there or cannot be observed. UDP only.
 *
 * What comes back is a name for the program to use; no function takes it.
 *
 * Not yet: `oscore_info`, which is not looked at.
 */
coap_subscription_t *coap_persist_observe_add(coap_context_t *context, coap_proto_t e_proto,
                                              const coap_address_t *e_listen_addr,
                                              const coap_addr_tuple_t *s_addr_info,
                                              const coap_bin_const_t *raw_packet,
                                              const coap_bin_const_t *oscore_info);

/** Sets the number that the resource's notifications count up from; 24 bits of it count. */
void coap_persist_set_observe_num(coap_resource_t *resource, uint32_t observe_num);

/**
 * Keeps over restarts: in `dyn_resource_save_file`, resources that the handler for unknown paths adds; in
 * `observe_save_file`, who observes; in `obs_cnt_save_file`, the numbers of notifications, every `save_freq` of
 * them. A null pointer leaves a file out; no two may be the same. What the files keep comes back first: resources
 * by running the handler once more with the request that made them, in a session to nobody. So resources, handlers
 * and endpoints have to be there. What a file keeps is no longer told to the functions of
 * `coap_persist_track_funcs`. A second call takes the place of the first.
 *
 * Every change is written at once, so that nothing is lost when the process ends, however it ends. The files are
 * not libcoap's: see docs/transport.md. One that is none of ours, or damaged, is kept beside itself (`.rejected`)
 * and logged.
 *
 * Returns 1; 0 if a file cannot be used at all, which is logged and does not concern the others.
 */
int coap_persist_startup(coap_context_t *context, const char *dyn_resource_save_file,
                         const char *observe_save_file, const char *obs_cnt_save_file, uint32_t save_freq);

/**
 * The files of `coap_persist_startup` stay as they are now, and the functions of `coap_persist_track_funcs`
 * are not called any more: what ends with the context comes back after a restart. Observers are no longer told
 * that a resource is deleted. Waits for the disk.
 */
void coap_persist_stop(coap_context_t *context);

/**
 * Sets the functions that are told what has to be known after a restart, for a program that stores it by itself:
 * `observe_added` and `observe_deleted` of observers, `track_observe_value` of the numbers of notifications that
 * `save_freq` divides (0: of all) and those in answers to registrations, `dyn_resource_added` of resources that
 * the handler for unknown paths adds, `resource_deleted` of all that are deleted. Each may be null. They take the
 * place of those before, and of the files of `coap_persist_startup`. What they return does not count.
 */
void coap_persist_track_funcs(coap_context_t *context, coap_observe_added_t observe_added,
                              coap_observe_deleted_t observe_deleted,
                              coap_track_observe_value_t track_observe_value,
                              coap_dyn_resource_added_t dyn_resource_added,
                              coap_resource_deleted_t resource_deleted, uint32_t save_freq, void *user_data);

/**
 * The resource has changed: its observers are notified, in the loop. Its handler runs for each of them; one
 * who cannot follow gets the newest state only. `query` is not looked at. Returns 1, or 0 if there are no
 * observers.
 */
int coap_resource_notify_observers(coap_resource_t *resource, const coap_string_t *query);

/**
 * Whether observers may register. The listing of resources says so (`obs`). With 0, those that did are kept,
 * but not notified.
 */
void coap_resource_set_get_observable(coap_resource_t *resource, int mode);

/**
 * Notifies observers whose resources changed, without waiting for the loop; if there are many, only some of
 * them.
 */
void coap_check_notify(coap_context_t *context);

/** Whether CoAP over Unix domain sockets is built in: 1. */
int coap_af_unix_is_supported(void);

/** Whether this can be a client: 1. */
int coap_client_is_supported(void);

/** Whether DTLS Connection IDs (RFC 9146) are supported: 0. */
int coap_dtls_cid_is_supported(void);

/** Whether there is one descriptor for all sockets of a context: 1. */
int coap_epoll_is_supported(void);

/** Whether IPv4 is supported: 1. */
int coap_ipv4_is_supported(void);

/** Whether IPv6 is supported: 1. */
int coap_ipv6_is_supported(void);

/** Whether observations survive a restart: 1. */
int coap_observe_persist_is_supported(void);

/** Whether requests can be forwarded by the library: 1. */
int coap_proxy_is_supported(void);

/** Whether this can be a server: 1. */
int coap_server_is_supported(void);

/** Whether any function may be called from any thread: 1. */
int coap_threadsafe_is_supported(void);

/** Starts the ticks at the current second. */
void coap_clock_init(void);

/** The current time. */
void coap_ticks(coap_tick_t *t);

/** Microseconds of the wall clock as ticks. */
coap_tick_t coap_ticks_from_rt_us(uint64_t t);

/** Ticks as seconds of the wall clock. */
coap_time_t coap_ticks_to_rt(coap_tick_t t);

/** Ticks as microseconds of the wall clock. */
uint64_t coap_ticks_to_rt_us(coap_tick_t t);

/** A copy of a URI in one block of memory. */
coap_uri_t *coap_clone_uri(const coap_uri_t *uri);

/** Deletes a URI of `coap_new_uri` or `coap_clone_uri`. Null is fine. */
void coap_delete_uri(coap_uri_t *uri);

/** The query of a request, for the program to delete; null if there is none. */
coap_string_t *coap_get_query(const coap_pdu_t *request);

/**
 * The path of a request without its leading slash, for the program to delete. Null if it has a Proxy-Uri that is
 * not one.
 */
coap_string_t *coap_get_uri_path(const coap_pdu_t *request);

/** Whether a host is an address for LLC (Linux `AF_LLC`), which is not built in: 0. */
int coap_host_is_llc(const coap_str_const_t *host);

/** Whether a host is the path of a Unix domain socket. */
int coap_host_is_unix_domain(const coap_str_const_t *host);

/** A URI with a copy of its text in one block of memory; null if it is not one. */
coap_uri_t *coap_new_uri(const uint8_t *uri, unsigned int length);

/**
 * As `coap_split_uri`, for a URI that a proxy is asked for: it has a host, and may be one of `http` or `https`.
 */
int coap_split_proxy_uri(const uint8_t *str_var, size_t len, coap_uri_t *uri);

/**
 * Takes a URI, or an absolute path with an optional query, apart; the parts point into the text. 0, or less if it is
 * not a URI: -2 without a scheme, -3 without a host, -4 for the port, -5 for a port with a Unix domain path, -1 else.
 */
int coap_split_uri(const uint8_t *str_var, size_t len, coap_uri_t *uri);

/**
 * Appends what a request for a URI carries to a list: Uri-Host and Uri-Port if `create_port_host_opt` is set and
 * they do not follow from the destination, Uri-Path and Uri-Query. 0 when done.
 *
 * `buf` is not needed any more; its size still limits path and query, each as encoded options.
 */
int coap_uri_into_options(const coap_uri_t *uri, const coap_address_t *dst, coap_optlist_t **optlist_chain,
                          int create_port_host_opt, uint8_t *buf, size_t buflen);

/**
 * Appends the segments of a path to a list as options of number `optnum`; 0 if it is not percent-encoded properly.
 *
 * `.` is left out, and `..` takes the option before with it.
 */
int coap_path_into_optlist(const uint8_t *path, size_t length, coap_option_num_t optnum,
                           coap_optlist_t **optlist_chain);

/**
 * Appends the arguments of a query to a list as options of number `optnum`; 0 if it is not percent-encoded properly.
 */
int coap_query_into_optlist(const uint8_t *query, size_t length, coap_option_num_t optnum,
                            coap_optlist_t **optlist_chain);

/** As `coap_uri_into_options`, without a limit; 1 when done. */
int coap_uri_into_optlist(const coap_uri_t *uri, const coap_address_t *dst, coap_optlist_t **optlist_chain,
                          int create_port_host_opt);

/**
 * As `coap_path_into_optlist`. `mapping` has `count` abbreviations of paths (draft-ietf-core-uri-path-abbrev).
 *
 * Not yet: abbreviations; the path is written in full, which is always right.
 */
int coap_path_into_optlist_abbrev(const uint8_t *path, size_t length, coap_option_num_t optnum,
                                  coap_optlist_t **optlist_chain, const coap_upa_abbrev_t *mapping,
                                  unsigned int count);

/**
 * As `coap_uri_into_optlist`. `mapping` has `count` abbreviations of paths (draft-ietf-core-uri-path-abbrev).
 *
 * Not yet: abbreviations; the path is written in full, which is always right.
 */
int coap_uri_into_optlist_abbrev(const coap_uri_t *uri, const coap_address_t *dst,
                                 coap_optlist_t **optlist_chain, int create_port_host_opt,
                                 const coap_upa_abbrev_t *mapping, unsigned int count);

/** Sets what paths a client writes in full again after a server did not know their abbreviation. */
void coap_upa_client_fallback(const coap_upa_abbrev_t *mapping, unsigned int count);

/** Sets which paths a server knows by an abbreviation. */
void coap_upa_server_mapping(const coap_upa_abbrev_t *mapping, unsigned int count);

/**
 * Writes the segments of a path as options of delta 0 into `buf` and returns how many; `buflen` is its size before
 * and what is used of it afterwards. What does not fit and what is not percent-encoded properly is left out.
 */
int coap_split_path(const uint8_t *s, size_t length, unsigned char *buf, size_t *buflen);

/** As `coap_split_path`, for the arguments of a query. */
int coap_split_query(const uint8_t *s, size_t length, unsigned char *buf, size_t *buflen);

/** Whether CoAP over WebSockets is built in: 1. */
int coap_ws_is_supported(void);

/**
 * Sets the Host field of the WebSocket's opening request: to be called before the session is connected, which is not
 * before the next `coap_io_process`. Without, it is the peer's address. Its port is added where it is not that of the
 * scheme. Returns 1, or 0 if it is no client session over WebSockets, it is too late, or the text cannot be a host.
 */
int coap_ws_set_host_request(coap_session_t *session, coap_str_const_t *ws_host);

/** Whether CoAP over secure WebSockets is built in: 1, or 0 in a build without TLS. */
int coap_wss_is_supported(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#define COAP_C_AFTER
#include "coap_c.h"
#undef COAP_C_AFTER

#endif /* COAP_H_ */
