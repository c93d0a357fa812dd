/* coap_pdu_access(3), coap_pdu_setup(3): options in a PDU, as bytes, in sets and in lists. */
#include <coap3/coap.h>

#include <stdio.h>
#include <string.h>

static void
show_bytes(size_t length, const uint8_t *bytes) {
  size_t i;
  for (i = 0; i < length; i++)
    printf(" %02x", bytes[i]);
  printf("\n");
}

static void
show_option(const coap_opt_iterator_t *walk, const coap_opt_t *option) {
  printf("  %u size %zu length %u:", walk->number, coap_opt_size(option), coap_opt_length(option));
  show_bytes(coap_opt_length(option) > 20 ? 20 : coap_opt_length(option), coap_opt_value(option));
}

static void
show_all(const char *title, const coap_pdu_t *pdu, const coap_opt_filter_t *filter) {
  coap_opt_iterator_t walk;
  coap_opt_t *option;
  coap_opt_iterator_t *started = coap_option_iterator_init(pdu, &walk, filter);
  printf("%s: %s\n", title, started ? started == &walk ? "walk" : "other" : "null");
  while ((option = coap_option_next(&walk)))
    show_option(&walk, option);
  printf("  end: %p, bad %d, filtered %d\n", (void *)coap_option_next(&walk), walk.bad, walk.filtered);
}

static void
add(coap_pdu_t *pdu, unsigned number, const char *value) {
  printf("add %u: %zu\n", number, coap_add_option(pdu, (coap_option_num_t)number, strlen(value), (const uint8_t *)value));
}

static void
in_a_pdu(void) {
  static char longer[400];
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 7, 1000);
  coap_opt_iterator_t walk;
  coap_opt_filter_t filter;
  coap_opt_t *option;

  memset(longer, 'x', sizeof longer - 1);
  show_all("nothing", pdu, COAP_OPT_ALL);
  coap_add_token(pdu, 3, (const uint8_t *)"tok");
  show_all("token only", pdu, COAP_OPT_ALL);
  add(pdu, COAP_OPTION_URI_HOST, "host");
  add(pdu, COAP_OPTION_URI_PATH, "first");
  add(pdu, COAP_OPTION_URI_PATH, "second");
  add(pdu, COAP_OPTION_CONTENT_FORMAT, "");
  add(pdu, COAP_OPTION_CONTENT_FORMAT, "*");   /* not repeatable: dropped */
  add(pdu, COAP_OPTION_PROXY_SCHEME, "coap");  /* brings a Hop-Limit */
  add(pdu, 2000, "private");
  add(pdu, 2000, "private again");
  add(pdu, COAP_OPTION_SIZE1, "late");         /* lower number: at its place */
  add(pdu, COAP_OPTION_URI_PATH, "third");
  add(pdu, 65535, longer);
  add(pdu, 1, "\x01");
  show_all("all", pdu, COAP_OPT_ALL);

  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_URI_PATH);
  coap_option_filter_set(&filter, 2000);
  show_all("two numbers", pdu, &filter);
  coap_option_filter_clear(&filter);
  show_all("no number", pdu, &filter);

  option = coap_check_option(pdu, COAP_OPTION_URI_PATH, &walk);
  while (option) {
    show_option(&walk, option);
    option = coap_option_next(&walk);
  }
  printf("absent: %d\n", coap_check_option(pdu, COAP_OPTION_ETAG, &walk) == NULL);

  printf("too large: %zu\n", coap_add_option(pdu, 65535, 399, (const uint8_t *)longer));
  printf("data: %d\n", coap_add_data(pdu, 4, (const uint8_t *)"data"));
  add(pdu, 65535, "after data");
  show_all("with data", pdu, COAP_OPT_ALL);
  coap_delete_pdu(pdu);

  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 7, 1000);
  coap_add_data(pdu, 4, (const uint8_t *)"data");
  show_all("data only", pdu, COAP_OPT_ALL);
  coap_delete_pdu(pdu);
}

static void
as_bytes(void) {
  static const uint8_t encoded[][8] = {
      {0x00}, {0x12, 'a', 'b'}, {0xd1, 0x02, 'a'}, {0xe1, 0x00, 0x05, 'a'}, {0x0d, 0x00}, {0x0e, 0x00, 0x00},
      {0xf0}, {0xff}, {0x0f}, {0xd0}, {0x13, 'a'}, {0xee, 1, 2, 3, 4}, {0xe0, 0xff, 0xff}};
  size_t i, length;

  for (i = 0; i < sizeof encoded / sizeof *encoded; i++)
    for (length = 0; length <= 5; length++) {
      coap_option_t result;
      size_t size = coap_opt_parse(encoded[i], length, &result);
      printf("parse %zu of %zu: %zu", i, length, size);
      if (size)
        printf(" delta %u length %zu at %d", result.delta, result.length, (int)(result.value - encoded[i]));
      printf("\n");
    }
  for (i = 0; i < 6; i++)
    printf("size %zu length %u value at %d\n", coap_opt_size(encoded[i]), coap_opt_length(encoded[i]),
           (int)(coap_opt_value(encoded[i]) - encoded[i]));
}

static void
encoding(void) {
  static const unsigned deltas[] = {0, 12, 13, 268, 269, 65535};
  static const size_t lengths[] = {0, 12, 13, 268, 269, 1000};
  static uint8_t buffer[1100], value[1000];
  size_t d, l, size, room;

  memset(value, 'v', sizeof value);
  for (d = 0; d < 6; d++)
    for (l = 0; l < 6; l++) {
      uint16_t delta = (uint16_t)deltas[d];
      size = coap_opt_encode(buffer, sizeof buffer, delta, value, lengths[l]);
      printf("delta %u length %zu: %zu, foretold %zu:", delta, lengths[l], size, coap_opt_encode_size(delta, lengths[l]));
      show_bytes(6, buffer);
      printf("header %zu:", coap_opt_setheader(buffer, sizeof buffer, delta, lengths[l]));
      show_bytes(5, buffer);
    }
  for (room = 0; room < 6; room++)
    printf("room %zu: %zu\n", room, coap_opt_setheader(buffer, room, 300, 20));
  printf("without value: %zu\n", coap_opt_encode(buffer, sizeof buffer, 1, NULL, 3));
}

static void
sets(void) {
  static const unsigned numbers[] = {1, 255, 256, 65535, 300, 4, 5, 6, 7, 8, 9};
  coap_opt_filter_t filter;
  size_t i;

  coap_option_filter_clear(&filter);
  for (i = 0; i < 11; i++)
    printf("set %u: %d, again %d\n", numbers[i], coap_option_filter_set(&filter, (uint16_t)numbers[i]),
           coap_option_filter_set(&filter, (uint16_t)numbers[i]));
  printf("unset 255: %d, again %d\n", coap_option_filter_unset(&filter, 255), coap_option_filter_unset(&filter, 255));
  printf("unset 256: %d\n", coap_option_filter_unset(&filter, 256));
  printf("set 300: %d, set 9: %d\n", coap_option_filter_set(&filter, 300), coap_option_filter_set(&filter, 9));
  for (i = 0; i < 11; i++)
    printf("get %u: %d\n", numbers[i], coap_option_filter_get(&filter, (uint16_t)numbers[i]));
  printf("mask %02x, long %u %u, short %u %u %u %u %u %u\n", filter.mask, filter.long_opts[0], filter.long_opts[1],
         filter.short_opts[0], filter.short_opts[1], filter.short_opts[2], filter.short_opts[3], filter.short_opts[4],
         filter.short_opts[5]);
}

static void
lists(void) {
  static const struct {
    unsigned number;
    const char *value;
  } rows[] = {{11, "b"}, {60, "s"}, {11, "a"}, {3, "h"}, {11, ""}, {2000, "p"}, {15, "q=1"}, {3, "h2"}};
  coap_optlist_t *list = NULL, *node;
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 1, 100);
  size_t i;

  printf("empty list: %d\n", coap_add_optlist_pdu(pdu, &list));
  printf("no option: %d\n", coap_insert_optlist(&list, NULL));
  for (i = 0; i < sizeof rows / sizeof *rows; i++)
    printf("insert: %d\n", coap_insert_optlist(&list, coap_new_optlist((uint16_t)rows[i].number, strlen(rows[i].value),
                                                                       (const uint8_t *)rows[i].value)));
  for (node = list; node; node = node->next)
    printf("in the list: %u \"%.*s\"\n", node->number, (int)node->length, (const char *)node->data);
  printf("into the PDU: %d\n", coap_add_optlist_pdu(pdu, &list));
  for (node = list; node; node = node->next)
    printf("sorted: %u \"%.*s\"\n", node->number, (int)node->length, (const char *)node->data);
  show_all("from the list", pdu, COAP_OPT_ALL);
  coap_add_data(pdu, 1, (const uint8_t *)"x");
  printf("with data: %d\n", coap_add_optlist_pdu(pdu, &list));
  coap_delete_optlist(list);
  coap_delete_optlist(NULL);
  coap_delete_pdu(pdu);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  in_a_pdu();
  as_bytes();
  encoding();
  sets();
  lists();
  coap_cleanup();
  return 0;
}
