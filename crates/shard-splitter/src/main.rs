//! The binary `shard-splitter`.

fn main() -> std::process::ExitCode {
    shard_splitter::main()
}
