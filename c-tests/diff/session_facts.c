/* coap_session(3): every getter, on both ends. */
#include "../support.h"

static int answers;
static coap_context_t *server, *client;

static void
facts(const char *who, coap_session_t *session, coap_context_t *context) {
  coap_tls_library_t library = COAP_TLS_LIBRARY_OPENSSL;
  say("%s: local %s", who, address_text(coap_session_get_addr_local(session)));
  say("%s: remote %s", who, address_text(coap_session_get_addr_remote(session)));
  say("%s: context is its own: %d", who, coap_session_get_context(session) == context);
  say("%s: protocol %s", who, proto_name(coap_session_get_proto(session)));
  say("%s: state %s", who, state_name(coap_session_get_state(session)));
  say("%s: type %s", who, session_type_name(coap_session_get_type(session)));
  say("%s: tls %s", who, coap_session_get_tls(session, &library) ? "yes" : "none");
  say("%s: tls without a place for the library %s", who, coap_session_get_tls(session, NULL) ? "yes" : "none");
  say("%s: text %s", who, masked(coap_session_str(session)));
  say("%s: psk hint %s", who, coap_session_get_psk_hint(session) ? "yes" : "NULL");
  say("%s: psk identity %s", who, coap_session_get_psk_identity(session) ? "yes" : "NULL");
  say("%s: psk key %s", who, coap_session_get_psk_key(session) ? "yes" : "NULL");
  say("%s: application data %s", who,
      coap_session_get_app_data(session) ? (const char *)coap_session_get_app_data(session) : "NULL");
  say("%s: largest PDU %zu", who, coap_session_max_pdu_size(session));
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  static char note[] = "kept by the server";
  (void)resource, (void)pdu, (void)query;
  facts("server", session, server);
  say("server: interface known: %d", coap_session_get_ifindex(session) > 0);
  say("server: found by its peer: %d", coap_session_get_by_peer(server, coap_session_get_addr_remote(session),
                                                               coap_session_get_ifindex(session)) == session);
  say("server: found on another interface: %d",
      coap_session_get_by_peer(server, coap_session_get_addr_remote(session), 4711) != NULL);
  coap_session_set_app_data(session, note);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)sent, (void)received, (void)mid;
  facts("client", session, client);
  answers++;
  return COAP_RESPONSE_OK;
}

static void
over(const char *family, const coap_address_t *listen_at, const coap_address_t *local) {
  coap_endpoint_t *endpoint = coap_new_endpoint(server, listen_at, COAP_PROTO_UDP);
  coap_address_t peer = *listen_at;
  coap_session_t *session;
  static char note[] = "kept by the client";

  say("== %s%s", family, local ? ", from a given local address" : "");
  need(endpoint, "no endpoint");
  known_port = endpoint_port(endpoint);
  say("endpoint: %s", masked(coap_endpoint_str(endpoint)));
  coap_address_set_port(&peer, known_port);
  session = coap_new_client_session(client, local, &peer, COAP_PROTO_UDP);
  need(session, "no session");
  facts("client before", session, client);
  say("client: found by its peer: %d", coap_session_get_by_peer(client, &peer, 0) == session);
  coap_session_set_app_data(session, note);
  for (answers = 0; answers < 2;) {
    int before = answers;
    coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
    while (answers == before) {
      coap_io_process(server, COAP_IO_NO_WAIT);
      coap_io_process(client, 5);
    }
  }
  coap_session_set_app_data(session, NULL);
  say("client: application data taken away: %d", coap_session_get_app_data(session) == NULL);
  coap_session_release(session);
  coap_free_endpoint(endpoint);
}

int
main(void) {
  coap_resource_t *resource;
  coap_address_t four = ipv4_address("127.0.0.1", 0), six = ipv6_address("::1", 0);

  coap_startup();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, answer);
  over("IPv4", &four, NULL);
  over("IPv4", &four, &four);
  over("IPv6", &six, NULL);
  over("IPv6", &six, &six);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
