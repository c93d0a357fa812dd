/* One side of a handshake: the driver puts two of them together, on whichever libraries it likes, and
 * reads what each was told.
 *
 *   side server dtls|tls [WORD...]         says "port N", serves /x, and ends with its standard input
 *   side client dtls|tls PORT [WORD...]    asks for /x, once
 *
 * psk=KEY and identity=NAME make it one with pre-shared keys: that of a client, and the only one that a server knows.
 * Otherwise, what the words set is in coap_dtls_pki_t: ca=FILE certificate=FILE key=FILE (PEM), depth=N, name=NAME (what
 * validate_cn_call_back wants of the peer's own certificate), and the flags by their names; roots=FILE is for
 * coap_context_set_pki_root_cas. */
#include "../secure.h"

static volatile int over;
static const char *roots, *psk, *identity;

static int
on_event(coap_session_t *session, const coap_event_t event) {
  (void)session;
  say("%s", event_name(event));
  return 0;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("NACK %s", nack_name(reason));
  over = 1;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session, (void)sent, (void)mid;
  say("answered %s", code_name(coap_pdu_get_code(received)));
  over = 1;
  return COAP_RESPONSE_OK;
}

static void
get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
    coap_pdu_t *response) {
  (void)resource, (void)session, (void)request, (void)query;
  say("asked");
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static int
judge(const char *name, const uint8_t *der, size_t length, coap_session_t *session, unsigned depth, int validated,
      void *wanted) {
  int right = depth > 0 || strcmp(name, wanted) == 0;
  (void)der, (void)length, (void)session;
  say("judges %s, depth %u, validated %d: %s", name, depth, validated, right ? "right" : "wrong");
  return right;
}

static const coap_bin_const_t *
key_of(coap_bin_const_t *name, coap_session_t *session, void *arg) {
  static coap_bin_const_t key;
  int known = name->length == strlen(identity) && memcmp(name->s, identity, name->length) == 0;
  (void)session, (void)arg;
  say("%s is %s", text_of(name), known ? "known" : "unknown");
  return key = bytes(psk), known ? &key : NULL;
}

/* One word of the command line. */
static void
set(coap_dtls_pki_t *setup, char *word) {
  const struct {
    const char *name;
    uint8_t *flag;
  } flags[] = {
      {"verify_peer_cert", &setup->verify_peer_cert},       {"check_common_ca", &setup->check_common_ca},
      {"allow_self_signed", &setup->allow_self_signed},     {"allow_expired_certs", &setup->allow_expired_certs},
      {"check_cert_revocation", &setup->check_cert_revocation}, {"allow_no_crl", &setup->allow_no_crl},
      {"allow_expired_crl", &setup->allow_expired_crl},
  };
  char *value = strchr(word, '=');
  size_t each;
  if (!value) {
    for (each = 0; each < sizeof flags / sizeof *flags; each++) {
      if (strcmp(word, flags[each].name) == 0) {
        *flags[each].flag = 1;
        return;
      }
    }
    need(NULL, word);
  }
  *value++ = 0;
  if (strcmp(word, "ca") == 0) {
    setup->pki_key.key.pem.ca_file = value;
  } else if (strcmp(word, "roots") == 0) {
    roots = value;
  } else if (strcmp(word, "psk") == 0) {
    psk = value;
  } else if (strcmp(word, "identity") == 0) {
    identity = value;
  } else if (strcmp(word, "certificate") == 0) {
    setup->pki_key.key.pem.public_cert = value;
  } else if (strcmp(word, "key") == 0) {
    setup->pki_key.key.pem.private_key = value;
  } else if (strcmp(word, "depth") == 0) {
    setup->cert_chain_validation = 1;
    setup->cert_chain_verify_depth = (uint8_t)atoi(value);
  } else if (strcmp(word, "name") == 0) {
    setup->validate_cn_call_back = judge;
    setup->cn_call_back_arg = value;
  } else {
    need(NULL, word);
  }
}

static int
set_server(coap_context_t *context, coap_dtls_pki_t *setup) {
  coap_dtls_spsk_t keys = server_keys(NULL, psk);
  keys.validate_id_call_back = key_of;
  return psk ? coap_context_set_psk2(context, &keys) : coap_context_set_pki(context, setup);
}

/* Until the standard input is closed. */
static void
serve(coap_context_t *context, coap_proto_t proto, coap_dtls_pki_t *setup) {
  coap_address_t any_port = loopback(0);
  coap_resource_t *resource = coap_resource_init(str("x"), 0);
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  coap_endpoint_t *endpoint;
  if (!set_server(context, setup)) {
    say("not set");
    return;
  }
  coap_register_request_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(context, resource);
  endpoint = need(coap_new_endpoint(context, &any_port, proto), "no endpoint");
  say("port %u", endpoint_port(endpoint));
  while (poll(&input, 1, 0) == 0)
    coap_io_process(context, 10);
  run_for(context, NULL, 100);
}

static void
ask(coap_context_t *context, coap_proto_t proto, coap_dtls_pki_t *setup, uint16_t port) {
  coap_address_t to = loopback(port);
  coap_dtls_cpsk_t keys = client_keys(identity, psk);
  coap_session_t *session = psk ? coap_new_client_session_psk2(context, NULL, &to, proto, &keys)
                                : coap_new_client_session_pki(context, NULL, &to, proto, setup);
  if (!session) {
    say("no session");
    return;
  }
  if (coap_send(session, request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "x")) == COAP_INVALID_MID)
    say("not sent"), over = 1;
  if (!run_until(context, NULL, &over, 5000))
    say("nothing came");
  run_for(context, NULL, 100);
  coap_session_release(session);
  run_for(context, NULL, 50);
}

int
main(int count, char **words) {
  int is_server = count > 1 && strcmp(words[1], "server") == 0, first = is_server ? 3 : 4;
  coap_proto_t proto = count > 2 && strcmp(words[2], "tls") == 0 ? COAP_PROTO_TLS : COAP_PROTO_DTLS;
  coap_dtls_pki_t setup;
  coap_context_t *context;
  memset(&setup, 0, sizeof setup);
  setup.version = COAP_DTLS_PKI_SETUP_VERSION;
  setup.pki_key.key_type = COAP_PKI_KEY_PEM;
  need(count < first ? NULL : words, "server dtls|tls [WORD...] or client dtls|tls PORT [WORD...]");
  for (; first < count; first++)
    set(&setup, words[first]);
  need(psk && !identity ? NULL : words, "a key without an identity");
  coap_startup();
  coap_set_log_level(COAP_LOG_WARN);
  context = need(coap_new_context(NULL), "no context");
  coap_register_event_handler(context, on_event);
  coap_register_nack_handler(context, on_nack);
  coap_register_response_handler(context, on_response);
  if (roots && !coap_context_set_pki_root_cas(context, roots, NULL))
    need(NULL, "no root CAs");
  if (is_server)
    serve(context, proto, &setup);
  else
    ask(context, proto, &setup, (uint16_t)atoi(words[3]));
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
