/* Someone else's loop: poll() on coap_context_get_coap_fd(), and epoll with coap_io_prepare_epoll() and
 * coap_io_do_epoll(). Bursts are served whole, and retransmissions wake the descriptor. */
#include "../support.h"
#include <sys/epoll.h>

enum { BURST = 300 };

static int served, answers, nacks;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  served++;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)received, (void)mid;
  answers++;
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("nack %s", nack_name(reason));
  nacks++;
}

/* Many requests at once, no more after them: whoever loses the edge never sees the rest. */
static void
burst(int fd, uint16_t port, int first) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(port)};
  int i;
  for (i = 0; i < BURST; i++) {
    uint8_t bytes[] = {0x52, 0x01, (uint8_t)((first + i) >> 8), (uint8_t)(first + i), 't', (uint8_t)i, 0xb1, 'x'};
    raw_send(fd, &to, bytes, sizeof bytes);
  }
}

static void
by_poll(coap_context_t *server, int fd) {
  struct pollfd wait = {.fd = coap_context_get_coap_fd(server), .events = POLLIN};
  served = 0;
  burst(fd, known_port, 0);
  while (served < BURST && poll(&wait, 1, 2000) == 1)
    coap_io_process(server, COAP_IO_NO_WAIT);
  say("poll: served %d of %d", served, BURST);
}

static void
by_epoll(coap_context_t *server, int fd) {
  int own = coap_context_get_coap_fd(server), quiet = 0;
  struct epoll_event events[COAP_MAX_EPOLL_EVENTS];
  served = 0;
  burst(fd, known_port, 1000);
  while (served < BURST && quiet < 3) {
    coap_tick_t now;
    unsigned next;
    int count;
    coap_ticks(&now);
    next = coap_io_prepare_epoll(server, now);
    count = epoll_wait(own, events, COAP_MAX_EPOLL_EVENTS, next && next < 500 ? (int)next : 500);
    quiet = count == 0 ? quiet + 1 : 0;
    coap_io_do_epoll(server, events, count > 0 ? (size_t)count : 0);
  }
  say("epoll: served %d of %d", served, BURST);
}

int
main(void) {
  const coap_fixed_point_t timeout = {1, 0}, factor = {1, 0};
  coap_context_t *server, *client;
  coap_session_t *session;
  coap_resource_t *resource;
  struct pollfd wait;
  uint16_t port;
  int fd = raw_peer(&port), room = 4 << 20;
  long started;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  by_poll(server, fd);
  by_epoll(server, fd);

  say("== a retransmission and the end of patience wake the descriptor");
  coap_register_response_handler(client, answer);
  coap_register_nack_handler(client, nack);
  session = connect_to(client, port);
  coap_session_set_ack_timeout(session, timeout);
  coap_session_set_ack_random_factor(session, factor);
  coap_session_set_max_retransmit(session, 1);
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  wait.fd = coap_context_get_coap_fd(client);
  wait.events = POLLIN;
  started = milliseconds();
  while (!nacks && milliseconds() - started < 10000)
    if (poll(&wait, 1, 10000) == 1)
      coap_io_process(client, COAP_IO_NO_WAIT);
  say("nacks %d, within four seconds %d", nacks, milliseconds() - started < 4500);
  say("unread answers %d", answers);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  close(fd);
  return 0;
}
