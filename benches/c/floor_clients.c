/* The floor for many clients in one program: as many sockets, each connected to the server, which ask by turns. No
 * request is kept, no timer set; an answer is whatever comes.
 *
 *   floor_clients PORT SESSIONS SECONDS      prints "count N in T"; N: answers
 */
#include "bench.h"
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { IN_FLIGHT = 64, EVENTS = 256, ROOM = 2048 };

static int *sockets, epoll;
static long count, next_socket, answers;

static void
ask_next(void) {
  static uint16_t id;
  const uint8_t high = (uint8_t)(id >> 8), low = (uint8_t)id++;
  /* A confirmable GET with a token of four bytes; Uri-Path: t. */
  const uint8_t request[] = {0x44, 0x01, high, low, 'n', 'e', high, low, 0xb1, 't'};
  if (send(sockets[next_socket], request, sizeof request, MSG_DONTWAIT) < 0)
    give_up("send");
  next_socket = next_socket + 1 == count ? 0 : next_socket + 1;
}

static void
open_sockets(const char *port) {
  const struct sockaddr_in server = loopback(port);
  sockets = calloc((size_t)count, sizeof *sockets);
  for (long i = 0; i < count; i++) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    sockets[i] = event.data.fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (sockets[i] < 0 || connect(sockets[i], (const struct sockaddr *)&server, sizeof server))
      give_up("no socket");
    epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event);
  }
}

/* Reads all that is there, then asks as often. */
static void
turn(void) {
  struct epoll_event events[EVENTS];
  uint8_t room[ROOM];
  long owed = 0;
  const int ready = epoll_wait(epoll, events, EVENTS, 100);
  for (int i = 0; i < ready; i++)
    while (recv(events[i].data.fd, room, sizeof room, MSG_DONTWAIT) >= 0)
      owed++;
  answers += owed;
  while (owed--)
    ask_next();
}

int
main(int argc, char **argv) {
  count = start_client(argc, argv);
  epoll = epoll_create1(0);
  if (epoll < 0)
    give_up("no epoll");
  open_sockets(argv[1]);
  const double begin = now(), end = begin + seconds(argv[3]);
  for (int i = 0; i < IN_FLIGHT; i++)
    ask_next();
  while (now() < end)
    turn();
  report(answers, now() - begin);
  return 0;
}
