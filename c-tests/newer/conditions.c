/* Conditions and their answers: If-Match, If-None-Match, ETag, Max-Age (RFC 7252), the codes that RFC 8132 and RFC 8516
 * added, and what becomes of them at the client. */
#include "../support.h"

#define LENGTH 3000

static uint8_t content[LENGTH];
static int answers, max_age;
static size_t length_told;
static uint64_t etag;
static coap_context_t *server, *client;
static coap_session_t *session;

static void
print_options(const char *who, const coap_pdu_t *pdu) {
  coap_opt_iterator_t iterator;
  coap_opt_filter_t filter;
  coap_opt_t *option;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_IF_MATCH);
  coap_option_filter_set(&filter, COAP_OPTION_IF_NONE_MATCH);
  coap_option_filter_set(&filter, COAP_OPTION_ETAG);
  coap_option_filter_set(&filter, COAP_OPTION_CONTENT_FORMAT);
  coap_option_filter_set(&filter, COAP_OPTION_MAXAGE);
  coap_option_iterator_init(pdu, &iterator, &filter);
  while ((option = coap_option_next(&iterator))) {
    if (iterator.number == COAP_OPTION_ETAG && !etag)
      say("%s: an ETag of the library's own", who);
    else if (iterator.number == COAP_OPTION_ETAG || iterator.number == COAP_OPTION_IF_MATCH)
      say("%s: option %u, %u bytes", who, iterator.number, coap_opt_length(option));
    else
      say("%s: option %u is %u", who, iterator.number,
          coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)));
  }
}

/* A handler that knows one version, "v1", as If-Match names it. */
static void
versioned(coap_resource_t *resource, coap_session_t *peer, const coap_pdu_t *pdu, const coap_string_t *query,
          coap_pdu_t *response) {
  coap_opt_iterator_t iterator;
  coap_opt_filter_t filter;
  coap_opt_t *option;
  int named = 0, matches = 0;
  (void)resource, (void)peer, (void)query;
  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_IF_MATCH);
  coap_option_iterator_init(pdu, &iterator, &filter);
  while ((option = coap_option_next(&iterator))) {
    named++;
    matches |= coap_opt_length(option) == 0 ||
               (coap_opt_length(option) == 2 && !memcmp(coap_opt_value(option), "v1", 2));
  }
  say("server: %s, %d versions named", code_name(coap_pdu_get_code(pdu)), named);
  coap_pdu_set_code(response, named && !matches ? COAP_RESPONSE_CODE_PRECONDITION_FAILED : COAP_RESPONSE_CODE_CHANGED);
}

/* Answers with the code that the query names: class and detail as three digits. */
static void
any_code(coap_resource_t *resource, coap_session_t *peer, const coap_pdu_t *pdu, const coap_string_t *query,
         coap_pdu_t *response) {
  int code = query ? atoi((const char *)query->s) : 205;
  uint8_t age[4];
  (void)resource, (void)peer, (void)pdu;
  coap_pdu_set_code(response, (coap_pdu_code_t)COAP_RESPONSE_CODE(code));
  if (code == 429)
    coap_add_option(response, COAP_OPTION_MAXAGE, coap_encode_var_safe(age, sizeof age, 7), age);
}

static void
represented(coap_resource_t *resource, coap_session_t *peer, const coap_pdu_t *pdu, const coap_string_t *query,
            coap_pdu_t *response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  say("server: added %d",
      coap_add_data_large_response(resource, peer, pdu, response, query, COAP_MEDIATYPE_APPLICATION_JSON, max_age, etag,
                                   length_told, content, NULL, NULL));
  print_options("server", response);
}

static coap_response_t
answer(coap_session_t *peer, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  const char *phrase = coap_response_phrase(coap_pdu_get_code(received));
  size_t length = 0, offset, total;
  const uint8_t *data;
  (void)peer, (void)sent, (void)mid;
  coap_get_data_large(received, &length, &data, &offset, &total);
  say("client: %s %s, %zu bytes", code_name(coap_pdu_get_code(received)), phrase ? phrase : "no phrase", length);
  print_options("client", received);
  answers++;
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *peer, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)peer, (void)sent, (void)mid;
  say("client: nack %s", nack_name(reason));
  answers++;
}

typedef struct {
  coap_option_num_t number;
  const char *value; /* NULL: there is no such option */
} wanted_t;

static void
ask_by(coap_pdu_type_t type, int method, const char *path, const char *query, const wanted_t *options) {
  coap_pdu_t *pdu = request(session, type, (coap_pdu_code_t)method, NULL);
  coap_optlist_t *list = NULL;
  char line[128] = "";
  size_t i;
  for (i = 0; i < 2 && options && options[i].value; i++) {
    snprintf(line + strlen(line), sizeof line - strlen(line), ", option %u \"%s\"", options[i].number,
             options[i].number == COAP_OPTION_BLOCK2 ? "64 bytes" : options[i].value);
    coap_insert_optlist(&list, coap_new_optlist(options[i].number, strlen(options[i].value),
                                                (const uint8_t *)options[i].value));
  }
  say("-- %s %s /%s?%s%s", type_name(type), code_name(method), path, query ? query : "", line);
  while (*path) {
    size_t part = strcspn(path, "/");
    coap_insert_optlist(&list, coap_new_optlist(COAP_OPTION_URI_PATH, part, (const uint8_t *)path));
    path += part + (path[part] == '/');
  }
  if (query)
    coap_insert_optlist(&list, coap_new_optlist(COAP_OPTION_URI_QUERY, strlen(query), (const uint8_t *)query));
  coap_add_optlist_pdu(pdu, &list);
  coap_delete_optlist(list);
  answers = 0;
  coap_send(session, pdu);
  run_until(server, client, &answers, 1000);
}

static void
ask(int method, const char *path, const char *query, const wanted_t *options) {
  ask_by(COAP_MESSAGE_CON, method, path, query, options);
}

static void
matching(void) {
  static const wanted_t none_match[2] = {{COAP_OPTION_IF_NONE_MATCH, ""}};
  static const wanted_t right[2] = {{COAP_OPTION_IF_MATCH, "v0"}, {COAP_OPTION_IF_MATCH, "v1"}};
  static const wanted_t wrong[2] = {{COAP_OPTION_IF_MATCH, "v0"}};
  static const wanted_t any[2] = {{COAP_OPTION_IF_MATCH, ""}};
  static const wanted_t both[2] = {{COAP_OPTION_IF_MATCH, "v1"}, {COAP_OPTION_IF_NONE_MATCH, ""}};
  int method;
  say("== If-Match and If-None-Match");
  ask(COAP_REQUEST_CODE_PUT, "doc", NULL, NULL);
  ask(COAP_REQUEST_CODE_PUT, "doc", NULL, right);
  ask(COAP_REQUEST_CODE_PUT, "doc", NULL, wrong);
  ask(COAP_REQUEST_CODE_PUT, "doc", NULL, any);
  ask(COAP_REQUEST_CODE_PUT, "doc", NULL, both);
  for (method = COAP_REQUEST_CODE_GET; method <= COAP_REQUEST_CODE_IPATCH; method++)
    ask(method, "doc", NULL, none_match);
  ask_by(COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, "doc", NULL, none_match);
  ask(COAP_REQUEST_CODE_PUT, "new", NULL, none_match);
  ask(COAP_REQUEST_CODE_PUT, "new", NULL, wrong);
  ask(COAP_REQUEST_CODE_DELETE, "new", NULL, any);
  ask(COAP_REQUEST_CODE_PUT, ".well-known/core", NULL, none_match);
  ask(COAP_REQUEST_CODE_GET, ".well-known/core", NULL, wrong);
}

static void
codes(void) {
  static const char *const queries[] = {"201", "203", "402", "408", "409", "412", "413", "415", "422", "429", "430",
                                        "503", "508"};
  static const wanted_t format[2] = {{COAP_OPTION_CONTENT_FORMAT, ""}};
  size_t i;
  int code, known = 0;
  say("== codes");
  for (i = 0; i < sizeof queries / sizeof *queries; i++)
    ask(COAP_REQUEST_CODE_GET, "code", queries[i], NULL);
  ask_by(COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "code", "429", NULL);
  ask(COAP_REQUEST_CODE_FETCH, "code", "422", NULL);
  ask(COAP_REQUEST_CODE_FETCH, "code", "422", format);
  ask(COAP_REQUEST_CODE_PATCH, "code", "409", NULL);
  ask(COAP_REQUEST_CODE_IPATCH, "code", "415", format);
  ask(COAP_REQUEST_CODE_FETCH, "doc", NULL, format);
  ask(COAP_REQUEST_CODE_PATCH, "rep", NULL, format);
  ask(COAP_REQUEST_CODE_IPATCH, "none", NULL, format);
  for (code = 0; code < 256; code++)
    if (coap_response_phrase((unsigned char)code)) {
      say("%s %s", code_name(code), coap_response_phrase((unsigned char)code));
      known++;
    }
  say("phrases: %d", known);
}

static void
ages(void) {
  static const int values[] = {-1, 0, 30, 60, 0x1000000};
  static const wanted_t block[2] = {{COAP_OPTION_BLOCK2, "\x02"}};
  size_t i, j;
  say("== Max-Age and ETag of coap_add_data_large_response()");
  for (j = 0; j < 2; j++)
    for (i = 0; i < sizeof values / sizeof *values; i++) {
      max_age = values[i];
      length_told = j ? LENGTH : 100;
      etag = i % 2 ? 0x4711 : 0;
      say("-- max_age %d, etag %d, %zu bytes", max_age, (int)etag, length_told);
      ask(COAP_REQUEST_CODE_GET, "rep", NULL, NULL);
    }
  max_age = 5, length_told = 100, etag = 0x123456789abcdef0;
  ask(COAP_REQUEST_CODE_GET, "rep", NULL, block);
}

static void
register_all(coap_resource_t *resource, coap_method_handler_t handler) {
  int method;
  for (method = COAP_REQUEST_GET; method <= COAP_REQUEST_IPATCH; method++)
    coap_register_request_handler(resource, (coap_request_t)method, handler);
  coap_add_resource(server, resource);
}

int
main(void) {
  coap_resource_t *resource;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  memset(content, 'c', sizeof content);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_context_set_block_mode(client, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  listen_on_loopback(server);
  register_all(coap_resource_init(str("doc"), 0), versioned);
  register_all(coap_resource_init(str("code"), 0), any_code);
  resource = coap_resource_init(str("rep"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, represented);
  coap_add_resource(server, resource);
  resource = coap_resource_unknown_init(versioned);
  coap_register_request_handler(resource, COAP_REQUEST_DELETE, versioned);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, answer);
  coap_register_nack_handler(client, nack);
  session = connect_to(client, known_port);
  matching();
  codes();
  ages();
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
