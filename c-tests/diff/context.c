/* coap_context(3): a context's life and what can be set on it. */
#include "../support.h"

int
main(void) {
  static char note[] = "note";
  coap_context_t *context, *bound;
  coap_address_t listen_at = loopback(0);

  coap_startup();
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  bound = coap_new_context(&listen_at);
  say("context with an endpoint of its own: %d", bound != NULL);
  coap_free_context(bound);

  say("application data %s", coap_get_app_data(context) ? "yes" : "NULL");
  coap_set_app_data(context, note);
  say("application data %s", (const char *)coap_get_app_data(context));

  say("== defaults");
  say("max idle sessions %u", coap_context_get_max_idle_sessions(context));
  say("session timeout %u", coap_context_get_session_timeout(context));
  say("max handshake sessions %u", coap_context_get_max_handshake_sessions(context));
  say("csm timeout %u", coap_context_get_csm_timeout(context));
  say("csm max message size %u", coap_context_get_csm_max_message_size(context));

  say("== as set");
  coap_context_set_max_idle_sessions(context, 17);
  coap_context_set_session_timeout(context, 42);
  coap_context_set_max_handshake_sessions(context, 100);
  coap_context_set_csm_timeout(context, 7);
  coap_context_set_csm_max_message_size(context, 4096);
  say("max idle sessions %u", coap_context_get_max_idle_sessions(context));
  say("session timeout %u", coap_context_get_session_timeout(context));
  say("max handshake sessions %u", coap_context_get_max_handshake_sessions(context));
  say("csm timeout %u", coap_context_get_csm_timeout(context));
  say("csm max message size %u", coap_context_get_csm_max_message_size(context));
  coap_context_set_csm_max_message_size(context, 64);
  say("csm max message size %u", coap_context_get_csm_max_message_size(context));
  coap_context_set_session_timeout(context, 0);
  say("session timeout %u", coap_context_get_session_timeout(context));
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_context_set_keepalive(context, 30);

  say("== a context knows nothing of another's resources");
  say("resource: %s", coap_get_resource_from_uri_path(context, str("x")) ? "yes" : "NULL");
  say("can exit: %d", coap_can_exit(context));
  coap_free_context(context);
  coap_free_context(NULL);
  coap_cleanup();
  return 0;
}
