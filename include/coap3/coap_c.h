/*
 * The part of <coap3/coap.h> that is written by hand, because cbindgen cannot derive it from Rust: macros, inline
 * functions, bit-fields, unions over the system's socket addresses. Not for inclusion by programs.
 *
 * coap.h includes it twice. The first part is what its declarations need, the second what needs its declarations.
 */

#ifdef COAP_C_BEFORE

#include <assert.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

/* ---- Version: of libcoap, whose interface this is ---- */

#define LIBCOAP_PACKAGE_NAME "libcoap"
#define LIBCOAP_PACKAGE_VERSION "4.3.4"
#define LIBCOAP_PACKAGE_STRING LIBCOAP_PACKAGE_NAME " " LIBCOAP_PACKAGE_VERSION
#define LIBCOAP_PACKAGE_URL "https://libcoap.net/"
#define LIBCOAP_PACKAGE_BUGREPORT "libcoap-developers@lists.sourceforge.net"
/* Major, minor (three digits) and patch (three digits). */
#define LIBCOAP_VERSION 4003004U

/* Programs may ask whether a topic's own header was included: everything is here. */
#define COAP_ADDRESS_H_
#define COAP_ASYNC_H_
#define COAP_BLOCK_H_
#define COAP_CACHE_H_
#define COAP_DEBUG_H_
#define COAP_DTLS_H_
#define COAP_ENCODE_H_
#define COAP_EVENT_H_
#define COAP_FORWARD_DECLS_H_
#define COAP_IO_H_
#define COAP_LIBCOAP_H_
#define COAP_MEM_H_
#define COAP_NET_H_
#define COAP_OPTION_H_
#define COAP_OSCORE_H_
#define COAP_PDU_H_
#define COAP_PRNG_H_
#define COAP_RESOURCE_H_
#define COAP_SESSION_H_
#define COAP_STR_H_
#define COAP_SUBSCRIBE_H_
#define COAP_TIME_H_
#define COAP_URI_H_
#define COAP_WS_H_

/* ---- Compilers ---- */

#ifndef COAP_STATIC_INLINE
#ifdef __cplusplus
#define COAP_STATIC_INLINE inline
#else
#define COAP_STATIC_INLINE static inline
#endif
#endif

#ifndef COAP_DEPRECATED
#define COAP_DEPRECATED __attribute__((deprecated))
#endif

#ifndef COAP_UNUSED
#define COAP_UNUSED __attribute__((unused))
#endif

/* ---- Addresses ---- */

/* Longest path of a Unix domain socket, with its NUL: as much as fits where an IPv6 address does. */
#define COAP_UNIX_PATH_MAX (sizeof(struct sockaddr_in6) - sizeof(sa_family_t))

/* The system's sockaddr_un with that shorter path. */
struct coap_sockaddr_un {
  sa_family_t sun_family;
  char sun_path[COAP_UNIX_PATH_MAX];
};

/* A socket address; `size` says how much of it counts. Set up by coap_address_init(). */
typedef struct coap_address_t {
  socklen_t size;
  union {
    struct sockaddr sa;
    struct sockaddr_in sin;
    struct sockaddr_in6 sin6;
    struct coap_sockaddr_un cun;
  } addr;
} coap_address_t;

/* ---- Messages (RFC 7252 section 12) ---- */

#define COAP_DEFAULT_PORT 5683
#define COAPS_DEFAULT_PORT 5684
#define COAP_DEFAULT_SCHEME "coap"
#define COAP_DEFAULT_URI_WELLKNOWN ".well-known/core"
/* Seconds that a response is fresh for if it does not say. */
#define COAP_DEFAULT_MAX_AGE 60
/* Hops that a proxied request may take if it does not say (RFC 8768). */
#ifndef COAP_DEFAULT_HOP_LIMIT
#define COAP_DEFAULT_HOP_LIMIT 16
#endif
/* Bytes of a message. */
#ifndef COAP_DEFAULT_MTU
#define COAP_DEFAULT_MTU 1152
#endif
/* A message over a reliable transport larger than this may use BERT blocks (RFC 8323 section 6). */
#define COAP_BERT_BASE 1152
/* Bytes of a token, and with RFC 8974. */
#define COAP_TOKEN_DEFAULT_MAX 8
#define COAP_TOKEN_EXT_MAX 65804
/* Bytes that an error phrase has room for. */
#define COAP_ERROR_PHRASE_LENGTH 32

/* No message id: what coap_send() and its kin return if nothing was sent. */
#define COAP_INVALID_MID (-1)
#define COAP_INVALID_TID COAP_INVALID_MID

/* The code of a response from its decimal form: 404 is 4.04. */
#define COAP_RESPONSE_CODE(N) ((((N) / 100) << 5) | ((N) % 100))
#define COAP_SIGNALING_CODE(N) COAP_RESPONSE_CODE(N)
/* The class of a code: 4 of 4.04. */
#define COAP_RESPONSE_CLASS(C) (((C) >> 5) & 0xFF)

/* ---- Option numbers (RFC 7252 section 12.2 and those named) ---- */

#define COAP_OPTION_IF_MATCH 1
#define COAP_OPTION_URI_HOST 3
#define COAP_OPTION_ETAG 4
#define COAP_OPTION_IF_NONE_MATCH 5
#define COAP_OPTION_OBSERVE 6 /* RFC 7641 */
#define COAP_OPTION_URI_PORT 7
#define COAP_OPTION_LOCATION_PATH 8
#define COAP_OPTION_OSCORE 9 /* RFC 8613 */
#define COAP_OPTION_URI_PATH 11
#define COAP_OPTION_CONTENT_FORMAT 12
#define COAP_OPTION_CONTENT_TYPE COAP_OPTION_CONTENT_FORMAT
#define COAP_OPTION_MAXAGE 14
#define COAP_OPTION_URI_QUERY 15
#define COAP_OPTION_HOP_LIMIT 16 /* RFC 8768 */
#define COAP_OPTION_ACCEPT 17
#define COAP_OPTION_Q_BLOCK1 19 /* RFC 9177 */
#define COAP_OPTION_LOCATION_QUERY 20
#define COAP_OPTION_BLOCK2 23 /* RFC 7959 */
#define COAP_OPTION_BLOCK1 27 /* RFC 7959 */
#define COAP_OPTION_SIZE2 28  /* RFC 7959 */
#define COAP_OPTION_Q_BLOCK2 31 /* RFC 9177 */
#define COAP_OPTION_PROXY_URI 35
#define COAP_OPTION_PROXY_SCHEME 39
#define COAP_OPTION_SIZE1 60
#define COAP_OPTION_ECHO 252       /* RFC 9175 */
#define COAP_OPTION_NORESPONSE 258 /* RFC 7967 */
#define COAP_OPTION_RTAG 292       /* RFC 9175 */
#define COAP_MAX_OPT 65535

/* Options of signaling messages (RFC 8323 section 5): each message has numbers of its own. */
#define COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE 2      /* 7.01 */
#define COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER 4   /* 7.01 */
#define COAP_SIGNALING_OPTION_EXTENDED_TOKEN_LENGTH 6 /* 7.01, RFC 8974 */
#define COAP_SIGNALING_OPTION_CUSTODY 2               /* 7.02, 7.03 */
#define COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS 2   /* 7.04 */
#define COAP_SIGNALING_OPTION_HOLD_OFF 4              /* 7.04 */
#define COAP_SIGNALING_OPTION_BAD_CSM_OPTION 2        /* 7.05 */

/* ---- Content-Formats (RFC 7252 section 12.3 and IANA's registry) ---- */

#define COAP_MEDIATYPE_TEXT_PLAIN 0
#define COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT0 16
#define COAP_MEDIATYPE_APPLICATION_COSE_MAC0 17
#define COAP_MEDIATYPE_APPLICATION_COSE_SIGN1 18
#define COAP_MEDIATYPE_APPLICATION_ACE_CBOR 19
#define COAP_MEDIATYPE_APPLICATION_LINK_FORMAT 40
#define COAP_MEDIATYPE_APPLICATION_XML 41
#define COAP_MEDIATYPE_APPLICATION_OCTET_STREAM 42
#define COAP_MEDIATYPE_APPLICATION_RDF_XML 43
#define COAP_MEDIATYPE_APPLICATION_EXI 47
#define COAP_MEDIATYPE_APPLICATION_JSON 50
#define COAP_MEDIATYPE_APPLICATION_CBOR 60
#define COAP_MEDIATYPE_APPLICATION_CWT 61
#define COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT 96
#define COAP_MEDIATYPE_APPLICATION_COSE_MAC 97
#define COAP_MEDIATYPE_APPLICATION_COSE_SIGN 98
#define COAP_MEDIATYPE_APPLICATION_COSE_KEY 101
#define COAP_MEDIATYPE_APPLICATION_COSE_KEY_SET 102
#define COAP_MEDIATYPE_APPLICATION_SENML_JSON 110
#define COAP_MEDIATYPE_APPLICATION_SENSML_JSON 111
#define COAP_MEDIATYPE_APPLICATION_SENML_CBOR 112
#define COAP_MEDIATYPE_APPLICATION_SENSML_CBOR 113
#define COAP_MEDIATYPE_APPLICATION_SENML_EXI 114
#define COAP_MEDIATYPE_APPLICATION_SENSML_EXI 115
#define COAP_MEDIATYPE_APPLICATION_COAP_GROUP_JSON 256
#define COAP_MEDIATYPE_APPLICATION_DOTS_CBOR 271
#define COAP_MEDIATYPE_APPLICATION_MB_CBOR_SEQ 272
#define COAP_MEDIATYPE_APPLICATION_SENML_XML 310
#define COAP_MEDIATYPE_APPLICATION_SENSML_XML 311
#define COAP_MEDIATYPE_APPLICATION_OSCORE 10001

/* ---- Options as structures ---- */

/* How many numbers of one byte, and of two, coap_opt_filter_t holds. */
#define COAP_OPT_FILTER_SHORT 6
#define COAP_OPT_FILTER_LONG 2
/* The filter of coap_option_iterator_init() that lets every option through. */
#define COAP_OPT_ALL NULL

#define PCHAR(p) ((coap_opt_t *)(p))

/* Of a coap_option whose value follows it in memory. */
#define COAP_OPTION_KEY(option) ((option).key)
#define COAP_OPTION_LENGTH(option) ((option).length)
#define COAP_OPTION_DATA(option) ((unsigned char *)&(option) + sizeof(coap_option))

/* ---- Blocks (RFC 7959) ---- */

/* The largest block: 2^(6 + 4) bytes. */
#ifndef COAP_MAX_BLOCK_SZX
#define COAP_MAX_BLOCK_SZX 6
#endif

/* Bits of coap_context_set_block_mode(). */
#define COAP_BLOCK_USE_LIBCOAP 0x01        /* the library splits and joins bodies */
#define COAP_BLOCK_SINGLE_BODY 0x02        /* handlers see a body once it is whole */
#define COAP_BLOCK_TRY_Q_BLOCK 0x04        /* Q-Block is tried first (RFC 9177) */
#define COAP_BLOCK_USE_M_Q_BLOCK 0x08      /* the M bit asks for missing Q-Block2 blocks */
#define COAP_BLOCK_NO_PREEMPTIVE_RTAG 0x10 /* Request-Tag only when it is needed (RFC 9175) */

/* Of an encoded block option: its last byte, or 0 without one; the M bit; the size exponent. */
#define COAP_OPT_BLOCK_LAST(opt) (coap_opt_value(opt) + (coap_opt_length(opt) - 1))
#define COAP_OPT_BLOCK_END_BYTE(opt) \
  ((coap_opt_length(opt) && coap_opt_value(opt)) ? *(COAP_OPT_BLOCK_LAST(opt)) : 0)
#define COAP_OPT_BLOCK_MORE(opt) (COAP_OPT_BLOCK_END_BYTE(opt) & 0x08)
#define COAP_OPT_BLOCK_SZX(opt) (COAP_OPT_BLOCK_END_BYTE(opt) & 0x07)

/* ---- Strings ---- */

/* Sets a string's length and text. A block of its own, not an expression. */
#define COAP_SET_STR(st, l, v) \
  { (st)->length = (l), (st)->s = (v); }

/* How many results of coap_make_str_const() live at the same time. */
#ifndef COAP_MAX_STR_CONST_FUNC
#define COAP_MAX_STR_CONST_FUNC 2
#endif

/* Whether two strings, or two binaries, have the same bytes. Neither may be NULL. */
#define coap_string_equal(string1, string2) \
  ((string1)->length == (string2)->length && \
   ((string1)->length == 0 || \
    ((string1)->s && (string2)->s && memcmp((string1)->s, (string2)->s, (string1)->length) == 0)))
#define coap_binary_equal(binary1, binary2) coap_string_equal(binary1, binary2)

/* ---- URIs ---- */

/* This bit of a scheme's number says that it is secure. */
#define COAP_URI_SCHEME_SECURE_MASK 0x01

/* Sets of schemes, for coap_resolve_address_info(). */
#define COAP_URI_SCHEME_COAP_BIT (1 << COAP_URI_SCHEME_COAP)
#define COAP_URI_SCHEME_COAPS_BIT (1 << COAP_URI_SCHEME_COAPS)
#define COAP_URI_SCHEME_COAP_TCP_BIT (1 << COAP_URI_SCHEME_COAP_TCP)
#define COAP_URI_SCHEME_COAPS_TCP_BIT (1 << COAP_URI_SCHEME_COAPS_TCP)
#define COAP_URI_SCHEME_HTTP_BIT (1 << COAP_URI_SCHEME_HTTP)
#define COAP_URI_SCHEME_HTTPS_BIT (1 << COAP_URI_SCHEME_HTTPS)
#define COAP_URI_SCHEME_COAP_WS_BIT (1 << COAP_URI_SCHEME_COAP_WS)
#define COAP_URI_SCHEME_COAPS_WS_BIT (1 << COAP_URI_SCHEME_COAPS_WS)
#define COAP_URI_SCHEME_ALL_COAP_BITS \
  (COAP_URI_SCHEME_COAP_BIT | COAP_URI_SCHEME_COAPS_BIT | COAP_URI_SCHEME_COAP_TCP_BIT | \
   COAP_URI_SCHEME_COAPS_TCP_BIT | COAP_URI_SCHEME_COAP_WS_BIT | COAP_URI_SCHEME_COAPS_WS_BIT)

/* ---- Sessions: RFC 7252 section 4.8, RFC 9177 section 6.2 ---- */

#define COAP_PROTO_NOT_RELIABLE(p) ((p) == COAP_PROTO_UDP || (p) == COAP_PROTO_DTLS)
#define COAP_PROTO_RELIABLE(p) \
  ((p) == COAP_PROTO_TCP || (p) == COAP_PROTO_TLS || (p) == COAP_PROTO_WS || (p) == COAP_PROTO_WSS)

#ifdef __cplusplus
#define COAP_FIXED_POINT(whole, thousandths) (coap_fixed_point_t{whole, thousandths})
#else
#define COAP_FIXED_POINT(whole, thousandths) ((coap_fixed_point_t){whole, thousandths})
#endif

#define COAP_DEFAULT_ACK_TIMEOUT COAP_FIXED_POINT(2, 0)         /* seconds */
#define COAP_DEFAULT_ACK_RANDOM_FACTOR COAP_FIXED_POINT(1, 500)
#define COAP_DEFAULT_MAX_RETRANSMIT 4U
#define COAP_DEFAULT_NSTART 1U
#define COAP_DEFAULT_DEFAULT_LEISURE COAP_FIXED_POINT(5, 0)     /* seconds */
#define COAP_DEFAULT_PROBING_RATE 1U                            /* bytes a second */
#define COAP_DEFAULT_MAX_LATENCY 100U                           /* seconds */
#define COAP_DEFAULT_MAX_PAYLOADS 10U
#define COAP_DEFAULT_NON_MAX_RETRANSMIT 4U
#define COAP_DEFAULT_NON_TIMEOUT COAP_FIXED_POINT(2, 0)         /* seconds */
#define COAP_DEFAULT_NON_RECEIVE_TIMEOUT COAP_FIXED_POINT(4, 0) /* seconds */

/* ---- Resources ---- */

/* Seconds between looks at what is due, in libcoap; kept for programs that name it. */
#ifndef COAP_RESOURCE_CHECK_TIME
#define COAP_RESOURCE_CHECK_TIME 2
#endif

/* The library frees an attribute's name, and its value. */
#define COAP_ATTR_FLAGS_RELEASE_NAME 0x1
#define COAP_ATTR_FLAGS_RELEASE_VALUE 0x2

/* Flags of coap_resource_init(). */
#define COAP_RESOURCE_FLAGS_RELEASE_URI 0x1                  /* the library frees the path */
#define COAP_RESOURCE_FLAGS_NOTIFY_NON 0x0                   /* notifications are NON, now and then CON */
#define COAP_RESOURCE_FLAGS_NOTIFY_CON 0x2                   /* notifications are CON */
#define COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS 0x4            /* notifications are NON, whatever RFC 7641 says */
#define COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT 0x8            /* answers multicast requests */
#define COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS 0x10        /* answers them at once, without leisure */
#define COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_05 0x20 /* but not with an empty 2.05 */
#define COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_XX 0x40 /* nor with any 2.xx */
#define COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_4_XX 0x80 /* 4.xx is sent nonetheless */
#define COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_5_XX 0x100 /* 5.xx is sent nonetheless */
#define COAP_RESOURCE_FLAGS_FORCE_SINGLE_BODY 0x200          /* handlers see a body once it is whole */
#define COAP_RESOURCE_FLAGS_OSCORE_ONLY 0x400                /* answers protected requests only (RFC 8613) */
#define COAP_RESOURCE_FLAGS_MCAST_LIST \
  (COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT | COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS | \
   COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_05 | COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_XX | \
   COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_4_XX | COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_5_XX)

/* Parts of a coap_print_status_t: what went wrong, and how many bytes were printed. */
#define COAP_PRINT_STATUS_MASK 0xF0000000U
#define COAP_PRINT_STATUS_ERROR 0x80000000U
#define COAP_PRINT_STATUS_TRUNC 0x40000000U
#define COAP_PRINT_OUTPUT_LENGTH(v) ((v) & ~COAP_PRINT_STATUS_MASK)

/* Values of the Observe option in a request (RFC 7641 section 2). */
#define COAP_OBSERVE_ESTABLISH 0
#define COAP_OBSERVE_CANCEL 1

/* ---- Input and output ---- */

/* Timeouts of coap_io_process(): until something happens; not at all. */
#define COAP_IO_WAIT 0
#define COAP_IO_NO_WAIT ((uint32_t)-1)

/* Both were arguments of coap_run_once(). Whoever still names them is told by the compiler what to say instead. */
#define COAP_RUN_BLOCK COAP_RUN_BLOCK_deprecated_use_COAP_IO_WAIT
#define COAP_RUN_NONBLOCK COAP_RUN_NONBLOCK_deprecated_use_COAP_IO_NO_WAIT

/* Bytes of a datagram that are read. */
#ifndef COAP_RXBUFFER_SIZE
#define COAP_RXBUFFER_SIZE 1472
#endif
#ifndef COAP_MAX_EPOLL_EVENTS
#define COAP_MAX_EPOLL_EVENTS 10
#endif
#define COAP_SOCKET_ERROR (-1)
#define COAP_INVALID_SOCKET (-1)
#define coap_closesocket close

/* A body of any size: coap_add_data_large_request() made coap_send() do. */
#define coap_send_large(session, pdu) coap_send(session, pdu)
/* Joins on the interface that the system chooses. */
#define coap_join_mcast_group(ctx, groupname) coap_join_mcast_group_intf(ctx, groupname, NULL)

#define COAP_TICKS_PER_SECOND ((coap_tick_t)1000U)

/* ---- Security ---- */

#define COAP_DTLS_PKI_SETUP_VERSION 1
#define COAP_DTLS_CPSK_SETUP_VERSION 1
#define COAP_DTLS_SPSK_SETUP_VERSION 1
/* Bytes. */
#ifndef COAP_DTLS_HINT_LENGTH
#define COAP_DTLS_HINT_LENGTH 128
#endif
#ifndef COAP_DTLS_MAX_PSK_IDENTITY
#define COAP_DTLS_MAX_PSK_IDENTITY 64
#endif
#ifndef COAP_DTLS_MAX_PSK
#define COAP_DTLS_MAX_PSK 64
#endif
/* What stands for the name of a peer that shows a raw public key. */
#define COAP_DTLS_RPK_CERT_CN "RPK"

/* ---- Logging ---- */

/* Where lines go: up to COAP_LOG_CRIT to the second, others to the first. */
#ifndef COAP_DEBUG_FD
#define COAP_DEBUG_FD stdout
#endif
#ifndef COAP_ERR_FD
#define COAP_ERR_FD stderr
#endif

/* Levels as the preprocessor can compare them. */
#define _COAP_LOG_EMERG 0
#define _COAP_LOG_ALERT 1
#define _COAP_LOG_CRIT 2
#define _COAP_LOG_ERR 3
#define _COAP_LOG_WARN 4
#define _COAP_LOG_NOTICE 5
#define _COAP_LOG_INFO 6
#define _COAP_LOG_DEBUG 7
#define _COAP_LOG_OSCORE 8

/* The coap_log_*() below above this level compile to nothing. */
#ifndef COAP_MAX_LOGGING_LEVEL
#define COAP_MAX_LOGGING_LEVEL 8
#endif

#define COAP_LOG_CIPHERS COAP_LOG_DTLS_BASE

/* The names of <syslog.h>, for older programs. */
#ifndef LOG_EMERG
#define LOG_EMERG COAP_LOG_EMERG
#endif
#ifndef LOG_ALERT
#define LOG_ALERT COAP_LOG_ALERT
#endif
#ifndef LOG_CRIT
#define LOG_CRIT COAP_LOG_CRIT
#endif
#ifndef LOG_ERR
#define LOG_ERR COAP_LOG_ERR
#endif
#ifndef LOG_WARNING
#define LOG_WARNING COAP_LOG_WARN
#endif
#ifndef LOG_NOTICE
#define LOG_NOTICE COAP_LOG_NOTICE
#endif
#ifndef LOG_INFO
#define LOG_INFO COAP_LOG_INFO
#endif
#ifndef LOG_DEBUG
#define LOG_DEBUG COAP_LOG_DEBUG
#endif

/* Logs like printf() if the level is switched on; the arguments are not looked at otherwise. */
#ifndef coap_log
#define coap_log(level, ...) \
  do { \
    if ((int)(level) <= (int)coap_get_log_level()) \
      coap_log_impl((level), __VA_ARGS__); \
  } while (0)
#endif

/* The same against the TLS library's level. */
#ifndef coap_dtls_log
#define coap_dtls_log(level, ...) \
  do { \
    if ((int)(level) <= (int)coap_dtls_get_log_level()) \
      coap_log_impl((coap_log_t)((int)(level) + COAP_LOG_DTLS_BASE), __VA_ARGS__); \
  } while (0)
#endif

#define COAP_LOG_AT(level, ...) \
  do { \
    if (_##level <= COAP_MAX_LOGGING_LEVEL) \
      coap_log(level, __VA_ARGS__); \
  } while (0)

#define coap_log_emerg(...) COAP_LOG_AT(COAP_LOG_EMERG, __VA_ARGS__)
#define coap_log_alert(...) COAP_LOG_AT(COAP_LOG_ALERT, __VA_ARGS__)
#define coap_log_crit(...) COAP_LOG_AT(COAP_LOG_CRIT, __VA_ARGS__)
#define coap_log_err(...) COAP_LOG_AT(COAP_LOG_ERR, __VA_ARGS__)
#define coap_log_warn(...) COAP_LOG_AT(COAP_LOG_WARN, __VA_ARGS__)
#define coap_log_notice(...) COAP_LOG_AT(COAP_LOG_NOTICE, __VA_ARGS__)
#define coap_log_info(...) COAP_LOG_AT(COAP_LOG_INFO, __VA_ARGS__)
#define coap_log_debug(...) COAP_LOG_AT(COAP_LOG_DEBUG, __VA_ARGS__)
#define coap_log_oscore(...) COAP_LOG_AT(COAP_LOG_OSCORE, __VA_ARGS__)

/* ---- Structures that declarations name before they are declared ---- */

typedef struct coap_opt_iterator_t coap_opt_iterator_t;
typedef struct coap_block_t coap_block_t;
typedef struct coap_block_b_t coap_block_b_t;
struct coap_dtls_pki_t;
struct epoll_event; /* of <sys/epoll.h> */

#endif /* COAP_C_BEFORE */

#ifdef COAP_C_AFTER

/* ---- Records with bit-fields ---- */

/* Where a walk over a PDU's options stands. Set up by coap_option_iterator_init(). */
struct coap_opt_iterator_t {
  size_t length;             /* bytes that are left of the PDU */
  coap_option_num_t number;  /* of the option that was delivered last */
  unsigned int bad : 1;      /* the walk is over */
  unsigned int filtered : 1; /* `filter` counts */
  coap_opt_t *next_option;   /* where the next option begins */
  coap_opt_filter_t filter;  /* which options to deliver */
};

/* A block option's value, without BERT. */
struct coap_block_t {
  unsigned int num;     /* the block's number, below 2^20 */
  unsigned int m : 1;   /* more blocks follow */
  unsigned int szx : 3; /* a block has 2^(szx + 4) bytes */
};

/* A block option's value, with BERT (RFC 8323 section 6). */
struct coap_block_b_t {
  unsigned int num;         /* the block's number, below 2^20 */
  unsigned int m : 1;       /* more blocks follow */
  unsigned int szx : 3;     /* a block has 2^(szx + 4) bytes; 6 with BERT */
  unsigned int aszx : 3;    /* the size exponent as it was sent: 7 with BERT */
  unsigned int defined : 1; /* there is a block option */
  unsigned int bert : 1;    /* this message may hold several blocks */
  uint32_t chunk_size;      /* bytes in this message: more than a block with BERT */
};

/* ---- Functions ---- */

/*
 * Logs a line, at whatever level the library is. coap_log() looks at the level first. Written in C: stable Rust
 * cannot define a function with variable arguments.
 */
#ifdef __cplusplus
extern "C"
#endif
__attribute__((format(printf, 2, 3))) void coap_log_impl(coap_log_t level, const char *format, ...);

/* Logs nothing. */
COAP_STATIC_INLINE void coap_no_log(void) {
}

/* Whether the address is the unspecified one, 0.0.0.0 or [::]. `a` must not be NULL. */
COAP_STATIC_INLINE int coap_address_isany(const coap_address_t *a) {
  assert(a);
  return _coap_address_isany_impl(a);
}

/* Whether the URI's scheme is one with TLS or DTLS. */
COAP_STATIC_INLINE int coap_uri_scheme_is_secure(const coap_uri_t *uri) {
  return uri && (uri->scheme & COAP_URI_SCHEME_SECURE_MASK) != 0;
}

/* Whether `a` is before `b`, on a clock that may have wrapped in between. */
COAP_STATIC_INLINE int coap_time_lt(coap_tick_t a, coap_tick_t b) {
  return (coap_tick_diff_t)(a - b) < 0;
}

/* Whether `a` is before `b` or the same. */
COAP_STATIC_INLINE int coap_time_le(coap_tick_t a, coap_tick_t b) {
  return a == b || coap_time_lt(a, b);
}

/* Whether a body of `data_len` bytes goes on after block `num` of 2^(szx + 4) bytes. */
COAP_STATIC_INLINE int coap_more_blocks(size_t data_len, unsigned int num, uint16_t szx) {
  return ((num + 1) << (szx + 4)) < data_len;
}

/* Memory of the library, for strings. Freed with coap_free(). */
COAP_STATIC_INLINE void *coap_malloc(size_t size) {
  return coap_malloc_type(COAP_STRING, size);
}

COAP_STATIC_INLINE void coap_free(void *object) {
  coap_free_type(COAP_STRING, object);
}

/* ---- Older names: the body says what is called today ---- */

COAP_STATIC_INLINE COAP_DEPRECATED int coap_option_setb(coap_opt_filter_t *filter, uint16_t type) {
  return coap_option_filter_set(filter, type);
}

COAP_STATIC_INLINE COAP_DEPRECATED int coap_option_clrb(coap_opt_filter_t *filter, uint16_t type) {
  return coap_option_filter_unset(filter, type);
}

COAP_STATIC_INLINE COAP_DEPRECATED int coap_option_getb(coap_opt_filter_t *filter, uint16_t type) {
  return coap_option_filter_get(filter, type);
}

COAP_STATIC_INLINE COAP_DEPRECATED int coap_encode_var_bytes(uint8_t *buf, unsigned int value) {
  return (int)coap_encode_var_safe(buf, sizeof value, value);
}

COAP_STATIC_INLINE COAP_DEPRECATED int coap_run_once(coap_context_t *ctx, uint32_t timeout_ms) {
  return coap_io_process(ctx, timeout_ms);
}

COAP_STATIC_INLINE COAP_DEPRECATED unsigned int coap_write(coap_context_t *ctx, coap_socket_t *sockets[],
                                                           unsigned int max_sockets,
                                                           unsigned int *num_sockets, coap_tick_t now) {
  return coap_io_prepare_io(ctx, sockets, max_sockets, num_sockets, now);
}

COAP_STATIC_INLINE COAP_DEPRECATED void coap_read(coap_context_t *ctx, coap_tick_t now) {
  coap_io_do_io(ctx, now);
}

#endif /* COAP_C_AFTER */
