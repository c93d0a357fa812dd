/* What the programs of random calls share: dice that roll the same on every machine, and a record of what was seen.
 *
 * A program has kinds of stories. Without arguments it tells many of each and prints one digest for a group of them.
 * With a kind, a first story and how many, it prints all that they record: run it so on both libraries, and compare.
 *
 * The order in which C evaluates arguments is the compiler's choice: each roll is a statement of its own. */
#ifndef RANDOM_H
#define RANDOM_H

#include "support.h"

#include <inttypes.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* One of an array, which is not changed. */
#define ONE_OF(array) ((array)[below(COUNT(array))])

/* ---- The dice ---- */

static uint64_t dice;

static uint32_t
roll(void) {
  dice ^= dice << 13;
  dice ^= dice >> 7;
  dice ^= dice << 17;
  return (uint32_t)(dice >> 20);
}

/* A number from 0 to `limit` - 1. */
static uint32_t
below(size_t limit) {
  return roll() % (uint32_t)limit;
}

static int
chance(uint32_t percent) {
  return below(100) < percent;
}

static void
throw_dice_of(uint64_t story) {
  int i;
  dice = (story + 1) * UINT64_C(0x9e3779b97f4a7c15);
  for (i = 0; i < 8; i++)
    roll();
}

/* ---- The record ---- */

static uint64_t digest;
static int recorded_aloud;

static void
digest_byte(uint8_t byte) {
  digest = (digest ^ byte) * UINT64_C(0x100000001b3);
}

__attribute__((format(printf, 1, 2))) static void
record(const char *format, ...) {
  char text[8192];
  const char *at;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (at = text; *at; at++)
    digest_byte((uint8_t)*at);
  if (recorded_aloud)
    fputs(text, stdout);
}

/* Bytes; where there are none, it does not matter where they would be. */
static void
record_bytes(size_t length, const uint8_t *bytes) {
  size_t i;
  record(" %zu:", length);
  for (i = 0; i < length; i++)
    record("%02x", bytes[i]);
}

UNUSED static void
record_text(const char *what, size_t length, const uint8_t *text) {
  size_t i;
  record("%s \"", what);
  for (i = 0; i < length; i++)
    record(text[i] < ' ' || text[i] > '~' ? "\\x%02x" : "%c", text[i]);
  record("\"\n");
}

/* ---- Stories ---- */

typedef struct {
  const char *name;
  void (*tell)(void);
} story_t;

/* What a story may use: a session over UDP to where nobody listens, and its context. */
static coap_context_t *story_context;
static coap_session_t *story_session;

static void
tell(const story_t *kind, uint64_t story) {
  throw_dice_of(story);
  story_context = need(coap_new_context(NULL), "context");
  story_session = connect_to(story_context, 9);
  kind->tell();
  coap_session_release(story_session);
  coap_free_context(story_context);
}

UNUSED static int
tell_all(const story_t *kinds, size_t count, int argc, char **argv) {
  enum { GROUPS = 10, STORIES = 200 };
  size_t kind;
  unsigned group, story;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  recorded_aloud = argc > 3;
  for (kind = 0; kind < count; kind++) {
    if (recorded_aloud) {
      for (story = 0; !strcmp(argv[1], kinds[kind].name) && story < (unsigned)atoi(argv[3]); story++) {
        say("-- %s %u", kinds[kind].name, (unsigned)atoi(argv[2]) + story);
        tell(&kinds[kind], (unsigned)atoi(argv[2]) + story);
      }
      continue;
    }
    for (group = 0; group < GROUPS; group++) {
      digest = UINT64_C(0xcbf29ce484222325);
      for (story = 0; story < STORIES; story++)
        tell(&kinds[kind], group * STORIES + story);
      say("%s %u %d: %016" PRIx64, kinds[kind].name, group * STORIES, STORIES, digest);
    }
  }
  coap_cleanup();
  return 0;
}

#endif
