/* coap_endpoint_server(3) and coap_endpoint_client(3): which endpoints and sessions can be had. */
#include "../support.h"

static int answers;

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)sent, (void)mid;
  say("client: %s over %s", code_name(coap_pdu_get_code(received)), address_text(coap_session_get_addr_remote(session)));
  answers++;
  return COAP_RESPONSE_OK;
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)pdu, (void)query;
  say("server: at %s, largest PDU %zu", address_text(coap_session_get_addr_local(session)),
      coap_session_max_pdu_size(session));
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static void
ask(coap_context_t *server, coap_context_t *client, coap_address_t at) {
  coap_session_t *session = coap_new_client_session(client, NULL, &at, COAP_PROTO_UDP);
  answers = 0;
  coap_send((coap_session_t *)need(session, "no session"),
            request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  say("answered: %d", run_until(server, client, &answers, 5000));
  coap_session_release(session);
}

int
main(void) {
  coap_context_t *server, *client;
  coap_endpoint_t *one, *two, *six, *wild, *small;
  coap_resource_t *resource;
  coap_address_t address, other;

  coap_startup();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_response_handler(client, answer);
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);

  say("== several endpoints of one context");
  one = listen_on_loopback(server);
  say("one: %s", masked(coap_endpoint_str(one)));
  ask(server, client, loopback(known_port));
  two = listen_on_loopback(server);
  say("two: %s", masked(coap_endpoint_str(two)));
  ask(server, client, loopback(endpoint_port(two)));
  known_port = endpoint_port(one);
  ask(server, client, loopback(known_port));

  say("== IPv6 and any address");
  address = ipv6_address("::1", 0);
  six = coap_new_endpoint(server, &address, COAP_PROTO_UDP);
  known_port = endpoint_port(six);
  say("six: %s", masked(coap_endpoint_str(six)));
  ask(server, client, ipv6_address("::1", known_port));
  address = ipv4_address("0.0.0.0", 0);
  wild = coap_new_endpoint(server, &address, COAP_PROTO_UDP);
  known_port = endpoint_port(wild);
  say("any IPv4: %s", masked(coap_endpoint_str(wild)));
  ask(server, client, ipv4_address("127.0.0.1", known_port));
  ask(server, client, ipv4_address("127.0.0.2", known_port));
  address = ipv6_address("::", 0);
  wild = coap_new_endpoint(server, &address, COAP_PROTO_UDP);
  known_port = endpoint_port(wild);
  say("any IPv6: %s", masked(coap_endpoint_str(wild)));
  ask(server, client, ipv6_address("::1", known_port));
  say("== dual stack: IPv4 at the IPv6 endpoint");
  ask(server, client, ipv4_address("127.0.0.1", known_port));

  say("== default MTU of an endpoint");
  small = listen_on_loopback(server);
  coap_endpoint_set_default_mtu(small, 512);
  ask(server, client, loopback(known_port));
  coap_free_endpoint(small);

  say("== what is refused");
  coap_set_log_level(COAP_LOG_EMERG);
  address = ipv4_address("192.0.2.77", 5683);
  say("not our address: %s", coap_new_endpoint(server, &address, COAP_PROTO_UDP) ? "endpoint" : "NULL");
  say("and why: %d", strlen(coap_socket_strerror()) > 0);
  address = loopback(0);
  say("DTLS without TLS library: %s", coap_dtls_is_supported() ? "skipped"
                                      : coap_new_endpoint(server, &address, COAP_PROTO_DTLS) ? "endpoint"
                                                                                             : "NULL");
  address = loopback(known_port);
  say("DTLS session without TLS library: %s",
      coap_dtls_is_supported() ? "skipped"
      : coap_new_client_session(client, NULL, &address, COAP_PROTO_DTLS) ? "session"
                                                                         : "NULL");
  other = ipv4_address("192.0.2.77", 0);
  say("session from an address that is not ours: %s",
      coap_new_client_session(client, &other, &address, COAP_PROTO_UDP) ? "session" : "NULL");

  say("== freed endpoints");
  coap_free_endpoint(one);
  coap_free_endpoint(NULL);
  known_port = endpoint_port(two);
  ask(server, client, loopback(known_port));
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
