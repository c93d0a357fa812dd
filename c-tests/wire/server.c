/* A server for raw datagrams: prints "port N", then a line for each call of the handlers of "count" and "empty"; ends with its standard input.
 *
 * With the argument "open" it also has a resource for unknown paths and one for Proxy-Uri; with "debug" everything is
 * logged, but not shown. */
#include "../support.h"

static int count;

static void
log_call(const char *name, const coap_pdu_t *pdu) {
  say("%s: %s %s", name, type_name(coap_pdu_get_type(pdu)), code_name(coap_pdu_get_code(pdu)));
}

static void
answer_with(coap_pdu_t *response, coap_pdu_code_t code, const void *data, size_t length) {
  coap_pdu_set_code(response, code);
  if (length)
    coap_add_data(response, length, (const uint8_t *)data);
}

/* Echoes the payload. */
static void
on_a(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
     coap_pdu_t *response) {
  size_t length = 0;
  const uint8_t *data = (const uint8_t *)"hello";
  (void)resource, (void)session, (void)query;
  if (!coap_get_data(pdu, &length, &data)) {
    data = (const uint8_t *)"hello";
    length = 5;
  }
  answer_with(response, COAP_RESPONSE_CODE_CONTENT, data, length);
}

static void
on_count(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
         coap_pdu_t *response) {
  char text[16];
  (void)resource, (void)session, (void)query;
  log_call("count", pdu);
  answer_with(response, COAP_RESPONSE_CODE_CONTENT, text, (size_t)sprintf(text, "%d", ++count));
}

/* Says that everything before it has been handled. */
static void
on_sync(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
        coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_VALID);
}

static void
on_query(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
         coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu;
  answer_with(response, COAP_RESPONSE_CODE_CONTENT, query ? (const char *)query->s : "none",
              query ? query->length : 4);
}

static void
on_empty(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
         coap_pdu_t *response) {
  (void)resource, (void)session, (void)query, (void)response;
  log_call("empty", pdu);
}

/* Answers with the code that the payload's first byte says. */
static void
on_code(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
        coap_pdu_t *response) {
  size_t length = 0;
  const uint8_t *data = NULL;
  (void)resource, (void)session, (void)query;
  if (coap_get_data(pdu, &length, &data))
    coap_pdu_set_code(response, (coap_pdu_code_t)data[0]);
}

static void
on_other(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
         coap_pdu_t *response) {
  coap_string_t *path = coap_get_uri_path(pdu);
  (void)resource, (void)session, (void)query;
  answer_with(response, COAP_RESPONSE_CODE_CREATED, path && path->length ? (const char *)path->s : "/",
              path && path->length ? path->length : 1);
  coap_delete_string(path);
}

static void
swallow(coap_log_t level, const char *message) {
  static size_t length;
  (void)level;
  length += strlen(message);
}

static coap_resource_t *
add(coap_context_t *context, const char *path, coap_method_handler_t handler, int methods) {
  coap_resource_t *resource = coap_resource_init(str(path), 0);
  int method;
  for (method = 1; method <= methods; method++)
    coap_register_request_handler(resource, (coap_request_t)method, handler);
  coap_add_resource(context, resource);
  return resource;
}

int
main(int argc, char **argv) {
  coap_context_t *context;
  struct pollfd inputs[2];

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(context);
  coap_register_option(context, 2049);
  coap_add_attr(add(context, "a", on_a, 7), str("rt"), str("\"light\""), 0);
  add(context, "a/b", on_a, 1);
  add(context, "sync", on_sync, 1);
  add(context, "count", on_count, 7);
  add(context, "q", on_query, 7);
  add(context, "empty", on_empty, 7);
  add(context, "code", on_code, 7);
  add(context, "bare", on_a, 0);
  if (argc > 1 && strcmp(argv[1], "open") == 0) {
    static const char *names[] = {"me.example"};
    coap_resource_t *unknown = coap_resource_unknown_init(on_other);
    coap_register_request_handler(unknown, COAP_REQUEST_GET, on_other);
    coap_add_resource(context, unknown);
    coap_add_resource(context, coap_resource_proxy_uri_init(on_other, 1, names));
  }
  if (argc > 1 && strcmp(argv[1], "debug") == 0) {
    coap_set_log_level(COAP_LOG_DEBUG);
    coap_set_show_pdu_output(0);
    coap_set_log_handler(swallow);
  }
  say("port %u", known_port);
  inputs[0].fd = coap_context_get_coap_fd(context);
  inputs[1].fd = 0;
  inputs[0].events = inputs[1].events = POLLIN;
  for (;;) {
    inputs[1].revents = 0;
    poll(inputs, 2, 100);
    if (inputs[1].revents)
      break;
    coap_io_process(context, COAP_IO_NO_WAIT);
  }
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
