//! The binary `gate-check`.

fn main() -> std::process::ExitCode {
    gate_check::main()
}
