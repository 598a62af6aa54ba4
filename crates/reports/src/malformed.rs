//! Why a report could not be read, and where that shows.

/// The report is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {wanted}, found {found} at line {line}, column {column}")]
pub struct Malformed {
    /// What should be there.
    pub wanted: &'static str,
    /// What is there.
    pub found: Found,
    /// The line at which it shows, from 1.
    pub line: u64,
    /// The column at which it shows, in characters from 1.
    pub column: u64,
}

/// What stands where something else should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Found {
    /// Nothing at all.
    #[error("an empty file")]
    Empty,
    /// A byte order mark of UTF-16.
    #[error("UTF-16 text")]
    Utf16,
    /// A page for browsers.
    #[error("an HTML page, such as a proxy's error page")]
    Html,
    /// XML that is something else.
    #[error("XML without a test suite")]
    OtherXml,
    /// Neither XML nor JSON.
    #[error("neither XML nor JSON")]
    NeitherXmlNorJson,
    /// The end, too early.
    #[error("the end of the file")]
    End,
    /// XML that breaks XML's rules.
    #[error("broken XML")]
    BrokenXml,
    /// JSON that breaks JSON's rules, as `NaN` does.
    #[error("broken JSON")]
    BrokenJson,
    /// JSON of another shape.
    #[error("JSON of another shape")]
    OtherJson,
    /// Something before or after the one element that a document is.
    #[error("something outside the root element")]
    Outside,
    /// A test within a test.
    #[error("a test case within a test case")]
    NestedCase,
    /// An entity that only a DTD could define; no DTD is ever read.
    #[error("an entity that only a DTD could define")]
    Entity,
    /// More elements inside each other than any report has.
    #[error("elements nested too deeply")]
    TooDeep,
    /// A longer tag, or entry of JSON, than any report has.
    #[error("an entry that is too long")]
    TooLong,
    /// More tests than any report has.
    #[error("too many tests")]
    TooMany,
    /// Something that a format does not allow, in words: `a line number that is no number`.
    #[error("{0}")]
    Wrong(&'static str),
    /// The disk stopped reading.
    #[error("an error of the disk")]
    Disk,
}
