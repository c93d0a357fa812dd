/* coap_address(3): what can be done with addresses, without a network. */
#include <coap3/coap.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static coap_address_t
address(const char *host, uint16_t port) {
  coap_address_t address;
  coap_address_init(&address);
  if (strchr(host, ':')) {
    address.size = sizeof address.addr.sin6;
    address.addr.sin6.sin6_family = AF_INET6;
    inet_pton(AF_INET6, host, &address.addr.sin6.sin6_addr);
  } else {
    address.size = sizeof address.addr.sin;
    address.addr.sin.sin_family = AF_INET;
    inet_pton(AF_INET, host, &address.addr.sin.sin_addr);
  }
  coap_address_set_port(&address, port);
  return address;
}

static void
unix_domain(const char *host) {
  coap_str_const_t text = {strlen(host), (const uint8_t *)host};
  printf("%s: Unix domain %d\n", host, coap_host_is_unix_domain(&text));
}

int
main(void) {
  static const char *const hosts[] = {"127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.1.187", "239.255.255.255",
                                      "223.255.255.255", "::", "::1", "ff02::fd", "fe80::1", "::ffff:10.0.0.1",
                                      "::10.0.0.1", "::ffff:224.0.0.1", "2001:db8::1:0:0:1", "2001:db8:0:1:1:1:1:1"};
  unsigned char text[80];
  coap_address_t one, other;
  size_t i, j, size;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  coap_address_init(&one);
  printf("size %zu, of a new one %u, family %d\n", sizeof one, (unsigned)one.size, one.addr.sa.sa_family);
  printf("port of none %u, group %d\n", coap_address_get_port(&one), coap_is_mcast(&one));
  printf("printed: %zu \"%s\"\n", coap_print_addr(&one, text, sizeof text), text);
  for (i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    one = address(hosts[i], (uint16_t)(5683 + i));
    size = coap_print_addr(&one, text, sizeof text);
    printf("%s: \"%s\" %zu port %u group %d any %d\n", hosts[i], text, size, coap_address_get_port(&one),
           coap_is_mcast(&one), coap_address_isany(&one));
    for (j = 0; j < sizeof hosts / sizeof *hosts; j++) {
      other = address(hosts[j], 5683);
      if (coap_address_equals(&one, &other))
        printf("  equals %s\n", hosts[j]);
      coap_address_set_port(&other, (uint16_t)(5683 + i));
      if (coap_address_equals(&one, &other))
        printf("  with its port equals %s\n", hosts[j]);
    }
  }
  one = address("fe80::1", 1);
  one.addr.sin6.sin6_scope_id = 3;
  one.addr.sin6.sin6_flowinfo = 4;
  coap_address_copy(&other, &one);
  printf("copy: size %u scope %u flow %u equal %d\n", (unsigned)other.size, other.addr.sin6.sin6_scope_id,
         other.addr.sin6.sin6_flowinfo, coap_address_equals(&one, &other));
  other.addr.sin6.sin6_scope_id = 5;
  printf("other scope: equal %d\n", coap_address_equals(&one, &other));
  for (size = 1; size < 12; size += 5)
    printf("room for %zu: %zu \"%s\"\n", size, coap_print_addr(&one, text, size), text);
  printf("group of nothing: %d\n", coap_is_mcast(NULL));
  one = address("0.0.0.0", 1);
  printf("any: %d\n", _coap_address_isany_impl(&one));
  unix_domain("/run/x");
  unix_domain("%2frun%2fx");
  unix_domain("%2Frun");
  unix_domain("name");
  unix_domain("./x");
  coap_cleanup();
  return 0;
}
