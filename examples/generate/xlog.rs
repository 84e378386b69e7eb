//! Writes Mars `.xlog` blocks: magic 0x09 (asynchronous, raw deflate, no encryption). One stream per
//! block, a sync flush after each line, never ended. Source: Tencent/mars `mars/xlog/crypt/log_crypt.cc`
//! and `log_zlib_buffer.cc`.

use flate2::{Compress, Compression, FlushCompress};

/// Text bytes per block: the writer flushes at a third of its 150 KiB buffer.
const BLOCK_TEXT_BYTES: usize = 48 * 1024;

/// The blocks of some lines.
pub fn encode(lines: &[String], hour: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let mut seq = 1u16;
    let mut block: Vec<&String> = Vec::new();
    let mut size = 0;
    for line in lines {
        block.push(line);
        size += line.len() + 1;
        if size >= BLOCK_TEXT_BYTES {
            write_block(&mut out, seq, hour, &block);
            seq += 1;
            block.clear();
            size = 0;
        }
    }
    if !block.is_empty() {
        write_block(&mut out, seq, hour, &block);
    }
    out
}

fn write_block(out: &mut Vec<u8>, seq: u16, hour: u8, lines: &[&String]) {
    let mut stream = Compress::new(Compression::best(), false);
    let mut payload = Vec::new();
    for line in lines {
        let mut text = line.as_bytes().to_vec();
        text.push(b'\n');
        let mut at = 0;
        loop {
            payload.reserve(text.len() + 64);
            let before = stream.total_in();
            stream.compress_vec(&text[at..], &mut payload, FlushCompress::Sync).expect("raw deflate of memory never fails");
            at += (stream.total_in() - before) as usize;
            if at == text.len() && payload.len() < payload.capacity() {
                break;
            }
        }
    }
    out.push(0x09);
    out.extend_from_slice(&seq.to_le_bytes());
    out.extend_from_slice(&[hour, hour]);
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&[0xA5; 64]);
    out.extend_from_slice(&payload);
    out.push(0);
}
