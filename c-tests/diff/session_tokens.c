/* Tokens and message IDs of a session. */
#include "../support.h"

static int
differ_in_turn(coap_session_t *session, int count) {
  uint8_t before[8] = {0}, token[8];
  size_t length, before_length = 99;
  int same = 0;
  while (count--) {
    length = 0;
    memset(token, 0, sizeof token);
    coap_session_new_token(session, &length, token);
    same += length == before_length && memcmp(before, token, length) == 0;
    memcpy(before, token, sizeof token);
    before_length = length;
  }
  return same == 0;
}

int
main(void) {
  static const uint8_t cafe[] = {0xca, 0xfe}, eight[] = {1, 2, 3, 4, 5, 6, 7, 8};
  coap_context_t *context;
  coap_session_t *session;
  uint8_t token[8] = {0};
  size_t length = 0;
  uint16_t first, second;
  int i, changes = 0;

  coap_startup();
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  session = connect_to(context, 9);

  coap_session_new_token(session, &length, token);
  say("length within 1..8: %d", length >= 1 && length <= 8);
  say("a hundred differ from the one before: %d", differ_in_turn(session, 100));

  coap_session_init_token(session, sizeof cafe, cafe);
  coap_session_new_token(session, &length, token);
  say("after a start value, length within 1..8: %d", length >= 1 && length <= 8);
  say("still differ: %d", differ_in_turn(session, 100));
  coap_session_init_token(session, sizeof eight, eight);
  say("after a start value of eight bytes: %d", differ_in_turn(session, 100));

  first = coap_new_message_id(session);
  second = coap_new_message_id(session);
  say("message IDs differ: %d", first != second);
  for (i = 0; i < 1000; i++) {
    first = second;
    second = coap_new_message_id(session);
    changes += first != second;
  }
  say("of a thousand, differ from the one before: %d", changes);
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
