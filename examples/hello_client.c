/* Asks coap://127.0.0.1/hello and prints the answer. */
#include <coap3/coap.h>
#include <stdio.h>

static coap_response_t
print_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *answer, const coap_mid_t mid) {
  size_t size;
  const uint8_t *data;
  (void)session, (void)sent, (void)mid;
  if (coap_get_data(answer, &size, &data))
    printf("%.*s\n", (int)size, (const char *)data);
  return COAP_RESPONSE_OK;
}

int
main(void) {
  coap_context_t *context;
  coap_session_t *session;
  coap_pdu_t *request;
  coap_address_t server;

  coap_startup();
  coap_address_init(&server);
  server.size = sizeof server.addr.sin;
  server.addr.sin.sin_family = AF_INET;
  server.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  coap_address_set_port(&server, COAP_DEFAULT_PORT);
  context = coap_new_context(NULL);
  coap_register_response_handler(context, print_answer);
  session = coap_new_client_session(context, NULL, &server, COAP_PROTO_UDP);
  request = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  coap_add_option(request, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"hello");
  coap_send(session, request);
  while (!coap_can_exit(context) && coap_io_process(context, COAP_IO_WAIT) >= 0)
    ;
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
