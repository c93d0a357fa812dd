/* Many connections to one server in one program (CoAP over TCP, RFC 8323).
 *
 *   load_tcp PORT CONNECTIONS IN_FLIGHT SECONDS
 *
 * Connects, and exchanges CSMs on each connection; "count N in T" of that, then the program waits for a line. After
 * it the connections ask GET /t by turns; "count N in T", and it waits for another line.
 */
#include "bench.h"
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { ROOM = 256, EVENTS = 64, CSM = 0xe1, CONTENT = 0x45 };

struct connection {
  int fd;
  size_t have;
  uint8_t bytes[ROOM];
};

static struct connection *connections;
static long count, next_connection, csms, answers;
static int epoll, is_over;

static void
send_all(const struct connection *connection, const uint8_t *bytes, size_t length) {
  if (send(connection->fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
    give_up("send");
}

static void
ask_next(void) {
  /* Two bytes of options, a token of four; GET; the token; Uri-Path: t. */
  static const uint8_t request[] = {0x24, 0x01, 'n', 'e', 'x', 't', 0xb1, 't'};
  send_all(&connections[next_connection], request, sizeof request);
  next_connection = next_connection + 1 == count ? 0 : next_connection + 1;
}

/* How long the first message is, or 0 as long as that cannot be said. No server sends longer ones here. */
static size_t
message_length(const struct connection *connection) {
  const uint8_t *bytes = connection->bytes;
  if (connection->have < 2)
    return 0;
  const size_t length = bytes[0] >> 4, token = bytes[0] & 15;
  if (length > 13)
    give_up("a message that is too long");
  return length == 13 ? 3u + 13u + bytes[1] + token : 2 + length + token;
}

static void
handle(uint8_t code) {
  csms += code == CSM;
  if (code == CONTENT) {
    answers++;
    if (!is_over)
      ask_next();
  }
}

static void
read_connection(struct connection *connection) {
  const ssize_t more = recv(connection->fd, connection->bytes + connection->have, ROOM - connection->have, MSG_DONTWAIT);
  if (more < 0 && errno == EAGAIN)
    return;
  if (more <= 0)
    give_up("recv");
  connection->have += (size_t)more;
  for (;;) {
    const size_t length = message_length(connection);
    if (!length || length > connection->have)
      break;
    handle(connection->bytes[connection->bytes[0] >> 4 == 13 ? 2 : 1]);
    connection->have -= length;
    memmove(connection->bytes, connection->bytes + length, connection->have);
  }
}

/* Waits for something to read, not for long, and reads it. */
static void
receive(void) {
  struct epoll_event events[EVENTS];
  const int ready = epoll_wait(epoll, events, EVENTS, 100);
  for (int i = 0; i < ready; i++)
    read_connection(events[i].data.ptr);
}

static void
connect_one(struct connection *connection, const struct sockaddr_in *server) {
  static const uint8_t csm[] = {0x00, CSM};
  /* Connections do not linger when the program ends: there are too many of them for that. */
  const struct linger at_once = {.l_onoff = 1};
  const int yes = 1;
  connection->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connection->fd < 0)
    give_up("socket");
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  if (connect(connection->fd, (const struct sockaddr *)server, sizeof *server))
    give_up("connect");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event);
  send_all(connection, csm, sizeof csm);
}

/* At most `most` of them wait for the server at a time, whose queue may be short. */
static void
connect_all(const struct sockaddr_in *server, long most) {
  const double start = now(), end = start + LIMIT;
  long made = 0;
  while (csms < count && now() < end) {
    for (; made < count && made - csms < most; made++)
      connect_one(&connections[made], server);
    receive();
  }
  count = made;
  report(csms, now() - start);
}

static void
ask_for(double duration, long in_flight) {
  const double start = now(), end = start + duration;
  for (long i = 0; i < in_flight; i++)
    ask_next();
  while (now() < end)
    receive();
  report(answers, now() - start);
  is_over = 1;
}

int
main(int argc, char **argv) {
  if (argc != 5)
    return 2;
  end_in_time();
  const struct sockaddr_in server = loopback(argv[1]);
  const long in_flight = number(argv[3]);
  count = number(argv[2]);
  connections = calloc((size_t)count, sizeof *connections);
  epoll = epoll_create1(0);
  if (!count || !connections || epoll < 0)
    give_up("no connections");
  connect_all(&server, 4);
  wait_for_word();
  ask_for(seconds(argv[4]), in_flight < count ? in_flight : count);
  wait_for_word();
  return 0;
}
