/* coap_address(3): coap_resolve_address_info() and the hints for it. */
#include "../support.h"
#include <netdb.h>

static const char *
scheme_name(coap_uri_scheme_t scheme) {
  static const char *const names[] = {"coap", "coaps", "coap+tcp", "coaps+tcp", "http", "https", "coap+ws", "coaps+ws"};
  return (unsigned)scheme < 8 ? names[scheme] : "scheme?";
}

static void
resolve(const char *host, uint16_t port, uint16_t secure, int flags, int schemes, coap_resolve_type_t type) {
  coap_addr_info_t *all = coap_resolve_address_info(host ? str(host) : NULL, port, secure, 8080, 8443, flags, schemes,
                                                    type);
  coap_addr_info_t *one;
  say("-- %s port %u, schemes %x, %s", host ? host : "NULL", port, (unsigned)schemes,
      type == COAP_RESOLVE_TYPE_LOCAL ? "local" : "remote");
  for (one = all; one; one = one->next) {
    char text[64] = "";
    coap_print_addr(&one->addr, (unsigned char *)text, sizeof text - 1);
    say("%s over %s at %s", scheme_name(one->scheme), proto_name(one->proto), text);
  }
  coap_free_address_info(all);
}

int
main(void) {
  const int udp = 1 << COAP_URI_SCHEME_COAP;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  resolve("127.0.0.1", 5683, 5684, AI_NUMERICHOST, udp, COAP_RESOLVE_TYPE_REMOTE);
  resolve("127.0.0.1", 0, 0, AI_NUMERICHOST, udp, COAP_RESOLVE_TYPE_REMOTE);
  resolve("::1", 61616, 61617, AI_NUMERICHOST, udp, COAP_RESOLVE_TYPE_REMOTE);
  resolve("::1", 61616, 61617, AI_NUMERICHOST, udp, COAP_RESOLVE_TYPE_LOCAL);
  resolve("not a host", 5683, 5684, AI_NUMERICHOST, udp, COAP_RESOLVE_TYPE_REMOTE);
  resolve("127.0.0.1", 5683, 5684, AI_NUMERICHOST, 0, COAP_RESOLVE_TYPE_REMOTE);
  resolve("", 5683, 5684, AI_NUMERICHOST, udp, COAP_RESOLVE_TYPE_REMOTE);
  say("coap_is_af_unix %d, coap_is_bcast %d", coap_is_af_unix(&(coap_address_t){0}), coap_is_bcast(&(coap_address_t){0}));
  coap_free_address_info(NULL);
  coap_cleanup();
  return 0;
}
