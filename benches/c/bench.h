/* What the programs have in common: time, what they say to the measuring program, numbers.
 *
 * A program prints one line where the measuring program has something to look at, and reads one line before it goes
 * on. No program outlives the measuring program. */
#ifndef BENCH_H
#define BENCH_H

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
  /* Seconds after which a part of a measurement ends, however much is done by then. */
  LIMIT = 60,
  /* Seconds after which a client is ended: it hangs. */
  TOO_LONG = 5 * LIMIT,
};

static inline void
end_with_parent(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Of a client, which is over after a time. */
static inline void
end_in_time(void) {
  end_with_parent();
  alarm(TOO_LONG);
}

static inline double
now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void
give_up(const char *what) {
  if (errno)
    perror(what);
  else
    fprintf(stderr, "%s\n", what);
  exit(1);
}

static inline void
say(const char *what) {
  puts(what);
  fflush(stdout);
}

/* The measure itself: how many there were in how many seconds. */
static inline void
report(long count, double time) {
  printf("count %ld in %.6f\n", count, time);
  fflush(stdout);
}

static inline void
wait_for_word(void) {
  int letter;
  do {
    letter = getchar();
    if (letter == EOF)
      exit(0);
  } while (letter != '\n');
}

static inline long
number(const char *text) {
  char *end;
  const long value = strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 0) {
    fprintf(stderr, "%s is no number\n", text);
    exit(2);
  }
  return value;
}

static inline double
seconds(const char *text) {
  char *end;
  const double value = strtod(text, &end);
  if (*text == '\0' || *end != '\0' || !(value >= 0)) {
    fprintf(stderr, "%s is no time\n", text);
    exit(2);
  }
  return value;
}

/* Of a client that is called with PORT COUNT SECONDS: the second. */
static inline long
start_client(int argc, char **argv) {
  if (argc != 4)
    exit(2);
  end_in_time();
  const long count = number(argv[2]);
  if (count < 1)
    exit(2);
  return count;
}

/* 127.0.0.1 and a port. */
static inline struct sockaddr_in
loopback(const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((uint16_t)number(port));
  return address;
}

#endif
