//! The program; everything is in the library.

fn main() -> std::process::ExitCode {
    cache_key::main()
}
