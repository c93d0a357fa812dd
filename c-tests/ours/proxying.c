/* What a proxy does that 4.3.5 does not, or badly: large bodies, errors of the server, other responses, odd lists. */
#include "../proxy.h"

static int keys_back;

static void
hnd_proxy(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
          coap_pdu_t *response) {
  /* What becomes of the key shows under valgrind. */
  coap_cache_key_t *key = coap_cache_derive_key(session, request, COAP_CACHE_NOT_SESSION_BASED);
  (void)query;
  if (!coap_proxy_forward_request(session, request, response, resource, key, &list)) {
    say("proxy: not forwarded, code %s", code_name(coap_pdu_get_code(response)));
    coap_delete_cache_key(key);
  }
}

static coap_response_t
hnd_back(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_cache_key_t *key = NULL;
  coap_response_t outcome;
  (void)sent, (void)mid;
  say("proxy: %s comes back", code_name(coap_pdu_get_code(received)));
  outcome = coap_proxy_forward_response(session, received, &key);
  coap_delete_cache_key(key);
  return outcome;
}

static coap_pdu_t *
hnd_as_it_is(coap_session_t *session, const coap_pdu_t *sent, coap_pdu_t *received, coap_cache_key_t *key) {
  (void)session, (void)sent;
  keys_back += key != NULL;
  coap_delete_cache_key(key);
  say("proxy: %s is passed on", code_name(coap_pdu_get_code(received)));
  return received;
}

static coap_pdu_t *
hnd_another(coap_session_t *session, const coap_pdu_t *sent, coap_pdu_t *received, coap_cache_key_t *key) {
  coap_pdu_t *other = coap_new_pdu(COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CREATED, session);
  (void)sent, (void)received;
  coap_delete_cache_key(key);
  coap_add_data(other, 7, (const uint8_t *)"instead");
  return other;
}

static coap_pdu_t *
hnd_none(coap_session_t *session, const coap_pdu_t *sent, coap_pdu_t *received, coap_cache_key_t *key) {
  (void)session, (void)sent, (void)received;
  coap_delete_cache_key(key);
  return NULL;
}

static void
large_body(void) {
  coap_pdu_t *pdu = ask_for(COAP_REQUEST_CODE_POST, "coap", "echo", 0);
  coap_add_data_large_request(to_proxy, pdu, sizeof content, content, NULL, NULL);
  send_and_say("POST of a large body", pdu, 5000);
  say("%zu bytes come back, the same: %d", answer_length, answer_is_content);
}

static void
proxy_scheme(void) {
  coap_pdu_t *pdu = request(to_proxy, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "");
  uint8_t port[2] = {(uint8_t)(server_port >> 8), (uint8_t)server_port};
  coap_add_option(pdu, COAP_OPTION_URI_HOST, 9, (const uint8_t *)"127.0.0.1");
  coap_add_option(pdu, COAP_OPTION_URI_PORT, 2, port);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"hello");
  coap_add_option(pdu, COAP_OPTION_PROXY_SCHEME, 4, (const uint8_t *)"coap");
  send_and_say("GET by Proxy-Scheme", pdu, 2000);
}

static void
server_that_is_gone(void) {
  uint16_t port = server_port, closed;
  close(raw_peer(&closed));
  server_port = closed;
  send_and_say("GET from a port where nobody listens", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 5000);
  server_port = port;
}

static void
server_that_rejects(void) {
  uint16_t port = server_port;
  int peer = raw_peer(&server_port), i;
  datagram_t got = {.length = -1};
  answered = answer_code = 0;
  coap_send(to_proxy, ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0));
  for (i = 0; i < 50 && got.length < 0; i++) {
    coap_io_process(client, 1);
    got = raw_receive(peer, proxy, 20);
  }
  raw_answer(peer, &got, COAP_MESSAGE_RST, 0, NULL);
  drive(1, 5000);
  say("a server that rejects: %d %s", answered, code_name(answer_code));
  close(peer);
  server_port = port;
}

/* What a server sends once its request is answered: a notification is to end, anything else is only late. */
static void
responses_for_nobody(void) {
  uint16_t port = server_port;
  int peer = raw_peer(&server_port), i;
  datagram_t got = {.length = -1}, word;
  answered = answer_code = 0;
  coap_send(to_proxy, ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0));
  for (i = 0; i < 50 && got.length < 0; i++) {
    coap_io_process(client, 1);
    got = raw_receive(peer, proxy, 20);
  }
  raw_answer(peer, &got, COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, "hello");
  drive(1, 5000);
  say("the answer: %d %s", answered, code_name(answer_code));
  for (i = 0; i < 2; i++) {
    uint8_t late[32] = {(uint8_t)(0x40 | (got.bytes[0] & 15)), COAP_RESPONSE_CODE_CONTENT, 0x77, (uint8_t)i};
    size_t length = 4 + (size_t)(got.bytes[0] & 15);
    memcpy(late + 4, got.bytes + 4, length - 4);
    if (i == 0) {
      late[length++] = COAP_OPTION_OBSERVE << 4 | 1;
      late[length++] = 5;
    }
    raw_send(peer, &got.from, late, length);
    word = raw_receive(peer, proxy, 2000);
    print_datagram(i == 0 ? "a notification:" : "a late response:", &word);
  }
  close(peer);
  server_port = port;
}

static void
response_handlers(void) {
  coap_register_proxy_response_handler(proxy, hnd_as_it_is);
  send_and_say("passed on", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 2000);
  say("with its key: %d", keys_back);
  coap_register_proxy_response_handler(proxy, hnd_another);
  send_and_say("another one", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 2000);
  coap_register_proxy_response_handler(proxy, hnd_none);
  send_and_say("none", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 300);
  coap_register_proxy_response_handler(proxy, NULL);
}

static void
odd_lists(void) {
  coap_oscore_conf_t *oscore = (coap_oscore_conf_t *)&list;
  list.type = (coap_proxy_t)99;
  send_and_say("no such type", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 2000);
  list.type = COAP_PROXY_FORWARD;
  list.entry_count = 0;
  send_and_say("no server", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 2000);
  list.type = COAP_PROXY_DIRECT_STRIP;
  send_and_say("none needed", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 2000);
  add_server("127.0.0.1", server_port);
  entries[0].oscore_conf = oscore;
  send_and_say("OSCORE, which is not there", ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0), 2000);
  entries[0].oscore_conf = NULL;
}

/* The context ends while requests are under way to a server that does not answer. */
static void
end_in_the_middle(void) {
  uint16_t port = server_port;
  int peer = raw_peer(&server_port), i;
  for (i = 0; i < 3; i++)
    coap_send(to_proxy, ask_for(COAP_REQUEST_CODE_GET, "coap", "hello", 0));
  answered = 0;
  say("answers of a silent server: %d", drive(1, 300));
  server_port = port;
  coap_free_context(proxy);
  proxy = NULL;
  close(peer);
}

int
main(void) {
  const char *names[] = {"proxy"};

  begin();
  coap_add_resource(proxy, coap_resource_proxy_uri_init2(hnd_proxy, 1, names, 0));
  coap_register_response_handler(proxy, hnd_back);
  send_and_say("GET by coaps", ask_for(COAP_REQUEST_CODE_GET, "coaps", "hello", 0), 2000);
  proxy_scheme();
  large_body();
  server_that_is_gone();
  server_that_rejects();
  responses_for_nobody();
  response_handlers();
  odd_lists();
  end_in_the_middle();
  end();
  return 0;
}
