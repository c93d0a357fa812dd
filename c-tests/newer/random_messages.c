/* Random calls about messages: building, parsing, options in them and in lists, blocks, copies, cache keys.
 * See random.h for how to look into a digest that differs. What is left out differs on purpose. */
#include "../random.h"

/* ---- Raw material ---- */

static const uint16_t numbers[] = {1,  3,  4,  5,  6,  7,  8,   9,   11,  12,   14,   15,   16,    17,    20,  21,  23,  27,  28,
                                   35, 39, 60, 0,  13, 252, 258, 292, 2049, 2048, 65535, 65001, 268,  269, 270, 300, 1000};
static const uint8_t codes[] = {0,   1,   2,   3,   4,   5,   6,   7,   8,   31,  64,  65,  66,  67,  68,  69,  70,  95,  128, 129, 130,
                                132, 133, 134, 136, 140, 141, 143, 160, 161, 162, 163, 164, 165, 168, 224, 225, 226, 227, 228, 229, 255};
static const uint16_t lengths[] = {0, 1, 2, 3, 4, 7, 8, 9, 12, 13, 14, 20, 40, 41, 64, 100, 254, 255, 256, 268, 269, 270, 300};

/* Repeated, Q-Block options are not taken, as RFC 9177 has it. */
static uint16_t
some_number(void) {
  uint32_t kind = below(100);
  uint16_t number = kind < 80 ? ONE_OF(numbers) : kind < 92 ? (uint16_t)below(70) : (uint16_t)roll();
  return number == COAP_OPTION_Q_BLOCK1 || number == COAP_OPTION_Q_BLOCK2 ? number + 1 : number;
}

static size_t
some_length(void) {
  return chance(85) ? below(6) : ONE_OF(lengths);
}

/* Without '&', which is escaped in queries here. */
static const uint8_t *
some_bytes(size_t length) {
  static uint8_t bytes[4096];
  int is_text = chance(60);
  size_t i;
  for (i = 0; i < length; i++) {
    bytes[i] = is_text ? (uint8_t)"abcxyz/?=%.~01 \"\\*-:+"[below(22)] : (uint8_t)roll();
    if (bytes[i] == '&')
      bytes[i] = 'n';
  }
  return bytes;
}

static int
may_repeat(uint16_t number) {
  switch (number) {
  case COAP_OPTION_IF_MATCH:
  case COAP_OPTION_ETAG:
  case COAP_OPTION_LOCATION_PATH:
  case COAP_OPTION_URI_PATH:
  case COAP_OPTION_URI_QUERY:
  case COAP_OPTION_LOCATION_QUERY:
  case COAP_OPTION_RTAG:
    return 1;
  default:
    return 0;
  }
}

/* ---- Looking at a message ---- */

/* Returns whether an option is there twice that may not. */
static int
look_at_options(const coap_pdu_t *pdu, const coap_opt_filter_t *filter) {
  coap_opt_iterator_t walk;
  coap_opt_t *option;
  int last = -1, repeats = 0;
  coap_opt_iterator_t *begun = coap_option_iterator_init(pdu, &walk, filter);

  record("  options%s", begun ? "" : " none");
  while ((option = coap_option_next(&walk))) {
    record(" [%u, %zu", walk.number, coap_opt_size(option));
    record_bytes(coap_opt_length(option), coap_opt_value(option));
    record("]");
    repeats |= walk.number == last && !may_repeat(walk.number);
    last = walk.number;
  }
  record(" bad %d filtered %d\n", walk.bad, begun && walk.filtered);
  return repeats;
}

static void
look_at_data(const coap_pdu_t *pdu) {
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  const uint8_t *data = NULL;
  size_t length = 1, offset = 1, total = 1;
  int result;

  record("  type %d code %d mid %d token", coap_pdu_get_type(pdu), coap_pdu_get_code(pdu), coap_pdu_get_mid(pdu));
  record_bytes(token.length, token.s);
  result = coap_get_data(pdu, &length, &data);
  record(" data %d", result);
  record_bytes(length, data);
  result = coap_get_data_large(pdu, &length, &data, &offset, &total);
  record(" large %d %zu at %zu of %zu\n", result, length, offset, total);
}

static void
look_for_one_option(const coap_pdu_t *pdu) {
  uint16_t number = some_number();
  coap_opt_iterator_t walk;
  coap_opt_t *option = coap_check_option(pdu, number, &walk);

  record("  %u: %d", number, option != NULL);
  if (option) {
    record_bytes(coap_opt_length(option), coap_opt_value(option));
    record(" another %d", coap_option_next(&walk) != NULL);
  }
  record("\n");
}

/* Only those that are not too long: such name no block here. */
static void
look_at_block(const coap_pdu_t *pdu, uint16_t number) {
  coap_opt_iterator_t walk;
  coap_opt_t *option = coap_check_option(pdu, number, &walk);
  coap_block_t block = {0};
  coap_block_b_t block_b = {0};
  int found, found_b;

  if (option && coap_opt_length(option) > 3)
    return;
  found = coap_get_block(pdu, number, &block);
  found_b = coap_get_block_b(story_session, pdu, number, &block_b);
  record("  block %u: %d %d", number, found, found_b);
  if (found)
    record(" %u %u %u", block.num, block.m, block.szx);
  if (found_b)
    record(" %u %u %u %u %u %u %u", block_b.num, block_b.m, block_b.szx, block_b.aszx, block_b.defined, block_b.bert,
           (unsigned)block_b.chunk_size);
  record("\n");
}

static void
look_at_string(const char *what, coap_string_t *string) {
  record("  %s", what);
  if (string)
    record_bytes(string->length + 1, string->s);
  record("\n");
  coap_delete_string(string);
}

static void
keep_line(coap_log_t level, const char *line) {
  record("  logged at %d: %s", (int)level, line);
}

static void
look_at_line(const coap_pdu_t *pdu) {
  coap_set_log_handler(keep_line);
  coap_set_log_level(chance(50) ? COAP_LOG_INFO : COAP_LOG_DEBUG);
  coap_set_show_pdu_output(0);
  coap_show_pdu(COAP_LOG_INFO, pdu);
  coap_set_log_level(COAP_LOG_EMERG);
  coap_set_log_handler(NULL);
}

static size_t
size_of(const coap_pdu_t *pdu) {
  coap_opt_iterator_t walk;
  coap_opt_t *option;
  const uint8_t *data;
  size_t size = 0, length = 0;

  coap_option_iterator_init(pdu, &walk, COAP_OPT_ALL);
  while ((option = coap_option_next(&walk)))
    size += coap_opt_size(option);
  coap_get_data(pdu, &length, &data);
  return size + length;
}

/* Returns as look_at_options(). */
static int
look_at(const coap_pdu_t *pdu) {
  coap_opt_filter_t filter;
  unsigned i, chosen = below(6);
  int repeats;

  look_at_data(pdu);
  repeats = look_at_options(pdu, COAP_OPT_ALL);
  coap_option_filter_clear(&filter);
  for (i = 0; i < chosen; i++)
    coap_option_filter_set(&filter, some_number());
  look_at_options(pdu, &filter);
  for (i = 0; i < 3; i++)
    look_for_one_option(pdu);
  look_at_block(pdu, COAP_OPTION_BLOCK1);
  look_at_block(pdu, COAP_OPTION_BLOCK2);
  look_at_string("path", coap_get_uri_path(pdu));
  look_at_string("query", coap_get_query(pdu));
  /* A line that is cut off ends without a newline there. */
  if (size_of(pdu) < 400)
    look_at_line(pdu);
  return repeats;
}

/* ---- Building ---- */

static void
add_number(coap_pdu_t *pdu, uint16_t option) {
  uint32_t shift = below(32), value = roll() >> shift | (option == COAP_OPTION_URI_QUERY);
  uint8_t bytes[4];
  unsigned length = coap_encode_var_safe(bytes, sizeof bytes, value);
  record("option %u = %u: %zu\n", option, value, coap_add_option(pdu, option, length, bytes));
}

static void
add_block_option(coap_pdu_t *pdu) {
  uint16_t option = chance(50) ? COAP_OPTION_BLOCK1 : COAP_OPTION_BLOCK2;
  unsigned number = chance(80) ? below(30) : below(1 << 20), size = below(7);
  size_t body = below(chance(50) ? 3000 : 100);

  /* What is left of the argument is not compared: 4.3.4 does not change it. */
  if (chance(50)) {
    coap_block_t block = {.num = number, .szx = size};
    record("block option %u, %u of %zu: %d\n", option, number, body, coap_write_block_opt(&block, option, pdu, body));
  } else {
    coap_block_b_t block = {.num = number, .szx = size, .aszx = size, .chunk_size = 16u << size};
    int result = coap_write_block_b_opt(story_session, &block, option, pdu, body);
    record("block option %u, %u of %zu: %d", option, number, body, result);
    record(" %u %u %u %u %u\n", block.num, block.m, block.szx, block.aszx, (unsigned)block.chunk_size);
  }
}

static void
add_block(coap_pdu_t *pdu) {
  unsigned number = below(4), size = below(7);
  size_t body = below(300);
  const uint8_t *bytes = some_bytes(body);
  int result;

  if (chance(50)) {
    result = coap_add_block(pdu, body, bytes, number, (unsigned char)size);
  } else {
    coap_block_b_t block = {.num = number, .szx = size, .aszx = size, .defined = 1, .chunk_size = 16u << size};
    result = coap_add_block_b_data(pdu, body, bytes, &block);
  }
  record("block %u of %zu: %d\n", number, body, result);
}

/* Another step to a message. In a tight one, options come in order, for else libcoap takes more room than it needs. No
 * query is empty, for libcoap forgets what stands behind it. */
static void
build(coap_pdu_t *pdu, uint16_t option, int is_tight) {
  size_t length = some_length() | (option == COAP_OPTION_URI_QUERY);
  int step = (int)below(is_tight ? 8 : 13), code, type, mid;
  uint8_t *behind;

  switch (step) {
  case 6:
    length = below(chance(80) ? 30 : 900);
    record("data %zu: %d\n", length, coap_add_data(pdu, length, some_bytes(length)));
    break;
  case 7:
    behind = coap_add_data_after(pdu, length);
    record("data behind, %zu: %d\n", length, behind != NULL);
    if (behind)
      memset(behind, 'd', length);
    break;
  case 8:
    code = ONE_OF(codes);
    type = (int)below(4);
    mid = (int)below(65536);
    coap_pdu_set_code(pdu, code);
    coap_pdu_set_type(pdu, type);
    coap_pdu_set_mid(pdu, mid);
    break;
  case 9:
    length = chance(80) ? below(9) : some_length();
    record("token of %zu: %d\n", length, coap_add_token(pdu, length, some_bytes(length)));
    break;
  case 10:
  case 11:
    add_block_option(pdu);
    break;
  case 12:
    add_block(pdu);
    break;
  case 0:
  case 1:
    add_number(pdu, option);
    break;
  default:
    record("option %u of %zu: %zu\n", option, length, coap_add_option(pdu, option, length, some_bytes(length)));
    break;
  }
}

static coap_pdu_t *
built(unsigned steps) {
  static const uint16_t tight[] = {1, 4, 5, 8, 10, 16, 20, 40, 64, 100, 256, 257, 300, 600};
  int is_tight = chance(20), type = (int)below(4), code = ONE_OF(codes), mid = (int)below(65536);
  size_t size = is_tight ? ONE_OF(tight) : 20000;
  uint16_t option = 0;
  coap_pdu_t *pdu = need(coap_pdu_init(type, code, mid, size), "PDU");

  record("%zu bytes\n", size);
  while (steps--) {
    option = is_tight ? (uint16_t)(option + below(300)) : some_number();
    build(pdu, option, is_tight);
  }
  return pdu;
}

/* libcoap does not copy what it would not make. */
static void
copy(const coap_pdu_t *pdu) {
  size_t token = below(9), i, dropped = below(5);
  const uint8_t *bytes = some_bytes(token);
  coap_opt_filter_t drop;
  coap_pdu_t *other;

  coap_option_filter_clear(&drop);
  for (i = 0; i < dropped; i++)
    coap_option_filter_set(&drop, some_number());
  other = coap_pdu_duplicate(pdu, story_session, token, bytes, chance(70) ? &drop : NULL);
  record("copy: %d\n", other != NULL);
  if (other) {
    coap_pdu_set_mid(other, 1);
    look_at_data(other);
    look_at_options(other, COAP_OPT_ALL);
  }
  coap_delete_pdu(other);
}

/* For a request whose Block2 is too long to be one, that is not compared. */
static void
answer_in_blocks(const coap_pdu_t *request) {
  uint16_t format = (uint16_t)(chance(50) ? 0 : below(200));
  int age = chance(30) ? -1 : (int)below(200);
  size_t length = below(chance(50) ? 100 : 3000);
  coap_opt_iterator_t walk;
  coap_opt_t *asked = coap_check_option(request, COAP_OPTION_BLOCK2, &walk);
  coap_pdu_t *response;

  if (asked && coap_opt_length(asked) > 3)
    return;
  response = need(coap_pdu_init(COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, 9, 1152), "PDU");
  coap_add_data_blocked_response(request, response, format, age, length, some_bytes(length));
  record("answer of %zu\n", length);
  look_at_data(response);
  look_at_options(response, COAP_OPT_ALL);
  coap_delete_pdu(response);
}

static void
build_a_message(void) {
  coap_pdu_t *pdu = built(3 + below(14));
  int repeats = look_at(pdu);

  if (!repeats)
    copy(pdu);
  answer_in_blocks(pdu);
  coap_delete_pdu(pdu);
}

/* ---- Parsing ---- */

static int
by_number(const void *a, const void *b) {
  return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Token, options and payload as on the wire. */
static size_t
some_body(uint8_t *to, size_t token) {
  uint16_t chosen[6], last = 0;
  size_t count = below(7), i, at = token;

  memcpy(to, some_bytes(token), token);
  for (i = 0; i < count; i++)
    chosen[i] = some_number();
  qsort(chosen, count, sizeof *chosen, by_number);
  for (i = 0; i < count; i++) {
    size_t length = some_length();
    at += coap_opt_encode(to + at, 400, (uint16_t)(chosen[i] - last), some_bytes(length), length);
    last = chosen[i];
  }
  if (chance(50)) {
    size_t length = chance(90) ? 1 + below(20) : 0;
    to[at++] = 0xff;
    memcpy(to + at, some_bytes(length), length);
    at += length;
  }
  return at;
}

/* Puts a header in front. `*options` is where they begin, for a token of up to 12 bytes. */
static size_t
some_message(coap_proto_t proto, uint8_t *to, size_t *options) {
  uint8_t body[3000];
  size_t token = below(chance(90) ? 9 : 13), length = some_body(body, token), rest = length - token, at = 0;
  uint8_t code = ONE_OF(codes), type = (uint8_t)below(4);

  if (proto == COAP_PROTO_UDP || proto == COAP_PROTO_DTLS) {
    to[at++] = (uint8_t)(0x40 | type << 4 | token);
    to[at++] = code;
    to[at++] = (uint8_t)roll();
    to[at++] = (uint8_t)roll();
  } else {
    int is_stream = proto == COAP_PROTO_TCP || proto == COAP_PROTO_TLS;
    uint8_t nibble = rest < 13 ? (uint8_t)rest : rest < 269 ? 13 : 14;
    to[at++] = (uint8_t)((is_stream ? nibble << 4 : 0) | token);
    if (is_stream && nibble == 13)
      to[at++] = (uint8_t)(rest - 13);
    if (is_stream && nibble == 14) {
      to[at++] = (uint8_t)((rest - 269) >> 8);
      to[at++] = (uint8_t)(rest - 269);
    }
    to[at++] = code;
  }
  memcpy(to + at, body, length);
  *options = at + token;
  return at + length;
}

/* Changes options or payload. Over streams the length stays: there is one in the header. */
static size_t
mutated(uint8_t *message, size_t length, size_t options, int keeps_length) {
  unsigned times = chance(50) ? 0 : 1 + below(3);
  while (times-- && length > options) {
    size_t at = options + below(length - options);
    switch (below(keeps_length ? 2 : 4)) {
    case 0:
      message[at] ^= (uint8_t)(1u << below(8));
      break;
    case 1:
      message[at] = (uint8_t)roll();
      break;
    case 2:
      length = at;
      break;
    default:
      memmove(message + at, message + at + 1, length - at - 1);
      length--;
      break;
    }
    if (at < length && message[at] == '&')
      message[at] = 'n';
  }
  return length;
}

/* Whether an option has a length about which the two differ on purpose: an empty Uri-Query is taken here, an empty Echo
 * is not, nor are Q-Block options of more than three bytes. */
static int
is_contested(const uint8_t *options, size_t length) {
  unsigned number = 0;
  coap_option_t option;
  size_t size;

  while (length && *options != 0xff && (size = coap_opt_parse(options, length, &option))) {
    number += option.delta;
    if ((number == COAP_OPTION_URI_QUERY || number == COAP_OPTION_ECHO) && !option.length)
      return 1;
    if ((number == COAP_OPTION_Q_BLOCK1 || number == COAP_OPTION_Q_BLOCK2) && option.length > 3)
      return 1;
    options += size;
    length -= size;
  }
  return 0;
}

static void
parse_a_message(void) {
  uint8_t message[4000];
  coap_proto_t proto = (coap_proto_t)(COAP_PROTO_UDP + below(6));
  int is_stream = proto == COAP_PROTO_TCP || proto == COAP_PROTO_TLS, result;
  size_t options = 0, length = some_message(proto, message, &options), room = chance(80) ? 4000 : below(60);
  coap_pdu_t *pdu;

  length = mutated(message, length, options, is_stream);
  if (options < length && is_contested(message + options, length - options))
    return;
  pdu = need(coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, room), "PDU");
  result = coap_pdu_parse(proto, message, length, pdu);
  record("protocol %d, room %zu,", proto, room);
  record_bytes(length, message);
  record(": %d\n", result);
  if (result)
    look_at(pdu);
  coap_delete_pdu(pdu);
}

/* ---- Lists, cache ---- */

static void
fill_from_a_list(void) {
  coap_optlist_t *list = NULL, *at;
  unsigned i, count = below(12);
  coap_pdu_t *pdu = need(coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 5, 20000), "PDU");

  for (i = 0; i < count; i++) {
    uint16_t number = some_number();
    size_t length = some_length();
    coap_optlist_t *node = coap_new_optlist(number, length, some_bytes(length));
    record("%u of %zu: %d\n", number, length, coap_insert_optlist(&list, node));
  }
  if (chance(50))
    coap_add_token(pdu, 3, some_bytes(3));
  if (chance(30))
    add_number(pdu, some_number());
  record("into the message: %d, then", coap_add_optlist_pdu(pdu, &list));
  for (at = list; at; at = at->next) {
    record(" [%u", at->number);
    record_bytes(at->length, at->data);
    record("]");
  }
  record("\n");
  look_at_options(pdu, COAP_OPT_ALL);
  coap_delete_optlist(list);
  coap_delete_pdu(pdu);
}

static coap_pdu_t *
some_request(const uint16_t *ignored) {
  static const char *const values[] = {"x", "y"};
  coap_pdu_t *pdu = need(coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 600), "PDU");
  unsigned i, count = below(3);

  if (chance(30))
    coap_pdu_set_code(pdu, COAP_REQUEST_CODE_FETCH);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)ONE_OF(values));
  for (i = 0; i < count; i++) {
    uint16_t number = chance(40) ? ignored[below(4)] : some_number();
    coap_add_option(pdu, number, 1, (const uint8_t *)ONE_OF(values));
  }
  if (chance(40))
    coap_add_data(pdu, 1, (const uint8_t *)ONE_OF(values));
  return pdu;
}

static void
find_in_the_cache(void) {
  enum { REQUESTS = 6 };
  coap_cache_entry_t *entries[REQUESTS] = {NULL};
  coap_cache_session_based_t based = chance(50) ? COAP_CACHE_IS_SESSION_BASED : COAP_CACHE_NOT_SESSION_BASED;
  uint16_t ignored[4];
  int i, k, ignores = chance(50);

  for (i = 0; i < 4; i++)
    ignored[i] = some_number();
  for (i = 0; i < REQUESTS; i++) {
    coap_pdu_t *pdu = some_request(ignored);
    coap_cache_key_t *key = ignores ? coap_cache_derive_key_w_ignore(story_session, pdu, based, ignored, 4)
                                    : coap_cache_derive_key(story_session, pdu, based);
    coap_cache_entry_t *same = coap_cache_get_by_pdu(story_session, pdu, based);
    coap_cache_entry_t *by_key = coap_cache_get_by_key(story_context, key);

    for (k = 0; k < i; k++)
      record(" %d%d", same && same == entries[k], by_key && by_key == entries[k]);
    look_at_options(pdu, COAP_OPT_ALL);
    if (!same)
      entries[i] = coap_new_cache_entry(story_session, pdu, COAP_CACHE_NOT_RECORD_PDU, based, 0);
    coap_delete_cache_key(key);
    coap_delete_pdu(pdu);
  }
}

int
main(int argc, char **argv) {
  static const story_t kinds[] = {{"build", build_a_message},
                                  {"parse", parse_a_message},
                                  {"list", fill_from_a_list},
                                  {"cache", find_in_the_cache}};
  return tell_all(kinds, COUNT(kinds), argc, argv);
}
