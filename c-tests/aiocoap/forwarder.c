/* A proxy for aiocoap: forwards what has a Proxy-Uri or Proxy-Scheme; with a port as argument, everything else to there.
 * Says on which port it listens, and ends with its standard input. */
#include "../support.h"

static coap_proxy_server_t inside;
static coap_proxy_server_list_t elsewhere = {NULL, 0, 0, COAP_PROXY_DIRECT_STRIP, 0, 10};
static coap_proxy_server_list_t reverse = {&inside, 1, 0, COAP_PROXY_REVERSE_STRIP, 0, 10};

static void
hnd_forward(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
            coap_pdu_t *response) {
  (void)query;
  coap_proxy_forward_request(session, request, response, resource, NULL, &elsewhere);
}

static void
hnd_reverse(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
            coap_pdu_t *response) {
  (void)query;
  coap_proxy_forward_request(session, request, response, resource, NULL, &reverse);
}

static coap_response_t
hnd_back(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)sent, (void)mid;
  return coap_proxy_forward_response(session, received, NULL);
}

int
main(int argc, char **argv) {
  const char *names[] = {"proxy.example"};
  coap_context_t *context;
  struct pollfd inputs[2];

  coap_startup();
  coap_set_log_level(COAP_LOG_WARN);
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  listen_on_loopback(context);
  coap_add_resource(context, coap_resource_proxy_uri_init2(hnd_forward, 1, names, 0));
  if (argc > 1) {
    inside.uri.scheme = COAP_URI_SCHEME_COAP;
    inside.uri.host = *str("127.0.0.1");
    inside.uri.port = (uint16_t)atoi(argv[1]);
    coap_add_resource(context, coap_resource_reverse_proxy_init(hnd_reverse, 0));
  }
  coap_register_response_handler(context, hnd_back);
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
