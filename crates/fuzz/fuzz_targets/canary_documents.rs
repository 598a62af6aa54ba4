//! Fuzzes the readers of what is kept of canaries; see the crate's root for how to start it.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::canary_documents(data));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    fuzz::on_standard_input(fuzz::canary_documents)
}
