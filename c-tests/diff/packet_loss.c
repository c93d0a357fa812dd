/* coap_debug_set_packet_loss(): what it accepts, and that it loses what it says. */
#include "../support.h"

int
main(void) {
  static const char *const levels[] = {"0%", "100%", "50%", "101%", "-1%", "1", "1,3-5", "3-", "5-3", "x", "", "1,,2", "7%x",
                                       "0", "1,2,3,4,5,6,7,8,9,10,11"};
  coap_context_t *client;
  coap_session_t *session;
  uint16_t port;
  int fd = raw_peer(&port), i;
  size_t l;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  session = connect_to(client, port);

  say("== all are lost");
  say("set: %d", coap_debug_set_packet_loss("100%"));
  for (i = 0; i < 3; i++) {
    datagram_t got;
    coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x"));
    got = raw_receive(fd, client, 50);
    say("came: %d", got.length > 0);
  }
  say("== none is lost");
  say("set: %d", coap_debug_set_packet_loss("0%"));
  for (i = 0; i < 3; i++) {
    datagram_t got;
    coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x"));
    got = raw_receive(fd, client, 1000);
    say("came: %d", got.length > 0);
  }
  say("== the second and the fourth to sixth are lost");
  say("set: %d", coap_debug_set_packet_loss("2,4-6"));
  for (i = 1; i <= 8; i++) {
    datagram_t got;
    say("sent %d: %d", i, coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x")) !=
                              COAP_INVALID_MID);
    got = raw_receive(fd, client, 50);
    say("came %d: %d", i, got.length > 0);
  }
  say("== what is accepted");
  for (l = 0; l < sizeof levels / sizeof *levels; l++)
    say("\"%s\" -> %d", levels[l], coap_debug_set_packet_loss(levels[l]));
  coap_session_release(session);
  coap_free_context(client);
  coap_cleanup();
  close(fd);
  return 0;
}
