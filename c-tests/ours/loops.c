/* Loops that the library runs: in one thread and in four, ended by a signal handler; threads beside a loop of the
 * program's own; and the descriptors for somebody else's loop. */
#include "../support.h"
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

enum { CLIENTS = 3, REQUESTS = 50 };

static int served, together, most; /* by any thread */
static int wait_for_another;        /* the next handler returns when a second one runs beside it */
static pthread_mutex_t count = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t another = PTHREAD_COND_INITIALIZER;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  struct timespec limit;
  (void)resource, (void)session, (void)pdu, (void)query;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += 10;
  pthread_mutex_lock(&count);
  served++;
  if (++together > most)
    most = together;
  while (wait_for_another && together < 2 && !pthread_cond_timedwait(&another, &count, &limit))
    ;
  wait_for_another = 0;
  pthread_cond_broadcast(&another);
  together--;
  pthread_mutex_unlock(&count);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

/* A client with a context of its own. */
static void *
ask(void *port) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session = connect_to(context, *(uint16_t *)port);
  size_t i, answers = 0;
  for (i = 0; i < REQUESTS; i++) {
    coap_pdu_t *pdu = request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"), *response = NULL;
    answers += coap_send_recv(session, pdu, &response, 20000) >= 0;
    coap_delete_pdu(pdu);
    coap_delete_pdu(response);
  }
  coap_session_release(session);
  coap_free_context(context);
  return (void *)answers;
}

static void
ask_in_threads(const char *what) {
  pthread_t threads[CLIENTS];
  size_t answers = 0;
  int i;
  for (i = 0; i < CLIENTS; i++)
    pthread_create(&threads[i], NULL, ask, &known_port);
  for (i = 0; i < CLIENTS; i++) {
    void *got;
    pthread_join(threads[i], &got);
    answers += (size_t)got;
  }
  say("%s: %zu of %d answered", what, answers, CLIENTS * REQUESTS);
}

static void *
ask_and_end(void *what) {
  ask_in_threads((const char *)what);
  raise(SIGUSR1);
  return NULL;
}

static void
on_signal(int number) {
  (void)number;
  coap_io_process_terminate_loop();
}

static void
tick(void *ticks) {
  ++*(int *)ticks;
}

int
main(void) {
  coap_context_t *server;
  coap_resource_t *resource;
  coap_socket_t *sockets[2];
  coap_fd_t reading[2], writing[2];
  unsigned readers = 9, writers = 9, count_of_sockets = 9, rest = 9;
  struct itimerval soon = {{0, 0}, {0, 50000}};
  pthread_t thread;
  int ticks = 0, result;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  signal(SIGUSR1, on_signal);
  signal(SIGALRM, on_signal);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);

  pthread_create(&thread, NULL, ask_and_end, "a loop in one thread");
  result = coap_io_process_loop(server, tick, &ticks, 100, 1);
  pthread_join(thread, NULL);
  say("ended %d, its code has run: %d, handlers at a time: %d", result, ticks > 0, most);
  wait_for_another = 1;
  pthread_create(&thread, NULL, ask_and_end, "a loop in four threads");
  result = coap_io_process_loop(server, tick, &ticks, 100, 4);
  pthread_join(thread, NULL);
  say("ended %d, several handlers at a time: %d", result, most > 1);
  setitimer(ITIMER_REAL, &soon, NULL);
  say("nothing to do until a signal comes: %d", coap_io_process_loop(server, NULL, NULL, COAP_IO_WAIT, 2));
  coap_io_process_terminate_loop();
  say("ended before it began: %d", coap_io_process_loop(server, NULL, NULL, COAP_IO_WAIT, 1));

  say("== threads alone");
  say("none: %d", coap_io_process_configure_threads(server, 0));
  say("three: %d", coap_io_process_configure_threads(server, 3));
  ask_in_threads("threads");
  coap_io_process_remove_threads(server);
  say("served in all: %d", served);

  say("== somebody else's loop");
  say("descriptors: %u", coap_io_get_fds(server, reading, &readers, 2, writing, &writers, 2, &rest));
  say("to read %u, to write %u, for less than the session's time-out: %d", readers, writers, rest <= 300000);
  say("it is the context's: %d", reading[0] == coap_context_get_coap_fd(server));
  say("no room for it: %u", coap_io_get_fds(server, reading, &readers, 0, writing, &writers, 2, &rest));
  coap_io_prepare_io(server, sockets, 2, &count_of_sockets, 0);
  say("sockets: %u, with the same descriptor: %d", count_of_sockets, coap_socket_get_fd(sockets[0]) == reading[0]);
  say("its flags: 0x%04x", coap_socket_get_flags(sockets[0]));
  coap_socket_set_flags(sockets[0], 0x0100); /* it can be read */
  coap_io_do_io(server, 0);
  say("none: %d, %d", coap_socket_get_fd(NULL), coap_socket_get_flags(NULL));
  coap_free_context(server);
  say("stale: %d", coap_socket_get_fd(sockets[0]));
  coap_cleanup();
  return 0;
}
