/* A CoAP server with one resource, `greeting`, that can be read and replaced: `server [PORT [SECONDS]]`. */
#include <coap3/coap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char greeting[64] = "Hello from the server";

static void
get_greeting(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
             const coap_string_t *query, coap_pdu_t *response) {
  (void)resource, (void)session, (void)request, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, strlen(greeting), (const uint8_t *)greeting);
}

static void
put_greeting(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
             const coap_string_t *query, coap_pdu_t *response) {
  size_t size;
  const uint8_t *data;

  (void)resource, (void)session, (void)query;
  if (!coap_get_data(request, &size, &data) || size >= sizeof greeting) {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_BAD_REQUEST);
    return;
  }
  memcpy(greeting, data, size);
  greeting[size] = 0;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

int
main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : COAP_DEFAULT_PORT;
  int milliseconds = 1000 * (argc > 2 ? atoi(argv[2]) : 3600);
  coap_context_t *context;
  coap_endpoint_t *endpoint;
  coap_resource_t *resource;
  coap_address_t address;
  int ready = 0;

  coap_startup();
  coap_address_init(&address);
  address.size = sizeof address.addr.sin;
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  coap_address_set_port(&address, (uint16_t)port);
  context = coap_new_context(NULL);
  endpoint = context ? coap_new_endpoint(context, &address, COAP_PROTO_UDP) : NULL;
  resource = endpoint ? coap_resource_init(coap_make_str_const("greeting"), 0) : NULL;
  if (resource) {
    coap_add_attr(resource, coap_make_str_const("title"), coap_make_str_const("\"A greeting\""), 0);
    coap_register_request_handler(resource, COAP_REQUEST_GET, get_greeting);
    coap_register_request_handler(resource, COAP_REQUEST_PUT, put_greeting);
    coap_add_resource(context, resource);
    printf("server: listens on %s\n", coap_endpoint_str(endpoint));
    fflush(stdout);
    ready = 1;
  }
  while (ready && milliseconds > 0) {
    int passed = coap_io_process(context, (uint32_t)milliseconds);
    if (passed < 0)
      break;
    milliseconds -= passed;
  }
  coap_free_context(context);
  coap_cleanup();
  return ready ? EXIT_SUCCESS : EXIT_FAILURE;
}
