/* Multicast on the loopback interface: joining, addresses that switch, leisure, suppression, hop limit. Exits with 77
 * where the machine has no multicast on loopback. */
#include "../support.h"

static int answers;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  say("server: asked");
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)sent, (void)mid;
  say("client: %s %s", type_name(coap_pdu_get_type(received)), code_name(coap_pdu_get_code(received)));
  say("client: remote %s", coap_is_mcast(coap_session_get_addr_remote(session)) ? "the group" : "the answering peer");
  say("client: multicast %s", coap_is_mcast(coap_session_get_addr_mcast(session)) ? "the group" : "none");
  answers++;
  return COAP_RESPONSE_OK;
}

static void
ask(coap_context_t *server, coap_context_t *client, coap_session_t *session, const char *path, int limit) {
  say("-- %s", path);
  answers = 0;
  coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, path));
  say("client: remote after sending %s",
      coap_is_mcast(coap_session_get_addr_remote(session)) ? "the group" : "a peer");
  say("client: answered %d", run_until(server, client, &answers, limit));
}

static coap_resource_t *
add(coap_context_t *context, const char *path, int flags) {
  coap_resource_t *resource = coap_resource_init(str(path), flags);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(context, resource);
  return resource;
}

int
main(void) {
  const coap_fixed_point_t leisure = {1, 0};
  coap_context_t *server, *client;
  coap_session_t *session;
  coap_endpoint_t *endpoint;
  coap_address_t any = ipv4_address("0.0.0.0", 0), group;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  endpoint = (coap_endpoint_t *)need(coap_new_endpoint(server, &any, COAP_PROTO_UDP), "no endpoint");
  known_port = endpoint_port(endpoint);
  if (coap_join_mcast_group(server, "224.0.1.187"))
    return 77;
  say("an address that is no group: %d", coap_join_mcast_group_intf(server, "127.0.0.1", NULL));
  say("no such interface: %d", coap_join_mcast_group_intf(server, "224.0.1.187", "nosuch0"));
  add(server, "x", COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT | COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS);
  add(server, "quiet",
      COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT | COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS |
          COAP_RESOURCE_FLAGS_LIB_ENA_MCAST_SUPPRESS_2_05);
  add(server, "alone", 0);
  coap_mcast_per_resource(server);
  coap_register_response_handler(client, answer);
  group = ipv4_address("224.0.1.187", known_port);
  session = coap_new_client_session(client, NULL, &group, COAP_PROTO_UDP);
  need(session, "no session");
  coap_session_set_default_leisure(session, leisure);
  say("hops: %d", coap_mcast_set_hops(session, 3));
  say("too many hops: %d", coap_mcast_set_hops(session, 256));
  say("remote %s", coap_is_mcast(coap_session_get_addr_remote(session)) ? "the group" : "a peer");
  ask(server, client, session, "x", 3000);
  ask(server, client, session, "x", 3000);
  ask(server, client, session, "quiet", 300);
  ask(server, client, session, "alone", 300);
  ask(server, client, session, "none", 300);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return 0;
}
