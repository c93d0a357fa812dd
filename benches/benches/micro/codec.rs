//! Messages from bytes and into bytes.
use coap_proto::wire::{Code, MessageType, Pdu, option};
use criterion::Criterion;
use std::hint::black_box;

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    let mut datagram = request();
    let bytes = datagram.encode_udp().to_vec();
    let mut stream = request();
    let stream = stream.encode_stream().to_vec();
    group.bench_function("build a request", |bencher| bencher.iter(request));
    group.bench_function("encode a datagram", |bencher| bencher.iter(|| datagram.encode_udp().len()));
    group.bench_function("decode a datagram", |bencher| bencher.iter(|| Pdu::decode_udp(black_box(&bytes))));
    group.bench_function("decode a message of a stream", |bencher| {
        bencher.iter(|| Pdu::decode_stream(black_box(&stream)));
    });
    let pdu = Pdu::decode_udp(&bytes).expect("what was encoded");
    group.bench_function("look at every option", |bencher| {
        bencher.iter(|| black_box(&pdu).options().map(|option| option.value.len()).sum::<usize>());
    });
    group.bench_function("find an option", |bencher| {
        bencher.iter(|| black_box(&pdu).option(option::CONTENT_FORMAT).is_some());
    });
    group.finish();
}

/// A PUT as they are: some options, some bytes.
fn request() -> Pdu {
    let mut pdu = Pdu::new(MessageType::Con, Code::PUT, 7, 0);
    pdu.set_token(&[1, 2, 3, 4]).expect("a short token");
    let options = [
        (option::URI_PATH, &b"sensors"[..]),
        (option::URI_PATH, b"temperature"),
        (option::CONTENT_FORMAT, b""),
        (option::URI_QUERY, b"unit=C"),
    ];
    for (number, value) in options {
        pdu.add_option(number, value).expect("room for an option");
    }
    pdu.set_payload(b"21.5 degrees").expect("room for a payload");
    pdu
}
