/* The server's side of separate and delayed answers: a handler that answers later, confirmably, and what happens when
 * the peer acknowledges, resets, or is silent. */
#include "../support.h"

static int nacks;
static coap_context_t *server;
static coap_session_t *kept;
static uint8_t token[8];
static size_t token_length;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  coap_bin_const_t name = coap_pdu_get_token(pdu);
  (void)resource, (void)query, (void)response;
  say("server: asked, nothing said yet");
  kept = coap_session_reference(session);
  token_length = name.length;
  memcpy(token, name.s, name.length);
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session;
  say("server: nack %s of %s, mid fits %d", nack_name(reason), sent ? code_name(coap_pdu_get_code(sent)) : "nothing",
      sent && coap_pdu_get_mid(sent) == mid);
  nacks++;
}

static void
answer_later(coap_pdu_type_t type) {
  coap_pdu_t *pdu = coap_pdu_init(type, COAP_RESPONSE_CODE_CONTENT, coap_new_message_id(kept), 200);
  coap_add_token(pdu, token_length, token);
  coap_add_data(pdu, 5, (const uint8_t *)"later");
  say("server: sent %d", coap_send(kept, pdu) != COAP_INVALID_MID);
}

int
main(void) {
  const coap_fixed_point_t timeout = {1, 0}, factor = {1, 0};
  static const char *const ends[] = {"acknowledged", "reset", "left alone"};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  coap_resource_t *resource;
  datagram_t got, again;
  uint16_t port;
  int fd = raw_peer(&port), end;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  to.sin_port = htons(known_port);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_nack_handler(server, nack);

  for (end = 0; end < 3; end++) {
    uint8_t ask[] = {0x42, 0x01, 0x20, (uint8_t)end, 't', (uint8_t)end, 0xb1, 'x'};
    say("== a confirmable answer that is %s", ends[end]);
    raw_send(fd, &to, ask, sizeof ask);
    got = raw_receive(fd, server, 2000);
    print_datagram("peer: got", &got);
    coap_session_set_ack_timeout(kept, timeout);
    coap_session_set_ack_random_factor(kept, factor);
    coap_session_set_max_retransmit(kept, 1);
    nacks = 0;
    answer_later(COAP_MESSAGE_CON);
    got = raw_receive(fd, server, 2000);
    print_datagram("peer: got", &got);
    if (end < 2)
      raw_answer(fd, &got, end ? COAP_MESSAGE_RST : COAP_MESSAGE_ACK, 0, NULL);
    again = raw_receive(fd, server, 1500);
    say("peer: the same again: %d", again.length == got.length && memcmp(again.bytes, got.bytes, (size_t)got.length) == 0);
    if (end == 2)
      run_until(server, NULL, &nacks, 5000);
    say("nacks %d", nacks);
    coap_session_release(kept);
  }

  say("== a non-confirmable answer");
  {
    static const uint8_t ask[] = {0x42, 0x01, 0x20, 0x10, 't', 'n', 0xb1, 'x'};
    raw_send(fd, &to, ask, sizeof ask);
    got = raw_receive(fd, server, 2000);
    print_datagram("peer: got", &got);
    answer_later(COAP_MESSAGE_NON);
    got = raw_receive(fd, server, 2000);
    print_datagram("peer: got", &got);
    coap_session_release(kept);
  }
  coap_free_context(server);
  coap_cleanup();
  close(fd);
  return 0;
}
