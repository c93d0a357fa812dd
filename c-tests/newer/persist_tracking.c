/* A program that stores by itself what is to live on over a restart: what it is told, and how it brings it back. */
#include "../support.h"

static coap_context_t *server, *client;
static coap_session_t *session, *served;
static coap_resource_t *resource;
static coap_subscription_t *key;
static int answers, last_code, my_data;

/* What was told of the last observer. */
static coap_proto_t kept_proto;
static coap_address_t kept_listen;
static coap_addr_tuple_t kept_addresses;
static uint8_t kept_bytes[256];
static coap_bin_const_t kept_packet = {0, kept_bytes};

static int
added(coap_session_t *whose, coap_subscription_t *observer, coap_proto_t proto, coap_address_t *listen_address,
      coap_addr_tuple_t *addresses, coap_bin_const_t *packet, coap_bin_const_t *oscore, void *data) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 0, 1024);
  int parsed = coap_pdu_parse(proto, packet->s, packet->length, pdu);
  say("  added: %s, %s, listens at %s", coap_session_get_context(whose) == server ? "a session" : "NO SESSION",
      proto_name(proto), address_text(listen_address));
  say("  added: from %s", coap_address_equals(&addresses->remote, coap_session_get_addr_local(session)) ? "the client"
                                                                                                      : "ELSEWHERE");
  say("  added: to %s", address_text(&addresses->local));
  say("  added: %s, code %s, token %.*s", parsed ? "a packet" : "NONE",
      code_name(coap_pdu_get_code(pdu)), (int)coap_pdu_get_token(pdu).length, (const char *)coap_pdu_get_token(pdu).s);
  say("  added: %s, %s, %s", observer ? "a key" : "NO KEY", oscore ? "OSCORE" : "no OSCORE",
      data == &my_data ? "my data" : "NOT MY DATA");
  coap_delete_pdu(pdu);
  key = observer;
  served = whose;
  kept_proto = proto;
  kept_listen = *listen_address;
  kept_addresses = *addresses;
  memcpy(kept_bytes, packet->s, packet->length);
  kept_packet.length = packet->length;
  return 1;
}

static int
deleted(coap_session_t *whose, coap_subscription_t *observer, void *data) {
  say("  deleted: %s, %s, %s", whose == served ? "its session" : "ANOTHER SESSION",
      observer == key ? "the last key" : "another key", data == &my_data ? "my data" : "NOT MY DATA");
  return 1;
}

static int
number(coap_context_t *context, coap_str_const_t *name, uint32_t observe, void *data) {
  say("  number: %s, %.*s, %u, %s", context == server ? "the server" : "ELSEWHERE", (int)name->length,
      (const char *)name->s, observe, data == &my_data ? "my data" : "NOT MY DATA");
  return 1;
}

static int
made(coap_session_t *whose, coap_str_const_t *name, coap_bin_const_t *packet, void *data) {
  (void)whose, (void)packet, (void)data;
  say("  made: %.*s", (int)name->length, (const char *)name->s);
  return 1;
}

static int
gone(coap_context_t *context, coap_str_const_t *name, void *data) {
  say("  gone: %s, %.*s, %s", context == server ? "the server" : "ELSEWHERE", (int)name->length,
      (const char *)name->s, data == &my_data ? "my data" : "NOT MY DATA");
  return 1;
}

static void
get(coap_resource_t *one, coap_session_t *whose, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)one, (void)whose, (void)pdu, (void)query;
  say("  asked");
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static void
put_unknown(coap_resource_t *unknown, coap_session_t *whose, const coap_pdu_t *pdu, const coap_string_t *query,
            coap_pdu_t *response) {
  coap_resource_t *new = coap_resource_init(str("made"), 0);
  (void)unknown, (void)whose, (void)pdu, (void)query;
  coap_register_request_handler(new, COAP_REQUEST_GET, get);
  coap_resource_set_get_observable(new, 1);
  coap_add_resource(server, new);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
}

static coap_response_t
answer(coap_session_t *here, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_opt_iterator_t iterator;
  coap_opt_t *observe = coap_check_option(received, COAP_OPTION_OBSERVE, &iterator);
  coap_bin_const_t token = coap_pdu_get_token(received);
  (void)here, (void)sent, (void)mid;
  last_code = coap_pdu_get_code(received);
  if (observe)
    say("  client: %s, token %.*s, Observe %u", code_name(last_code), (int)token.length, (const char *)token.s,
        coap_decode_var_bytes(coap_opt_value(observe), coap_opt_length(observe)));
  else
    say("  client: %s", code_name(last_code));
  answers++;
  return COAP_RESPONSE_OK;
}

static void
work(void) {
  int limit = answers + 1, step;
  for (step = 0; step < 200 && answers < limit; step++)
    run_for(server, client, 5);
}

static void
ask(const char *token, coap_pdu_code_t code, const char *path, int observe) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, code, session);
  uint8_t value = (uint8_t)observe;
  coap_add_token(pdu, strlen(token), (const uint8_t *)token);
  if (observe >= 0)
    coap_add_option(pdu, COAP_OPTION_OBSERVE, value ? 1 : 0, &value);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(path), (const uint8_t *)path);
  coap_send(session, pdu);
  work();
}

static void
make_resource(void) {
  resource = coap_resource_init(str("temp"), COAP_RESOURCE_FLAGS_NOTIFY_NON);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(server, resource);
}

static void
observing(void) {
  int step;
  say("== registers");
  ask("a", COAP_REQUEST_CODE_GET, "temp", COAP_OBSERVE_ESTABLISH);
  say("== the same once more");
  ask("a", COAP_REQUEST_CODE_GET, "temp", COAP_OBSERVE_ESTABLISH);
  say("== with another token");
  ask("b", COAP_REQUEST_CODE_GET, "temp", COAP_OBSERVE_ESTABLISH);
  say("== nothing is observed at another resource");
  ask("c", COAP_REQUEST_CODE_GET, "none", COAP_OBSERVE_ESTABLISH);
  for (step = 0; step < 7; step++) {
    say("== changes");
    coap_resource_notify_observers(resource, NULL);
    work();
  }
  say("== ends");
  ask("b", COAP_REQUEST_CODE_GET, "temp", COAP_OBSERVE_CANCEL);
  say("== changes");
  coap_resource_notify_observers(resource, NULL);
}

static void
bringing_back(void) {
  coap_address_t elsewhere = loopback(1);
  coap_bin_const_t cut = {kept_packet.length - 1, kept_bytes}, nothing = {0, kept_bytes};
  coap_subscription_t *again;
  say("== what does not come back");
  say("%d", coap_persist_observe_add(server, kept_proto, NULL, &kept_addresses, &kept_packet, NULL) != NULL);
  say("%d", coap_persist_observe_add(server, kept_proto, &kept_listen, NULL, &kept_packet, NULL) != NULL);
  say("%d", coap_persist_observe_add(server, kept_proto, &kept_listen, &kept_addresses, NULL, NULL) != NULL);
  say("%d", coap_persist_observe_add(server, COAP_PROTO_TCP, &kept_listen, &kept_addresses, &kept_packet,
                                     NULL) != NULL);
  say("%d", coap_persist_observe_add(server, kept_proto, &elsewhere, &kept_addresses, &kept_packet, NULL) != NULL);
  say("%d", coap_persist_observe_add(server, kept_proto, &kept_listen, &kept_addresses, &cut, NULL) != NULL);
  say("%d", coap_persist_observe_add(server, kept_proto, &kept_listen, &kept_addresses, &nothing, NULL) != NULL);
  coap_resource_set_get_observable(resource, 0);
  say("%d", coap_persist_observe_add(server, kept_proto, &kept_listen, &kept_addresses, &kept_packet, NULL) != NULL);
  coap_resource_set_get_observable(resource, 1);
  say("== comes back");
  again = coap_persist_observe_add(server, kept_proto, &kept_listen, &kept_addresses, &kept_packet, NULL);
  say("the key that was told: %d", again && again == key);
  say("== once more");
  say("the same: %d",
      coap_persist_observe_add(server, kept_proto, &kept_listen, &kept_addresses, &kept_packet, NULL) == again);
  say("== changes");
  coap_resource_notify_observers(resource, NULL);
  work();
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  coap_register_response_handler(client, answer);
  make_resource();
  coap_add_resource(server, coap_resource_unknown_init(put_unknown));
  coap_persist_track_funcs(server, added, deleted, number, made, gone, 4, &my_data);
  session = connect_to(client, known_port);

  observing();
  bringing_back();
  say("== a request makes a resource");
  ask("d", COAP_REQUEST_CODE_PUT, "made", -1);
  say("== it goes");
  coap_delete_resource(server, coap_get_resource_from_uri_path(server, str("made")));
  say("== the other one goes");
  coap_delete_resource(server, resource);
  work();
  say("== no number is left out");
  make_resource();
  coap_persist_track_funcs(server, NULL, NULL, number, NULL, NULL, 0, &my_data);
  ask("e", COAP_REQUEST_CODE_GET, "temp", COAP_OBSERVE_ESTABLISH);
  coap_resource_notify_observers(resource, NULL);
  work();
  say("== stops");
  coap_persist_stop(server);
  coap_persist_stop(NULL);
  coap_resource_notify_observers(resource, NULL);
  work();
  coap_delete_resource(server, resource);
  run_for(server, client, 100);
  say("== the end");
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
