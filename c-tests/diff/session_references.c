/* coap_session(3): references, the client rule and the server rule. */
#include "../support.h"

static coap_session_t *served; /* the server's session, kept with a reference by the handler */
static int requests, answers, deleted, created;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)pdu, (void)query;
  requests++;
  say("server: request %d, same session as before: %d", requests, served == session);
  say("server: type %s, state %s", session_type_name(coap_session_get_type(session)),
      state_name(coap_session_get_state(session)));
  if (!served)
    say("server: reference returns the session: %d", (served = coap_session_reference(session)) == session);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)mid;
  say("client: answer %s, request known: %d", code_name(coap_pdu_get_code(received)), sent != NULL);
  answers++;
  return COAP_RESPONSE_OK;
}

static int
event(coap_session_t *session, const coap_event_t what) {
  say("server: event %s, type %s, state %s, application data %s", event_name(what),
      session_type_name(coap_session_get_type(session)), state_name(coap_session_get_state(session)),
      coap_session_get_app_data(session) ? (const char *)coap_session_get_app_data(session) : "none");
  created += what == COAP_EVENT_SERVER_SESSION_NEW;
  deleted += what == COAP_EVENT_SERVER_SESSION_DEL;
  return 0;
}

static void
ask(coap_context_t *server, coap_context_t *client, coap_session_t *session) {
  answers = 0;
  say("client: sent: %d", coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x")) !=
                              COAP_INVALID_MID);
  say("client: answered: %d", run_until(server, client, &answers, 5000));
}

int
main(void) {
  static char note[] = "note";
  coap_context_t *server, *client;
  coap_session_t *one, *two;
  coap_resource_t *resource;

  coap_startup();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, event);
  coap_register_response_handler(client, answer);

  say("== the client's session starts with one reference");
  one = connect_to(client, known_port);
  say("reference returns the session: %d", coap_session_reference(one) == one);
  coap_session_release(one);
  ask(server, client, one);

  say("== the server's session stays while it is referenced, and is found again");
  coap_session_set_app_data(served, note);
  coap_context_set_session_timeout(server, 1);
  say("session timeout: %u", coap_context_get_session_timeout(server));
  run_for(server, client, 1500);
  say("deleted: %d", deleted);
  ask(server, client, one);

  say("== released, it idles and is deleted after the time-out");
  coap_session_release(served);
  say("deleted at once: %d", deleted);
  say("deleted in the end: %d", run_until(server, client, &deleted, 5000));

  say("== the next request makes another one");
  served = NULL;
  ask(server, client, one);
  say("created: %d", created);
  coap_session_release(served);

  say("== two sessions of one context have two ports");
  two = connect_to(client, known_port);
  say("same local port: %d", coap_address_get_port(coap_session_get_addr_local(one)) ==
                                 coap_address_get_port(coap_session_get_addr_local(two)));
  served = NULL;
  ask(server, client, two);
  say("created: %d", created);
  coap_session_release(two);
  coap_session_release(one);

  say("== NULL is refused");
  coap_session_release(NULL);
  say("== freeing the contexts");
  coap_free_context(client);
  if (served)
    coap_session_release(served);
  coap_free_context(server);
  say("deleted: %d", deleted);
  coap_cleanup();
  return 0;
}
