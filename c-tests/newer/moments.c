/* What the handlers learn of sessions, messages, observers and keep-alive, in order and at which second. */
#include "../peer.h"

static coap_context_t *server, *client;
static coap_resource_t *resource;
static struct sockaddr_in to_server;
static int fd, changes, answers_late;
static uint16_t mid, port;
static time_t begin;
static datagram_t got;
static const coap_fixed_point_t one = {1, 0};

static long
second(void) {
  return (long)(skipped - begin);
}

static void
story(const char *name) {
  say("== %s", name);
  begin = skipped;
}

static int
event(coap_session_t *session, const coap_event_t what) {
  /* The time-outs of what is sent to the peer do not depend on chance. */
  if (what == COAP_EVENT_SERVER_SESSION_NEW)
    coap_session_set_ack_random_factor(session, one);
  say("second %ld: event %s in %s session", second(), event_name(what),
      session_type_name(coap_session_get_type(session)));
  return 0;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t number) {
  (void)number;
  say("second %ld: nack %s for %s in %s session", second(), nack_name(reason),
      sent ? code_name(coap_pdu_get_code(sent)) : "nothing", session_type_name(coap_session_get_type(session)));
}

static void
ping(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t number) {
  (void)received, (void)number;
  say("second %ld: ping in %s session", second(), session_type_name(coap_session_get_type(session)));
}

static void
pong(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t number) {
  (void)received, (void)number;
  say("second %ld: pong in %s session", second(), session_type_name(coap_session_get_type(session)));
}

static coap_response_t
response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t number) {
  (void)session, (void)sent, (void)number;
  say("second %ld: response %s", second(), code_name(coap_pdu_get_code(received)));
  return COAP_RESPONSE_OK;
}

static void
get(coap_resource_t *which, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
    coap_pdu_t *answer) {
  char text[16];
  (void)which, (void)query;
  say("second %ld: handler", second());
  if (answers_late && !coap_find_async(session, coap_pdu_get_token(request))) {
    coap_register_async(session, request, 5 * COAP_TICKS_PER_SECOND);
    return;
  }
  coap_pdu_set_code(answer, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(answer, (size_t)sprintf(text, "%d", changes), (const uint8_t *)text);
}

/* ---- A server and a peer ---- */

static void
show(const char *who) {
  if (got.length < 4)
    say("%s nothing", who);
  else
    say("%s %s %s", who, type_name((coap_pdu_type_t)(got.bytes[0] >> 4 & 3)), code_name(got.bytes[1]));
}

static void
ask(coap_pdu_type_t type, int observe) {
  message_t asked = message(type, 1, ++mid, "t", 1);
  if (observe >= 0)
    add_number(&asked, COAP_OPTION_OBSERVE, (unsigned)observe);
  add_option(&asked, COAP_OPTION_URI_PATH, "state", 5);
  send_message(fd, &to_server, &asked);
  got = raw_receive(fd, server, 500);
  show("peer:");
}

/* The state changes; the peer gets the notification. */
static void
change(void) {
  changes++;
  say("observed: %d", coap_resource_notify_observers(resource, NULL));
  got = raw_receive(fd, server, 100);
  show("peer:");
}

static void
say_to_server(coap_pdu_type_t type) {
  raw_answer(fd, &got, type, 0, NULL);
  run_for(server, NULL, 20);
}

static void
drain(void) {
  while (raw_receive(fd, server, 10).length >= 0)
    ;
}

static void
sessions(void) {
  static const uint8_t malformed[] = {0x40, 0x01, 0x10, 0x01, 0xff};
  story("a peer that comes, and is silent from then on");
  ask(COAP_MESSAGE_CON, -1);
  pass(server, NULL, 310);

  story("a peer that comes back just in time");
  ask(COAP_MESSAGE_CON, -1);
  pass(server, NULL, 290);
  ask(COAP_MESSAGE_CON, -1);
  pass(server, NULL, 290);
  ask(COAP_MESSAGE_NON, -1);

  story("something malformed");
  raw_send(fd, &to_server, malformed, sizeof malformed);
  got = raw_receive(fd, server, 500);
  show("peer:");

  story("a ping");
  {
    message_t empty = message(COAP_MESSAGE_CON, 0, ++mid, NULL, 0);
    send_message(fd, &to_server, &empty);
  }
  got = raw_receive(fd, server, 500);
  show("peer:");

  story("another time-out");
  coap_context_set_session_timeout(server, 20);
  pass(server, NULL, 40);
}

static void
answers_that_nobody_acknowledges(void) {
  story("a separate response that is not acknowledged");
  coap_context_set_session_timeout(server, 500);
  answers_late = 1;
  ask(COAP_MESSAGE_CON, -1);
  pass(server, NULL, 80);
  drain();

  story("a separate response that is rejected");
  ask(COAP_MESSAGE_CON, -1);
  pass(server, NULL, 6);
  got = raw_receive(fd, server, 100);
  show("peer:");
  say_to_server(COAP_MESSAGE_RST);
  pass(server, NULL, 80);
  answers_late = 0;
}

static void
observers(void) {
  story("an observer that rejects a notification");
  coap_resource_set_get_observable(resource, 1);
  ask(COAP_MESSAGE_CON, 0);
  change();
  say_to_server(COAP_MESSAGE_RST);
  change();

  story("an observer that is gone");
  ask(COAP_MESSAGE_CON, 0);
  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  change();
  pass(server, NULL, 80);
  drain();
  change();

  story("an observer that is gone, and is asked once in five times only");
  ask(COAP_MESSAGE_CON, 0);
  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_NON);
  while (coap_resource_notify_observers(resource, NULL)) {
    pass(server, NULL, 70);
    drain();
  }

  story("a peer that was silent for that long when its session is idle at last");
  coap_context_set_session_timeout(server, 100);
  pass(server, NULL, 120);

  story("an observer keeps its session");
  coap_context_set_session_timeout(server, 20);
  ask(COAP_MESSAGE_NON, 0);
  pass(server, NULL, 100);
  ask(COAP_MESSAGE_NON, 1);
  pass(server, NULL, 40);
}

/* ---- A client and a peer ---- */

static coap_session_t *
connected(void) {
  coap_session_t *session = connect_to(client, port);
  coap_session_set_ack_random_factor(session, one);
  return session;
}

static void
requests(void) {
  coap_session_t *session = connected();
  story("a request that nobody answers");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  pass(client, NULL, 70);

  story("two that nobody answers, with other settings");
  coap_session_set_max_retransmit(session, 1);
  coap_session_set_ack_timeout(session, (coap_fixed_point_t){3, 0});
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "x"));
  pass(client, NULL, 30);
  while (raw_receive(fd, client, 10).length >= 0)
    ;

  story("one that is rejected");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  got = raw_receive(fd, client, 500);
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  run_for(client, NULL, 20);

  story("one that is acknowledged and answered later");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  got = raw_receive(fd, client, 500);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, 0, NULL);
  pass(client, NULL, 50);
  got.bytes[2]++;
  raw_answer(fd, &got, COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, "late");
  got = raw_receive(fd, client, 500);
  show("peer:");

  story("one of a session that ends");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  coap_session_release(session);
  pass(client, NULL, 20);
  while (raw_receive(fd, client, 10).length >= 0)
    ;
}

static void
keepalive(void) {
  coap_session_t *session = connected();
  story("a peer that answers pings");
  coap_context_set_keepalive(client, 30);
  pass(client, NULL, 31);
  got = raw_receive(fd, client, 500);
  show("peer:");
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  run_for(client, NULL, 20);

  story("a peer that does not");
  pass(client, NULL, 150);
  coap_session_release(session);
  coap_context_set_keepalive(client, 0);
  run_for(client, NULL, 20);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  fd = raw_peer(&port);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  to_server = loopback(known_port).addr.sin;
  resource = coap_resource_init(str("state"), COAP_RESOURCE_FLAGS_NOTIFY_NON);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, event);
  coap_register_nack_handler(server, nack);
  coap_register_ping_handler(server, ping);
  sessions();
  answers_that_nobody_acknowledges();
  observers();
  coap_free_context(server);

  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_event_handler(client, event);
  coap_register_nack_handler(client, nack);
  coap_register_pong_handler(client, pong);
  coap_register_response_handler(client, response);
  requests();
  keepalive();
  coap_free_context(client);
  coap_cleanup();
  close(fd);
  return 0;
}
