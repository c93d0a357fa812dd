/* What the handlers learn of large bodies that go wrong, in order and at which second. */
#include "../peer.h"

#define LENGTH 3000

static coap_context_t *server, *client;
static coap_session_t *session;
static struct sockaddr_in to_server;
static int fd, answers, calls;
static uint16_t mid;
static long begin;
static uint8_t content[LENGTH], own_token[] = "A";

/* ---- What is told ---- */

static long
second(void) {
  return skipped - begin;
}

static void
story(const char *name) {
  say("== %s", name);
  begin = skipped;
  own_token[0]++;
}

static int
event(coap_session_t *where, const coap_event_t what) {
  if (what != COAP_EVENT_SERVER_SESSION_NEW && what != COAP_EVENT_SERVER_SESSION_DEL)
    say("second %ld: event %s in %s session", second(), event_name(what),
        session_type_name(coap_session_get_type(where)));
  return 0;
}

static void
nack(coap_session_t *where, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t number) {
  coap_bin_const_t token = {0, NULL};
  (void)where, (void)number;
  if (sent)
    token = coap_pdu_get_token(sent);
  say("second %ld: nack %s for %s, own token %d", second(), nack_name(reason),
      sent ? code_name(coap_pdu_get_code(sent)) : "nothing", token.length == 1 && token.s[0] == own_token[0]);
}

static void
released(coap_session_t *where, void *app_ptr) {
  (void)where;
  say("second %ld: released %s", second(), (const char *)app_ptr);
}

static coap_response_t
response(coap_session_t *where, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t number) {
  size_t length = 0, offset = 0, total = 0;
  const uint8_t *data;
  (void)where, (void)sent, (void)number;
  coap_get_data_large(received, &length, &data, &offset, &total);
  say("second %ld: response %s, %zu bytes at %zu of %zu", second(), code_name(coap_pdu_get_code(received)), length,
      offset, total);
  answers++;
  return COAP_RESPONSE_OK;
}

static void
handle(coap_resource_t *resource, coap_session_t *peer, const coap_pdu_t *request, const coap_string_t *query,
       coap_pdu_t *answer) {
  size_t length = 0;
  const uint8_t *data;
  calls++;
  coap_get_data(request, &length, &data);
  say("second %ld: handler of %s, %zu bytes", second(), code_name(coap_pdu_get_code(request)), length);
  if (coap_pdu_get_code(request) != COAP_REQUEST_CODE_GET) {
    coap_pdu_set_code(answer, COAP_RESPONSE_CODE_CHANGED);
    return;
  }
  coap_pdu_set_code(answer, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, peer, request, answer, query, COAP_MEDIATYPE_TEXT_PLAIN, -1, 0, LENGTH,
                               content, released, (void *)"response");
}

/* ---- A server, and a peer that asks it ---- */

/* Sends a request with a block option and shows the answer. */
static void
ask(coap_pdu_type_t type, int code, unsigned option, unsigned num, int more) {
  message_t asked = message(type, code, ++mid, &mid, sizeof mid);
  datagram_t got;
  add_option(&asked, COAP_OPTION_URI_PATH, "body", 4);
  add_block(&asked, option, num, more, 6);
  if (option == COAP_OPTION_BLOCK1)
    add_payload(&asked, 'u', more ? 1024 : 10);
  send_message(fd, &to_server, &asked);
  got = raw_receive(fd, server, type == COAP_MESSAGE_CON ? 1000 : 50);
  if (got.length < 4)
    say("peer: nothing");
  else
    say("peer: %s %s", type_name((coap_pdu_type_t)(got.bytes[0] >> 4 & 3)), code_name(got.bytes[1]));
}

static void
a_server_with_a_bad_peer(void) {
  story("a response that is fetched to its end");
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 0, 0);
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 1, 0);
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 2, 0);
  pass(server, NULL, 20);

  story("a response that is not fetched to its end");
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 0, 0);
  pass(server, NULL, 50);
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 1, 0);
  pass(server, NULL, 120);

  story("a response that is asked for anew");
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 0, 0);
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 1, 0);
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 0, 0);
  pass(server, NULL, 100);

  story("a block behind the end");
  ask(COAP_MESSAGE_CON, 1, COAP_OPTION_BLOCK2, 9, 0);
  pass(server, NULL, 100);

  story("a request that is sent to its end");
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 0, 1);
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 1, 0);
  pass(server, NULL, 260);

  story("a request that is not sent to its end");
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 0, 1);
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 1, 1);
  pass(server, NULL, 260);

  story("a request that begins anew");
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 0, 1);
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 1, 1);
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 0, 1);
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 1, 0);
  pass(server, NULL, 260);

  story("a last block while others are missing");
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 0, 1);
  ask(COAP_MESSAGE_CON, 3, COAP_OPTION_BLOCK1, 2, 0);
  pass(server, NULL, 260);
}

/* ---- A client, and a peer that answers it ---- */

static datagram_t got;

/* Waits for the client's next message, and says what it is. */
static int
next(void) {
  got = raw_receive(fd, client, 300);
  if (got.length < 4) {
    say("peer: nothing");
    return 0;
  }
  say("peer: %s %s", type_name((coap_pdu_type_t)(got.bytes[0] >> 4 & 3)), code_name(got.bytes[1]));
  return 1;
}

/* Answers the last one with a block; 0 for no ETag. */
static void
reply(int code, unsigned option, unsigned num, int more, uint8_t etag, int format) {
  message_t answer = answer_to(&got, COAP_MESSAGE_ACK, code);
  if (etag)
    add_option(&answer, COAP_OPTION_ETAG, &etag, 1);
  if (format)
    add_number(&answer, COAP_OPTION_CONTENT_FORMAT, (unsigned)format);
  if (option)
    add_block(&answer, option, num, more, 6);
  if (option == COAP_OPTION_BLOCK2)
    add_payload(&answer, 'd', more ? 1024 : 10);
  send_message(fd, &got.from, &answer);
  run_for(client, NULL, 20);
}

static void
begin_with(int code) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, (coap_pdu_code_t)code, session);
  coap_add_token(pdu, 1, own_token);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"body");
  if (code == COAP_REQUEST_CODE_PUT)
    coap_add_data_large_request(session, pdu, LENGTH, content, released, (void *)"request");
  say("sent: %d", coap_send(session, pdu) != COAP_INVALID_MID);
  next();
}

/* Every retransmission of what is in flight, until it is given up. */
static void
silence(void) {
  pass(client, NULL, 130);
  while (raw_receive(fd, client, 20).length >= 0)
    ;
}

/* The peer notifies of a state by its first block of two. */
static void
notify(const datagram_t *registered, unsigned number) {
  message_t told = message(COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT, ++mid, registered->bytes + 4, 1);
  add_option(&told, COAP_OPTION_ETAG, &number, 1);
  add_number(&told, COAP_OPTION_OBSERVE, number);
  add_block(&told, COAP_OPTION_BLOCK2, 0, 1, 6);
  add_payload(&told, 'd', 1024);
  send_message(fd, &registered->from, &told);
  run_for(client, NULL, 20);
}

/* Answers the last message, which is not confirmable, with the second of two blocks. */
static void
reply_with_the_rest(uint8_t etag) {
  message_t answer = answer_to(&got, COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT);
  answer.bytes[2] ^= 0x55;
  add_option(&answer, COAP_OPTION_ETAG, &etag, 1);
  add_block(&answer, COAP_OPTION_BLOCK2, 1, 0, 6);
  add_payload(&answer, 'd', 10);
  send_message(fd, &got.from, &answer);
  run_for(client, NULL, 20);
}

static void
notifications_from_a_bad_peer(void) {
  datagram_t registered;
  message_t answer;
  uint8_t etag = 5;
  coap_pdu_t *pdu;

  story("the rest of a notification does not come");
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  coap_add_token(pdu, 1, own_token);
  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"body");
  say("sent: %d", coap_send(session, pdu) != COAP_INVALID_MID);
  next();
  registered = got;
  answer = answer_to(&got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT);
  add_option(&answer, COAP_OPTION_ETAG, &etag, 1);
  add_number(&answer, COAP_OPTION_OBSERVE, 5);
  add_block(&answer, COAP_OPTION_BLOCK2, 0, 1, 6);
  add_payload(&answer, 'd', 1024);
  send_message(fd, &got.from, &answer);
  run_for(client, NULL, 20);
  next();
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 1, 0, 5, 0);
  notify(&registered, 6);
  next();
  silence();

  story("but that of the next one");
  own_token[0]--;
  notify(&registered, 7);
  if (next() && got.bytes[1])
    reply_with_the_rest(7);
  notify(&registered, 8);
  if (next() && got.bytes[1])
    reply_with_the_rest(8);
  silence();
  own_token[0]++;
}

static void
uploads_to_a_bad_peer(void) {
  story("the peer falls silent in the middle of an upload");
  begin_with(COAP_REQUEST_CODE_PUT);
  reply(COAP_RESPONSE_CODE_CONTINUE, COAP_OPTION_BLOCK1, 0, 1, 0, 0);
  next();
  silence();

  story("the peer rejects a block");
  begin_with(COAP_REQUEST_CODE_PUT);
  reply(COAP_RESPONSE_CODE_CONTINUE, COAP_OPTION_BLOCK1, 0, 1, 0, 0);
  next();
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  run_for(client, NULL, 20);
  silence();

  story("the peer refuses a block");
  begin_with(COAP_REQUEST_CODE_PUT);
  reply(COAP_RESPONSE_CODE_CONTINUE, COAP_OPTION_BLOCK1, 0, 1, 0, 0);
  next();
  reply(COAP_RESPONSE_CODE_INCOMPLETE, 0, 0, 0, 0, 0);
  silence();

  story("the peer answers all");
  begin_with(COAP_REQUEST_CODE_PUT);
  reply(COAP_RESPONSE_CODE_CONTINUE, COAP_OPTION_BLOCK1, 0, 1, 0, 0);
  next();
  reply(COAP_RESPONSE_CODE_CONTINUE, COAP_OPTION_BLOCK1, 1, 1, 0, 0);
  next();
  reply(COAP_RESPONSE_CODE_CHANGED, COAP_OPTION_BLOCK1, 2, 0, 0, 0);
  silence();

  story("the session ends in the middle of an upload");
  begin_with(COAP_REQUEST_CODE_PUT);
  reply(COAP_RESPONSE_CODE_CONTINUE, COAP_OPTION_BLOCK1, 0, 1, 0, 0);
  next();
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  coap_session_release(session);
  run_for(client, NULL, 20);
}

static void
downloads_from_a_bad_peer(void) {
  story("the peer falls silent in the middle of a download");
  begin_with(COAP_REQUEST_CODE_GET);
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 0, 1, 5, 0);
  next();
  silence();

  story("the body changes in the middle");
  begin_with(COAP_REQUEST_CODE_GET);
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 0, 1, 5, 0);
  next();
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 1, 1, 6, 0);
  next();
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 0, 1, 6, 0);
  next();
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 1, 0, 6, 0);
  silence();

  story("the ETag goes in the middle");
  begin_with(COAP_REQUEST_CODE_GET);
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 0, 1, 5, 0);
  next();
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 1, 1, 0, 0);
  silence();

  story("the format changes in the middle");
  begin_with(COAP_REQUEST_CODE_GET);
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 0, 1, 5, 0);
  next();
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 1, 1, 5, 50);
  silence();

  story("an error in the middle");
  begin_with(COAP_REQUEST_CODE_GET);
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 0, 1, 5, 0);
  next();
  reply(COAP_RESPONSE_CODE_NOT_FOUND, 0, 0, 0, 0, 0);
  silence();

  story("the peer rejects the request for the next block");
  begin_with(COAP_REQUEST_CODE_GET);
  reply(COAP_RESPONSE_CODE_CONTENT, COAP_OPTION_BLOCK2, 0, 1, 5, 0);
  next();
  raw_answer(fd, &got, COAP_MESSAGE_RST, 0, NULL);
  run_for(client, NULL, 20);
  silence();
}

static void
with_mode(int mode) {
  coap_resource_t *resource = coap_resource_init(str("body"), 0);
  const coap_fixed_point_t factor = {1, 0};
  uint16_t port;

  say("==== mode %d", mode);
  fd = raw_peer(&port);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(server, (uint8_t)mode);
  listen_on_loopback(server);
  to_server = loopback(known_port).addr.sin;
  coap_register_event_handler(server, event);
  coap_register_request_handler(resource, COAP_REQUEST_GET, handle);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, handle);
  coap_add_resource(server, resource);
  a_server_with_a_bad_peer();
  coap_free_context(server);

  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(client, (uint8_t)mode);
  coap_register_event_handler(client, event);
  coap_register_nack_handler(client, nack);
  coap_register_response_handler(client, response);
  session = connect_to(client, port);
  coap_session_set_ack_random_factor(session, factor);
  downloads_from_a_bad_peer();
  notifications_from_a_bad_peer();
  uploads_to_a_bad_peer();
  coap_free_context(client);
  close(fd);
}

int
main(void) {
  memset(content, 'c', sizeof content);
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  with_mode(COAP_BLOCK_USE_LIBCOAP);
  with_mode(COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_cleanup();
  return 0;
}
