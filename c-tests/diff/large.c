/* Bodies of many blocks, as the handlers and release functions of both sides see them. */
#include "../support.h"

#define LENGTH 5000

static uint8_t content[LENGTH];
static int mode, responses, nacks;

static void
released(coap_session_t *session, void *app_ptr) {
  (void)session;
  say("released: %s", (const char *)app_ptr);
}

static int
is_content(const uint8_t *data, size_t length, size_t offset) {
  return offset + length <= LENGTH && memcmp(data, content + offset, length) == 0;
}

static void
print_body(const char *who, const coap_pdu_t *pdu) {
  coap_opt_iterator_t it;
  const uint8_t *data;
  size_t length, offset, total;
  if (!coap_get_data_large(pdu, &length, &data, &offset, &total)) {
    say("%s: no body", who);
    return;
  }
  say("%s: %zu bytes at %zu of %zu, right %d, Block1 %d, Block2 %d", who, length, offset, total,
      is_content(data, length, offset), coap_check_option(pdu, COAP_OPTION_BLOCK1, &it) != NULL,
      coap_check_option(pdu, COAP_OPTION_BLOCK2, &it) != NULL);
}

static void
put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)query;
  print_body("put handler", request);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
    coap_pdu_t *response) {
  say("get handler");
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  say("added %d", coap_add_data_large_response(resource, session, request, response, query,
                                               COAP_MEDIATYPE_APPLICATION_OCTET_STREAM, 30, 0, LENGTH, content,
                                               released, (void *)"response"));
}

static void
echo(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
     coap_pdu_t *response) {
  print_body("post handler", request);
  get(resource, session, request, query, response);
}

static coap_response_t
response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_bin_const_t token = coap_pdu_get_token(received);
  (void)session, (void)sent, (void)mid;
  say("response %s, own token %d", code_name(coap_pdu_get_code(received)),
      token.length == 1 && token.s[0] == 0x77);
  print_body("response handler", received);
  responses++;
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("nack %s", nack_name(reason));
  nacks++;
}

static int
event(coap_session_t *session, const coap_event_t which) {
  (void)session;
  if (which != COAP_EVENT_SERVER_SESSION_NEW)
    say("event %s", event_name(which));
  return 0;
}

static void
ask(coap_context_t *client, coap_context_t *server, coap_session_t *session, int type, int method,
    const char *path, size_t length, int szx) {
  coap_pdu_t *pdu = coap_pdu_init((coap_pdu_type_t)type, (coap_pdu_code_t)method, coap_new_message_id(session),
                                  coap_session_max_pdu_size(session));
  uint8_t block[4];
  say("-- %s %s of %s, %zu bytes, blocks %d", type_name((coap_pdu_type_t)type), code_name(method), path, length, szx);
  coap_add_token(pdu, 1, (const uint8_t *)"\x77");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(path), (const uint8_t *)path);
  if (szx >= 0)
    coap_add_option(pdu, length ? COAP_OPTION_BLOCK1 : COAP_OPTION_BLOCK2,
                    coap_encode_var_safe(block, sizeof block, (unsigned)szx), block);
  if (length)
    say("added %d", coap_add_data_large_request(session, pdu, length, content, released, (void *)"request"));
  say("sent %d", coap_send(session, pdu) != COAP_INVALID_MID);
  responses = nacks = 0;
  run_until(client, server, &responses, 5000);
  if (!(mode & COAP_BLOCK_SINGLE_BODY)) {
    int more = 0;
    run_until(client, server, &more, 300);
  }
}

static void
add(coap_context_t *server, const char *path, int method, coap_method_handler_t handler) {
  coap_resource_t *resource = coap_resource_init(str(path), 0);
  coap_register_request_handler(resource, (coap_request_t)method, handler);
  coap_add_resource(server, resource);
}

static void
with_mode(int block_mode) {
  coap_context_t *server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_t *client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_session_t *session;
  mode = block_mode;
  say("== mode %d", mode);
  coap_context_set_block_mode(server, (uint8_t)mode);
  coap_context_set_block_mode(client, (uint8_t)mode);
  listen_on_loopback(server);
  add(server, "put", COAP_REQUEST_PUT, put);
  add(server, "get", COAP_REQUEST_GET, get);
  add(server, "more", COAP_REQUEST_GET, get);
  add(server, "echo", COAP_REQUEST_POST, echo);
  coap_register_response_handler(client, response);
  coap_register_nack_handler(client, nack);
  coap_register_event_handler(client, event);
  coap_register_event_handler(server, event);
  session = (coap_session_t *)need(connect_to(client, known_port), "no session");

  ask(client, server, session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "put", 100, -1);
  if (mode) {
    ask(client, server, session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "put", LENGTH, -1);
    ask(client, server, session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, "put", LENGTH, -1);
    ask(client, server, session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "put", 1000, 4);
    ask(client, server, session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "get", 0, -1);
    ask(client, server, session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "more", 0, 5);
    if (mode & COAP_BLOCK_SINGLE_BODY)
      ask(client, server, session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, "echo", LENGTH, -1);
  }
  say("-- the end");
  coap_register_event_handler(server, NULL);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
}

int
main(void) {
  size_t at;
  for (at = 0; at < LENGTH; at++)
    content[at] = (uint8_t)(at * 7 + at / 256);
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  with_mode(0);
  with_mode(COAP_BLOCK_USE_LIBCOAP);
  with_mode(COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_cleanup();
  return 0;
}
