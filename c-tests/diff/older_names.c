/* Functions under the names that older programs use, and the variants with flags: handlers, unknown and proxy
 * resources, an outside loop over coap_io_prepare_io() and coap_io_do_io(), large responses. */
#include "../support.h"

static int answers, events;
static uint8_t large[3000];

static void
serve(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
      coap_pdu_t *response) {
  coap_str_const_t *path = coap_resource_get_uri_path(resource);
  (void)session, (void)query;
  say("server: %s for \"%.*s\"", code_name(coap_pdu_get_code(pdu)), path ? (int)path->length : 0,
      path ? (const char *)path->s : "");
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static void
released(coap_session_t *session, void *data) {
  (void)session;
  say("server: data of the response released, its own: %d", data == large);
}

static void
serve_large(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
            coap_pdu_t *response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  say("server: large response: %d",
      coap_add_data_large_response(resource, session, pdu, response, query, COAP_MEDIATYPE_APPLICATION_OCTET_STREAM, 60, 1,
                                   700, large, released, large));
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  size_t length = 0;
  const uint8_t *data;
  (void)session, (void)sent, (void)mid;
  coap_get_data(received, &length, &data);
  say("client: %s, %zu bytes", code_name(coap_pdu_get_code(received)), length);
  answers++;
  return COAP_RESPONSE_OK;
}

static int
event(coap_session_t *session, const coap_event_t which) {
  (void)session;
  say("event %s", event_name(which));
  events++;
  return 0;
}

/* Drives a context as programs with a loop of their own do. */
static void
step(coap_context_t *context) {
  coap_socket_t *sockets[8];
  unsigned count = 0;
  coap_tick_t now;
  coap_ticks(&now);
  coap_io_prepare_io(context, sockets, 8, &count, now);
  coap_ticks(&now);
  coap_io_do_io(context, now);
}

static void
ask(coap_context_t *server, coap_context_t *client, coap_session_t *session, coap_pdu_code_t code, const char *path) {
  long end = milliseconds() + 3000;
  say("-- %s %s", code_name(code), path);
  answers = 0;
  coap_send(session, request(session, COAP_MESSAGE_CON, code, path));
  while (!answers && milliseconds() < end) {
    step(server);
    step(client);
    run_for(server, client, 1);
  }
}

int
main(void) {
  const char *names[] = {"here"};
  coap_context_t *server, *client;
  coap_session_t *session;
  coap_resource_t *resource;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  coap_set_event_handler(server, event);
  resource = coap_resource_init(str("known"), 0);
  coap_register_handler(resource, COAP_REQUEST_GET, serve);
  coap_register_handler(resource, COAP_REQUEST_POST, serve);
  coap_register_handler(resource, COAP_REQUEST_POST, NULL);
  coap_add_resource(server, resource);
  resource = coap_resource_init(str("large"), 0);
  coap_register_handler(resource, COAP_REQUEST_GET, serve_large);
  coap_add_resource(server, resource);
  coap_add_resource(server, coap_resource_unknown_init2(serve, COAP_RESOURCE_FLAGS_NOTIFY_NON));
  coap_add_resource(server, coap_resource_proxy_uri_init2(serve, 1, names, 0));
  coap_register_response_handler(client, answer);
  session = connect_to(client, known_port);
  ask(server, client, session, COAP_REQUEST_CODE_GET, "known");
  ask(server, client, session, COAP_REQUEST_CODE_POST, "known");
  ask(server, client, session, COAP_REQUEST_CODE_PUT, "unknown");
  ask(server, client, session, COAP_REQUEST_CODE_GET, "unknown");
  ask(server, client, session, COAP_REQUEST_CODE_GET, "large");
  say("events before: %d", events);
  coap_clear_event_handler(server);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  say("events after: %d", events);
  coap_cleanup();
  return 0;
}
