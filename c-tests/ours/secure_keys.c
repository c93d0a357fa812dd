/* Pre-shared keys over DTLS: what is refused when it is set, what the functions of a handshake are told and can ask, what
 * the handlers learn, and how it ends. */
#include "../secure.h"

static coap_context_t *server, *client;
static coap_session_t *server_session;
static int over;

static void
show_line(coap_log_t level, const char *message) {
  if (level <= COAP_LOG_WARN)
    printf("    log: %s", masked(message));
}

static int
on_server_event(coap_session_t *session, const coap_event_t event) {
  say("  server: %s, %s, %s", event_name(event), session_type_name(coap_session_get_type(session)),
      state_name(coap_session_get_state(session)));
  if (event == COAP_EVENT_DTLS_CONNECTED)
    server_session = session;
  return 0;
}

static int
on_client_event(coap_session_t *session, const coap_event_t event) {
  say("  client: %s, %s", event_name(event), state_name(coap_session_get_state(session)));
  over |= event == COAP_EVENT_DTLS_ERROR;
  return 0;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)mid;
  say("  client: NACK %s%s", nack_name(reason), sent ? ", with the request" : "");
  over = 1;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  print_payload("  answer:", received);
  over = 1;
  return COAP_RESPONSE_OK;
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
    coap_pdu_t *response) {
  coap_tls_library_t library = COAP_TLS_LIBRARY_NOTLS;
  void *tls = coap_session_get_tls(session, &library);
  (void)resource, (void)request, (void)query;
  say("  handler: hint %s, identity %s, key %s", text_of(coap_session_get_psk_hint(session)),
      text_of(coap_session_get_psk_identity(session)), text_of(coap_session_get_psk_key(session)));
  say("  handler: something of TLS: %d, of a library that libcoap knows: %d", tls != NULL,
      library <= COAP_TLS_LIBRARY_WOLFSSL);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 6, (const uint8_t *)"inside");
}

static const coap_bin_const_t *
key_of(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  static coap_bin_const_t key;
  say("  which key has %s? (%s) %s, %s, hint %s, the usual key is %s", text_of(identity), (const char *)arg,
      session_type_name(coap_session_get_type(session)), state_name(coap_session_get_state(session)),
      text_of(coap_session_get_psk_hint(session)), text_of(coap_session_get_psk_key(session)));
  if (strncmp((const char *)identity->s, "alice", 6) == 0)
    return key = bytes("wonderland"), &key;
  if (strncmp((const char *)identity->s, "usual", 6) == 0)
    return coap_session_get_psk_key(session);
  return NULL;
}

static const coap_dtls_cpsk_info_t *
identity_for(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  static coap_dtls_cpsk_info_t info;
  say("  who are we for hint \"%.*s\"? (%s) %s, so far %s", (int)hint->length, (const char *)hint->s,
      (const char *)arg, state_name(coap_session_get_state(session)),
      text_of(coap_session_get_psk_identity(session)));
  info.identity = bytes("alice");
  info.key = bytes("wonderland");
  return &info;
}

static const coap_dtls_spsk_info_t *
keys_of(const char *name, coap_session_t *session, void *arg) {
  static coap_dtls_spsk_info_t info;
  (void)session;
  say("  which keys has the server \"%s\"? (%s)", name, (const char *)arg);
  info.hint = bytes("of this name");
  info.key = bytes("named");
  return &info;
}

static uint16_t
listen_over_dtls(void) {
  coap_address_t any_port = loopback(0);
  coap_endpoint_t *endpoint = coap_new_endpoint(server, &any_port, COAP_PROTO_DTLS);
  need(endpoint, "no endpoint");
  known_port = endpoint_port(endpoint);
  return known_port;
}

/* One session, one request, and their end. */
static void
ask(uint16_t port, coap_dtls_cpsk_t setup) {
  coap_address_t to = loopback(port);
  coap_session_t *session = coap_new_client_session_psk2(client, NULL, &to, COAP_PROTO_DTLS, &setup);
  need(session, "no session");
  say("  client: %s, identity %s, key %s", state_name(coap_session_get_state(session)),
      text_of(coap_session_get_psk_identity(session)), text_of(coap_session_get_psk_key(session)));
  over = 0;
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  if (!run_until(server, client, &over, 20000))
    say("  nothing came");
  if (coap_session_get_state(session) == COAP_SESSION_STATE_ESTABLISHED)
    say("  client: hint %s, identity %s, key %s", text_of(coap_session_get_psk_hint(session)),
        text_of(coap_session_get_psk_identity(session)), text_of(coap_session_get_psk_key(session)));
  coap_session_release(session);
  run_for(server, client, 100);
}

static void
refused(void) {
  static char long_text[2000];
  coap_dtls_spsk_t keys = server_keys("hint", NULL);
  coap_dtls_cpsk_t setup = client_keys("me", "secret");
  coap_address_t address = loopback(0), to = loopback(9);
  memset(long_text, 'x', sizeof long_text - 1);
  coap_set_log_handler(show_line);
  say("keys that are refused");
  say("  endpoint without keys: %d", coap_new_endpoint(server, &address, COAP_PROTO_DTLS) != NULL);
  say("  no key: %d", coap_context_set_psk(server, "hint", NULL, 0));
  say("  no key but a hint: %d", coap_context_set_psk2(server, &keys));
  say("  nothing: %d", coap_context_set_psk2(server, NULL));
  say("  a long key: %d", coap_context_set_psk(server, "hint", (const uint8_t *)long_text, 1999));
  say("  a long hint: %d", coap_context_set_psk(server, long_text, (const uint8_t *)"k", 1));
  say("  no identity: %d", coap_new_client_session_psk(client, NULL, &to, COAP_PROTO_DTLS, NULL,
                                                       (const uint8_t *)"k", 1) != NULL);
  say("  no key: %d", coap_new_client_session_psk(client, NULL, &to, COAP_PROTO_DTLS, "me", NULL, 0) != NULL);
  say("  nothing: %d", coap_new_client_session_psk2(client, NULL, &to, COAP_PROTO_DTLS, NULL) != NULL);
  say("  a long identity: %d", coap_new_client_session_psk(client, NULL, &to, COAP_PROTO_DTLS, long_text,
                                                           (const uint8_t *)"k", 1) != NULL);
  say("  over TLS: %d", coap_new_client_session_psk2(client, NULL, &to, COAP_PROTO_TLS, &setup) != NULL);
  say("  good ones: %d", coap_context_set_psk(server, "hint", (const uint8_t *)"secret", 6));
  say("  endpoint over TLS: %d", coap_new_endpoint(server, &address, COAP_PROTO_TLS) != NULL);
  coap_set_log_handler(NULL);
}

int
main(void) {
  static char arg[] = "the argument";
  coap_resource_t *resource;
  coap_dtls_spsk_t keys = server_keys("a hint", "secret");
  coap_dtls_cpsk_t setup;
  uint16_t port;
  coap_startup();
  coap_set_log_level(COAP_LOG_WARN);
  server = need(coap_new_context(NULL), "no context");
  client = need(coap_new_context(NULL), "no context");
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, on_server_event);
  coap_register_event_handler(client, on_client_event);
  coap_register_nack_handler(client, on_nack);
  coap_register_response_handler(client, on_response);
  refused();
  coap_set_log_level(COAP_LOG_EMERG);
  coap_context_set_psk2(server, &keys);
  port = listen_over_dtls();

  say("the right key");
  ask(port, client_keys("me", "secret"));
  say("a wrong key");
  ask(port, client_keys("me", "sesame"));

  keys.validate_id_call_back = key_of;
  keys.id_call_back_arg = arg;
  coap_context_set_psk2(server, &keys);
  say("the program knows the key");
  ask(port, client_keys("alice", "wonderland"));
  say("the program says: the usual key");
  ask(port, client_keys("usual", "secret"));
  say("the program does not know the identity");
  ask(port, client_keys("mallory", "secret"));

  say("another identity for the hint");
  setup = client_keys("bob", "builder");
  setup.validate_ih_call_back = identity_for;
  setup.ih_call_back_arg = arg;
  ask(port, setup);

  keys = server_keys(NULL, "secret");
  keys.validate_sni_call_back = keys_of;
  keys.sni_call_back_arg = arg;
  coap_context_set_psk2(server, &keys);
  say("keys by the name of the server, which is asked for once");
  ask(port, client_keys("me", "named"));
  ask(port, client_keys("me", "named"));

  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
