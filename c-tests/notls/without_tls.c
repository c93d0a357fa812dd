/* coap_tls_library(3), coap_init(3) and what a library built without TLS answers. */
#include "../support.h"

int
main(void) {
  coap_context_t *context;
  coap_session_t *session;
  coap_tls_version_t *version;
  coap_dtls_pki_t pki;
  char text[256];
  coap_address_t address = loopback(9);

  coap_startup();
  coap_startup(); /* a second time does no harm */
  coap_set_log_level(COAP_LOG_EMERG);
  say("dtls %d, tls %d", coap_dtls_is_supported(), coap_tls_is_supported());
  version = coap_get_tls_library_version();
  say("tls library: type %d, version %llu, built %llu", (int)version->type, (unsigned long long)version->version,
      (unsigned long long)version->built_version);
  say("text: %s", coap_string_tls_version(text, sizeof text));
  say("support: %s", coap_string_tls_support(text, sizeof text));
  say("short text: %s", coap_string_tls_version(text, 8));

  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  say("psk for a context: %d", coap_context_set_psk(context, "hint", (const uint8_t *)"key", 3));
  memset(&pki, 0, sizeof pki);
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  say("pki for a context: %d", coap_context_set_pki(context, &pki));
  say("root CAs for a context: %d", coap_context_set_pki_root_cas(context, NULL, "/nowhere"));
  say("psk session: %s",
      coap_new_client_session_psk(context, NULL, &address, COAP_PROTO_DTLS, "me", (const uint8_t *)"key", 3) ? "yes"
                                                                                                              : "NULL");
  session = connect_to(context, 9);
  say("tls of a session: %s", coap_session_get_tls(session, NULL) ? "yes" : "NULL");
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
