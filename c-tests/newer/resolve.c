/* coap_address(3): names turned into addresses, Unix domain paths; functions that 4.3.1 has not. */
#include <coap3/coap.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>

static void
show(const char *title, coap_addr_info_t *list) {
  coap_addr_info_t *info;
  unsigned char text[80];
  char ip[INET6_ADDRSTRLEN];
  printf("%s:", title);
  for (info = list; info; info = info->next) {
    coap_print_addr(&info->addr, text, sizeof text);
    printf(" [scheme %d proto %d %s %s size %u]", info->scheme, info->proto, text,
           coap_print_ip_addr(&info->addr, ip, sizeof ip), (unsigned)info->addr.size);
  }
  printf("\n");
  coap_free_address_info(list);
}

static void
resolve(const char *host, uint16_t port, int flags, int schemes, coap_resolve_type_t type) {
  coap_str_const_t name = {strlen(host), (const uint8_t *)host};
  char title[120];
  snprintf(title, sizeof title, "\"%s\" port %u schemes %d %s", host, port, schemes, type ? "remote" : "local");
  show(title, coap_resolve_address_info(&name, port, port, port, port, flags, schemes, type));
}

int
main(void) {
  static const coap_resolve_type_t types[] = {COAP_RESOLVE_TYPE_LOCAL, COAP_RESOLVE_TYPE_REMOTE};
  coap_address_t address;
  size_t i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  for (i = 0; i < 2; i++) {
    resolve("127.0.0.1", 0, AI_NUMERICHOST, 1 << COAP_URI_SCHEME_COAP, types[i]);
    resolve("127.0.0.1", 1234, 0, 1 << COAP_URI_SCHEME_COAP, types[i]);
    resolve("::1", 0, 0, 1 << COAP_URI_SCHEME_COAP, types[i]);
    resolve("0.0.0.0", 5, AI_PASSIVE | AI_NUMERICHOST, 1 << COAP_URI_SCHEME_COAP, types[i]);
    resolve("", 7, 0, 1 << COAP_URI_SCHEME_COAP, types[i]);
    resolve("127.0.0.1", 1, 0, 1 << COAP_URI_SCHEME_COAPS, types[i]);
    resolve("127.0.0.1", 1, 0, 0, types[i]);
    resolve("no such host", 1, AI_NUMERICHOST, 1 << COAP_URI_SCHEME_COAP, types[i]);
    resolve("%2Ftmp%2Fsock", 1, 0, 1 << COAP_URI_SCHEME_COAP, types[i]);
    resolve("/tmp/sock", 1, 0, 3 << COAP_URI_SCHEME_COAP, types[i]);
    resolve("%2Ftmp%2Fsock", 1, 0, 0, types[i]);
    resolve("%2Ftmp%2Fa-path-that-is-longer-than-it-may-be", 1, 0, 1 << COAP_URI_SCHEME_COAP, types[i]);
  }
  show("nobody", coap_resolve_address_info(NULL, 9, 9, 9, 9, 0, 1 << COAP_URI_SCHEME_COAP, COAP_RESOLVE_TYPE_REMOTE));
  coap_free_address_info(NULL);
  printf("Unix domain: %d", coap_address_set_unix_domain(&address, (const uint8_t *)"%2Fa%2fb%2", 10));
  printf(" %d \"%s\" port %u\n", coap_is_af_unix(&address), address.addr.cun.sun_path, coap_address_get_port(&address));
  printf("cut: %d", coap_address_set_unix_domain(&address, (const uint8_t *)"/abcdefghijklmnopqrstuvwxyz012345", 33));
  printf(" \"%s\" group %d broadcast %d\n", address.addr.cun.sun_path, coap_is_mcast(&address), coap_is_bcast(&address));
  printf("schemes: %x\n", coap_get_available_scheme_hint_bits(0, 0, COAP_PROTO_UDP));
  printf("schemes: %x\n", coap_get_available_scheme_hint_bits(0, 0, COAP_PROTO_DTLS));
  printf("schemes: %x\n", coap_get_available_scheme_hint_bits(1, 1, COAP_PROTO_WSS));
  coap_cleanup();
  return 0;
}
