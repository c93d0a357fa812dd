/* A client, a proxy and a server in one process. */
#ifndef PROXY_H
#define PROXY_H

#include "support.h"

static coap_context_t *client, *proxy, *server;
static coap_session_t *to_proxy;
static uint16_t server_port;
static coap_proxy_server_t entries[2];
static coap_proxy_server_list_t list = {entries, 0, 0, COAP_PROXY_DIRECT_STRIP, 0, 300};
/* What the client got last. */
static int answered, answer_code;
static char answer[512];
static size_t answer_length;
static int answer_is_content;

static uint8_t content[30000];

static void
fill_content(void) {
  size_t i;
  for (i = 0; i < sizeof content; i++)
    content[i] = (uint8_t)(i * 7 + i / 251);
}

/* ---- The server ---- */

static int state;
static coap_resource_t *observed;

static void
hnd_server(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
           coap_pdu_t *response) {
  coap_str_const_t *path = coap_resource_get_uri_path(resource);
  size_t length = 0, offset = 0, total = 0;
  const uint8_t *data = NULL;
  char text[32];
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  if (path->length == 4 && !memcmp(path->s, "echo", 4)) {
    coap_get_data_large(request, &length, &data, &offset, &total);
    if (length != sizeof content || memcmp(data, content, length))
      length = 0;
    coap_add_data_large_response(resource, session, request, response, query, 42, -1, 0, length, content, NULL, NULL);
    return;
  }
  if (resource == observed)
    snprintf(text, sizeof text, "state %d", state);
  else
    snprintf(text, sizeof text, "hello%s%.*s", query ? " " : "", query ? (int)query->length : 0,
             query ? (const char *)query->s : "");
  coap_add_data(response, strlen(text), (const uint8_t *)text);
}

static void
offer(coap_context_t *context, const char *path) {
  coap_resource_t *resource = coap_resource_init(str(path), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, hnd_server);
  coap_register_request_handler(resource, COAP_REQUEST_POST, hnd_server);
  if (!strcmp(path, "state")) {
    coap_resource_set_get_observable(resource, 1);
    observed = resource;
  }
  coap_add_resource(context, resource);
}

/* ---- The client ---- */

static coap_response_t
hnd_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  const uint8_t *data = NULL;
  size_t offset, total;
  (void)session, (void)sent, (void)mid;
  answered++;
  answer_code = coap_pdu_get_code(received);
  answer_length = 0;
  answer[0] = 0;
  if (coap_get_data_large(received, &answer_length, &data, &offset, &total)) {
    answer_is_content = answer_length == sizeof content && !memcmp(data, content, sizeof content);
    snprintf(answer, sizeof answer, "%.*s", answer_length < 200 ? (int)answer_length : 0, (const char *)data);
  }
  return COAP_RESPONSE_OK;
}

/* Drives all three until the client has so many answers. */
static int
drive(int answers, int limit_ms) {
  long end = milliseconds() + limit_ms;
  while (answered < answers && milliseconds() < end) {
    coap_io_process(server, COAP_IO_NO_WAIT);
    coap_io_process(proxy, COAP_IO_NO_WAIT);
    coap_io_process(client, 1);
  }
  return answered >= answers;
}

/* A request of the client with Proxy-Uri for the server; without a scheme, for a path of the proxy. */
static coap_pdu_t *
ask_for(coap_pdu_code_t code, const char *scheme, const char *path, int observes) {
  coap_pdu_t *pdu = request(to_proxy, COAP_MESSAGE_CON, code, scheme ? "" : path);
  char uri[128];
  int length;
  if (observes)
    coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  if (scheme) {
    length = snprintf(uri, sizeof uri, "%s://127.0.0.1:%u/%s", scheme, server_port, path);
    coap_add_option(pdu, COAP_OPTION_PROXY_URI, (size_t)length, (const uint8_t *)uri);
  }
  return pdu;
}

static void
send_and_say(const char *what, coap_pdu_t *pdu, int limit_ms) {
  answered = answer_is_content = 0;
  coap_send(to_proxy, pdu);
  if (drive(1, limit_ms))
    say("%s: %s \"%s\"", what, code_name(answer_code), answer);
  else
    say("%s: no answer", what);
}

static void
add_server(const char *host, uint16_t port) {
  coap_proxy_server_t *entry = &entries[list.entry_count++];
  memset(entry, 0, sizeof *entry);
  entry->uri.scheme = COAP_URI_SCHEME_COAP;
  entry->uri.host = *str(host);
  entry->uri.port = port;
}

static void
begin(void) {
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  fill_content();
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  proxy = (coap_context_t *)need(coap_new_context(NULL), "no context");
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(client, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_context_set_block_mode(proxy, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_context_set_block_mode(server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  server_port = endpoint_port(listen_on_loopback(server));
  offer(server, "hello");
  offer(server, "echo");
  offer(server, "state");
  coap_register_response_handler(client, hnd_answer);
  to_proxy = connect_to(client, endpoint_port(listen_on_loopback(proxy)));
}

static void
end(void) {
  coap_session_release(to_proxy);
  coap_free_context(client);
  coap_free_context(proxy);
  coap_free_context(server);
  coap_cleanup();
}

#endif
