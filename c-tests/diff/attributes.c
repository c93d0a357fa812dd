/* coap_attribute(3), coap_print_link() and /.well-known/core with its filters. */
#include "../support.h"

static int answers;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

/* The links in a fixed order: which resource comes first is nobody's promise. */
static int
by_text(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  char text[1500], *links[32], *at;
  size_t length = 0, count = 0, i;
  const uint8_t *data = NULL;
  coap_opt_iterator_t iterator;
  coap_opt_t *format = coap_check_option(received, COAP_OPTION_CONTENT_FORMAT, &iterator);
  (void)session, (void)sent, (void)mid;
  say("client: %s, content format %d", code_name(coap_pdu_get_code(received)),
      format ? (int)coap_decode_var_bytes(coap_opt_value(format), coap_opt_length(format)) : -1);
  answers++;
  if (!coap_get_data(received, &length, &data))
    return COAP_RESPONSE_OK;
  memcpy(text, data, length);
  text[length] = 0;
  for (at = strtok(text, ","); at && count < 32; at = strtok(NULL, ","))
    links[count++] = at;
  qsort(links, count, sizeof *links, by_text);
  for (i = 0; i < count; i++)
    say("client:   %s", links[i]);
  return COAP_RESPONSE_OK;
}

static void
print_links(const coap_resource_t *resource, size_t room, size_t start) {
  unsigned char buffer[200];
  size_t length = room, offset = start;
  coap_print_status_t status = coap_print_link(resource, buffer, &length, &offset);
  memset(buffer, 0, sizeof buffer);
  length = room;
  offset = start;
  status = coap_print_link(resource, buffer, &length, &offset);
  say("room %zu from %zu: printed %u, error %d, truncated %d, length %zu, offset %zu: %.*s", room, start,
      COAP_PRINT_OUTPUT_LENGTH(status), (status & COAP_PRINT_STATUS_ERROR) != 0,
      (status & COAP_PRINT_STATUS_TRUNC) != 0, length, offset, (int)COAP_PRINT_OUTPUT_LENGTH(status), buffer);
}

static void
print_value(coap_resource_t *resource, const char *name) {
  coap_attr_t *attribute = coap_find_attr(resource, str(name));
  coap_str_const_t *value = attribute ? coap_attr_get_value(attribute) : NULL;
  if (!attribute)
    say("%s: no such attribute", name);
  else if (!value)
    say("%s: without value", name);
  else
    say("%s: %.*s", name, (int)value->length, (const char *)value->s);
}

int
main(void) {
  static const char *const filters[] = {NULL, "rt=light", "rt=li*", "rt=*", "rt=sensor", "if=core.s", "if=core*",
                                        "href=/a", "href=/a*", "href=*", "href=/a/b", "title=A*", "title=A Lamp",
                                        "ct=0", "sz=*", "none=x", "rt", "=", "rt=", "obs", "obs=*", "href=/", "rt=light&if=core.s"};
  coap_context_t *server, *client;
  coap_session_t *session;
  coap_resource_t *a, *b, *c, *plain;
  size_t i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  coap_register_response_handler(client, answer);
  session = connect_to(client, known_port);

  a = coap_resource_init(str("a"), 0);
  coap_register_request_handler(a, COAP_REQUEST_GET, get);
  say("added: %d", coap_add_attr(a, str("rt"), str("\"light\""), 0) != NULL);
  coap_add_attr(a, str("if"), str("\"core.s core.a\""), 0);
  coap_add_attr(a, str("title"), str("\"A Lamp\""), 0);
  coap_add_attr(a, str("ct"), str("0"), 0);
  b = coap_resource_init(str("a/b"), 0);
  coap_register_request_handler(b, COAP_REQUEST_GET, get);
  coap_add_attr(b, coap_new_str_const((const uint8_t *)"rt", 2), coap_new_str_const((const uint8_t *)"\"light sensor\"", 14),
                COAP_ATTR_FLAGS_RELEASE_NAME | COAP_ATTR_FLAGS_RELEASE_VALUE);
  coap_add_attr(b, str("flag"), NULL, 0);
  coap_add_attr(b, str("sz"), str("70000"), 0);
  c = coap_resource_init(str("c"), 0);
  coap_register_request_handler(c, COAP_REQUEST_GET, get);
  coap_add_attr(c, str("rt"), str("unquoted"), 0);
  coap_resource_set_get_observable(c, 1);
  plain = coap_resource_init(str("plain"), 0);
  coap_register_request_handler(plain, COAP_REQUEST_PUT, get);

  say("== values");
  print_value(a, "rt");
  print_value(a, "title");
  print_value(a, "nothing");
  print_value(b, "rt");
  print_value(b, "flag");
  coap_add_attr(a, str("rt"), str("\"second\""), 0);
  print_value(a, "rt");

  say("== printed");
  print_links(a, 199, 0);
  print_links(b, 199, 0);
  print_links(c, 199, 0);
  print_links(plain, 199, 0);
  print_links(b, 10, 0);
  print_links(b, 10, 10);
  print_links(b, 10, 30);
  print_links(b, 199, 30);
  print_links(b, 0, 0);
  print_links(b, 199, 199);

  coap_add_resource(server, a);
  coap_add_resource(server, b);
  coap_add_resource(server, c);
  coap_add_resource(server, plain);
  say("== discovered");
  for (i = 0; i < sizeof filters / sizeof *filters; i++) {
    coap_pdu_t *pdu = request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, ".well-known/core");
    say("-- filter %s", filters[i] ? filters[i] : "none");
    if (filters[i])
      coap_add_option(pdu, COAP_OPTION_URI_QUERY, strlen(filters[i]), (const uint8_t *)filters[i]);
    answers = 0;
    coap_send(session, pdu);
    run_until(server, client, &answers, 2000);
  }
  say("-- other methods");
  for (i = 2; i <= 4; i++) {
    answers = 0;
    coap_send(session, request(session, COAP_MESSAGE_CON, (coap_pdu_code_t)i, ".well-known/core"));
    run_until(server, client, &answers, 2000);
  }
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
