/* coap_session_disconnected(): what waits is dropped and the NACK handler is told. */
#include "../support.h"

static coap_pdu_code_t sent_code;
static int nacks;

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  nacks++;
  say("nack: %s, PDU %s, mid fits: %d, session %s", nack_name(reason),
      sent ? code_name(coap_pdu_get_code(sent)) : "none", sent ? coap_pdu_get_mid(sent) == mid : -1,
      state_name(coap_session_get_state(session)));
}

static void
with(coap_context_t *context, uint16_t port, coap_nack_reason_t reason, int confirmable) {
  coap_session_t *session = connect_to(context, port);
  int i;
  say("== %s with %d confirmable and a non-confirmable request", nack_name(reason), confirmable);
  nacks = 0;
  coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "n"));
  for (i = 0; i < confirmable; i++) {
    sent_code = i % 2 ? COAP_REQUEST_CODE_PUT : COAP_REQUEST_CODE_GET;
    say("sent: %d", coap_send(session, request(session, COAP_MESSAGE_CON, sent_code, "c")) != COAP_INVALID_MID);
  }
  coap_session_disconnected(session, reason);
  say("nacks: %d, state %s", nacks, state_name(coap_session_get_state(session)));
  coap_session_disconnected(session, reason);
  say("nacks after a second call: %d", nacks);
  coap_session_release(session);
}

int
main(void) {
  coap_context_t *context;
  uint16_t port;
  int fd = raw_peer(&port);

  coap_startup();
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_nack_handler(context, nack);
  with(context, port, COAP_NACK_NOT_DELIVERABLE, 0);
  with(context, port, COAP_NACK_NOT_DELIVERABLE, 1);
  with(context, port, COAP_NACK_TOO_MANY_RETRIES, 1);
  with(context, port, COAP_NACK_RST, 1);
  with(context, port, COAP_NACK_TLS_FAILED, 1);
  with(context, port, COAP_NACK_ICMP_ISSUE, 1);
  with(context, port, COAP_NACK_NOT_DELIVERABLE, 3);
  with(context, port, COAP_NACK_RST, 3);
  coap_free_context(context);
  coap_cleanup();
  close(fd);
  return 0;
}
