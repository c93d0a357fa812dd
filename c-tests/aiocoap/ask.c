/* A client of server.py: ask PROTOCOL PORT. Prints what it asks and the answers. Over TLS and WSS it has a certificate,
 * and wants the server's to be that of localhost. */
#include "../secure.h"

static int answers;

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  size_t length = 0, offset, total;
  const uint8_t *data = NULL;
  (void)session, (void)sent, (void)mid;
  coap_get_data_large(received, &length, &data, &offset, &total);
  say("  %s, %zu bytes: %.*s", code_name((int)coap_pdu_get_code(received)), length, length > 40 ? 40 : (int)length,
      length ? (const char *)data : "");
  answers++;
  return COAP_RESPONSE_OK;
}

static void
ask(coap_context_t *context, coap_session_t *session, coap_pdu_code_t code, const char *path, size_t length) {
  static uint8_t body[100000];
  coap_pdu_t *pdu = request(session, COAP_MESSAGE_CON, code, path);
  memset(body, 'b', sizeof body);
  if (length)
    coap_add_data_large_request(session, pdu, length, body, NULL, NULL);
  say("%s %s, %zu bytes", code_name((int)code), path, length);
  answers = 0;
  coap_send(session, pdu);
  run_until(context, NULL, &answers, 10000);
}

static int
judge(const char *name, const uint8_t *der, size_t length, coap_session_t *session, unsigned depth, int validated,
      void *arg) {
  (void)der, (void)length, (void)session, (void)arg;
  return validated && (depth > 0 || strcmp(name, "localhost") == 0);
}

static coap_session_t *
connect_over(coap_context_t *context, const coap_address_t *server, coap_proto_t proto) {
  coap_dtls_pki_t setup;
  if (proto != COAP_PROTO_TLS && proto != COAP_PROTO_WSS)
    return coap_new_client_session(context, NULL, server, proto);
  setup = certificates("client");
  setup.validate_cn_call_back = judge;
  return coap_new_client_session_pki(context, NULL, server, proto, &setup);
}

int
main(int argc, char **argv) {
  coap_context_t *context;
  coap_session_t *session;
  coap_address_t server = loopback((uint16_t)(argc > 2 ? atoi(argv[2]) : 0));
  coap_proto_t proto = COAP_PROTO_UDP;

  while (argc > 1 && strcmp(argv[1], proto_name(proto)) != 0 && proto < COAP_PROTO_LAST)
    proto++;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  context = need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_response_handler(context, on_response);
  session = need(connect_over(context, &server, proto), "no session");
  ask(context, session, COAP_REQUEST_CODE_GET, "value", 0);
  ask(context, session, COAP_REQUEST_CODE_PUT, "value", 10);
  ask(context, session, COAP_REQUEST_CODE_GET, "value", 0);
  ask(context, session, COAP_REQUEST_CODE_PUT, "value", 100000);
  ask(context, session, COAP_REQUEST_CODE_GET, "value", 0);
  ask(context, session, COAP_REQUEST_CODE_GET, "slow", 0);
  ask(context, session, COAP_REQUEST_CODE_GET, "none", 0);
  ask(context, session, COAP_REQUEST_CODE_DELETE, "value", 0);
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
