/* IPv6 groups of a link (RFC 4007, RFC 7252 section 12.8) in a machine with two networks: "a0" and "b0" are the ends of
 * one cable, "c0" and "d0" those of another. Exits with 77 where there are no such interfaces. */
#include "../support.h"

#include <net/if.h>

#define ALL_NODES "ff02::fd"

static coap_context_t *server, *client;
static int answers;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)pdu, (void)query;
  say("server: asked");
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

/* An address without its port, with the interface that its scope names. */
static const char *
scoped(const coap_address_t *address) {
  static char text[4][96];
  static unsigned turn;
  char *to = text[turn++ % 4], host[INET6_ADDRSTRLEN], name[IF_NAMESIZE];
  if (!address)
    return "none";
  inet_ntop(AF_INET6, &address->addr.sin6.sin6_addr, host, sizeof host);
  if (!if_indextoname(address->addr.sin6.sin6_scope_id, name))
    strcpy(name, "no interface");
  snprintf(to, sizeof text[0], "%s on %s", host, name);
  return to;
}

static coap_response_t
answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)sent, (void)mid;
  say("client: %s from %s", code_name(coap_pdu_get_code(received)), scoped(coap_session_get_addr_remote(session)));
  say("client: the group is still %s", scoped(coap_session_get_addr_mcast(session)));
  answers++;
  return COAP_RESPONSE_OK;
}

static void
ask(const char *group, const char *interface) {
  coap_address_t address = ipv6_address(group, known_port);
  coap_session_t *session;
  say("-- %s by %s", group, *interface ? interface : "no interface");
  address.addr.sin6.sin6_scope_id = if_nametoindex(interface);
  session = (coap_session_t *)need(coap_new_client_session(client, NULL, &address, COAP_PROTO_UDP), "no session");
  say("a group: %d, %s", coap_is_mcast(&address), scoped(coap_session_get_addr_mcast(session)));
  answers = 0;
  coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x"));
  say("answered %d", run_until(server, client, &answers, 300));
  coap_send(session, request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "x"));
  say("the next goes to %s", scoped(coap_session_get_addr_remote(session)));
  run_for(server, client, 100);
  coap_session_release(session);
}

static void
serve(void) {
  coap_address_t any = ipv6_address("::", 0);
  coap_resource_t *resource;
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  known_port = endpoint_port((coap_endpoint_t *)need(coap_new_endpoint(server, &any, COAP_PROTO_UDP), "no endpoint"));
  resource = coap_resource_init(
      str("x"), COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT | COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_mcast_per_resource(server);
}

int
main(void) {
  if (!if_nametoindex("a0") || !if_nametoindex("d0"))
    return 77;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_register_response_handler(client, answer);

  say("== a member on b0");
  serve();
  say("joined: %d", coap_join_mcast_group_intf(server, ALL_NODES, "b0"));
  ask(ALL_NODES, "a0");
  ask(ALL_NODES, "c0");
  say("== a member on d0, too");
  say("joined: %d", coap_join_mcast_group_intf(server, ALL_NODES, "d0"));
  ask(ALL_NODES, "c0");
  coap_free_context(server);

  say("== a member on the interface that the address names");
  serve();
  say("joined: %d", coap_join_mcast_group_intf(server, ALL_NODES "%b0", NULL));
  say("no such interface: %d", coap_join_mcast_group_intf(server, ALL_NODES "%nosuch0", NULL));
  ask(ALL_NODES, "a0");
  ask(ALL_NODES, "c0");
  coap_free_context(server);

  say("== a group of more than a link needs no interface");
  serve();
  say("joined: %d", coap_join_mcast_group_intf(server, "ff05::fd", "b0"));
  ask("ff05::fd", "");
  coap_free_context(server);
  coap_free_context(client);
  coap_cleanup();
  return 0;
}
