/* coap_session(3) and coap_recovery(3): what can be tuned, its defaults, and its rounding. */
#include "../support.h"

#define FIXED(name)                                                                                           \
  static void name(coap_session_t *session, uint16_t whole, uint16_t fraction) {                              \
    coap_fixed_point_t value = {whole, fraction}, got;                                                        \
    coap_session_set_##name(session, value);                                                                  \
    got = coap_session_get_##name(session);                                                                   \
    say(#name " %u.%03u -> %u.%03u", whole, fraction, got.integer_part, got.fractional_part);                 \
  }
#define WHOLE(name, type)                                                                                     \
  static void name(coap_session_t *session, type value) {                                                     \
    coap_session_set_##name(session, value);                                                                  \
    say(#name " %lu -> %lu", (unsigned long)value, (unsigned long)coap_session_get_##name(session));          \
  }

FIXED(ack_timeout)
FIXED(ack_random_factor)
FIXED(default_leisure)
WHOLE(max_retransmit, uint16_t)
WHOLE(nstart, uint16_t)
WHOLE(probing_rate, uint32_t)

static void
defaults(coap_session_t *session) {
  coap_fixed_point_t value = coap_session_get_ack_timeout(session);
  say("ack_timeout %u.%03u", value.integer_part, value.fractional_part);
  value = coap_session_get_ack_random_factor(session);
  say("ack_random_factor %u.%03u", value.integer_part, value.fractional_part);
  value = coap_session_get_default_leisure(session);
  say("default_leisure %u.%03u", value.integer_part, value.fractional_part);
  say("max_retransmit %u", coap_session_get_max_retransmit(session));
  say("nstart %u", coap_session_get_nstart(session));
  say("probing_rate %u", coap_session_get_probing_rate(session));
}

int
main(void) {
  static const unsigned mtus[] = {1280, 576, 128, 64, 16, 1500, 9000, 65535, 0};
  static const uint16_t parts[][2] = {{0, 0},   {0, 1},    {0, 999},   {1, 0},      {1, 500},
                                      {2, 0},   {3, 123},  {65, 535},  {600, 250},  {65535, 999},
                                      {1, 1000}, {0, 65535}};
  static const uint32_t wholes[] = {0, 1, 4, 5, 10, 255, 256, 65535};
  coap_context_t *context;
  coap_session_t *session, *other;
  size_t i;

  coap_startup();
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  session = connect_to(context, 9);
  other = connect_to(context, 9);
  defaults(session);
  for (i = 0; i < sizeof parts / sizeof *parts; i++) {
    ack_timeout(session, parts[i][0], parts[i][1]);
    ack_random_factor(session, parts[i][0], parts[i][1]);
    default_leisure(session, parts[i][0], parts[i][1]);
  }
  for (i = 0; i < sizeof wholes / sizeof *wholes; i++) {
    max_retransmit(session, (uint16_t)wholes[i]);
    nstart(session, (uint16_t)wholes[i]);
    probing_rate(session, wholes[i]);
  }
  probing_rate(session, 4000000000U);
  say("== another session keeps its own");
  defaults(other);

  say("== MTU and the largest PDU");
  for (i = 0; i < sizeof mtus / sizeof *mtus; i++) {
    if (mtus[i])
      coap_session_set_mtu(session, mtus[i]);
    say("mtu %u: largest PDU %zu", mtus[i], coap_session_max_pdu_size(session));
  }
  coap_session_release(other);
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
