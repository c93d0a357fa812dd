/* coap_block(3): block options and blocks of a body, message by message. */
#include <coap3/coap.h>

#include <stdio.h>
#include <string.h>

static uint8_t body[5000];

static void
show(const char *title, int result, const coap_pdu_t *pdu) {
  coap_opt_iterator_t walk;
  coap_opt_t *option;
  size_t length = 0, i;
  const uint8_t *data;

  printf("%s: %d, code %d", title, result, coap_pdu_get_code(pdu));
  coap_option_iterator_init(pdu, &walk, COAP_OPT_ALL);
  while ((option = coap_option_next(&walk))) {
    printf(" [%u", walk.number);
    for (i = 0; i < coap_opt_length(option); i++)
      printf(" %02x", coap_opt_value(option)[i]);
    printf("]");
  }
  if (coap_get_data(pdu, &length, &data))
    printf(" %zu bytes %02x..%02x", length, data[0], data[length - 1]);
  printf("\n");
}

static coap_pdu_t *
message(coap_pdu_code_t code, size_t size, unsigned number, unsigned num, unsigned more, unsigned szx) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, code, 1, size);
  uint8_t value[4];
  coap_add_token(pdu, 4, (const uint8_t *)"tokn");
  if (number)
    coap_add_option(pdu, (coap_option_num_t)number,
                    coap_encode_var_safe(value, sizeof value, num << 4 | more << 3 | szx), value);
  return pdu;
}

static void
reading(void) {
  static const struct {
    size_t length;
    uint8_t value[5];
  } rows[] = {{0, {0}}, {1, {0x08}}, {1, {0x16}}, {1, {0x0e}}, {2, {0x01, 0x22}}, {3, {0xff, 0xff, 0xfe}},
              {3, {0xff, 0xff, 0xf0}}, {1, {0x07}}, {1, {0x0f}}, {4, {0xff, 0xff, 0xff, 0x08}}};
  size_t i;

  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);
    coap_opt_iterator_t walk;
    coap_block_t block;
    coap_block_b_t block_b;
    coap_add_option(pdu, COAP_OPTION_BLOCK2, rows[i].length, rows[i].value);
    if (coap_get_block(pdu, COAP_OPTION_BLOCK2, &block))
      printf("%zu: num %u more %u szx %u", i, block.num, block.m, block.szx);
    else
      printf("%zu: none", i);
    if (coap_get_block_b(NULL, pdu, COAP_OPTION_BLOCK2, &block_b))
      printf(", num %u more %u szx %u aszx %u defined %u bert %u chunk %u", block_b.num, block_b.m, block_b.szx,
             block_b.aszx, block_b.defined, block_b.bert, block_b.chunk_size);
    printf(", number %u", coap_opt_block_num(coap_check_option(pdu, COAP_OPTION_BLOCK2, &walk)));
    printf(", other %d\n", coap_get_block(pdu, COAP_OPTION_BLOCK1, &block));
    coap_delete_pdu(pdu);
  }
}

static void
writing(void) {
  static const struct {
    size_t size, body;
    unsigned num, szx;
  } rows[] = {{1152, 5000, 0, 6}, {1152, 5000, 4, 6}, {1152, 5000, 5, 6}, {1152, 1024, 0, 6}, {1152, 1025, 0, 6},
              {1152, 5000, 2, 2}, {1152, 0, 0, 2}, {1152, 16, 1, 0}, {1152, 17, 1, 0}, {10, 5000, 0, 0}};
  size_t i;

  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    coap_pdu_t *pdu = message(COAP_REQUEST_CODE_PUT, rows[i].size, 0, 0, 0, 0);
    coap_block_t block = {rows[i].num, 0, rows[i].szx};
    coap_block_b_t block_b;
    int result = coap_write_block_opt(&block, COAP_OPTION_BLOCK1, pdu, rows[i].body);
    show("write", result, pdu);
    memset(&block_b, 0, sizeof block_b);
    block_b.num = rows[i].num;
    block_b.szx = rows[i].szx;
    result = coap_write_block_b_opt(NULL, &block_b, COAP_OPTION_BLOCK1, pdu, rows[i].body);
    if (result == 1)
      printf("  num %u more %u szx %u aszx %u chunk %u\n", block_b.num, block_b.m, block_b.szx, block_b.aszx,
             block_b.chunk_size);
    show("write again", result, pdu);
    result = coap_add_block(pdu, rows[i].body, body, rows[i].num, (unsigned char)rows[i].szx);
    show("add", result, pdu);
    coap_delete_pdu(pdu);
    pdu = message(COAP_REQUEST_CODE_PUT, rows[i].size, 0, 0, 0, 0);
    show("add b", coap_add_block_b_data(pdu, rows[i].body, body, &block_b), pdu);
    coap_delete_pdu(pdu);
  }
}

static void
responses(void) {
  static const struct {
    unsigned asked, num, szx;
    size_t size, body;
    int maxage;
  } rows[] = {{0, 0, 0, 1152, 10, -1}, {0, 0, 0, 1152, 10, 60}, {0, 0, 0, 1152, 5000, 1}, {1, 0, 6, 1152, 10, 0},
              {1, 0, 6, 1152, 5000, 5}, {1, 2, 4, 1152, 5000, 5}, {1, 19, 4, 1152, 5000, -1}, {1, 20, 4, 1152, 5000, -1},
              {1, 1, 6, 1152, 1024, -1}, {1, 0, 0, 1152, 0, -1}, {0, 0, 0, 1152, 0, 7}, {1, 0, 0, 30, 100, -1}};
  size_t i;

  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    coap_pdu_t *request = message(COAP_REQUEST_CODE_GET, 1152, rows[i].asked ? COAP_OPTION_BLOCK2 : 0, rows[i].num, 0,
                                  rows[i].szx);
    coap_pdu_t *response = message(COAP_EMPTY_CODE, rows[i].size, 0, 0, 0, 0);
    if (i == 11) /* not even the smallest block fits */
      coap_add_option(response, COAP_OPTION_IF_MATCH, 8, body);
    coap_add_data_blocked_response(request, response, COAP_MEDIATYPE_APPLICATION_JSON, rows[i].maxage, rows[i].body, body);
    show("response", (int)i, response);
    coap_delete_pdu(request);
    coap_delete_pdu(response);
  }
}

static void
building(void) {
  coap_binary_t *built = NULL;
  size_t i;

  for (i = 0; i < 5; i++) {
    built = coap_block_build_body(built, 1000, body + 1000 * i, 1000 * i, 5000);
    printf("built: %zu %d\n", built->length, memcmp(built->s, body, 1000 * (i + 1)));
  }
  coap_delete_binary(built);
  built = NULL;
  for (i = 0; i < 5; i++) {
    built = coap_block_build_body(built, 1000, body + 1000 * i, 1000 * i, 10);
    printf("built: %zu %d\n", built->length, memcmp(built->s, body, 1000 * (i + 1)));
  }
  coap_delete_binary(built);
  printf("nothing: %d %d\n", coap_block_build_body(NULL, 0, NULL, 0, 10) == NULL,
         coap_block_build_body(NULL, 10, body, 0, 0) == NULL);
}

int
main(void) {
  size_t i;

  for (i = 0; i < sizeof body; i++)
    body[i] = (uint8_t)(i / 16);
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  reading();
  writing();
  responses();
  building();
  coap_cleanup();
  return 0;
}
