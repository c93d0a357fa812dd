/* The Echo option (RFC 9175): servers that want a request once more, clients of each block mode. */
#include "../support.h"

#define LENGTH 3000

static uint8_t content[LENGTH];
static int answers;
static coap_context_t *server, *client;
static coap_session_t *session;
static coap_resource_t *door;

static const char *
text_of(const coap_pdu_t *pdu, coap_option_num_t number) {
  static char text[4][64];
  static unsigned turn;
  char *to = text[turn++ % 4];
  coap_opt_iterator_t iterator;
  coap_opt_t *option = coap_check_option(pdu, number, &iterator);
  if (!option)
    return "none";
  snprintf(to, sizeof text[0], "\"%.*s\"", (int)coap_opt_length(option), (const char *)coap_opt_value(option));
  return to;
}

static size_t
payload_length(const coap_pdu_t *pdu) {
  size_t length = 0, offset, total;
  const uint8_t *data;
  if (!coap_get_data_large(pdu, &length, &data, &offset, &total))
    return 0;
  return length;
}

/* Wants to see each request with an Echo. */
static void
at_the_door(coap_resource_t *resource, coap_session_t *peer, const coap_pdu_t *pdu, const coap_string_t *query,
            coap_pdu_t *response) {
  coap_opt_iterator_t iterator;
  (void)resource, (void)peer, (void)query;
  say("door: %s %s, %zu bytes, Echo %s", type_name(coap_pdu_get_type(pdu)), code_name(coap_pdu_get_code(pdu)),
      payload_length(pdu), text_of(pdu, COAP_OPTION_ECHO));
  if (coap_check_option(pdu, COAP_OPTION_ECHO, &iterator)) {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
    coap_add_data(response, 4, (const uint8_t *)"open");
  } else {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_UNAUTHORIZED);
    coap_add_option(response, COAP_OPTION_ECHO, 3, (const uint8_t *)"who");
  }
}

/* Gives an Echo for the next request. */
static void
with_a_note(coap_resource_t *resource, coap_session_t *peer, const coap_pdu_t *pdu, const coap_string_t *query,
            coap_pdu_t *response) {
  (void)resource, (void)peer, (void)query;
  say("note: Echo %s", text_of(pdu, COAP_OPTION_ECHO));
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_option(response, COAP_OPTION_ECHO, 4, (const uint8_t *)"next");
}

static void
without(coap_resource_t *resource, coap_session_t *peer, const coap_pdu_t *pdu, const coap_string_t *query,
        coap_pdu_t *response) {
  (void)resource, (void)peer;
  say("plain: Echo %s", text_of(pdu, COAP_OPTION_ECHO));
  coap_pdu_set_code(response, query ? COAP_RESPONSE_CODE_UNAUTHORIZED : COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *peer, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_bin_const_t token = coap_pdu_get_token(received);
  (void)peer, (void)sent, (void)mid;
  say("client: %s, own token %d, Echo %s", code_name(coap_pdu_get_code(received)),
      token.length == 1 && token.s[0] == 0x77, text_of(received, COAP_OPTION_ECHO));
  answers++;
  return COAP_RESPONSE_OK;
}

static void
ask(coap_pdu_type_t type, int method, const char *path, const char *query, size_t length, int observe) {
  coap_pdu_t *pdu = coap_pdu_init(type, (coap_pdu_code_t)method, coap_new_message_id(session),
                                  coap_session_max_pdu_size(session));
  uint8_t value = 1;
  say("-- %s %s of %s, %zu bytes%s", type_name(type), code_name(method), path, length,
      observe == 0 ? ", observing" : "");
  coap_add_token(pdu, 1, (const uint8_t *)"\x77");
  if (observe >= 0)
    coap_add_option(pdu, COAP_OPTION_OBSERVE, (size_t)observe, &value);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(path), (const uint8_t *)path);
  if (length)
    coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 0, NULL);
  if (query)
    coap_add_option(pdu, COAP_OPTION_URI_QUERY, strlen(query), (const uint8_t *)query);
  if (length)
    coap_add_data_large_request(session, pdu, length, content, NULL, NULL);
  answers = 0;
  coap_send(session, pdu);
  run_until(client, server, &answers, 2000);
}

static void
add(const char *path, coap_method_handler_t handler) {
  coap_resource_t *resource = coap_resource_init(str(path), 0);
  int method;
  for (method = COAP_REQUEST_GET; method <= COAP_REQUEST_IPATCH; method++)
    coap_register_request_handler(resource, (coap_request_t)method, handler);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(server, resource);
  if (handler == at_the_door)
    door = resource;
}

static void
observing(int method, size_t length) {
  coap_binary_t token = {1, (uint8_t *)"\x77"};
  ask(COAP_MESSAGE_CON, method, "door", NULL, length, 0);
  answers = 0;
  say("notified %d", coap_resource_notify_observers(door, NULL));
  run_until(client, server, &answers, 2000);
  answers = 0;
  say("cancelled %d", coap_cancel_observe(session, &token, COAP_MESSAGE_CON));
  run_until(client, server, &answers, 2000);
  run_for(client, server, 50);
  say("left %d", coap_resource_notify_observers(door, NULL));
  run_for(client, server, 50);
}

static void
with_mode(uint8_t mode) {
  say("== mode %d", mode);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_context_set_block_mode(client, mode);
  listen_on_loopback(server);
  add("door", at_the_door);
  add("note", with_a_note);
  add("plain", without);
  coap_register_response_handler(client, answer);
  session = connect_to(client, known_port);

  ask(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "door", NULL, 0, -1);
  ask(COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "door", NULL, 0, -1);
  ask(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "door", NULL, 10, -1);
  ask(COAP_MESSAGE_CON, COAP_REQUEST_CODE_DELETE, "door", NULL, 0, -1);
  if (mode) {
    ask(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "door", NULL, LENGTH, -1);
    observing(COAP_REQUEST_CODE_GET, 0);
  }
  ask(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "note", NULL, 0, -1);
  ask(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "plain", NULL, 0, -1);
  ask(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "plain", NULL, 0, -1);
  ask(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "plain", "refuse", 0, -1);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  memset(content, 'x', sizeof content);
  with_mode(0);
  with_mode(COAP_BLOCK_USE_LIBCOAP);
  with_mode(COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_cleanup();
  return 0;
}
