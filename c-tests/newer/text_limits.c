/* Text that RFCs allow or forbid where libcoap does not: URIs, queries, lengths of options, filters of the listing. */
#include <coap3/coap.h>

#include <stdio.h>
#include <string.h>

static void
split(const char *title, const char *text, size_t length) {
  coap_uri_t uri;
  int result = coap_split_uri((const uint8_t *)text, length, &uri);

  printf("%s: %d", title, result);
  if (result >= 0)
    printf(" port %u host %zu path %zu query %zu", uri.port, uri.host.length, uri.path.length, uri.query.length);
  printf("\n");
}

static void
uris(void) {
  char long_host[7 + 256] = "coap://";

  memset(long_host + 7, 'h', 256);
  split("no path before the query", "coap://h?q", 10);
  split("scheme in upper case", "COAP://h", 8);
  split("NUL in the host", "coap://a\0b/", 11);
  split("NUL in the path", "coap://h/a\0b", 12);
  split("host of 255 bytes", long_host, 7 + 255);
  split("host of 256 bytes", long_host, 7 + 256);
}

static void
ampersand(void) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);
  coap_string_t *query;

  coap_add_option(pdu, COAP_OPTION_URI_QUERY, 3, (const uint8_t *)"a&b");
  coap_add_option(pdu, COAP_OPTION_URI_QUERY, 1, (const uint8_t *)"c");
  query = coap_get_query(pdu);
  printf("arguments a&b and c: %.*s\n", (int)query->length, (const char *)query->s);
  coap_delete_string(query);
  coap_delete_pdu(pdu);
}

/* Whether a received message with such an option counts as one. */
static void
parsed(const char *title, uint16_t number, size_t length) {
  static const uint8_t value[300];
  uint8_t datagram[310] = {0x40, 0x01, 0, 1};
  size_t size = coap_opt_encode(datagram + 4, sizeof datagram - 4, number, value, length);
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, 400);

  printf("%s of %zu bytes: %d\n", title, length, coap_pdu_parse(COAP_PROTO_UDP, datagram, size + 4, pdu));
  coap_delete_pdu(pdu);
}

static void
listing(coap_context_t *context, const char *filter) {
  coap_string_t *query = coap_new_string(strlen(filter));
  uint8_t text[100];
  size_t length = sizeof text;
  coap_print_status_t status;

  memcpy(query->s, filter, strlen(filter));
  status = coap_print_wellknown(context, text, &length, 0, query);
  printf("%s: %.*s\n", filter, (int)COAP_PRINT_OUTPUT_LENGTH(status), (const char *)text);
  coap_delete_string(query);
}

static void
filters(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_resource_t *lamp = coap_resource_init(coap_make_str_const("lamp"), 0);

  coap_add_attr(lamp, coap_make_str_const("rt"), coap_make_str_const("\"red lamp\""), 0);
  coap_add_resource(context, lamp);
  listing(context, "rt=red");
  listing(context, "rt=lam*");
  listing(context, "rt=red lamp");
  listing(context, "rt=red l*");
  coap_free_context(context);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  uris();
  ampersand();
  parsed("Uri-Query", COAP_OPTION_URI_QUERY, 0);
  parsed("Uri-Query", COAP_OPTION_URI_QUERY, 255);
  parsed("Uri-Query", COAP_OPTION_URI_QUERY, 256);
  parsed("Uri-Port", COAP_OPTION_URI_PORT, 3);
  parsed("Echo", COAP_OPTION_ECHO, 0);
  parsed("Echo", COAP_OPTION_ECHO, 40);
  parsed("Echo", COAP_OPTION_ECHO, 41);
  filters();
  coap_cleanup();
  return 0;
}
