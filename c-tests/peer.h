/* A peer that sends whatever the test wants, and a clock that the test moves on.
 *
 * Both libraries read the time with clock_gettime(); the one below stands in its place, so that minutes of waiting take
 * no time. Time-outs are counted by what it says, so they can be compared to the second. */
#ifndef PEER_H
#define PEER_H

#include "support.h"

#include <sys/syscall.h>

static volatile time_t skipped; /* seconds */

int
clock_gettime(clockid_t id, struct timespec *now) {
  long result = syscall(SYS_clock_gettime, id, now);
  now->tv_sec += skipped;
  return (int)result;
}

/* Lets seconds pass for both contexts, one after the other, with what is due in each. */
UNUSED static void
pass(coap_context_t *one, coap_context_t *two, int seconds) {
  for (; seconds > 0; seconds--) {
    int turn;
    skipped++;
    for (turn = 0; turn < 3; turn++) {
      if (one)
        coap_io_process(one, COAP_IO_NO_WAIT);
      if (two)
        coap_io_process(two, COAP_IO_NO_WAIT);
    }
  }
}

/* ---- Messages ---- */

typedef struct {
  uint8_t bytes[1500];
  size_t length;
  unsigned last; /* option number */
} message_t;

UNUSED static message_t
message(coap_pdu_type_t type, int code, unsigned mid, const void *token, size_t token_length) {
  message_t made;
  made.bytes[0] = (uint8_t)(0x40 | (unsigned)type << 4 | token_length);
  made.bytes[1] = (uint8_t)code;
  made.bytes[2] = (uint8_t)(mid >> 8);
  made.bytes[3] = (uint8_t)mid;
  if (token_length)
    memcpy(made.bytes + 4, token, token_length);
  made.length = 4 + token_length;
  made.last = 0;
  return made;
}

/* An answer with the message ID and the token of what came. */
UNUSED static message_t
answer_to(const datagram_t *got, coap_pdu_type_t type, int code) {
  return message(type, code, datagram_mid(got), got->bytes + 4, code ? (size_t)(got->bytes[0] & 15) : 0);
}

/* Options go in by rising numbers. Neither delta nor length is above 268. */
UNUSED static void
add_option(message_t *to, unsigned number, const void *value, size_t length) {
  unsigned delta = number - to->last;
  uint8_t *first = to->bytes + to->length++;
  *first = (uint8_t)((delta < 13 ? delta : 13) << 4 | (length < 13 ? length : 13));
  if (delta >= 13)
    to->bytes[to->length++] = (uint8_t)(delta - 13);
  if (length >= 13)
    to->bytes[to->length++] = (uint8_t)(length - 13);
  memcpy(to->bytes + to->length, value, length);
  to->length += length;
  to->last = number;
}

UNUSED static void
add_number(message_t *to, unsigned number, unsigned value) {
  uint8_t bytes[4];
  add_option(to, number, bytes, coap_encode_var_safe(bytes, sizeof bytes, value));
}

UNUSED static void
add_block(message_t *to, unsigned number, unsigned num, int more, unsigned szx) {
  add_number(to, number, num << 4 | (more ? 8 : 0) | szx);
}

/* The payload is so many times the letter. */
UNUSED static void
add_payload(message_t *to, char letter, size_t length) {
  to->bytes[to->length++] = 0xff;
  memset(to->bytes + to->length, letter, length);
  to->length += length;
}

UNUSED static void
send_message(int fd, const struct sockaddr_in *to, const message_t *message) {
  raw_send(fd, to, message->bytes, message->length);
}

#endif
