/* coap_uri(3): URIs turned into options; functions that 4.3.1 has not. */
#include <coap3/coap.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static void
show(const char *title, int result, coap_optlist_t *list) {
  coap_optlist_t *node;
  size_t i;
  printf("%s: %d", title, result);
  for (node = list; node; node = node->next) {
    printf(" [%u", node->number);
    for (i = 0; i < node->length; i++)
      printf(node->data[i] > 32 && node->data[i] < 127 ? "%s%c" : "%s%02x", i ? "" : " ", node->data[i]);
    printf("]");
  }
  printf("\n");
  coap_delete_optlist(list);
}

static void
into_options(const char *text, const coap_address_t *dst, int create, size_t room) {
  uint8_t buffer[256];
  coap_optlist_t *list = NULL;
  coap_uri_t uri;
  int result;

  if (coap_split_uri((const uint8_t *)text, strlen(text), &uri) < 0) {
    printf("%s: no URI\n", text);
    return;
  }
  result = coap_uri_into_options(&uri, dst, &list, create, buffer, room);
  show(text, result, list);
}

int
main(void) {
  static const char *const texts[] = {"coap://127.0.0.1/a/b?c&d", "coap://localhost/a", "coap://127.0.0.1:77",
                                      "coap://[::1]/x", "coap://[::1%lo]:5684", "coap://%2Ftmp%2Fx/p?q", "/only/path?q",
                                      "coap://h/a%20b/../%2F?x=%26&y", "coap://h/bad%2", "coap://h/?", "coap://h//"};
  coap_address_t ipv4, ipv6;
  size_t i;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  coap_address_init(&ipv4);
  ipv4.size = sizeof ipv4.addr.sin;
  ipv4.addr.sin.sin_family = AF_INET;
  inet_pton(AF_INET, "127.0.0.1", &ipv4.addr.sin.sin_addr);
  coap_address_init(&ipv6);
  ipv6.size = sizeof ipv6.addr.sin6;
  ipv6.addr.sin6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "::1", &ipv6.addr.sin6.sin6_addr);
  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    into_options(texts[i], &ipv4, 1, 256);
    into_options(texts[i], &ipv6, 1, 256);
    into_options(texts[i], NULL, 1, 256);
    into_options(texts[i], &ipv4, 0, 256);
  }
  for (i = 0; i < 8; i++)
    into_options("coap://h/ab/c?de", &ipv4, 1, i + 1);
  coap_cleanup();
  return 0;
}
