/* coap_pdu_setup(3), coap_pdu_access(3): messages made, read and parsed without a session. */
#include <coap3/coap.h>

#include <stdio.h>
#include <string.h>

static void
show(const char *title, const coap_pdu_t *pdu) {
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  size_t length = 99, offset = 99, total = 99, i;
  const uint8_t *data = (const uint8_t *)"?";
  int found = coap_get_data(pdu, &length, &data);

  printf("%s: type %d code %d mid %d token", title, coap_pdu_get_type(pdu), coap_pdu_get_code(pdu),
         coap_pdu_get_mid(pdu));
  for (i = 0; i < token.length && i < 16; i++)
    printf(" %02x", token.s[i]);
  printf(" (%zu), data %d \"%.*s\" %d\n", token.length, found, (int)(length < 20 ? length : 20),
         length ? (const char *)data : "", data == NULL);
  found = coap_get_data_large(pdu, &length, &data, &offset, &total);
  printf("  large: %d length %zu offset %zu total %zu\n", found, length, offset, total);
}

static void
setup(void) {
  static uint8_t bytes[70000];
  static const size_t sizes[] = {0, 1, 8, 12, 13, 14, 268, 269, 270, 65804, 65805};
  coap_pdu_t *pdu;
  uint8_t *place;
  size_t i;

  memset(bytes, 'z', sizeof bytes);
  for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_REQUEST_CODE_POST, 65535, 0);
    printf("token of %zu: %d\n", sizes[i], coap_add_token(pdu, sizes[i], bytes));
    if (sizes[i] <= 65804)
      show("  so", pdu);
    coap_delete_pdu(pdu);
  }
  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, 30);
  show("fresh", pdu);
  coap_pdu_set_code(pdu, COAP_RESPONSE_CODE_CONTENT);
  coap_pdu_set_type(pdu, COAP_MESSAGE_ACK);
  coap_pdu_set_mid(pdu, 4711);
  printf("empty token: %d\n", coap_add_token(pdu, 0, NULL));
  printf("token: %d\n", coap_add_token(pdu, 2, bytes));
  printf("token again: %d\n", coap_add_token(pdu, 2, bytes));
  printf("no data: %d\n", coap_add_data(pdu, 0, NULL));
  printf("nothing after: %d\n", coap_add_data_after(pdu, 0) == NULL);
  show("before data", pdu);
  printf("too much: %d\n", coap_add_data(pdu, 28, bytes));
  printf("just right: %d\n", coap_add_data(pdu, 27, bytes));
  printf("again: %d %d\n", coap_add_data(pdu, 1, bytes), coap_add_data_after(pdu, 1) == NULL);
  show("full", pdu);
  coap_delete_pdu(pdu);
  pdu = coap_pdu_init(COAP_MESSAGE_RST, COAP_EMPTY_CODE, 1, 30);
  place = coap_add_data_after(pdu, 5);
  memcpy(place, "after", 5);
  show("after", pdu);
  coap_delete_pdu(pdu);
  coap_delete_pdu(NULL);
  printf("token of no PDU: %d\n", coap_add_token(NULL, 0, NULL));
}

static void
parsing(void) {
  static const struct {
    const char *title, *bytes;
    size_t length;
  } rows[] = {
      {"nothing", "", 0},
      {"cut header", "\x40\x01\x12", 3},
      {"ping", "\x40\x00\x12\x34", 4},
      {"empty but not empty", "\x40\x00\x12\x34\xff\x01", 6},
      {"get", "\x44\x01\x12\x34tokn\xb3" "abc\x03" "def", 16},
      {"with data", "\x51\x02\x00\x01t\xff" "data", 10},
      {"marker only", "\x50\x02\x00\x01\xff", 5},
      {"other version", "\x80\x01\x00\x01", 4},
      {"cut token", "\x48\x01\x00\x01tok", 7},
      {"token length 15", "\x4f\x01\x00\x01\x00", 5},
      {"extended token", "\x4d\x01\x00\x01\x00" "1234567890123", 18},
      {"cut option", "\x40\x01\x00\x01\xb5" "ab", 7},
      {"delta 15", "\x40\x01\x00\x01\xf1" "a", 6},
      {"length 15", "\x40\x01\x00\x01\x1f" "a", 6},
      {"numbers overflow", "\x40\x01\x00\x01\xe0\xfe\xf2\xe0\x00\x00", 10},
      {"too long Uri-Port", "\x40\x01\x00\x01\x73" "abc", 8},
      {"empty Uri-Host", "\x40\x01\x00\x01\x30", 5},
      {"unknown option", "\x40\x01\x00\x01\xd3\xf4" "abc", 9},
  };
  size_t i;

  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, 64);
    int parsed = coap_pdu_parse(COAP_PROTO_UDP, (const uint8_t *)rows[i].bytes, rows[i].length, pdu);
    printf("%s: %d\n", rows[i].title, parsed);
    if (parsed)
      show("  ", pdu);
    coap_delete_pdu(pdu);
  }
}

static void
phrases(void) {
  unsigned code;
  for (code = 0; code < 256; code++)
    if (coap_response_phrase((unsigned char)code))
      printf("%u.%02u %s\n", code >> 5, code & 31, coap_response_phrase((unsigned char)code));
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  setup();
  parsing();
  phrases();
  coap_cleanup();
  return 0;
}
