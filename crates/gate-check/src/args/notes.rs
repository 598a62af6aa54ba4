//! What the notes of a release can be told.

use std::path::PathBuf;

use clap::Args;

/// Which commits, and where to write what they bring.
#[derive(Args, Clone, Debug)]
pub(crate) struct NotesArgs {
    /// The release: its version, which is the title of its notes.
    #[arg(long, env = "SIGNALBOX_TITLE", value_name = "VERSION", required = true)]
    pub(crate) title: String,

    /// What was released before: a tag or a commit. Without it, the last tag before `until`, and all of history where
    /// there is none.
    #[arg(long, env = "SIGNALBOX_SINCE", value_name = "REF")]
    pub(crate) since: Option<String>,

    /// What is released: a tag or a commit.
    #[arg(long, env = "SIGNALBOX_UNTIL", value_name = "REF", default_value = "HEAD")]
    pub(crate) until: String,

    /// Which tags are releases, as a pattern of `git describe`: `v*`.
    #[arg(long, env = "SIGNALBOX_TAGS", value_name = "PATTERN")]
    pub(crate) tags: Option<String>,

    /// A file of Markdown with what stands under "Deployment" in each of the notes.
    #[arg(long, env = "SIGNALBOX_DEPLOYMENT_NOTES", value_name = "FILE")]
    pub(crate) deployment_notes: Option<PathBuf>,

    /// Where to write the notes, in Markdown.
    #[arg(
        long,
        env = "SIGNALBOX_NOTES_FILE",
        value_name = "FILE",
        default_value = "release-notes.md"
    )]
    pub(crate) notes_file: PathBuf,
}
