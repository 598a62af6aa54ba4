//! The binary `gpu-matcher`.

fn main() -> std::process::ExitCode {
    gpu_matcher::main()
}
