/* Data with a release function, left with a context, an endpoint, sessions, a delayed request and a cache entry. Each is
 * released once, when its object ends; what is replaced comes back instead. And what else sessions learned to say. */
#include "../support.h"

static coap_context_t *server, *client;
static coap_endpoint_t *endpoint;
static coap_async_t *put_off;
static int answered;

static void
release(void *data) {
  say("  released: %s", (const char *)data);
}

/* Whatever is left goes with the context. */
static void
release_and_free(void *data) {
  release(data);
  coap_free_context(server);
}

static void
print_old(const char *what, void *old) {
  say("%s: before there was %s", what, old ? (const char *)old : "nothing");
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)query;
  if (!coap_find_async(session, coap_pdu_get_token(pdu))) {
    coap_cache_entry_t *entry =
        coap_new_cache_entry(session, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0);
    say("the session is of the endpoint: %d", coap_session_get_endpoint(session) == endpoint);
    say("with OSCORE: %d", coap_session_is_oscore(session));
    put_off = coap_register_async(session, pdu, 0);
    print_old("async", coap_async_set_app_data2(put_off, "delayed request", release));
    print_old("async", coap_async_set_app_data2(put_off, "the same delayed request", release));
    print_old("cache entry", coap_cache_set_app_data2(entry, "cache entry", release));
    print_old("session", coap_session_set_app_data2(session, "server session", release_and_free));
  } else {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  }
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)sent, (void)mid;
  say("answer %s in the %s", code_name(coap_pdu_get_code(received)), (char *)coap_session_get_app_data(session));
  answered = 1;
  return COAP_RESPONSE_OK;
}

int
main(void) {
  coap_dtls_cpsk_t psk = {0};
  coap_dtls_pki_t pki = {0};
  coap_address_t address;
  coap_session_t *session, *others[2];
  coap_resource_t *resource;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  endpoint = listen_on_loopback(server);
  resource = coap_resource_init(str("late"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, answer);
  print_old("context", coap_context_set_app_data2(server, "server", release));
  print_old("endpoint", coap_endpoint_set_app_data(endpoint, "endpoint", release));
  say("endpoint: now there is %s", (char *)coap_endpoint_get_app_data(endpoint));

  address = loopback(known_port);
  session = coap_new_client_session3(client, NULL, &address, COAP_PROTO_UDP, "client session", release, NULL);
  say("a client session has no endpoint: %d", !coap_session_get_endpoint(session));
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "late"));
  while (!put_off)
    run_for(server, client, 5);
  coap_async_trigger(put_off);
  say("in time: %d", run_until(server, client, &answered, 5000));
  coap_session_release(session);

  say("== sessions of other kinds, which are as plain ones over UDP");
  psk.psk_info.identity = psk.psk_info.key = (coap_bin_const_t){2, (const uint8_t *)"me"};
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  others[0] = coap_new_client_session_psk3(client, NULL, &address, COAP_PROTO_UDP, &psk, "PSK", release, NULL);
  others[1] = coap_new_client_session_pki3(client, NULL, &address, COAP_PROTO_UDP, &pki, "PKI", release, NULL);
  say("over UDP: %d %d", others[0] != NULL, others[1] != NULL);
  say("over nothing: %d",
      coap_new_client_session3(client, NULL, &address, COAP_PROTO_NONE, "never released", release, NULL) != NULL);
  say("without setup: %d %d",
      coap_new_client_session_psk3(client, NULL, &address, COAP_PROTO_UDP, NULL, "never", release, NULL) != NULL,
      coap_new_client_session_pki3(client, NULL, &address, COAP_PROTO_UDP, NULL, "never", release, NULL) != NULL);
  say("to a server: %d", coap_session_set_type_server(others[0]));
  say("and again: %d", coap_session_set_type_server(others[0]));
  say("it is a %s", session_type_name(coap_session_get_type(others[0])));
  coap_session_release(others[0]);
  say("released, it is idle: a %s", session_type_name(coap_session_get_type(others[0])));

  say("== the end");
  say("client:");
  coap_free_context(client);
  say("endpoint, whose session frees the server:");
  coap_free_endpoint(endpoint);
  coap_cleanup();
  return 0;
}
