/* What a library without TLS, TCP, WebSockets and OSCORE says about itself and makes of attempts to use them. */
#include "../support.h"

int
main(void) {
  coap_context_t *context;
  coap_session_t *session;
  coap_address_t address = loopback(0);

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  say("dtls %d, psk %d, pki %d, pkcs11 %d, rpk %d", coap_dtls_is_supported(), coap_dtls_psk_is_supported(),
      coap_dtls_pki_is_supported(), coap_dtls_pkcs11_is_supported(), coap_dtls_rpk_is_supported());
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  say("no protocol: %s", coap_new_endpoint(context, &address, COAP_PROTO_NONE) ? "endpoint" : "NULL");
  say("beyond the last protocol: %s", coap_new_endpoint(context, &address, COAP_PROTO_LAST) ? "endpoint" : "NULL");
  say("session without protocol: %s",
      coap_new_client_session(context, NULL, &address, COAP_PROTO_NONE) ? "session" : "NULL");
  session = connect_to(context, 9);
  say("nothing pending: %d", coap_io_pending(context));
  coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x"));
  say("after a non-confirmable request: %d", coap_io_pending(context));
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  say("after a confirmable request: %d", coap_io_pending(context));
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
