/* coap_keepalive(3): pings after silence. What the answer to a ping of one's own causes is in c-tests/ours/ping.c: the
 * original's versions differ. */
#include "../support.h"

static int pongs, nacks;

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
  coap_context_t *client;
  coap_session_t *session;
  datagram_t got;
  uint16_t port;
  int fd = raw_peer(&port);

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_pong_handler(client, pong);
  coap_register_nack_handler(client, nack);

  session = connect_to(client, port);
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
  say("nacks %d", nacks);
  coap_session_release(session);
  coap_free_context(client);
  coap_cleanup();
  close(fd);
  return 0;
}
