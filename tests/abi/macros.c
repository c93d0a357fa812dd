/*
 * Uses every macro with parameters and every inline function of the header once. Prints what is not as it should be.
 */
#include <coap3/coap.h>
#include <stdio.h>

#define EXPECT(condition) \
  do { \
    if (!(condition)) \
      printf("line %d: %s\n", __LINE__, #condition); \
  } while (0)

static int lines;

static void
count_line(coap_log_t level, const char *message) {
  (void)level;
  (void)message;
  lines++;
}

static void
strings(void) {
  uint8_t text[] = "abc";
  coap_string_t a, b;
  coap_binary_t c, d;

  COAP_SET_STR(&a, 3, text)
  COAP_SET_STR(&b, 2, text)
  EXPECT(a.length == 3 && a.s == text);
  EXPECT(coap_string_equal(&a, &a));
  EXPECT(!coap_string_equal(&a, &b));
  COAP_SET_STR(&c, 0, text)
  COAP_SET_STR(&d, 0, NULL)
  EXPECT(coap_binary_equal(&c, &d));
}

static void
numbers(void) {
  coap_uri_t uri;
  coap_option option = {COAP_OPTION_ETAG, 4};

  EXPECT(COAP_RESPONSE_CODE(404) == COAP_RESPONSE_CODE_NOT_FOUND);
  EXPECT(COAP_SIGNALING_CODE(705) == COAP_SIGNALING_CODE_ABORT);
  EXPECT(COAP_RESPONSE_CLASS(COAP_RESPONSE_CODE_NOT_FOUND) == 4);
  EXPECT(COAP_PROTO_NOT_RELIABLE(COAP_PROTO_UDP) && COAP_PROTO_NOT_RELIABLE(COAP_PROTO_DTLS));
  EXPECT(COAP_PROTO_RELIABLE(COAP_PROTO_TCP) && COAP_PROTO_RELIABLE(COAP_PROTO_WSS));
  EXPECT(!COAP_PROTO_RELIABLE(COAP_PROTO_UDP) && !COAP_PROTO_NOT_RELIABLE(COAP_PROTO_TLS));
  EXPECT(COAP_OPTION_KEY(option) == COAP_OPTION_ETAG && COAP_OPTION_LENGTH(option) == 4);
  EXPECT(COAP_OPTION_DATA(option) == (unsigned char *)&option + sizeof option);
  EXPECT(PCHAR(&option) == (coap_opt_t *)&option);
  EXPECT(COAP_PRINT_OUTPUT_LENGTH(COAP_PRINT_STATUS_TRUNC | 17U) == 17);

  memset(&uri, 0, sizeof uri);
  uri.scheme = COAP_URI_SCHEME_COAPS_WS;
  EXPECT(coap_uri_scheme_is_secure(&uri));
  uri.scheme = COAP_URI_SCHEME_COAP_TCP;
  EXPECT(!coap_uri_scheme_is_secure(&uri));
  EXPECT(!coap_uri_scheme_is_secure(NULL));

  EXPECT(coap_time_lt(1, 2) && !coap_time_lt(2, 2) && coap_time_le(2, 2) && !coap_time_le(3, 2));
  EXPECT(coap_time_lt((coap_tick_t)-1, 5)); /* the clock wrapped in between */
  EXPECT(coap_more_blocks(17, 0, 0) && !coap_more_blocks(16, 0, 0) && !coap_more_blocks(1024, 0, 6));
}

/* A block option as it stands in a PDU: delta 0, one byte, block 1, more, 64 bytes. */
static void
blocks(void) {
  static const coap_opt_t block[] = {0x01, 0x1A};
  static const coap_opt_t empty[] = {0x00};

  EXPECT(COAP_OPT_BLOCK_LAST(block) == block + 1);
  EXPECT(COAP_OPT_BLOCK_END_BYTE(block) == 0x1A && COAP_OPT_BLOCK_END_BYTE(empty) == 0);
  EXPECT(COAP_OPT_BLOCK_MORE(block) && !COAP_OPT_BLOCK_MORE(empty));
  EXPECT(COAP_OPT_BLOCK_SZX(block) == 2);
}

static void
logging(void) {
  coap_set_log_handler(count_line);
  coap_set_log_level(COAP_LOG_ERR);
  coap_log_emerg("%s\n", "a line");
  coap_log_alert("%s\n", "a line");
  coap_log_crit("%s\n", "a line");
  coap_log_err("a line\n");
  EXPECT(lines == 4);
  coap_log_warn("not at this level\n");
  coap_log_notice("not at this level\n");
  coap_log_info("not at this level\n");
  coap_log_debug("not at this level\n");
  coap_log_oscore("not at this level\n");
  coap_no_log();
  EXPECT(lines == 4);
  coap_log(COAP_LOG_CRIT, "%d\n", 5);
  EXPECT(lines == 5);
  coap_dtls_set_log_level(COAP_LOG_WARN);
  coap_dtls_log(COAP_LOG_INFO, "not at this level\n");
  EXPECT(lines == 5);
  coap_dtls_log(COAP_LOG_ERR, "%s\n", "a line");
  EXPECT(lines == 6);
  coap_set_log_handler(NULL);
}

/* Each stands for another function; that it takes these arguments is for the compiler to see. */
static void
names(coap_context_t *context, coap_session_t *session, coap_pdu_t *pdu) {
  coap_address_t address;
  coap_opt_filter_t filter;
  uint8_t number[4];
  unsigned int sockets;
  void *memory = coap_malloc(17);

  EXPECT(memory != NULL);
  coap_free(memory);
  coap_address_init(&address);
  address.addr.sa.sa_family = AF_INET;
  EXPECT(coap_address_isany(&address));

  memset(&filter, 0, sizeof filter);
  EXPECT(coap_option_setb(&filter, 12) == 1 && coap_option_getb(&filter, 12) == 1);
  EXPECT(coap_option_clrb(&filter, 12) == 1 && coap_option_getb(&filter, 12) == 0);
  EXPECT(coap_encode_var_bytes(number, 0x0102) == 2 && number[0] == 1 && number[1] == 2);

  if (context) {
    coap_join_mcast_group(context, "224.0.1.187");
    coap_run_once(context, COAP_IO_NO_WAIT);
    coap_write(context, NULL, 0, &sockets, 0);
    coap_read(context, 0);
    coap_send_large(session, pdu);
    coap_send_rst(session, pdu);
  }
}

int
main(void) {
  coap_startup();
  strings();
  numbers();
  blocks();
  logging();
  names(NULL, NULL, NULL);
  coap_cleanup();
  return 0;
}
