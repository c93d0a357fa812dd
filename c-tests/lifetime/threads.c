/* Any function from any thread: pairs of contexts in threads of their own, and one context that several threads use
 * while another waits in its loop. */
#include "../support.h"
#include <pthread.h>

enum { PAIRS = 4, SENDERS = 4, REQUESTS = 50 };

static volatile int stop;
static int served, answered; /* counted with atomic operations */

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  __atomic_add_fetch(&served, 1, __ATOMIC_SEQ_CST);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  int *own = (int *)coap_session_get_app_data(session);
  (void)sent, (void)received, (void)mid;
  if (own)
    __atomic_add_fetch(own, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&answered, 1, __ATOMIC_SEQ_CST);
  return COAP_RESPONSE_OK;
}

static coap_context_t *
new_server(uint16_t *port) {
  coap_context_t *server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_address_t address = loopback(0);
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("x"), 0);
  coap_endpoint_t *endpoint = coap_new_endpoint(server, &address, COAP_PROTO_UDP);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  *port = endpoint_port((coap_endpoint_t *)need(endpoint, "no endpoint"));
  return server;
}

/* A client and a server of its own. */
static void *
pair(void *unused) {
  uint16_t port;
  coap_context_t *server = new_server(&port), *client = coap_new_context(NULL);
  coap_session_t *session = connect_to(client, port);
  int own = 0, count;
  (void)unused;
  coap_register_response_handler(client, answer);
  coap_session_set_app_data(session, &own);
  for (count = 1; count <= REQUESTS; count++) {
    long end = milliseconds() + 10000;
    coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
    while (own < count && milliseconds() < end) {
      coap_io_process(server, COAP_IO_NO_WAIT);
      coap_io_process(client, 2);
    }
  }
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  return own == REQUESTS ? unused : NULL;
}

static void *
loop(void *context) {
  while (!stop)
    coap_io_process((coap_context_t *)context, 1000);
  return NULL;
}

struct sender {
  coap_context_t *client;
  uint16_t port;
  int own;
};

/* Uses a context whose loop another thread runs. */
static void *
send_all(void *argument) {
  struct sender *sender = (struct sender *)argument;
  coap_session_t *session = connect_to(sender->client, sender->port);
  int count;
  coap_session_set_app_data(session, &sender->own);
  for (count = 1; count <= REQUESTS; count++) {
    long end = milliseconds() + 10000;
    coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
    while (__atomic_load_n(&sender->own, __ATOMIC_SEQ_CST) < count && milliseconds() < end)
      usleep(100);
    coap_session_str(session);
    coap_session_get_state(session);
  }
  coap_session_release(session);
  return NULL;
}

int
main(void) {
  pthread_t pairs[PAIRS], senders[SENDERS], loops[2];
  struct sender work[SENDERS];
  uint16_t port;
  coap_context_t *server, *client;
  int i, well = 0;
  long started;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  for (i = 0; i < PAIRS; i++)
    pthread_create(&pairs[i], NULL, pair, &well);
  for (i = 0; i < PAIRS; i++) {
    void *result;
    pthread_join(pairs[i], &result);
    well += result != NULL;
  }
  say("pairs that got all answers: %d of %d", well, PAIRS);
  say("served %d", served);

  server = new_server(&port);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_response_handler(client, answer);
  pthread_create(&loops[0], NULL, loop, server);
  pthread_create(&loops[1], NULL, loop, client);
  started = milliseconds();
  for (i = 0, well = 0; i < SENDERS; i++) {
    work[i] = (struct sender){client, port, 0};
    pthread_create(&senders[i], NULL, send_all, &work[i]);
  }
  for (i = 0; i < SENDERS; i++) {
    pthread_join(senders[i], NULL);
    well += work[i].own == REQUESTS;
  }
  say("senders that got all answers: %d of %d", well, SENDERS);
  /* Each request that had to wait for the loop's own time-out would cost a second. */
  say("the waiting loop was woken each time: %d", milliseconds() - started < 25000);

  say("== a context freed while others use it");
  stop = 1;
  coap_free_context(client);
  coap_free_context(server);
  pthread_join(loops[0], NULL);
  pthread_join(loops[1], NULL);
  coap_cleanup();
  return 0;
}
