/* coap_uri(3): URIs taken apart, paths and queries in pieces and put together again. */
#include <coap3/coap.h>

#include <stdio.h>
#include <string.h>

static void
show_part(const char *name, const coap_str_const_t *part) {
  printf(" %s=%s\"%.*s\"", name, part->s ? "" : "null ", (int)part->length, part->s ? (const char *)part->s : "");
}

static void
show_uri(const char *title, int result, const coap_uri_t *uri) {
  printf("%s: %d", title, result);
  if (result >= 0) {
    printf(" scheme %d port %u", uri->scheme, uri->port);
    show_part("host", &uri->host);
    show_part("path", &uri->path);
    show_part("query", &uri->query);
  }
  printf("\n");
}

static void
apart(void) {
  static const char *const texts[] = {
      "coap://localhost", "coap://localhost/", "coap://localhost/a/b?c=d&e", "coap://h:61616/x", "coap://h:/x",
      "coap://[::1]:5684/x", "coap://[fe80::1%eth0]", "coap://[]/", "coap://[::1",
      "coap://h/?", "coap://h/a?b?c", "coap://h/a/../b/./c", "coap://h//", "coap://h:0/", "coap://h:65535",
      "coap://h:65536", "coap://h:123456", "coap://h:1x", "coap://h:x", "coap://", "coap:///x", "coap://:5683/x",
      "coap:/h", "coap", ":", "", "/", "/a/b?c", "/?x", "?x", "a/b", "://h", "foo://h", "coapx://h",
      "http://h/x", "https://h", "coap://h/%2Fx%20y", "coap://user@h/x", "coap://h/x#frag", "coap://%2Ftmp%2Fsock/x",
      "coap://%2ftmp", "coap://%2Ftmp:1234/x", "coap://h#x"};
  coap_uri_t uri;
  size_t i;

  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    show_uri(texts[i], coap_split_uri((const uint8_t *)texts[i], strlen(texts[i]), &uri), &uri);
    show_uri("  for a proxy", coap_split_proxy_uri((const uint8_t *)texts[i], strlen(texts[i]), &uri), &uri);
  }
  printf("null: %d %d\n", coap_split_uri(NULL, 4, &uri), coap_split_uri((const uint8_t *)"coap://h", 8, NULL));
}

static void
copies(void) {
  static const char text[] = "coap://example.com:77/over/there?name=ferret";
  coap_uri_t *uri = coap_new_uri((const uint8_t *)text, sizeof text - 1);
  coap_uri_t *clone = coap_clone_uri(uri);

  show_uri("new", 0, uri);
  coap_free_type(COAP_STRING, uri);
  show_uri("clone", 0, clone);
  coap_free_type(COAP_STRING, clone);
  printf("not one: %d\n", coap_new_uri((const uint8_t *)"nonsense", 8) == NULL);
  printf("clone of nothing: %d\n", coap_clone_uri(NULL) == NULL);
}

static void
show_pieces(const char *text, size_t room, int query) {
  uint8_t buffer[600], *at = buffer;
  size_t used = room;
  int count = query ? coap_split_query((const uint8_t *)text, strlen(text), buffer, &used)
                    : coap_split_path((const uint8_t *)text, strlen(text), buffer, &used);
  printf("%s \"%.30s\" in %zu: %d pieces, %zu bytes", query ? "query" : "path", text, room, count, used);
  while (count-- > 0) {
    printf(" [%u %.*s]", coap_opt_length(at), (int)(coap_opt_length(at) < 12 ? coap_opt_length(at) : 12),
           (const char *)coap_opt_value(at));
    at += coap_opt_size(at);
  }
  printf("\n");
}

static void
pieces(void) {
  static const char *const texts[] = {"a", "a/b/c", "", "/", "//", "a//b", ".", "..", "a/./b/../c", "...", ".a/..b",
                                      "a%20b/%2F", "bad%2/x", "bad%zz", "%", "x%4", "a?b", "a#b", "a&b&&c", "k=v&w=%26",
                                      "one%00two"};
  static char longer[601];
  size_t i, room;

  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    show_pieces(texts[i], 600, 0);
    show_pieces(texts[i], 600, 1);
  }
  for (room = 1; room < 9; room++)
    show_pieces("ab/cdef/g", room, 0);
  memset(longer, 'p', 600);
  show_pieces(longer, 600, 0);
  longer[300] = '/';
  show_pieces(longer, 600, 0);
  longer[290] = 0;
  show_pieces(longer, 600, 1);
}

static void
show_text(const char *title, coap_string_t *text) {
  printf("%s: %s", title, text ? "" : "null");
  if (text)
    printf("%zu \"%.*s\" NUL behind: %d", text->length, (int)text->length, (const char *)text->s, text->s[text->length] == 0);
  printf("\n");
  coap_delete_string(text);
}

static void
together(void) {
  static const char *const paths[][4] = {{NULL}, {""}, {"a"}, {"a", "b c", "d/e"}, {"", ""}, {"", "x", ""},
                                         {"\xc3\xbc", "%", "~!$'()*+,;=:@&"}};
  static const char *const queries[][4] = {{NULL}, {""}, {"a=b"}, {"a", "b"}, {"/?", "#[]\x01"}};
  size_t i, j;

  for (i = 0; i < sizeof paths / sizeof *paths; i++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 500);
    for (j = 0; j < 4 && paths[i][j]; j++)
      coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(paths[i][j]), (const uint8_t *)paths[i][j]);
    show_text("path", coap_get_uri_path(pdu));
    coap_delete_pdu(pdu);
  }
  for (i = 0; i < sizeof queries / sizeof *queries; i++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 500);
    for (j = 0; j < 4 && queries[i][j]; j++)
      coap_add_option(pdu, COAP_OPTION_URI_QUERY, strlen(queries[i][j]), (const uint8_t *)queries[i][j]);
    show_text("query", coap_get_query(pdu));
    coap_delete_pdu(pdu);
  }
}

static void
through_a_proxy(const char *proxy_uri) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 500);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"here");
  coap_add_option(pdu, COAP_OPTION_PROXY_URI, strlen(proxy_uri), (const uint8_t *)proxy_uri);
  show_text(proxy_uri, coap_get_uri_path(pdu));
  coap_delete_pdu(pdu);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  apart();
  copies();
  pieces();
  together();
  through_a_proxy("coap://far/away?q");
  through_a_proxy("coap://far");
  through_a_proxy("nonsense");
  coap_cleanup();
  return 0;
}
