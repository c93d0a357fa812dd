/*
 * What the library has, for a program to ask while it is compiled: the macros of libcoap 4.3.5's header of this
 * name (coap_supported(3)). What is not here is not built in. Whether DTLS and TLS are there depends on the build and
 * is asked at run time, with coap_dtls_is_supported(). COAP_WITH_LIBOPENSSL and the like are not defined: none of
 * those libraries is underneath.
 */
#ifndef COAP_DEFINES_H_
#define COAP_DEFINES_H_

#include "coap.h"

#define COAP_AF_UNIX_SUPPORT 1
#define COAP_ASYNC_SUPPORT 1
#define COAP_CLIENT_SUPPORT 1
#define COAP_DISABLE_TCP 0
#define COAP_EPOLL_SUPPORT 1
#define COAP_IPV4_SUPPORT 1
#define COAP_IPV6_SUPPORT 1
#define COAP_PROXY_SUPPORT 1
#define COAP_Q_BLOCK_SUPPORT 1
#define COAP_SERVER_SUPPORT 1
#define COAP_THREAD_SAFE 1
#define COAP_WITH_OBSERVE_PERSIST 1
#define COAP_WS_SUPPORT 1

#endif /* COAP_DEFINES_H_ */
