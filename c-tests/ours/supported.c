/* coap_supported(3), with the questions that 4.3.5 added: what is built and what is not yet. */
#include "../support.h"

#define SAY(function) say("%s: %d", #function, function())

int
main(void) {
  coap_startup();
  SAY(coap_client_is_supported);
  SAY(coap_server_is_supported);
  SAY(coap_ipv4_is_supported);
  SAY(coap_ipv6_is_supported);
  SAY(coap_epoll_is_supported);
  SAY(coap_threadsafe_is_supported);
  SAY(coap_tcp_is_supported);
  SAY(coap_dtls_is_supported);
  SAY(coap_dtls_cid_is_supported);
  SAY(coap_dtls_pkcs11_is_supported);
  SAY(coap_dtls_pki_is_supported);
  SAY(coap_dtls_psk_is_supported);
  SAY(coap_dtls_rpk_is_supported);
  SAY(coap_tls_is_supported);
  SAY(coap_ws_is_supported);
  SAY(coap_wss_is_supported);
  SAY(coap_af_unix_is_supported);
  SAY(coap_async_is_supported);
  SAY(coap_oscore_is_supported);
  SAY(coap_proxy_is_supported);
  SAY(coap_observe_persist_is_supported);
  SAY(coap_q_block_is_supported);
  coap_cleanup();
  return 0;
}
