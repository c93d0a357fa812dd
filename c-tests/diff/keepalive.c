/* coap_keepalive(3), coap_session_send_ping(), ping and pong handlers. */
#include "../support.h"

static int pings, pongs, nacks, events;

static void
ping(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session;
  say("ping handler: %s %s, mid fits %d", type_name(coap_pdu_get_type(received)),
      code_name(coap_pdu_get_code(received)), coap_pdu_get_mid(received) == mid);
  pings++;
}

static void
pong(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session;
  say("pong handler: %s %s, mid fits %d", type_name(coap_pdu_get_type(received)),
      code_name(coap_pdu_get_code(received)), coap_pdu_get_mid(received) == mid);
  pongs++;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)mid;
  say("nack handler: %s for %s", nack_name(reason), sent ? code_name(coap_pdu_get_code(sent)) : "nothing");
  nacks++;
}

static int
event(coap_session_t *session, const coap_event_t what) {
  (void)session;
  say("event handler: %s", event_name(what));
  events++;
  return 0;
}

int
main(void) {
  coap_context_t *server, *client;
  coap_session_t *session;
  datagram_t got;
  uint16_t port;
  int fd = raw_peer(&port);

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  coap_register_ping_handler(server, ping);
  coap_register_pong_handler(client, pong);
  coap_register_nack_handler(client, nack);
  coap_register_event_handler(server, event);

  say("== a ping between two of us");
  session = connect_to(client, known_port);
  say("sent: %d", coap_session_send_ping(session) != COAP_INVALID_MID);
  say("pong: %d", run_until(server, client, &pongs, 2000));
  say("pings %d, nacks %d", pings, nacks);
  coap_session_release(session);

  say("== a ping on the wire");
  session = connect_to(client, port);
  pongs = 0;
  coap_session_send_ping(session);
  got = raw_receive(fd, client, 1000);
  print_datagram("peer: got", &got);
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  say("pong: %d", run_until(client, NULL, &pongs, 2000));

  say("== an ACK is no pong");
  pongs = 0;
  coap_session_send_ping(session);
  got = raw_receive(fd, client, 1000);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, 0, NULL);
  run_for(client, NULL, 100);
  say("pongs %d, nacks %d", pongs, nacks);

  say("== keepalive after a second of silence");
  coap_context_set_keepalive(client, 1);
  got = raw_receive(fd, client, 3000);
  print_datagram("peer: got", &got);
  pongs = 0;
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  say("pong: %d", run_until(client, NULL, &pongs, 2000));
  got = raw_receive(fd, client, 3000);
  print_datagram("peer: got", &got);
  pongs = 0;
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  say("pong: %d", run_until(client, NULL, &pongs, 2000));
  say("== and none when it is turned off");
  coap_context_set_keepalive(client, 0);
  got = raw_receive(fd, client, 1500);
  print_datagram("peer: got", &got);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  close(fd);
  return 0;
}
