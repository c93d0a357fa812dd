/* Many client sessions in one context, which ask one server by turns, a number of requests in flight.
 *
 *   clients PORT SESSIONS SECONDS      prints "count N in T"; N: answers
 */
#include "program.h"

enum { IN_FLIGHT = 64 };

static coap_session_t **sessions;
static long count, next_session, answers, lost;
static int is_over;

static void
ask_next(void) {
  coap_session_t *session = sessions[next_session];
  next_session = next_session + 1 == count ? 0 : next_session + 1;
  if (coap_send(session, new_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "t")) == COAP_INVALID_MID)
    give_up("not sent");
}

static coap_response_t
hnd_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)received, (void)mid;
  answers++;
  if (!is_over)
    ask_next();
  return COAP_RESPONSE_OK;
}

static void
hnd_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)reason, (void)mid;
  lost++;
  if (!is_over)
    ask_next();
}

static void
open_sessions(coap_context_t *context, const char *port) {
  const coap_address_t server = coap_loopback(port);
  sessions = calloc((size_t)count, sizeof *sessions);
  for (long i = 0; i < count; i++) {
    sessions[i] = coap_new_client_session(context, NULL, &server, COAP_PROTO_UDP);
    if (!sessions[i])
      give_up("no session");
  }
}

static void
ask_for(coap_context_t *context, double duration) {
  const double begin = now(), end = begin + duration;
  answers = 0;
  for (int i = 0; i < IN_FLIGHT; i++)
    ask_next();
  while (now() < end)
    coap_io_process(context, 100);
  is_over = 1;
  report(answers, now() - begin);
}

int
main(int argc, char **argv) {
  count = start_client(argc, argv);
  coap_context_t *context = new_context();
  coap_register_response_handler(context, hnd_answer);
  coap_register_nack_handler(context, hnd_nack);
  open_sessions(context, argv[1]);
  ask_for(context, seconds(argv[3]));
  if (lost)
    fprintf(stderr, "without an answer: %ld\n", lost);
  for (long i = 0; i < count; i++)
    coap_session_release(sessions[i]);
  free(sessions);
  free_context(context);
  return 0;
}
