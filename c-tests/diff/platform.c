/* coap_prng(3), coap_time and coap_mem: random bytes, ticks, memory; the names of the package and its TLS library. */
#include "../support.h"

static int
counting_random(void *buffer, size_t length) {
  size_t i;
  for (i = 0; i < length; i++)
    ((uint8_t *)buffer)[i] = (uint8_t)(i + 1);
  return (int)length;
}

static void
random_bytes(void) {
  uint8_t one[16] = {0}, two[16] = {0};
  coap_prng_init(1);
  say("random: %d, and again: %d", coap_prng(one, sizeof one), coap_prng(two, sizeof two));
  say("different: %d", memcmp(one, two, sizeof one) != 0);
  coap_set_prng(counting_random);
  say("own: %d", coap_prng(one, sizeof one) != 0);
  say("bytes: %d ... %d", one[0], one[15]);
}

static void
memory(void) {
  char *block;
  coap_memory_init();
  block = (char *)need(coap_malloc_type(COAP_STRING, 6), "no memory");
  strcpy(block, "seven");
  block = (char *)need(coap_realloc_type(COAP_STRING, block, 1000), "no memory");
  say("moved: %s", block);
  coap_free_type(COAP_STRING, block);
  coap_free_type(COAP_STRING, NULL);
  block = (char *)need(coap_malloc_type(COAP_STRING, 6), "no memory");
  say("of no size: %d", coap_realloc_type(COAP_STRING, block, 0) != NULL);
  block = (char *)need(coap_realloc_type(COAP_STRING, NULL, 3), "no memory");
  coap_free_type(COAP_STRING, block);
}

static void
times(void) {
  coap_tick_t before, after;
  coap_clock_init();
  coap_ticks(&before);
  usleep(20000);
  coap_ticks(&after);
  say("ticks: %d", after > before && after - before < 10 * COAP_TICKS_PER_SECOND);
  say("a second in microseconds: %d",
      coap_ticks_to_rt_us(before + COAP_TICKS_PER_SECOND) - coap_ticks_to_rt_us(before) == 1000000);
  say("there and back: %d", coap_ticks_from_rt_us(coap_ticks_to_rt_us(before)) == before);
  say("seconds: %d", labs((long)(coap_ticks_to_rt(before) - time(NULL))) <= 1);
}

static void
logged(coap_log_t level, const char *message) {
  say("logged at level %d: %s", level, message);
}

int
main(void) {
  coap_startup();
  random_bytes();
  memory();
  times();
  say("package: %s, has a build: %d", coap_package_name(), coap_package_build() != NULL);
  coap_set_log_handler(logged);
  coap_show_tls_version(COAP_LOG_WARN);
  coap_cleanup();
  return 0;
}
