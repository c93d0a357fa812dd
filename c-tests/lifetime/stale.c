/* Handles that are stale, foreign or NULL, given to everything that takes one: refused, with the documented value. */
#include "../support.h"

static const char *const what_kind[] = {"NULL", "foreign", "odd", "freed"};

/* Every function that takes a session. */
static void
with_session(coap_session_t *session, coap_context_t *context) {
  uint8_t token[8] = {1};
  size_t length = 8;
  const coap_fixed_point_t value = {3, 0};
  coap_address_t address = loopback(9);
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);
  (void)context;

  say("reference %d", coap_session_reference(session) != NULL);
  coap_session_release(session);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  say("set type %d", coap_session_set_type_client(session));
  coap_session_set_app_data(session, token);
  say("app data %d", coap_session_get_app_data(session) != NULL);
  say("addresses %d %d %d", coap_session_get_addr_local(session) != NULL, coap_session_get_addr_remote(session) != NULL,
      coap_session_get_addr_mcast(session) != NULL);
  say("context %d", coap_session_get_context(session) != NULL);
  say("ifindex %d", coap_session_get_ifindex(session));
  say("proto %d", coap_session_get_proto(session));
  say("state %d", coap_session_get_state(session));
  say("type %d", coap_session_get_type(session));
  say("tls %d", coap_session_get_tls(session, NULL) != NULL);
  say("psk %d %d %d", coap_session_get_psk_hint(session) != NULL, coap_session_get_psk_key(session) != NULL,
      coap_session_get_psk_identity(session) != NULL);
  coap_session_str(session);
  coap_session_init_token(session, sizeof token, token);
  coap_session_new_token(session, &length, token);
  coap_new_message_id(session);
  coap_session_set_mtu(session, 600);
  say("max pdu size %zu", coap_session_max_pdu_size(session));
  coap_session_set_ack_timeout(session, value);
  coap_session_set_ack_random_factor(session, value);
  coap_session_set_default_leisure(session, value);
  coap_session_set_non_timeout(session, value);
  coap_session_set_non_receive_timeout(session, value);
  coap_session_set_max_retransmit(session, 3);
  coap_session_set_nstart(session, 3);
  coap_session_set_probing_rate(session, 3);
  coap_session_set_max_payloads(session, 3);
  coap_session_set_non_max_retransmit(session, 3);
  coap_session_get_ack_timeout(session);
  coap_session_get_ack_random_factor(session);
  coap_session_get_default_leisure(session);
  coap_session_get_non_timeout(session);
  coap_session_get_non_receive_timeout(session);
  coap_session_get_max_retransmit(session);
  coap_session_get_nstart(session);
  coap_session_get_probing_rate(session);
  coap_session_get_max_payloads(session);
  coap_session_get_non_max_retransmit(session);
  say("ping %d", coap_session_send_ping(session));
  say("new pdu %d", coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session) != NULL);
  say("ack %d", coap_send_ack(session, pdu));
  say("type %d", coap_send_message_type(session, pdu, COAP_MESSAGE_RST));
  say("error %d", coap_send_error(session, pdu, COAP_RESPONSE_CODE_CONFLICT, NULL));
  say("hops %d", coap_mcast_set_hops(session, 1));
  say("async %d %d", coap_register_async(session, pdu, 1) != NULL,
      coap_find_async(session, coap_pdu_get_token(pdu)) != NULL);
  say("cache key %d, entry %d, found %d", coap_cache_derive_key(session, pdu, COAP_CACHE_NOT_SESSION_BASED) != NULL,
      coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 1) != NULL,
      coap_cache_get_by_pdu(session, pdu, COAP_CACHE_NOT_SESSION_BASED) != NULL);
  say("send %d", coap_send(session, pdu));
  say("by peer %d", coap_session_get_by_peer(context, &address, 4711) != NULL);
}

/* Every function that takes a context. */
static void
with_context(coap_context_t *context) {
  coap_address_t address = loopback(0);
  say("app data %d", coap_get_app_data(context) != NULL);
  coap_set_app_data(context, &address);
  coap_context_set_max_idle_sessions(context, 1);
  coap_context_set_session_timeout(context, 1);
  coap_context_set_max_handshake_sessions(context, 1);
  coap_context_set_csm_timeout(context, 1);
  coap_context_set_csm_max_message_size(context, 100);
  coap_context_set_max_token_size(context, 8);
  coap_context_set_keepalive(context, 1);
  coap_context_set_block_mode(context, 0);
  coap_context_get_max_idle_sessions(context);
  coap_context_get_session_timeout(context);
  coap_context_get_max_handshake_sessions(context);
  coap_context_get_csm_timeout(context);
  coap_context_get_csm_max_message_size(context);
  coap_register_response_handler(context, NULL);
  coap_register_nack_handler(context, NULL);
  coap_register_ping_handler(context, NULL);
  coap_register_pong_handler(context, NULL);
  coap_register_event_handler(context, NULL);
  coap_register_option(context, 2049);
  coap_resource_release_userdata_handler(context, NULL);
  coap_mcast_per_resource(context);
  say("group %d", coap_join_mcast_group(context, "224.0.1.187"));
  say("fd %d", coap_context_get_coap_fd(context));
  say("process %d", coap_io_process(context, COAP_IO_NO_WAIT));
  say("process with fds %d", coap_io_process_with_fds(context, COAP_IO_NO_WAIT, 0, NULL, NULL, NULL));
  coap_io_pending(context);
  coap_can_exit(context);
  say("endpoint %d", coap_new_endpoint(context, &address, COAP_PROTO_UDP) != NULL);
  say("session %d", coap_new_client_session(context, NULL, &address, COAP_PROTO_UDP) != NULL);
  say("found %d", coap_get_resource_from_uri_path(context, str("x")) != NULL);
  say("psk %d", coap_context_set_psk(context, NULL, NULL, 0));
  coap_free_context(context);
}

static void
with_resource(coap_resource_t *resource, coap_context_t *context) {
  unsigned char buffer[20];
  size_t length = sizeof buffer, offset = 0;
  say("path %d", coap_resource_get_uri_path(resource) != NULL);
  say("user data %d", coap_resource_get_userdata(resource) != NULL);
  coap_resource_set_userdata(resource, buffer);
  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  coap_resource_set_get_observable(resource, 1);
  coap_register_request_handler(resource, COAP_REQUEST_GET, NULL);
  say("attribute %d", coap_add_attr(resource, str("n"), str("v"), 0) != NULL);
  say("attribute found %d", coap_find_attr(resource, str("n")) != NULL);
  coap_print_link(resource, buffer, &length, &offset);
  coap_add_resource(context, resource);
  say("deleted %d", coap_delete_resource(context, resource));
}

/* Every function that takes a delayed request. */
static void
with_async(coap_async_t *async) {
  coap_async_set_delay(async, 1);
  coap_async_trigger(async);
  coap_async_set_app_data(async, async);
  say("app data %d", coap_async_get_app_data(async) != NULL);
  coap_free_async(NULL, async);
}

static void
released(void *data) {
  (void)data;
  say("RELEASED");
}

/* Every function that takes a cache entry. */
static void
with_cache_entry(coap_cache_entry_t *entry) {
  coap_cache_set_app_data(entry, entry, released);
  say("app data %d", coap_cache_get_app_data(entry) != NULL);
  say("request %d", coap_cache_get_pdu(entry) != NULL);
  coap_delete_cache_entry(NULL, entry);
}

static void
messages(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session = connect_to(context, 9);
  coap_pdu_t *pdu = request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x");
  size_t length;
  const uint8_t *data;
  coap_opt_iterator_t iterator;

  say("== a PDU after it was sent");
  say("sent %d", coap_send(session, pdu) != COAP_INVALID_MID);
  say("sent again %d", coap_send(session, pdu) != COAP_INVALID_MID);
  coap_delete_pdu(pdu);
  coap_delete_pdu(pdu);
  say("option %zu", coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x"));
  say("data %d", coap_add_data(pdu, 1, (const uint8_t *)"x"));
  say("token %d", coap_add_token(pdu, 1, (const uint8_t *)"x"));
  say("has data %d", coap_get_data(pdu, &length, &data));
  say("has option %d", coap_check_option(pdu, COAP_OPTION_URI_PATH, &iterator) != NULL);
  say("path %d", coap_get_uri_path(pdu) != NULL);
  coap_pdu_get_code(pdu);
  coap_pdu_get_mid(pdu);
  coap_pdu_get_token(pdu);
  coap_pdu_set_code(pdu, COAP_REQUEST_CODE_PUT);
  say("duplicate %d", coap_pdu_duplicate(pdu, session, 0, NULL, NULL) != NULL);
  say("== a PDU deleted twice");
  pdu = request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x");
  coap_delete_pdu(pdu);
  coap_delete_pdu(pdu);
  say("sent %d", coap_send(session, pdu) != COAP_INVALID_MID);
  say("== no PDU");
  say("sent %d", coap_send(session, NULL) != COAP_INVALID_MID);
  coap_delete_pdu(NULL);
  coap_delete_pdu((coap_pdu_t *)(uintptr_t)0x1001);
  coap_session_release(session);
  coap_free_context(context);
}

/* What the log handler asks about. */
static coap_session_t *session_in_use;

static void
ask_back(coap_log_t level, const char *message) {
  (void)level;
  (void)message;
  say("a line; the session is there: %d", coap_session_str(session_in_use) != NULL);
}

/* PDUs that were deleted, given to what has the session locked: the handler for the line about it may use the session. */
static void
refused_to_a_handler_that_asks_back(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session = connect_to(context, 9);
  coap_resource_t *resource = coap_resource_init(str("x"), 0);
  coap_pdu_t *there = request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x");
  coap_pdu_t *deleted = request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x");
  static const uint8_t data[2000];
  coap_proxy_server_t upstream = {0};
  coap_proxy_server_list_t upstreams = {&upstream, 1, 0, COAP_PROXY_REVERSE, 0, 1};

  coap_add_resource(context, resource);
  coap_delete_pdu(deleted);
  upstream.uri.scheme = COAP_URI_SCHEME_COAP;
  upstream.uri.host = *str("127.0.0.1");
  upstream.uri.port = 9;
  session_in_use = session;
  coap_set_log_handler(ask_back);
  coap_set_log_level(COAP_LOG_WARN);
  say("== PDUs that the log handler hears of");
  say("request %d", coap_add_data_large_request(session, deleted, sizeof data, data, NULL, NULL));
  say("response %d", coap_add_data_large_response(resource, session, there, deleted, NULL, 0, -1, 0, sizeof data, data,
                                                  NULL, NULL));
  say("forward %d", coap_proxy_forward_request(session, there, deleted, resource, NULL, &upstreams));
  coap_set_log_level(COAP_LOG_EMERG);
  coap_set_log_handler(NULL);
  coap_delete_pdu(there);
  coap_session_release(session);
  coap_free_context(context);
}

int
main(void) {
  coap_context_t *context, *freed_context;
  coap_session_t *freed_session;
  coap_resource_t *freed_resource;
  coap_endpoint_t *freed_endpoint;
  coap_async_t *freed_async;
  coap_cache_entry_t *freed_entry;
  coap_pdu_t *pdu;
  void *handles[4];
  char foreign[256] = {0};
  int i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  freed_context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  freed_endpoint = listen_on_loopback(freed_context);
  freed_session = connect_to(context, 9);
  freed_resource = coap_resource_init(str("x"), 0);
  coap_add_resource(context, freed_resource);
  pdu = request(freed_session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x");
  freed_async = coap_register_async(freed_session, pdu, 1000);
  coap_free_async(freed_session, freed_async);
  freed_entry = coap_new_cache_entry(freed_session, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0);
  coap_delete_pdu(pdu);
  coap_session_release(freed_session);
  coap_delete_resource(context, freed_resource);
  coap_free_context(freed_context);
  coap_free_endpoint(freed_endpoint);
  coap_free_endpoint((coap_endpoint_t *)(void *)foreign);
  coap_endpoint_set_default_mtu(freed_endpoint, 1000);
  coap_endpoint_str(freed_endpoint);

  handles[0] = NULL;
  handles[1] = foreign;
  handles[2] = (void *)(uintptr_t)0x1001;
  for (i = 0; i < 4; i++) {
    handles[3] = freed_session;
    say("== a session that is %s", what_kind[i]);
    with_session((coap_session_t *)handles[i], context);
    handles[3] = freed_context;
    say("== a context that is %s", what_kind[i]);
    with_context((coap_context_t *)handles[i]);
    handles[3] = freed_resource;
    say("== a resource that is %s", what_kind[i]);
    with_resource((coap_resource_t *)handles[i], context);
    handles[3] = freed_async;
    say("== a delayed request that is %s", what_kind[i]);
    with_async((coap_async_t *)handles[i]);
    handles[3] = freed_entry;
    say("== a cache entry that is %s", what_kind[i]);
    with_cache_entry((coap_cache_entry_t *)handles[i]);
  }
  say("== one kind of handle for another");
  coap_session_release((coap_session_t *)(void *)context);
  coap_free_context((coap_context_t *)(void *)freed_session);
  say("the context lives: %d", coap_io_process(context, COAP_IO_NO_WAIT) >= 0);
  messages();
  refused_to_a_handler_that_asks_back();
  coap_free_context(context);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
