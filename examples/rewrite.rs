//! Reads delimited text and writes it again, with the csv crate and nothing more: `rewrite IN OUT`. What
//! screening is measured against.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "an example"
)]

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 18)
        .flexible(true)
        .from_path(&args[1])
        .unwrap();
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(1 << 18)
        .flexible(true)
        .from_path(&args[2])
        .unwrap();
    writer.write_byte_record(reader.byte_headers().unwrap()).unwrap();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).unwrap() {
        writer.write_byte_record(&record).unwrap();
    }
    writer.flush().unwrap();
}
