//! Logging, cache keys and memory.
use c_enum::c_enum;

/// How much a log line matters; the numbers are syslog's up to `COAP_LOG_DEBUG`.
#[c_enum]
#[repr(C)]
pub enum coap_log_t {
    /// The system is unusable.
    COAP_LOG_EMERG = 0,
    /// Somebody must act at once.
    COAP_LOG_ALERT = 1,
    /// Critical.
    COAP_LOG_CRIT = 2,
    /// An error.
    COAP_LOG_ERR = 3,
    /// Something is odd.
    COAP_LOG_WARN = 4,
    /// Normal, but of note.
    COAP_LOG_NOTICE = 5,
    /// For information.
    COAP_LOG_INFO = 6,
    /// For whoever looks for a fault: every PDU is shown.
    COAP_LOG_DEBUG = 7,
    /// The inside of OSCORE.
    COAP_LOG_OSCORE = 8,
    /// Lines of the TLS library; its own level is added.
    COAP_LOG_DTLS_BASE = 9,
}

/// Whether a cache key holds for one session only.
#[c_enum]
#[repr(C)]
pub enum coap_cache_session_based_t {
    /// For all sessions.
    COAP_CACHE_NOT_SESSION_BASED = 0,
    /// For the session that it was made from.
    COAP_CACHE_IS_SESSION_BASED = 1,
}

/// Whether a cache entry keeps a copy of its PDU.
#[c_enum]
#[repr(C)]
pub enum coap_cache_record_pdu_t {
    /// It does not.
    COAP_CACHE_NOT_RECORD_PDU = 0,
    /// It does.
    COAP_CACHE_RECORD_PDU = 1,
}

/// Where a proxy sends requests. "Strip" replaces Proxy-Uri and Proxy-Scheme by Uri options, for a server.
#[c_enum]
#[repr(C)]
pub enum coap_proxy_t {
    /// To the servers of the list, whatever the request says: a reverse proxy.
    COAP_PROXY_REVERSE = 0,
    /// The same, and strip.
    COAP_PROXY_REVERSE_STRIP = 1,
    /// To the servers of the list, which are proxies themselves.
    COAP_PROXY_FORWARD = 2,
    /// The same, and strip.
    COAP_PROXY_FORWARD_STRIP = 3,
    /// To where the request's Proxy-Uri or Proxy-Scheme says.
    COAP_PROXY_DIRECT = 4,
    /// The same, and strip.
    COAP_PROXY_DIRECT_STRIP = 5,
}

/// What memory of `coap_malloc_type()` is for.
#[c_enum]
#[repr(C)]
pub enum coap_memory_tag_t {
    /// A string.
    COAP_STRING = 0,
    /// An attribute's name.
    COAP_ATTRIBUTE_NAME = 1,
    /// An attribute's value.
    COAP_ATTRIBUTE_VALUE = 2,
    /// A packet.
    COAP_PACKET = 3,
    /// An entry of a send queue.
    COAP_NODE = 4,
    /// A context.
    COAP_CONTEXT = 5,
    /// An endpoint.
    COAP_ENDPOINT = 6,
    /// A PDU.
    COAP_PDU = 7,
    /// The bytes of a PDU.
    COAP_PDU_BUF = 8,
    /// A resource.
    COAP_RESOURCE = 9,
    /// A resource's attribute.
    COAP_RESOURCEATTR = 10,
    /// A DTLS session.
    COAP_DTLS_SESSION = 11,
    /// A session.
    COAP_SESSION = 12,
    /// An entry of an option list.
    COAP_OPTLIST = 13,
    /// A cache key.
    COAP_CACHE_KEY = 14,
    /// A cache entry.
    COAP_CACHE_ENTRY = 15,
    /// A body that is being sent.
    COAP_LG_XMIT = 16,
    /// A body that a client receives.
    COAP_LG_CRCV = 17,
    /// A body that a server receives.
    COAP_LG_SRCV = 18,
    /// A digest's state.
    COAP_DIGEST_CTX = 19,
    /// A subscription.
    COAP_SUBSCRIPTION = 20,
    /// A DTLS context.
    COAP_DTLS_CONTEXT = 21,
    /// OSCORE: a common context.
    COAP_OSCORE_COM = 22,
    /// OSCORE: a sender context.
    COAP_OSCORE_SEN = 23,
    /// OSCORE: a recipient context.
    COAP_OSCORE_REC = 24,
    /// OSCORE: an exchange.
    COAP_OSCORE_EX = 25,
    /// OSCORE: an endpoint.
    COAP_OSCORE_EP = 26,
    /// OSCORE: a buffer.
    COAP_OSCORE_BUF = 27,
    /// COSE.
    COAP_COSE = 28,
    /// How many kinds there are.
    COAP_MEM_TAG_LAST = 29,
}
