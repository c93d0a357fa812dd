/* coap_send_error(), coap_new_error_response(), coap_send_ack(), coap_send_message_type(). */
#include "../support.h"

static int served;

static void
answer_by_hand(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
               coap_pdu_t *response) {
  coap_opt_filter_t filter;
  coap_pdu_t *error;
  coap_mid_t mid;
  (void)resource, (void)response;
  served++;
  coap_option_filter_clear(&filter);
  switch (query ? query->s[0] : 0) {
  case 'a':
    say("ack: %d", coap_send_ack(session, pdu) != COAP_INVALID_MID);
    break;
  case 'r':
    say("rst: %d", coap_send_message_type(session, pdu, COAP_MESSAGE_RST) != COAP_INVALID_MID);
    break;
  case 'e':
    say("error: %d", coap_send_error(session, pdu, COAP_RESPONSE_CODE_CONFLICT, &filter) != COAP_INVALID_MID);
    break;
  case 'o':
    coap_option_filter_set(&filter, COAP_OPTION_URI_QUERY);
    error = coap_new_error_response(pdu, COAP_RESPONSE_CODE_BAD_OPTION, &filter);
    say("response: %s %s", type_name(coap_pdu_get_type(error)), code_name(coap_pdu_get_code(error)));
    say("sent: %d", coap_send(session, error) != COAP_INVALID_MID);
    break;
  case 't':
    say("type: %d", coap_send_message_type(session, pdu, COAP_MESSAGE_ACK) != COAP_INVALID_MID);
    break;
  case 's': /* a separate answer of our own, after the empty ACK that leaving the code alone causes */
    mid = coap_new_message_id(session);
    if (mid == coap_pdu_get_mid(pdu)) /* they begin anywhere */
      mid = coap_new_message_id(session);
    error = coap_pdu_init(COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT, mid, 100);
    coap_add_token(error, coap_pdu_get_token(pdu).length, coap_pdu_get_token(pdu).s);
    coap_add_data(error, 4, (const uint8_t *)"mine");
    say("sent: %d", coap_send(session, error) != COAP_INVALID_MID);
    break;
  case 'c':
    coap_pdu_set_type(response, COAP_MESSAGE_CON);
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    break;
  default:
    break;
  }
}

int
main(void) {
  static const char letters[] = "areotsc-";
  static const char *const texts[] = {"CON", "NON"};
  static const int codes[] = {65, 66, 67, 68, 69, 95, 128, 129, 130, 131, 132, 133, 134, 136, 137, 140, 141, 142, 143,
                              157, 160, 161, 162, 163, 164, 165, 168, 31, 250};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  coap_context_t *server;
  coap_resource_t *resource;
  uint16_t port;
  int fd = raw_peer(&port), kind;
  size_t i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  for (i = 0; i < sizeof codes / sizeof *codes; i++)
    say("phrase of %s: %s", code_name(codes[i]),
        coap_response_phrase((unsigned char)codes[i]) ? coap_response_phrase((unsigned char)codes[i]) : "NULL");
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  to.sin_port = htons(known_port);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, answer_by_hand);
  coap_add_resource(server, resource);
  for (kind = 0; kind < 2; kind++)
    for (i = 0; letters[i]; i++) {
      uint8_t bytes[] = {(uint8_t)(0x42 | kind << 4), 1, 0x55, (uint8_t)(kind * 16 + (int)i), 't', 'k', 0xb1, 'x', 0x41, (uint8_t)letters[i]};
      datagram_t got;
      int answered = 0;
      say("== %s, %c", texts[kind], letters[i]);
      raw_send(fd, &to, bytes, sizeof bytes);
      for (;; answered++) {
        got = raw_receive(fd, server, 100);
        if (got.length < 0)
          break;
        print_datagram("peer: got", &got);
        say("peer: message ID as in the request: %d", got.bytes[2] == bytes[2] && got.bytes[3] == bytes[3]);
        if ((got.bytes[0] & 0x30) == 0)
          raw_answer(fd, &got, COAP_MESSAGE_ACK, 0, NULL);
      }
      say("peer: %d datagrams", answered);
    }
  say("== served %d", served);
  coap_free_context(server);
  coap_cleanup();
  close(fd);
  return 0;
}
