/* A server as a user of the library writes it.
 *
 *   server PORT udp|tcp      prints "ready", serves until SIGTERM
 *
 *   /t   GET: 11 bytes
 *   /o   GET: 11 bytes, observable; PUT: it has changed, observers are told by confirmable messages
 *   /b   GET: a body of 1 MiB; PUT: takes the same
 */
#include "program.h"

static uint8_t *big;
static volatile sig_atomic_t is_over;

static void
hnd_end(int signal) {
  (void)signal;
  is_over = 1;
}

static void
hnd_change(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
           coap_pdu_t *response) {
  (void)session, (void)request, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
  coap_resource_notify_observers(resource, NULL);
}

static void
hnd_get_big(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
            coap_pdu_t *response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, session, request, response, query, COAP_MEDIATYPE_APPLICATION_OCTET_STREAM, -1,
                               0, BIG, big, NULL, NULL);
}

static void
hnd_put_big(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
            coap_pdu_t *response) {
  size_t length, offset, total;
  const uint8_t *data;
  (void)resource, (void)session, (void)query;
  if (coap_get_data_large(request, &length, &data, &offset, &total) && length == BIG && !memcmp(data, big, BIG))
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
  else
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_BAD_REQUEST);
}

static coap_resource_t *
add_resource(coap_context_t *context, const char *path, coap_method_handler_t get) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const(path), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(context, resource);
  return resource;
}

static void
add_resources(coap_context_t *context) {
  add_resource(context, "t", hnd_small);
  coap_resource_t *observed = add_resource(context, "o", hnd_small);
  coap_resource_set_get_observable(observed, 1);
  coap_resource_set_mode(observed, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  coap_register_request_handler(observed, COAP_REQUEST_PUT, hnd_change);
  coap_resource_t *large = add_resource(context, "b", hnd_get_big);
  coap_register_request_handler(large, COAP_REQUEST_PUT, hnd_put_big);
}

int
main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  const struct sigaction action = {.sa_handler = hnd_end};
  sigaction(SIGTERM, &action, NULL);
  end_with_parent();
  coap_context_t *context = new_context();
  const coap_address_t address = coap_loopback(argv[1]);
  const coap_proto_t protocol = strcmp(argv[2], "tcp") ? COAP_PROTO_UDP : COAP_PROTO_TCP;
  if (!coap_new_endpoint(context, &address, protocol))
    give_up("no endpoint");
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  big = big_body();
  add_resources(context);
  say("ready");
  /* A signal that comes just before the wait is seen after it. */
  while (!is_over)
    coap_io_process(context, 1000);
  free_context(context);
  free(big);
  return 0;
}
