/* DTLS with a pre-shared key: a server, a client that shakes hands, a client that asks.
 *
 *   secure server PORT                  prints "ready", serves until its input ends
 *   secure handshakes PORT SECONDS      one session after the other; prints "count N in T"
 *   secure requests PORT SECONDS        one session, 32 requests in flight; the same
 */
#include <coap3/coap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { IN_FLIGHT = 32 };

static const char key[] = "a key for measuring";
static const char body[] = "hello world";
static long answers;
static int connected, failed;

static double
now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
give_up(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void
hnd_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
        coap_pdu_t *response) {
  (void)resource, (void)session, (void)request, (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, sizeof body - 1, (const uint8_t *)body);
}

static coap_response_t
hnd_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)received, (void)mid;
  answers++;
  return COAP_RESPONSE_OK;
}

static int
hnd_event(coap_session_t *session, const coap_event_t event) {
  (void)session;
  connected |= event == COAP_EVENT_DTLS_CONNECTED;
  failed |= event == COAP_EVENT_DTLS_ERROR;
  return 0;
}

static coap_address_t
loopback(const char *port) {
  coap_address_t address;
  coap_address_init(&address);
  address.size = sizeof address.addr.sin;
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.addr.sin.sin_port = htons((uint16_t)atoi(port));
  return address;
}

static void
serve(coap_context_t *context, const char *port) {
  coap_address_t address = loopback(port);
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("r"), 0);
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (!coap_context_set_psk(context, "hint", (const uint8_t *)key, sizeof key - 1))
    give_up("no keys");
  if (!coap_new_endpoint(context, &address, COAP_PROTO_DTLS))
    give_up("no endpoint");
  coap_register_request_handler(resource, COAP_REQUEST_GET, hnd_get);
  coap_add_resource(context, resource);
  puts("ready");
  fflush(stdout);
  while (poll(&input, 1, 0) == 0)
    coap_io_process(context, 100);
}

static coap_session_t *
open_session(coap_context_t *context, const coap_address_t *server) {
  coap_dtls_cpsk_t psk;
  coap_session_t *session;
  memset(&psk, 0, sizeof psk);
  psk.version = COAP_DTLS_CPSK_SETUP_VERSION;
  psk.psk_info.identity.s = (const uint8_t *)"somebody";
  psk.psk_info.identity.length = 8;
  psk.psk_info.key.s = (const uint8_t *)key;
  psk.psk_info.key.length = sizeof key - 1;
  session = coap_new_client_session_psk2(context, NULL, server, COAP_PROTO_DTLS, &psk);
  if (!session)
    give_up("no session");
  for (connected = failed = 0; !connected && !failed;)
    coap_io_process(context, 1000);
  if (failed)
    give_up("no handshake");
  return session;
}

static void
ask(coap_session_t *session) {
  uint8_t token[8];
  size_t length;
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, session);
  coap_session_new_token(session, &length, token);
  coap_add_token(pdu, length, token);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"r");
  if (coap_send(session, pdu) == COAP_INVALID_MID)
    give_up("not sent");
}

int
main(int argc, char **argv) {
  coap_context_t *context;
  coap_address_t server;
  double begin, end;
  long count = 0;
  if (argc < 3)
    give_up("secure server PORT | secure handshakes|requests PORT SECONDS");
  coap_startup();
  coap_set_log_level(COAP_LOG_CRIT);
  coap_dtls_set_log_level(COAP_LOG_CRIT);
  context = coap_new_context(NULL);
  if (!strcmp(argv[1], "server")) {
    serve(context, argv[2]);
    coap_free_context(context);
    return 0;
  }
  if (argc < 4)
    give_up("how many seconds?");
  coap_register_response_handler(context, hnd_answer);
  coap_register_event_handler(context, hnd_event);
  server = loopback(argv[2]);
  if (!strcmp(argv[1], "handshakes")) {
    begin = now(), end = begin + atof(argv[3]);
    for (; now() < end; count++)
      coap_session_release(open_session(context, &server));
  } else {
    coap_session_t *session = open_session(context, &server);
    long asked = 0;
    begin = now(), end = begin + atof(argv[3]);
    while (now() < end) {
      for (; asked - answers < IN_FLIGHT; asked++)
        ask(session);
      /* What is lost is asked for again. */
      if (coap_io_process(context, 1000) >= 1000)
        asked = answers;
    }
    count = answers;
    coap_session_release(session);
  }
  printf("count %ld in %.6f\n", count, now() - begin);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
