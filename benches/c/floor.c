/* The floor: answers every confirmable GET with 11 bytes, keeps nothing, looks at nothing else. What a server does
 * beyond this is what CoAP costs.
 *
 *   floor PORT      prints "ready", serves until it is killed
 */
#define _GNU_SOURCE
#include "bench.h"
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, ROOM = 256, CONTROL = 64, BODY = 11 };

static const char body[BODY + 1] = "hello world";
static uint8_t requests[BATCH][ROOM], replies[BATCH][ROOM], control[BATCH][CONTROL];
static struct sockaddr_in peers[BATCH];
static struct iovec in[BATCH], out[BATCH];
static struct mmsghdr received[BATCH], sent[BATCH];

static int
open_socket(const char *port) {
  const struct sockaddr_in local = loopback(port);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0), yes = 1;
  /* A server with several addresses needs to know which one was asked, so this one is told, too. */
  setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
  if (bind(fd, (const struct sockaddr *)&local, sizeof local))
    give_up("bind");
  return fd;
}

static int
receive(int fd) {
  for (int i = 0; i < BATCH; i++) {
    in[i] = (struct iovec){requests[i], ROOM};
    received[i].msg_hdr = (struct msghdr){.msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &in[i],
                                          .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = CONTROL};
  }
  return recvmmsg(fd, received, BATCH, MSG_WAITFORONE, NULL);
}

/* An ACK with the message ID and the token of the request. Says how long it is; 0 if that is no request. */
static size_t
answer(const uint8_t *request, size_t length, uint8_t *reply) {
  if (length < 4)
    return 0;
  const size_t token = request[0] & 15u;
  if (token > 8 || length < 4 + token)
    return 0;
  reply[0] = (uint8_t)(0x60u | token);
  reply[1] = 0x45;
  memcpy(reply + 2, request + 2, 2 + token);
  reply[4 + token] = 0xff;
  memcpy(reply + 5 + token, body, BODY);
  return 5 + token + BODY;
}

static int
answer_all(int count) {
  int replying = 0;
  for (int i = 0; i < count; i++) {
    const size_t length = answer(requests[i], received[i].msg_len, replies[replying]);
    if (!length)
      continue;
    out[replying] = (struct iovec){replies[replying], length};
    sent[replying].msg_hdr = (struct msghdr){.msg_name = &peers[i], .msg_namelen = sizeof peers[i],
                                             .msg_iov = &out[replying], .msg_iovlen = 1};
    replying++;
  }
  return replying;
}

static void
send_all(int fd, int count) {
  for (int done = 0; done < count;) {
    const int step = sendmmsg(fd, sent + done, (unsigned)(count - done), 0);
    /* The first one that cannot be sent is lost. */
    done += step > 0 ? step : 1;
  }
}

int
main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  end_with_parent();
  const int fd = open_socket(argv[1]);
  say("ready");
  for (;;)
    send_all(fd, answer_all(receive(fd)));
}
