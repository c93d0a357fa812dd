/* A client of server.py: ask PROTOCOL PORT. Prints what it asks and the answers. */
#include "../support.h"

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

int
main(int argc, char **argv) {
  coap_context_t *context;
  coap_session_t *session;
  coap_address_t server = loopback((uint16_t)(argc > 2 ? atoi(argv[2]) : 0));
  coap_proto_t proto = argc > 1 && !strcmp(argv[1], "WS") ? COAP_PROTO_WS : COAP_PROTO_TCP;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  context = need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_response_handler(context, on_response);
  session = need(coap_new_client_session(context, NULL, &server, proto), "no session");
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
