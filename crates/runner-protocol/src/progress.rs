//! Progress on a terminal, for what takes longer than a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long something may take in silence.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far a long step is. Nothing is shown where nobody looks (no terminal, a job's log), and
/// nothing in the first second; what was shown is gone when this is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    waiting_since: Option<Instant>,
}

impl Progress {
    /// Progress towards `total`; `shown` says whether somebody looks.
    #[expect(
        clippy::disallowed_methods,
        reason = "decides only when a bar appears, never an answer"
    )]
    pub(crate) fn new(what: &'static str, total: u64, shown: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        // The template is ours; should a version refuse it, the default style is as good.
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}%") {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar, waiting_since: shown.then(Instant::now) }
    }

    /// Says that `amount` more is done.
    pub fn advance(&mut self, amount: u64) {
        self.bar.inc(amount);
        if self.waiting_since.is_some_and(|since| since.elapsed() > PATIENCE) {
            self.waiting_since = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
