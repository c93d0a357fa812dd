/* Inside every kind of callback, everything that could pull the rug from under it. Survives, and loses no memory.
 *
 * With an argument, only the callback of that name; with a second one over that: UDP, TCP, WS. */
#include "../support.h"

enum kind { REQUEST, RESPONSE, NACK, EVENT, PING, PONG, RELEASE, LOG, ASYNC, CACHE, TRACK, FORWARD, PROXY, KINDS };
static const char *const kind_names[] = {"request", "response", "nack", "event", "ping",
                                         "pong", "release", "log", "async", "cache", "track",
                                         "forward", "proxy"};

enum action {
  RELEASE_SESSION,
  RELEASE_SESSION_THRICE,
  REFERENCE_AND_RELEASE,
  FREE_CLIENT,
  FREE_SERVER,
  FREE_BOTH,
  FREE_ENDPOINT,
  DELETE_RESOURCE,
  ADD_RESOURCE,
  DISCONNECT,
  SEND_HERE,
  SEND_ELSEWHERE,
  PROCESS_HERE,
  PROCESS_BOTH,
  DELETE_MESSAGES,
  SEND_RECEIVED,
  NO_HANDLERS,
  BECOME_CLIENT,
  PUT_OFF,
  FREE_ASYNC,
  CHANGE_ASYNC,
  CACHE_ENTRIES,
  NO_TRACKING,
  EVERYTHING,
  ACTIONS
};
static const char *const action_names[] = {
    "release the session", "release it three times", "reference and release", "free the client", "free the server",
    "free both", "free the endpoint", "delete the resource", "add a resource", "disconnect", "send here",
    "send elsewhere", "process here", "process both", "delete the messages", "send what was received",
    "take the handlers away", "become a client", "put off",
    "free the delayed request", "change its time", "make and delete cache entries", "stop tracking",
    "everything"};

static enum kind kind;
static enum action action;
static coap_proto_t proto = COAP_PROTO_UDP;
static int calls, depth;
static coap_context_t *server, *client, *origin; /* the origin has what the server forwards requests for */
static coap_endpoint_t *endpoint;
static coap_session_t *session, *other;
static coap_resource_t *resource;
static coap_async_t *put_off;
static coap_cache_entry_t *cached;
static coap_proxy_server_t upstream;
static coap_proxy_server_list_t upstreams = {&upstream, 1, 0, COAP_PROXY_REVERSE, 0, 1};

static void get(coap_resource_t *, coap_session_t *, const coap_pdu_t *, const coap_string_t *, coap_pdu_t *);

static void
take_handlers(coap_context_t *context) {
  coap_register_response_handler(context, NULL);
  coap_register_nack_handler(context, NULL);
  coap_register_event_handler(context, NULL);
  coap_register_ping_handler(context, NULL);
  coap_register_pong_handler(context, NULL);
  coap_resource_release_userdata_handler(context, NULL);
  coap_register_request_handler(resource, COAP_REQUEST_GET, NULL);
}

static void
perform(enum action what, coap_session_t *here, coap_pdu_t *received, coap_pdu_t *response) {
  coap_resource_t *more;
  switch (what) {
  case RELEASE_SESSION: coap_session_release(here); break;
  case RELEASE_SESSION_THRICE:
    coap_session_release(here);
    coap_session_release(here);
    coap_session_release(here);
    break;
  case REFERENCE_AND_RELEASE:
    coap_session_reference(here);
    coap_session_release(here);
    break;
  case FREE_CLIENT: coap_free_context(client); break;
  case FREE_SERVER: coap_free_context(server); break;
  case FREE_BOTH:
    coap_free_context(client);
    coap_free_context(server);
    break;
  case FREE_ENDPOINT: coap_free_endpoint(endpoint); break;
  case DELETE_RESOURCE: coap_delete_resource(server, resource); break;
  case ADD_RESOURCE:
    more = coap_resource_init(str("x"), 0);
    coap_register_request_handler(more, COAP_REQUEST_GET, get);
    coap_add_resource(server, more);
    break;
  case DISCONNECT: coap_session_disconnected(here, COAP_NACK_NOT_DELIVERABLE); break;
  case SEND_HERE:
    if (here)
      coap_send(here, coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, here));
    break;
  case SEND_ELSEWHERE: coap_send(other, coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, other)); break;
  case PROCESS_HERE: coap_io_process(coap_session_get_context(here), COAP_IO_NO_WAIT); break;
  case PROCESS_BOTH:
    coap_io_process(server, COAP_IO_NO_WAIT);
    coap_io_process(client, COAP_IO_NO_WAIT);
    break;
  case DELETE_MESSAGES:
    coap_delete_pdu(received);
    coap_delete_pdu(response);
    break;
  case SEND_RECEIVED:
    coap_send(here, received);
    coap_send(other, response);
    break;
  case NO_HANDLERS:
    take_handlers(client);
    take_handlers(server);
    break;
  case BECOME_CLIENT: coap_session_set_type_client(here); break;
  case PUT_OFF: coap_register_async(here, received, 1); break;
  case FREE_ASYNC:
    coap_free_async(here, coap_find_async(here, coap_pdu_get_token(received)));
    coap_free_async(here, put_off);
    break;
  case CHANGE_ASYNC:
    coap_async_set_delay(put_off, 1);
    coap_async_trigger(put_off);
    coap_async_set_app_data(put_off, here);
    break;
  case CACHE_ENTRIES:
    coap_cache_set_app_data(coap_new_cache_entry(here, received, COAP_CACHE_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 1),
                            &cached, NULL);
    coap_delete_cache_entry(client, cached);
    break;
  case NO_TRACKING: coap_persist_stop(server); break;
  default: break;
  }
}

static void
pull_the_rug(enum kind where, coap_session_t *here, const coap_pdu_t *received, coap_pdu_t *response) {
  int each;
  if (where != kind || depth)
    return;
  /* Over streams nothing slows down who sends a message for each line that tells of one. */
  if (where == LOG && calls == 200)
    return;
  depth++;
  calls++;
  if (action == EVERYTHING)
    for (each = 0; each < EVERYTHING; each++)
      perform((enum action)each, here, (coap_pdu_t *)(uintptr_t)received, response);
  else
    perform(action, here, (coap_pdu_t *)(uintptr_t)received, response);
  /* What was handed to the callback can still be asked. */
  coap_session_str(here);
  coap_session_get_addr_remote(here);
  coap_session_get_app_data(here);
  if (received)
    coap_pdu_get_mid(received);
  depth--;
}

static void
get(coap_resource_t *one, coap_session_t *here, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)query;
  if (kind == ASYNC && !coap_find_async(here, coap_pdu_get_token(pdu))) {
    put_off = coap_register_async(here, pdu, 0);
    coap_async_trigger(put_off);
    return;
  }
  if (kind == FORWARD || kind == PROXY) {
    coap_cache_key_t *key = coap_cache_derive_key(here, pdu, COAP_CACHE_NOT_SESSION_BASED);
    if (!coap_proxy_forward_request(here, pdu, response, one, key, &upstreams))
      coap_delete_cache_key(key);
    pull_the_rug(FORWARD, here, pdu, response);
    return;
  }
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  pull_the_rug(kind == ASYNC ? ASYNC : REQUEST, here, pdu, response);
  coap_add_data(response, 2, (const uint8_t *)"hi");
}

static void
get_at_origin(coap_resource_t *one, coap_session_t *here, const coap_pdu_t *pdu, const coap_string_t *query,
              coap_pdu_t *response) {
  (void)one, (void)here, (void)pdu, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static coap_pdu_t *
came_back(coap_session_t *here, const coap_pdu_t *sent, coap_pdu_t *received, coap_cache_key_t *key) {
  coap_delete_cache_key(key);
  pull_the_rug(PROXY, here, received, (coap_pdu_t *)(uintptr_t)sent);
  return received;
}

static coap_response_t
answered(coap_session_t *here, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)mid;
  pull_the_rug(RESPONSE, here, received, (coap_pdu_t *)(uintptr_t)sent);
  return COAP_RESPONSE_OK;
}

static void
nacked(coap_session_t *here, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)reason, (void)mid;
  pull_the_rug(NACK, here, sent, NULL);
}

static int
happened(coap_session_t *here, const coap_event_t event) {
  (void)event;
  pull_the_rug(EVENT, here, NULL, NULL);
  return 0;
}

static void
pinged(coap_session_t *here, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)mid;
  pull_the_rug(PING, here, received, NULL);
}

static void
ponged(coap_session_t *here, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)mid;
  pull_the_rug(PONG, here, received, NULL);
}

static void
released(void *data) {
  (void)data;
  pull_the_rug(RELEASE, session, NULL, NULL);
}

static void
uncached(void *data) {
  (void)data;
  pull_the_rug(CACHE, session, NULL, NULL);
}

static void
logged(coap_log_t level, const char *message) {
  (void)level, (void)message;
  pull_the_rug(LOG, session, NULL, NULL);
}

/* What is told of an observer and its resource. */
static int
observer_added(coap_session_t *here, coap_subscription_t *key, coap_proto_t proto, coap_address_t *listen_address,
               coap_addr_tuple_t *addresses, coap_bin_const_t *packet, coap_bin_const_t *oscore, void *data) {
  (void)key, (void)oscore, (void)data;
  pull_the_rug(TRACK, here, NULL, NULL);
  if (calls < 4)
    coap_persist_observe_add(server, proto, listen_address, addresses, packet, NULL);
  return 1;
}

static int
observer_deleted(coap_session_t *here, coap_subscription_t *key, void *data) {
  (void)key, (void)data;
  pull_the_rug(TRACK, here, NULL, NULL);
  return 1;
}

static int
numbered(coap_context_t *context, coap_str_const_t *name, uint32_t number, void *data) {
  (void)context, (void)data;
  pull_the_rug(TRACK, session, NULL, NULL);
  return name->length + number > 0;
}

static int
resource_made(coap_session_t *here, coap_str_const_t *name, coap_bin_const_t *packet, void *data) {
  (void)data;
  pull_the_rug(TRACK, here, NULL, NULL);
  return name->s[0] + packet->s[0] > 0;
}

static int
resource_gone(coap_context_t *context, coap_str_const_t *name, void *data) {
  (void)context, (void)data;
  pull_the_rug(TRACK, session, NULL, NULL);
  return name->length > 0;
}

static void
put_unknown(coap_resource_t *one, coap_session_t *here, const coap_pdu_t *pdu, const coap_string_t *query,
            coap_pdu_t *response) {
  coap_resource_t *made = coap_resource_init(str("y"), 0);
  coap_context_t *context = coap_session_get_context(here);
  (void)one, (void)pdu, (void)query;
  coap_register_request_handler(made, COAP_REQUEST_GET, get);
  coap_add_resource(context, made);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
  coap_delete_resource(context, made);
}

static void
set_up_tracking(void) {
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(server, coap_resource_unknown_init(put_unknown));
  coap_persist_track_funcs(server, observer_added, observer_deleted, numbered, resource_made, resource_gone, 1, NULL);
}

/* Entries of the second session outlive the first. */
static coap_cache_entry_t *
cache_something(void) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, other);
  coap_cache_entry_t *entry = coap_new_cache_entry(other, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0);
  coap_cache_set_app_data(entry, &cached, uncached);
  coap_delete_pdu(pdu);
  return entry;
}

static void
set_up_origin(void) {
  coap_resource_t *one = coap_resource_init(str("x"), 0);
  origin = (coap_context_t *)need(coap_new_context(NULL), "no context");
  listen_on_loopback(origin);
  coap_register_request_handler(one, COAP_REQUEST_GET, get_at_origin);
  coap_add_resource(origin, one);
  upstream.uri.host = *str("127.0.0.1");
  upstream.uri.port = known_port;
}

/* Client and server; requests are forwarded over UDP. */
static coap_session_t *
connect_over(uint16_t port) {
  coap_address_t to = loopback(port);
  return (coap_session_t *)need(coap_new_client_session(client, NULL, &to, proto), "no session");
}

static uint16_t
listen_over(void) {
  coap_address_t any_port = loopback(0);
  endpoint = (coap_endpoint_t *)need(coap_new_endpoint(server, &any_port, proto), "no endpoint");
  return endpoint_port(endpoint);
}

static void
set_up(void) {
  static char data[] = "data";
  uint16_t port;
  set_up_origin();
  server = (coap_context_t *)need(coap_new_context(NULL), "no context");
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  port = listen_over();
  resource = coap_resource_init(str("x"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_resource_set_userdata(resource, data);
  coap_resource_release_userdata_handler(server, released);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, happened);
  coap_register_proxy_response_handler(server, came_back);
  coap_register_event_handler(client, happened);
  coap_register_ping_handler(server, pinged);
  coap_register_response_handler(client, answered);
  coap_register_nack_handler(client, nacked);
  coap_register_pong_handler(client, ponged);
  session = connect_over(port);
  other = connect_over(port);
  cache_something();
  cached = cache_something();
  if (kind == TRACK)
    set_up_tracking();
}

/* A callback may have ended the session: then there is no message for it. */
static void
ask(coap_session_t *whom, coap_pdu_type_t type) {
  coap_pdu_t *pdu = coap_new_pdu(type, COAP_REQUEST_CODE_GET, whom);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x");
  coap_send(whom, pdu);
}

static void
observe_and_make(void) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, other);
  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x");
  coap_send(other, pdu);
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, session);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"y");
  coap_send(session, pdu);
}

/* Sends what makes every kind of callback happen. */
static void
stir(void) {
  int count;
  for (count = 0; count < 3; count++)
    ask(session, COAP_MESSAGE_CON);
  ask(other, COAP_MESSAGE_NON);
  if (proto != COAP_PROTO_UDP) {
    /* What waits for the connection is lost with it; pings do not wait. */
    if (kind == NACK)
      coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
    for (count = 0; count < 20; count++) {
      coap_io_process(client, COAP_IO_NO_WAIT);
      coap_io_process(server, COAP_IO_NO_WAIT);
    }
  }
  coap_session_send_ping(other);
  if (kind == TRACK)
    observe_and_make();
  if (kind == CACHE)
    coap_delete_cache_entry(client, cached);
  for (count = 0; count < 40; count++) {
    coap_io_process(server, COAP_IO_NO_WAIT);
    coap_io_process(client, COAP_IO_NO_WAIT);
    coap_io_process(origin, COAP_IO_NO_WAIT);
  }
  if (kind == TRACK)
    coap_resource_notify_observers(resource, NULL);
  if (kind == NACK) {
    ask(session, COAP_MESSAGE_CON);
    ask(session, COAP_MESSAGE_CON);
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  }
  coap_delete_resource(server, resource);
  for (count = 0; count < 10; count++) {
    coap_io_process(server, COAP_IO_NO_WAIT);
    coap_io_process(client, COAP_IO_NO_WAIT);
  }
}

int
main(int argc, char **argv) {
  int one, two;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  coap_set_show_pdu_output(0);
  if (argc > 2)
    for (proto = COAP_PROTO_UDP; proto < COAP_PROTO_LAST && strcmp(argv[2], proto_name(proto)) != 0; proto++)
      ;
  for (one = 0; one < KINDS; one++) {
    if (argc > 1 && strcmp(argv[1], kind_names[one]) != 0)
      continue;
    for (two = 0; two < ACTIONS; two++) {
      kind = (enum kind)one;
      action = (enum action)two;
      calls = 0;
      set_up();
      coap_set_log_level(kind == LOG ? COAP_LOG_DEBUG : COAP_LOG_EMERG);
      coap_set_log_handler(kind == LOG ? logged : NULL);
      stir();
      /* Whatever the callback has ended is refused here. */
      coap_session_release(session);
      coap_session_release(other);
      coap_free_context(client);
      coap_free_context(server);
      coap_free_context(origin);
      coap_set_log_level(COAP_LOG_EMERG);
      coap_set_log_handler(NULL);
      say("%s: %s: %s", kind_names[one], action_names[two], calls ? "survived" : "NEVER CALLED");
    }
  }
  coap_cleanup();
  return 0;
}
