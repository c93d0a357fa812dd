/* coap_handler(3): all handlers, in the order in which they are called, for all methods. */
#include "../support.h"

static int answers, nacks;

static void
show_request(const char *handler, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
             const coap_pdu_t *response) {
  (void)session;
  say("server: %s handler: %s %s, query %.*s%s, response %s %s code %s", handler, type_name(coap_pdu_get_type(pdu)),
      code_name(coap_pdu_get_code(pdu)), query ? (int)query->length : 0, query ? (const char *)query->s : "",
      query ? "" : "none", type_name(coap_pdu_get_type(response)),
      coap_pdu_get_token(response).length == coap_pdu_get_token(pdu).length ? "with the token," : "without token,",
      code_name(coap_pdu_get_code(response)));
  print_payload("server: request has", pdu);
}

#define HANDLER(name, answer_code)                                                                            \
  static void on_##name(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu,            \
                        const coap_string_t *query, coap_pdu_t *response) {                                   \
    (void)resource;                                                                                           \
    show_request(#name, session, pdu, query, response);                                                       \
    coap_pdu_set_code(response, answer_code);                                                                 \
    coap_add_data(response, strlen(#name), (const uint8_t *)#name);                                           \
  }

HANDLER(get, COAP_RESPONSE_CODE_CONTENT)
HANDLER(post, COAP_RESPONSE_CODE_CREATED)
HANDLER(put, COAP_RESPONSE_CODE_CHANGED)
HANDLER(delete, COAP_RESPONSE_CODE_DELETED)
HANDLER(fetch, COAP_RESPONSE_CODE_CONTENT)
HANDLER(patch, COAP_RESPONSE_CODE_CHANGED)
HANDLER(ipatch, COAP_RESPONSE_CODE_CHANGED)
HANDLER(again, COAP_RESPONSE_CODE_VALID)

static void
no_code(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
        coap_pdu_t *response) {
  (void)resource;
  show_request("no code", session, pdu, query, response);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session;
  say("client: response handler: %s %s, request %s, mid fits: %d", type_name(coap_pdu_get_type(received)),
      code_name(coap_pdu_get_code(received)), sent ? code_name(coap_pdu_get_code(sent)) : "unknown",
      coap_pdu_get_mid(received) == mid);
  print_payload("client: answer has", received);
  answers++;
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)mid;
  say("client: nack handler: %s for %s", nack_name(reason), sent ? code_name(coap_pdu_get_code(sent)) : "nothing");
  nacks++;
}

static coap_context_t *server, *client;
static coap_session_t *session;

static void
ask(coap_pdu_type_t type, int code, const char *path, const char *query, const char *payload) {
  coap_pdu_t *pdu = request(session, type, (coap_pdu_code_t)code, path);
  say("== %s %s /%s?%s", type_name(type), code_name(code), path, query ? query : "");
  if (payload)
    coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 0, NULL); /* text/plain; FETCH needs one */
  while (query && *query) {
    size_t part = strcspn(query, "&");
    coap_add_option(pdu, COAP_OPTION_URI_QUERY, part, (const uint8_t *)query);
    query += part + (query[part] == '&');
  }
  if (payload)
    coap_add_data(pdu, strlen(payload), (const uint8_t *)payload);
  answers = 0;
  say("client: sent %d", coap_send(session, pdu) != COAP_INVALID_MID);
  say("client: answered %d", run_until(server, client, &answers, 1000));
}

int
main(void) {
  coap_resource_t *full, *bare;
  int code;

  coap_startup();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  full = coap_resource_init(str("full"), 0);
  coap_register_request_handler(full, COAP_REQUEST_GET, on_get);
  coap_register_request_handler(full, COAP_REQUEST_POST, on_post);
  coap_register_request_handler(full, COAP_REQUEST_PUT, on_put);
  coap_register_request_handler(full, COAP_REQUEST_DELETE, on_delete);
  coap_register_request_handler(full, COAP_REQUEST_FETCH, on_fetch);
  coap_register_request_handler(full, COAP_REQUEST_PATCH, on_patch);
  coap_register_request_handler(full, COAP_REQUEST_IPATCH, on_ipatch);
  coap_add_resource(server, full);
  bare = coap_resource_init(str("bare"), 0);
  coap_register_request_handler(bare, COAP_REQUEST_GET, no_code);
  coap_add_resource(server, bare);
  coap_register_response_handler(client, answer);
  coap_register_nack_handler(client, nack);
  session = connect_to(client, known_port);

  for (code = 1; code <= 7; code++)
    ask(COAP_MESSAGE_CON, code, "full", NULL, code == 5 || code == 2 ? "body" : NULL);
  for (code = 1; code <= 7; code++)
    ask(COAP_MESSAGE_NON, code, "full", "a=1&b=%20&c", code == 5 ? "body" : NULL);
  say("== FETCH without a Content-Format");
  ask(COAP_MESSAGE_CON, 5, "full", NULL, NULL);
  ask(COAP_MESSAGE_CON, 8, "full", NULL, NULL);
  ask(COAP_MESSAGE_CON, 1, "bare", NULL, NULL);
  ask(COAP_MESSAGE_CON, 2, "bare", NULL, NULL);
  ask(COAP_MESSAGE_CON, 1, "none", NULL, NULL);
  ask(COAP_MESSAGE_CON, 4, "none", NULL, NULL);
  ask(COAP_MESSAGE_NON, 1, "none", NULL, NULL);

  say("== a handler replaced, and taken away");
  coap_register_request_handler(full, COAP_REQUEST_GET, on_again);
  ask(COAP_MESSAGE_CON, 1, "full", NULL, NULL);
  coap_register_request_handler(full, COAP_REQUEST_GET, NULL);
  ask(COAP_MESSAGE_CON, 1, "full", NULL, NULL);

  say("== without a response handler the answer is taken silently");
  coap_register_response_handler(client, NULL);
  ask(COAP_MESSAGE_CON, 2, "full", NULL, NULL);
  say("nacks %d", nacks);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
