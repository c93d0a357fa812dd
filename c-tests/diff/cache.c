/* Cache keys: which requests share one. Cache entries: found by key and by request, with data of the program's, until
 * they are deleted, idle for too long, or their session ends. */
#include "../support.h"

static coap_context_t *context;
static coap_session_t *session, *other_session;
static int data[4];

typedef struct {
  const char *name;
  coap_pdu_code_t code;
  struct {
    uint16_t number;
    const char *value;
  } options[4];
  const char *payload;
} example_t;

static const example_t examples[] = {
    {"GET a", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}}, NULL},
    {"GET b", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "b"}}, NULL},
    {"GET a/b", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_URI_PATH, "b"}}, NULL},
    {"GET a?q", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_URI_QUERY, "q"}}, NULL},
    {"PUT a x", COAP_REQUEST_CODE_PUT, {{COAP_OPTION_URI_PATH, "a"}}, "x"},
    {"PUT a y", COAP_REQUEST_CODE_PUT, {{COAP_OPTION_URI_PATH, "a"}}, "y"},
    {"POST a", COAP_REQUEST_CODE_POST, {{COAP_OPTION_URI_PATH, "a"}}, NULL},
    {"DELETE a", COAP_REQUEST_CODE_DELETE, {{COAP_OPTION_URI_PATH, "a"}}, NULL},
    {"FETCH a", COAP_REQUEST_CODE_FETCH, {{COAP_OPTION_URI_PATH, "a"}}, NULL},
    {"FETCH a x", COAP_REQUEST_CODE_FETCH, {{COAP_OPTION_URI_PATH, "a"}}, "x"},
    {"FETCH a y", COAP_REQUEST_CODE_FETCH, {{COAP_OPTION_URI_PATH, "a"}}, "y"},
    {"GET a, Observe", COAP_REQUEST_CODE_GET, {{COAP_OPTION_OBSERVE, ""}, {COAP_OPTION_URI_PATH, "a"}}, NULL},
    {"GET a, ETag", COAP_REQUEST_CODE_GET, {{COAP_OPTION_ETAG, "e"}, {COAP_OPTION_URI_PATH, "a"}}, NULL},
    {"GET a, Accept", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_ACCEPT, "j"}}, NULL},
    {"PUT a, Content-Format", COAP_REQUEST_CODE_PUT,
     {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_CONTENT_FORMAT, "j"}}, "x"},
    {"GET a, Max-Age", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_MAXAGE, "j"}}, NULL},
    {"GET a, Block1", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_BLOCK1, "j"}}, NULL},
    {"GET a, Block2", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_BLOCK2, "j"}}, NULL},
    {"GET a, Size1", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_SIZE1, "j"}}, NULL},
    {"GET a, Size2", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_SIZE2, "j"}}, NULL},
    {"GET a, If-Match", COAP_REQUEST_CODE_GET, {{COAP_OPTION_IF_MATCH, "j"}, {COAP_OPTION_URI_PATH, "a"}}, NULL},
    {"GET a, Uri-Host", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_HOST, "h"}, {COAP_OPTION_URI_PATH, "a"}}, NULL},
    {"GET a, No-Response", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_NORESPONSE, "j"}}, NULL},
    {"GET a, Echo", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_ECHO, "j"}}, NULL},
    {"GET a, Request-Tag", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {COAP_OPTION_RTAG, "j"}}, NULL},
    {"GET a, option 2044", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {2044, "j"}}, NULL},
    {"GET a, option 2046", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {2046, "j"}}, NULL},
    {"GET a, option 2045", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {2045, "j"}}, NULL},
    {"GET a, option 2040", COAP_REQUEST_CODE_GET, {{COAP_OPTION_URI_PATH, "a"}, {2040, "j"}}, NULL},
};
#define EXAMPLES ((int)(sizeof examples / sizeof *examples))
#define BYTES 32

static coap_pdu_t *
make(const example_t *example) {
  coap_pdu_t *pdu = request(session, COAP_MESSAGE_CON, example->code, NULL);
  int i;
  for (i = 0; i < 4 && example->options[i].value; i++)
    coap_add_option(pdu, example->options[i].number, strlen(example->options[i].value),
                    (const uint8_t *)example->options[i].value);
  if (example->payload)
    coap_add_data(pdu, strlen(example->payload), (const uint8_t *)example->payload);
  return pdu;
}

/* Prints for each example the first one that it shares its key with. */
static void
print_kin(const char *title, coap_cache_session_based_t based, const uint16_t *ignored, size_t count) {
  unsigned char keys[EXAMPLES][BYTES];
  int i, k;
  say("== %s", title);
  for (i = 0; i < EXAMPLES; i++) {
    coap_pdu_t *pdu = make(&examples[i]);
    coap_cache_key_t *key = ignored ? coap_cache_derive_key_w_ignore(session, pdu, based, ignored, count)
                                    : coap_cache_derive_key(session, pdu, based);
    need(key, "no key");
    memcpy(keys[i], key, BYTES);
    coap_delete_cache_key(key);
    coap_delete_pdu(pdu);
    for (k = 0; memcmp(keys[k], keys[i], BYTES); k++)
      ;
    say("%s: as %s", examples[i].name, k == i ? "no other before" : examples[k].name);
  }
}

static int
keys_are_equal(coap_session_t *one, coap_cache_session_based_t of_one, coap_session_t *two,
               coap_cache_session_based_t of_two) {
  coap_pdu_t *pdu = make(&examples[0]);
  coap_cache_key_t *first = coap_cache_derive_key(one, pdu, of_one);
  coap_cache_key_t *second = coap_cache_derive_key(two, pdu, of_two);
  int equal = memcmp(first, second, BYTES) == 0;
  coap_delete_cache_key(first);
  coap_delete_cache_key(second);
  coap_delete_pdu(pdu);
  return equal;
}

static void
released(void *which) {
  say("released data %d", (int)((int *)which - data));
}

static coap_cache_entry_t *
find(coap_session_t *whose, const example_t *example, coap_cache_session_based_t based) {
  coap_pdu_t *pdu = make(example);
  coap_cache_entry_t *found = coap_cache_get_by_pdu(whose, pdu, based);
  coap_delete_pdu(pdu);
  return found;
}

static coap_cache_entry_t *
new_entry(const example_t *example, coap_cache_record_pdu_t record, coap_cache_session_based_t based,
          unsigned idle, int which) {
  coap_pdu_t *pdu = make(example);
  coap_cache_entry_t *entry = coap_new_cache_entry(session, pdu, record, based, idle);
  coap_delete_pdu(pdu);
  say("new entry %d, data at first %d", entry != NULL, coap_cache_get_app_data(entry) != NULL);
  coap_cache_set_app_data(entry, &data[which], released);
  return entry;
}

static void
entries(void) {
  coap_cache_entry_t *entry, *newer;
  coap_cache_key_t *key;
  coap_pdu_t *pdu;
  const coap_pdu_t *kept;
  int i;

  say("== an entry and its data");
  say("found before %d", find(session, &examples[0], COAP_CACHE_NOT_SESSION_BASED) != NULL);
  entry = new_entry(&examples[0], COAP_CACHE_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0, 0);
  say("found %d, by another session %d, as of the session %d, for another path %d",
      find(session, &examples[0], COAP_CACHE_NOT_SESSION_BASED) == entry,
      find(other_session, &examples[0], COAP_CACHE_NOT_SESSION_BASED) == entry,
      find(session, &examples[0], COAP_CACHE_IS_SESSION_BASED) != NULL,
      find(session, &examples[1], COAP_CACHE_NOT_SESSION_BASED) != NULL);
  pdu = make(&examples[4]);
  key = coap_cache_derive_key(session, pdu, COAP_CACHE_NOT_SESSION_BASED);
  say("found by key %d", coap_cache_get_by_key(context, key) == entry);
  coap_delete_cache_key(key);
  coap_delete_pdu(pdu);
  say("data %d", (int)((int *)coap_cache_get_app_data(entry) - data));
  kept = coap_cache_get_pdu(entry);
  say("request kept: %s %s", type_name(coap_pdu_get_type(kept)), code_name(coap_pdu_get_code(kept)));
  coap_cache_set_app_data(entry, &data[1], released);
  say("other data: nothing was released");
  coap_delete_cache_entry(context, entry);
  say("found after %d", find(session, &examples[0], COAP_CACHE_NOT_SESSION_BASED) != NULL);

  say("== a request with payload, kept");
  entry = new_entry(&examples[9], COAP_CACHE_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0, 2);
  print_payload("request kept:", coap_cache_get_pdu(entry));
  say("found %d, by another session %d", find(session, &examples[9], COAP_CACHE_IS_SESSION_BASED) == entry,
      find(other_session, &examples[9], COAP_CACHE_IS_SESSION_BASED) != NULL);
  coap_cache_set_app_data(entry, NULL, released);
  coap_delete_cache_entry(context, entry);

  say("== data without a function");
  entry = new_entry(&examples[0], COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0, 0);
  say("request kept %d", coap_cache_get_pdu(entry) != NULL);
  coap_cache_set_app_data(entry, &data[0], NULL);
  coap_delete_cache_entry(context, entry);

  say("== two of one key");
  entry = new_entry(&examples[0], COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0, 0);
  newer = new_entry(&examples[0], COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0, 1);
  say("the newer is found %d", find(session, &examples[0], COAP_CACHE_NOT_SESSION_BASED) == newer);
  coap_delete_cache_entry(context, newer);
  say("then the older %d", find(session, &examples[0], COAP_CACHE_NOT_SESSION_BASED) == entry);
  coap_delete_cache_entry(context, entry);

  say("== idle for a second");
  entry = new_entry(&examples[0], COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 1, 3);
  for (i = 0; i < 3; i++) {
    run_for(context, NULL, 600);
    say("asked for in time %d", find(session, &examples[0], COAP_CACHE_NOT_SESSION_BASED) == entry);
  }
}

int
main(void) {
  static const uint16_t blocks[] = {COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2, COAP_OPTION_URI_QUERY};
  const coap_cache_session_based_t is = COAP_CACHE_IS_SESSION_BASED, is_not = COAP_CACHE_NOT_SESSION_BASED;
  coap_context_t *server;
  coap_pdu_t *pdu;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  session = connect_to(context, known_port);
  other_session = connect_to(context, known_port);

  print_kin("for any session", is_not, NULL, 0);
  print_kin("for one session", is, NULL, 0);
  print_kin("less blocks and query", is_not, blocks, 3);
  say("ignored %d", coap_cache_ignore_options(context, blocks, 2));
  print_kin("less blocks, by the context", is_not, NULL, 0);
  say("ignored %d", coap_cache_ignore_options(context, blocks + 2, 1));
  print_kin("less query, by the context", is_not, NULL, 0);
  print_kin("less blocks and query, whatever the context says", is_not, blocks, 3);
  say("ignored %d", coap_cache_ignore_options(context, NULL, 0));
  say("one session %d, two sessions %d, two of none %d, one and none %d", keys_are_equal(session, is, session, is),
      keys_are_equal(session, is, other_session, is), keys_are_equal(session, is_not, other_session, is_not),
      keys_are_equal(session, is, session, is_not));

  entries();
  run_until(context, NULL, &data[0], 1500);
  say("found after %d", find(session, &examples[0], COAP_CACHE_NOT_SESSION_BASED) != NULL);

  say("== the end of a session");
  new_entry(&examples[0], COAP_CACHE_RECORD_PDU, is, 0, 0);
  new_entry(&examples[1], COAP_CACHE_RECORD_PDU, is_not, 60, 1);
  coap_session_release(session);
  say("released");
  session = other_session;
  say("found after %d %d", find(session, &examples[0], is) != NULL, find(session, &examples[1], is_not) != NULL);

  say("== the end of a context");
  new_entry(&examples[0], COAP_CACHE_RECORD_PDU, is, 0, 2);
  coap_free_context(context);
  say("freed");

  say("== a request without options");
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  session = connect_to(context, known_port);
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  {
    coap_cache_key_t *key = coap_cache_derive_key(session, pdu, is_not);
    say("key %d", key != NULL);
    coap_delete_cache_key(key);
  }
  coap_delete_pdu(pdu);
  coap_free_context(context);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
