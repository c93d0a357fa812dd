/*
 * coap_supported(3), with the questions that 4.3.5 added: what is built and what is not yet. The macros of
 * coap_defines.h say the same to the preprocessor; one that is not defined stands for 0.
 */
#include "../support.h"
#include <coap3/coap_defines.h>

#define SAY(function) say("%s: %d", #function, function())
#define AGREE(macro, function) \
  say("%s: %s", #macro, ((macro) != 0) == (function() != 0) ? "agrees" : "does not agree with " #function)

#ifndef COAP_OSCORE_SUPPORT
#define COAP_OSCORE_SUPPORT 0
#endif
#if !COAP_CLIENT_SUPPORT || !COAP_SERVER_SUPPORT
#error a program that asks before it is compiled is told that there is nothing
#endif

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
  AGREE(COAP_AF_UNIX_SUPPORT, coap_af_unix_is_supported);
  AGREE(COAP_ASYNC_SUPPORT, coap_async_is_supported);
  AGREE(COAP_CLIENT_SUPPORT, coap_client_is_supported);
  AGREE(!COAP_DISABLE_TCP, coap_tcp_is_supported);
  AGREE(COAP_EPOLL_SUPPORT, coap_epoll_is_supported);
  AGREE(COAP_IPV4_SUPPORT, coap_ipv4_is_supported);
  AGREE(COAP_IPV6_SUPPORT, coap_ipv6_is_supported);
  AGREE(COAP_OSCORE_SUPPORT, coap_oscore_is_supported);
  AGREE(COAP_PROXY_SUPPORT, coap_proxy_is_supported);
  AGREE(COAP_Q_BLOCK_SUPPORT, coap_q_block_is_supported);
  AGREE(COAP_SERVER_SUPPORT, coap_server_is_supported);
  AGREE(COAP_THREAD_SAFE, coap_threadsafe_is_supported);
  AGREE(COAP_WITH_OBSERVE_PERSIST, coap_observe_persist_is_supported);
  AGREE(COAP_WS_SUPPORT, coap_ws_is_supported);
  coap_cleanup();
  return 0;
}
