/* coap_send_recv(): a request and its response in one call, and every way in which it fails. */
#include "../support.h"
#include <signal.h>
#include <sys/time.h>

static coap_context_t *context;
static coap_session_t *self; /* to this very context */
static int handled, nacks;

enum { LARGE = 5000 };

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 5, (const uint8_t *)"hello");
}

/* Says how long the body is that it got, and answers with another of that length. */
static void
put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  static uint8_t body[LARGE];
  size_t length = 0, offset, total;
  const uint8_t *data;
  coap_get_data_large(pdu, &length, &data, &offset, &total);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
  coap_add_data_large_response(resource, session, pdu, response, query, 0, -1, 0, length, body, NULL, NULL);
}

static void
never(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
      coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query, (void)response;
}

static int
ask(coap_session_t *session, coap_pdu_type_t type, const char *path, unsigned timeout_ms, coap_pdu_t **response) {
  coap_pdu_t *pdu = request(session, type, COAP_REQUEST_CODE_GET, path);
  int result = coap_send_recv(session, pdu, response, timeout_ms);
  coap_delete_pdu(pdu); /* stays the program's */
  return result;
}

static void
print(const char *what, int result, coap_pdu_t **received) {
  size_t length = 0, offset, total;
  const uint8_t *data;
  coap_pdu_t *response = *received;
  if (result < 0) {
    say("%s: %d, %s", what, result, response ? "with a response" : "no response");
    return;
  }
  coap_get_data_large(response, &length, &data, &offset, &total);
  say("%s: %s with %zu bytes of %zu", what, code_name(coap_pdu_get_code(response)), length, total);
  coap_delete_pdu(response);
}

/* Inside a callback: what another resource of the same context says. */
static void
relay(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
      coap_pdu_t *response) {
  coap_pdu_t *inner = NULL;
  int result = ask(self, COAP_MESSAGE_NON, "hello", 5000, &inner);
  (void)resource, (void)session, (void)pdu, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  print("  inside a callback", result, &inner);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)received, (void)mid;
  handled++;
  return COAP_RESPONSE_OK;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  if (!nacks++)
    say("nack %s", nack_name(reason));
}

static void
serve(const char *path, coap_request_t method, coap_method_handler_t handler) {
  coap_resource_t *resource = coap_resource_init(str(path), 0);
  coap_register_request_handler(resource, method, handler);
  coap_add_resource(context, resource);
}

static void
on_alarm(int number) {
  (void)number;
  coap_send_recv_terminate();
}

int
main(void) {
  static uint8_t body[LARGE];
  struct itimerval soon = {{0, 0}, {0, 50000}};
  coap_session_t *nobody;
  coap_pdu_t *pdu, *response = NULL;
  uint16_t port;
  int fd = raw_peer(&port), result;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  listen_on_loopback(context);
  serve("hello", COAP_REQUEST_GET, get);
  serve("echo", COAP_REQUEST_PUT, put);
  serve("relay", COAP_REQUEST_GET, relay);
  serve("never", COAP_REQUEST_GET, never);
  coap_register_response_handler(context, answer);
  coap_register_nack_handler(context, nack);
  self = connect_to(context, known_port);

  result = ask(self, COAP_MESSAGE_CON, "hello", 5000, &response);
  print("confirmable", result, &response);
  result = ask(self, COAP_MESSAGE_NON, "hello", 5000, &response);
  print("non-confirmable", result, &response);
  result = ask(self, COAP_MESSAGE_CON, "missing", 5000, &response);
  print("an error is a response", result, &response);
  pdu = request(self, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "echo");
  coap_add_data_large_request(self, pdu, sizeof body, body, NULL, NULL);
  result = coap_send_recv(self, pdu, &response, 5000);
  print("a body each way", result, &response);
  coap_delete_pdu(pdu);
  result = ask(self, COAP_MESSAGE_CON, "relay", 5000, &response);
  print("relayed", result, &response);
  say("the response handler got %d", handled);

  say("== failures");
  print("no time", ask(self, COAP_MESSAGE_CON, "hello", COAP_IO_WAIT, &response), &response);
  print("no wait", ask(self, COAP_MESSAGE_CON, "hello", COAP_IO_NO_WAIT, &response), &response);
  print("no request", coap_send_recv(self, NULL, &response, 5000), &response);
  pdu = coap_new_pdu(COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, self);
  print("a response", coap_send_recv(self, pdu, &response, 5000), &response);
  coap_delete_pdu(pdu);
  print("no answer", ask(self, COAP_MESSAGE_CON, "never", 50, &response), &response);
  nobody = connect_to(context, port);
  print("a peer that says nothing", ask(nobody, COAP_MESSAGE_CON, "x", 50, &response), &response);
  close(fd);
  print("a peer that is not there", ask(nobody, COAP_MESSAGE_CON, "x", 5000, &response), &response);
  signal(SIGALRM, on_alarm);
  setitimer(ITIMER_REAL, &soon, NULL);
  print("ended by a signal handler", ask(self, COAP_MESSAGE_CON, "never", 60000, &response), &response);
  coap_session_release(nobody);
  coap_session_release(self);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
