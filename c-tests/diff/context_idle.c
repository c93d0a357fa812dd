/* coap_context_set_max_idle_sessions(): the session that idles longest makes room for a new one. */
#include "../support.h"

static int deleted, created, answers;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  static char names[][2] = {"a", "b", "c", "d", "e", "f"};
  (void)resource, (void)pdu, (void)query;
  if (!coap_session_get_app_data(session))
    coap_session_set_app_data(session, names[created - 1]);
  say("server: served %s", (const char *)coap_session_get_app_data(session));
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static int
event(coap_session_t *session, const coap_event_t what) {
  say("server: %s %s", event_name(what),
      coap_session_get_app_data(session) ? (const char *)coap_session_get_app_data(session) : "-");
  created += what == COAP_EVENT_SERVER_SESSION_NEW;
  deleted += what == COAP_EVENT_SERVER_SESSION_DEL;
  return 0;
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)received, (void)mid;
  answers++;
  return COAP_RESPONSE_OK;
}

int
main(void) {
  coap_context_t *server, *client;
  coap_session_t *sessions[5];
  coap_resource_t *resource;
  static const int order[] = {0, 1, 0, 2, 3, 1, 4};
  size_t i;

  coap_startup();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, event);
  coap_register_response_handler(client, answer);
  coap_context_set_max_idle_sessions(server, 2);
  for (i = 0; i < 5; i++)
    sessions[i] = connect_to(client, known_port);
  for (i = 0; i < sizeof order / sizeof *order; i++) {
    say("== client %d asks", order[i]);
    answers = 0;
    coap_send(sessions[order[i]], request(sessions[order[i]], COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
    say("answered: %d", run_until(server, client, &answers, 5000));
    run_for(server, client, 3); /* so that no two sessions were used in the same tick */
  }
  for (i = 0; i < 5; i++)
    coap_session_release(sessions[i]);
  say("== created %d, deleted %d", created, deleted);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
