/* coap_string(3), coap_encode(3): strings and binaries, numbers of variable length. */
#include <coap3/coap.h>

#include <stdio.h>
#include <string.h>

static void
show(const char *what, size_t length, const uint8_t *bytes) {
  size_t i;
  printf("%s: %zu bytes", what, length);
  for (i = 0; i < length; i++)
    printf(" %02x", bytes[i]);
  printf("\n");
}

static void
strings(void) {
  coap_string_t *string = coap_new_string(5);
  coap_str_const_t *constant = coap_new_str_const((const uint8_t *)"hello\0x", 7);
  coap_str_const_t *other = coap_new_str_const((const uint8_t *)"hello", 5);
  coap_str_const_t *empty = coap_new_str_const((const uint8_t *)"", 0);

  memcpy(string->s, "hello", 5);
  show("string", string->length, string->s);
  printf("NUL behind: %d\n", string->s[5] == 0);
  show("constant", constant->length, constant->s);
  printf("NUL behind: %d\n", constant->s[7] == 0);
  printf("equal: %d %d\n", coap_string_equal(string, other), coap_string_equal(string, constant));
  show("empty", empty->length, empty->s);
  printf("the bytes stand behind the header: %d\n", (uint8_t *)string + sizeof *string == string->s);
  coap_delete_string(string);
  coap_delete_str_const(constant);
  coap_delete_str_const(other);
  coap_delete_str_const(empty);
  coap_delete_string(NULL);
  coap_delete_str_const(NULL);
}

static void
borrowed(void) {
  coap_str_const_t *one = coap_make_str_const("one");
  coap_str_const_t *three = coap_make_str_const("three");
  show("one", one->length, one->s);
  show("three", three->length, three->s);
  printf("different: %d\n", one != three);
  show("nothing", coap_make_str_const("")->length, (const uint8_t *)"");
}

static void
binaries(void) {
  static const uint8_t bytes[] = {0, 1, 2, 255};
  coap_binary_t *binary = coap_new_binary(4);
  coap_bin_const_t *constant = coap_new_bin_const(bytes, sizeof bytes);

  memcpy(binary->s, bytes, sizeof bytes);
  show("binary", binary->length, binary->s);
  show("constant", constant->length, constant->s);
  printf("equal: %d\n", coap_binary_equal(binary, constant));
  binary = coap_resize_binary(binary, 2000);
  printf("grown to %zu\n", binary->length);
  show("kept", 4, binary->s);
  binary = coap_resize_binary(binary, 2);
  show("shrunk", binary->length, binary->s);
  coap_delete_binary(binary);
  coap_delete_bin_const(constant);
  coap_delete_binary(NULL);
  coap_delete_bin_const(NULL);
  binary = coap_resize_binary(NULL, 3);
  printf("out of nothing: %zu\n", binary->length);
  coap_delete_binary(binary);
}

static void
numbers(void) {
  static const uint64_t values[] = {0,       1,          127,         255,          256,         65535, 65536,
                                    1 << 24, 4294967295, 4294967296u, 1099511627775, UINT64_MAX / 2, UINT64_MAX};
  static const uint8_t many[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  uint8_t buffer[8];
  size_t i, length;

  for (i = 0; i < sizeof values / sizeof *values; i++) {
    memset(buffer, 0xee, sizeof buffer);
    length = coap_encode_var_safe8(buffer, sizeof buffer, values[i]);
    show("8", length, buffer);
    printf("back: %llu\n", (unsigned long long)coap_decode_var_bytes8(buffer, length));
    if (values[i] <= UINT32_MAX) {
      length = coap_encode_var_safe(buffer, sizeof buffer, (unsigned int)values[i]);
      show("4", length, buffer);
      printf("back: %u\n", coap_decode_var_bytes(buffer, length));
    }
    printf("highest bit: %d %d\n", coap_fls((unsigned int)values[i]), coap_flsll((long long)values[i]));
  }
  for (i = 0; i <= sizeof many; i++)
    printf("%zu bytes: %u %llu\n", i, coap_decode_var_bytes(many, i),
           (unsigned long long)coap_decode_var_bytes8(many, i));
}

int
main(void) {
  coap_startup();
  strings();
  borrowed();
  binaries();
  numbers();
  coap_cleanup();
  return 0;
}
