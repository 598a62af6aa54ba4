//! What the families of reports share that are read whole: coverage, findings, measurements, messages.
//!
//! Each family is a folder with one file a format. A format's reader goes over the bytes once and
//! hands over one entry after the other.

use bstr::BString;

use crate::{Found, Malformed};

/// What a report may not exceed. The defaults are far above any real report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many elements may stand inside each other. JSON has `serde_json`'s own bound of 128.
    pub depth: usize,
    /// The bytes of one XML tag with all its attributes, or of one line.
    pub line_bytes: usize,
    /// How many entries a report may have.
    pub entries: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { depth: 128, line_bytes: 16 << 20, entries: 20_000_000 }
    }
}

/// What a report says besides its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How many entries were handed over.
    pub entries: u64,
    /// The tools that wrote it, as far as it says so.
    pub tools: Vec<Tool>,
    /// Why the report is not the whole truth, in the tool's own words: then it is no evidence.
    pub complaints: Vec<Complaint>,
    /// Why it may be that the tool looked at nothing, where the report cannot tell that from a clean one.
    pub nothing: Option<&'static str>,
}

/// A tool that wrote a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: BString,
    /// Its version, if the report says it.
    pub version: Option<BString>,
}

/// A report's own word that it is not the whole truth: the tool failed, or did not look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What it means: `the tool says that it did not finish`.
    pub why: &'static str,
    /// What the tool says, if it says anything. Never a secret.
    pub said: Option<BString>,
}

/// Why a reader stops, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) found: Found,
    pub(crate) at: usize,
}

impl Fault {
    pub(crate) fn new(found: Found, at: usize) -> Self {
        Self { found, at }
    }

    /// Something that is wrong in our own words: `a line number that is no number`.
    pub(crate) fn wrong(what: &'static str, at: usize) -> Self {
        Self::new(Found::Wrong(what), at)
    }

    /// What `serde_json` says about a piece of `bytes` that begins at `start`.
    pub(crate) fn of_json(error: &serde_json::Error, bytes: &[u8], start: usize) -> Self {
        let piece = bytes.get(start..).unwrap_or_default();
        let at = start + diagnostics::offset(piece, error.line(), error.column());
        Self::new(crate::json_stream::found(error), at)
    }

    pub(crate) fn told(self, wanted: &'static str, bytes: &[u8]) -> Malformed {
        let (line, column) = diagnostics::position(bytes, self.at);
        Malformed { wanted, found: self.found, line, column }
    }
}

/// Where a format's reader hands its entries to.
pub(crate) struct Sink<'a, T> {
    pub(crate) bounds: Bounds,
    pub(crate) reading: Reading,
    take: &'a mut dyn FnMut(T),
}

impl<'a, T> Sink<'a, T> {
    pub(crate) fn new(bounds: Bounds, take: &'a mut dyn FnMut(T)) -> Self {
        Self { bounds, reading: Reading::default(), take }
    }

    /// Hands an entry over; `at` is the byte with which it begins.
    pub(crate) fn push(&mut self, entry: T, at: usize) -> Result<(), Fault> {
        if self.reading.entries == self.bounds.entries {
            return Err(Fault::new(Found::TooMany, at));
        }
        self.reading.entries += 1;
        (self.take)(entry);
        Ok(())
    }

    pub(crate) fn tool(&mut self, name: impl Into<BString>, version: Option<BString>) {
        let tool = Tool { name: name.into(), version };
        if !self.reading.tools.contains(&tool) {
            self.reading.tools.push(tool);
        }
    }

    /// Says that the tool may have looked at nothing, which the report does not tell.
    pub(crate) fn nothing(&mut self, why: &'static str) {
        self.reading.nothing = Some(why);
    }

    /// Says that the report is not the whole truth.
    pub(crate) fn complain(&mut self, why: &'static str, said: Option<BString>) {
        // Nobody reads more of them, and a report may have millions.
        if self.reading.complaints.len() < 20 {
            self.reading.complaints.push(Complaint { why, said });
        }
    }
}

/// Makes the modules of a family, its list and its dispatch from one list of files. A module has
/// `NAME`, `WANTED`, `sniff(&Head) -> bool` and `read(&[u8], &mut Sink<Entry>) -> Result<(), Fault>`.
macro_rules! family {
    ($entry:ty; $what:literal; $($(#[doc = $doc:literal])* $module:ident::$name:ident,)*) => {
        $( mod $module; )*

        #[doc = concat!("A format of ", $what, ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format {
            $( $(#[doc = $doc])* $name, )*
        }

        impl Format {
            /// All formats, in the order in which a beginning is held against them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The format's name, which is also that of its folder of fixtures.
            pub fn name(self) -> &'static str {
                match self { $( Self::$name => $module::NAME, )* }
            }

            /// What a report of this format is, in words.
            pub fn wanted(self) -> &'static str {
                match self { $( Self::$name => $module::WANTED, )* }
            }

            /// The format that begins like this, if one does for certain.
            pub(crate) fn sniff(head: &$crate::head::Head<'_>) -> Option<Self> {
                $( if $module::sniff(head) { return Some(Self::$name); } )*
                None
            }

            /// Reads a report of this format and hands each entry to `take`. The bytes are UTF-8 without a
            /// byte order mark and not packed: see [`crate::unpacked()`].
            ///
            /// # Errors
            /// When it is no such report, or stops being one. Some entries may have been handed over by
            /// then: half a report is none.
            pub fn read(
                self,
                bytes: &[u8],
                bounds: $crate::Bounds,
                take: &mut dyn FnMut($entry),
            ) -> Result<$crate::Reading, $crate::Malformed> {
                let mut sink = $crate::family::Sink::new(bounds, take);
                let read = match self { $( Self::$name => $module::read(bytes, &mut sink), )* };
                read.map_err(|fault| fault.told(self.wanted(), bytes))?;
                Ok(sink.reading)
            }
        }
    };
}
pub(crate) use family;
