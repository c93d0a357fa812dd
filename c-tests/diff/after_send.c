/*
 * A program that looks at its confirmable messages after coap_send, which libcoap's header forbids and bindings do all
 * the same: while they wait for their turn or their acknowledgement, and while the handler runs that is told of their
 * end.
 */
#include "../support.h"

static coap_context_t *client;
static coap_session_t *session;
static coap_pdu_t *own;
static coap_mid_t own_mid;
static int ended;

/* What can be read without changing anything. */
static void
look(const char *when, const coap_pdu_t *pdu) {
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  coap_string_t *path = coap_get_uri_path(pdu), *query = coap_get_query(pdu);
  coap_opt_iterator_t walk;
  coap_block_t block;
  coap_pdu_t *copy = coap_pdu_duplicate(pdu, session, token.length, token.s, NULL);
  size_t options = 0;

  say("%s: %s %s, the message ID that it was sent with %d, a token %d", when, type_name(coap_pdu_get_type(pdu)),
      code_name(coap_pdu_get_code(pdu)), coap_pdu_get_mid(pdu) == own_mid, token.length > 0);
  coap_option_iterator_init(pdu, &walk, COAP_OPT_ALL);
  while (coap_option_next(&walk))
    options++;
  say("%s: path %s, query %s, %zu options, Accept %d, block %d", when, path ? (const char *)path->s : "-",
      query ? (const char *)query->s : "-", options, coap_check_option(pdu, COAP_OPTION_ACCEPT, &walk) != NULL,
      coap_get_block(pdu, COAP_OPTION_BLOCK2, &block));
  print_payload(when, pdu);
  say("%s: duplicate %s", when, copy ? code_name(coap_pdu_get_code(copy)) : "-");
  coap_delete_string(path);
  coap_delete_string(query);
  coap_delete_pdu(copy);
}

static coap_response_t
answer(coap_session_t *one, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)one, (void)mid;
  say("answer %s, request known %d", code_name(coap_pdu_get_code(received)), sent != NULL);
  look("in the handler of its answer", own);
  ended = 1;
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *one, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)one, (void)mid;
  say("nack %s, request known %d", nack_name(reason), sent != NULL);
  look("in the handler of its end", own);
  ended = 1;
}

static void
send_own(void) {
  own = request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "a/b");
  coap_add_option(own, COAP_OPTION_URI_QUERY, 3, (const uint8_t *)"q=1");
  coap_add_option(own, COAP_OPTION_ACCEPT, 0, NULL);
  coap_add_data(own, 4, (const uint8_t *)"data");
  own_mid = coap_send(session, own);
  ended = 0;
}

int
main(void) {
  datagram_t got;
  uint16_t port;
  int fd;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  fd = raw_peer(&port);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_response_handler(client, answer);
  coap_register_nack_handler(client, nack);
  session = connect_to(client, port);

  say("== answered");
  send_own();
  look("right after it was sent", own);
  got = raw_receive(fd, client, 1000);
  look("when the peer has it", own);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED, "now");
  run_until(client, NULL, &ended, 1000);

  say("== looked at for the first time in the handler");
  send_own();
  got = raw_receive(fd, client, 1000);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED, "now");
  run_until(client, NULL, &ended, 1000);

  say("== rejected, waiting for its turn before");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "first"));
  got = raw_receive(fd, client, 1000);
  send_own();
  look("while another is under way", own);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_EMPTY_CODE, NULL);
  got = raw_receive(fd, client, 1000);
  raw_answer(fd, &got, COAP_MESSAGE_RST, COAP_EMPTY_CODE, NULL);
  run_until(client, NULL, &ended, 1000);

  coap_session_release(session);
  coap_free_context(client);
  coap_cleanup();
  close(fd);
  return 0;
}
