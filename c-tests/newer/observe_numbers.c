/* The numbers of notifications as the program sets them, and notifications that do not wait for the loop. */
#include "../support.h"

static int answers;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  say("server: asked");
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_opt_iterator_t iterator;
  coap_opt_t *observe = coap_check_option(received, COAP_OPTION_OBSERVE, &iterator);
  (void)session, (void)sent, (void)mid;
  say("client: %s, Observe %u", code_name(coap_pdu_get_code(received)),
      observe ? coap_decode_var_bytes(coap_opt_value(observe), coap_opt_length(observe)) : 0);
  answers++;
  return COAP_RESPONSE_OK;
}

static void
work(coap_context_t *server, coap_context_t *client) {
  int limit = answers + 1, step;
  for (step = 0; step < 400 && answers < limit; step++)
    run_for(server, client, 5);
}

int
main(void) {
  static const uint32_t numbers[] = {1000, 0xfffffe, 0xffffff, 0x1000005};
  coap_context_t *server, *client;
  coap_resource_t *resource;
  coap_session_t *session;
  coap_pdu_t *pdu;
  size_t i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  coap_register_response_handler(client, answer);
  resource = coap_resource_init(str("temp"), COAP_RESOURCE_FLAGS_NOTIFY_NON);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(server, resource);
  session = connect_to(client, known_port);
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  coap_add_token(pdu, 1, (const uint8_t *)"t");
  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"temp");
  coap_send(session, pdu);
  work(server, client);

  for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    say("== %#x", (unsigned)numbers[i]);
    coap_persist_set_observe_num(resource, numbers[i]);
    say("notified: %d", coap_resource_notify_observers(resource, NULL));
    work(server, client);
  }

  say("== without the loop");
  say("notified: %d", coap_resource_notify_observers(resource, NULL));
  coap_check_notify(server);
  say("--");
  work(server, client);

  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
