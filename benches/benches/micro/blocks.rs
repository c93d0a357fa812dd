//! A body of 1 MiB put together from blocks.
use coap_proto::block::{Assembly, Placed};
use criterion::{Criterion, Throughput};

const SIZE: usize = 1024;
const COUNT: usize = 1024;

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("blocks");
    group.throughput(Throughput::Bytes((SIZE * COUNT) as u64));
    group.bench_function("in order", |bencher| bencher.iter(|| assemble(0..COUNT)));
    group.bench_function("backwards", |bencher| bencher.iter(|| assemble((0..COUNT).rev())));
    group.bench_function("every other one, then the others", |bencher| {
        bencher.iter(|| assemble((1..COUNT).step_by(2).chain((0..COUNT).step_by(2))));
    });
    group.finish();
}

fn assemble(order: impl Iterator<Item = usize>) -> Vec<u8> {
    let piece = [7; SIZE];
    let mut assembly = Assembly::default();
    for number in order {
        let placed = assembly.place(number * SIZE, &piece, number == COUNT - 1);
        assert_eq!(placed, Ok(Placed::New));
    }
    assert!(assembly.is_whole());
    assembly.into_bytes()
}
