/* Requests to everybody on a network: no errors, no answers to confirmable messages, others at leisure. Exits with 77
 * where no interface has the address 203.0.113.1/24. */
#include "../support.h"

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  const coap_fixed_point_t leisure = {1, 0};
  const coap_address_t *local = coap_session_get_addr_local(session);
  (void)resource, (void)query;
  say("server: %s asked at %s, which is %s", type_name(coap_pdu_get_type(pdu)), address_text(local),
      coap_is_mcast(local) ? "a group" : "one node");
  coap_session_set_default_leisure(session, leisure);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 2, (const uint8_t *)"hi");
}

static void
ask(coap_context_t *server, int fd, const char *host, const char *what, const void *bytes, size_t length,
    int limit_ms) {
  struct sockaddr_in to = ipv4_address(host, known_port).addr.sin;
  char from[INET_ADDRSTRLEN] = "nobody";
  datagram_t got;
  raw_send(fd, &to, bytes, length);
  got = raw_receive(fd, server, limit_ms);
  print_datagram(what, &got);
  if (got.length >= 0)
    say("  from %s", inet_ntop(AF_INET, &got.from.sin_addr, from, sizeof from));
}

static void
ask_all(coap_context_t *server, int fd, const char *host) {
  say("-- to %s", host);
  ask(server, fd, host, "an empty CON:", "\x40\x00\x00\x01", 4, 100);
  ask(server, fd, host, "CON GET x:", "\x40\x01\x00\x02\xb1x", 6, 100);
  ask(server, fd, host, "NON GET none:", "\x50\x01\x00\x03\xb4none", 9, 100);
  ask(server, fd, host, "a malformed NON:", "\x50\x01\x00\x04\xff", 5, 100);
  ask(server, fd, host, "NON GET x:", "\x50\x01\x00\x05\xb1x", 6, 1500);
}

static void
serve_at(coap_address_t any) {
  coap_context_t *server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_resource_t *resource = coap_resource_init(str("x"), 0);
  coap_endpoint_t *endpoint = coap_new_endpoint(server, &any, COAP_PROTO_UDP);
  int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  need(endpoint, "no endpoint");
  known_port = endpoint_port(endpoint);
  say("== at %s", address_text(&any));
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on))
    need(NULL, "no raw socket");
  ask_all(server, fd, "203.0.113.255");
  close(fd);
  /* Message IDs that the server does not know yet. */
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  ask_all(server, fd, "203.0.113.1");
  close(fd);
  coap_free_context(server);
}

int
main(void) {
  coap_address_t own = ipv4_address("203.0.113.1", 0), broadcast = ipv4_address("203.0.113.255", 0);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  if (fd < 0 || bind(fd, &own.addr.sa, own.size) || !coap_is_bcast(&broadcast))
    return 77;
  close(fd);
  serve_at(ipv4_address("0.0.0.0", 0));
  serve_at(ipv6_address("::", 0));
  serve_at(broadcast);
  coap_cleanup();
  return 0;
}
