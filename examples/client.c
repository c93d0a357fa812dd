/* Asks the server beside this file for what it has, reads a resource, replaces it, and reads it again:
 * `client [PORT]`. */
#include <coap3/coap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int answered;

static coap_response_t
handle_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_pdu_code_t code = coap_pdu_get_code(received);
  size_t size = 0;
  const uint8_t *data = NULL;

  (void)session, (void)sent, (void)mid;
  coap_get_data(received, &size, &data);
  printf("        %d.%02d%s%.*s\n", COAP_RESPONSE_CLASS(code), code & 0x1F, size ? " " : "", (int)size,
         (const char *)data);
  answered = 1;
  return COAP_RESPONSE_OK;
}

static void
handle_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  printf("        no answer: reason %d\n", (int)reason);
  exit(EXIT_FAILURE);
}

/* Sends a request and waits for its response. */
static void
request(coap_context_t *context, coap_session_t *session, const char *method, coap_pdu_code_t code, const char *path,
        const char *payload) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, code, session);
  uint8_t token[8];
  size_t length;
  coap_optlist_t *options = NULL;

  printf("client: %s /%s%s%s\n", method, path, payload ? " " : "", payload ? payload : "");
  coap_session_new_token(session, &length, token);
  coap_add_token(pdu, length, token);
  coap_path_into_optlist((const uint8_t *)path, strlen(path), COAP_OPTION_URI_PATH, &options);
  coap_add_optlist_pdu(pdu, &options);
  coap_delete_optlist(options);
  if (payload)
    coap_add_data(pdu, strlen(payload), (const uint8_t *)payload);
  answered = 0;
  coap_send(session, pdu);
  while (!answered && coap_io_process(context, COAP_IO_WAIT) >= 0)
    ;
}

/* Prints what the library knows of a session. */
static void
describe(const coap_session_t *session) {
  unsigned char local[64], remote[64];

  coap_print_addr(coap_session_get_addr_local(session), local, sizeof local);
  coap_print_addr(coap_session_get_addr_remote(session), remote, sizeof remote);
  printf("client: session with %s from %s\n", remote, local);
  printf("        protocol %s, state %s, type %s\n",
         coap_session_get_proto(session) == COAP_PROTO_UDP ? "UDP" : "?",
         coap_session_get_state(session) == COAP_SESSION_STATE_ESTABLISHED ? "established" : "?",
         coap_session_get_type(session) == COAP_SESSION_TYPE_CLIENT ? "client" : "?");
}

int
main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : COAP_DEFAULT_PORT;
  coap_context_t *context;
  coap_session_t *session;
  coap_address_t server;

  coap_startup();
  coap_address_init(&server);
  server.size = sizeof server.addr.sin;
  server.addr.sin.sin_family = AF_INET;
  server.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  coap_address_set_port(&server, (uint16_t)port);
  context = coap_new_context(NULL);
  session = context ? coap_new_client_session(context, NULL, &server, COAP_PROTO_UDP) : NULL;
  if (!session)
    return EXIT_FAILURE;
  coap_register_response_handler(context, handle_response);
  coap_register_nack_handler(context, handle_nack);

  describe(session);
  request(context, session, "GET", COAP_REQUEST_CODE_GET, ".well-known/core", NULL);
  request(context, session, "GET", COAP_REQUEST_CODE_GET, "greeting", NULL);
  request(context, session, "PUT", COAP_REQUEST_CODE_PUT, "greeting", "Hello from the client");
  request(context, session, "GET", COAP_REQUEST_CODE_GET, "greeting", NULL);

  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return EXIT_SUCCESS;
}
