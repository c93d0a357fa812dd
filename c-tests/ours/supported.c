/* coap_supported(3), with the questions that 4.3.5 added: what is built and what is not yet. */
#include "../support.h"

#define SAY(name) say("%s: %d", #name, coap_##name##_is_supported())

int
main(void) {
  coap_startup();
  SAY(client);
  SAY(server);
  SAY(ipv4);
  SAY(ipv6);
  SAY(epoll);
  SAY(threadsafe);
  SAY(tcp);
  SAY(dtls);
  SAY(dtls_cid);
  SAY(dtls_pkcs11);
  SAY(dtls_pki);
  SAY(dtls_psk);
  SAY(dtls_rpk);
  SAY(tls);
  SAY(ws);
  SAY(wss);
  SAY(af_unix);
  SAY(async);
  SAY(oscore);
  SAY(proxy);
  SAY(observe_persist);
  SAY(q_block);
  coap_cleanup();
  return 0;
}
