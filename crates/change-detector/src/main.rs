//! The binary `change-detector`.

fn main() -> std::process::ExitCode {
    change_detector::main()
}
