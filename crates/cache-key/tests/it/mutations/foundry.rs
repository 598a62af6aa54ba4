//! Foundry.

use super::Edit::{Crlf, Home, Program, Replace, Set, Submodule, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain, Workspace};
use super::{Fixture, Row, check, check_with};

const FOUNDRY: Fixture = Fixture {
    files: &[
        (
            "foundry.toml",
            "# The vault.\n[profile.default]\nsrc = 'src'\nsolc = '0.8.24'\nevm_version = 'cancun'\noptimizer_runs = 200\neth_rpc_url = 'https://node.example/hunter2'\n[profile.default.fuzz]\nruns = 256\n[fmt]\nline_length = 100\n",
        ),
        ("remappings.txt", "@oz/=lib/oz/contracts/\nforge-std/=lib/forge-std/src/\n"),
        (
            "soldeer.lock",
            "[[dependencies]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"20fd\"\n\n[[dependencies]]\nname = \"b\"\nversion = \"2.0.0\"\nchecksum = \"31ae\"\n",
        ),
        ("src/Vault.sol", "contract Vault {}\n"),
    ],
    ecosystem: "foundry",
    layers: "registry,deps,workspace",
};

/// What forge 1.7.1 says.
const FORGE: &str = "forge Version: 1.7.1\nCommit SHA: 4072e48705af9d93e3c0f6e29e93b5e9a40caed8\nBuild Timestamp: 2026-05-08T07:50:55.527285345Z (1778226655)\nBuild Profile: dist";

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn foundry() {
    let rows: &[Row] = &[
        (
            "a comment",
            &[Replace("foundry.toml", "The vault", "A vault")],
            Same,
            "nothing is compiled otherwise",
        ),
        (
            "more runs of fuzzing",
            &[Replace("foundry.toml", "runs = 256", "runs = 512")],
            Same,
            "it is how tests run",
        ),
        (
            "longer lines",
            &[Replace("foundry.toml", "100", "120")],
            Same,
            "it is how code is formatted",
        ),
        (
            "another node",
            &[Replace("foundry.toml", "node.example/hunter2", "other.example")],
            Same,
            "it is where chains are reached, and a secret",
        ),
        (
            "another compiler",
            &[Replace("foundry.toml", "0.8.24", "0.8.25")],
            Dependencies,
            "everything is compiled otherwise",
        ),
        (
            "another virtual machine",
            &[Replace("foundry.toml", "cancun", "shanghai")],
            Dependencies,
            "everything is compiled otherwise",
        ),
        (
            "more optimisation",
            &[Replace("foundry.toml", "optimizer_runs = 200", "optimizer_runs = 999")],
            Dependencies,
            "everything is compiled otherwise",
        ),
        (
            "a key that nobody knows",
            &[Replace("foundry.toml", "src = 'src'", "src = 'src'\nshrink = true")],
            Dependencies,
            "unknown is never the same",
        ),
        ("no TOML", &[Write("foundry.toml", "[profile\n")], Refused, "nobody knows what it says"),
        (
            "another remapping",
            &[Replace("remappings.txt", "lib/oz/contracts/", "lib/oz5/contracts/")],
            Dependencies,
            "imports mean other files",
        ),
        (
            "CRLF",
            &[Crlf("foundry.toml"), Crlf("remappings.txt"), Crlf("soldeer.lock")],
            Same,
            "git makes it",
        ),
        (
            "a submodule",
            &[Submodule("lib/forge-std", "1111111111111111111111111111111111111111")],
            Dependencies,
            "it is compiled with the project",
        ),
        (
            "another checksum of a library",
            &[Replace("soldeer.lock", "20fd", "20fe")],
            Dependencies,
            "another library is downloaded",
        ),
        (
            "libraries in another order",
            &[Write(
                "soldeer.lock",
                "[[dependencies]]\nchecksum = '31ae'\nname = 'b'\nversion = '2.0.0'\n[[dependencies]]\nname = 'a'\nversion = '1.0.0'\nchecksum = '20fd'\n",
            )],
            Same,
            "the order says nothing",
        ),
        (
            "a lock file of something else",
            &[Write("soldeer.lock", "a = 1\n")],
            Refused,
            "nobody knows what it says",
        ),
        (
            "a source",
            &[Write("src/Vault.sol", "contract Vault { uint a; }\n")],
            Workspace,
            "it is compiled",
        ),
        ("another profile chosen", &[Set("FOUNDRY_PROFILE", "ci")], Dependencies, "its keys count"),
        (
            "the address of a node",
            &[Set("FOUNDRY_ETH_RPC_URL", "https://hunter2")],
            Same,
            "it is a secret, and compiles nothing",
        ),
        (
            "the user's configuration",
            &[Home(".foundry/foundry.toml", "[profile.default]\nvia_ir = true\n")],
            Dependencies,
            "projects begin with it",
        ),
    ];
    check(&FOUNDRY, rows);
    let rows: &[Row] = &[
        (
            "another version",
            &[Program(
                "forge",
                "forge Version: 1.7.2\nCommit SHA: 5072e48705af9d93e3c0f6e29e93b5e9a40caed8\nBuild Profile: dist",
            )],
            Toolchain,
            "it may compile otherwise",
        ),
        (
            "built later",
            &[Program(
                "forge",
                "forge Version: 1.7.1\nCommit SHA: 4072e48705af9d93e3c0f6e29e93b5e9a40caed8\nBuild Timestamp: 2026-06-08T07:50:55.527285345Z (1788226655)\nBuild Profile: dist",
            )],
            Same,
            "it is the same commit",
        ),
    ];
    check_with(&FOUNDRY, &[Program("forge", FORGE)], rows);
}
