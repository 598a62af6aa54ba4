//! `cargo xtask`: the chores of this repository.

fn main() -> anyhow::Result<std::process::ExitCode> {
    xtask::main()
}
