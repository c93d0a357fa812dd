/* coap_resource(3): making, finding, deleting, user data, the unknown and the proxy resource. */
#include "../support.h"

static int answers;
static coap_context_t *server, *client;
static coap_session_t *session;

static void
release(void *data) {
  say("released: %s", data ? (const char *)data : "NULL");
}

static void
show(coap_resource_t *resource, coap_session_t *one, const coap_pdu_t *pdu, const coap_string_t *query,
     coap_pdu_t *response) {
  coap_str_const_t *path = coap_resource_get_uri_path(resource);
  coap_string_t *asked = coap_get_uri_path(pdu);
  (void)one, (void)query;
  say("server: %s on \"%.*s\", asked for \"%.*s\", user data %s", code_name(coap_pdu_get_code(pdu)),
      path ? (int)path->length : 4, path ? (const char *)path->s : "NULL", asked ? (int)asked->length : 0,
      asked && asked->s ? (const char *)asked->s : "",
      coap_resource_get_userdata(resource) ? (const char *)coap_resource_get_userdata(resource) : "NULL");
  coap_delete_string(asked);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *one, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)one, (void)sent, (void)mid;
  say("client: %s", code_name(coap_pdu_get_code(received)));
  print_payload("client:", received);
  answers++;
  return COAP_RESPONSE_OK;
}

static void
ask_pdu(coap_pdu_t *pdu) {
  answers = 0;
  coap_send(session, pdu);
  if (!run_until(server, client, &answers, 1000))
    say("client: no answer");
}

static void
ask(int code, const char *path) {
  say("-- %s /%s", code_name(code), path);
  ask_pdu(request(session, COAP_MESSAGE_CON, (coap_pdu_code_t)code, path));
}

static void
ask_with(uint16_t number, const char *value, const char *path) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  say("-- option %u \"%s\" and path %s", number, value, path ? path : "none");
  if (number < COAP_OPTION_URI_PATH)
    coap_add_option(pdu, number, strlen(value), (const uint8_t *)value);
  if (path)
    coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(path), (const uint8_t *)path);
  if (number > COAP_OPTION_URI_PATH)
    coap_add_option(pdu, number, strlen(value), (const uint8_t *)value);
  ask_pdu(pdu);
}

static coap_resource_t *
add(const char *path, int flags, char *data) {
  coap_resource_t *resource = coap_resource_init(str(path), flags);
  coap_register_request_handler(resource, COAP_REQUEST_GET, show);
  coap_resource_set_userdata(resource, data);
  coap_add_resource(server, resource);
  return resource;
}

static void
unknown_and_proxy(void) {
  static char unknown_data[] = "of the unknown one", proxy_data[] = "of the proxy";
  static const char *hosts[] = {"proxy.example", "localhost"};
  coap_resource_t *unknown, *proxy;

  say("== unknown resource: PUT only, then also GET");
  unknown = coap_resource_unknown_init(show);
  coap_resource_set_userdata(unknown, unknown_data);
  coap_add_resource(server, unknown);
  ask(3, "new/one");
  ask(1, "new/one");
  coap_register_request_handler(unknown, COAP_REQUEST_GET, show);
  ask(1, "new/one");
  ask(2, "new/one");
  ask(1, "a");
  ask(4, "new/one");
  say("deleted: %d", coap_delete_resource(server, unknown));
  ask(3, "new/one");

  say("== proxy resource");
  ask_with(COAP_OPTION_PROXY_URI, "coap://elsewhere.example/x", NULL);
  ask_with(COAP_OPTION_PROXY_SCHEME, "coap", "a");
  proxy = coap_resource_proxy_uri_init(show, 2, hosts);
  coap_resource_set_userdata(proxy, proxy_data);
  coap_add_resource(server, proxy);
  ask_with(COAP_OPTION_PROXY_URI, "coap://elsewhere.example/x", NULL);
  ask_with(COAP_OPTION_PROXY_SCHEME, "coap", "a");
  ask_with(COAP_OPTION_URI_HOST, "proxy.example", "a");
  ask_with(COAP_OPTION_URI_HOST, "localhost", "none");
  ask_with(COAP_OPTION_URI_HOST, "elsewhere.example", "a");
  ask(1, "a");
}

int
main(void) {
  static char data[][16] = {"of a", "of a again", "of a/b", "of the root", "of NON"};
  coap_resource_t *a, *again, *root, *late;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  coap_register_response_handler(client, answer);
  coap_resource_release_userdata_handler(server, release);
  session = connect_to(client, known_port);

  say("== found by path");
  a = add("a", 0, data[0]);
  say("a: %d", coap_get_resource_from_uri_path(server, str("a")) == a);
  say("b: %d", coap_get_resource_from_uri_path(server, str("b")) != NULL);
  say("a/: %d", coap_get_resource_from_uri_path(server, str("a/")) != NULL);
  add("a/b", 0, data[2]);
  ask(1, "a");
  ask(1, "a/b");
  ask(1, "A");

  say("== the root");
  ask(1, "");
  root = coap_resource_init(NULL, 0);
  coap_register_request_handler(root, COAP_REQUEST_GET, show);
  coap_resource_set_userdata(root, data[3]);
  coap_add_resource(server, root);
  say("path length %zu", coap_resource_get_uri_path(root)->length);
  ask(1, "");

  say("== the same path again");
  again = add("a", COAP_RESOURCE_FLAGS_NOTIFY_CON, data[1]);
  say("found: the second %d", coap_get_resource_from_uri_path(server, str("a")) == again);
  ask(1, "a");

  say("== a path that the resource frees");
  {
    coap_str_const_t *path = coap_new_str_const((const uint8_t *)"owned", 5);
    late = coap_resource_init(path, COAP_RESOURCE_FLAGS_RELEASE_URI);
    coap_register_request_handler(late, COAP_REQUEST_GET, show);
    coap_add_resource(server, late);
    ask(1, "owned");
    coap_resource_set_mode(late, COAP_RESOURCE_FLAGS_NOTIFY_CON);
    say("user data %s", coap_resource_get_userdata(late) ? "yes" : "NULL");
  }

  say("== deleted");
  say("deleted: %d", coap_delete_resource(server, again));
  ask(1, "a");
  say("found: %d", coap_get_resource_from_uri_path(server, str("a")) != NULL);
  say("NULL deleted: %d", coap_delete_resource(server, NULL));

  unknown_and_proxy();

  say("== freeing the contexts");
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
