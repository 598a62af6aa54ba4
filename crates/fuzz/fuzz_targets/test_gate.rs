//! Fuzzes what the gate of tests is told, and decides; see the crate's root for how to start it.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::test_gate(data));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    fuzz::on_standard_input(fuzz::test_gate)
}
