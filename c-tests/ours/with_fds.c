/* coap_io_process_with_fds(): the program's own descriptors are waited for beside the library's. (The distribution's
 * libcoap ignores them.) */
#include "../support.h"
#include <sys/select.h>

static int served, answers;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  served++;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)received, (void)mid;
  answers++;
  return COAP_RESPONSE_OK;
}

int
main(void) {
  coap_context_t *server, *client;
  coap_session_t *session;
  coap_resource_t *resource;
  fd_set readable, writable, odd;
  int ends[2], result;
  long started;

  coap_startup();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(server);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, answer);
  session = connect_to(client, known_port);
  if (pipe(ends))
    need(NULL, "no pipe");

  say("== nothing to read: the time-out passes, the set is empty");
  FD_ZERO(&readable);
  FD_SET(ends[0], &readable);
  started = milliseconds();
  result = coap_io_process_with_fds(server, 200, ends[0] + 1, &readable, NULL, NULL);
  say("result %d, set %d, waited %d", result >= 0, FD_ISSET(ends[0], &readable) != 0, milliseconds() - started >= 190);

  say("== something to read and something writable: at once");
  if (write(ends[1], "x", 1) != 1)
    need(NULL, "pipe");
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  FD_ZERO(&odd);
  FD_SET(ends[0], &readable);
  FD_SET(ends[1], &writable);
  FD_SET(ends[0], &odd);
  started = milliseconds();
  result = coap_io_process_with_fds(server, 10000, ends[1] + 1, &readable, &writable, &odd);
  say("result %d, readable %d, writable %d, exceptional %d, at once %d", result >= 0,
      FD_ISSET(ends[0], &readable) != 0, FD_ISSET(ends[1], &writable) != 0, FD_ISSET(ends[0], &odd) != 0,
      milliseconds() - started < 5000);

  say("== traffic while a descriptor stays readable");
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  started = milliseconds();
  while (!served && milliseconds() - started < 5000) {
    FD_ZERO(&readable);
    FD_SET(ends[0], &readable);
    coap_io_process_with_fds(server, 1000, ends[0] + 1, &readable, NULL, NULL);
  }
  say("served %d, still readable %d", served, FD_ISSET(ends[0], &readable) != 0);
  say("answered %d", run_until(server, client, &answers, 5000));

  close(ends[0]);
  close(ends[1]);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
