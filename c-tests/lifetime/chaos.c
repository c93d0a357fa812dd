/* Threads that make, use and end the same contexts, sessions, endpoints and resources in no order at all, from within
 * callbacks too. Ends, and loses no memory. chaos [SEED [OPERATIONS]] */
#include "../support.h"
#include <pthread.h>

enum { THREADS = 4, PLACES = 8 };

static coap_context_t *contexts[PLACES];
static coap_session_t *sessions[PLACES];
static coap_endpoint_t *endpoints[PLACES];
static coap_resource_t *resources[PLACES];
static unsigned long operations;

static __thread uint64_t state;
static __thread int depth;

static unsigned
below(unsigned limit) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)(state % limit);
}

#define GET(array) __atomic_load_n(&(array)[below(PLACES)], __ATOMIC_SEQ_CST)
#define SET(array, value) __atomic_store_n(&(array)[below(PLACES)], value, __ATOMIC_SEQ_CST)

static void step(void);

/* A few steps more, but not for ever. */
static void
from_a_callback(void) {
  if (depth >= 3)
    return;
  depth++;
  step();
  depth--;
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  from_a_callback();
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)received, (void)mid;
  from_a_callback();
  return below(8) ? COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)reason, (void)mid;
  from_a_callback();
}

static int
event(coap_session_t *session, const coap_event_t what) {
  (void)what;
  if (below(4) == 0)
    SET(sessions, session);
  from_a_callback();
  return 0;
}

static void
make_context(void) {
  coap_context_t *context = coap_new_context(NULL), *old;
  coap_register_response_handler(context, answer);
  coap_register_nack_handler(context, nack);
  coap_register_event_handler(context, event);
  old = __atomic_exchange_n(&contexts[below(PLACES)], context, __ATOMIC_SEQ_CST);
  coap_free_context(old);
}

static void
make_session(void) {
  coap_endpoint_t *endpoint = GET(endpoints);
  const char *text = coap_endpoint_str(endpoint);
  const char *colon = text ? strrchr(text, ':') : NULL;
  coap_address_t address = loopback((uint16_t)(colon ? atoi(colon + 1) : 9));
  SET(sessions, coap_new_client_session(GET(contexts), NULL, &address, COAP_PROTO_UDP));
}

static void
send_something(void) {
  coap_session_t *session = GET(sessions);
  coap_pdu_t *pdu = coap_new_pdu(below(2) ? COAP_MESSAGE_CON : COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, session);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x");
  if (below(10))
    coap_send(below(10) ? session : GET(sessions), pdu);
  else
    coap_delete_pdu(pdu);
}

static void
step(void) {
  coap_address_t any = loopback(0);
  coap_resource_t *resource;
  switch (below(20)) {
  case 0:
    if (below(4) == 0)
      make_context();
    break;
  case 1: make_session(); break;
  case 2: SET(endpoints, coap_new_endpoint(GET(contexts), &any, COAP_PROTO_UDP)); break;
  case 3:
    resource = coap_resource_init(coap_make_str_const("x"), 0);
    coap_register_request_handler(resource, COAP_REQUEST_GET, get);
    coap_add_resource(GET(contexts), resource);
    SET(resources, resource);
    break;
  case 4: coap_session_release(GET(sessions)); break;
  case 5: coap_session_reference(GET(sessions)); break;
  case 6: coap_session_disconnected(GET(sessions), COAP_NACK_NOT_DELIVERABLE); break;
  case 7: coap_delete_resource(GET(contexts), GET(resources)); break;
  case 8:
    if (below(4) == 0)
      coap_free_endpoint(GET(endpoints));
    break;
  case 9: coap_session_send_ping(GET(sessions)); break;
  case 10: coap_session_set_type_client(GET(sessions)); break;
  case 11: coap_session_str(GET(sessions)); break;
  case 12:
  case 13:
  case 14: send_something(); break;
  default: coap_io_process(GET(contexts), below(4) ? COAP_IO_NO_WAIT : 1); break;
  }
}

static void *
run(void *seed) {
  unsigned long count;
  state = (uint64_t)(uintptr_t)seed;
  for (count = 0; count < operations; count++)
    step();
  return NULL;
}

int
main(int argc, char **argv) {
  uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  pthread_t threads[THREADS];
  int i;

  operations = argc > 2 ? strtoul(argv[2], NULL, 10) : 3000;
  state = seed;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  for (i = 0; i < PLACES; i++)
    contexts[i] = coap_new_context(NULL);
  for (i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)(seed * 1000003u + (unsigned)i + 1));
  for (i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  for (i = 0; i < PLACES; i++)
    coap_free_context(contexts[i]);
  coap_cleanup();
  say("ended");
  return 0;
}
