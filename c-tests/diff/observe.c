/* coap_observe(3): registering, being notified, and every way to end it, seen by a client of the library's and by a plain
 * socket. */
#include "../support.h"

static coap_context_t *server, *client;
static coap_resource_t *resource;
static coap_session_t *session;
static int calls, answers, nacks;

static void
get(coap_resource_t *which, coap_session_t *peer, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  char text[16];
  coap_opt_iterator_t iterator;
  coap_opt_t *observe = coap_check_option(pdu, COAP_OPTION_OBSERVE, &iterator);
  (void)which, (void)peer;
  calls++;
  say("server: %s%.*s, request has Observe: %d, response has Observe: %d, call %d",
      code_name(coap_pdu_get_code(pdu)), query ? (int)query->length : 0, query ? (const char *)query->s : "",
      observe != NULL, coap_check_option(response, COAP_OPTION_OBSERVE, &iterator) != NULL, calls);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  sprintf(text, "state %d", calls);
  coap_add_data(response, strlen(text), (const uint8_t *)text);
}

static void
print_answer(const char *who, const coap_pdu_t *received) {
  coap_opt_iterator_t iterator;
  coap_opt_t *observe = coap_check_option(received, COAP_OPTION_OBSERVE, &iterator);
  size_t length = 0;
  const uint8_t *data = NULL;
  char number[16] = "none";
  if (observe)
    sprintf(number, "%u", coap_decode_var_bytes(coap_opt_value(observe), coap_opt_length(observe)));
  coap_get_data(received, &length, &data);
  say("%s: %s %s, Observe %s, \"%.*s\"", who, type_name(coap_pdu_get_type(received)),
      code_name(coap_pdu_get_code(received)), number, (int)length, data ? (const char *)data : "");
}

static coap_response_t
answer(coap_session_t *peer, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)peer, (void)sent, (void)mid;
  print_answer("client", received);
  answers++;
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *peer, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)peer, (void)mid;
  say("server: nack %s for %s", nack_name(reason), sent ? code_name(coap_pdu_get_code(sent)) : "nothing");
  nacks++;
}

static void
offer(int flags) {
  resource = coap_resource_init(str("temp"), flags);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_register_request_handler(resource, COAP_REQUEST_FETCH, get);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(server, resource);
}

/* Lets the server and the client work until so many more answers have come, and a little longer. */
static void
work(int expected) {
  int limit = answers + expected, step;
  for (step = 0; step < 400 && answers < limit; step++)
    run_for(server, client, 5);
  run_for(server, client, 30);
}

static void
change(int expected) {
  say("notified: %d", coap_resource_notify_observers(resource, NULL));
  work(expected);
}

static coap_pdu_t *
observe(const char *token, int action) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  uint8_t value[4];
  coap_add_token(pdu, strlen(token), (const uint8_t *)token);
  coap_add_option(pdu, COAP_OPTION_OBSERVE, coap_encode_var_safe(value, sizeof value, (unsigned)action), value);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"temp");
  return pdu;
}

static int
cancel(const char *token, coap_pdu_type_t type) {
  coap_binary_t binary;
  binary.length = strlen(token);
  binary.s = (uint8_t *)(uintptr_t)token;
  return coap_cancel_observe(session, &binary, type);
}

static void
through_the_library(void) {
  int i;

  say("== nobody observes");
  say("notified: %d", coap_resource_notify_observers(resource, NULL));

  say("== a registration and eight changes");
  say("sent: %d", coap_send(session, observe("one", COAP_OBSERVE_ESTABLISH)) != COAP_INVALID_MID);
  work(1);
  for (i = 0; i < 8; i++)
    change(1);

  say("== three changes at once");
  for (i = 0; i < 3; i++)
    say("notified: %d", coap_resource_notify_observers(resource, NULL));
  work(1);

  say("== not observable for a while");
  coap_resource_set_get_observable(resource, 0);
  say("notified: %d", coap_resource_notify_observers(resource, NULL));
  work(0);
  coap_resource_set_get_observable(resource, 1);
  change(1);

  say("== under its former name");
  say("notified: %d", coap_resource_set_dirty(resource, NULL));
  work(1);

  say("== cancelled");
  say("cancelled unknown: %d", cancel("two", COAP_MESSAGE_CON));
  say("cancelled without token: %d", coap_cancel_observe(session, NULL, COAP_MESSAGE_CON));
  say("cancelled: %d", cancel("one", COAP_MESSAGE_CON));
  say("cancelled again: %d", cancel("one", COAP_MESSAGE_CON));
  work(1);
  say("notified: %d", coap_resource_notify_observers(resource, NULL));

  say("== the session ends");
  say("sent: %d", coap_send(session, observe("five", COAP_OBSERVE_ESTABLISH)) != COAP_INVALID_MID);
  work(1);
  coap_session_release(session);
  work(0);
  say("notified: %d", coap_resource_notify_observers(resource, NULL));

  say("== the session ends, the observation does not");
  session = connect_to(client, known_port);
  say("sent: %d", coap_send(session, observe("six", COAP_OBSERVE_ESTABLISH)) != COAP_INVALID_MID);
  work(1);
  coap_session_set_no_observe_cancel(session);
  coap_session_release(session);
  work(0);
  say("notified: %d", coap_resource_notify_observers(resource, NULL));

  say("== without COAP_BLOCK_USE_LIBCOAP");
  coap_delete_resource(server, resource);
  offer(0);
  coap_context_set_block_mode(client, 0);
  session = connect_to(client, known_port);
  say("sent: %d", coap_send(session, observe("seven", COAP_OBSERVE_ESTABLISH)) != COAP_INVALID_MID);
  work(1);
  say("cancelled: %d", cancel("seven", COAP_MESSAGE_CON));
  change(1);

  say("== the resource is deleted");
  coap_delete_resource(server, resource);
  work(1);

  say("== cancelled by the program itself");
  coap_context_set_block_mode(client, COAP_BLOCK_USE_LIBCOAP);
  session = connect_to(client, known_port);
  offer(0);
  say("sent: %d", coap_send(session, observe("eight", COAP_OBSERVE_ESTABLISH)) != COAP_INVALID_MID);
  work(1);
  say("sent: %d", coap_send(session, observe("eight", COAP_OBSERVE_CANCEL)) != COAP_INVALID_MID);
  work(1);
  say("left: %d", coap_resource_notify_observers(resource, NULL));
  coap_delete_resource(server, resource);
  work(0);
}

static int fd;
static struct sockaddr_in there;
static uint16_t mid = 0x1000;

static datagram_t
raw_get(const char *token, int action, char query) {
  uint8_t out[32] = {0x40, 1, 0, 0};
  size_t length = 4;
  out[0] |= (uint8_t)strlen(token);
  out[2] = (uint8_t)(++mid >> 8);
  out[3] = (uint8_t)mid;
  memcpy(out + length, token, strlen(token));
  length += strlen(token);
  if (action >= 0) {
    out[length++] = action ? 0x61 : 0x60;
    if (action)
      out[length++] = (uint8_t)action;
  }
  out[length++] = action >= 0 ? 0x54 : 0xb4;
  memcpy(out + length, "temp", 4);
  length += 4;
  if (query) {
    out[length++] = 0x41;
    out[length++] = (uint8_t)query;
  }
  raw_send(fd, &there, out, length);
  return raw_receive(fd, server, 1000);
}

static void
raw_say(coap_pdu_type_t type, const datagram_t *to) {
  uint8_t out[4] = {0x40, 0, to->bytes[2], to->bytes[3]};
  out[0] |= (uint8_t)(type << 4);
  raw_send(fd, &there, out, sizeof out);
  run_for(server, NULL, 30);
}

static datagram_t
raw_change(void) {
  datagram_t got;
  say("notified: %d", coap_resource_notify_observers(resource, NULL));
  got = raw_receive(fd, server, 500);
  print_datagram("got", &got);
  if (got.length >= 4 && got.bytes[0] & 15)
    say("token: %.*s", got.bytes[0] & 15, (const char *)got.bytes + 4);
  return got;
}

static void
through_a_socket(void) {
  uint16_t port;
  datagram_t got;

  fd = raw_peer(&port);
  there = loopback(known_port).addr.sin;
  calls = 0;
  offer(0);

  say("== registered by a socket, then rejected");
  got = raw_get("a", 0, 0);
  print_datagram("got", &got);
  got = raw_change();
  raw_say(COAP_MESSAGE_RST, &got);
  raw_change();

  say("== another token for the same request");
  got = raw_get("b", 0, 0);
  got = raw_get("c", 0, 0);
  print_datagram("got", &got);
  raw_change();
  got = raw_receive(fd, server, 50);
  print_datagram("and", &got);

  say("== another query is another observation");
  got = raw_get("d", 0, 'q');
  raw_change();
  got = raw_receive(fd, server, 50);
  print_datagram("and", &got);

  say("== ended by the tokens, one after the other");
  got = raw_get("x", 1, 0);
  print_datagram("got", &got);
  got = raw_get("c", 1, 0);
  print_datagram("got", &got);
  raw_change();
  got = raw_receive(fd, server, 50);
  print_datagram("and", &got);
  got = raw_get("d", 1, 'q');
  raw_change();

  say("== Observe has another value");
  got = raw_get("e", 5, 0);
  print_datagram("got", &got);
  raw_change();

  say("== confirmable notifications");
  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  got = raw_get("f", 0, 0);
  got = raw_change();
  raw_say(COAP_MESSAGE_ACK, &got);
  got = raw_change();
  raw_say(COAP_MESSAGE_RST, &got);
  raw_change();
  say("nacks: %d", nacks);
}

int
main(void) {
  coap_startup();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(client, COAP_BLOCK_USE_LIBCOAP);
  coap_set_log_level(COAP_LOG_EMERG);
  listen_on_loopback(server);
  coap_register_nack_handler(server, nack);
  coap_register_response_handler(client, answer);
  offer(COAP_RESOURCE_FLAGS_NOTIFY_NON);
  session = connect_to(client, known_port);
  through_the_library();
  through_a_socket();
  say("== the context ends");
  (void)raw_get("g", 0, 0);
  coap_free_context(server);
  {
    datagram_t got = raw_receive(fd, NULL, 500);
    print_datagram("got", &got);
  }
  coap_free_context(client);
  coap_cleanup();
  return 0;
}
