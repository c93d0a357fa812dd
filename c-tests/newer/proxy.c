/* coap_proxy(3), which 4.3.5 added: a forward and a reverse proxy. The output beside is that of 4.3.5. */
#include "../proxy.h"

static coap_cache_key_t *given;
static int forwarded;

static void
hnd_proxy(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
          coap_pdu_t *response) {
  (void)query;
  given = NULL;
  if (list.entry_count == 1)
    given = coap_cache_derive_key(session, request, COAP_CACHE_NOT_SESSION_BASED);
  forwarded = coap_proxy_forward_request(session, request, response, resource, given, &list);
  say("proxy: forwarded %d, code %s", forwarded, code_name(coap_pdu_get_code(response)));
  if (!forwarded)
    coap_delete_cache_key(given);
}

static coap_response_t
hnd_back(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_cache_key_t *key = NULL;
  coap_response_t done = coap_proxy_forward_response(session, received, &key);
  coap_opt_iterator_t options;
  (void)sent, (void)mid;
  say("proxy: %s comes back, passed on %d", code_name(coap_pdu_get_code(received)), done == COAP_RESPONSE_OK);
  /* 4.3.5 sometimes gives the key of another request, where servers take turns. */
  if (list.entry_count == 1)
    say("proxy: with the key: %d", key == given);
  if (list.entry_count == 1 && !coap_check_option(received, COAP_OPTION_OBSERVE, &options))
    coap_delete_cache_key(key);
  return done;
}

static void
schemes(void) {
  say("coap can be forwarded: %d", coap_verify_proxy_scheme_supported(COAP_URI_SCHEME_COAP));
  say("coaps: %d", coap_verify_proxy_scheme_supported(COAP_URI_SCHEME_COAPS));
  say("http: %d", coap_verify_proxy_scheme_supported(COAP_URI_SCHEME_HTTP));
  say("https: %d", coap_verify_proxy_scheme_supported(COAP_URI_SCHEME_HTTPS));
  say("what is none: %d", coap_verify_proxy_scheme_supported(COAP_URI_SCHEME_LAST));
  say("supported: %d", coap_proxy_is_supported());
}

static void
observe(void) {
  coap_pdu_t *pdu = ask_for(COAP_REQUEST_CODE_GET, "coap", "state", 1);
  int i;
  send_and_say("observe", pdu, 2000);
  for (i = 0; i < 3; i++) {
    state++;
    answered = 0;
    coap_resource_notify_observers(observed, NULL);
    say("notified: %d \"%s\"", drive(1, 2000), answer);
  }
}

int
main(void) {
  const char *names[] = {"proxy"};
  coap_resource_t *resource;

  begin();
  schemes();
  resource = coap_resource_proxy_uri_init2(hnd_proxy, 1, names, 0);
  coap_add_resource(proxy, resource);
  coap_register_response_handler(proxy, hnd_back);

  say("-- forward");
  add_server("", 0);
  send_and_say("GET", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 2000);
  send_and_say("GET with a query", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello?a=1&b", 0), 2000);
  send_and_say("GET of nothing", ask_for(COAP_REQUEST_CODE_GET, "coap", "nothing", 0), 2000);
  observe();

  say("-- reverse");
  resource = coap_resource_reverse_proxy_init(hnd_proxy, 0);
  coap_add_resource(proxy, resource);
  list.entry_count = 0;
  list.type = COAP_PROXY_REVERSE;
  add_server("127.0.0.1", server_port);
  send_and_say("GET", ask_for(COAP_REQUEST_CODE_GET, NULL, "hello", 0), 2000);
  send_and_say("GET of nothing", ask_for(COAP_REQUEST_CODE_GET, NULL, "nothing", 0), 2000);
  list.type = COAP_PROXY_REVERSE_STRIP;
  send_and_say("GET, stripped", ask_for(COAP_REQUEST_CODE_GET, NULL, "hello", 0), 2000);
  list.type = COAP_PROXY_REVERSE;
  add_server("127.0.0.1", server_port);
  say("next entry: %zu", list.next_entry);
  send_and_say("GET", ask_for(COAP_REQUEST_CODE_GET, NULL, "hello", 0), 2000);
  say("next entry: %zu", list.next_entry);
  send_and_say("GET", ask_for(COAP_REQUEST_CODE_GET, NULL, "hello", 0), 2000);
  say("next entry: %zu", list.next_entry);
  end();
  return 0;
}
