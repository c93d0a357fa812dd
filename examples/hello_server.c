/* A CoAP server with one resource: coap://127.0.0.1/hello */
#include <coap3/coap.h>

static void
get_hello(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  (void)resource, (void)session, (void)request, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 5, (const uint8_t *)"hello");
}

int
main(void) {
  coap_context_t *context;
  coap_resource_t *hello;
  coap_address_t address;

  coap_startup();
  coap_address_init(&address);
  address.size = sizeof address.addr.sin;
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  coap_address_set_port(&address, COAP_DEFAULT_PORT);
  context = coap_new_context(&address);
  hello = coap_resource_init(coap_make_str_const("hello"), 0);
  coap_register_request_handler(hello, COAP_REQUEST_GET, get_hello);
  coap_add_resource(context, hello);
  while (coap_io_process(context, COAP_IO_WAIT) >= 0)
    ;
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
