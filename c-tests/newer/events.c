/* The events of 4.3.4: a malformed message, a retransmission, a keepalive that fails; and coap_handle_event(). */
#include "../support.h"

static int nacks, failures, answers;

static int
event(coap_session_t *session, const coap_event_t what) {
  say("event %s, session %s", event_name(what),
      session ? session_type_name(coap_session_get_type(session)) : "none");
  failures += what == COAP_EVENT_KEEPALIVE_FAILURE;
  return 7;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("nack %s", nack_name(reason));
  nacks++;
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("answer %s", code_name(coap_pdu_get_code(received)));
  answers++;
  return COAP_RESPONSE_OK;
}

int
main(void) {
  static const uint8_t malformed[] = {0x40, 0x01, 0x10, 0x01, 0xff}, critical[] = {0x40, 0x01, 0x10, 0x02, 0xe0, 0x11, 0x5a};
  const coap_fixed_point_t timeout = {1, 0}, factor = {1, 0};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
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
  to.sin_port = htons(known_port);
  coap_register_event_handler(server, event);
  coap_register_event_handler(client, event);
  coap_register_nack_handler(client, nack);
  coap_register_response_handler(client, answer);

  say("== a malformed message");
  raw_send(fd, &to, malformed, sizeof malformed);
  got = raw_receive(fd, server, 2000);
  print_datagram("peer: got", &got);
  say("== a critical option that nobody knows");
  raw_send(fd, &to, critical, sizeof critical);
  got = raw_receive(fd, server, 2000);
  print_datagram("peer: got", &got);

  say("== a retransmission");
  session = connect_to(client, port);
  coap_session_set_ack_timeout(session, timeout);
  coap_session_set_ack_random_factor(session, factor);
  coap_session_set_max_retransmit(session, 1);
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  got = raw_receive(fd, client, 2000);
  got = raw_receive(fd, client, 3000);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, NULL);
  run_until(client, NULL, &answers, 2000);

  say("== handled by hand: %d", coap_handle_event(client, COAP_EVENT_BAD_PACKET, session));
  say("without session: %d", coap_handle_event(client, COAP_EVENT_BAD_PACKET, NULL));
  coap_register_event_handler(client, NULL);
  say("without handler: %d", coap_handle_event(client, COAP_EVENT_BAD_PACKET, session));
  coap_session_release(session);
  coap_free_context(client);
  coap_register_event_handler(server, NULL);
  coap_free_context(server);
  coap_cleanup();
  close(fd);
  return 0;
}
