/* What the program that tests/every_export.rs generates stands on: handles of a kind to call everything with.
 *
 * The generated part is `calls`: each calls one exported function, with `handle`s, `number` for every number, and NULL for
 * what else is pointed to. */
#include "../support.h"

#include <sys/mman.h>

typedef struct {
  const char *name;
  void (*call)(void);
} call_t;

static struct {
  coap_context_t *context;
  coap_endpoint_t *endpoint;
  coap_session_t *session;
  coap_resource_t *resource;
  coap_attr_t *attribute;
  coap_pdu_t *pdu;
  coap_async_t *async;
  coap_cache_entry_t *cache_entry;
  coap_socket_t *socket;
  void *none; /* of a type that nothing can be made of yet */
} handle, live;

static long long number;

static void
quiet(coap_log_t level, const char *message) {
  (void)level, (void)message;
}

static void
make_objects(void) {
  unsigned sockets;
  coap_address_t any_port = loopback(0);
  coap_set_log_handler(quiet);
  coap_set_log_level(COAP_LOG_DEBUG);
  live.context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  live.endpoint = (coap_endpoint_t *)need(coap_new_endpoint(live.context, &any_port, COAP_PROTO_UDP), "no endpoint");
  live.session = connect_to(live.context, endpoint_port(live.endpoint));
  live.resource = (coap_resource_t *)need(coap_resource_init(str("r"), 0), "no resource");
  coap_add_resource(live.context, live.resource);
  live.attribute = (coap_attr_t *)need(coap_add_attr(live.resource, str("a"), str("b"), 0), "no attribute");
  live.pdu = (coap_pdu_t *)need(coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, live.session), "no PDU");
  live.async = (coap_async_t *)need(coap_register_async(live.session, live.pdu, 0), "no delayed request");
  live.cache_entry = (coap_cache_entry_t *)need(
      coap_new_cache_entry(live.session, live.pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0),
      "no cache entry");
  coap_io_prepare_io(live.context, &live.socket, 1, &sockets, 0);
  need(live.socket, "no socket");
  live.none = live.context;
}

/* The call may have ended some of them itself. */
static void
end_objects(void) {
  coap_io_process(live.context, COAP_IO_NO_WAIT);
  coap_delete_pdu(live.pdu);
  coap_session_release(live.session);
  coap_free_context(live.context);
}

static void
every_handle_is(void *pointer) {
  handle.context = (coap_context_t *)pointer;
  handle.endpoint = (coap_endpoint_t *)pointer;
  handle.session = (coap_session_t *)pointer;
  handle.resource = (coap_resource_t *)pointer;
  handle.attribute = (coap_attr_t *)pointer;
  handle.pdu = (coap_pdu_t *)pointer;
  handle.async = (coap_async_t *)pointer;
  handle.cache_entry = (coap_cache_entry_t *)pointer;
  handle.socket = (coap_socket_t *)pointer;
  handle.none = pointer;
}

/* What `kind` of handles to call with; NULL ones unless it says otherwise. */
static void
choose_handles(const char *kind, void *forbidden) {
  every_handle_is(NULL);
  if (!strcmp(kind, "live") || !strcmp(kind, "stale"))
    handle = live;
  else if (!strcmp(kind, "foreign"))
    every_handle_is(forbidden);
  else if (!strcmp(kind, "context"))
    every_handle_is(live.context);
  else if (!strcmp(kind, "session"))
    every_handle_is(live.session);
  else if (!strcmp(kind, "pdu"))
    every_handle_is(live.pdu);
  else if (strcmp(kind, "null"))
    need(NULL, "unknown kind of handles");
}

/* Calls everything, each with handles of its own; each is named before it is called. */
static int
call_everything(const call_t *calls, size_t count, const char *kind, const char *number_text) {
  /* Who looks into this is ended. */
  void *forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int stale = !strcmp(kind, "stale");
  size_t i;

  coap_startup();
  number = atoll(number_text);
  for (i = 0; i < count; i++) {
    make_objects();
    choose_handles(kind, forbidden);
    if (stale)
      end_objects();
    say("%s", calls[i].name);
    calls[i].call();
    if (!stale)
      end_objects();
  }
  coap_cleanup();
  say("called %zu", count);
  return 0;
}
