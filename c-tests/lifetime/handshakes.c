/* Inside every function that a handshake asks, everything that could pull the rug from under it. Survives, and loses no
 * memory.
 *
 * With an argument, only the function of that name. */
#include "../secure.h"

enum kind { IDENTITY, HINT, NAME_FOR_KEYS, SERVERS_CERTIFICATE, CLIENTS_CERTIFICATE, NAME_FOR_CERTIFICATES, KINDS };
static const char *const kind_names[] = {"identity", "hint", "name-for-keys", "servers-certificate",
                                         "clients-certificate", "name-for-certificates"};

enum action {
  RELEASE_SESSION,
  RELEASE_SESSION_THRICE,
  REFERENCE_AND_RELEASE,
  FREE_CLIENT,
  FREE_SERVER,
  FREE_BOTH,
  FREE_ENDPOINT,
  DISCONNECT,
  SEND_HERE,
  PROCESS_HERE,
  PROCESS_BOTH,
  OTHER_KEYS,
  OTHER_CERTIFICATES,
  NO_KEYS,
  ANOTHER_SESSION,
  LOOK_AT_KEYS,
  BECOME_CLIENT,
  EVERYTHING,
  ACTIONS
};
static const char *const action_names[] = {
    "release the session", "release it three times", "reference and release", "free the client", "free the server",
    "free both", "free the endpoint", "disconnect", "send here", "process here", "process both", "set other keys",
    "set other certificates", "set no keys", "open another session", "look at the keys", "become a client",
    "everything"};

static enum kind kind;
static enum action action;
static coap_proto_t proto;
static int calls, depth, done;
static uint16_t port;
static coap_context_t *server, *client;
static coap_endpoint_t *endpoint;
static coap_session_t *session;

static coap_dtls_spsk_t keys(void);
static coap_dtls_pki_t pki_of(const char *name);

static void
connect_again(void) {
  coap_address_t to = loopback(port);
  coap_dtls_cpsk_t setup = client_keys("somebody", "secret");
  coap_session_release(coap_new_client_session_psk2(client, NULL, &to, COAP_PROTO_DTLS, &setup));
}

static void
perform(enum action what, coap_session_t *here) {
  coap_dtls_spsk_t other_keys = keys();
  coap_dtls_pki_t other_certificates;
  switch (what) {
  case RELEASE_SESSION: coap_session_release(here ? here : session); break;
  case RELEASE_SESSION_THRICE:
    coap_session_release(session);
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
  case DISCONNECT: coap_session_disconnected(here ? here : session, COAP_NACK_NOT_DELIVERABLE); break;
  case SEND_HERE:
    if (here)
      coap_send(here, coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, here));
    break;
  case PROCESS_HERE: coap_io_process(coap_session_get_context(here), COAP_IO_NO_WAIT); break;
  case PROCESS_BOTH:
    coap_io_process(server, COAP_IO_NO_WAIT);
    coap_io_process(client, COAP_IO_NO_WAIT);
    break;
  case OTHER_KEYS:
    other_keys.psk_info.key = bytes("other");
    coap_context_set_psk2(server, &other_keys);
    break;
  case OTHER_CERTIFICATES:
    other_certificates = pki_of("elsewhere");
    coap_context_set_pki(server, &other_certificates);
    break;
  case NO_KEYS:
    coap_context_set_psk(server, NULL, NULL, 0);
    coap_context_set_pki(server, NULL);
    break;
  case ANOTHER_SESSION: connect_again(); break;
  case LOOK_AT_KEYS:
    coap_session_get_psk_hint(here);
    coap_session_get_psk_identity(here);
    coap_session_get_psk_key(here);
    coap_session_get_tls(here, NULL);
    break;
  case BECOME_CLIENT: coap_session_set_type_client(here); break;
  default: break;
  }
}

static void
pull_the_rug(enum kind where, coap_session_t *here) {
  int each;
  if (where != kind || depth)
    return;
  depth++;
  calls++;
  if (action == EVERYTHING)
    for (each = 0; each < EVERYTHING; each++)
      perform((enum action)each, here);
  else
    perform(action, here);
  coap_session_str(here);
  coap_session_get_state(here);
  depth--;
}

static const coap_bin_const_t *
key_of(coap_bin_const_t *identity, coap_session_t *here, void *arg) {
  static coap_bin_const_t key;
  (void)arg;
  pull_the_rug(IDENTITY, here);
  /* What was handed in can still be read. */
  key = bytes(identity->length == 2 ? "secret" : "another secret");
  return &key;
}

static const coap_dtls_cpsk_info_t *
identity_for(coap_str_const_t *hint, coap_session_t *here, void *arg) {
  static coap_dtls_cpsk_info_t info;
  (void)arg;
  pull_the_rug(HINT, here);
  info.identity = bytes("me");
  info.key = bytes(hint->length ? "secret" : "another secret");
  return &info;
}

static const coap_dtls_spsk_info_t *
keys_of(const char *name, coap_session_t *here, void *arg) {
  static coap_dtls_spsk_info_t info;
  (void)arg;
  pull_the_rug(NAME_FOR_KEYS, here);
  info.hint = bytes(name[0] ? name : "hint");
  info.key = bytes("secret");
  return &info;
}

static int
judge(const char *name, const uint8_t *der, size_t length, coap_session_t *here, unsigned level, int validated,
      void *arg) {
  (void)level;
  pull_the_rug(arg == &server ? CLIENTS_CERTIFICATE : SERVERS_CERTIFICATE, here);
  return name[0] && length > 1 && der[0] == 0x30 && validated;
}

static coap_dtls_key_t *
certificate_of(const char *name, void *arg) {
  static coap_dtls_key_t key;
  (void)name, (void)arg;
  pull_the_rug(NAME_FOR_CERTIFICATES, NULL);
  key = certificates("server").pki_key;
  return &key;
}

static coap_dtls_spsk_t
keys(void) {
  coap_dtls_spsk_t setup = server_keys("hint", "secret");
  setup.validate_id_call_back = key_of;
  if (kind == NAME_FOR_KEYS)
    setup.validate_sni_call_back = keys_of;
  return setup;
}

static coap_dtls_pki_t
pki_of(const char *name) {
  coap_dtls_pki_t setup = certificates(name);
  setup.validate_cn_call_back = judge;
  setup.cn_call_back_arg = name[0] == 'c' ? (void *)&client : (void *)&server;
  if (kind == NAME_FOR_CERTIFICATES)
    setup.validate_sni_call_back = certificate_of;
  return setup;
}

static coap_response_t
answered(coap_session_t *here, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)here, (void)sent, (void)received, (void)mid;
  done = 1;
  return COAP_RESPONSE_OK;
}

static void
nacked(coap_session_t *here, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)here, (void)sent, (void)reason, (void)mid;
  done = 1;
}

static void
set_up(void) {
  coap_address_t any_port = loopback(0), to;
  coap_dtls_spsk_t spsk = keys();
  coap_dtls_pki_t theirs = pki_of("server"), mine = pki_of("client");
  coap_dtls_cpsk_t cpsk = client_keys("me", "secret");
  server = need(coap_new_context(NULL), "no context");
  client = need(coap_new_context(NULL), "no context");
  coap_register_response_handler(client, answered);
  coap_register_nack_handler(client, nacked);
  coap_context_set_psk2(server, &spsk);
  coap_context_set_pki(server, &theirs);
  endpoint = need(coap_new_endpoint(server, &any_port, proto), "no endpoint");
  port = endpoint_port(endpoint);
  to = loopback(port);
  cpsk.validate_ih_call_back = identity_for;
  if (kind <= NAME_FOR_KEYS)
    session = coap_new_client_session_psk2(client, NULL, &to, proto, &cpsk);
  else
    session = coap_new_client_session_pki(client, NULL, &to, proto, &mine);
  need(session, "no session");
}

static void
run(void) {
  calls = done = 0;
  set_up();
  coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x"));
  run_until(server, client, &calls, 20000);
  /* What the function has ended may be all there was to wait for. */
  run_until(server, client, &done, 300);
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  say("%s over %s: %s: %s", kind_names[kind], proto_name(proto), action_names[action],
      calls ? "survived" : "NEVER CALLED");
}

int
main(int argc, char **argv) {
  int one, two;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  for (one = 0; one < KINDS; one++) {
    if (argc > 1 && strcmp(argv[1], kind_names[one]) != 0)
      continue;
    for (two = 0; two < ACTIONS; two++) {
      kind = (enum kind)one;
      action = (enum action)two;
      proto = COAP_PROTO_DTLS;
      run();
      if (kind > NAME_FOR_KEYS) {
        proto = COAP_PROTO_TLS;
        run();
      }
    }
  }
  coap_cleanup();
  return 0;
}
