/* coap_session_set_type_client(): a server's session becomes a client's (call home), with a reference of
 * its own. (The original cannot send from a converted UDP session.) */
#include "../support.h"

static int created, deleted, served, answers;
static coap_session_t *home;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)pdu, (void)query;
  served++;
  if (!home) {
    say("server: type before %s", session_type_name(coap_session_get_type(session)));
    say("server: converted %d", coap_session_set_type_client(session));
    say("server: type after %s", session_type_name(coap_session_get_type(session)));
    say("server: converted again %d", coap_session_set_type_client(session));
    home = session;
  }
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)sent, (void)mid;
  say("called home: %s, type %s", code_name(coap_pdu_get_code(received)),
      session_type_name(coap_session_get_type(session)));
  answers++;
  return COAP_RESPONSE_OK;
}

static int
event(coap_session_t *session, const coap_event_t what) {
  (void)session;
  say("server: %s", event_name(what));
  created += what == COAP_EVENT_SERVER_SESSION_NEW;
  deleted += what == COAP_EVENT_SERVER_SESSION_DEL;
  return 0;
}

int
main(void) {
  static const uint8_t ask[] = {0x41, 0x01, 0x10, 0x01, 't', 0xb1, 'x'};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  coap_context_t *server;
  coap_resource_t *resource;
  datagram_t got;
  uint16_t port;
  int fd = raw_peer(&port);

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  to.sin_port = htons(known_port);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, event);
  coap_register_response_handler(server, answer);
  coap_context_set_session_timeout(server, 1);

  raw_send(fd, &to, ask, sizeof ask);
  got = raw_receive(fd, server, 2000);
  print_datagram("peer: got", &got);
  say("== it stays beyond the session time-out, and sends requests");
  run_for(server, NULL, 1500);
  say("deleted %d", deleted);
  say("sent %d", coap_send(home, request(home, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "y")) != COAP_INVALID_MID);
  got = raw_receive(fd, server, 2000);
  print_datagram("peer: got", &got);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED, NULL);
  say("answered %d", run_until(server, NULL, &answers, 2000));
  say("== a client's session cannot be converted");
  {
    coap_session_t *client = connect_to(server, port);
    say("converted %d", coap_session_set_type_client(client));
    coap_session_release(client);
  }
  say("created %d, served %d", created, served);
  coap_session_release(home);
  coap_free_context(server);
  coap_cleanup();
  close(fd);
  return 0;
}
