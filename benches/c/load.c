/* Many peers of one server in one program: its sockets send from addresses of 127/8, one for each peer.
 *
 *   load PORT PEERS IN_FLIGHT for SECONDS | times REQUESTS | observe
 *
 * Each peer asks once, which makes it known to the server; "count N in T" of that, then the program waits for a line.
 * After it the peers ask by turns, for a time or a number of times; "count N in T", and it waits for another line.
 * With `observe` each peer registers as an observer; later the resource is changed, and what is counted is the
 * peers that hear of it.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, ROOM = 128, CONTROL = 64, MOST = 1024, TOKEN = 4, PATIENCE = 2, SOCKETS = 64 };
enum { ACK = 2, GET = 1, PUT = 3, SUCCESS = 2 };
enum { FIRST_PEER = 0x7f010000 };

/* A request that waits for its answer, and again and again another one. Its number and turn make the token. */
struct slot {
  uint16_t number, turn, mid;
  uint8_t code;
  uint32_t peer;
  double sent; /* 0: it does not wait. */
};

static struct slot slots[MOST];
static uint16_t *mids;
static uint8_t *notified;
static uint32_t peers, next_peer;
static long in_flight, answers, notifications;
static int is_observing;
static double moment; /* of the last look at the sockets */
static struct sockaddr_in server;

/* Thousands of notifications at once are more than one socket keeps, so observers share several. */
static struct pollfd sockets[SOCKETS];
static uint32_t socket_count = 1;

/* What goes out with the next system call. All of it is of one socket. */
static struct {
  uint8_t bytes[BATCH][ROOM], control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];
  int count, fd;
} out;

static struct {
  uint8_t bytes[BATCH][ROOM], control[BATCH][CONTROL];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];
} in;

static void
open_sockets(void) {
  const struct sockaddr_in any = {.sin_family = AF_INET};
  const struct timeval patience = {.tv_usec = 100000};
  const int yes = 1, room = 8 << 20;
  for (uint32_t i = 0; i < socket_count; i++) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (bind(fd, (const struct sockaddr *)&any, sizeof any))
      give_up("bind");
    sockets[i] = (struct pollfd){fd, POLLIN, 0};
  }
}

static void
flush_out(void) {
  for (int done = 0; done < out.count;) {
    const int step = sendmmsg(out.fd, out.messages + done, (unsigned)(out.count - done), 0);
    if (step < 0 && errno != ECONNREFUSED && errno != EAGAIN && errno != ENOBUFS)
      give_up("sendmmsg");
    done += step > 0 ? step : 0;
  }
  out.count = 0;
}

/* A place for a message of a peer. */
static uint8_t *
begin(uint32_t peer, size_t length) {
  const int fd = sockets[peer % socket_count].fd;
  if (out.count == BATCH || out.fd != fd)
    flush_out();
  out.fd = fd;
  const int at = out.count++;
  struct msghdr *header = &out.messages[at].msg_hdr;
  out.vectors[at] = (struct iovec){out.bytes[at], length};
  *header = (struct msghdr){.msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &out.vectors[at],
                            .msg_iovlen = 1, .msg_control = out.control[at], .msg_controllen = sizeof out.control[at]};
  struct cmsghdr *control = CMSG_FIRSTHDR(header);
  control->cmsg_level = IPPROTO_IP;
  control->cmsg_type = IP_PKTINFO;
  control->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
  const struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(FIRST_PEER + peer)};
  memcpy(CMSG_DATA(control), &info, sizeof info);
  return out.bytes[at];
}

/* GET /t; GET /o that observes; PUT /o. */
static void
send_request(const struct slot *slot) {
  const int observes = is_observing && slot->code == GET;
  uint8_t *bytes = begin(slot->peer, 4 + TOKEN + 2 + (observes ? 1 : 0));
  *bytes++ = 0x40 | TOKEN;
  *bytes++ = slot->code;
  *bytes++ = (uint8_t)(slot->mid >> 8);
  *bytes++ = (uint8_t)slot->mid;
  memcpy(bytes, &slot->number, 2);
  memcpy(bytes + 2, &slot->turn, 2);
  bytes += TOKEN;
  if (observes)
    *bytes++ = 0x60;
  /* Uri-Path, one letter, counted from Observe or from nothing. */
  *bytes++ = observes ? 0x51 : 0xb1;
  *bytes = is_observing ? 'o' : 't';
}

static void
ask(struct slot *slot, uint32_t peer, uint8_t code) {
  slot->peer = peer;
  slot->code = code;
  slot->mid = mids[peer]++;
  slot->sent = moment;
  send_request(slot);
}

/* What got lost is asked again, as a peer would. */
static void
ask_again(void) {
  for (long i = 0; i < in_flight; i++) {
    if (slots[i].sent == 0 || moment - slots[i].sent < PATIENCE)
      continue;
    slots[i].sent = moment;
    send_request(&slots[i]);
  }
}

static void
send_ack(uint32_t peer, const uint8_t *message) {
  uint8_t *bytes = begin(peer, 4);
  bytes[0] = 0x40 | ACK << 4;
  bytes[1] = 0;
  memcpy(bytes + 2, message + 2, 2);
}

/* The address that a datagram was sent to says whose it is. */
static uint32_t
peer_of(struct msghdr *header) {
  for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control)) {
    struct in_pktinfo info;
    if (control->cmsg_level != IPPROTO_IP || control->cmsg_type != IP_PKTINFO)
      continue;
    memcpy(&info, CMSG_DATA(control), sizeof info);
    return ntohl(info.ipi_addr.s_addr) - FIRST_PEER;
  }
  return UINT32_MAX;
}

static void
handle_notification(uint32_t peer, const uint8_t *message) {
  if (peer >= peers)
    return;
  send_ack(peer, message);
  notifications += !notified[peer];
  notified[peer] = 1;
}

/* The slot whose answer this is. */
static struct slot *
handle_answer(const uint8_t *message) {
  uint16_t at, turn;
  memcpy(&at, message + 4, 2);
  memcpy(&turn, message + 6, 2);
  if (at >= in_flight || turn != slots[at].turn || slots[at].sent == 0)
    return NULL;
  slots[at].turn++;
  slots[at].sent = 0;
  answers++;
  return &slots[at];
}

static void
read_socket(int fd, void (*go_on)(struct slot *)) {
  for (int i = 0; i < BATCH; i++) {
    in.vectors[i] = (struct iovec){in.bytes[i], ROOM};
    in.messages[i].msg_hdr = (struct msghdr){.msg_iov = &in.vectors[i], .msg_iovlen = 1, .msg_control = in.control[i],
                                             .msg_controllen = CONTROL};
  }
  const int count = recvmmsg(fd, in.messages, BATCH, MSG_WAITFORONE, NULL);
  if (count < 0 && errno != EAGAIN && errno != ECONNREFUSED)
    give_up("recvmmsg");
  moment = now();
  for (int i = 0; i < count; i++) {
    const uint8_t *message = in.bytes[i];
    if (in.messages[i].msg_len < 4 + TOKEN || message[1] >> 5 != SUCCESS)
      continue;
    struct slot *slot;
    if ((message[0] >> 4 & 3) != ACK)
      handle_notification(peer_of(&in.messages[i].msg_hdr), message);
    else if ((slot = handle_answer(message)))
      go_on(slot);
  }
}

/* Waits for something to read, not for long, and reads it. */
static void
receive(void (*go_on)(struct slot *)) {
  if (socket_count == 1) {
    read_socket(sockets[0].fd, go_on);
  } else {
    poll(sockets, socket_count, 100);
    moment = now();
    for (uint32_t i = 0; i < socket_count; i++)
      if (sockets[i].revents)
        read_socket(sockets[i].fd, go_on);
  }
  flush_out();
}

static long to_ask;

static void
ask_next(struct slot *slot) {
  if (to_ask == 0)
    return;
  to_ask--;
  ask(slot, next_peer, GET);
  next_peer = next_peer + 1 == peers ? 0 : next_peer + 1;
}

static void
rest(struct slot *slot) {
  (void)slot;
}

/* Until so many have come in, or until the time is over. */
static void
receive_until(const long *have, long wanted, double end, void (*go_on)(struct slot *)) {
  double looked = moment;
  while (*have < wanted && moment < end) {
    receive(go_on);
    if (moment - looked > 0.5) {
      looked = moment;
      ask_again();
      flush_out();
    }
  }
}

static void
ask_times(long times, double duration) {
  const double start = moment = now();
  to_ask = times;
  answers = 0;
  for (long i = 0; i < in_flight; i++)
    ask_next(&slots[i]);
  flush_out();
  receive_until(&answers, times, start + duration, ask_next);
  report(answers, now() - start);
  to_ask = 0;
}

/* What is still under way is over before the next part begins. */
static void
settle(void) {
  const double end = now() + LIMIT;
  for (long i = 0; i < in_flight; i++)
    while (slots[i].sent != 0 && moment < end) {
      receive(rest);
      ask_again();
      flush_out();
    }
}

static void
be_notified(void) {
  const double start = moment = now();
  ask(&slots[0], 0, PUT);
  flush_out();
  receive_until(&notifications, (long)peers, start + LIMIT, rest);
  report(notifications, now() - start);
}

static void
prepare(const char *port, uint32_t peer_count, long most) {
  server = loopback(port);
  peers = peer_count;
  in_flight = most;
  if (!peers || !in_flight || in_flight > MOST)
    exit(2);
  mids = calloc(peers, sizeof *mids);
  notified = calloc(peers, 1);
  if (!mids || !notified)
    give_up("no memory");
  for (uint16_t i = 0; i < in_flight; i++)
    slots[i].number = i;
  socket_count = is_observing ? SOCKETS : 1;
  open_sockets();
}

int
main(int argc, char **argv) {
  if (argc < 5)
    return 2;
  const char *kind = argv[4], *amount = argc == 6 ? argv[5] : "0";
  end_in_time();
  is_observing = !strcmp(kind, "observe");
  prepare(argv[1], (uint32_t)number(argv[2]), number(argv[3]));
  ask_times((long)peers, LIMIT);
  settle();
  wait_for_word();
  if (is_observing)
    be_notified();
  else if (!strcmp(kind, "times"))
    ask_times(number(amount), LIMIT);
  else
    ask_times(INT64_MAX, seconds(amount));
  settle();
  wait_for_word();
  return 0;
}
