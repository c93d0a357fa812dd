/* What libcoap 4.3.5 added to contexts and resources. */
#include "../support.h"

static int answers;

static void
serve(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
      coap_pdu_t *response) {
  coap_string_t *path = coap_get_uri_path(pdu);
  (void)session, (void)query;
  say("server: %s, path \"%s\"", resource ? "a resource" : "no resource", path ? (const char *)path->s : "");
  coap_delete_string(path);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("client: %s", code_name(coap_pdu_get_code(received)));
  answers++;
  return COAP_RESPONSE_OK;
}

static void
settings(coap_context_t *context) {
  static const size_t sizes[] = {0, 15, 16, 17, 32, 64, 128, 256, 512, 1000, 1024, 2048};
  int data;
  size_t i;
  say("data of the application: %d", coap_context_get_app_data(context) != NULL);
  coap_context_set_app_data(context, &data);
  say("set: %d", coap_context_get_app_data(context) == &data);
  say("also under the older name: %d", coap_get_app_data(context) == &data);
  coap_set_app_data(context, NULL);
  say("cleared: %d", coap_context_get_app_data(context) == NULL);
  coap_context_set_csm_timeout_ms(context, 1500);
  say("CSM time-out: %u ms", coap_context_get_csm_timeout_ms(context));
  coap_context_set_csm_timeout(context, 3);
  say("set in seconds: %u ms, %u s", coap_context_get_csm_timeout_ms(context), coap_context_get_csm_timeout(context));
  for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
    say("blocks of at most %zu bytes: %d", sizes[i], coap_context_set_max_block_size(context, sizes[i]));
}

static void
ask(coap_context_t *server, coap_context_t *client, coap_session_t *session, coap_pdu_code_t code, const char *path) {
  say("-- %s %s", code_name(code), path);
  answers = 0;
  coap_send(session, request(session, COAP_MESSAGE_CON, code, path));
  run_until(server, client, &answers, 3000);
}

int
main(void) {
  coap_context_t *server, *client;
  coap_session_t *session;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  settings(client);
  listen_on_loopback(server);
  coap_add_resource(server, coap_resource_reverse_proxy_init(serve, 0));
  coap_register_response_handler(client, answer);
  session = connect_to(client, known_port);
  ask(server, client, session, COAP_REQUEST_CODE_GET, "a/b");
  ask(server, client, session, COAP_REQUEST_CODE_DELETE, "c");
  ask(server, client, session, COAP_REQUEST_CODE_GET, ".well-known/core");
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
