/* Answers that come later: a handler puts its request off and is called again with it, when the time is over or the
 * program says so. */
#include "../support.h"

static coap_context_t *server;
static coap_async_t *kept;
static coap_session_t *asker;
static coap_tick_t delay;
static int calls, refuse, data;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  coap_async_t *found = coap_find_async(session, coap_pdu_get_token(pdu));
  coap_bin_const_t other = {3, (const uint8_t *)"zzz"};
  (void)resource;
  calls++;
  say("handler: %s, query %.*s, put off %d, response %s", type_name(coap_pdu_get_type(pdu)),
      query ? (int)query->length : 4, query ? (const char *)query->s : "none", found != NULL,
      type_name(coap_pdu_get_type(response)));
  print_payload("handler: got", pdu);
  say("handler: response is for this request %d", coap_pdu_get_mid(response) == coap_pdu_get_mid(pdu));
  if (found) {
    say("handler: same %d, data kept %d", found == kept, coap_async_get_app_data(found) == &data);
    if (refuse)
      coap_pdu_set_code(response, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE);
    else
      coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    coap_add_data(response, 4, (const uint8_t *)"late");
    return;
  }
  asker = session;
  kept = coap_register_async(session, pdu, delay);
  say("handler: registered %d, again %d", kept != NULL, coap_register_async(session, pdu, delay) != NULL);
  say("handler: data at first %d", coap_async_get_app_data(kept) != NULL);
  coap_async_set_app_data(kept, &data);
  say("handler: found %d, other token %d", coap_find_async(session, coap_pdu_get_token(pdu)) == kept,
      coap_find_async(session, other) != NULL);
}

static struct sockaddr_in to = {.sin_family = AF_INET};
static int fd;
static uint8_t number;

/* Message type and message ID are the caller's; the token is new for each question. */
static void
ask(coap_pdu_type_t type, uint8_t mid) {
  uint8_t bytes[] = {(uint8_t)(0x42 | type << 4), 0x01, 0x40, mid, 't', number, 0xb1, 'x', 0x43, 'a', '=', 'b',
                     0xff, 'q'};
  raw_send(fd, &to, bytes, sizeof bytes);
}

static datagram_t
expect(const char *before, int limit_ms) {
  datagram_t got = raw_receive(fd, server, limit_ms);
  print_datagram(before, &got);
  if (got.length >= 4) {
    say("peer: token fits %d", got.bytes[4] == 't' && got.bytes[5] == number);
    if ((got.bytes[0] >> 4 & 3) == COAP_MESSAGE_CON)
      raw_answer(fd, &got, COAP_MESSAGE_ACK, 0, NULL);
  }
  return got;
}

static void
begin(const char *title, coap_tick_t ticks) {
  say("== %s", title);
  number++;
  calls = 0;
  delay = ticks;
}

int
main(void) {
  coap_resource_t *resource;
  datagram_t got;
  uint16_t port;
  const coap_pdu_type_t types[] = {COAP_MESSAGE_CON, COAP_MESSAGE_NON};
  int i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  say("supported %d", coap_async_is_supported());
  fd = raw_peer(&port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  to.sin_port = htons(known_port);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);

  for (i = 0; i < 2; i++) {
    begin(i ? "a non-confirmable request" : "a confirmable request", COAP_TICKS_PER_SECOND / 2);
    ask(types[i], (uint8_t)(0x10 + i));
    expect("peer: at once", 250);
    got = expect("peer: later", 2000);
    say("peer: another message ID %d, calls %d", datagram_mid(&got) != (0x40 << 8 | (0x10 + i)), calls);
    expect("peer: then", 300);
  }

  begin("asked again with another message ID meanwhile", COAP_TICKS_PER_SECOND);
  ask(COAP_MESSAGE_CON, 0x20);
  expect("peer: at once", 250);
  for (i = 0; i < 2; i++) {
    ask(COAP_MESSAGE_CON, (uint8_t)(0x21 + i));
    got = expect("peer: again", 250);
    say("peer: acknowledged %d, calls %d", datagram_mid(&got) == (0x40 << 8 | (0x21 + i)), calls);
  }
  ask(COAP_MESSAGE_NON, 0x29);
  expect("peer: again, non-confirmable", 200);
  expect("peer: later", 2000);
  say("calls %d", calls);

  begin("the same datagram again meanwhile", COAP_TICKS_PER_SECOND);
  ask(COAP_MESSAGE_CON, 0x28);
  expect("peer: at once", 250);
  ask(COAP_MESSAGE_CON, 0x28);
  expect("peer: again", 250);
  expect("peer: later", 2000);
  say("calls %d", calls);

  begin("without a time, then triggered", 0);
  ask(COAP_MESSAGE_CON, 0x30);
  expect("peer: at once", 250);
  expect("peer: nothing yet", 400);
  coap_async_trigger(kept);
  say("calls before the loop turns %d", calls);
  expect("peer: later", 500);

  begin("a longer time, then a short one", 60 * COAP_TICKS_PER_SECOND);
  ask(COAP_MESSAGE_CON, 0x38);
  expect("peer: at once", 250);
  coap_async_set_delay(kept, 1);
  expect("peer: later", 500);

  begin("a short time, taken away", COAP_TICKS_PER_SECOND / 4);
  ask(COAP_MESSAGE_CON, 0x40);
  expect("peer: at once", 200);
  coap_async_set_delay(kept, 0);
  expect("peer: nothing", 600);
  coap_async_set_delay(kept, COAP_TICKS_PER_SECOND / 4);
  expect("peer: later", 1000);

  begin("freed before its time", COAP_TICKS_PER_SECOND / 4);
  ask(COAP_MESSAGE_CON, 0x48);
  expect("peer: at once", 200);
  coap_free_async(asker, kept);
  expect("peer: nothing", 500);
  say("calls %d", calls);

  begin("answered with an error", COAP_TICKS_PER_SECOND / 4);
  refuse = 1;
  ask(COAP_MESSAGE_CON, 0x50);
  expect("peer: at once", 200);
  expect("peer: later", 500);
  refuse = 0;

  begin("left alone when the context ends", 60 * COAP_TICKS_PER_SECOND);
  ask(COAP_MESSAGE_CON, 0x58);
  expect("peer: at once", 200);
  coap_free_context(server);
  server = NULL;
  expect("peer: nothing", 200);

  {
    coap_context_t *client = (coap_context_t *)need(coap_new_context(NULL), "no context");
    coap_session_t *session = connect_to(client, known_port);
    coap_pdu_t *response = coap_new_pdu(COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT, session);
    say("a response registered %d", coap_register_async(session, response, 10) != NULL);
    coap_delete_pdu(response);
    coap_session_release(session);
    coap_free_context(client);
  }
  coap_cleanup();
  close(fd);
  return 0;
}
