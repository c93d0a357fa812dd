/* The floor of CoAP over TCP (RFC 8323): answers every GET with 11 bytes and each CSM with its own, keeps no more of a
 * connection than what of a message has come. What a server does beyond this is what CoAP costs.
 *
 *   floor_tcp PORT      prints "ready", serves until it is killed
 */
#define _GNU_SOURCE
#include "bench.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { EVENTS = 64, ROOM = 256, MOST = 1 << 16, CSM = 0xe1, CONTENT = 0x45, BODY = 11, ANSWER = 3 + 8 + 1 + BODY };

static struct connection {
  size_t have;
  uint8_t bytes[ROOM];
} *connections[MOST];

static int
open_socket(const char *port) {
  const struct sockaddr_in local = loopback(port);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(fd, (const struct sockaddr *)&local, sizeof local) || listen(fd, 1024))
    give_up("bind");
  return fd;
}

static void
watch(int epoll, int fd) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
    give_up("epoll_ctl");
}

static void
accept_all(int epoll, int listener) {
  const int yes = 1;
  for (;;) {
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
      return;
    if (fd >= MOST || !(connections[fd] = calloc(1, sizeof *connections[fd])))
      give_up("too many connections");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    watch(epoll, fd);
  }
}

/* Writes what a message is answered with, and says how long that is. */
static size_t
answer(const uint8_t *message, uint8_t *reply) {
  static const char body[BODY + 1] = "hello world";
  const size_t token = message[0] & 15u;
  if (message[1] == CSM) {
    memcpy(reply, "\0\xe1", 2);
    return 2;
  }
  /* The payload and its marker are 12 bytes, which the length says without more. */
  reply[0] = (uint8_t)((1 + BODY) << 4 | token);
  reply[1] = CONTENT;
  memcpy(reply + 2, message + 2, token);
  reply[2 + token] = 0xff;
  memcpy(reply + 3 + token, body, BODY);
  return 3 + token + BODY;
}

/* What came on a connection is answered with one write. Messages are short here. */
static void
serve(int fd, struct connection *connection) {
  uint8_t replies[ROOM / 2 * ANSWER];
  const ssize_t more = recv(fd, connection->bytes + connection->have, ROOM - connection->have, 0);
  size_t at = 0, length = 0;
  if (more <= 0) {
    if (more == 0 || errno != EAGAIN) {
      close(fd);
      free(connection);
    }
    return;
  }
  connection->have += (size_t)more;
  while (connection->have - at >= 2) {
    const uint8_t *message = connection->bytes + at;
    const size_t size = 2u + (message[0] >> 4) + (message[0] & 15u);
    if (message[0] >> 4 > 12 || (message[0] & 15) > 8)
      give_up("a message that is too long");
    if (size > connection->have - at)
      break;
    length += answer(message, replies + length);
    at += size;
  }
  memmove(connection->bytes, connection->bytes + at, connection->have - at);
  connection->have -= at;
  if (length && send(fd, replies, length, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
    give_up("send");
}

int
main(int argc, char **argv) {
  struct epoll_event events[EVENTS];
  if (argc != 2)
    return 2;
  end_with_parent();
  const int listener = open_socket(argv[1]), epoll = epoll_create1(0);
  watch(epoll, listener);
  say("ready");
  for (;;) {
    const int ready = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < ready; i++)
      if (events[i].data.fd == listener)
        accept_all(epoll, listener);
      else
        serve(events[i].data.fd, connections[events[i].data.fd]);
  }
}
