//! Throughput of each form, stage by stage: what `cargo bench --bench forms` prints is bytes per second
//! of the head check alone, and of the whole scan (lines, heads, filter, statements, marks) on one thread.
//! The texts are the samples of the grammars, repeated; a profile's statements match a good part of them,
//! which real logs do far less.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use whyunsent::format::{GRAMMARS, Grammar};
use whyunsent::profile::Profiles;
use whyunsent::scan::{Scanner, scan};

/// Bytes of a corpus.
const CORPUS_BYTES: usize = 4 << 20;

fn main() {
    divan::main();
}

/// Ids of the forms that are read line by line.
fn forms() -> Vec<&'static str> {
    let lines = GRAMMARS.iter().filter(|g| !g.is_report() && !g.samples().is_empty());
    lines.map(|g| g.info().id).collect()
}

fn grammar(id: &str) -> &'static dyn Grammar {
    *GRAMMARS.iter().find(|g| g.info().id == id).expect("the id is of this list")
}

fn corpus(id: &str) -> Vec<u8> {
    let block = grammar(id).samples().join("\n") + "\n";
    // A header stands once, at the top.
    if id == "csv" {
        let (header, rows) = block.split_once('\n').expect("it has rows");
        return format!("{header}\n{}", rows.repeat(CORPUS_BYTES / rows.len())).into_bytes();
    }
    block.repeat(CORPUS_BYTES / block.len()).into_bytes()
}

#[divan::bench(args = forms(), sample_count = 10)]
fn heads(bencher: Bencher, id: &str) {
    let (grammar, corpus) = (grammar(id), corpus(id));
    let lines = || corpus.split(|b| *b == b'\n');
    bencher.counter(BytesCount::of_slice(&corpus)).bench_local(|| lines().filter(|line| grammar.quick(black_box(line)).is_some()).count());
}

#[divan::bench(args = forms(), sample_count = 10)]
fn scans(bencher: Bencher, id: &str) {
    let (profiles, corpus) = (Profiles::builtin(), corpus(id));
    let scanner = Scanner::new(&profiles);
    bencher.counter(BytesCount::of_slice(&corpus)).bench_local(|| {
        let found = scan(&mut black_box(corpus.as_slice()), &scanner, 1, &|_| ()).expect("a slice can be read");
        assert_eq!(found.counts.bytes, corpus.len() as u64);
        found.marks.len()
    });
}
