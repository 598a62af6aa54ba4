//! Fuzzes the reader of runners, their groups and larger runners; see the crate's root for how to start it.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::runner_pages(data));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    fuzz::on_standard_input(fuzz::runner_pages)
}
