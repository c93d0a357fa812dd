//! The REST interface over sockets, as clients use it. Behind it is an event loop that only pretends.
//!
//! What hoprd 2.2 does, and which test holds us to it; `nodes/` is the test with real nodes:
//!
//! | what | test |
//! |---|---|
//! | POST: 200, five fields and no more; defaults of capabilities; later versions' fields | `opening` |
//! | `listenHost`: both parts, one, null, garbage, names | `opening::where_it_listens`, `rest/listen_host.rs` |
//! | port 0; a range of ports | `opening`, `nodes/listeners` |
//! | `Hops` 0 to 3, more; `IntermediatePath`, longer ones | `opening::ways_...`, `refusals::what_makes_no_sense_...` |
//! | targets, how they are told; no port, wrong ones, base64 without padding | `opening::targets_...`, `refusals` |
//! | GET: an array, by protocol; `[]` | `listing`, `sdk` |
//! | DELETE: 204; port 0; exact addresses; capitals; percent-encoded; the second time 404 | `closing`, `sdk` |
//! | 400, 404 of DELETE, each with its body | `refusals::closing_what_is_not_there` |
//! | unknown protocols, `websocket` among them: 400, plain text | `refusals::protocols_that_are_none` |
//! | 409: ours, another program's, TCP and UDP | `refusals::places_that_are_in_use`, `nodes/listeners` |
//! | 422 `UNKNOWN_FAILURE` with its text | `refusals::what_makes_no_sense_...`, `nodes/udp` |
//! | 422 plain: types, missing fields, unknown words, peer IDs | `refusals::json_that_is_something_else` |
//! | 400 no JSON; 413; 415; 406; 405; 404 | `refusals`, `limits` |
//! | 401 before everything; both headers, exact; bytes that are not ASCII; none needed | `authentication` |
//! | no token for checks and the description | `checks` |
//! | the order: token, protocol, JSON, ours, the rest | `authentication`, `refusals` |
//! | CORS: preflight without a token, any origin, a day | `authentication::pages_of_other_origins_may_ask` |
//! | kept connections, DELETE with a body, GET with a Content-Type | `sdk` |
//! | versions; checks 200 or 412; metrics | `checks`, `counters` |
//! | a UDP listener is there when its first tunnel is; each local peer is served; empty datagrams | `nodes/udp` |
//! | what refuses ends the connection at once; half-close; DELETE ends connections | `nodes/tcp` |
#![forbid(unsafe_code)]

mod authentication;
mod checks;
mod closing;
mod counters;
mod fake;
mod http;
mod limits;
mod listing;
mod opening;
mod python;
mod refusals;
mod sdk;
mod status;
