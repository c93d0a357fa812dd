/* What 4.3.4 lets one tune on a session beyond 4.3.1, its defaults, and its rounding. */
#include "../support.h"

static void
show(const coap_session_t *session) {
  coap_fixed_point_t timeout = coap_session_get_non_timeout(session);
  coap_fixed_point_t receive = coap_session_get_non_receive_timeout(session);
  say("max payloads %u, non max retransmit %u, non timeout %u.%03u, non receive timeout %u.%03u",
      coap_session_get_max_payloads(session), coap_session_get_non_max_retransmit(session), timeout.integer_part,
      timeout.fractional_part, receive.integer_part, receive.fractional_part);
}

int
main(void) {
  static const coap_fixed_point_t parts[] = {{0, 0}, {0, 1}, {1, 0}, {1, 250}, {7, 999}, {65535, 999}};
  static const uint16_t wholes[] = {0, 1, 5, 10, 255, 65535};
  coap_context_t *context;
  coap_session_t *session;
  size_t i;

  coap_startup();
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  session = connect_to(context, 9);
  show(session);
  for (i = 0; i < sizeof parts / sizeof *parts; i++) {
    coap_session_set_non_timeout(session, parts[i]);
    coap_session_set_non_receive_timeout(session, parts[i]);
    coap_session_set_max_payloads(session, wholes[i]);
    coap_session_set_non_max_retransmit(session, wholes[i]);
    show(session);
  }
  say("multicast address %s", address_text(coap_session_get_addr_mcast(session)));
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
