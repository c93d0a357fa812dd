/* coap_io(3): the meaning of every time-out, the descriptor for a loop of one's own, coap_io_process_with_fds(). */
#include "../support.h"
#include <sys/epoll.h>
#include <sys/select.h>

static int answers, served;
static coap_context_t *server, *client;
static coap_session_t *session;

static void
get(coap_resource_t *resource, coap_session_t *one, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)one, (void)pdu, (void)query;
  served++;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *one, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)one, (void)sent, (void)received, (void)mid;
  answers++;
  return COAP_RESPONSE_OK;
}

static void
ask(void) {
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
}

/* Whether a wait was about as long as it should be; a loaded machine makes it longer. */
static int
about(long started, long expected) {
  long waited = milliseconds() - started;
  return waited >= expected - 10 && waited < expected + 2000;
}

static void
timeouts(void) {
  long started = milliseconds();
  int result = coap_io_process(client, COAP_IO_NO_WAIT);
  say("no wait: returned %s, at once %d", result < 0 ? "an error" : "the time spent", about(started, 0));

  started = milliseconds();
  result = coap_io_process(client, 300);
  say("300 ms of nothing: about that was returned %d, and spent %d", result >= 250 && result < 2300,
      about(started, 300));

  ask();
  started = milliseconds();
  while (!served)
    coap_io_process(server, 5000);
  say("the server woke up: %d", milliseconds() - started < 2000);
  started = milliseconds();
  coap_io_process(client, COAP_IO_WAIT);
  say("waiting without limit ended with the answer: %d", answers == 1 && milliseconds() - started < 2000);
}

/* The context's descriptor in someone else's loop. */
static void
descriptor(void) {
  int fd = coap_context_get_coap_fd(server), own = epoll_create1(0), rounds = 0;
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  struct epoll_event event = {.events = EPOLLIN};
  say("descriptor: %d", fd >= 0);
  coap_io_process(server, COAP_IO_NO_WAIT);
  say("readable without traffic: %d", poll(&wait, 1, 0));
  served = answers = 0;
  ask();
  say("readable with traffic: %d", poll(&wait, 1, 2000));
  while (!served && rounds++ < 100)
    coap_io_process(server, COAP_IO_NO_WAIT);
  say("served: %d", served);
  say("readable after that: %d", poll(&wait, 1, 0));

  epoll_ctl(own, EPOLL_CTL_ADD, fd, &event);
  served = 0;
  run_until(NULL, client, &answers, 2000);
  ask();
  say("in an epoll set: %d", epoll_wait(own, &event, 1, 2000));
  for (rounds = 0; !served && rounds < 100; rounds++)
    coap_io_process(server, COAP_IO_NO_WAIT);
  say("served: %d", served);
  answers = 0;
  run_until(server, client, &answers, 2000);
  close(own);
}

/* The distribution's build polls with epoll and ignores the sets; c-tests/ours/with_fds.c is about them. */
static void
with_descriptors(void) {
  long started = milliseconds();
  fd_set readable;
  FD_ZERO(&readable);
  coap_io_process_with_fds(client, 200, 0, &readable, NULL, NULL);
  say("nothing to read: the time-out passes %d", about(started, 200));
  say("no sets: %d", coap_io_process_with_fds(client, COAP_IO_NO_WAIT, 0, NULL, NULL, NULL) >= 0);
  served = answers = 0;
  ask();
  while (!served && milliseconds() - started < 4000)
    coap_io_process_with_fds(server, 100, 0, &readable, NULL, NULL);
  say("traffic is served: %d", served);
  run_until(server, client, &answers, 2000);
}

int
main(void) {
  coap_resource_t *resource;
  coap_startup();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, answer);
  session = connect_to(client, known_port);
  say("== time-outs");
  timeouts();
  say("== a loop of one's own");
  descriptor();
  say("== with descriptors");
  with_descriptors();
  say("== can exit");
  say("idle: %d", coap_can_exit(client));
  ask();
  say("waiting for an answer: %d", coap_can_exit(client));
  answers = 0;
  run_until(server, client, &answers, 2000);
  say("answered: %d", coap_can_exit(client));
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
