/* A server that is killed and comes back. It listens at the port in its first argument and keeps what lives on in
 * the directory in its second one. Resources: "time", which every PUT changes; and what a PUT to an unknown path
 * makes, which a PUT changes and a DELETE deletes. It ends at the end of its input, with coap_persist_stop() before
 * if the third argument is "stop". */
#include "../support.h"

#include <fcntl.h>

enum { SLOTS = 64 };

/* The state of a resource is what was PUT last. */
static struct {
  char text[64];
  size_t length;
} states[SLOTS];
static int used;

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  int *state = (int *)coap_resource_get_userdata(resource);
  (void)session, (void)pdu, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, states[*state].length, (const uint8_t *)states[*state].text);
}

static void
put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
    coap_pdu_t *response) {
  int *state = (int *)coap_resource_get_userdata(resource);
  size_t length = 0;
  const uint8_t *data = NULL;
  (void)session, (void)query;
  coap_get_data(pdu, &length, &data);
  states[*state].length = length < sizeof states[0].text ? length : sizeof states[0].text;
  memcpy(states[*state].text, data, states[*state].length);
  coap_resource_notify_observers(resource, NULL);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

static void
remove_it(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
          coap_pdu_t *response) {
  (void)pdu, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_DELETED);
  coap_delete_resource(coap_session_get_context(session), resource);
}

static coap_resource_t *
make(coap_context_t *context, coap_str_const_t *path) {
  static int numbers[SLOTS];
  coap_resource_t *resource = coap_resource_init(path, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  numbers[used] = used;
  coap_resource_set_userdata(resource, &numbers[used++ % SLOTS]);
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, put);
  coap_register_request_handler(resource, COAP_REQUEST_DELETE, remove_it);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(context, resource);
  return resource;
}

static void
put_unknown(coap_resource_t *unknown, coap_session_t *session, const coap_pdu_t *pdu, const coap_string_t *query,
            coap_pdu_t *response) {
  coap_string_t *path = coap_get_uri_path(pdu);
  coap_resource_t *resource;
  (void)unknown;
  if (!coap_session_get_addr_remote(session) || !coap_session_str(session))
    say("NO SESSION");
  say("made %.*s", (int)path->length, (const char *)path->s);
  resource = make(coap_session_get_context(session), (coap_str_const_t *)path);
  put(resource, session, pdu, query, response);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
  coap_delete_string(path);
}

int
main(int argc, char **argv) {
  char resources[512], observers[512], numbers[512], input[8];
  coap_context_t *context;
  coap_address_t address;
  if (argc < 3)
    return 2;
  address = loopback((uint16_t)atoi(argv[1]));
  snprintf(resources, sizeof resources, "%s/resources", argv[2]);
  snprintf(observers, sizeof observers, "%s/observers", argv[2]);
  snprintf(numbers, sizeof numbers, "%s/numbers", argv[2]);
  coap_startup();
  context = (coap_context_t *)need(coap_new_context(NULL), "no context");
  need(coap_new_endpoint(context, &address, COAP_PROTO_UDP), "no endpoint");
  make(context, str("time"));
  coap_add_resource(context, coap_resource_unknown_init(put_unknown));
  say("started: %d", coap_persist_startup(context, resources, observers, numbers, 5));
  say("ready");
  fcntl(0, F_SETFL, O_NONBLOCK);
  while (read(0, input, sizeof input) != 0)
    coap_io_process(context, 50);
  if (argc > 3 && strcmp(argv[3], "stop") == 0)
    coap_persist_stop(context);
  coap_free_context(context);
  coap_cleanup();
  say("ended");
  return 0;
}
