//! Progress lines for long work.
//!
//! A notebook shows standard output line by line and cannot overwrite a line, so progress is a
//! whole line, and rare. It appears only under the notebook's kernel: a program, a test or a
//! headless run (`MICROLEARNERS_HEADLESS` set) prints nothing, so that committed outputs never
//! change.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Work shorter than this goes by in silence.
const SILENCE: Duration = Duration::from_secs(2);
/// Lines are at least this far apart, unless a tenth of the work lies between them.
const BETWEEN_LINES: Duration = Duration::from_secs(1);

/// Tells how far long work has come: share it among threads and call [`Progress::advance`].
///
/// ```
/// use microlearners::display::Progress;
///
/// let progress = Progress::new("training", 180);
/// for _network in 0..180 {
///     progress.advance(1);
/// }
/// progress.finish();
/// ```
pub struct Progress {
    label: String,
    total: usize,
    state: Mutex<State>,
}

struct State {
    done: usize,
    clock: Box<dyn Fn() -> Duration + Send>,
    out: Option<Box<dyn Write + Send>>,
    last_line: Option<(Duration, usize)>,
}

impl Progress {
    /// Starts to count `total` units of work. Prints only inside a notebook.
    pub fn new(label: impl Into<String>, total: usize) -> Self {
        let start = Instant::now();
        let out = in_notebook().then(|| Box::new(std::io::stdout()) as Box<dyn Write + Send>);
        Self::with(label.into(), total, out, Box::new(move || start.elapsed()))
    }

    fn with(
        label: String,
        total: usize,
        out: Option<Box<dyn Write + Send>>,
        clock: Box<dyn Fn() -> Duration + Send>,
    ) -> Self {
        Self { label, total, state: Mutex::new(State { done: 0, clock, out, last_line: None }) }
    }

    /// `count` more units are done.
    pub fn advance(&self, count: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += count;
        let now = (state.clock)();
        if state.is_due(now, self.total) {
            let line = self.line(state.done, now);
            state.print(&line, now);
        }
    }

    /// All work is done. Says so if anything was said before.
    pub fn finish(self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last_line.is_some() {
            let now = (state.clock)();
            let line = format!("{}: {} done in {}", self.label, state.done, span(now));
            state.print(&line, now);
        }
    }

    fn line(&self, done: usize, now: Duration) -> String {
        let (label, total) = (&self.label, self.total);
        let rate = done as f64 / now.as_secs_f64();
        let left = Duration::from_secs_f64(total.saturating_sub(done) as f64 / rate.max(1e-9));
        let percent = 100 * done / total.max(1);
        format!("{label}: {done}/{total} ({percent} %), {rate:.1} per second, {} left", span(left))
    }
}

impl State {
    fn is_due(&self, now: Duration, total: usize) -> bool {
        if now < SILENCE || self.done >= total {
            return false;
        }
        let (then, done) = self.last_line.unwrap_or_default();
        let enough_time = now.saturating_sub(then) >= BETWEEN_LINES;
        // A line a second would fill the page when the work takes an hour.
        enough_time && (10 * (self.done - done) >= total || now >= then + then / 4)
    }

    /// A whole line in one write; a closed output leaves nobody to tell.
    fn print(&mut self, line: &str, now: Duration) {
        if let Some(out) = &mut self.out {
            let _ = out.write_all(format!("{line}\n").as_bytes());
            let _ = out.flush();
        }
        self.last_line = Some((now, self.done));
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.state.lock().unwrap_or_else(PoisonError::into_inner).done;
        write!(f, "Progress({}: {done}/{})", self.label, self.total)
    }
}

/// Whether this process runs a notebook's cells for somebody who is watching. The kernel sets the
/// first variable in the process that runs cells; set-up and checks set the second.
fn in_notebook() -> bool {
    let is_set = |name| std::env::var_os(name).is_some();
    is_set("EVCXR_IS_RUNTIME") && !is_set("MICROLEARNERS_HEADLESS")
}

/// A duration as a person says it.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Collects what is written, for the test to read.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Work of 100 units, each of which takes `milliseconds`.
    fn lines_of_work(milliseconds: u64) -> Vec<String> {
        let (page, time) = (Page::default(), Arc::new(AtomicU64::new(0)));
        let clock = Arc::clone(&time);
        let now = move || Duration::from_millis(clock.load(Ordering::SeqCst));
        let out: Box<dyn Write + Send> = Box::new(page.clone());
        let progress = Progress::with("training".into(), 100, Some(out), Box::new(now));
        for _ in 0..100 {
            time.fetch_add(milliseconds, Ordering::SeqCst);
            progress.advance(1);
        }
        progress.finish();
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn short_work_is_silent() {
        assert_eq!(lines_of_work(19), Vec::<String>::new());
    }

    #[test]
    fn long_work_speaks_rarely_and_says_what_is_left() {
        let lines = lines_of_work(1000);
        assert_eq!(lines[0], "training: 2/100 (2 %), 1.0 per second, 1 min 38 s left");
        assert_eq!(lines.last().unwrap(), "training: 100 done in 1 min 40 s");
        assert!((10..=25).contains(&lines.len()), "{lines:#?}");
    }

    #[test]
    fn a_line_a_second_at_most() {
        let lines = lines_of_work(30);
        assert!(lines.len() <= 3, "{lines:#?}");
    }

    #[test]
    fn tests_are_not_a_notebook() {
        let progress = Progress::new("quiet", 3);
        progress.advance(3);
        assert_eq!(format!("{progress:?}"), "Progress(quiet: 3/3)");
        progress.finish();
    }
}
