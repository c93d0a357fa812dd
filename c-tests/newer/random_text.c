/* Random calls about what is not a message: URIs, paths and queries, addresses, numbers, encoded options, sets of
 * options, strings, bodies, links and the listing of resources.
 * See random.h for how to look into a digest that differs. What is left out differs on purpose. */
#include "../random.h"

/* ---- URIs ---- */

static const char *const pieces[] = {
    "a",   "b",  "sensors", "temp", "x", "%20", "%2F", "%2f", "%41", "%",   "%4",  "%zz", "%00",  ".",        "..",
    "...", "",   "/",       "//",   ":", "@",   "[",   "#",   "~",   "-",   "_",   "+",    "*",        " ",
    "a=b", "%26", "%3d",    "\xc3\xa4",  "=",   "k=v", "%2e", "%2e%2e", "%61b", "well-known", ".well-known", "core"};

typedef struct {
  char s[600];
  size_t length;
} text_t;

static void
append(text_t *text, const char *more) {
  size_t length = strlen(more);
  if (text->length + length < sizeof text->s) {
    memcpy(text->s + text->length, more, length + 1);
    text->length += length;
  }
}

static void
append_path(text_t *text) {
  unsigned i, count = below(6);
  for (i = 0; i < count; i++) {
    if (chance(80))
      append(text, "/");
    append(text, ONE_OF(pieces));
    if (chance(15))
      append(text, ONE_OF(pieces));
  }
}

static void
append_query(text_t *text) {
  unsigned i, count = below(4);
  for (i = 0; i < count; i++) {
    append(text, ONE_OF(pieces));
    append(text, chance(85) ? "&" : "?");
  }
  if (chance(70))
    append(text, ONE_OF(pieces));
}

/* Schemes that need TLS depend on how a library was built; a query without a path is taken here. */
static text_t
some_uri(void) {
  static const char *const schemes[] = {"coap://", "coap://", "coap://", "coap+tcp://", "coap+tcp://", "coap:",
                                        "coap:/",  "/",       "",        "foo://",      "coap:///",    "coap//"};
  static const char *const hosts[] = {"h",    "example.com", "127.0.0.1", "[::1]", "[fe80::1%25lo]", "localhost",
                                      "%2Ftmp%2Fx", "%2ftmp", "[::1",     "::1]",  "[]",             "a%20b",
                                      "",     "a_b",         "user@h",    "a%zz",  "[2001:db8::1]",  "a%41"};
  static const char *const ports[] = {"",      ":",       ":1",      ":5683", ":5684", ":80", ":0",
                                      ":65535", ":65536", ":99999", ":a",    ":-1",   ":005683"};
  text_t text = {.length = 0};

  append(&text, ONE_OF(schemes));
  append(&text, ONE_OF(hosts));
  if (chance(50))
    append(&text, ONE_OF(ports));
  append_path(&text);
  if (chance(15) && text.length) {
    size_t at = below(text.length);
    text.s[at] = "abc:/[%&@ "[below(10)];
  }
  if (chance(50)) {
    append(&text, "/?");
    append_query(&text);
  }
  return text;
}

static coap_address_t
some_address(void) {
  static const char *const v4[] = {"127.0.0.1", "0.0.0.0", "224.0.1.187", "224.0.0.1", "239.255.255.255",
                                   "240.0.0.0", "10.11.12.13", "1.2.3.4"};
  static const char *const v6[] = {"::",      "::1",       "ff02::fd",  "ff05::1",          "fe80::1",
                                   "1::",     "::1.2.3.4", "2001:db8::1:0:0:1", "::ffff:1.2.3.4", "::ffff:224.0.1.187"};
  static const uint16_t ports[] = {5683, 5684, 80, 443, 0, 1, 65535};
  int is_v4 = chance(50);
  const char *host = is_v4 ? ONE_OF(v4) : ONE_OF(v6);
  uint16_t port = ONE_OF(ports);
  return is_v4 ? ipv4_address(host, port) : ipv6_address(host, port);
}

static void
record_part(const char *what, const coap_str_const_t *part, const text_t *text) {
  if (part->length)
    record(" %s at %d, %zu", what, (int)((const char *)part->s - text->s), part->length);
}

static void
record_uri(const coap_uri_t *uri, const text_t *text) {
  record(" scheme %d port %u", uri->scheme, uri->port);
  record_part("host", &uri->host, text);
  record_part("path", &uri->path, text);
  record_part("query", &uri->query, text);
  record(" secure %d unix %d\n", coap_uri_scheme_is_secure(uri), coap_host_is_unix_domain(&uri->host));
}

static void
record_options(const coap_uri_t *uri) {
  coap_address_t to = some_address();
  int with_address = chance(70), with_host = (int)below(2), result;
  coap_optlist_t *list = NULL, *at;
  uint8_t room[600];

  result = coap_uri_into_options(uri, with_address ? &to : NULL, &list, with_host, room, sizeof room);
  record("options %d %d: %d", with_address, with_host, result);
  for (at = list; at; at = at->next) {
    record(" %u", at->number);
    record_bytes(at->length, at->data);
  }
  record("\n");
  coap_delete_optlist(list);
}

/* 4.3.4 forgets the scheme when it makes a copy. */
static void
record_kept_uri(const text_t *text) {
  coap_uri_t *uri = coap_new_uri((const uint8_t *)text->s, (unsigned)text->length), *copy;

  record("kept: %d\n", uri != NULL);
  if (!uri)
    return;
  copy = need(coap_clone_uri(uri), "a copy");
  record("port %u %u", uri->port, copy->port);
  record_text(" host", copy->host.length, copy->host.s);
  record_text("path", copy->path.length, copy->path.s);
  record_text("query", copy->query.length, copy->query.s);
  coap_delete_uri(copy);
  coap_delete_uri(uri);
}

static void
split_a_uri(void) {
  text_t text = some_uri();
  coap_uri_t uri = {.port = 1}, proxied = {.port = 1};
  int result;

  record_text("uri", text.length, (const uint8_t *)text.s);
  result = coap_split_proxy_uri((const uint8_t *)text.s, text.length, &proxied);
  record("for a proxy: %d", result);
  if (!result)
    record_uri(&proxied, &text);
  result = coap_split_uri((const uint8_t *)text.s, text.length, &uri);
  record("split: %d", result);
  if (!result) {
    record_uri(&uri, &text);
    record_options(&uri);
  }
  record_kept_uri(&text);
}

static void
split_a_path_and_a_query(void) {
  int is_query;
  for (is_query = 0; is_query < 2; is_query++) {
    text_t text = {.length = 0};
    uint8_t room[700] = {0};
    size_t length = chance(60) ? sizeof room : below(30), at = 0;
    int count;

    (is_query ? append_query : append_path)(&text);
    record_text(is_query ? "query" : "path", text.length, (const uint8_t *)text.s);
    record("in %zu:", length);
    count = (is_query ? coap_split_query : coap_split_path)((const uint8_t *)text.s, text.length, room, &length);
    record(" %d, %zu", count, length);
    for (; count > 0 && at < length; count--) {
      record_bytes(coap_opt_length(room + at), coap_opt_value(room + at));
      at += coap_opt_size(room + at);
    }
    record("\n");
  }
}

/* ---- Addresses ---- */

static void
look_at_an_address(void) {
  coap_address_t address = some_address(), other = some_address();
  size_t room = chance(60) ? 100 : 1 + below(50), length = below(40), i;
  uint8_t path[40] = "/";
  uint16_t port = (uint16_t)roll();
  unsigned char shown[101] = "";
  char ip[101] = "";
  int result;

  result = (int)coap_print_addr(&address, shown, room);
  record("in %zu: %d %s", room, result, shown);
  record(" %s", coap_print_ip_addr(&address, ip, room) ? ip : "NULL");
  record(" any %d group %d port %u", coap_address_isany(&address), coap_is_mcast(&address),
         coap_address_get_port(&address));
  record(" equal %d %d", coap_address_equals(&address, &other), coap_address_equals(&address, &address));
  coap_address_set_port(&other, port);
  record(" port %u\n", coap_address_get_port(&other));
  for (i = 1; i < length; i++)
    path[i] = (uint8_t)"/abc%2F."[below(8)];
  result = coap_address_set_unix_domain(&other, path, length);
  record("path of %zu: %d", length, result);
  if (result) {
    memset(shown, 0, sizeof shown);
    coap_print_addr(&other, shown, 100);
    record(" %s unix %d any %d size %u", shown, coap_is_af_unix(&other), coap_address_isany(&other),
           (unsigned)other.size);
  }
  record("\n");
}

/* ---- Numbers, options, sets ---- */

/* Numbers that do not fit stop libcoap at an assertion. */
static void
encode_numbers(void) {
  int i;
  for (i = 0; i < 10; i++) {
    uint64_t high = roll(), low = roll();
    unsigned shift = below(64), length = below(11);
    uint64_t value = (high << 32 | low) >> shift;
    uint8_t bytes[12] = {0};
    unsigned k;

    record_bytes(coap_encode_var_safe(bytes, 8, (unsigned)value), bytes);
    record_bytes(coap_encode_var_safe8(bytes, 8, value), bytes);
    record(" fls %d %d", coap_fls((unsigned)value), coap_flsll((long long)value));
    for (k = 0; k < sizeof bytes; k++)
      bytes[k] = (uint8_t)roll();
    record(" from %u: %u %" PRIu64 "\n", length, coap_decode_var_bytes(bytes, length),
           coap_decode_var_bytes8(bytes, length));
  }
}

static void
encode_an_option(void) {
  static const uint16_t deltas[] = {0, 1, 12, 13, 14, 268, 269, 270, 1000, 65000, 65535};
  static const uint8_t heads[] = {0, 1, 0x0d, 0xd0, 0xe0, 0x0e, 0xdd, 0xee, 0xf0, 0x0f, 0xff, 0x11, 0xd1, 0x1d};
  uint16_t delta = ONE_OF(deltas);
  size_t length = chance(50) ? below(20) : below(380), room = chance(50) ? 400 : below(40), size, i;
  uint8_t bytes[400] = {0}, value[400];
  coap_option_t option = {0};

  for (i = 0; i < sizeof value; i++)
    value[i] = (uint8_t)i;
  record("%u of %zu: %zu", delta, length, coap_opt_encode_size(delta, length));
  size = coap_opt_setheader(bytes, room, delta, length);
  record_bytes(size, bytes);
  size = coap_opt_encode(bytes, room, delta, value, length);
  record_bytes(size, bytes);
  if (size)
    record(" %u %zu", (unsigned)coap_opt_length(bytes), coap_opt_size(bytes));
  for (i = 0; i < 20; i++)
    bytes[i] = i < 3 && chance(50) ? (uint8_t)(0xd0 + below(48)) : (uint8_t)roll();
  if (chance(50))
    bytes[0] = ONE_OF(heads);
  /* Numbers above 65,535 begin again at 0 there. */
  bytes[1] &= 0x7f;
  length = 1 + below(20);
  size = coap_opt_parse(bytes, length, &option);
  record_bytes(length, bytes);
  record(": %zu", size);
  if (size)
    record(" %u %zu", option.delta, option.length);
  record("\n");
}

static void
change_a_set(void) {
  static const uint16_t numbers[] = {1, 3, 11, 255, 256, 257, 300, 65535, 0, 12, 20, 23, 27, 60};
  coap_opt_filter_t filter;
  int i;

  coap_option_filter_clear(&filter);
  for (i = 0; i < 40; i++) {
    uint16_t number = ONE_OF(numbers);
    switch (below(3)) {
    case 0:
      record("+%u %d ", number, coap_option_filter_set(&filter, number));
      break;
    case 1:
      record("-%u %d ", number, coap_option_filter_unset(&filter, number));
      break;
    default:
      record("%u %d ", number, coap_option_filter_get(&filter, number));
      break;
    }
  }
  record("\n");
}

/* ---- Strings and bodies ---- */

static void
make_strings(void) {
  size_t length = below(40), longer = below(60), whole = 1 + below(300);
  uint8_t bytes[60];
  coap_string_t *string = coap_new_string(length);
  coap_binary_t *binary = coap_new_binary(length), *body = NULL;
  coap_str_const_t *fixed;
  int i;

  memset(bytes, 'b', sizeof bytes);
  fixed = coap_new_str_const(bytes, length);
  record("%zu %d %zu %d", string->length, string->s[length], fixed->length, fixed->s[length]);
  memset(binary->s, 'y', length);
  binary = coap_resize_binary(binary, longer);
  record_bytes(length < longer ? length : longer, binary->s);
  record(" %zu\n", binary->length);
  coap_delete_string(string);
  coap_delete_str_const(fixed);
  coap_delete_binary(binary);
  for (i = 0; i < 6; i++) {
    size_t offset = below(whole), piece = below(60);
    if (piece > whole - offset)
      piece = whole - offset;
    body = need(coap_block_build_body(body, piece, bytes, offset, whole), "a body");
    record("%zu at %zu of %zu: %zu\n", piece, offset, whole, body->length);
  }
  coap_delete_binary(body);
  for (i = 0; i < 8; i++) {
    uint8_t code = (uint8_t)roll();
    const char *phrase = coap_response_phrase(code);
    record("%u %s, ", code, phrase ? phrase : "NULL");
  }
  record("\n");
}

/* ---- Links ---- */

static const char *const paths[] = {"a", "b",   "a/b",      "sensors/temp", "lamp", "very/long/path/of/many/parts/indeed", "",
                                    "x y", "core", "\xc3\xa4", "a,b",       "a;b",  "<a>",                                "\"q\""};
static const char *const names[] = {"rt", "if", "ct", "title", "sz", "rel", "x", "obs", "href", "anchor", ""};

static void
nothing(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
        coap_pdu_t *response) {
  (void)resource;
  (void)session;
  (void)request;
  (void)query;
  (void)response;
}

static coap_resource_t *
some_resource(void) {
  static const char *const values[] = {"\"a\"",       "\"temp\"", "40", "\"core.s\"", "temp",  "\"\"",
                                       "\"a b c\"",   "x",        "0",  "\"light\"",  "\"with, comma\"",
                                       "\"temp lamp\"", "\"long value of an attribute that goes on and on\""};
  coap_str_const_t *path = str(ONE_OF(paths));
  coap_resource_t *resource;
  unsigned i, count = below(4);

  if (coap_get_resource_from_uri_path(story_context, path))
    return NULL;
  resource = coap_resource_init(coap_new_str_const(path->s, path->length), COAP_RESOURCE_FLAGS_RELEASE_URI);
  record_text("resource", path->length, path->s);
  if (chance(30))
    coap_resource_set_get_observable(resource, (int)below(2));
  if (chance(50))
    coap_register_handler(resource, COAP_REQUEST_GET, nothing);
  for (i = 0; i < count; i++) {
    coap_str_const_t *name = coap_make_str_const(ONE_OF(names));
    const char *value = chance(90) ? ONE_OF(values) : NULL;
    coap_str_const_t *kept = value ? coap_new_str_const((const uint8_t *)value, strlen(value)) : NULL;
    record(" %s=%s %d\n", name->s, value ? value : "NULL",
           coap_add_attr(resource, name, kept, COAP_ATTR_FLAGS_RELEASE_VALUE) != NULL);
  }
  coap_add_resource(story_context, resource);
  return resource;
}

/* Where nothing fits, 4.3.4 says that something was cut off whether there is something or not. */
static void
print_the_listing(void) {
  static const char *const queries[] = {
      "rt=temp", "rt=te*", "rt=a", "rt=",    "rt=*",     "href=/a",     "href=/a*", "href=/*", "href=a",  "if=core.s", "if=c*",
      "ct=40",   "ct=4*",  "rt",   "x=x",    "x=*",      "obs",         "obs=",     "rel=x",   "rt=lamp", "=x",        "",
      "sz=0",    "rt==",   "rt=t", "href=",  "href",     "*",           "rt=b*",    "title=with*", "title=\"a\"", "nothing=1",
      "rt=temp lamp", "rt=temp&if=core.s", "href=/sensors/temp", "href=sensors/te*"};
  const char *text = ONE_OF(queries);
  coap_string_t *query = chance(75) ? coap_new_string(strlen(text)) : NULL;
  size_t length = chance(50) ? 900 : 1 + below(80), offset = chance(50) ? 0 : below(100);
  uint8_t room[900];
  coap_print_status_t status;

  if (query)
    memcpy(query->s, text, strlen(text));
  record("listing for %s in %zu from %zu:", query ? text : "all", length, offset);
  status = coap_print_wellknown(story_context, room, &length, offset, query);
  record(" %x of %zu", status, length);
  record_text("", COAP_PRINT_OUTPUT_LENGTH(status), room);
  coap_delete_string(query);
}

static void
print_a_link(coap_resource_t *resource) {
  size_t length = chance(50) ? 900 : 1 + below(60), offset = chance(50) ? 0 : below(60);
  const char *name = ONE_OF(names);
  coap_attr_t *attribute = coap_find_attr(resource, str(name));
  coap_str_const_t *value = attribute ? coap_attr_get_value(attribute) : NULL;
  uint8_t room[900];
  coap_print_status_t status;

  record("link in %zu from %zu:", length, offset);
  status = coap_print_link(resource, room, &length, &offset);
  record(" %x of %zu, %zu", status, length, offset);
  record_text("", COAP_PRINT_OUTPUT_LENGTH(status), room);
  record("%s: %d %s\n", name, attribute != NULL, value ? (const char *)value->s : "none");
}

static void
list_resources(void) {
  coap_resource_t *resources[7];
  size_t i, count = below(7);

  for (i = 0; i < count; i++)
    resources[i] = some_resource();
  for (i = 0; i < 12; i++)
    print_the_listing();
  for (i = 0; i < count; i++) {
    if (!resources[i])
      continue;
    print_a_link(resources[i]);
    if (chance(20))
      record("deleted: %d\n", coap_delete_resource(story_context, resources[i]));
  }
  print_the_listing();
}

int
main(int argc, char **argv) {
  static const story_t kinds[] = {{"uri", split_a_uri},          {"path", split_a_path_and_a_query},
                                  {"address", look_at_an_address}, {"number", encode_numbers},
                                  {"option", encode_an_option},  {"set", change_a_set},
                                  {"string", make_strings},      {"links", list_resources}};
  return tell_all(kinds, COUNT(kinds), argc, argv);
}
