/* DTLS with a pre-shared key: a server, a client that shakes hands, a client that asks.
 *
 *   secure server PORT                  prints "ready", serves until it is killed
 *   secure handshakes PORT SECONDS      one session after the other; prints "count N in T"
 *   secure requests PORT SECONDS        one session, 32 requests in flight; the same
 */
#include "program.h"

enum { IN_FLIGHT = 32 };

static const char key[] = "a key for measuring";
static long answers;
static int connected, failed;

static coap_response_t
hnd_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)received, (void)mid;
  answers++;
  return COAP_RESPONSE_OK;
}

static int
hnd_event(coap_session_t *session, const coap_event_t event) {
  (void)session;
  connected |= event == COAP_EVENT_DTLS_CONNECTED;
  failed |= event == COAP_EVENT_DTLS_ERROR;
  return 0;
}

static void
serve(coap_context_t *context, const char *port) {
  const coap_address_t address = coap_loopback(port);
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("r"), 0);
  if (!coap_context_set_psk(context, "hint", (const uint8_t *)key, sizeof key - 1))
    give_up("no keys");
  if (!coap_new_endpoint(context, &address, COAP_PROTO_DTLS))
    give_up("no endpoint");
  coap_register_request_handler(resource, COAP_REQUEST_GET, hnd_small);
  coap_add_resource(context, resource);
  say("ready");
  for (;;)
    coap_io_process(context, COAP_IO_WAIT);
}

static coap_session_t *
open_session(coap_context_t *context, const coap_address_t *server) {
  coap_dtls_cpsk_t psk = {.version = COAP_DTLS_CPSK_SETUP_VERSION};
  psk.psk_info.identity.s = (const uint8_t *)"somebody";
  psk.psk_info.identity.length = 8;
  psk.psk_info.key.s = (const uint8_t *)key;
  psk.psk_info.key.length = sizeof key - 1;
  coap_session_t *session = coap_new_client_session_psk2(context, NULL, server, COAP_PROTO_DTLS, &psk);
  if (!session)
    give_up("no session");
  for (connected = failed = 0; !connected && !failed;)
    coap_io_process(context, 1000);
  if (failed)
    give_up("no handshake");
  return session;
}

static void
shake_hands(coap_context_t *context, const coap_address_t *server, double duration) {
  const double begin = now(), end = begin + duration;
  long count = 0;
  for (; now() < end; count++)
    coap_session_release(open_session(context, server));
  report(count, now() - begin);
}

static void
ask(coap_context_t *context, const coap_address_t *server, double duration) {
  coap_session_t *session = open_session(context, server);
  const double begin = now(), end = begin + duration;
  long asked = 0;
  while (now() < end) {
    for (; asked - answers < IN_FLIGHT; asked++)
      if (coap_send(session, new_request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "r")) == COAP_INVALID_MID)
        give_up("not sent");
    /* What is lost is asked for again. */
    if (coap_io_process(context, 1000) >= 1000)
      asked = answers;
  }
  report(answers, now() - begin);
  coap_session_release(session);
}

int
main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  coap_context_t *context = new_context();
  coap_set_log_level(COAP_LOG_CRIT);
  coap_dtls_set_log_level(COAP_LOG_CRIT);
  if (!strcmp(argv[1], "server")) {
    end_with_parent();
    serve(context, argv[2]);
  }
  if (argc != 4)
    return 2;
  end_in_time();
  coap_register_response_handler(context, hnd_answer);
  coap_register_event_handler(context, hnd_event);
  const coap_address_t server = coap_loopback(argv[2]);
  if (!strcmp(argv[1], "handshakes"))
    shake_hands(context, &server, seconds(argv[3]));
  else
    ask(context, &server, seconds(argv[3]));
  free_context(context);
  return 0;
}
