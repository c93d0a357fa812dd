/* coap_logging(3): levels, the handler, what a shown PDU looks like. */
#include "../support.h"

static int lines;

static void
handler(coap_log_t level, const char *message) {
  size_t length = strlen(message);
  lines++;
  say("handler: level %d: %.*s%s", (int)level, (int)(length && message[length - 1] == '\n' ? length - 1 : length),
      masked(message), length && message[length - 1] == '\n' ? " (newline)" : "");
}

static void
quiet(coap_log_t level, const char *message) {
  (void)level, (void)message;
  lines++;
}

static coap_pdu_t *
example(coap_session_t *session, int number) {
  static const uint8_t token[] = {0xca, 0xfe, 0xba, 0xbe}, etag[] = {0x01, 0xff, 0x7f},
                       odd[] = {'a', 'b', 0, 0x80, '"', '\\', 'z'};
  uint8_t value[4];
  coap_pdu_t *pdu = coap_pdu_init(number % 2 ? COAP_MESSAGE_NON : COAP_MESSAGE_CON,
                                  number < 4 ? COAP_REQUEST_CODE_GET : COAP_RESPONSE_CODE_CONTENT,
                                  (uint16_t)(0x1234 + number), coap_session_max_pdu_size(session));
  if (number > 0)
    coap_add_token(pdu, sizeof token, token);
  switch (number) {
  case 2:
    coap_add_option(pdu, COAP_OPTION_IF_MATCH, sizeof etag, etag);
    coap_add_option(pdu, COAP_OPTION_URI_HOST, 9, (const uint8_t *)"localhost");
    coap_add_option(pdu, COAP_OPTION_IF_NONE_MATCH, 0, NULL);
    coap_add_option(pdu, COAP_OPTION_OBSERVE, coap_encode_var_safe(value, 4, 0), value);
    coap_add_option(pdu, COAP_OPTION_URI_PORT, coap_encode_var_safe(value, 4, 61616), value);
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 3, (const uint8_t *)"a b");
    coap_add_option(pdu, COAP_OPTION_URI_PATH, sizeof odd, odd);
    coap_add_option(pdu, COAP_OPTION_URI_QUERY, 5, (const uint8_t *)"k=v&w");
    coap_add_option(pdu, COAP_OPTION_HOP_LIMIT, coap_encode_var_safe(value, 4, 16), value);
    coap_add_option(pdu, COAP_OPTION_ACCEPT, coap_encode_var_safe(value, 4, COAP_MEDIATYPE_APPLICATION_JSON), value);
    coap_add_option(pdu, COAP_OPTION_PROXY_URI, 10, (const uint8_t *)"coap://h/x");
    coap_add_option(pdu, COAP_OPTION_PROXY_SCHEME, 4, (const uint8_t *)"coap");
    coap_add_option(pdu, COAP_OPTION_ECHO, sizeof etag, etag);
    coap_add_option(pdu, COAP_OPTION_NORESPONSE, coap_encode_var_safe(value, 4, 26), value);
    coap_add_option(pdu, COAP_OPTION_RTAG, sizeof etag, etag);
    break;
  case 3:
    coap_add_option(pdu, COAP_OPTION_BLOCK2, coap_encode_var_safe(value, 4, 5 << 4 | 2), value);
    coap_add_option(pdu, COAP_OPTION_BLOCK1, coap_encode_var_safe(value, 4, 7 << 4 | 8 | 6), value);
    coap_add_option(pdu, 65000, sizeof odd, odd);
    break;
  case 4:
    coap_add_option(pdu, COAP_OPTION_ETAG, sizeof etag, etag);
    coap_add_option(pdu, COAP_OPTION_LOCATION_PATH, 3, (const uint8_t *)"new");
    coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 0, NULL);
    coap_add_option(pdu, COAP_OPTION_MAXAGE, coap_encode_var_safe(value, 4, 60), value);
    coap_add_option(pdu, COAP_OPTION_LOCATION_QUERY, 3, (const uint8_t *)"q=1");
    coap_add_option(pdu, COAP_OPTION_SIZE2, coap_encode_var_safe(value, 4, 70000), value);
    coap_add_data(pdu, 5, (const uint8_t *)"hello");
    break;
  case 5:
    coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT,
                    coap_encode_var_safe(value, 4, COAP_MEDIATYPE_APPLICATION_OCTET_STREAM), value);
    coap_add_data(pdu, sizeof odd, odd);
    break;
  case 6:
    coap_add_data(pdu, sizeof odd, odd);
    break;
  default:
    break;
  }
  return pdu;
}

int
main(void) {
  coap_context_t *context;
  coap_session_t *session;
  char long_text[400];
  int level, number, output;

  coap_startup();
  say("default level %d", (int)coap_get_log_level());
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  session = connect_to(context, 9);
  coap_set_log_handler(handler);

  say("== levels");
  for (level = 0; level <= 7; level++) {
    coap_set_log_level((coap_log_t)level);
    say("level %d set: %d", level, (int)coap_get_log_level());
    coap_log_emerg("emerg %d\n", level);
    coap_log_alert("alert %d\n", level);
    coap_log_crit("crit %d\n", level);
    coap_log_err("err %d\n", level);
    coap_log_warn("warn %d\n", level);
    coap_log_notice("notice %d\n", level);
    coap_log_info("info %d\n", level);
    coap_log_debug("debug %d\n", level);
  }
  coap_log(COAP_LOG_ERR, "%s %d %c %5.2f %%\n", "format", -7, 'x', 1.5);
  coap_log(COAP_LOG_ERR, "without newline");
  memset(long_text, 'y', sizeof long_text);
  long_text[sizeof long_text - 1] = 0;
  coap_log(COAP_LOG_ERR, "%s\n", long_text);
  coap_dtls_set_log_level(COAP_LOG_ERR);
  say("dtls level set: %d", (int)coap_dtls_get_log_level());

  for (output = 0; output < 2; output++) {
    say("== PDUs shown through %s", output ? "the log" : "printf");
    coap_set_show_pdu_output(!output);
    for (number = 0; number < 7; number++) {
      coap_pdu_t *pdu = example(session, number);
      for (level = 6; level <= 7; level++) {
        coap_set_log_level((coap_log_t)level);
        say("-- example %d at level %d", number, level);
        coap_show_pdu(COAP_LOG_INFO, pdu);
      }
      coap_set_log_level(COAP_LOG_WARN);
      coap_show_pdu(COAP_LOG_INFO, pdu);
      coap_delete_pdu(pdu);
    }
  }

  say("== without a handler again");
  coap_set_log_handler(quiet);
  coap_set_log_level(COAP_LOG_ERR);
  lines = 0;
  coap_log_err("counted\n");
  coap_log_warn("not counted\n");
  say("lines %d", lines);
  coap_set_log_handler(NULL);
  coap_set_log_level(COAP_LOG_EMERG);
  coap_log_err("nowhere\n");
  say("lines %d", lines);
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
