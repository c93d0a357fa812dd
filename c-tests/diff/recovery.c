/* coap_recovery(3): retransmission, back-off, giving up, unreachable peers, lost packets. */
#include "../support.h"

static int nacks, answers;
static coap_context_t *client;

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session;
  say("client: nack %s, request %s, mid fits %d", nack_name(reason), sent ? code_name(coap_pdu_get_code(sent)) : "-",
      sent && coap_pdu_get_mid(sent) == mid);
  nacks++;
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)mid, (void)sent;
  say("client: answer %s", code_name(coap_pdu_get_code(received)));
  answers++;
  return COAP_RESPONSE_OK;
}

static void
quick(coap_session_t *session, uint16_t retransmissions) {
  const coap_fixed_point_t timeout = {1, 0}, factor = {1, 0};
  coap_session_set_ack_timeout(session, timeout);
  coap_session_set_ack_random_factor(session, factor);
  coap_session_set_max_retransmit(session, retransmissions);
}

/* How long a wait was, in whole seconds, so that a loaded machine does not matter. */
static long
seconds(long started) {
  return (milliseconds() - started + 250) / 1000;
}

int
main(void) {
  uint16_t port;
  int fd = raw_peer(&port);
  coap_session_t *session;
  datagram_t first, next;
  long started;
  int i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_nack_handler(client, nack);
  coap_register_response_handler(client, answer);

  say("== two retransmissions, 1 and 2 seconds apart, then 4 seconds of patience");
  session = connect_to(client, port);
  quick(session, 2);
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  first = raw_receive(fd, client, 5000);
  say("can exit meanwhile: %d", coap_can_exit(client));
  started = milliseconds();
  for (i = 0; i < 2; i++) {
    next = raw_receive(fd, client, 5000);
    say("peer: the same datagram after %ld s: %d", seconds(started),
        next.length == first.length && memcmp(next.bytes, first.bytes, (size_t)first.length) == 0);
    started = milliseconds();
  }
  run_until(client, NULL, &nacks, 8000);
  say("given up: %d, after %ld s", nacks, seconds(started));
  say("can exit: %d", coap_can_exit(client));

  say("== an answer to the retransmission ends it");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "x"));
  first = raw_receive(fd, client, 5000);
  next = raw_receive(fd, client, 5000);
  raw_answer(fd, &next, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED, NULL);
  say("answered: %d", run_until(client, NULL, &answers, 2000));
  next = raw_receive(fd, client, 2500);
  print_datagram("peer: then", &next);
  coap_session_release(session);

  say("== what a session that is released had sent");
  session = connect_to(client, port);
  quick(session, 1);
  nacks = 0;
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  first = raw_receive(fd, client, 5000);
  coap_session_release(session);
  next = raw_receive(fd, client, 1500);
  print_datagram("peer: then", &next);
  say("nacks: %d", nacks);

  say("== nobody listens");
  close(fd);
  session = connect_to(client, port);
  quick(session, 1);
  nacks = 0;
  started = milliseconds();
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  run_until(client, NULL, &nacks, 8000);
  say("nack came: %d, after %ld s", nacks, seconds(started));
  say("state %s", state_name(coap_session_get_state(session)));
  nacks = 0;
  coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x"));
  run_for(client, NULL, 100);
  say("nacks for a non-confirmable one: %d", nacks);
  coap_session_release(session);
  coap_free_context(client);
  coap_cleanup();
  return 0;
}
