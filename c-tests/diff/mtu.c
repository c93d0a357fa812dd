/* Messages at and beyond the largest size: what can be added, what can be sent. */
#include "../support.h"

int
main(void) {
  static const unsigned mtus[] = {64, 128, 600, 1152};
  static uint8_t bytes[2000];
  coap_context_t *client;
  coap_session_t *session;
  uint16_t port;
  int fd = raw_peer(&port);
  size_t i, room;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  memset(bytes, 'b', sizeof bytes);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  session = connect_to(client, port);
  for (i = 0; i < sizeof mtus / sizeof *mtus; i++) {
    size_t largest;
    coap_session_set_mtu(session, mtus[i]);
    largest = coap_session_max_pdu_size(session);
    say("== mtu %u, largest PDU %zu", mtus[i], largest);
    for (room = largest - 3; room <= largest + 1; room++) {
      coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, session);
      int added = coap_add_data(pdu, room, bytes);
      datagram_t got;
      say("payload of %zu: added %d, sent %d", room, added, coap_send(session, pdu) != COAP_INVALID_MID);
      got = raw_receive(fd, client, 50);
      say("datagram of %zd", got.length);
    }
    {
      coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, session);
      size_t count = 0;
      while (count < 500 && coap_add_option(pdu, COAP_OPTION_URI_QUERY, 10, bytes))
        count++;
      say("options of ten bytes: %zu", count);
      coap_delete_pdu(pdu);
    }
  }
  coap_session_release(session);
  coap_free_context(client);
  coap_cleanup();
  close(fd);
  return 0;
}
