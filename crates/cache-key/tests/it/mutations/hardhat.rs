//! Hardhat.

use super::Edit::{Crlf, Replace, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain, Workspace};
use super::{Fixture, Row, check};

const HARDHAT: Fixture = Fixture {
    files: &[
        (
            "hardhat.config.ts",
            "export default {\n  solidity: { version: \"0.8.24\", settings: { optimizer: { runs: 200 } } },\n};\n",
        ),
        (
            "package.json",
            "{\"name\": \"vault\", \"version\": \"1.0.0\", \"devDependencies\": {\"hardhat\": \"^2.22.0\", \"chai\": \"^4.0.0\"}}\n",
        ),
        ("contracts/Vault.sol", "contract Vault {}\n"),
        ("test/vault.ts", "it();\n"),
    ],
    ecosystem: "hardhat",
    layers: "registry,deps,workspace",
};

#[test]
fn hardhat() {
    let rows: &[Row] = &[
        (
            "another compiler",
            &[Replace("hardhat.config.ts", "0.8.24", "0.8.25")],
            Dependencies,
            "everything is compiled otherwise",
        ),
        (
            "more optimisation",
            &[Replace("hardhat.config.ts", "200", "999")],
            Dependencies,
            "everything is compiled otherwise",
        ),
        (
            "a comment",
            &[Replace("hardhat.config.ts", "};\n", "}; // x\n")],
            Dependencies,
            "the file is a program: all of it counts",
        ),
        ("CRLF", &[Crlf("hardhat.config.ts"), Crlf("package.json")], Same, "git makes it"),
        (
            "another Hardhat",
            &[Replace("package.json", "^2.22.0", "^3.0.0")],
            Toolchain,
            "it may compile otherwise",
        ),
        (
            "another library for tests",
            &[Replace("package.json", "\"chai\": \"^4.0.0\"", "\"chai\": \"^5.0.0\"")],
            Same,
            "it is npm's matter",
        ),
        (
            "the project's own version",
            &[Replace("package.json", "1.0.0", "1.0.1")],
            Same,
            "nothing is compiled otherwise",
        ),
        ("no JSON", &[Write("package.json", "{")], Refused, "nobody knows what it says"),
        (
            "a source",
            &[Write("contracts/Vault.sol", "contract Vault { uint a; }\n")],
            Workspace,
            "it is compiled",
        ),
        (
            "a test",
            &[Write("test/vault.ts", "it(1);\n")],
            Same,
            "it is not compiled to what is kept",
        ),
    ];
    check(&HARDHAT, rows);
    let rows: &[Row] = &[
        (
            "more optimisation",
            &[Replace("hardhat.config.ts", "200", "999")],
            Same,
            "the same compilers are downloaded",
        ),
        (
            "another compiler",
            &[Replace("hardhat.config.ts", "0.8.24", "0.8.25")],
            Dependencies,
            "another one is downloaded",
        ),
    ];
    check(&Fixture { layers: "registry", ..HARDHAT }, rows);
}
