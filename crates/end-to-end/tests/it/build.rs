//! `build: always`: the action builds its tool from the tree that the pin names.

use std::env;
use std::path::PathBuf;

use end_to_end::act::Act;

use crate::shared;

/// Where the crates are that this test itself was built from: what is built here needs no others,
/// and no network. Nothing but cargo touches the folder.
fn registry() -> PathBuf {
    let home = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.unwrap_or_else(|| PathBuf::from(env::var_os("HOME").unwrap()).join(".cargo"));
    home.join("registry")
}

#[test]
fn a_tool_is_built_where_no_release_has_one() {
    let workflow = format!(
        "{}      - run: mkdir -p \"$CARGO_HOME\" && ln -s \"$OWN_REGISTRY\" \"$CARGO_HOME/registry\"
      - run: printf 'a\\nb\\nc\\n' > items.txt
      - id: shard
        uses: org/actions/shard@v1
        with:
          items: items.txt
          shards: 2
          build: always
",
        shared::ONE_JOB
    );
    // Built for this test only: quick to build matters more than quick to run.
    let ran = Act::new(&workflow)
        .unwrap()
        .release(shared::release_tree())
        .env("OWN_REGISTRY", registry())
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .run()
        .unwrap();
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    let outputs = ran.log.outputs("job", "shard");
    assert_eq!(outputs["shards"], "2");
    assert_eq!(outputs["has-tests"], "true");
}
