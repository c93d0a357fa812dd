/* Work with the interface alone, nothing is sent: each thread has a context and a session of its own and makes requests
 * with options and data, reads them and deletes them.
 *
 *   threads THREADS SECONDS      prints "count N in T"; N: requests, of all threads together
 */
#include "program.h"
#include <pthread.h>
#include <stdatomic.h>

enum { MOST = 64 };

static atomic_int is_over;
static pthread_barrier_t start;

static void
add_options(coap_pdu_t *pdu) {
  uint8_t format[2];
  coap_optlist_t *options = NULL;
  const size_t length = coap_encode_var_safe(format, sizeof format, COAP_MEDIATYPE_TEXT_PLAIN);
  coap_insert_optlist(&options, coap_new_optlist(COAP_OPTION_CONTENT_FORMAT, length, format));
  coap_insert_optlist(&options, coap_new_optlist(COAP_OPTION_URI_PATH, 7, (const uint8_t *)"sensors"));
  coap_insert_optlist(&options, coap_new_optlist(COAP_OPTION_URI_PATH, 11, (const uint8_t *)"temperature"));
  coap_insert_optlist(&options, coap_new_optlist(COAP_OPTION_URI_QUERY, 6, (const uint8_t *)"unit=C"));
  coap_add_optlist_pdu(pdu, &options);
  coap_delete_optlist(options);
}

static size_t
read_all(const coap_pdu_t *pdu) {
  coap_opt_iterator_t iterator;
  const coap_opt_t *option;
  const uint8_t *data;
  size_t length = 0, all = coap_pdu_get_token(pdu).length + coap_pdu_get_code(pdu) + coap_pdu_get_type(pdu);
  coap_option_iterator_init(pdu, &iterator, COAP_OPT_ALL);
  while ((option = coap_option_next(&iterator)))
    all += coap_opt_length(option) + *coap_opt_value(option);
  coap_get_data(pdu, &length, &data);
  return all + length;
}

static void
one_request(coap_session_t *session) {
  uint8_t token[8];
  size_t length;
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, session);
  coap_session_new_token(session, &length, token);
  coap_add_token(pdu, length, token);
  add_options(pdu);
  coap_add_data(pdu, 11, (const uint8_t *)"21.5 degree");
  if (!read_all(pdu) || coap_session_get_state(session) != COAP_SESSION_STATE_ESTABLISHED)
    give_up("a request that is none");
  coap_delete_pdu(pdu);
}

static void *
work(void *count) {
  const coap_address_t nobody = coap_loopback("9");
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session = context ? coap_new_client_session(context, NULL, &nobody, COAP_PROTO_UDP) : NULL;
  long done = 0;
  if (!session)
    give_up("no session");
  pthread_barrier_wait(&start);
  for (; !atomic_load_explicit(&is_over, memory_order_relaxed); done++)
    one_request(session);
  *(long *)count = done;
  coap_session_release(session);
  coap_free_context(context);
  return NULL;
}

int
main(int argc, char **argv) {
  pthread_t threads[MOST];
  long counts[MOST], all = 0;
  if (argc != 3)
    return 2;
  end_in_time();
  const long many = number(argv[1]);
  const double duration = seconds(argv[2]);
  if (many < 1 || many > MOST)
    return 2;
  coap_startup();
  coap_set_log_level(COAP_LOG_ERR);
  pthread_barrier_init(&start, NULL, (unsigned)many + 1);
  for (long i = 0; i < many; i++)
    if (pthread_create(&threads[i], NULL, work, &counts[i]))
      give_up("pthread_create");
  pthread_barrier_wait(&start);
  const double begin = now();
  const struct timespec time = {(time_t)duration, (long)((duration - (double)(time_t)duration) * 1e9)};
  nanosleep(&time, NULL);
  atomic_store(&is_over, 1);
  const double took = now() - begin;
  for (long i = 0; i < many; i++) {
    pthread_join(threads[i], NULL);
    all += counts[i];
  }
  report(all, took);
  coap_cleanup();
  return 0;
}
