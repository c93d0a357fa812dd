/* Moves a body of 1 MiB, in blocks, several times, one after the other.
 *
 *   transfer PORT get|put TIMES
 *
 * Moves one, prints "ready" and waits for a line; moves the others, prints "count N in T" and waits for a line.
 */
#include "program.h"

static uint8_t *big;
static long done;

static coap_response_t
hnd_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  size_t length, offset, total;
  const uint8_t *data;
  const coap_pdu_code_t code = coap_pdu_get_code(received);
  (void)session, (void)sent, (void)mid;
  if (code == COAP_RESPONSE_CODE_CONTENT) {
    if (!coap_get_data_large(received, &length, &data, &offset, &total) || length != BIG || memcmp(data, big, BIG))
      give_up("another body");
  } else if (code != COAP_RESPONSE_CODE_CHANGED) {
    give_up("refused");
  }
  done++;
  return COAP_RESPONSE_OK;
}

static void
hnd_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)reason, (void)mid;
  give_up("no answer");
}

static void
move_one(coap_context_t *context, coap_session_t *session, int is_put) {
  const long before = done;
  const coap_pdu_code_t method = is_put ? COAP_REQUEST_CODE_PUT : COAP_REQUEST_CODE_GET;
  coap_pdu_t *request = new_request(session, COAP_MESSAGE_CON, method, "b");
  if (is_put && !coap_add_data_large_request(session, request, BIG, big, NULL, NULL))
    give_up("no body");
  if (coap_send(session, request) == COAP_INVALID_MID)
    give_up("not sent");
  while (done == before)
    coap_io_process(context, 1000);
}

int
main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  end_in_time();
  const int is_put = !strcmp(argv[2], "put");
  const long times = number(argv[3]);
  const coap_address_t server = coap_loopback(argv[1]);
  coap_context_t *context = new_context();
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_response_handler(context, hnd_answer);
  coap_register_nack_handler(context, hnd_nack);
  coap_session_t *session = coap_new_client_session(context, NULL, &server, COAP_PROTO_UDP);
  if (!session)
    give_up("no session");
  big = big_body();
  move_one(context, session, is_put);
  say("ready");
  wait_for_word();
  const double begin = now();
  for (long i = 0; i < times; i++)
    move_one(context, session, is_put);
  report(times, now() - begin);
  wait_for_word();
  coap_session_release(session);
  free_context(context);
  free(big);
  return 0;
}
