/* Observing with a FETCH (RFC 8132) whose body takes one message or several, answered by one message or several. */
#include "../support.h"

#define ASKED 3000
#define TOLD 5000

static uint8_t question[ASKED], told[TOLD];
static int answers, state;
static size_t told_length;
static coap_context_t *server, *client;
static coap_session_t *session;
static coap_resource_t *resource;

static int
is_all(const uint8_t *data, size_t length, uint8_t what) {
  while (length && *data == what)
    data++, length--;
  return !length;
}

static void
fetch(coap_resource_t *which, coap_session_t *peer, const coap_pdu_t *pdu, const coap_string_t *query,
      coap_pdu_t *response) {
  coap_opt_iterator_t iterator;
  size_t length = 0, offset = 0, total = 0;
  const uint8_t *data = NULL;
  coap_get_data_large(pdu, &length, &data, &offset, &total);
  say("server: state %d, asked by %zu bytes at %zu of %zu, right %d, Observe %d", state, length, offset, total,
      is_all(data, length, '?'), coap_check_option(pdu, COAP_OPTION_OBSERVE, &iterator) != NULL);
  memset(told, 'a' + state, sizeof told);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(which, peer, pdu, response, query, COAP_MEDIATYPE_TEXT_PLAIN, -1, 0, told_length, told,
                               NULL, NULL);
}

static void
released(coap_session_t *peer, void *what) {
  (void)peer;
  say("client: %s released", (const char *)what);
}

static coap_response_t
answer(coap_session_t *peer, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_bin_const_t token = coap_pdu_get_token(received);
  coap_opt_iterator_t iterator;
  size_t length = 0, offset = 0, total = 0;
  const uint8_t *data = NULL;
  (void)peer, (void)sent, (void)mid;
  coap_get_data_large(received, &length, &data, &offset, &total);
  say("client: %s for \"%.*s\", %zu bytes at %zu of %zu, state %d, right %d, Observe %d",
      code_name(coap_pdu_get_code(received)), (int)token.length, (const char *)token.s, length, offset, total,
      length ? data[0] - 'a' : -1, length ? is_all(data, length, data[0]) : 1,
      coap_check_option(received, COAP_OPTION_OBSERVE, &iterator) != NULL);
  answers++;
  return COAP_RESPONSE_OK;
}

/* Waits for one more answer to be complete, and a little longer for what should not come. */
static void
work(void) {
  answers = 0;
  run_until(client, server, &answers, 3000);
  run_for(client, server, 60);
}

static void
ask(const char *token, int action, size_t length) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_FETCH, coap_new_message_id(session),
                                  coap_session_max_pdu_size(session));
  uint8_t value = 1;
  coap_add_token(pdu, strlen(token), (const uint8_t *)token);
  coap_add_option(pdu, COAP_OPTION_OBSERVE, action ? 1 : 0, &value);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"state");
  coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 0, NULL);
  coap_add_data_large_request(session, pdu, length, question, released, (void *)"question");
  say("-- \"%s\" asks by %zu bytes, Observe %d", token, length, action);
  coap_send(session, pdu);
  work();
}

static void
change(void) {
  state++;
  say("-- state %d, observers %d", state, coap_resource_notify_observers(resource, NULL));
  work();
}

static void
cancel(const char *token, coap_pdu_type_t type) {
  coap_binary_t binary = {strlen(token), (uint8_t *)token};
  int done;
  say("-- cancelled by %s", type_name(type));
  done = coap_cancel_observe(session, &binary, type);
  say("cancelled \"%s\": %d", token, done);
  if (done)
    work();
}

static void
story(size_t asked, size_t answered) {
  say("== asked by %zu bytes, answered by %zu", asked, answered);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_context_set_block_mode(client, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  listen_on_loopback(server);
  resource = coap_resource_init(str("state"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_FETCH, fetch);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, answer);
  session = connect_to(client, known_port);
  state = 0;
  told_length = answered;

  ask("one", COAP_OBSERVE_ESTABLISH, asked);
  change();
  change();
  cancel("one", COAP_MESSAGE_CON);
  cancel("one", COAP_MESSAGE_CON);
  say("left %d", coap_resource_notify_observers(resource, NULL));
  ask("two", COAP_OBSERVE_ESTABLISH, asked);
  change();
  cancel("none", COAP_MESSAGE_CON);
  cancel("two", COAP_MESSAGE_NON);
  say("left %d", coap_resource_notify_observers(resource, NULL));
  if (asked < 1000 && answered < 1000) {
    ask("three", COAP_OBSERVE_ESTABLISH, asked);
    say("-- ended by a request of the program's own");
    ask("three", COAP_OBSERVE_CANCEL, asked);
    say("left %d", coap_resource_notify_observers(resource, NULL));
  }
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  memset(question, '?', sizeof question);
  story(20, 10);
  story(ASKED, 10);
  story(20, TOLD);
  story(ASKED, TOLD);
  coap_cleanup();
  return 0;
}
