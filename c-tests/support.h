/* What the C programs of this directory share: one-line output, a loop over two contexts, raw UDP peers.
 *
 * Every line that a program prints must be the same on every run: ports are masked, message IDs and tokens are compared
 * and never shown. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <coap3/coap.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* Prints one line at once, so that it keeps its place among the library's own output. */
__attribute__((format(printf, 1, 2))) UNUSED static void
say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

/* Ends the program when the test itself cannot go on; never used for what the test is about. */
UNUSED static void *
need(void *pointer, const char *what) {
  if (!pointer) {
    say("cannot go on: %s", what);
    exit(2);
  }
  return pointer;
}

UNUSED static long
milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

/* ---- Names ---- */

UNUSED static const char *
type_name(coap_pdu_type_t type) {
  static const char *const names[] = {"CON", "NON", "ACK", "RST"};
  return (unsigned)type < 4 ? names[type] : "type?";
}

UNUSED static const char *
code_name(int code) {
  static char text[4][8];
  static unsigned turn;
  char *to = text[turn++ % 4];
  snprintf(to, sizeof text[0], "%d.%02d", (code >> 5) & 7, code & 31);
  return to;
}

UNUSED static const char *
nack_name(coap_nack_reason_t reason) {
  static const char *const names[] = {"TOO_MANY_RETRIES", "NOT_DELIVERABLE", "RST", "TLS_FAILED", "ICMP_ISSUE",
                                      "BAD_RESPONSE", "TLS_LAYER_FAILED", "WS_LAYER_FAILED", "WS_FAILED"};
  return (unsigned)reason < sizeof names / sizeof *names ? names[reason] : "reason?";
}

UNUSED static const char *
state_name(coap_session_state_t state) {
  static const char *const names[] = {"NONE", "CONNECTING", "HANDSHAKE", "CSM", "ESTABLISHED"};
  return (unsigned)state < 5 ? names[state] : "state?";
}

UNUSED static const char *
session_type_name(coap_session_type_t type) {
  static const char *const names[] = {"NONE", "CLIENT", "SERVER", "HELLO"};
  return (unsigned)type < 4 ? names[type] : "type?";
}

UNUSED static const char *
proto_name(coap_proto_t proto) {
  static const char *const names[] = {"NONE", "UDP", "DTLS", "TCP", "TLS", "WS", "WSS"};
  return (unsigned)proto < 7 ? names[proto] : "proto?";
}

UNUSED static const char *
event_name(coap_event_t event) {
  switch ((int)event) {
  case COAP_EVENT_SERVER_SESSION_NEW: return "SERVER_SESSION_NEW";
  case COAP_EVENT_SERVER_SESSION_DEL: return "SERVER_SESSION_DEL";
  case COAP_EVENT_BAD_PACKET: return "BAD_PACKET";
  case COAP_EVENT_MSG_RETRANSMITTED: return "MSG_RETRANSMITTED";
  case COAP_EVENT_KEEPALIVE_FAILURE: return "KEEPALIVE_FAILURE";
  case COAP_EVENT_PARTIAL_BLOCK: return "PARTIAL_BLOCK";
  case COAP_EVENT_XMIT_BLOCK_FAIL: return "XMIT_BLOCK_FAIL";
  case COAP_EVENT_DTLS_CLOSED: return "DTLS_CLOSED";
  case COAP_EVENT_DTLS_CONNECTED: return "DTLS_CONNECTED";
  case COAP_EVENT_DTLS_RENEGOTIATE: return "DTLS_RENEGOTIATE";
  case COAP_EVENT_DTLS_ERROR: return "DTLS_ERROR";
  case COAP_EVENT_TCP_CONNECTED: return "TCP_CONNECTED";
  case COAP_EVENT_TCP_CLOSED: return "TCP_CLOSED";
  case COAP_EVENT_TCP_FAILED: return "TCP_FAILED";
  case COAP_EVENT_SESSION_CONNECTED: return "SESSION_CONNECTED";
  case COAP_EVENT_SESSION_CLOSED: return "SESSION_CLOSED";
  case COAP_EVENT_SESSION_FAILED: return "SESSION_FAILED";
  case COAP_EVENT_WS_CONNECTED: return "WS_CONNECTED";
  case COAP_EVENT_WS_CLOSED: return "WS_CLOSED";
  default: return "event?";
  }
}

/* ---- Addresses ---- */

UNUSED static coap_address_t
ipv4_address(const char *host, uint16_t port) {
  coap_address_t address;
  coap_address_init(&address);
  address.size = sizeof address.addr.sin;
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_port = htons(port);
  inet_pton(AF_INET, host, &address.addr.sin.sin_addr);
  return address;
}

UNUSED static coap_address_t
ipv6_address(const char *host, uint16_t port) {
  coap_address_t address;
  coap_address_init(&address);
  address.size = sizeof address.addr.sin6;
  address.addr.sin6.sin6_family = AF_INET6;
  address.addr.sin6.sin6_port = htons(port);
  inet_pton(AF_INET6, host, &address.addr.sin6.sin6_addr);
  return address;
}

UNUSED static coap_address_t
loopback(uint16_t port) {
  return ipv4_address("127.0.0.1", port);
}

/* The port that an endpoint opened on port 0 was given. */
UNUSED static uint16_t
endpoint_port(const coap_endpoint_t *endpoint) {
  const char *text = coap_endpoint_str(endpoint);
  const char *colon = text ? strrchr(text, ':') : NULL;
  return colon ? (uint16_t)atoi(colon + 1) : 0;
}

static uint16_t known_port; /* shown as SERVER by masked() */

/* A copy of `text` with the port of every address replaced: "SERVER" for `known_port`, "PORT" for any other. */
UNUSED static const char *
masked(const char *text) {
  static char copies[4][512];
  static unsigned turn;
  char *copy = copies[turn++ % 4];
  size_t used = 0;
  if (!text)
    return "(null)";
  while (*text && used < sizeof copies[0] - 16) {
    const char *rest = text + 1;
    char *end;
    long port = strtol(rest, &end, 10);
    int after_address = used && (copy[used - 1] == ']' || (copy[used - 1] >= '0' && copy[used - 1] <= '9'));
    if (*text == ':' && after_address && *rest >= '0' && *rest <= '9' && end - rest >= 4) {
      used += (size_t)sprintf(copy + used, port == known_port ? ":SERVER" : ":PORT");
      text = end;
    } else {
      copy[used++] = *text++;
    }
  }
  copy[used] = 0;
  return copy;
}

UNUSED static const char *
address_text(const coap_address_t *address) {
  static char text[64];
  if (!address)
    return "NULL";
  memset(text, 0, sizeof text);
  coap_print_addr(address, (unsigned char *)text, sizeof text - 1);
  return masked(text);
}

/* ---- Contexts ---- */

UNUSED static coap_endpoint_t *
listen_on_loopback(coap_context_t *context) {
  coap_address_t any_port = loopback(0);
  coap_endpoint_t *endpoint = coap_new_endpoint(context, &any_port, COAP_PROTO_UDP);
  need(endpoint, "no endpoint");
  known_port = endpoint_port(endpoint);
  return endpoint;
}

UNUSED static coap_session_t *
connect_to(coap_context_t *context, uint16_t port) {
  coap_address_t server = loopback(port);
  return (coap_session_t *)need(coap_new_client_session(context, NULL, &server, COAP_PROTO_UDP), "no session");
}

/* Drives up to two contexts until `*done` becomes true; returns 0 when `limit_ms` went by first. */
UNUSED static int
run_until(coap_context_t *one, coap_context_t *two, const volatile int *done, int limit_ms) {
  long end = milliseconds() + limit_ms;
  while (!*done) {
    if (milliseconds() >= end)
      return 0;
    if (one)
      coap_io_process(one, two ? COAP_IO_NO_WAIT : 5);
    if (two)
      coap_io_process(two, 5);
  }
  return 1;
}

/* Drives up to two contexts for a while in which nothing is expected, or all that is expected happens. */
UNUSED static void
run_for(coap_context_t *one, coap_context_t *two, int limit_ms) {
  const int never = 0;
  run_until(one, two, &never, limit_ms);
}

UNUSED static coap_str_const_t *
str(const char *text) {
  static coap_str_const_t values[8];
  static unsigned turn;
  coap_str_const_t *value = &values[turn++ % 8];
  value->s = (const uint8_t *)text;
  value->length = strlen(text);
  return value;
}

UNUSED static coap_pdu_t *
request(coap_session_t *session, coap_pdu_type_t type, coap_pdu_code_t code, const char *path) {
  coap_pdu_t *pdu = coap_new_pdu(type, code, session);
  uint8_t token[8];
  size_t length = 0;
  need(pdu, "no PDU");
  coap_session_new_token(session, &length, token);
  coap_add_token(pdu, length, token);
  while (path && *path) {
    size_t part = strcspn(path, "/");
    coap_add_option(pdu, COAP_OPTION_URI_PATH, part, (const uint8_t *)path);
    path += part + (path[part] == '/');
  }
  return pdu;
}

UNUSED static void
print_payload(const char *before, const coap_pdu_t *pdu) {
  size_t length = 0;
  const uint8_t *data = NULL;
  if (coap_get_data(pdu, &length, &data))
    say("%s \"%.*s\"", before, (int)length, (const char *)data);
  else
    say("%s no payload", before);
}

/* ---- Raw peers: a plain UDP socket at the other end of a session ---- */

UNUSED static int
raw_peer(uint16_t *port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof name;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) || getsockname(fd, (struct sockaddr *)&name, &length))
    need(NULL, "no raw socket");
  *port = ntohs(name.sin_port);
  return fd;
}

typedef struct {
  uint8_t bytes[2048];
  ssize_t length; /* -1: nothing came */
  struct sockaddr_in from;
} datagram_t;

/* Waits for a datagram while `context` is driven. */
UNUSED static datagram_t
raw_receive(int fd, coap_context_t *context, int limit_ms) {
  datagram_t got;
  long end = milliseconds() + limit_ms;
  do {
    socklen_t length = sizeof got.from;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (context)
      coap_io_process(context, COAP_IO_NO_WAIT);
    poll(&wait, 1, 2);
    got.length = recvfrom(fd, got.bytes, sizeof got.bytes, MSG_DONTWAIT, (struct sockaddr *)&got.from, &length);
  } while (got.length < 0 && milliseconds() < end);
  return got;
}

UNUSED static void
raw_send(int fd, const struct sockaddr_in *to, const void *bytes, size_t length) {
  if (sendto(fd, bytes, length, 0, (const struct sockaddr *)to, sizeof *to) < 0)
    need(NULL, "raw send");
}

UNUSED static uint16_t
datagram_mid(const datagram_t *got) {
  return (uint16_t)(got->bytes[2] << 8 | got->bytes[3]);
}

/* Prints type, code, whether there is a token, and what follows it. */
UNUSED static void
print_datagram(const char *before, const datagram_t *got) {
  char hex[3 * 128] = "";
  size_t used = 0;
  ssize_t i, skip;
  if (got->length < 4) {
    say("%s nothing", before);
    return;
  }
  skip = 4 + (got->bytes[0] & 15);
  for (i = skip; i < got->length && used < sizeof hex - 4; i++)
    used += (size_t)sprintf(hex + used, " %02x", got->bytes[i]);
  say("%s %s %s%s%s", before, type_name((coap_pdu_type_t)(got->bytes[0] >> 4 & 3)), code_name(got->bytes[1]),
      got->bytes[0] & 15 ? " with token" : "", hex);
}

/* Answers `got` with the given type, code and payload, echoing message ID and token. */
UNUSED static void
raw_answer(int fd, const datagram_t *got, coap_pdu_type_t type, int code, const char *payload) {
  uint8_t out[256];
  size_t token = code ? (size_t)(got->bytes[0] & 15) : 0, length;
  out[0] = (uint8_t)(0x40 | type << 4 | token);
  out[1] = (uint8_t)code;
  memcpy(out + 2, got->bytes + 2, 2 + token);
  length = 4 + token;
  if (payload) {
    out[length++] = 0xff;
    memcpy(out + length, payload, strlen(payload));
    length += strlen(payload);
  }
  raw_send(fd, &got->from, out, length);
}

#endif
