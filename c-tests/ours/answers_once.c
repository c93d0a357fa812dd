/* What the original gets wrong about repeated messages: handlers run once, a repeated separate response is acknowledged
 * again, and a stranger's message ID or token stops nothing. */
#include "../support.h"

static int answers, served;

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("client: %s %s", type_name(coap_pdu_get_type(received)), code_name(coap_pdu_get_code(received)));
  answers++;
  return COAP_RESPONSE_OK;
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)query;
  say("server: %s", type_name(coap_pdu_get_type(pdu)));
  served++;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static void
as_client(void) {
  coap_context_t *client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_session_t *session;
  datagram_t got, separate, next;
  uint16_t port;
  int fd = raw_peer(&port), i;

  coap_register_response_handler(client, answer);
  session = connect_to(client, port);
  say("== a separate response three times");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  got = raw_receive(fd, client, 2000);
  raw_answer(fd, &got, COAP_MESSAGE_ACK, 0, NULL);
  separate = got;
  separate.bytes[2] = 0x77;
  separate.bytes[3] = 0x01;
  for (i = 0; i < 3; i++) {
    raw_answer(fd, &separate, COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, "late");
    next = raw_receive(fd, client, 1000);
    print_datagram("peer: got", &next);
    say("peer: acknowledges it: %d", datagram_mid(&next) == 0x7701);
  }
  say("answers %d", answers);

  say("== an ACK and a reset of message IDs that are not outstanding stop nothing");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "x"));
  got = raw_receive(fd, client, 2000);
  next = got;
  next.bytes[3] ^= 0xff;
  raw_answer(fd, &next, COAP_MESSAGE_ACK, 0, NULL);
  raw_answer(fd, &next, COAP_MESSAGE_RST, 0, NULL);
  next = raw_receive(fd, client, 4000);
  say("peer: the same request again: %d",
      next.length == got.length && memcmp(next.bytes, got.bytes, (size_t)got.length) == 0);

  say("== a response with a token that nobody sent is handed over, as the original does, and ends no request");
  answers = 0;
  next = got;
  next.bytes[4] ^= 0xff;
  raw_answer(fd, &next, COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT, "forged");
  raw_answer(fd, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CHANGED, NULL);
  run_until(client, NULL, &answers, 1000);
  run_for(client, NULL, 50);
  say("answers %d", answers);
  coap_session_release(session);
  coap_free_context(client);
  close(fd);
}

static void
as_server(void) {
  static const uint8_t con[] = {0x41, 0x01, 0x10, 0x01, 't', 0xb1, 'x'}, non[] = {0x51, 0x01, 0x10, 0x02, 't', 0xb1, 'x'};
  coap_context_t *server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_resource_t *resource = coap_resource_init(str("x"), 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  datagram_t first, next;
  uint16_t port;
  int fd = raw_peer(&port), other = raw_peer(&port), i;

  listen_on_loopback(server);
  to.sin_port = htons(known_port);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  say("== a confirmable request three times: the same answer three times");
  raw_send(fd, &to, con, sizeof con);
  first = raw_receive(fd, server, 1000);
  for (i = 0; i < 2; i++) {
    raw_send(fd, &to, con, sizeof con);
    next = raw_receive(fd, server, 1000);
    say("peer: same %d", next.length == first.length && memcmp(next.bytes, first.bytes, (size_t)first.length) == 0);
  }
  say("== the same bytes from another port are another request");
  raw_send(other, &to, con, sizeof con);
  next = raw_receive(other, server, 1000);
  print_datagram("peer: got", &next);
  say("== a non-confirmable request twice: one answer");
  raw_send(fd, &to, non, sizeof non);
  raw_send(fd, &to, non, sizeof non);
  next = raw_receive(fd, server, 1000);
  print_datagram("peer: got", &next);
  next = raw_receive(fd, server, 100);
  print_datagram("peer: then", &next);
  say("served %d", served);
  coap_free_context(server);
  close(fd);
  close(other);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  as_client();
  as_server();
  coap_cleanup();
  return 0;
}
