/* Functions that libcoap 4.3.5 added: options of a URI, proxies, levels, resets, counted memory. */
#include "../support.h"

static void
show(coap_optlist_t *list) {
  coap_optlist_t *option;
  for (option = list; option; option = option->next)
    say("  option %u: \"%.*s\"", option->number, (int)option->length, (const char *)option->data);
  coap_delete_optlist(list);
}

static void
into_options(const char *text) {
  coap_optlist_t *list = NULL;
  say("query %s: %d", text, coap_query_into_optlist((const uint8_t *)text, strlen(text), COAP_OPTION_URI_QUERY, &list));
  show(list);
}

static void
path_into_options(const char *text) {
  coap_optlist_t *list = NULL;
  say("path %s: %d", text, coap_path_into_optlist((const uint8_t *)text, strlen(text), COAP_OPTION_URI_PATH, &list));
  show(list);
}

static void
uri_into_options(const char *text, const char *host) {
  coap_address_t address = ipv4_address(host, 5683);
  coap_optlist_t *list = NULL;
  coap_uri_t uri;
  say("%s: %d", text, coap_split_uri((const uint8_t *)text, strlen(text), &uri));
  say("into options: %d", coap_uri_into_optlist(&uri, &address, &list, 1));
  show(list);
}

static void
counted(coap_log_t level, const char *message) {
  if (strstr(message, " OPTLIST"))
    say("level %d: %s", level, strstr(message, "OPTLIST"));
}

static void
levels(void) {
  int level;
  for (level = COAP_LOG_EMERG; level <= COAP_LOG_DTLS_BASE; level++)
    say("level %d: %s", level, coap_log_level_desc((coap_log_t)level));
}

static void
reset(void) {
  uint16_t port;
  int fd = raw_peer(&port);
  coap_context_t *context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_session_t *session = connect_to(context, port);
  coap_pdu_t *got = (coap_pdu_t *)need(coap_pdu_init(COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, 0x1234, 64), "no PDU");
  datagram_t datagram;
  say("reset sent: %d", coap_send_rst(session, got) != COAP_INVALID_MID);
  datagram = raw_receive(fd, context, 2000);
  print_datagram("peer: got", &datagram);
  say("of the message: %d", datagram_mid(&datagram) == 0x1234);
  coap_delete_pdu(got);
  coap_session_release(session);
  coap_free_context(context);
  close(fd);
}

int
main(void) {
  coap_startup();
  into_options("a=b&c");
  into_options("one");
  into_options("%41%26b&x%20y");
  path_into_options("a/b");
  path_into_options("a/./b/../c%2f");
  uri_into_options("coap://127.0.0.1/a/b?c&d", "127.0.0.1");
  uri_into_options("coap://name:17218/a%2fb?c=%26", "127.0.0.1");
  say("a proxy for coap: %d", coap_verify_proxy_scheme_supported(COAP_URI_SCHEME_COAP));
  levels();
  reset();
  coap_set_log_handler(counted);
  coap_dump_memory_type_counts(COAP_LOG_WARN);
  coap_cleanup();
  return 0;
}
