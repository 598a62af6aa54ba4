//! Fuzzes the reader of cargo's packages and what a change touches of them; see the crate's root for how
//! to start it.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::cargo_manifests(data));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    fuzz::on_standard_input(fuzz::cargo_manifests)
}
