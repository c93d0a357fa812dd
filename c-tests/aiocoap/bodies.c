/* A server for large bodies: "store" keeps what is put there and is observable. Prints "port N", then a line for each
 * body that is stored; ends with its standard input. With an argument it listens over TCP, WS, TLS, WSS or DTLS: over
 * DTLS with the key "secret", over the others with a certificate, and asks for none. */
#include "../secure.h"

#define LARGEST 200000

static uint8_t body[LARGEST];
static size_t stored;

static void
put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
    coap_pdu_t *response) {
  size_t length = 0, offset = 0, total = 0;
  const uint8_t *data = NULL;
  (void)session, (void)query;
  coap_get_data_large(request, &length, &data, &offset, &total);
  if (length != total || length > LARGEST) {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_BAD_REQUEST);
    return;
  }
  memcpy(body, data, stored = length);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
  say("stored %zu, observed %d", stored, coap_resource_notify_observers(resource, NULL));
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
    coap_pdu_t *response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, session, request, response, query, COAP_MEDIATYPE_APPLICATION_OCTET_STREAM,
                               -1, 0, stored, body, NULL, NULL);
}

/* What peers are served with. */
static void
secure(coap_context_t *context, coap_proto_t proto) {
  coap_dtls_spsk_t keys = server_keys("aiocoap", "secret");
  if (proto == COAP_PROTO_DTLS) {
    if (!coap_context_set_psk2(context, &keys))
      need(NULL, "no key");
  } else if (proto == COAP_PROTO_TLS || proto == COAP_PROTO_WSS) {
    coap_dtls_pki_t setup = certificates("server");
    setup.verify_peer_cert = 0;
    if (!coap_context_set_pki(context, &setup))
      need(NULL, "no certificate");
  }
}

int
main(int argc, char **argv) {
  coap_address_t any_port = loopback(0);
  coap_endpoint_t *endpoint;
  coap_proto_t proto = COAP_PROTO_UDP;
  coap_context_t *context;
  coap_resource_t *resource = coap_resource_init(str("store"), 0);
  struct pollfd inputs[2];

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  while (argc > 1 && strcmp(argv[1], proto_name(proto)) != 0 && proto < COAP_PROTO_LAST)
    proto++;
  secure(context, proto);
  endpoint = coap_new_endpoint(context, &any_port, proto);
  known_port = endpoint_port((coap_endpoint_t *)need(endpoint, "no endpoint"));
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, put);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(context, resource);
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
