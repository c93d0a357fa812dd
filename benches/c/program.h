/* What the programs that use the library have in common. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "bench.h"
#include <coap3/coap.h>
#include <string.h>

/* The body of GET /b and PUT /b. */
enum { BIG = 1 << 20 };

static inline uint8_t *
big_body(void) {
  uint8_t *body = malloc(BIG);
  if (!body)
    give_up("no memory");
  for (size_t i = 0; i < BIG; i++)
    body[i] = (uint8_t)(i * 31 >> 3);
  return body;
}

static inline coap_address_t
coap_loopback(const char *port) {
  coap_address_t address;
  coap_address_init(&address);
  address.size = sizeof address.addr.sin;
  address.addr.sin = loopback(port);
  return address;
}

static inline coap_context_t *
new_context(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_ERR);
  coap_context_t *context = coap_new_context(NULL);
  if (!context)
    give_up("no context");
  return context;
}

static inline void
free_context(coap_context_t *context) {
  coap_free_context(context);
  coap_cleanup();
}

/* Answers a small GET. */
static inline void
hnd_small(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
          coap_pdu_t *response) {
  static const char body[] = "hello world";
  (void)resource, (void)session, (void)request, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, sizeof body - 1, (const uint8_t *)body);
}

/* A request whose only option is one segment of a path. */
static inline coap_pdu_t *
new_request(coap_session_t *session, coap_pdu_type_t type, coap_pdu_code_t code, const char *path) {
  uint8_t token[8];
  size_t length;
  coap_pdu_t *pdu = coap_new_pdu(type, code, session);
  if (!pdu)
    give_up("no PDU");
  coap_session_new_token(session, &length, token);
  coap_add_token(pdu, length, token);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(path), (const uint8_t *)path);
  return pdu;
}

#endif
