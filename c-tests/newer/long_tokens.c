/* RFC 8974: tokens of more than 8 bytes, and coap_context_set_max_token_size(). */
#include "../support.h"

static int answers, nacks;
static size_t seen;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)query;
  seen = coap_pdu_get_token(pdu).length;
  say("server: token of %zu, answered with %zu", seen, coap_pdu_get_token(response).length);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("client: %s, token of %zu", code_name(coap_pdu_get_code(received)), coap_pdu_get_token(received).length);
  answers++;
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("client: nack %s", nack_name(reason));
  answers++;
  nacks++;
}

int
main(void) {
  static const size_t lengths[] = {0, 1, 8, 9, 12, 13, 14, 100, 268, 269, 270, 700};
  coap_context_t *server, *client;
  coap_session_t *session;
  coap_resource_t *resource;
  uint8_t token[1024];
  size_t i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  memset(token, 'T', sizeof token);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_max_token_size(server, 700);
  coap_context_set_max_token_size(client, 700);
  listen_on_loopback(server);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, answer);
  coap_register_nack_handler(client, nack);
  session = connect_to(client, known_port);
  for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
    say("-- token of %zu: added %d", lengths[i], (int)coap_add_token(pdu, lengths[i], token));
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x");
    answers = 0;
    coap_send(session, pdu);
    say("client: answered %d", run_until(server, client, &answers, 8000));
  }
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
