/* The same exchange over every transport that is built, what the handlers see of each, and calling home: the node that
 * accepted the connection sends the requests. */
#include "../support.h"

#include <sys/stat.h>
#include <sys/un.h>

static int answers;
static coap_session_t *accepted;

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  size_t length = 0, offset, total;
  const uint8_t *data = NULL;
  (void)session, (void)sent, (void)mid;
  coap_get_data_large(received, &length, &data, &offset, &total);
  say("  answer %s: %.*s", code_name((int)coap_pdu_get_code(received)), (int)length, length ? (const char *)data : "");
  answers++;
  return COAP_RESPONSE_OK;
}

static int
on_server_event(coap_session_t *session, const coap_event_t event) {
  if (event == COAP_EVENT_SERVER_SESSION_NEW)
    accepted = session;
  return 0;
}

static void
get_where(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
          coap_pdu_t *response) {
  const char *text = proto_name(coap_session_get_proto(session));
  (void)resource, (void)query, (void)request;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, strlen(text), (const uint8_t *)text);
}

static void
put_where(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
          coap_pdu_t *response) {
  size_t length = 0, offset, total;
  const uint8_t *data = NULL;
  char text[32];
  (void)resource, (void)query, (void)session;
  coap_get_data_large(request, &length, &data, &offset, &total);
  snprintf(text, sizeof text, "%zu bytes came", length);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
  coap_add_data(response, strlen(text), (const uint8_t *)text);
}

static coap_context_t *
new_node(void) {
  coap_context_t *context = need(coap_new_context(NULL), "no context");
  coap_resource_t *where = coap_resource_init(str("where"), 0);
  coap_register_request_handler(where, COAP_REQUEST_GET, get_where);
  coap_register_request_handler(where, COAP_REQUEST_PUT, put_where);
  coap_add_resource(context, where);
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_response_handler(context, on_response);
  coap_register_event_handler(context, on_server_event);
  return context;
}

static coap_address_t
unix_address(const char *name) {
  coap_address_t address;
  char path[COAP_UNIX_PATH_MAX];
  snprintf(path, sizeof path, "/tmp/fc%d.%s", (int)getpid(), name);
  coap_address_init(&address);
  coap_address_set_unix_domain(&address, (const uint8_t *)path, strlen(path));
  return address;
}

static int
is_there(const coap_address_t *address) {
  struct stat file;
  return !stat(address->addr.cun.sun_path, &file);
}

/* Shown without the number of this process. */
static const char *
unix_text(const coap_address_t *address) {
  static char text[64];
  const char *dot = strrchr(address->addr.cun.sun_path, '.');
  snprintf(text, sizeof text, "'%s'", dot ? dot : "");
  return address->addr.sa.sa_family == AF_UNIX ? text : "not of a Unix domain socket";
}

static void
ask(coap_session_t *session, coap_context_t *one, coap_context_t *two, size_t body) {
  static uint8_t bytes[300000];
  coap_pdu_t *pdu = request(session, COAP_MESSAGE_CON, body ? COAP_REQUEST_CODE_PUT : COAP_REQUEST_CODE_GET, "where");
  long end = milliseconds() + 10000;
  if (body) {
    memset(bytes, 'b', body);
    coap_add_data_large_request(session, pdu, body, bytes, NULL, NULL);
  }
  answers = 0;
  if (coap_send(session, pdu) == COAP_INVALID_MID)
    say("  not sent");
  while (!answers && milliseconds() < end)
    run_for(one, two, 5);
}

static void
exchange(const char *title, coap_proto_t proto, coap_address_t at, coap_address_t *from) {
  coap_context_t *client = new_node(), *server = new_node();
  coap_endpoint_t *endpoint = need(coap_new_endpoint(server, &at, proto), "no endpoint");
  coap_session_t *session;
  say("%s", title);
  if (at.addr.sa.sa_family != AF_UNIX)
    coap_address_set_port(&at, endpoint_port(endpoint));
  session = need(coap_new_client_session(client, from, &at, proto), "no session");
  if (proto == COAP_PROTO_WS)
    say("  host: %d", coap_ws_set_host_request(session, str("example.org")));
  ask(session, client, server, 0);
  say("  %s, server session %s", state_name(coap_session_get_state(session)),
      session_type_name(coap_session_get_type(accepted)));
  ask(session, client, server, 1000);
  ask(session, client, server, 250000);
  if (at.addr.sa.sa_family == AF_UNIX) {
    say("  server's address here %s, there %s", unix_text(coap_session_get_addr_remote(session)),
        unix_text(coap_session_get_addr_local(accepted)));
    say("  client's address there %s", from ? unix_text(coap_session_get_addr_remote(accepted)) : "none");
    say("  files: server %d, client %d", is_there(&at), from && is_there(from));
  }
  coap_free_context(client);
  coap_free_context(server);
  if (at.addr.sa.sa_family == AF_UNIX)
    say("  files afterwards: server %d, client %d", is_there(&at), from && is_there(from));
}

/* The client of the connection offers a resource, its server asks for it. */
static void
call_home(coap_proto_t proto) {
  coap_context_t *device = new_node(), *manager = new_node();
  coap_address_t at = loopback(0);
  coap_endpoint_t *endpoint = need(coap_new_endpoint(manager, &at, proto), "no endpoint");
  coap_session_t *outgoing, *incoming;
  long end = milliseconds() + 5000;
  say("calling home over %s", proto_name(proto));
  coap_address_set_port(&at, endpoint_port(endpoint));
  accepted = NULL;
  outgoing = need(coap_new_client_session(device, NULL, &at, proto), "no session");
  while ((!accepted || coap_session_get_state(accepted) != COAP_SESSION_STATE_ESTABLISHED) && milliseconds() < end)
    run_for(device, manager, 5);
  incoming = need(accepted, "nobody called");
  say("  becomes a client: %d", coap_session_set_type_client(incoming));
  say("  again: %d", coap_session_set_type_client(incoming));
  say("  %s", session_type_name(coap_session_get_type(incoming)));
  ask(incoming, manager, device, 0);
  ask(incoming, manager, device, 100000);
  say("  and the other way:");
  ask(outgoing, device, manager, 0);
  coap_session_release(incoming);
  run_for(device, manager, 50);
  coap_free_context(device);
  coap_free_context(manager);
}

static void
stale_file(void) {
  coap_address_t at = unix_address("old");
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  coap_context_t *context = new_node();
  memcpy(name.sun_path, at.addr.cun.sun_path, sizeof at.addr.cun.sun_path);
  if (bind(fd, (struct sockaddr *)&name, sizeof name))
    need(NULL, "no socket");
  say("a path in use: %s", coap_new_endpoint(context, &at, COAP_PROTO_UDP) ? "taken" : "refused");
  close(fd);
  say("left behind: %s", coap_new_endpoint(context, &at, COAP_PROTO_UDP) ? "taken" : "refused");
  coap_free_context(context);
  say("afterwards: %d", is_there(&at));
}

static void
refusals(void) {
  coap_context_t *context = new_node();
  coap_address_t at = unix_address("none"), ip = loopback(9);
  coap_session_t *udp = need(coap_new_client_session(context, NULL, &ip, COAP_PROTO_UDP), "no session");
  say("datagrams to a path without a path: %s",
      coap_new_client_session(context, NULL, &at, COAP_PROTO_UDP) ? "session" : "none");
  say("nobody at the path: %s", coap_new_client_session(context, NULL, &at, COAP_PROTO_TCP) ? "session" : "none");
  say("from IP to a path: %s", coap_new_client_session(context, &ip, &at, COAP_PROTO_TCP) ? "session" : "none");
  say("TLS: %s", coap_new_client_session(context, NULL, &ip, COAP_PROTO_TLS) ? "session" : "none");
  say("host of a session over UDP: %d", coap_ws_set_host_request(udp, str("example.org")));
  say("host without text: %d", coap_ws_set_host_request(udp, NULL));
  coap_free_context(context);
}

int
main(void) {
  coap_address_t of_client, of_server;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  exchange("UDP", COAP_PROTO_UDP, loopback(0), NULL);
  exchange("TCP", COAP_PROTO_TCP, loopback(0), NULL);
  exchange("TCP over IPv6", COAP_PROTO_TCP, ipv6_address("::1", 0), NULL);
  exchange("WebSockets", COAP_PROTO_WS, loopback(0), NULL);
  of_client = unix_address("c");
  of_server = unix_address("s");
  exchange("Unix datagrams", COAP_PROTO_UDP, of_server, &of_client);
  exchange("Unix stream", COAP_PROTO_TCP, of_server, NULL);
  exchange("Unix stream between paths", COAP_PROTO_TCP, of_server, &of_client);
  exchange("WebSockets over a Unix stream", COAP_PROTO_WS, of_server, NULL);
  call_home(COAP_PROTO_TCP);
  call_home(COAP_PROTO_WS);
  stale_file();
  refusals();
  coap_cleanup();
  return 0;
}
