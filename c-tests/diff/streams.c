/* Sessions over TCP: how they begin and end, what the event and NACK handlers learn, and what goes over them. */
#include "../support.h"

enum { CLIENT, SERVER };

/* What each side has to tell, printed one after the other: who comes first in one turn is not the point. */
static char told[2][4096];
static int done, showing_states;
static coap_session_t *accepted;

__attribute__((format(printf, 2, 3))) static void
note(int side, const char *format, ...) {
  va_list arguments;
  size_t used = strlen(told[side]);
  va_start(arguments, format);
  vsnprintf(told[side] + used, sizeof told[side] - used, format, arguments);
  va_end(arguments);
  strncat(told[side], "\n", sizeof told[side] - strlen(told[side]) - 1);
}

static void
tell(const char *title) {
  static const char *const names[] = {"client", "server"};
  int side;
  say("%s", title);
  for (side = CLIENT; side <= SERVER; side++) {
    char *line = strtok(told[side], "\n");
    for (; line; line = strtok(NULL, "\n"))
      say("  %s %s", names[side], line);
    told[side][0] = 0;
  }
}

static const char *
stream_event(coap_event_t event) {
  switch ((int)event) {
  case COAP_EVENT_TCP_CONNECTED: return "TCP_CONNECTED";
  case COAP_EVENT_TCP_CLOSED: return "TCP_CLOSED";
  case COAP_EVENT_TCP_FAILED: return "TCP_FAILED";
  case COAP_EVENT_SESSION_CONNECTED: return "SESSION_CONNECTED";
  case COAP_EVENT_SESSION_CLOSED: return "SESSION_CLOSED";
  case COAP_EVENT_SESSION_FAILED: return "SESSION_FAILED";
  default: return event_name(event);
  }
}

static int
on_event(coap_session_t *session, const coap_event_t event) {
  int side = coap_session_get_type(session) == COAP_SESSION_TYPE_CLIENT ? CLIENT : SERVER;
  note(side, "event %s%s%s", stream_event(event), showing_states ? ", state " : "",
       showing_states ? state_name(coap_session_get_state(session)) : "");
  if (event == COAP_EVENT_SERVER_SESSION_NEW)
    accepted = session;
  if (event == COAP_EVENT_TCP_FAILED || event == COAP_EVENT_SESSION_FAILED || event == COAP_EVENT_SERVER_SESSION_DEL)
    done = 1;
  return 0;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)mid;
  note(CLIENT, "nack %s %s", sent ? code_name((int)coap_pdu_get_code(sent)) : "nothing", nack_name(reason));
}

static void
on_pong(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)mid;
  note(CLIENT, "pong %s", code_name((int)coap_pdu_get_code(received)));
  done = 1;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  size_t length = 0, offset, total;
  const uint8_t *data = NULL;
  (void)session, (void)sent, (void)mid;
  coap_get_data_large(received, &length, &data, &offset, &total);
  note(CLIENT, "%s \"%.*s\"", code_name((int)coap_pdu_get_code(received)), (int)length,
       length ? (const char *)data : "");
  done = 1;
  return COAP_RESPONSE_OK;
}

static void
get_hello(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
          coap_pdu_t *response) {
  (void)resource, (void)query, (void)request;
  note(SERVER, "GET over %s", proto_name(coap_session_get_proto(session)));
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 5, (const uint8_t *)"hello");
}

static void
put_hello(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
          coap_pdu_t *response) {
  size_t length = 0, offset, total;
  const uint8_t *data = NULL;
  (void)resource, (void)query, (void)session;
  coap_get_data_large(request, &length, &data, &offset, &total);
  note(SERVER, "PUT of %zu bytes", length);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

/* A connected session that the server has taken. */
static coap_session_t *
open_session(coap_context_t *client, coap_context_t *server, uint16_t port) {
  coap_address_t to = loopback(port);
  coap_session_t *session = coap_new_client_session(client, NULL, &to, COAP_PROTO_TCP);
  long end = milliseconds() + 5000;
  need(session, "no session");
  note(CLIENT, "opened: %s %s", proto_name(coap_session_get_proto(session)), state_name(coap_session_get_state(session)));
  while (coap_session_get_state(session) != COAP_SESSION_STATE_ESTABLISHED && milliseconds() < end)
    run_for(client, server, 10);
  run_for(client, server, 50);
  note(CLIENT, "then: %s", state_name(coap_session_get_state(session)));
  return session;
}

static void
ask(coap_context_t *client, coap_context_t *server, coap_session_t *session, coap_pdu_type_t type) {
  done = 0;
  coap_mid_t mid = coap_send(session, request(session, type, COAP_REQUEST_CODE_GET, "hello"));
  note(CLIENT, "%s", mid == COAP_INVALID_MID ? "not sent" : "sent");
  run_until(client, server, &done, 5000);
}

static void
one_session(coap_context_t *client, coap_context_t *server, uint16_t port) {
  coap_session_t *session;
  showing_states = 1;
  session = open_session(client, server, port);
  tell("a session");
  showing_states = 0;
  say("text: %s", masked(coap_session_str(session)));
  say("server session: %s", proto_name(coap_session_get_proto(accepted)));
  say("remote port is the endpoint's: %d",
      coap_address_get_port(coap_session_get_addr_remote(session)) == port);
  say("the two agree on the client's address: %d",
      coap_address_equals(coap_session_get_addr_local(session), coap_session_get_addr_remote(accepted)));

  ask(client, server, session, COAP_MESSAGE_CON);
  tell("a confirmable request");
  ask(client, server, session, COAP_MESSAGE_NON);
  tell("a non-confirmable one");

  done = 0;
  say("ping: %d", coap_session_send_ping(session) != COAP_INVALID_MID);
  run_until(client, server, &done, 2000);
  tell("ping");

  done = 0;
  coap_session_release(session);
  run_until(client, server, &done, 2000);
  tell("released by the client");
}

/* The request waits until the session is established. */
static void
at_once(coap_context_t *client, coap_context_t *server, uint16_t port) {
  coap_address_t to = loopback(port);
  coap_session_t *session = need(coap_new_client_session(client, NULL, &to, COAP_PROTO_TCP), "no session");
  int i;
  for (i = 0; i < 3; i++)
    coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "hello"));
  run_for(client, server, 300);
  tell("three requests at once");
  coap_session_release(session);
  run_for(client, server, 100);
  tell("released");
}

static void
large(coap_context_t *client, coap_context_t *server, uint16_t port) {
  static uint8_t body[200000];
  coap_session_t *session = open_session(client, server, port);
  coap_pdu_t *pdu = request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "hello");
  memset(body, 'b', sizeof body);
  told[CLIENT][0] = told[SERVER][0] = 0;
  say("200,000 bytes in one message: %d", coap_add_data(pdu, sizeof body, body));
  done = 0;
  coap_send(session, pdu);
  run_until(client, server, &done, 5000);
  tell("a large request");
  coap_session_release(session);
  run_for(client, server, 100);
  told[CLIENT][0] = told[SERVER][0] = 0;
}

static void
refused(coap_context_t *client, coap_pdu_type_t type) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof name;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  coap_address_t to;
  coap_session_t *session;
  if (bind(fd, (struct sockaddr *)&name, sizeof name) || getsockname(fd, (struct sockaddr *)&name, &length))
    need(NULL, "no port");
  to = loopback(ntohs(name.sin_port)); /* bound and not listening */
  session = coap_new_client_session(client, NULL, &to, COAP_PROTO_TCP);
  say("a session to a closed port: %s", session ? "yes" : "no");
  if (session) {
    coap_mid_t mid = coap_send(session, request(session, type, COAP_REQUEST_CODE_GET, "hello"));
    note(CLIENT, "%s", mid == COAP_INVALID_MID ? "not sent" : "sent");
    run_for(client, NULL, 300);
    note(CLIENT, "then: %s", state_name(coap_session_get_state(session)));
    tell("refused");
    coap_session_release(session);
    tell("released");
  }
  close(fd);
}

static void
disconnected(coap_context_t *client, coap_context_t *server, uint16_t port) {
  coap_session_t *session = open_session(client, server, port);
  told[CLIENT][0] = told[SERVER][0] = 0;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  run_for(client, server, 100);
  note(CLIENT, "then: %s", state_name(coap_session_get_state(session)));
  tell("disconnected by the client");
  coap_session_release(session);
  tell("released");

  session = open_session(client, server, port);
  told[CLIENT][0] = told[SERVER][0] = 0;
  coap_session_disconnected(accepted, COAP_NACK_NOT_DELIVERABLE);
  run_for(client, server, 100);
  note(CLIENT, "then: %s", state_name(coap_session_get_state(session)));
  tell("disconnected by the server");
  coap_session_release(session);
  run_for(client, server, 100);
  tell("released");
}

int
main(void) {
  coap_context_t *client, *server;
  coap_endpoint_t *endpoint;
  coap_resource_t *hello;
  coap_address_t any_port = loopback(0);
  uint16_t port;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  say("TCP: %d", coap_tcp_is_supported());
  client = need(coap_new_context(NULL), "no context");
  server = need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  endpoint = need(coap_new_endpoint(server, &any_port, COAP_PROTO_TCP), "no endpoint");
  known_port = port = endpoint_port(endpoint);
  say("endpoint: %s", masked(coap_endpoint_str(endpoint)));
  hello = coap_resource_init(str("hello"), 0);
  coap_register_request_handler(hello, COAP_REQUEST_GET, get_hello);
  coap_register_request_handler(hello, COAP_REQUEST_PUT, put_hello);
  coap_add_resource(server, hello);
  coap_register_event_handler(client, on_event);
  coap_register_event_handler(server, on_event);
  coap_register_nack_handler(client, on_nack);
  coap_register_pong_handler(client, on_pong);
  coap_register_response_handler(client, on_response);

  one_session(client, server, port);
  at_once(client, server, port);
  large(client, server, port);
  refused(client, COAP_MESSAGE_CON);
  refused(client, COAP_MESSAGE_NON);
  disconnected(client, server, port);

  coap_free_context(client);
  coap_free_context(server);
  tell("contexts freed");
  coap_cleanup();
  return 0;
}
