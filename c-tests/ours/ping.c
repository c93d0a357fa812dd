/* coap_session_send_ping() and the ping and pong handlers. (The original's versions differ in what the answer to a ping
 * causes.) */
#include "../support.h"

static int pings, pongs, nacks;

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

int
main(void) {
  const coap_fixed_point_t timeout = {1, 0}, factor = {1, 0};
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
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  run_for(client, NULL, 50);
  say("the same reset again: pongs %d, nacks %d", pongs, nacks);

  say("== nobody answers");
  coap_session_set_ack_timeout(session, timeout);
  coap_session_set_ack_random_factor(session, factor);
  coap_session_set_max_retransmit(session, 1);
  pongs = 0;
  coap_session_send_ping(session);
  say("nack: %d", run_until(client, NULL, &nacks, 8000));
  say("pongs %d", pongs);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  close(fd);
  return 0;
}
