/* Smaller things that libcoap added after 4.3.5. */
#include "../support.h"

static coap_context_t *server, *client;
static int answers, notified;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static void
put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  size_t length = 0, offset = 0, total = 0, i, wrong = 0;
  const uint8_t *data;
  (void)resource, (void)session, (void)query;
  coap_get_data_large(pdu, &length, &data, &offset, &total);
  for (i = 0; i < length; i++)
    wrong += data[i] != (uint8_t)(i / 7);
  say("  put %zu bytes, %zu of them wrong", length, wrong);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

/* Resources come into being when somebody asks for them. */
static coap_resource_t *
create(coap_session_t *session, const coap_pdu_t *pdu) {
  coap_string_t *path = coap_get_uri_path(pdu);
  coap_resource_t *resource = NULL;
  say("  asked for /%.*s by a %s", (int)path->length, (const char *)path->s,
      session_type_name(coap_session_get_type(session)));
  if (path->s[0] == 'n') {
    resource = coap_resource_init(coap_new_str_const(path->s, path->length), COAP_RESOURCE_FLAGS_RELEASE_URI);
    coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  }
  coap_delete_string(path);
  return resource;
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_opt_iterator_t iterator;
  int code = coap_pdu_get_code(received);
  (void)session, (void)sent, (void)mid;
  if (coap_check_option(received, COAP_OPTION_OBSERVE, &iterator) || notified)
    notified++;
  if (!answers++ || code != COAP_RESPONSE_CODE_CONTENT)
    say("  answer %s", code_name(code));
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("  nack %s", nack_name(reason));
  answers++;
}

static void
ask(coap_session_t *session, const char *path) {
  answers = 0;
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, path));
  run_until(server, client, &answers, 5000);
}

static int
piece(coap_session_t *session, size_t max, size_t offset, uint8_t *data, size_t *length, void *fails_at) {
  size_t i;
  (void)session;
  if (fails_at && offset >= *(size_t *)fails_at)
    return 0;
  *length = max > 700 ? 700 : max; /* less than there could be */
  for (i = 0; i < *length; i++)
    data[i] = (uint8_t)((offset + i) / 7);
  return 1;
}

static void
released(coap_session_t *session, void *fails_at) {
  (void)session;
  say("  body released%s", fails_at ? " after it failed" : "");
}

static void
large(coap_session_t *session, size_t length, size_t *fails_at) {
  coap_pdu_t *pdu = request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "large");
  int added = coap_add_data_large_request_app(session, pdu, length, released, piece, fails_at);
  say("  %zu bytes: %d", length, added);
  if (!added) {
    coap_delete_pdu(pdu);
    return;
  }
  answers = 0;
  coap_send(session, pdu);
  run_until(server, client, &answers, 5000);
}

static void
print_list(const char *what, const coap_optlist_t *list) {
  char text[128] = "";
  for (; list; list = list->next)
    sprintf(text + strlen(text), " %u:%.*s", list->number, (int)list->length, (const char *)list->data);
  say("%s:%s", what, text);
}

static void
lists(void) {
  coap_upa_abbrev_t *no_mapping = NULL;
  coap_optlist_t *list = NULL;
  coap_uri_t uri;
  const uint8_t text[] = "coap://host/a/b?c", path[] = "d/e";
  coap_insert_optlist(&list, coap_new_optlist(15, 1, (const uint8_t *)"q"));
  coap_insert_optlist(&list, coap_new_optlist(11, 1, (const uint8_t *)"1"));
  coap_insert_optlist(&list, coap_new_optlist(3, 1, (const uint8_t *)"h"));
  coap_insert_optlist(&list, coap_new_optlist(11, 1, (const uint8_t *)"2"));
  say("sorted: %d", coap_sort_optlist(&list));
  print_list("list", list);
  coap_delete_optlist(list);
  list = NULL;
  say("an empty one: %d, none: %d", coap_sort_optlist(&list), coap_sort_optlist(NULL));
  coap_split_uri(text, sizeof text - 1, &uri);
  say("URI in full: %d", coap_uri_into_optlist_abbrev(&uri, NULL, &list, 1, no_mapping, 0));
  say("path in full: %d", coap_path_into_optlist_abbrev(path, sizeof path - 1, 11, &list, no_mapping, 0));
  print_list("list", list);
  coap_delete_optlist(list);
}

static void
addresses(void) {
  coap_address_t address = ipv6_address("fe80::1", 5683), four = ipv4_address("192.0.2.1", 61616);
  coap_address_clr_addr(&address);
  say("cleared: %s", address_text(&address));
  coap_address_clr_addr(&four);
  say("cleared: %s", address_text(&four));
  say("LLC: %d %d %d", coap_address_set_llc(&four, (const uint8_t *)"x", 1), coap_is_af_llc(&four),
      coap_host_is_llc(str("x")));
}

static void
shown_pdu(coap_session_t *session) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 0x1234, 100);
  (void)session;
  coap_add_data(pdu, 6, (const uint8_t *)"secret");
  coap_show_pdu(COAP_LOG_EMERG, pdu);
  coap_enable_pdu_data_output(0);
  coap_show_pdu(COAP_LOG_EMERG, pdu);
  coap_enable_pdu_data_output(1);
  fflush(stdout);
  coap_delete_pdu(pdu);
}

static void
pacing(coap_session_t *session) {
  long started = milliseconds();
  int i;
  coap_context_rate_limit_ppm(client, 600);
  answers = 1; /* not shown */
  for (i = 0; i < 4; i++)
    coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "new"));
  while (answers < 5 && milliseconds() - started < 5000)
    run_for(server, client, 5);
  coap_context_rate_limit_ppm(client, 0);
  say("four in 300 milliseconds or more: %d", answers == 5 && milliseconds() - started >= 300);
}

/* The end of a server that its client observes. */
static void
observed_end(int quiet) {
  coap_session_t *session;
  coap_resource_t *resource;
  coap_pdu_t *pdu;
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  resource = coap_resource_init(str("temp"), 0);
  coap_resource_set_get_observable(resource, 1);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  if (quiet)
    coap_context_set_shutdown_no_observe(server);
  session = connect_to(client, known_port);
  pdu = request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, NULL);
  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"temp");
  notified = answers = 0;
  coap_send(session, pdu);
  run_until(server, client, &notified, 5000);
  coap_free_context(server);
  run_for(client, NULL, 100);
  say("notified %d times", notified);
  coap_session_release(session);
}

int
main(void) {
  coap_session_t *session;
  coap_resource_t *resource;
  size_t failing = 700;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  lists();
  addresses();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_context_set_block_mode(client, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  listen_on_loopback(server);
  resource = coap_resource_init(str("large"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, put);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, answer);
  coap_register_nack_handler(client, nack);
  session = connect_to(client, known_port);
  shown_pdu(session);

  say("== dynamic resources, two at a time");
  coap_register_dynamic_resource_handler(server, create, 2);
  ask(session, "new");
  ask(session, "new");
  ask(session, "other");
  ask(session, "newer");
  ask(session, "newest");

  say("== bodies from a function");
  large(session, 10, NULL);
  large(session, 5000, NULL);
  large(session, 5000, &failing);
  say("== bodies of 2,000 bytes at most");
  coap_context_set_max_body_size(server, 2000);
  large(session, 2000, NULL);
  large(session, 2001, NULL);

  say("== packets that fail");
  say("set: %d, nonsense: %d", coap_debug_set_packet_fail("1"), coap_debug_set_packet_fail("x"));
  coap_session_set_ack_timeout(session, (coap_fixed_point_t){0, 100});
  ask(session, "new");
  say("repeated until it is sent");
  coap_debug_set_packet_fail("999999"); /* none that will come */
  say("== ten a second");
  pacing(session);
  coap_session_release(session);
  coap_free_context(server);
  say("== observers hear of the end, or do not");
  observed_end(0);
  observed_end(1);

  say("== not built");
  coap_context_set_session_reconnect_time(client, 1);
  coap_context_set_session_reconnect_time2(client, 1, 2);
  coap_call_home_stop_reconnecting(NULL);
  coap_register_block_data_handler(client, NULL);
  coap_upa_client_fallback(NULL, 0);
  coap_upa_server_mapping(NULL, 0);
  say("%d", coap_new_client_session_oscore3(client, NULL, NULL, COAP_PROTO_UDP, NULL, NULL, NULL, NULL) != NULL);
  say("%d", coap_new_client_session_oscore_psk3(client, NULL, NULL, COAP_PROTO_UDP, NULL, NULL, NULL, NULL, NULL) != NULL);
  say("%d", coap_new_client_session_oscore_pki3(client, NULL, NULL, COAP_PROTO_UDP, NULL, NULL, NULL, NULL, NULL) != NULL);
  coap_free_context(client);
  coap_cleanup();
  return 0;
}
