/* Q-Block (RFC 9177): the functions that take a block option's number, and bodies of many blocks between two processes,
 * because libcoap's coap_send() waits for the server's word on Q-Block.
 *
 * The server answers with what it has seen, so only the client prints. */
#include "../support.h"

#include <signal.h>

#define LENGTH 30000

static uint8_t content[LENGTH];
static int responses;

static void
released(coap_session_t *session, void *app_ptr) {
  (void)session;
  say("released: %s", (const char *)app_ptr);
}

static int
right(const uint8_t *data, size_t length, size_t offset) {
  return offset + length <= LENGTH && memcmp(data, content + offset, length) == 0;
}

/* ---- One message at a time ---- */

static void
functions_for(coap_option_num_t number) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 1, 200);
  coap_block_t block, behind = {29, 0, 6};
  coap_block_b_t block_b;
  coap_binary_t *body = NULL;
  const uint8_t *data;
  size_t length, num;
  int result;
  say("== option %u", number);
  result = coap_get_block(pdu, number, &block);
  say("none: %d %d", result, coap_get_block_b(NULL, pdu, number, &block_b));
  block.num = 5;
  block.szx = 6;
  say("write: %d", coap_write_block_opt(&block, number, pdu, LENGTH));
  say("write behind the end: %d", coap_write_block_opt(&behind, number, pdu, 29 * 1024));
  result = coap_get_block(pdu, number, &block);
  say("get: %d, %u, %u, %u", result, block.num, block.m, block.szx);
  result = coap_get_block_b(NULL, pdu, number, &block_b);
  say("get_b: %d, %u, %u, %u, %u, defined %u, bert %u, chunk %u", result, block_b.num, block_b.m, block_b.szx,
      block_b.aszx, block_b.defined, block_b.bert, block_b.chunk_size);
  block_b.num++;
  result = coap_write_block_b_opt(NULL, &block_b, number, pdu, LENGTH);
  say("write_b: %d, now %u of size exponent %u, more %u", result, block_b.num, block_b.szx, block_b.m);
  say("add: %d", coap_add_block_b_data(pdu, LENGTH, content, &block_b));
  coap_get_data(pdu, &length, &data);
  say("%zu bytes, right %d", length, right(data, length, block_b.num * ((size_t)16 << block_b.szx)));
  coap_delete_pdu(pdu);
  for (num = 3; num-- > 0;)
    body = coap_block_build_body(body, 100, content + num * 100, num * 100, 300);
  say("built %zu, right %d", body->length, right(body->s, 300, 0));
  coap_delete_binary(body);
}

/* ---- The server ---- */

static void
store(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
      coap_pdu_t *response) {
  static uint8_t text[200];
  coap_opt_iterator_t it;
  const uint8_t *data;
  size_t length = 0, offset = 0, total = 0;
  (void)resource, (void)session, (void)query;
  coap_get_data_large(request, &length, &data, &offset, &total);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
  snprintf((char *)text, sizeof text, "%zu bytes at %zu of %zu, right %d, Q-Block1 %d, Block1 %d", length, offset, total,
           right(data, length, offset), coap_check_option(request, COAP_OPTION_Q_BLOCK1, &it) != NULL,
           coap_check_option(request, COAP_OPTION_BLOCK1, &it) != NULL);
  coap_add_data(response, strlen((char *)text), text);
}

static void
serve(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request, const coap_string_t *query,
      coap_pdu_t *response) {
  size_t length = 0;
  const uint8_t *data;
  int good = !coap_get_data(request, &length, &data) || right(data, length, 0);
  coap_pdu_set_code(response, good ? COAP_RESPONSE_CODE_CONTENT : COAP_RESPONSE_CODE_INTERNAL_ERROR);
  if (good)
    coap_add_data_large_response(resource, session, request, response, query, COAP_MEDIATYPE_APPLICATION_OCTET_STREAM,
                                 -1, 77, LENGTH, content, NULL, NULL);
}

static pid_t
start_server(int mode) {
  int pipe_ends[2];
  pid_t child;
  need(pipe(pipe_ends) == 0 ? content : NULL, "no pipe");
  child = fork();
  if (child == 0) {
    coap_context_t *server;
    coap_resource_t *resource;
    coap_startup();
    server = (coap_context_t *)need(coap_new_context(NULL), "no context");
    coap_context_set_block_mode(server, (uint8_t)mode);
    listen_on_loopback(server);
    /* libcoap's clients ask for the root, and want to see Q-Block2 in the answer. */
    resource = coap_resource_init(NULL, 0);
    coap_register_request_handler(resource, COAP_REQUEST_GET, serve);
    coap_add_resource(server, resource);
    resource = coap_resource_init(str("body"), 0);
    coap_register_request_handler(resource, COAP_REQUEST_PUT, store);
    coap_register_request_handler(resource, COAP_REQUEST_GET, serve);
    coap_register_request_handler(resource, COAP_REQUEST_FETCH, serve);
    coap_add_resource(server, resource);
    if (write(pipe_ends[1], &known_port, sizeof known_port) != (ssize_t)sizeof known_port)
      exit(2);
    for (;;)
      coap_io_process(server, COAP_IO_WAIT);
  }
  need(read(pipe_ends[0], &known_port, sizeof known_port) == (ssize_t)sizeof known_port ? content : NULL, "no port");
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  return child;
}

/* ---- The client ---- */

static coap_response_t
response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid) {
  coap_bin_const_t token = coap_pdu_get_token(received);
  coap_opt_iterator_t it;
  const uint8_t *data;
  size_t length = 0, offset = 0, total = 0;
  (void)session, (void)sent, (void)mid;
  coap_get_data_large(received, &length, &data, &offset, &total);
  say("response %s, own token %d", code_name(coap_pdu_get_code(received)), token.length == 1 && token.s[0] == 0x77);
  if (coap_pdu_get_code(received) == COAP_RESPONSE_CODE_CONTENT)
    say("%zu bytes at %zu of %zu, right %d, Q-Block2 %d, Block2 %d", length, offset, total, right(data, length, offset),
        coap_check_option(received, COAP_OPTION_Q_BLOCK2, &it) != NULL,
        coap_check_option(received, COAP_OPTION_BLOCK2, &it) != NULL);
  else
    say("server: %.*s", (int)length, (const char *)data);
  responses++;
  return COAP_RESPONSE_OK;
}

static void
ask(coap_context_t *client, coap_session_t *session, int type, int method, int has_body) {
  coap_pdu_t *pdu = coap_pdu_init((coap_pdu_type_t)type, (coap_pdu_code_t)method, coap_new_message_id(session),
                                  coap_session_max_pdu_size(session));
  uint8_t format[2] = {0, 42};
  say("-- %s %s", type_name((coap_pdu_type_t)type), code_name(method));
  coap_add_token(pdu, 1, (const uint8_t *)"\x77");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"body");
  if (has_body) {
    coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 1, format + 1);
    say("added %d", coap_add_data_large_request(session, pdu, LENGTH, content, released, (void *)"request"));
  }
  responses = 0;
  say("sent %d", coap_send(session, pdu) != COAP_INVALID_MID);
  say("answered %d", run_until(client, NULL, &responses, 20000));
}

static void
talk(const char *what, int client_mode, int server_mode, const char *losses) {
  pid_t server = start_server(server_mode);
  coap_context_t *client;
  coap_session_t *session;
  say("== %s", what);
  client = (coap_context_t *)need(coap_new_context(NULL), "no context");
  coap_context_set_block_mode(client, (uint8_t)client_mode);
  coap_register_response_handler(client, response);
  session = (coap_session_t *)need(connect_to(client, known_port), "no session");
  if (losses)
    coap_debug_set_packet_loss(losses);
  ask(client, session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, 1);
  if (!losses) {
    ask(client, session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, 1);
    ask(client, session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, 0);
    ask(client, session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 0);
    ask(client, session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_FETCH, 1);
  }
  coap_debug_set_packet_loss("0");
  coap_session_release(session);
  coap_free_context(client);
  kill(server, SIGKILL);
}

int
main(void) {
  const int plain = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY;
  const int quick = plain | COAP_BLOCK_TRY_Q_BLOCK;
  size_t i;
  for (i = 0; i < LENGTH; i++)
    content[i] = (uint8_t)(i * 7 + i / 251);
  coap_startup();
  say("Q-Block is supported: %d", coap_q_block_is_supported());
  functions_for(COAP_OPTION_Q_BLOCK1);
  functions_for(COAP_OPTION_Q_BLOCK2);
  talk("both know Q-Block", quick, quick, NULL);
  talk("both know Q-Block, the M bit asks for blocks again", quick | COAP_BLOCK_USE_M_Q_BLOCK, quick, NULL);
  talk("without COAP_BLOCK_SINGLE_BODY", quick & ~COAP_BLOCK_SINGLE_BODY, quick & ~COAP_BLOCK_SINGLE_BODY, NULL);
  talk("the server does not know it", quick, plain, NULL);
  talk("the client does not know it", plain, quick, NULL);
  talk("two blocks are lost", quick, quick, "4,9");
  coap_cleanup();
  return 0;
}
