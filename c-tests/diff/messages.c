/* The client's message layer against a raw peer: piggybacked, separate and empty answers, RST, strangers, NSTART. */
#include "../support.h"

static int answers, nacks;
static coap_response_t verdict = COAP_RESPONSE_OK;
static coap_context_t *client;
static coap_session_t *session;
static int fd;

static coap_response_t
answer(coap_session_t *one, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)one, (void)mid;
  say("client: answer %s %s, request %s", type_name(coap_pdu_get_type(received)),
      code_name(coap_pdu_get_code(received)), sent ? code_name(coap_pdu_get_code(sent)) : "unknown");
  answers++;
  return verdict;
}

static void
nack(coap_session_t *one, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)one, (void)mid;
  say("client: nack %s, request %s", nack_name(reason), sent ? code_name(coap_pdu_get_code(sent)) : "unknown");
  nacks++;
}

static datagram_t
ask(coap_pdu_type_t type) {
  datagram_t got;
  coap_send(session, request(session, type, COAP_REQUEST_CODE_GET, "x"));
  got = raw_receive(fd, client, 1000);
  print_datagram("peer: got", &got);
  return got;
}

/* What the client does about what the peer has just sent. */
static void
reaction(void) {
  datagram_t got = raw_receive(fd, client, 150);
  print_datagram("peer: then got", &got);
}

/* A separate answer with a message ID of the peer's own. */
static void
separate(const datagram_t *got, coap_pdu_type_t type, uint16_t mid) {
  datagram_t copy = *got;
  copy.bytes[2] = (uint8_t)(mid >> 8);
  copy.bytes[3] = (uint8_t)mid;
  raw_answer(fd, &copy, type, COAP_RESPONSE_CODE_CONTENT, "separate");
}

static void
answers_of_all_kinds(void) {
  datagram_t got;
  say("== piggybacked");
  got = ask(COAP_MESSAGE_CON);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, "now");
  reaction();

  say("== empty ACK, then a separate confirmable answer");
  got = ask(COAP_MESSAGE_CON);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, 0, NULL);
  reaction();
  separate(&got, COAP_MESSAGE_CON, 0x7001);
  reaction();

  say("== separate non-confirmable answer without an ACK before it");
  got = ask(COAP_MESSAGE_CON);
  separate(&got, COAP_MESSAGE_NON, 0x7002);
  reaction();

  say("== non-confirmable request and answer");
  got = ask(COAP_MESSAGE_NON);
  separate(&got, COAP_MESSAGE_NON, 0x7003);
  reaction();

  say("== non-confirmable request, confirmable answer");
  got = ask(COAP_MESSAGE_NON);
  separate(&got, COAP_MESSAGE_CON, 0x7004);
  reaction();

  say("== an answer that the handler refuses");
  verdict = COAP_RESPONSE_FAIL;
  got = ask(COAP_MESSAGE_CON);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, 0, NULL);
  reaction();
  separate(&got, COAP_MESSAGE_CON, 0x7005);
  reaction();
  got = ask(COAP_MESSAGE_NON);
  separate(&got, COAP_MESSAGE_NON, 0x7006);
  reaction();
  verdict = COAP_RESPONSE_OK;

  say("== RST");
  got = ask(COAP_MESSAGE_CON);
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  reaction();

  say("== RST to a non-confirmable request");
  got = ask(COAP_MESSAGE_NON);
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  reaction();

  say("== error codes");
  got = ask(COAP_MESSAGE_CON);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_NOT_FOUND, "no");
  reaction();
  got = ask(COAP_MESSAGE_CON);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE, NULL);
  reaction();
}

static void
strangers(void) {
  datagram_t got;
  struct sockaddr_in peer;
  static const uint8_t unasked_con[] = {0x41, 0x45, 0x12, 0x34, 0x99, 0xff, 'h', 'i'};
  static const uint8_t unasked_non[] = {0x51, 0x45, 0x12, 0x35, 0x99, 0xff, 'h', 'i'};
  static const uint8_t request_con[] = {0x41, 0x01, 0x12, 0x36, 0x99, 0xb1, 'x'};
  static const uint8_t request_non[] = {0x51, 0x01, 0x12, 0x37, 0x99, 0xb1, 'x'};
  static const uint8_t ping[] = {0x40, 0x00, 0x12, 0x38};
  static const uint8_t unknown_ack[] = {0x60, 0x00, 0x12, 0x39};
  static const uint8_t unknown_rst[] = {0x70, 0x00, 0x12, 0x3a};
  static const uint8_t garbage[] = {0x4f, 0x01, 0x12, 0x3b, 0xff, 0xff};

  got = ask(COAP_MESSAGE_CON);
  peer = got.from;
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, "now");
  reaction();
  say("== the same answer once more");
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, "now");
  reaction();
#define STRANGER(bytes)                                                                                       \
  say("== " #bytes);                                                                                          \
  raw_send(fd, &peer, bytes, sizeof bytes);                                                                   \
  reaction()
  STRANGER(unasked_con);
  STRANGER(unasked_non);
  STRANGER(request_con);
  STRANGER(request_non);
  STRANGER(ping);
  STRANGER(unknown_ack);
  STRANGER(unknown_rst);
  STRANGER(garbage);
}

static void
nstart(void) {
  datagram_t got, second;
  int i;
  say("== NSTART 1: three requests at once, one at a time on the wire");
  for (i = 0; i < 3; i++)
    coap_send(session, request(session, COAP_MESSAGE_CON, (coap_pdu_code_t)(1 + i), "x"));
  for (i = 0; i < 3; i++) {
    got = raw_receive(fd, client, 1000);
    print_datagram("peer: got", &got);
    second = raw_receive(fd, client, 100);
    print_datagram("peer: and", &second);
    raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, NULL);
  }
  reaction();
  say("== NSTART 2");
  coap_session_set_nstart(session, 2);
  for (i = 0; i < 3; i++)
    coap_send(session, request(session, COAP_MESSAGE_CON, (coap_pdu_code_t)(1 + i), "x"));
  for (i = 0; i < 2; i++) {
    got = raw_receive(fd, client, 1000);
    print_datagram("peer: got", &got);
    if (i == 0)
      second = got;
  }
  second = second.length > 0 ? second : got;
  raw_answer(fd, &second, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, NULL);
  second = raw_receive(fd, client, 1000);
  print_datagram("peer: third", &second);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, NULL);
  raw_answer(fd, &second, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, NULL);
  reaction();
  say("== non-confirmable ones do not wait");
  coap_session_set_nstart(session, 1);
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, "x"));
  got = raw_receive(fd, client, 1000);
  print_datagram("peer: got", &got);
  second = raw_receive(fd, client, 1000);
  print_datagram("peer: got", &second);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, NULL);
  reaction();
}

int
main(void) {
  uint16_t port;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  fd = raw_peer(&port);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_response_handler(client, answer);
  coap_register_nack_handler(client, nack);
  session = connect_to(client, port);
  answers_of_all_kinds();
  strangers();
  nstart();
  say("== answers %d, nacks %d, can exit %d", answers, nacks, coap_can_exit(client));
  coap_session_release(session);
  coap_free_context(client);
  coap_cleanup();
  close(fd);
  return 0;
}
